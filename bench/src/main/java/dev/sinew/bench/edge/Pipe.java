package dev.sinew.bench.edge;

import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One end of a wire between two stacks that are driven by different threads. Neither packets nor
 * waiting allocate anything, so that what is counted is the stacks' own.
 */
final class Pipe implements Link {
  private static final int SLOTS = 1024;
  private static final int SLOT = 2048;

  private final LinkProperties properties;

  // Packets on their way to this end: the other end's owner writes, this end's owner reads.
  private final MemorySegment ring = Arena.ofAuto().allocate((long) SLOTS * SLOT, 64);
  private final int[] lengths = new int[SLOTS];
  private volatile long head;
  private volatile long tail;

  private Pipe other = this;
  private volatile boolean otherRefused;
  private volatile boolean woken;
  private volatile @Nullable Thread waiting;

  private Pipe(String name) {
    properties = new LinkProperties(name, 1500, false, false, true, false);
  }

  /** Both ends of a new wire. */
  static Pipe[] wire() {
    Pipe a = new Pipe("pipe-a");
    Pipe b = new Pipe("pipe-b");
    a.other = b;
    b.other = a;
    return new Pipe[] {a, b};
  }

  @Override
  public LinkProperties properties() {
    return properties;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    int n = 0;
    long at = head;
    for (; n < max && at != tail; n++) {
      int slot = (int) at & (SLOTS - 1);
      sink.packet(ring, (long) slot * SLOT, lengths[slot], 0);
      head = ++at;
    }
    if (n > 0 && otherRefused) {
      otherRefused = false;
      other.wakeup();
    }
    return n;
  }

  @Override
  public int transmit(TxPacket packet) {
    Pipe to = other;
    long at = to.tail;
    if (at - to.head == SLOTS) {
      to.otherRefused = true;
      if (at - to.head == SLOTS) {
        return BUSY;
      }
    }
    int slot = (int) at & (SLOTS - 1);
    to.lengths[slot] = packet.copyTo(to.ring, (long) slot * SLOT);
    to.tail = at + 1;
    Thread t = to.waiting;
    if (t != null) {
      LockSupport.unpark(t);
    }
    return SENT;
  }

  @Override
  public void await(long timeoutNanos) {
    waiting = Thread.currentThread();
    try {
      if (head == tail && !woken) {
        if (timeoutNanos < 0) {
          LockSupport.park(this);
        } else if (timeoutNanos > 0) {
          LockSupport.parkNanos(this, timeoutNanos);
        }
      }
      woken = false;
    } finally {
      waiting = null;
    }
  }

  @Override
  public void wakeup() {
    woken = true;
    Thread t = waiting;
    if (t != null) {
      LockSupport.unpark(t);
    }
  }

  @Override
  public void close() {
    wakeup();
  }
}
