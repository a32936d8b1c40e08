package dev.sinew.base;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The native memory that packets and streams live in, in blocks of three sizes. It grows by chunks up to a limit and never shrinks; free
 * blocks are chained, so taking and giving cost a few instructions and no allocation. The memory belongs to the garbage collector's arena:
 * a pool that nobody refers to any more is freed, and no access can outlive it.
 *
 * <p>One pool may serve many stacks as long as one thread at a time runs them (the hosts of a simulation). Not thread-safe.
 */
public final class BufferPool {
  /** Small blocks: a stream's tail, a small write, the receive queue. */
  public static final int SMALL = 2048;

  /** Large blocks: bulk data. */
  public static final int LARGE = 32 * 1024;

  /** Blocks that hold any datagram. */
  public static final int DATAGRAM = 64 * 1024;

  private static final int CHUNK = 64 * 1024;

  private final long limitBytes;
  private final Arena arena = Arena.ofAuto();
  private long reservedBytes;
  private long usedBytes;
  private @Nullable Block freeSmall;
  private @Nullable Block freeLarge;
  private @Nullable Block freeDatagram;

  /**
   * @param limitBytes the most native memory that this pool takes from the system
   */
  public BufferPool(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** The most that this pool will reserve, in bytes. */
  public long limitBytes() {
    return limitBytes;
  }

  /** Bytes of blocks that are out: zero when every owner has released what it took and every packet has left. */
  public long usedBytes() {
    return usedBytes;
  }

  /** Bytes that still can be taken: free blocks and what may yet be reserved. */
  public long availableBytes() {
    return limitBytes - usedBytes;
  }

  /** A block of {@link #SMALL} bytes, or null at the limit. Its contents are undefined. */
  public @Nullable Block takeSmall() {
    Block b = freeSmall;
    if (b == null) {
      freeSmall = grow(SMALL);
      b = freeSmall;
      if (b == null) {
        return null;
      }
    }
    freeSmall = b.nextFree;
    return taken(b);
  }

  /** A block of {@link #LARGE} bytes, or null at the limit. Its contents are undefined. */
  public @Nullable Block takeLarge() {
    Block b = freeLarge;
    if (b == null) {
      freeLarge = grow(LARGE);
      b = freeLarge;
      if (b == null) {
        return null;
      }
    }
    freeLarge = b.nextFree;
    return taken(b);
  }

  /** A block of {@link #DATAGRAM} bytes, or null at the limit. Its contents are undefined. */
  public @Nullable Block takeDatagram() {
    Block b = freeDatagram;
    if (b == null) {
      freeDatagram = grow(DATAGRAM);
      b = freeDatagram;
      if (b == null) {
        return null;
      }
    }
    freeDatagram = b.nextFree;
    return taken(b);
  }

  /** The smallest block that holds {@code bytes} (at most {@link #DATAGRAM}), or null at the limit. */
  public @Nullable Block take(int bytes) {
    return bytes <= SMALL ? takeSmall() : bytes <= LARGE ? takeLarge() : takeDatagram();
  }

  void giveBack(Block b) {
    usedBytes -= b.size();
    switch (b.size()) {
      case SMALL -> {
        b.nextFree = freeSmall;
        freeSmall = b;
      }
      case LARGE -> {
        b.nextFree = freeLarge;
        freeLarge = b;
      }
      default -> {
        b.nextFree = freeDatagram;
        freeDatagram = b;
      }
    }
  }

  private Block taken(Block b) {
    b.nextFree = null;
    b.taken();
    usedBytes += b.size();
    return b;
  }

  /** Reserves one chunk and cuts it into free blocks; null when the limit would be passed. */
  private @Nullable Block grow(int size) {
    if (reservedBytes + CHUNK > limitBytes) {
      return null;
    }
    MemorySegment chunk = arena.allocate(CHUNK, 64);
    reservedBytes += CHUNK;
    Block head = null;
    for (long base = CHUNK - size; base >= 0; base -= size) {
      Block b = new Block(this, chunk, base, size);
      b.nextFree = head;
      head = b;
    }
    return head;
  }
}
