package dev.sinew.sockets;

import dev.sinew.base.ArrivalBlock;
import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.link.PacketSink;
import dev.sinew.link.ReceiveQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Packets that were read from one queue of a device and that the stack has not seen yet. They may
 * be read by a thread that does not own the stack, so that several queues are read at once; when it
 * owns it, it hands them over. It goes in a circle: free, being read, read, free.
 */
final class Batch implements PacketSink {
  private static final int FREE = 0;
  private static final int READING = 1;
  private static final int READ = 2;

  private final AtomicInteger state = new AtomicInteger();

  // ---- of whoever has brought the state from FREE to READING, or finds it READ and owns the stack

  /** Where packets are read into: the first {@link #ready} are there. */
  private final @Nullable Block[] blocks;

  private int ready;
  private final MemorySegment[] memories;
  private final long[] offsets;
  private final int[] lengths;
  private final int[] flags;
  private int count;
  private @Nullable Throwable failure;

  /** For one packet when there is no block to be had. */
  private final MemorySegment spare = Arena.ofAuto().allocate(BufferPool.DATAGRAM, 64);

  Batch(int packets) {
    blocks = new Block[packets];
    memories = new MemorySegment[packets];
    offsets = new long[packets];
    lengths = new int[packets];
    flags = new int[packets];
  }

  /** False when somebody else reads, or what was read has not been handed over. */
  boolean begin() {
    return state.compareAndSet(FREE, READING);
  }

  boolean isRead() {
    return state.get() == READ;
  }

  boolean isFree() {
    return state.get() == FREE;
  }

  /** Nothing was read. After {@link #begin}. */
  void cancel() {
    state.set(FREE);
  }

  /** How many packets can be read. After {@link #begin}. */
  int room() {
    return Math.max(1, ready);
  }

  /** Reads from the queue; an exception is kept for who hands over. After {@link #begin}. */
  int read(ReceiveQueue queue, int max) {
    count = 0;
    try {
      queue.receive(this, max);
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    state.set(READ);
    return count;
  }

  @Override
  public @Nullable Block offer() {
    return count < ready ? blocks[count] : null;
  }

  @Override
  public void packet(MemorySegment memory, long offset, int length, int packetFlags) {
    int i = count++;
    Block b = i < ready ? blocks[i] : null;
    if (b != null && memory.equals(b.memory())) {
      memories[i] = memory;
      offsets[i] = offset;
    } else {
      memories[i] = b == null ? spare : b.memory();
      offsets[i] = b == null ? 0 : b.base();
      MemorySegment.copy(memory, offset, memories[i], offsets[i], length);
    }
    lengths[i] = length;
    flags[i] = packetFlags;
  }

  /** What has kept the queue from being read, once. When {@link #isRead}. */
  @Nullable Throwable takeFailure() {
    Throwable e = failure;
    failure = null;
    return e;
  }

  /**
   * Hands the packets over; how many they were. What the sink keeps of the blocks is missing then.
   * When {@link #isRead}, by who owns the stack.
   */
  int deliver(PacketSink sink, ArrivalBlock arrival) {
    for (int i = 0; i < count; i++) {
      arrival.put(i < ready ? blocks[i] : null);
      sink.packet(memories[i], offsets[i], lengths[i], flags[i]);
      Block left = arrival.take();
      if (i < ready) {
        blocks[i] = left;
      }
    }
    int n = count;
    count = 0;
    ready = 0; // what is there still counts when the next are prepared
    state.set(FREE);
    return n;
  }

  /** Gets blocks for so many packets, as far as there are any. After {@link #begin}. */
  void prepare(int packets, ArrivalBlock arrival) {
    int n = 0;
    while (n < packets) {
      if (blocks[n] == null) {
        arrival.offer();
        blocks[n] = arrival.take();
        if (blocks[n] == null) {
          break;
        }
      }
      n++;
    }
    ready = n;
  }

  /** Gives the blocks back; nobody reads any more. */
  void end() {
    for (int i = 0; i < blocks.length; i++) {
      Block b = blocks[i];
      if (b != null) {
        blocks[i] = null;
        b.release();
      }
    }
    ready = 0;
    count = 0;
  }
}
