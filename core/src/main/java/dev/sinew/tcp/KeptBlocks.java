package dev.sinew.tcp;

import dev.sinew.base.Block;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Data that lie where their packets were read: blocks with one run of the stream each, in the
 * stream's order, not necessarily without gaps between them. See {@link
 * dev.sinew.base.ArrivalBlock}.
 */
final class KeptBlocks {
  private static final int LEAST = 4;

  /** Ring of blocks; entry i is at (head + i) mod length. */
  private @Nullable Block[] blocks = new Block[LEAST];

  /** Positions of each run's first byte and of the one after its last. */
  private long[] starts = new long[LEAST];

  private long[] ends = new long[LEAST];

  /** Offset of each run's first byte within its block's memory. */
  private long[] offsets = new long[LEAST];

  private int head;
  private int count;

  /** Takes a block with a run that lies behind all others. */
  void add(long position, Block block, long offset, int length) {
    if (count == blocks.length) {
      grow();
    }
    int k = slot(count++);
    blocks[k] = block;
    starts[k] = position;
    ends[k] = position + length;
    offsets[k] = offset;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** The number of the first run that ends behind a position; {@link #count} when there is none. */
  private int firstEndingAfter(long position) {
    int low = 0;
    int high = count;
    while (low < high) {
      int mid = (low + high) >>> 1;
      if (ends[slot(mid)] > position) {
        high = mid;
      } else {
        low = mid + 1;
      }
    }
    return low;
  }

  /** The slot of the run that holds a position, or -1. */
  int find(long position) {
    int i = firstEndingAfter(position);
    int k = slot(i);
    return i < count && starts[k] <= position ? k : -1;
  }

  /** Where the first run behind a position begins that no run holds. */
  long nextStart(long position) {
    int i = firstEndingAfter(position);
    return i < count ? starts[slot(i)] : Long.MAX_VALUE;
  }

  /** The memory of a slot's run. */
  MemorySegment memory(int slot) {
    return Objects.requireNonNull(blocks[slot]).memory();
  }

  /** Where in the memory of a slot's run a position lies that it holds. */
  long offset(int slot, long position) {
    return offsets[slot] + (position - starts[slot]);
  }

  /** Bytes of a slot's run from a position on that it holds. */
  long length(int slot, long position) {
    return ends[slot] - position;
  }

  /** Gives back the blocks all of whose data lie before a position. */
  void releaseBefore(long position) {
    while (count > 0 && ends[head] <= position) {
      Objects.requireNonNull(blocks[head]).release();
      blocks[head] = null;
      head = slot(1);
      count--;
    }
  }

  private int slot(int i) {
    return (head + i) & (blocks.length - 1);
  }

  private void grow() {
    int n = blocks.length;
    @Nullable Block[] nextBlocks = new Block[2 * n];
    long[] nextStarts = new long[2 * n];
    long[] nextEnds = new long[2 * n];
    long[] nextOffsets = new long[2 * n];
    for (int i = 0; i < n; i++) {
      int k = slot(i);
      nextBlocks[i] = blocks[k];
      nextStarts[i] = starts[k];
      nextEnds[i] = ends[k];
      nextOffsets[i] = offsets[k];
    }
    blocks = nextBlocks;
    starts = nextStarts;
    ends = nextEnds;
    offsets = nextOffsets;
    head = 0;
  }
}
