package dev.sinew.base;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A piece of native memory out of a {@link BufferPool}. It has an owner (a send queue, a receive
 * queue, a reassembly), or several once nobody writes to it any more; transmit queues that still
 * point into it are counted, so the memory goes back when the last owner has released it
 * <em>and</em> the last packet that refers to it has left. Not thread-safe: it belongs to whoever
 * runs the stack.
 */
public final class Block {
  private final BufferPool pool;

  /** What the block was cut from; the pool's. */
  final BufferPool.Chunk chunk;

  private final MemorySegment memory;
  private final long base;
  private final int size;
  private int pendingTransmits;
  private int owners;
  @Nullable Block nextFree;

  Block(BufferPool pool, BufferPool.Chunk chunk, MemorySegment memory, long base, int size) {
    this.pool = pool;
    this.chunk = chunk;
    this.memory = memory;
    this.base = base;
    this.size = size;
  }

  /** The segment that holds the block; the block's bytes start at {@link #base()}. */
  public MemorySegment memory() {
    return memory;
  }

  /** Offset of the block's first byte within {@link #memory()}. */
  public long base() {
    return base;
  }

  /** Capacity in bytes. */
  public int size() {
    return size;
  }

  /** A transmit queue entry refers to the block from now on. */
  public void holdForTransmit() {
    pendingTransmits++;
  }

  /** One transmit queue entry that referred to the block has left. */
  public void transmitDone() {
    if (--pendingTransmits == 0 && owners == 0) {
      pool.giveBack(this);
    }
  }

  /** There is one owner more. */
  public void share() {
    if (owners == 0) {
      throw new IllegalStateException("a block that nobody owns was shared");
    }
    owners++;
  }

  /** An owner needs the block no more. Calling it once too often is a programming error. */
  public void release() {
    if (owners == 0) {
      throw new IllegalStateException("block released twice");
    }
    owners--;
    if (owners == 0 && pendingTransmits == 0) {
      pool.giveBack(this);
    }
  }

  void taken() {
    owners = 1;
  }
}
