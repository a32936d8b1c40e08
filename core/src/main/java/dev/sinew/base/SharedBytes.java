package dev.sinew.base;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that are sent more than once, to one peer or to many, and copied into the stack's memory
 * only once: a page, a file, a pattern. Send queues refer to them. They never change. Not
 * thread-safe: they belong to whoever runs the stack.
 */
public final class SharedBytes {
  private static final int BLOCK = BufferPool.LARGE;

  private final List<Block> blocks = new ArrayList<>();
  private final long length;
  private boolean released;

  private SharedBytes(long length) {
    this.length = length;
  }

  /**
   * Copies bytes.
   *
   * @return null when the pool is at its limit
   */
  public static @Nullable SharedBytes copyOf(
      MemorySegment source, long offset, long length, BufferPool pool) {
    Objects.checkFromIndexSize(offset, length, source.byteSize());
    SharedBytes s = new SharedBytes(length);
    for (long at = 0; at < length; at += BLOCK) {
      long piece = Math.min(BLOCK, length - at);
      Block b = piece == BLOCK ? pool.takeLarge() : pool.take((int) piece);
      if (b == null) {
        s.release();
        return null;
      }
      MemorySegment.copy(source, offset + at, b.memory(), b.base(), piece);
      s.blocks.add(b);
    }
    return s;
  }

  /** How many bytes there are. */
  public long length() {
    return length;
  }

  /** The block that holds the byte at an offset. */
  public Block block(long offset) {
    if (released) {
      throw new IllegalStateException("these bytes were released");
    }
    return blocks.get((int) (offset / BLOCK));
  }

  /** Where in its block the byte at an offset lies. */
  public int inBlock(long offset) {
    return (int) (offset % BLOCK);
  }

  /** How many bytes from an offset on lie in the same block. */
  public int run(long offset) {
    return (int) Math.min(BLOCK - offset % BLOCK, length - offset);
  }

  /**
   * Nobody will send them again. What send queues still refer to stays until the peers have
   * acknowledged it.
   */
  public void release() {
    if (!released) {
      released = true;
      blocks.forEach(Block::release);
      blocks.clear();
    }
  }
}
