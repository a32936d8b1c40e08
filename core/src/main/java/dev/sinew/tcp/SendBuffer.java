package dev.sinew.tcp;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.SharedBytes;
import dev.sinew.link.TxPacket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

  private final BufferPool pool;

  /** Null when there is nothing. */
  private @Nullable BlockRuns runs;

  /** The last block is not ours to write to. */
  private boolean tailShared;

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
      int piece = Math.min(length - done, room(length - done));
      if (piece == 0) {
        break;
      }
      Block b = tail();
      MemorySegment.copy(source, offset + done, b.memory(), ValueLayout.JAVA_BYTE, end(b), piece);
      extend(piece);
      done += piece;
    }
    return done;
  }

  /** The same from native memory. */
  int append(MemorySegment source, long offset, int length) {
    int done = 0;
    while (done < length) {
      int piece = Math.min(length - done, room(length - done));
      if (piece == 0) {
        break;
      }
      Block b = tail();
      MemorySegment.copy(source, offset + done, b.memory(), end(b), piece);
      extend(piece);
      done += piece;
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
      BlockRuns r = runs();
      if (!r.isEmpty() && tail() == b && r.inBlock(r.last(), tailPosition) == start) {
        extend(piece);
      } else {
        b.share();
        int unused = r.add(tailPosition, b, start, piece);
        tailPosition += piece;
        tailShared = true;
      }
      done += piece;
    }
    return length;
  }

  /** Forgets everything before {@code position}. */
  void acknowledge(long position) {
    headPosition = position;
    if (marks != null) {
      marks.acknowledged(position);
    }
    if (runs != null) {
      runs.releaseBefore(position);
    }
  }

  /**
   * Appends the slices that hold {@code length} bytes from {@code position} on.
   *
   * @return how many bytes fitted into the packet's slices
   */
  int addSlices(TxPacket packet, long position, int length) {
    BlockRuns r = runs();
    int k = r.find(position);
    long at = position;
    int left = length;
    while (left > 0) {
      int piece = Math.min(left, r.length(k, at));
      if (!packet.addSlice(r.block(k), r.inBlock(k, at), piece)) {
        break;
      }
      at += piece;
      left -= piece;
      k = r.next(k);
    }
    return length - left;
  }

  /** Gives all memory back. */
  void release() {
    acknowledge(tailPosition);
  }

  /** Gives back what empty lists take. */
  void trim() {
    if (runs != null && runs.isEmpty()) {
      runs = null;
    }
  }

  private BlockRuns runs() {
    BlockRuns r = runs;
    if (r == null) {
      r = new BlockRuns();
      runs = r;
    }
    return r;
  }

  private Block tail() {
    BlockRuns r = runs();
    return r.block(r.last());
  }

  /** Where in its memory the bytes of the last block end. */
  private long end(Block tail) {
    BlockRuns r = runs();
    return tail.base() + r.inBlock(r.last(), tailPosition);
  }

  private void extend(int bytes) {
    runs().extendLast(bytes);
    tailPosition += bytes;
  }

  /** Room in the last block, which is a new one if need be; 0 when there is no memory. */
  private int room(int wanted) {
    BlockRuns r = runs();
    if (!r.isEmpty() && !tailShared) {
      int room = tail().size() - r.inBlock(r.last(), tailPosition);
      if (room > 0) {
        return room;
      }
    }
    Block b = wanted >= LARGE_FROM || length() >= LARGE_FROM ? pool.takeLarge() : null;
    if (b == null) {
      b = pool.takeSmall();
    }
    if (b == null) {
      return 0;
    }
    tailShared = false;
    int unused = r.add(tailPosition, b, 0, 0);
    return b.size();
  }
}
