package dev.sinew.base;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The native memory that packets and streams live in, in blocks of three sizes. It grows by chunks
 * up to a limit and never shrinks. A chunk is cut into blocks of one size; at the limit a chunk of
 * which every block is free is cut anew for another size, so no use of the pool starves a later
 * one. Taking and giving cost a few instructions and, once the chunks are cut, no allocation. The
 * memory belongs to the garbage collector's arena: a pool that nobody refers to any more is freed,
 * and no access can outlive it.
 *
 * <p>One pool may serve many stacks as long as one thread at a time runs them (the hosts of a
 * simulation). Not thread-safe.
 */
public final class BufferPool {
  /** Small blocks: a stream's tail, a small write, the receive queue. */
  public static final int SMALL = 2048;

  /** Large blocks: bulk data. */
  public static final int LARGE = 32 * 1024;

  /** Blocks that hold any datagram. */
  public static final int DATAGRAM = 64 * 1024;

  /**
   * Bytes before a block of {@link #DATAGRAM} bytes that are its owner's too: for what a device
   * puts before a packet.
   */
  public static final int HEADROOM = 64;

  private static final int CHUNK = 64 * 1024;

  private final long limitBytes;
  private final Arena arena = Arena.ofAuto();
  private long reservedBytes;
  private long usedBytes;
  private final SizeClass small = new SizeClass(SMALL);
  private final SizeClass large = new SizeClass(LARGE);
  private final SizeClass datagram = new SizeClass(DATAGRAM);
  private final SizeClass[] sizeClasses = {small, large, datagram};

  /**
   * 64 KiB cut into blocks of one size. A chunk is in the list of the partly used ones, in that of
   * the unused ones or, when fully used, in none.
   */
  static final class Chunk {
    private final MemorySegment memory;
    private @Nullable Block free;
    private int outCount;
    SizeClass sizeClass;
    @Nullable ChunkList list;
    @Nullable Chunk next;
    @Nullable Chunk previous;

    Chunk(MemorySegment memory, SizeClass sizeClass) {
      this.memory = memory;
      this.sizeClass = sizeClass;
    }

    /** Cuts the chunk, of which no block is out, into blocks of a size. */
    void cut(BufferPool pool, SizeClass to) {
      sizeClass = to;
      free = null;
      for (long base = HEADROOM + CHUNK - to.size; base >= HEADROOM; base -= to.size) {
        Block b = new Block(pool, this, memory, base, to.size);
        b.nextFree = free;
        free = b;
      }
    }
  }

  /** An intrusive list of chunks. */
  static final class ChunkList {
    private @Nullable Chunk first;

    void add(Chunk c) {
      c.list = this;
      c.previous = null;
      c.next = first;
      if (first != null) {
        first.previous = c;
      }
      first = c;
    }

    void remove(Chunk c) {
      if (c.previous == null) {
        first = c.next;
      } else {
        c.previous.next = c.next;
      }
      if (c.next != null) {
        c.next.previous = c.previous;
      }
      c.list = null;
    }
  }

  private static final class SizeClass {
    final int size;
    final ChunkList partlyUsed = new ChunkList();
    final ChunkList unused = new ChunkList();

    SizeClass(int size) {
      this.size = size;
    }
  }

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

  /**
   * Bytes of blocks that are out: zero when every owner has released what it took and every packet
   * has left.
   */
  public long usedBytes() {
    return usedBytes;
  }

  /**
   * Bytes that are not out: free blocks and what may yet be reserved. Not every size may be had, as
   * chunks in part use keep theirs.
   */
  public long availableBytes() {
    return limitBytes - usedBytes;
  }

  /**
   * A block of {@link #SMALL} bytes, or null at the limit. Its contents are undefined. At the limit
   * it may be a larger one: a few bytes must not be refused while there is memory.
   */
  public @Nullable Block takeSmall() {
    Block b = take(small);
    return b != null ? b : take(large);
  }

  /** A block of {@link #LARGE} bytes, or null at the limit. Its contents are undefined. */
  public @Nullable Block takeLarge() {
    return take(large);
  }

  /** A block of {@link #DATAGRAM} bytes, or null at the limit. Its contents are undefined. */
  public @Nullable Block takeDatagram() {
    return take(datagram);
  }

  /**
   * The smallest block that holds {@code bytes} (at most {@link #DATAGRAM}), or null at the limit.
   */
  public @Nullable Block take(int bytes) {
    return bytes <= SMALL ? takeSmall() : bytes <= LARGE ? takeLarge() : takeDatagram();
  }

  private @Nullable Block take(SizeClass sizeClass) {
    Chunk c = sizeClass.partlyUsed.first;
    if (c == null) {
      c = unusedChunk(sizeClass);
      if (c == null) {
        return null;
      }
    }
    Block b = c.free;
    if (b == null) {
      throw new IllegalStateException("a listed chunk without a free block");
    }
    c.free = b.nextFree;
    b.nextFree = null;
    c.outCount++;
    if (c.free == null && c.list != null) {
      c.list.remove(c);
    }
    b.taken();
    usedBytes += sizeClass.size;
    return b;
  }

  void giveBack(Block b) {
    Chunk c = b.chunk;
    usedBytes -= b.size();
    b.nextFree = c.free;
    c.free = b;
    c.outCount--;
    ChunkList belongs = c.outCount == 0 ? c.sizeClass.unused : c.sizeClass.partlyUsed;
    if (c.list != belongs) {
      if (c.list != null) {
        c.list.remove(c);
      }
      belongs.add(c);
    }
  }

  /**
   * A chunk cut for the size with all blocks free, listed as partly used; null when the limit would
   * be passed.
   */
  private @Nullable Chunk unusedChunk(SizeClass sizeClass) {
    Chunk c = sizeClass.unused.first;
    if (c == null && reservedBytes + CHUNK <= limitBytes) {
      c = new Chunk(arena.allocate(HEADROOM + CHUNK, 64), sizeClass);
      reservedBytes += CHUNK;
      c.cut(this, sizeClass);
    }
    if (c == null) {
      for (SizeClass other : sizeClasses) {
        c = other.unused.first;
        if (c != null) {
          other.unused.remove(c);
          c.cut(this, sizeClass);
          break;
        }
      }
    }
    if (c != null) {
      if (c.list != null) {
        c.list.remove(c);
      }
      sizeClass.partlyUsed.add(c);
    }
    return c;
  }
}
