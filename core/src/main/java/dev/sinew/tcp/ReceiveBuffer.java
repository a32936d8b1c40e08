package dev.sinew.tcp;

import dev.sinew.base.ArrivalBlock;
import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Seq;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has received: bytes at their place in the stream, in small blocks, whether in
 * order or not, so that each byte is copied once on its way in and once on its way out; and large
 * pieces that came in order where their packets were read, copied out only. Positions count from
 * the first data byte of the connection. A byte that is there is never written again: the first
 * copy wins (RFC 9293 section 3.10.7.4 leaves it open; a changing retransmission must not change
 * what was acknowledged).
 *
 * <p>An empty buffer holds no memory.
 */
final class ReceiveBuffer {
  private static final @Nullable Block[] NO_BLOCKS = new Block[0];
  private static final int LEAST = 2;
  private static final int SHIFT = 11;
  private static final int MASK = BufferPool.SMALL - 1;

  private final BufferPool pool;
  private final int maxRanges;

  /** Ring of blocks by position; slot of block number n is n mod length. */
  private @Nullable Block[] slots = NO_BLOCKS;

  /** Null until the first is kept. */
  private @Nullable BlockRuns kept;

  private long readPosition;
  private long nextPosition;
  private @Nullable RangeSet outOfOrder;

  private @Nullable SackReport report;

  /** The first part of the segment stored last that was here before; empty when there was none. */
  private long overlapStart;

  private long overlapEnd;

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
    overlapStart = position;
    overlapEnd = position;
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
    if (i < ranges.count() && ranges.start(i) < end) {
      overlapStart = Math.max(position, ranges.start(i));
      overlapEnd = Math.min(end, ranges.end(i));
    }
    if (!inOrder) {
      if (overlapEnd - overlapStart == length) {
        report().touch(ranges.start(i), ranges.end(i));
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
      report().touch(ranges.start(added), ranges.end(added));
      return 0;
    }
    long before = nextPosition;
    nextPosition = end;
    while (!ranges.isEmpty() && ranges.start(0) <= nextPosition) {
      nextPosition = Math.max(nextPosition, ranges.end(0));
      ranges.removeFirst();
    }
    report().forget(before, nextPosition);
    return (int) (nextPosition - before);
  }

  /**
   * The same for bytes that lie in the block of their arrival: if they are many, come in order and
   * no others wait behind a gap, the block is kept with them.
   */
  int store(long position, MemorySegment source, long offset, int length, ArrivalBlock arrival) {
    if (length >= ArrivalBlock.WORTH_BYTES && position == nextPosition && !hasOutOfOrder()) {
      Block b = arrival.keep(source);
      if (b != null) {
        BlockRuns runs = kept;
        if (runs == null) {
          runs = new BlockRuns();
          kept = runs;
        }
        int unused = runs.add(position, b, (int) (offset - b.base()), length);
        overlapStart = position;
        overlapEnd = position;
        nextPosition = position + length;
        return length;
      }
    }
    return store(position, source, offset, length);
  }

  /** Drops what waits behind a gap, under memory pressure (RFC 2018 section 8 allows it). */
  void dropOutOfOrder() {
    if (!hasOutOfOrder()) {
      return;
    }
    RangeSet ranges = Objects.requireNonNull(outOfOrder);
    long last = ranges.lastEnd();
    ranges.clear();
    report().clear();
    long keep =
        (nextPosition & MASK) == 0 || readable() == 0
            ? nextPosition >> SHIFT
            : (nextPosition >> SHIFT) + 1;
    releaseBlocks(keep, (last - 1 >> SHIFT) + 1);
  }

  /** Copies up to {@code length} bytes out, and takes them unless {@code peek}. */
  int read(byte[] target, int offset, int length, boolean peek) {
    int n = Math.min(length, readable());
    int done = 0;
    while (done < n) {
      long at = readPosition + done;
      int k = keptAt(at);
      int piece = Math.min(n - done, run(k, at));
      Block b = blockOf(k, at);
      long from = b.base() + inBlock(k, at);
      MemorySegment.copy(b.memory(), ValueLayout.JAVA_BYTE, from, target, offset + done, piece);
      done += piece;
    }
    if (!peek) {
      consume(n);
    }
    return n;
  }

  /** The same to native memory, always taking. */
  int read(MemorySegment target, long offset, int length) {
    int n = Math.min(length, readable());
    int done = 0;
    while (done < n) {
      long at = readPosition + done;
      int k = keptAt(at);
      int piece = Math.min(n - done, run(k, at));
      Block b = blockOf(k, at);
      MemorySegment.copy(b.memory(), b.base() + inBlock(k, at), target, offset + done, piece);
      done += piece;
    }
    consume(n);
    return n;
  }

  // A readable byte lies in a kept block, whose slot is k, or if that is -1 in a small one.

  private int keptAt(long position) {
    return kept == null ? -1 : kept.find(position);
  }

  private Block blockOf(int k, long position) {
    return k < 0 ? block(position) : kept().block(k);
  }

  private int inBlock(int k, long position) {
    return k < 0 ? (int) position & MASK : kept().inBlock(k, position);
  }

  /** Bytes from a position on that lie side by side. */
  private int run(int k, long position) {
    if (k >= 0) {
      return kept().length(k, position);
    }
    int inBlock = BufferPool.SMALL - ((int) position & MASK);
    return kept == null ? inBlock : (int) Math.min(inBlock, kept.nextStart(position) - position);
  }

  private BlockRuns kept() {
    return Objects.requireNonNull(kept);
  }

  /** Takes {@code n} readable bytes without looking at them. */
  void consume(int n) {
    long from = readPosition >> SHIFT;
    readPosition += n;
    if (kept != null) {
      kept.releaseBefore(readPosition);
    }
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

  /**
   * Where the first part of the segment that was given to {@link #store} last begins that had been
   * here before, behind a gap.
   */
  long overlapStart() {
    return overlapStart;
  }

  /** Where that part ends; equal to {@link #overlapStart} when there is none. */
  long overlapEnd() {
    return overlapEnd;
  }

  // ---- what a SACK option says

  /** A segment repeated [start, end), which is acknowledged or waits behind a gap. */
  void duplicate(@Seq int start, @Seq int end) {
    report().duplicate(start, end);
  }

  boolean hasDuplicate() {
    return report != null && report.hasDuplicate();
  }

  /** Whether a SACK option has anything to say. */
  boolean hasReport() {
    return hasOutOfOrder() || hasDuplicate();
  }

  /** How many blocks a SACK option would have if there were room. */
  int reportCount() {
    return (hasDuplicate() ? 1 : 0) + (outOfOrder == null ? 0 : outOfOrder.count());
  }

  /** See {@link SackReport#blocks}. */
  int sackBlocks(@Seq int rcvNxt, @Seq int[] edges, int most) {
    return report == null ? 0 : report.blocks(rcvNxt - (int) nextPosition, outOfOrder, edges, most);
  }

  /** A segment with all of that went out. */
  void reported() {
    if (report != null) {
      report.sent();
    }
  }

  private SackReport report() {
    SackReport r = report;
    if (r == null) {
      r = new SackReport();
      report = r;
    }
    return r;
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
    report = null;
    if (kept != null) {
      kept.releaseBefore(nextPosition);
    }
    for (int i = 0; i < slots.length; i++) {
      Block b = slots[i];
      if (b != null) {
        slots[i] = null;
        b.release();
      }
    }
  }

  private boolean blockHoldsMore(long blockNumber) {
    if (!hasOutOfOrder()) {
      return false;
    }
    return Objects.requireNonNull(outOfOrder).start(0) >> SHIFT == blockNumber;
  }

  private Block block(long position) {
    return Objects.requireNonNull(slots[(int) (position >> SHIFT) & (slots.length - 1)]);
  }

  /**
   * Makes sure that there is a block for every byte of [from, to); where memory ends, what was
   * taken for it goes back.
   */
  private boolean provide(long from, long to) {
    long first = from >> SHIFT;
    long last = to - 1 >> SHIFT;
    long base = readPosition >> SHIFT;
    while (last - base >= slots.length) {
      growRing(base);
    }
    // A bit for each: no segment is longer than 64 KiB, which is half of the bits.
    long taken = 0;
    for (long n = first; n <= last; n++) {
      int k = (int) n & (slots.length - 1);
      if (slots[k] == null) {
        Block b = pool.takeSmall();
        if (b == null) {
          giveBack(first, taken);
          return false;
        }
        slots[k] = b;
        taken |= 1L << (n - first);
      }
    }
    return true;
  }

  private void giveBack(long first, long taken) {
    for (long left = taken; left != 0; left &= left - 1) {
      long n = first + Long.numberOfTrailingZeros(left);
      releaseBlocks(n, n + 1);
    }
  }

  private void growRing(long base) {
    @Nullable Block[] next = new Block[Math.max(LEAST, slots.length * 2)];
    for (int i = 0; i < slots.length; i++) {
      next[(int) (base + i) & (next.length - 1)] = slots[(int) (base + i) & (slots.length - 1)];
    }
    slots = next;
  }

  /** Gives back what an empty list takes. */
  void trim() {
    if (kept != null && kept.isEmpty()) {
      kept = null;
    }
    for (Block b : slots) {
      if (b != null) {
        return;
      }
    }
    slots = NO_BLOCKS;
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
    for (long n = from; n < to && slots.length > 0; n++) {
      int k = (int) n & (slots.length - 1);
      Block b = slots[k];
      if (b != null) {
        slots[k] = null;
        b.release();
      }
    }
  }
}
