package dev.sinew.tcp;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.SharedBytes;
import dev.sinew.link.TxPacket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the application has written and the peer has not acknowledged: a list of blocks. Payload is
 * copied in once and stays there, or lies in the blocks of {@link SharedBytes}; packets refer to
 * slices of it. Positions count from the first data byte of the connection.
 *
 * <p>An empty buffer holds no memory.
 */
final class SendBuffer {
  private static final int LARGE_FROM = 16 * 1024;
  private static final int LEAST = 2;
  private static final @Nullable Block[] NO_BLOCKS = new Block[0];
  private static final long[] NO_POSITIONS = {};
  private static final int[] NO_LENGTHS = {};

  private final BufferPool pool;

  /** Ring of blocks; entry i is at (head + i) mod length. */
  private @Nullable Block[] blocks = NO_BLOCKS;

  /** Position of each entry's first byte, and how many bytes of its block it has. */
  private long[] positions = NO_POSITIONS;

  private int[] used = NO_LENGTHS;

  /** Where in its block an entry begins: not always 0 for shared bytes. */
  private int[] starts = NO_LENGTHS;

  /** The last block is not ours to write to. */
  private boolean tailShared;

  private int head;
  private int count;
  private long headPosition;
  private long tailPosition;

  /** Null until something is marked. */
  private @Nullable SendMarks marks;

  SendBuffer(BufferPool pool) {
    this.pool = pool;
  }

  /** Position of the first unacknowledged byte. */
  long headPosition() {
    return headPosition;
  }

  /** Position after the last byte written. */
  long tailPosition() {
    return tailPosition;
  }

  /** Bytes held. */
  int length() {
    return (int) (tailPosition - headPosition);
  }

  /** The marks of this data, or null when there is none. */
  @Nullable SendMarks marks() {
    return marks;
  }

  /** The same, made now if there is none. */
  SendMarks marking() {
    SendMarks m = marks;
    if (m == null) {
      m = new SendMarks();
      marks = m;
    }
    return m;
  }

  /** Copies up to {@code length} bytes in; fewer when memory ends. */
  int append(byte[] source, int offset, int length) {
    int done = 0;
    while (done < length) {
      int k = tailWithRoom(length - done);
      if (k < 0) {
        break;
      }
      Block b = Objects.requireNonNull(blocks[k]);
      int piece = Math.min(length - done, b.size() - used[k]);
      MemorySegment.copy(
          source, offset + done, b.memory(), ValueLayout.JAVA_BYTE, b.base() + used[k], piece);
      used[k] += piece;
      done += piece;
      tailPosition += piece;
    }
    return done;
  }

  /** The same from native memory. */
  int append(MemorySegment source, long offset, int length) {
    int done = 0;
    while (done < length) {
      int k = tailWithRoom(length - done);
      if (k < 0) {
        break;
      }
      Block b = Objects.requireNonNull(blocks[k]);
      int piece = Math.min(length - done, b.size() - used[k]);
      MemorySegment.copy(source, offset + done, b.memory(), b.base() + used[k], piece);
      used[k] += piece;
      done += piece;
      tailPosition += piece;
    }
    return done;
  }

  /** Takes bytes without a copy. */
  int append(SharedBytes source, long offset, int length) {
    for (int done = 0; done < length; ) {
      long at = offset + done;
      Block b = source.block(at);
      int start = source.inBlock(at);
      int piece = Math.min(length - done, source.run(at));
      int last = (head + count - 1) & (blocks.length - 1);
      if (count > 0 && blocks[last] == b && starts[last] + used[last] == start) {
        used[last] += piece;
      } else {
        b.share();
        int k = add(b);
        starts[k] = start;
        used[k] = piece;
        tailShared = true;
      }
      done += piece;
      tailPosition += piece;
    }
    return length;
  }

  /** Forgets everything before {@code position}. */
  void acknowledge(long position) {
    headPosition = position;
    if (marks != null) {
      marks.acknowledged(position);
    }
    while (count > 0) {
      int k = head;
      if (positions[k] + used[k] > position) {
        return;
      }
      Objects.requireNonNull(blocks[k]).release();
      blocks[k] = null;
      head = (head + 1) & (blocks.length - 1);
      count--;
    }
  }

  /**
   * Appends the slices that hold {@code length} bytes from {@code position} on.
   *
   * @return how many bytes fitted into the packet's slices
   */
  int addSlices(TxPacket packet, long position, int length) {
    int i = indexOf(position);
    long at = position;
    int left = length;
    while (left > 0) {
      int k = (head + i) & (blocks.length - 1);
      int in = (int) (at - positions[k]);
      int piece = Math.min(left, used[k] - in);
      if (!packet.addSlice(Objects.requireNonNull(blocks[k]), starts[k] + in, piece)) {
        break;
      }
      at += piece;
      left -= piece;
      i++;
    }
    return length - left;
  }

  /** Gives all memory back. */
  void release() {
    acknowledge(tailPosition);
    while (count > 0) {
      Objects.requireNonNull(blocks[head]).release();
      blocks[head] = null;
      head = (head + 1) & (blocks.length - 1);
      count--;
    }
  }

  /** Gives back what empty lists take. */
  void trim() {
    if (count == 0) {
      blocks = NO_BLOCKS;
      positions = NO_POSITIONS;
      used = NO_LENGTHS;
      starts = NO_LENGTHS;
      head = 0;
    }
  }

  private int indexOf(long position) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int mid = (low + high + 1) >>> 1;
      if (positions[(head + mid) & (blocks.length - 1)] <= position) {
        low = mid;
      } else {
        high = mid - 1;
      }
    }
    return low;
  }

  /** The ring index of a tail block with room, or -1 when there is no memory. */
  private int tailWithRoom(int wanted) {
    if (count > 0 && !tailShared) {
      int k = (head + count - 1) & (blocks.length - 1);
      if (used[k] < Objects.requireNonNull(blocks[k]).size()) {
        return k;
      }
    }
    Block b = wanted >= LARGE_FROM || length() >= LARGE_FROM ? pool.takeLarge() : null;
    if (b == null) {
      b = pool.takeSmall();
    }
    if (b == null) {
      return -1;
    }
    tailShared = false;
    return add(b);
  }

  /** A new entry at the tail, empty; its ring index. */
  private int add(Block b) {
    if (count == blocks.length) {
      grow();
    }
    int k = (head + count++) & (blocks.length - 1);
    blocks[k] = b;
    positions[k] = tailPosition;
    used[k] = 0;
    starts[k] = 0;
    return k;
  }

  private void grow() {
    int n = blocks.length;
    int size = Math.max(LEAST, n * 2);
    @Nullable Block[] nextBlocks = new Block[size];
    long[] nextPositions = new long[size];
    int[] nextUsed = new int[size];
    int[] nextStarts = new int[size];
    for (int i = 0; i < count; i++) {
      int k = (head + i) & (n - 1);
      nextBlocks[i] = blocks[k];
      nextPositions[i] = positions[k];
      nextUsed[i] = used[k];
      nextStarts[i] = starts[k];
    }
    blocks = nextBlocks;
    positions = nextPositions;
    used = nextUsed;
    starts = nextStarts;
    head = 0;
  }
}
