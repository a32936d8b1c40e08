package dev.sinew.sim;

import dev.sinew.base.BufferPool;

/**
 * The native memory of a simulation: for the hosts' buffers and for packets on links. One object
 * may serve many simulations, one after the other, which saves making it anew; a simulation that
 * failed leaves memory in use, so its object is not to be used again. Not thread-safe.
 */
public final class SimMemory {
  /** What a simulation may use of each kind unless told otherwise. */
  public static final long DEFAULT_BYTES = 1L << 30;

  private final BufferPool hosts;
  private final BufferPool wire;

  /** Memory of 1 GiB for the hosts and as much for the links, taken from the system as needed. */
  public SimMemory() {
    this(DEFAULT_BYTES);
  }

  /** Memory with a limit for the hosts and the same for the links. */
  public SimMemory(long limitBytes) {
    hosts = new BufferPool(limitBytes);
    wire = new BufferPool(limitBytes);
  }

  BufferPool hosts() {
    return hosts;
  }

  BufferPool wire() {
    return wire;
  }

  /** True when no block is out: every owner has given back what it took. */
  public boolean isFree() {
    return hosts.usedBytes() == 0 && wire.usedBytes() == 0;
  }
}
