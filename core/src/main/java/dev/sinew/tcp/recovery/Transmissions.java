package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import org.jspecify.annotations.Nullable;

/**
 * What was sent and is not yet acknowledged: a list of transmission records in sequence order, one
 * per segment sent, without gaps. Records are split where an acknowledgement or a smaller MSS cuts
 * them, and never merged, so each keeps the time of its last transmission. Rings of primitives: no
 * object per segment.
 */
public final class Transmissions {
  private static final int LOST = 1;
  private static final int RETRANSMITTED = 2;

  @Seq private int[] start = new int[4];
  @Seq private int[] end = new int[4];
  private long[] sentAt = new long[4];
  private byte[] flags = new byte[4];
  private int head;
  private int count;
  private long outstandingBytes;
  private long lostBytes;

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

  public @Seq int start(int i) {
    return start[at(i)];
  }

  public @Seq int end(int i) {
    return end[at(i)];
  }

  /** When record {@code i} was sent for the last time. */
  public long sentAt(int i) {
    return sentAt[at(i)];
  }

  /** True when record {@code i} was sent more than once. */
  public boolean retransmitted(int i) {
    return (flags[at(i)] & RETRANSMITTED) != 0;
  }

  /** True when record {@code i} is held for lost and was not sent again since. */
  public boolean lost(int i) {
    return (flags[at(i)] & LOST) != 0;
  }

  /** New data was sent: it follows the last record. */
  public void append(@Seq int from, @Seq int to, long now) {
    if (count == start.length) {
      grow();
    }
    int k = at(count++);
    start[k] = from;
    end[k] = to;
    sentAt[k] = now;
    flags[k] = 0;
    outstandingBytes += to - from;
  }

  /** Removes what {@code una} covers, cutting a record that it covers in part. */
  public void acknowledge(@Seq int una) {
    while (count > 0) {
      int k = at(0);
      if (SeqNum.leq(end[k], una)) {
        account(k, -(end[k] - start[k]));
        head = (head + 1) & (start.length - 1);
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

  /**
   * Cuts record {@code i} so that its first piece holds {@code bytes}; harmless when it is no
   * longer than that.
   */
  public void split(int i, int bytes) {
    int k = at(i);
    if (end[k] - start[k] <= bytes) {
      return;
    }
    if (count == start.length) {
      grow();
    }
    for (int j = count; j > i + 1; j--) {
      copy(at(j - 1), at(j));
    }
    count++;
    k = at(i);
    int next = at(i + 1);
    copy(k, next);
    end[k] = start[k] + bytes;
    start[next] = end[k];
  }

  /** Record {@code i} is held for lost. */
  public void markLost(int i) {
    int k = at(i);
    if ((flags[k] & LOST) == 0) {
      flags[k] |= LOST;
      lostHint = Math.min(lostHint, i);
      lostBytes += end[k] - start[k];
    }
  }

  /** Every record is held for lost: the retransmission timer ran out. */
  public void markAllLost() {
    for (int i = 0; i < count; i++) {
      markLost(i);
    }
  }

  /** Record {@code i} was sent again. */
  public void markRetransmitted(int i, long now) {
    int k = at(i);
    if ((flags[k] & LOST) != 0) {
      lostBytes -= end[k] - start[k];
    }
    flags[k] = (byte) (flags[k] & ~LOST | RETRANSMITTED);
    sentAt[k] = now;
  }

  /** The first record that is lost and not sent again, or -1. */
  public int firstLost() {
    if (lostBytes == 0) {
      return -1;
    }
    for (int i = lostHint; i < count; i++) {
      if (lost(i)) {
        lostHint = i;
        return i;
      }
    }
    return -1;
  }

  /** What is wrong with the list, in words, or null (invariant I3). */
  public @Nullable String violation(@Seq int una) {
    @Seq int expected = una;
    long lost = 0;
    long all = 0;
    for (int i = 0; i < count; i++) {
      int size = SeqNum.diff(end(i), start(i));
      if (start(i) != expected || size <= 0) {
        return "I3: record " + i + " does not follow the one before it";
      }
      expected = end(i);
      all += size;
      lost += lost(i) ? size : 0;
    }
    return all == outstandingBytes && lost == lostBytes
        ? null
        : "I3: records and their sums differ";
  }

  private void account(int k, int bytes) {
    outstandingBytes += bytes;
    if ((flags[k] & LOST) != 0) {
      lostBytes += bytes;
    }
  }

  private void copy(int from, int to) {
    start[to] = start[from];
    end[to] = end[from];
    sentAt[to] = sentAt[from];
    flags[to] = flags[from];
  }

  private int at(int i) {
    return (head + i) & (start.length - 1);
  }

  private void grow() {
    int n = start.length;
    start = unroll(start, n);
    end = unroll(end, n);
    long[] times = new long[n * 2];
    byte[] bits = new byte[n * 2];
    for (int i = 0; i < count; i++) {
      times[i] = sentAt[(head + i) & (n - 1)];
      bits[i] = flags[(head + i) & (n - 1)];
    }
    sentAt = times;
    flags = bits;
    head = 0;
  }

  private int[] unroll(int[] ring, int n) {
    int[] out = new int[n * 2];
    System.arraycopy(ring, head, out, 0, n - head);
    System.arraycopy(ring, 0, out, n - head, head);
    return out;
  }
}
