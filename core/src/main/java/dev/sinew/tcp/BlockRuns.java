package dev.sinew.tcp;

import dev.sinew.base.Block;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a stream that lie in blocks: a list of runs, in the stream's order, each in one block,
 * not necessarily without gaps between them. A run is known by its slot, which is its own as long
 * as nothing is added.
 */
final class BlockRuns {
  private static final int LEAST = 2;

  /** A ring: run i is at (head + i) mod length. */
  private @Nullable Block[] blocks = new @Nullable Block[LEAST];

  /** Position of each run's first byte. */
  private long[] positions = new long[LEAST];

  /** Where in its block each run begins, and how many bytes it has. */
  private int[] offsets = new int[LEAST];

  private int[] lengths = new int[LEAST];
  private int head;
  private int count;

  boolean isEmpty() {
    return count == 0;
  }

  /**
   * Takes a block, which is ours from now on, with a run that lies behind all others.
   *
   * @param offset within the block
   * @return its slot
   */
  int add(long position, Block block, int offset, int length) {
    if (count == blocks.length) {
      grow();
    }
    int k = slot(count++);
    blocks[k] = block;
    positions[k] = position;
    offsets[k] = offset;
    lengths[k] = length;
    return k;
  }

  /** The slot of the last run; there is one. */
  int last() {
    return slot(count - 1);
  }

  /** The slot of the run behind another one. */
  int next(int slot) {
    return (slot + 1) & (blocks.length - 1);
  }

  /** The last run is longer by so many bytes of its block. */
  void extendLast(int bytes) {
    lengths[last()] += bytes;
  }

  /** The slot of the run that holds a position, or -1. */
  int find(long position) {
    int i = firstEndingAfter(position);
    int k = slot(i);
    return i < count && positions[k] <= position ? k : -1;
  }

  /** Where the first run begins that lies behind a position that no run holds. */
  long nextStart(long position) {
    int i = firstEndingAfter(position);
    return i < count ? positions[slot(i)] : Long.MAX_VALUE;
  }

  /** The number of the first run that ends behind a position; {@link #count} when there is none. */
  private int firstEndingAfter(long position) {
    int low = 0;
    int high = count;
    while (low < high) {
      int mid = (low + high) >>> 1;
      int k = slot(mid);
      if (positions[k] + lengths[k] > position) {
        high = mid;
      } else {
        low = mid + 1;
      }
    }
    return low;
  }

  Block block(int slot) {
    return Objects.requireNonNull(blocks[slot]);
  }

  /** Where in the block of a slot's run a position lies that it holds, or its end. */
  int inBlock(int slot, long position) {
    return offsets[slot] + (int) (position - positions[slot]);
  }

  /** Bytes of a slot's run from a position on that it holds. */
  int length(int slot, long position) {
    return lengths[slot] - (int) (position - positions[slot]);
  }

  /** Gives back the blocks all of whose bytes lie before a position. */
  void releaseBefore(long position) {
    while (count > 0 && positions[head] + lengths[head] <= position) {
      block(head).release();
      blocks[head] = null;
      head = next(head);
      count--;
    }
  }

  private int slot(int i) {
    return (head + i) & (blocks.length - 1);
  }

  private void grow() {
    int n = blocks.length;
    // The part before the head moves behind the old end.
    blocks = Arrays.copyOf(blocks, 2 * n);
    positions = Arrays.copyOf(positions, 2 * n);
    offsets = Arrays.copyOf(offsets, 2 * n);
    lengths = Arrays.copyOf(lengths, 2 * n);
    System.arraycopy(blocks, 0, blocks, n, head);
    System.arraycopy(positions, 0, positions, n, head);
    System.arraycopy(offsets, 0, offsets, n, head);
    System.arraycopy(lengths, 0, lengths, n, head);
    Arrays.fill(blocks, 0, head, null);
  }
}
