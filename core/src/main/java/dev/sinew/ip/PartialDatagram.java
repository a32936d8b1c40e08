package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pieces of one datagram that have arrived. Their bytes are appended to a log of small blocks,
 * so that eight bytes cost little more than eight bytes; where each piece lies in the datagram and
 * in the log is kept in order of its offset.
 */
final class PartialDatagram {
  /** The piece is new. */
  static final int NEW = 0;

  /** The very same piece was there already. */
  static final int DUPLICATE = 1;

  /** It contradicts what is there (RFC 5722; teardrop). */
  static final int OVERLAP = 2;

  static final int BLOCK = BufferPool.SMALL;

  private static final int CE = 3;

  final boolean v4;
  final long sourceHigh;
  final long sourceLow;
  final long destinationHigh;
  final long destinationLow;
  final int id;

  /** IPv4 only; IPv6 identifies a datagram without it (RFC 8200 section 4.5). */
  final int protocol;

  final int bucket;
  final long deadline;

  /** Neighbours by age. */
  @Nullable PartialDatagram older;

  @Nullable PartialDatagram newer;

  /** Neighbours by age within the bucket of the source. */
  @Nullable PartialDatagram olderInBucket;

  @Nullable PartialDatagram newerInBucket;

  /**
   * Nothing more is wanted of it, but its pieces must be known for what they are until the time is
   * over.
   */
  boolean poisoned;

  private int[] starts = new int[4];
  private int[] lengths = new int[4];
  private int[] places = new int[4];
  private int count;
  private int received;
  private int end = -1;
  private int firstHeader;
  private int nextHeaderField;
  private int ecnSeen;
  private Block[] blocks = new Block[2];
  private int blockCount;
  private int used;

  PartialDatagram(IpPacket p, int bucket, long deadline) {
    this.v4 = p.v4;
    this.sourceHigh = p.sourceHigh;
    this.sourceLow = p.sourceLow;
    this.destinationHigh = p.destinationHigh;
    this.destinationLow = p.destinationLow;
    this.id = p.fragmentId;
    this.protocol = p.v4 ? p.protocol : 0;
    this.bucket = bucket;
    this.deadline = deadline;
  }

  boolean matches(IpPacket p) {
    return id == p.fragmentId
        && sourceLow == p.sourceLow
        && destinationLow == p.destinationLow
        && sourceHigh == p.sourceHigh
        && destinationHigh == p.destinationHigh
        && v4 == p.v4
        && (!v4 || protocol == p.protocol);
  }

  /**
   * What it costs of the limits, in bytes; never nothing, so that the limits bound the number of
   * datagrams too.
   */
  int charge() {
    return Math.max(1, blockCount) * BLOCK;
  }

  /** By how much {@link #charge} grows with this piece. */
  int extraCharge(IpPacket p) {
    int needed = (used + storedLength(p) + BLOCK - 1) / BLOCK;
    return (Math.max(1, needed) - Math.max(1, blockCount)) * BLOCK;
  }

  /** The first piece is stored with its header, the others without. */
  private static int storedLength(IpPacket p) {
    return p.fragmentOffset == 0 ? p.headerLength + p.payloadLength : p.payloadLength;
  }

  int count() {
    return count;
  }

  boolean hasFirst() {
    return count > 0 && starts[0] == 0;
  }

  boolean isComplete() {
    return received == end;
  }

  /**
   * How a piece fits to those that are there: {@link #NEW}, {@link #DUPLICATE} or {@link #OVERLAP}.
   */
  int classify(IpPacket p) {
    int from = p.fragmentOffset;
    int to = from + p.payloadLength;
    int i = place(from);
    if (i < count && starts[i] == from && lengths[i] == p.payloadLength) {
      boolean wasLast = end == to;
      return wasLast != p.moreFragments && sameBytes(i, p) ? DUPLICATE : OVERLAP;
    }
    if (i < count && starts[i] < to) {
      return OVERLAP;
    }
    if (i > 0 && starts[i - 1] + lengths[i - 1] > from) {
      return OVERLAP;
    }
    if (end >= 0 && (to > end || !p.moreFragments)) {
      return OVERLAP;
    }
    return !p.moreFragments && i < count ? OVERLAP : NEW;
  }

  /** The index of the first piece at or after an offset. */
  private int place(int from) {
    int i = count;
    while (i > 0 && starts[i - 1] >= from) {
      i--;
    }
    return i;
  }

  private boolean sameBytes(int i, IpPacket p) {
    int at = places[i];
    long other = p.payloadOffset;
    int left = p.payloadLength;
    while (left > 0) {
      Block b = blocks[at / BLOCK];
      int in = at % BLOCK;
      int n = Math.min(left, BLOCK - in);
      long from = b.base() + in;
      if (MemorySegment.mismatch(b.memory(), from, from + n, p.memory, other, other + n) >= 0) {
        return false;
      }
      at += n;
      other += n;
      left -= n;
    }
    return true;
  }

  /** Stores a new piece. False when there is no memory. */
  boolean add(IpPacket p, BufferPool pool) {
    int header = p.fragmentOffset == 0 ? p.headerLength : 0;
    int at = used;
    if (!append(p.memory, p.payloadOffset - header, header + p.payloadLength, pool)) {
      return false;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
      places = Arrays.copyOf(places, count * 2);
    }
    int i = place(p.fragmentOffset);
    System.arraycopy(starts, i, starts, i + 1, count - i);
    System.arraycopy(lengths, i, lengths, i + 1, count - i);
    System.arraycopy(places, i, places, i + 1, count - i);
    starts[i] = p.fragmentOffset;
    lengths[i] = p.payloadLength;
    places[i] = at + header;
    count++;
    received += p.payloadLength;
    ecnSeen |= 1 << (p.trafficClass & 3);
    if (header > 0) {
      firstHeader = header;
      nextHeaderField = p.fragmentNextHeaderField;
    }
    if (!p.moreFragments) {
      end = p.fragmentOffset + p.payloadLength;
    }
    return true;
  }

  private boolean append(MemorySegment m, long offset, int length, BufferPool pool) {
    int done = 0;
    while (done < length) {
      int in = (used + done) % BLOCK;
      int index = (used + done) / BLOCK;
      if (index == blockCount) {
        Block b = pool.takeSmall();
        if (b == null) {
          return false;
        }
        if (blockCount == blocks.length) {
          blocks = Arrays.copyOf(blocks, blockCount * 2);
        }
        blocks[blockCount++] = b;
      }
      Block b = blocks[index];
      int n = Math.min(length - done, BLOCK - in);
      MemorySegment.copy(m, offset + done, b.memory(), b.base() + in, n);
      done += n;
    }
    used += length;
    return true;
  }

  private void copyOut(int place, int length, MemorySegment target, long offset) {
    int done = 0;
    while (done < length) {
      int at = place + done;
      Block b = blocks[at / BLOCK];
      int in = at % BLOCK;
      int n = Math.min(length - done, BLOCK - in);
      MemorySegment.copy(b.memory(), b.base() + in, target, offset + done, n);
      done += n;
    }
  }

  /**
   * Copies the first piece, as it came, to the beginning of {@code target} and returns its length.
   */
  int copyFirst(MemorySegment target) {
    int length = firstHeader + lengths[0];
    copyOut(places[0] - firstHeader, length, target, 0);
    return length;
  }

  /**
   * Puts the datagram together at the beginning of {@code target}, with the header of its first
   * piece.
   *
   * @return its length, or 0 when the pieces do not make a packet: too long, or with ECN marks that
   *     exclude each other (RFC 3168 section 5.3)
   */
  int assemble(MemorySegment target) {
    boolean congested = (ecnSeen & 1 << CE) != 0;
    if (congested && (ecnSeen & 1) != 0) {
      return 0;
    }
    int header = v4 ? firstHeader : firstHeader - Ipv6Header.FRAGMENT_LENGTH;
    int total = header + end;
    if ((v4 ? total : total - Ipv6Header.LENGTH) > 65_535) {
      return 0;
    }
    copyOut(places[0] - firstHeader, header, target, 0);
    for (int i = 0; i < count; i++) {
      copyOut(places[i], lengths[i], target, header + starts[i]);
    }
    if (v4) {
      Bytes.put16(target, Ipv4Header.TOTAL_LENGTH, total);
      Bytes.put16(target, Ipv4Header.FLAGS_AND_OFFSET, 0);
      if (congested) {
        Bytes.put8(
            target, Ipv4Header.TYPE_OF_SERVICE, Bytes.u8(target, Ipv4Header.TYPE_OF_SERVICE) | CE);
      }
      Ipv4Header.fillChecksum(target, 0, header);
    } else {
      // The Fragment header goes; what it named follows the headers before it (RFC 8200 section
      // 4.5).
      int place = places[0] - Ipv6Header.FRAGMENT_LENGTH;
      Block b = blocks[place / BLOCK];
      Bytes.put8(target, nextHeaderField, Bytes.u8(b.memory(), b.base() + place % BLOCK));
      Bytes.put16(target, Ipv6Header.PAYLOAD_LENGTH, total - Ipv6Header.LENGTH);
      if (congested) {
        Bytes.put32(target, 0, Bytes.i32(target, 0) | CE << 20);
      }
    }
    return total;
  }

  /** Gives all memory back; what is known of the pieces is forgotten with it. */
  void release() {
    for (int i = 0; i < blockCount; i++) {
      blocks[i].release();
    }
    blockCount = 0;
    used = 0;
    count = 0;
    received = 0;
    end = -1;
  }
}
