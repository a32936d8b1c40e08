package dev.sinew.base;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The block that a device's next packet is read into. Most packets leave it as it is, and the next
 * one is read over them. A connection that takes much data in order keeps the block with the data
 * where they lie: they are copied once, by who reads them. Not thread-safe: it belongs to whoever
 * runs the stack.
 */
public final class ArrivalBlock {
  /** From as many bytes on, half a block, data may keep it: they shall not waste more than that. */
  public static final int WORTH_BYTES = BufferPool.DATAGRAM / 2;

  private final BufferPool pool;
  private @Nullable Block block;

  public ArrivalBlock(BufferPool pool) {
    this.pool = pool;
  }

  /**
   * A block of {@link BufferPool#DATAGRAM} bytes to read into, with {@link BufferPool#HEADROOM}
   * bytes before it; null when less than half of the pool is free, as what is scarce must not be
   * kept half empty.
   */
  public @Nullable Block offer() {
    Block b = block;
    if (b == null && pool.availableBytes() >= pool.limitBytes() / 2) {
      b = pool.takeDatagram();
      block = b;
    }
    return b;
  }

  /** The next packet was read into this block, or into none. What was here was taken before. */
  public void put(@Nullable Block b) {
    block = b;
  }

  /** The block, now the caller's again, if there is one. */
  public @Nullable Block take() {
    Block b = block;
    block = null;
    return b;
  }

  /** The block, now the caller's, if that is what the packet in this memory was read into. */
  public @Nullable Block keep(MemorySegment memory) {
    Block b = block;
    if (b == null || !b.memory().equals(memory)) {
      return null;
    }
    block = null;
    return b;
  }

  /** Nothing is to be read for now. */
  public void giveBack() {
    Block b = block;
    if (b != null) {
      block = null;
      b.release();
    }
  }
}
