package dev.sinew.sockets;

import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A device that notes who asks it for what, and gives the packets that a test puts in. */
final class ScriptedLink implements Link {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final MemorySegment memory = Arena.ofAuto().allocate(2048, 64);
  private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
  private final List<String> log = new ArrayList<>();
  private boolean woken;
  private boolean closed;
  private int awaiting;
  private long awaits;
  private @Nullable Thread receiver;
  private int inARow;
  private @Nullable Thread lastTaker;
  private boolean virtualAwaited;

  /** A packet arrives. */
  void put(byte[] packet) {
    lock.lock();
    try {
      arrived.add(packet);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What was asked and answered since the last call: {@code receive 64: 1}, {@code transmit}. */
  List<String> takeLog() {
    lock.lock();
    try {
      List<String> taken = List.copyOf(log);
      log.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Somebody waits for the device now. */
  boolean isAwaited() {
    lock.lock();
    try {
      return awaiting > 0;
    } finally {
      lock.unlock();
    }
  }

  long awaits() {
    lock.lock();
    try {
      return awaits;
    } finally {
      lock.unlock();
    }
  }

  boolean virtualThreadAwaited() {
    lock.lock();
    try {
      return virtualAwaited;
    } finally {
      lock.unlock();
    }
  }

  /** How often in a row, up to now, that thread was the one that looked. */
  int looksInARowBy(Thread t) {
    lock.lock();
    try {
      return t.equals(receiver) ? inARow : 0;
    } finally {
      lock.unlock();
    }
  }

  /** Who took the last packet. */
  @Nullable Thread lastTaker() {
    lock.lock();
    try {
      return lastTaker;
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public LinkProperties properties() {
    return new LinkProperties("scripted", 1500, false, false, false, false);
  }

  @Override
  public int receive(PacketSink sink, int max) {
    int n = 0;
    while (n < max) {
      byte[] packet;
      lock.lock();
      try {
        packet = arrived.poll();
        if (packet != null) {
          lastTaker = Thread.currentThread();
        }
      } finally {
        lock.unlock();
      }
      if (packet == null) {
        break;
      }
      MemorySegment.copy(MemorySegment.ofArray(packet), 0, memory, 0, packet.length);
      sink.packet(memory, 0, packet.length, 0);
      n++;
    }
    lock.lock();
    try {
      Thread me = Thread.currentThread();
      inARow = me.equals(receiver) ? inARow + 1 : 1;
      receiver = me;
      if (log.size() < 1000) {
        log.add("receive " + max + ": " + n);
      }
    } finally {
      lock.unlock();
    }
    return n;
  }

  @Override
  public int transmit(TxPacket packet) {
    lock.lock();
    try {
      log.add("transmit");
    } finally {
      lock.unlock();
    }
    return SENT;
  }

  @Override
  public void await(long timeoutNanos) {
    lock.lock();
    try {
      awaiting++;
      awaits++;
      virtualAwaited |= Thread.currentThread().isVirtual();
      long left = timeoutNanos < 0 ? TimeUnit.DAYS.toNanos(1) : timeoutNanos;
      while (arrived.isEmpty() && !woken && left > 0) {
        left = changed.awaitNanos(left);
      }
      woken = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      awaiting--;
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
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    wakeup();
  }
}
