package dev.sinew.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The packets that wait for one link: a bounded ring in order. The core fills it and never calls a
 * link; the driver drains it. When it is full, {@link #reserve} says so and the sender keeps its
 * data.
 */
public final class TxQueue {
  private static final int FIRST = 8;

  private final int capacity;
  private final Arena arena = Arena.ofAuto();
  private TxPacket[] ring = new TxPacket[0];
  private long head;
  private long tail;
  private boolean open;
  private long failedCount;

  /** For a link that cuts super-datagrams; made when two packets wait for one. */
  private @Nullable SuperDatagram superDatagram;

  /**
   * @param capacity the most packets that wait, a power of two
   */
  public TxQueue(int capacity) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("capacity must be a power of two: " + capacity);
    }
    this.capacity = capacity;
  }

  /**
   * A packet to fill, or null when the queue is full. End with {@link #commit} or {@link #cancel};
   * one at a time.
   */
  public @Nullable TxPacket reserve() {
    if (open) {
      throw new IllegalStateException(
          "the packet reserved before was neither committed nor cancelled");
    }
    if (tail - head == ring.length) {
      if (ring.length == capacity) {
        return null;
      }
      grow();
    }
    TxPacket p = ring[(int) tail & (ring.length - 1)];
    p.reset();
    open = true;
    return p;
  }

  /** The reserved packet is complete and takes its place in the queue. */
  public void commit() {
    open = false;
    tail++;
  }

  /** The reserved packet will not be sent. */
  public void cancel() {
    open = false;
    ring[(int) tail & (ring.length - 1)].done();
  }

  /**
   * Takes the reserved packet out of the queue instead of committing it: it has to wait elsewhere,
   * and comes back by {@link #put} or {@link #discard}.
   *
   * @param spare takes its place
   */
  public TxPacket withdraw(TxPacket spare) {
    open = false;
    int at = (int) tail & (ring.length - 1);
    TxPacket p = ring[at];
    ring[at] = spare;
    return p;
  }

  /**
   * Queues a packet that was withdrawn; null when there is no room.
   *
   * @return the unused packet whose place it took
   */
  public @Nullable TxPacket put(TxPacket withdrawn) {
    TxPacket spare = reserve();
    if (spare != null) {
      ring[(int) tail & (ring.length - 1)] = withdrawn;
      commit();
    }
    return spare;
  }

  /** Lets go of what a withdrawn packet holds; it may be used as a spare afterwards. */
  public static void discard(TxPacket withdrawn) {
    withdrawn.done();
  }

  /** A packet in no queue, to be a spare. */
  public TxPacket newPacket() {
    return new TxPacket(arena.allocate(TxPacket.HEADROOM + TxPacket.HEADER_CAPACITY, 64), 0);
  }

  /** Packets that wait. */
  public int size() {
    return (int) (tail - head);
  }

  /** True when {@link #reserve} would answer null. */
  public boolean isFull() {
    return tail - head == capacity;
  }

  /** Packets that the link refused since the queue was made. */
  public long failedCount() {
    return failedCount;
  }

  /**
   * Offers the packets to the link until it is busy or none is left. To a link that cuts
   * super-datagrams, UDP datagrams that wait here one behind the other go as one packet when they
   * are of one flow and one length (the last may be shorter): none waits for others. True when the
   * queue is empty afterwards.
   */
  public boolean drainTo(Link link) {
    boolean all = offerTo(link);
    failedCount += link.endTransmit();
    return all;
  }

  private boolean offerTo(Link link) {
    SuperDatagram joiner = size() > 1 ? joiner(link) : null;
    boolean ethernet = joiner != null && link.properties().ethernet();
    while (head != tail) {
      int count = joiner == null ? 1 : joiner.join(ring, head, tail, ethernet);
      TxPacket p =
          joiner == null || count == 1 ? ring[(int) head & (ring.length - 1)] : joiner.packet();
      int result = link.transmit(p);
      if (result == Link.BUSY) {
        return false;
      }
      if (result == Link.FAILED) {
        failedCount += count;
      }
      for (int i = 0; i < count; i++) {
        ring[(int) head++ & (ring.length - 1)].done();
      }
    }
    return true;
  }

  private @Nullable SuperDatagram joiner(Link link) {
    if (!link.properties().datagramOffload()) {
      return null;
    }
    SuperDatagram s = superDatagram;
    if (s == null) {
      s = new SuperDatagram(newPacket());
      superDatagram = s;
    }
    return s;
  }

  /** Drops all packets that wait, for an interface that goes away. */
  public void clear() {
    while (head != tail) {
      ring[(int) head++ & (ring.length - 1)].done();
    }
  }

  /** Doubles the ring, keeping the order. */
  private void grow() {
    int old = ring.length;
    int size = old == 0 ? Math.min(FIRST, capacity) : old * 2;
    int slot = TxPacket.HEADROOM + TxPacket.HEADER_CAPACITY;
    MemorySegment slab = arena.allocate((long) slot * (size - old), 64);
    TxPacket[] next = new TxPacket[size];
    for (int i = 0; i < old; i++) {
      next[i] = ring[(int) (head + i) & (old - 1)];
    }
    for (int i = old; i < size; i++) {
      next[i] = new TxPacket(slab, (long) (i - old) * slot);
    }
    tail = tail - head;
    head = 0;
    ring = next;
  }
}
