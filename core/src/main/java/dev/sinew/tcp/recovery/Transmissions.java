package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What was sent and is not yet acknowledged cumulatively: a list of transmission records in
 * sequence order, one per segment or super-segment sent, without gaps; the marks on them are the
 * scoreboard of RFC 6675 section 3. Records are split where an acknowledgement, a SACK block or a
 * smaller MSS cuts them, and never merged, so each keeps the time of its last transmission.
 *
 * <p>Those that are in the network, which is neither SACKed nor lost, form a second list in the
 * order of their last transmission, which is what RACK walks. Arrays of primitives: no object per
 * segment. A record has an identity for life; only the ring that holds the identities in sequence
 * order moves when one is split.
 */
public final class Transmissions {
  static final int NONE = -1;

  private static final int LEAST = 4; // once it is used at all

  /** An empty list keeps arrays of this length while there is nothing to send. */
  private static final int KEPT_AT_REST = 256;

  private static final int[] EMPTY = {};
  private static final long[] NO_TIMES = {};
  private static final byte[] NO_FLAGS = {};

  private static final int LOST = 1;
  private static final int RETRANSMITTED = 2;
  private static final int SACKED = 4;
  private static final int DELIVERED = 8;

  // ---- by identity
  @Seq private int[] start = EMPTY;
  @Seq private int[] end = EMPTY;

  /** Bytes of the segments that it was sent as, the last of which may be shorter. */
  private int[] segment = EMPTY;

  private long[] sentAt = NO_TIMES;
  private byte[] flags = NO_FLAGS;

  /**
   * The neighbours in the list of those in the network. For a SACKed record, {@code next} is a
   * sequence number up to which all records from it on are SACKed.
   */
  private int[] next = EMPTY;

  private int[] previous = EMPTY;

  /** The number of its last transmission, which tells the order where times are equal. */
  private int[] turn = EMPTY;

  private int turns;
  private @Nullable RateSnapshots snapshots;
  private @Nullable SizeProbe sizeProbe;

  /** A ring: first the identities in use in sequence order, from {@code head}, then free ones. */
  private int[] order = EMPTY;

  private int head;
  private int count;
  private int oldest = NONE;
  private int newest = NONE;
  private long outstandingBytes;
  private long lostBytes;
  private long sackedBytes;
  private long retransmittedBytes;
  private int sackedSegments;

  /**
   * No record before this one is lost; keeps {@link #firstLost} from scanning the same records
   * again.
   */
  private int lostHint;

  /** Records now. */
  public int count() {
    return count;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** Sequence space of all records: FlightSize of RFC 5681. */
  public long outstandingBytes() {
    return outstandingBytes;
  }

  /** Sequence space of the records that are lost and not sent again. */
  public long lostBytes() {
    return lostBytes;
  }

  /** Sequence space that the peer has by its SACK blocks. */
  public long sackedBytes() {
    return sackedBytes;
  }

  /** Segments that the peer has by its SACK blocks. */
  public int sackedCount() {
    return sackedSegments;
  }

  /** Sequence space sent more than once whose last transmission is in the network. */
  public long retransmittedBytes() {
    return retransmittedBytes;
  }

  /** Bytes in the network: RFC 6675's pipe. */
  public long pipe() {
    return outstandingBytes - sackedBytes - lostBytes;
  }

  public @Seq int start(int i) {
    return start[id(i)];
  }

  public @Seq int end(int i) {
    return end[id(i)];
  }

  /** Bytes of sequence space of record {@code i}. */
  public int size(int i) {
    int k = id(i);
    return end[k] - start[k];
  }

  /** Bytes of the largest segment that record {@code i} was sent as. */
  public int segmentSize(int i) {
    int k = id(i);
    return Math.min(segment[k], end[k] - start[k]);
  }

  /** When record {@code i} was sent for the last time. */
  public long sentAt(int i) {
    return sentAt[id(i)];
  }

  /** True when record {@code i} was sent more than once. */
  public boolean retransmitted(int i) {
    return (flags[id(i)] & RETRANSMITTED) != 0;
  }

  /** True when record {@code i} is held for lost and was not sent again since. */
  public boolean lost(int i) {
    return (flags[id(i)] & LOST) != 0;
  }

  /** True when the peer has record {@code i} by its SACK blocks. */
  public boolean sacked(int i) {
    return (flags[id(i)] & SACKED) != 0;
  }

  /** True when the peer had record {@code i} once, even if that was forgotten at a timeout. */
  public boolean delivered(int i) {
    return (flags[id(i)] & DELIVERED) != 0;
  }

  /** The segment that probes the path MTU, if one does. */
  public SizeProbe sizeProbe() {
    if (sizeProbe == null) {
      sizeProbe = new SizeProbe(this);
    }
    return sizeProbe;
  }

  /** The record that holds {@code seq}, or {@link #count} when it lies behind the last. */
  public int find(@Seq int seq) {
    int low = 0;
    int high = count;
    while (low < high) {
      int mid = (low + high) >>> 1;
      if (SeqNum.leq(end[id(mid)], seq)) {
        low = mid + 1;
      } else {
        high = mid;
      }
    }
    return low;
  }

  // ---- identities, for RACK and the delivery rate

  int id(int i) {
    return order[(head + i) & (order.length - 1)];
  }

  /** The identity of what was sent longest ago and is in the network, or NONE. */
  int oldestInNetwork() {
    return oldest;
  }

  int newestInNetwork() {
    return newest;
  }

  int nextInNetwork(int k) {
    return next[k];
  }

  int previousInNetwork(int k) {
    return previous[k];
  }

  @Seq
  int endById(int k) {
    return end[k];
  }

  boolean inNetworkById(int k) {
    return (flags[k] & (LOST | SACKED)) == 0;
  }

  long sentAtById(int k) {
    return sentAt[k];
  }

  /** Which of all transmissions it was, the last one of it; to be compared by difference. */
  int turnById(int k) {
    return turn[k];
  }

  boolean retransmittedById(int k) {
    return (flags[k] & RETRANSMITTED) != 0;
  }

  /** What was known of the delivery rate when each was sent; null while nobody wants it. */
  @Nullable RateSnapshots snapshots() {
    return snapshots;
  }

  /** Snapshots are kept from now on. */
  RateSnapshots keepSnapshots() {
    RateSnapshots s = snapshots;
    if (s == null) {
      s = new RateSnapshots(capacity());
      snapshots = s;
    }
    return s;
  }

  // ---- changes

  /**
   * New data was sent: it follows the last record.
   *
   * @param segmentBytes of each of the segments that it was sent as, or 0 when it was a single one
   */
  public void append(@Seq int from, @Seq int to, int segmentBytes, long now) {
    if (count == capacity()) {
      resize(Math.max(LEAST, count * 2));
    }
    int k = id(count++);
    start[k] = from;
    end[k] = to;
    segment[k] = segmentBytes == 0 ? to - from : segmentBytes;
    sentAt[k] = now;
    turn[k] = turns++;
    flags[k] = 0;
    outstandingBytes += to - from;
    linkAfter(k, newest);
    if (snapshots != null) {
      snapshots.forget(k);
    }
  }

  /** Removes what {@code una} covers, cutting a record that it covers in part. */
  public void acknowledge(@Seq int una) {
    while (count > 0) {
      int k = id(0);
      if (SeqNum.leq(end[k], una)) {
        account(k, -(end[k] - start[k]));
        unlink(k);
        head = (head + 1) & (order.length - 1);
        count--;
        lostHint = Math.max(0, lostHint - 1);
      } else {
        int cut = una - start[k];
        if (cut > 0) {
          account(k, -cut);
          start[k] = una;
        }
        return;
      }
    }
  }

  /** How many records there is room for. */
  int capacity() {
    return start.length;
  }

  /** Nothing is to be sent: an empty list gives large arrays back. */
  void rest() {
    if (count == 0 && capacity() > KEPT_AT_REST) {
      resize(LEAST);
    }
  }

  /**
   * Cuts record {@code i} so that its first piece holds {@code bytes}; harmless when it is no
   * longer than that.
   */
  public void split(int i, int bytes) {
    if (size(i) <= bytes) {
      return;
    }
    if (count == capacity()) {
      resize(Math.max(LEAST, count * 2));
    }
    int mask = order.length - 1;
    int fresh;
    if (i < count / 2) {
      // The front moves: fewer steps.
      head = (head - 1) & mask;
      fresh = order[head];
      for (int j = 0; j <= i; j++) {
        order[(head + j) & mask] = order[(head + j + 1) & mask];
      }
    } else {
      fresh = id(count);
      for (int j = count; j > i + 1; j--) {
        order[(head + j) & mask] = order[(head + j - 1) & mask];
      }
    }
    count++;
    int k = id(i);
    int segments = segments(k);
    order[(head + i + 1) & mask] = fresh;
    start[fresh] = start[k] + bytes;
    end[fresh] = end[k];
    end[k] = start[fresh];
    segment[fresh] = segment[k];
    sentAt[fresh] = sentAt[k];
    turn[fresh] = turn[k];
    flags[fresh] = flags[k];
    if ((flags[k] & SACKED) != 0) {
      next[fresh] = next[k];
      sackedSegments += segments(k) + segments(fresh) - segments;
    } else if ((flags[k] & LOST) == 0) {
      linkAfter(fresh, k);
    }
    if (snapshots != null) {
      snapshots.copy(k, fresh);
    }
    if (lostHint > i) {
      lostHint++;
    }
  }

  /** Record {@code i} is held for lost. */
  public void markLost(int i) {
    int k = id(i);
    if ((flags[k] & (LOST | SACKED)) == 0) {
      moveToLost(k);
      lostHint = Math.min(lostHint, i);
    }
  }

  /** The same for one that is in the network, by its identity. */
  void markLostById(int k) {
    moveToLost(k);
    lostHint = Math.min(lostHint, find(start[k]));
  }

  private void moveToLost(int k) {
    unlink(k);
    int size = end[k] - start[k];
    if ((flags[k] & RETRANSMITTED) != 0) {
      retransmittedBytes -= size;
    }
    flags[k] |= LOST;
    lostBytes += size;
  }

  /** Every record that the peer does not have is held for lost. */
  public void markAllLost() {
    for (int i = 0; i < count; i++) {
      markLost(i);
    }
  }

  /**
   * What SACK blocks have told is forgotten, and held for lost: the peer may have dropped it (RFC
   * 2018 section 8).
   */
  public void forgetSacks() {
    for (int i = 0; sackedBytes > 0 && i < count; i++) {
      int k = id(i);
      if ((flags[k] & SACKED) != 0) {
        sackedSegments -= segments(k);
        sackedBytes -= end[k] - start[k];
        lostBytes += end[k] - start[k];
        flags[k] = (byte) (flags[k] & ~SACKED | LOST);
        lostHint = Math.min(lostHint, i);
      }
    }
  }

  /** What was held for lost is held for being in the network again. */
  public void unmarkLost() {
    for (int i = 0; lostBytes > 0 && i < count; i++) {
      int k = id(i);
      if ((flags[k] & LOST) != 0) {
        flags[k] &= ~LOST;
        lostBytes -= end[k] - start[k];
        if ((flags[k] & RETRANSMITTED) != 0) {
          retransmittedBytes += end[k] - start[k];
        }
        int after = newest;
        while (after != NONE && turn[after] - turn[k] > 0) {
          after = previous[after];
        }
        linkAfter(k, after);
      }
    }
  }

  /** The peer has record {@code i}; no change when that was known. */
  public void markSacked(int i) {
    int k = id(i);
    if ((flags[k] & SACKED) != 0) {
      return;
    }
    int size = end[k] - start[k];
    if ((flags[k] & LOST) != 0) {
      lostBytes -= size;
    } else {
      unlink(k);
      if ((flags[k] & RETRANSMITTED) != 0) {
        retransmittedBytes -= size;
      }
    }
    flags[k] = (byte) (flags[k] & ~LOST | SACKED | DELIVERED);
    sackedBytes += size;
    sackedSegments += segments(k);
    next[k] = end[k];
  }

  /**
   * The first record at or behind {@code i} that is not SACKed, or {@link #count}. Each step over
   * SACKed ones is remembered, so that they are not walked again for the next block.
   */
  public int skipSacked(int i) {
    int at = i;
    while (at < count) {
      int k = id(at);
      if ((flags[k] & SACKED) == 0) {
        break;
      }
      at = next[k] == end[k] ? at + 1 : find(next[k]);
    }
    if (at > i) {
      next[id(i)] = end(at - 1);
    }
    return at;
  }

  /** Record {@code i} was sent again, as one segment. */
  public void markRetransmitted(int i, long now) {
    int k = id(i);
    int size = end[k] - start[k];
    if ((flags[k] & LOST) != 0) {
      lostBytes -= size;
      retransmittedBytes += size;
    } else {
      unlink(k);
      if ((flags[k] & RETRANSMITTED) == 0) {
        retransmittedBytes += size;
      }
    }
    flags[k] = (byte) (flags[k] & ~LOST | RETRANSMITTED);
    segment[k] = size;
    sentAt[k] = now;
    turn[k] = turns++;
    linkAfter(k, newest);
  }

  /** The first record that is lost and not sent again, or -1. */
  public int firstLost() {
    if (lostBytes == 0) {
      return NONE;
    }
    for (int i = lostHint; i < count; i++) {
      if (lost(i)) {
        lostHint = i;
        return i;
      }
    }
    return NONE;
  }

  /** What is wrong with the lists, in words, or null (invariant I3). */
  public @Nullable String violation(@Seq int una) {
    return TransmissionsCheck.violation(this, una);
  }

  private static int pieces(int bytes, int size) {
    return bytes <= size ? Math.min(bytes, 1) : (bytes + size - 1) / size;
  }

  private int segments(int k) {
    return pieces(end[k] - start[k], segment[k]);
  }

  /** Bytes leave record {@code k} at its front. */
  private void account(int k, int bytes) {
    outstandingBytes += bytes;
    if ((flags[k] & SACKED) != 0) {
      sackedBytes += bytes;
      sackedSegments += pieces(end[k] - start[k] + bytes, segment[k]) - segments(k);
    } else if ((flags[k] & LOST) != 0) {
      lostBytes += bytes;
    } else if ((flags[k] & RETRANSMITTED) != 0) {
      retransmittedBytes += bytes;
    }
  }

  private void linkAfter(int k, int after) {
    int then = after == NONE ? oldest : next[after];
    previous[k] = after;
    next[k] = then;
    if (after == NONE) {
      oldest = k;
    } else {
      next[after] = k;
    }
    if (then == NONE) {
      newest = k;
    } else {
      previous[then] = k;
    }
  }

  /** Takes it out of the list of those in the network; harmless when it is not there. */
  private void unlink(int k) {
    if ((flags[k] & (LOST | SACKED)) != 0) {
      return;
    }
    int before = previous[k];
    int after = next[k];
    if (before == NONE) {
      oldest = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      newest = before;
    } else {
      previous[after] = before;
    }
  }

  private void resize(int size) {
    int n = start.length;
    // Arrays become smaller only where nothing is in use.
    int used = size > n ? n : 0;
    int[] ring = new int[size];
    for (int i = 0; i < size; i++) {
      ring[i] = i < used ? order[(head + i) & (n - 1)] : i;
    }
    if (snapshots != null) {
      snapshots.resize(size);
    }
    start = Arrays.copyOf(start, size);
    end = Arrays.copyOf(end, size);
    segment = Arrays.copyOf(segment, size);
    sentAt = Arrays.copyOf(sentAt, size);
    flags = Arrays.copyOf(flags, size);
    next = Arrays.copyOf(next, size);
    previous = Arrays.copyOf(previous, size);
    turn = Arrays.copyOf(turn, size);
    order = ring;
    head = 0;
  }
}
