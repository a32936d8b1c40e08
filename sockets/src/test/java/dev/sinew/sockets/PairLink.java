package dev.sinew.sockets;

import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One of two ends of a cable in memory: what one end transmits, the other receives. Full queues
 * make the sender wait; a cut cable loses all.
 */
final class PairLink implements Link {
  /** A bounded queue of packets in native memory. */
  private static final class Queue {
    private final MemorySegment memory;
    private final int slot;
    private final int[] lengths;
    private int head;
    private int size;

    Queue(int packets, int mtu) {
      slot = (mtu + 63) / 64 * 64;
      memory = Arena.ofAuto().allocate((long) packets * slot, 64);
      lengths = new int[packets];
    }

    boolean add(TxPacket p) {
      if (size == lengths.length) {
        return false;
      }
      int at = (head + size) % lengths.length;
      lengths[at] = p.copyTo(memory, (long) at * slot);
      size++;
      return true;
    }
  }

  private final ReentrantLock lock;
  private final LinkProperties properties;
  private final Queue in;
  private final Queue out;
  private final Condition changed;
  private PairLink other = this;
  private boolean woken;
  private boolean refused;
  private volatile boolean cut;
  private volatile boolean closed;
  private final AtomicInteger awaits = new AtomicInteger();

  private PairLink(ReentrantLock lock, String name, int mtu, Queue in, Queue out) {
    this.lock = lock;
    this.changed = lock.newCondition();
    this.properties = new LinkProperties(name, mtu, false, false, false, false);
    this.in = in;
    this.out = out;
  }

  /** Both ends of a new cable. */
  static PairLink[] cable(int mtu, int packets) {
    ReentrantLock lock = new ReentrantLock();
    Queue one = new Queue(packets, mtu);
    Queue two = new Queue(packets, mtu);
    PairLink a = new PairLink(lock, "pair-a", mtu, one, two);
    PairLink b = new PairLink(lock, "pair-b", mtu, two, one);
    a.other = b;
    b.other = a;
    return new PairLink[] {a, b};
  }

  /** From now on what this end sends is lost. */
  void cut() {
    cut = true;
  }

  boolean isClosed() {
    return closed;
  }

  /** How often somebody began to wait. */
  int awaits() {
    return awaits.get();
  }

  @Override
  public LinkProperties properties() {
    return properties;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    int n = 0;
    while (n < max) {
      int at;
      lock.lock();
      try {
        if (in.size == 0) {
          break;
        }
        at = in.head;
      } finally {
        lock.unlock();
      }
      // The slot stays taken during the call.
      sink.packet(in.memory, (long) at * in.slot, in.lengths[at], 0);
      lock.lock();
      try {
        in.head = (in.head + 1) % in.lengths.length;
        in.size--;
        if (other.refused) {
          other.refused = false;
          other.woken = true;
          other.changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
      n++;
    }
    return n;
  }

  @Override
  public int transmit(TxPacket packet) {
    if (cut) {
      return SENT;
    }
    if (closed || packet.totalLength() > properties.mtu()) {
      return FAILED;
    }
    lock.lock();
    try {
      if (!out.add(packet)) {
        refused = true;
        return BUSY;
      }
      other.changed.signalAll();
      return SENT;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void await(long timeoutNanos) {
    awaits.incrementAndGet();
    lock.lock();
    try {
      long left = timeoutNanos < 0 ? TimeUnit.DAYS.toNanos(1) : timeoutNanos;
      while (in.size == 0 && !woken && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      woken = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void wakeup() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    wakeup();
  }
}
