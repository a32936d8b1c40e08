package dev.sinew.sockets;

import dev.sinew.base.Block;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.ReceiveQueue;
import dev.sinew.link.TxPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A device with a side queue, whose queues a test fills. */
final class QueuesLink implements Link {
  /** One queue; it reads into what it is offered, every other time. */
  static final class Queue implements ReceiveQueue {
    private final MemorySegment own = Arena.ofAuto().allocate(2048, 64);
    private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
    private final Semaphore wakeups = new Semaphore(0);
    private boolean useOffer;
    final AtomicInteger looks = new AtomicInteger();
    final AtomicInteger taken = new AtomicInteger();
    final AtomicInteger wakeupCalls = new AtomicInteger();
    volatile boolean awaiting;
    volatile @Nullable Thread reader;
    volatile @Nullable RuntimeException failure;

    /** While it is held nothing can be read: who looks waits inside. */
    final Semaphore gate = new Semaphore(1);

    synchronized void put(byte[] packet) {
      arrived.add(packet);
      wakeups.release();
    }

    private synchronized byte @Nullable [] poll() {
      return arrived.poll();
    }

    synchronized boolean isEmpty() {
      return arrived.isEmpty();
    }

    @Override
    public int receive(PacketSink sink, int max) {
      gate.acquireUninterruptibly();
      try {
        looks.incrementAndGet();
        reader = Thread.currentThread();
        RuntimeException e = failure;
        if (e != null) {
          throw e;
        }
        int n = 0;
        while (n < max) {
          Block b = sink.offer();
          byte[] p = poll();
          if (p == null) {
            break;
          }
          useOffer = !useOffer;
          MemorySegment to = b != null && useOffer ? b.memory() : own;
          long at = b != null && useOffer ? b.base() : 0;
          MemorySegment.copy(MemorySegment.ofArray(p), 0, to, at, p.length);
          sink.packet(to, at, p.length, 0);
          n++;
          taken.incrementAndGet();
        }
        return n;
      } finally {
        gate.release();
      }
    }

    @Override
    public void await(long timeoutNanos) {
      awaiting = true;
      try {
        if (!isEmpty()) {
          return;
        }
        if (timeoutNanos < 0) {
          wakeups.acquire();
        } else {
          boolean unused = wakeups.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS);
        }
        wakeups.drainPermits();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        awaiting = false;
      }
    }

    @Override
    public void wakeup() {
      wakeupCalls.incrementAndGet();
      wakeups.release();
    }
  }

  final Queue first = new Queue();
  final Queue side = new Queue();
  volatile boolean spread;
  volatile boolean refuses;
  final AtomicInteger spreadCalls = new AtomicInteger();

  /** A packet of a flow that has its place in the side queue while that is open. */
  synchronized void putAside(byte[] packet) {
    (spread ? side : first).put(packet);
  }

  @Override
  public LinkProperties properties() {
    return new LinkProperties("queues", 1500, false, false, false, false);
  }

  @Override
  public List<Queue> sideQueues() {
    return List.of(side);
  }

  @Override
  @SuppressWarnings(
      "NonAtomicOperationOnVolatileField") // who owns the stack calls; a test looks on
  public boolean spread(boolean on) {
    spreadCalls.incrementAndGet();
    if (refuses) {
      return false;
    }
    synchronized (this) {
      spread = on;
      for (byte[] p = on ? null : side.poll(); p != null; p = side.poll()) {
        first.put(p); // a device may lose them; a test wants to count
      }
    }
    side.wakeup();
    return true;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    return first.receive(sink, max);
  }

  @Override
  public int transmit(TxPacket packet) {
    return SENT;
  }

  @Override
  public void await(long timeoutNanos) {
    first.await(timeoutNanos);
  }

  @Override
  public void wakeup() {
    first.wakeup();
  }

  @Override
  public void close() {
    first.wakeup();
    side.wakeup();
  }
}
