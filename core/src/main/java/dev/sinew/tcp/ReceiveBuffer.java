package dev.sinew.tcp;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has received: bytes at their place in the stream, in small blocks, whether in
 * order or not, so that each byte is copied once on its way in and once on its way out. Positions
 * count from the first data byte of the connection. A byte that is there is never written again:
 * the first copy wins (RFC 9293 section 3.10.7.4 leaves it open; a changing retransmission must not
 * change what was acknowledged).
 *
 * <p>An empty buffer holds no memory.
 */
final class ReceiveBuffer {
  private static final int SHIFT = 11;
  private static final int MASK = BufferPool.SMALL - 1;

  private final BufferPool pool;
  private final int maxRanges;

  /** Ring of blocks by position; slot of block number n is n mod length. */
  private @Nullable Block[] slots = new Block[2];

  private long readPosition;
  private long nextPosition;
  private @Nullable RangeSet outOfOrder;

  /** Start positions of the ranges that changed last, the youngest first (RFC 2018 section 4). */
  private final long[] recent = new long[4];

  private int recentCount;

  ReceiveBuffer(BufferPool pool, int maxRanges) {
    this.pool = pool;
    this.maxRanges = maxRanges;
  }

  /** Bytes that can be read. */
  int readable() {
    return (int) (nextPosition - readPosition);
  }

  /** How many bytes were read. */
  long readPosition() {
    return readPosition;
  }

  /** The position of RCV.NXT. */
  long nextPosition() {
    return nextPosition;
  }

  /** The position after the last byte that is here, before or behind a gap. */
  long lastPosition() {
    return outOfOrder == null || outOfOrder.isEmpty() ? nextPosition : outOfOrder.lastEnd();
  }

  boolean hasOutOfOrder() {
    return outOfOrder != null && !outOfOrder.isEmpty();
  }

  /** Bytes that wait behind a gap. */
  long outOfOrderBytes() {
    return outOfOrder == null ? 0 : outOfOrder.total();
  }

  /** Result of {@link #store}: no memory, or no room for another range. */
  static final int REFUSED = -1;

  /** Result of {@link #store}: every byte was there already. */
  static final int DUPLICATE = -2;

  /**
   * Takes bytes that lie within the window.
   *
   * @param position where they belong, at least {@link #nextPosition}
   * @return by how much {@link #nextPosition} advanced, 0 for data behind a gap, or {@link
   *     #REFUSED} or {@link #DUPLICATE}
   */
  int store(long position, MemorySegment source, long offset, int length) {
    long end = position + length;
    if (position == nextPosition && !hasOutOfOrder()) {
      if (!provide(position, end)) {
        return REFUSED;
      }
      copyIn(position, source, offset, length);
      nextPosition = end;
      return length;
    }
    RangeSet ranges = outOfOrder;
    if (ranges == null) {
      ranges = new RangeSet();
      outOfOrder = ranges;
    }
    boolean inOrder = position == nextPosition;
    int i = ranges.firstEndingAfter(position);
    if (!inOrder) {
      if (i < ranges.count() && ranges.start(i) <= position && ranges.end(i) >= end) {
        touch(ranges.start(i), ranges.start(i));
        return DUPLICATE;
      }
      if (ranges.wouldExceed(position, end, maxRanges)) {
        return REFUSED;
      }
    }
    if (!provide(position, end)) {
      return REFUSED;
    }
    long at = position;
    for (; at < end && i < ranges.count(); i++) {
      long gapEnd = Math.min(end, ranges.start(i));
      if (at < gapEnd) {
        copyIn(at, source, offset + (at - position), (int) (gapEnd - at));
      }
      at = Math.max(at, ranges.end(i));
    }
    if (at < end) {
      copyIn(at, source, offset + (at - position), (int) (end - at));
    }
    if (!inOrder) {
      int added = ranges.add(position, end);
      touch(ranges.start(added), position);
      return 0;
    }
    long before = nextPosition;
    nextPosition = end;
    while (!ranges.isEmpty() && ranges.start(0) <= nextPosition) {
      nextPosition = Math.max(nextPosition, ranges.end(0));
      ranges.removeFirst();
    }
    forget(before, nextPosition);
    return (int) (nextPosition - before);
  }

  /** Drops what waits behind a gap, under memory pressure (RFC 2018 section 8 allows it). */
  void dropOutOfOrder() {
    if (!hasOutOfOrder()) {
      return;
    }
    RangeSet ranges = java.util.Objects.requireNonNull(outOfOrder);
    long last = ranges.lastEnd();
    ranges.clear();
    recentCount = 0;
    long keep =
        (nextPosition & MASK) == 0 || readable() == 0
            ? nextPosition >> SHIFT
            : (nextPosition >> SHIFT) + 1;
    releaseBlocks(keep, (last - 1 >> SHIFT) + 1);
  }

  /** Copies up to {@code length} bytes out, and takes them unless {@code peek}. */
  int read(byte[] target, int offset, int length, boolean peek) {
    int n = Math.min(length, readable());
    long at = readPosition;
    int done = 0;
    while (done < n) {
      Block b = block(at);
      int in = (int) at & MASK;
      int piece = Math.min(n - done, BufferPool.SMALL - in);
      MemorySegment.copy(
          b.memory(), ValueLayout.JAVA_BYTE, b.base() + in, target, offset + done, piece);
      done += piece;
      at += piece;
    }
    if (!peek) {
      consume(n);
    }
    return n;
  }

  /** The same to native memory, always taking. */
  int read(MemorySegment target, long offset, int length) {
    int n = Math.min(length, readable());
    long at = readPosition;
    int done = 0;
    while (done < n) {
      Block b = block(at);
      int in = (int) at & MASK;
      int piece = Math.min(n - done, BufferPool.SMALL - in);
      MemorySegment.copy(b.memory(), b.base() + in, target, offset + done, piece);
      done += piece;
      at += piece;
    }
    consume(n);
    return n;
  }

  /** Takes {@code n} readable bytes without looking at them. */
  void consume(int n) {
    long from = readPosition >> SHIFT;
    readPosition += n;
    long to = readPosition >> SHIFT;
    releaseBlocks(from, to);
    if (readPosition == nextPosition && (readPosition & MASK) != 0 && !blockHoldsMore(to)) {
      releaseBlocks(to, to + 1);
    }
  }

  /** In-order bytes that nobody will read are counted as received and forgotten. */
  void discard(int length) {
    nextPosition += length;
    readPosition = nextPosition;
  }

  /** How many SACK blocks there are to report, at most {@code max}. */
  int sackCount(int max) {
    return hasOutOfOrder() ? Math.min(max, recentCount) : 0;
  }

  /**
   * Start position of the i-th SACK block, the most recently changed first (RFC 2018 section 4).
   */
  long sackStart(int i) {
    RangeSet r = java.util.Objects.requireNonNull(outOfOrder);
    return r.start(r.firstEndingAfter(recent[i]));
  }

  /** End position of the i-th SACK block. */
  long sackEnd(int i) {
    RangeSet r = java.util.Objects.requireNonNull(outOfOrder);
    return r.end(r.firstEndingAfter(recent[i]));
  }

  /** What is wrong with the ranges, in words, or null (invariant I3). */
  @Nullable String violation() {
    RangeSet r = outOfOrder;
    long last = nextPosition;
    for (int i = 0; r != null && i < r.count(); i++) {
      if (r.start(i) <= last || r.end(i) <= r.start(i)) {
        return "I3: out-of-order ranges are not sorted and apart";
      }
      last = r.end(i);
    }
    return null;
  }

  /** Gives all memory back; nothing can be read any more. */
  void release() {
    readPosition = nextPosition;
    if (outOfOrder != null) {
      outOfOrder.clear();
    }
    recentCount = 0;
    for (int i = 0; i < slots.length; i++) {
      Block b = slots[i];
      if (b != null) {
        slots[i] = null;
        b.release();
      }
    }
  }

  /** Puts the range at {@code start} first in the report, and forgets entries that it swallowed. */
  private void touch(long start, long inside) {
    RangeSet r = java.util.Objects.requireNonNull(outOfOrder);
    forget(start, r.end(r.firstEndingAfter(inside)));
    recentCount = Math.min(recentCount + 1, recent.length);
    System.arraycopy(recent, 0, recent, 1, recentCount - 1);
    recent[0] = start;
  }

  /** Takes the ranges that begin in [from, to) out of the report. */
  private void forget(long from, long to) {
    int kept = 0;
    for (int i = 0; i < recentCount; i++) {
      if (recent[i] < from || recent[i] >= to) {
        recent[kept++] = recent[i];
      }
    }
    recentCount = kept;
  }

  private boolean blockHoldsMore(long blockNumber) {
    if (!hasOutOfOrder()) {
      return false;
    }
    return java.util.Objects.requireNonNull(outOfOrder).start(0) >> SHIFT == blockNumber;
  }

  private Block block(long position) {
    return java.util.Objects.requireNonNull(slots[(int) (position >> SHIFT) & (slots.length - 1)]);
  }

  /** Makes sure that there is a block for every byte of [from, to). */
  private boolean provide(long from, long to) {
    long first = from >> SHIFT;
    long last = to - 1 >> SHIFT;
    long base = readPosition >> SHIFT;
    while (last - base >= slots.length) {
      growRing(base);
    }
    for (long n = first; n <= last; n++) {
      int k = (int) n & (slots.length - 1);
      if (slots[k] == null) {
        Block b = pool.takeSmall();
        if (b == null) {
          return false;
        }
        slots[k] = b;
      }
    }
    return true;
  }

  private void growRing(long base) {
    @Nullable Block[] next = new Block[slots.length * 2];
    for (int i = 0; i < slots.length; i++) {
      next[(int) (base + i) & (next.length - 1)] = slots[(int) (base + i) & (slots.length - 1)];
    }
    slots = next;
  }

  private void copyIn(long position, MemorySegment source, long offset, int length) {
    int done = 0;
    while (done < length) {
      Block b = block(position + done);
      int in = (int) (position + done) & MASK;
      int piece = Math.min(length - done, BufferPool.SMALL - in);
      MemorySegment.copy(source, offset + done, b.memory(), b.base() + in, piece);
      done += piece;
    }
  }

  private void releaseBlocks(long from, long to) {
    for (long n = from; n < to; n++) {
      int k = (int) n & (slots.length - 1);
      Block b = slots[k];
      if (b != null) {
        slots[k] = null;
        b.release();
      }
    }
  }
}
