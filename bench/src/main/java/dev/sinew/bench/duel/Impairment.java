package dev.sinew.bench.duel;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.link.Link;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.wire.Bytes;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries packets between two devices: a queue and a rate for each direction, a delay, and the
 * accidents of a {@link Cell}. One thread, which looks every few tens of microseconds.
 */
final class Impairment implements AutoCloseable {
  private static final long NAP_NANOS = 20_000;

  private record Held(long due, long number, Block block, int length) {}

  /** One way through the path. Only the impairment's thread touches it. */
  private final class Way {
    final Link from;
    final Link to;
    final boolean countsDataOnly;
    final PriorityQueue<Held> held =
        new PriorityQueue<>((a, b) ->
            a.due != b.due ? Long.compare(a.due, b.due) : Long.compare(a.number, b.number));
    final TxQueue out = new TxQueue(64);
    BitSet lost = new BitSet();
    BitSet late = new BitSet();
    long nanosPerByteShifted;
    long delayNanos;
    int queuePackets;
    long freeAt;
    long number;
    int counted;
    long droppedByQueue;
    long droppedByList;

    /** When the packets that wait for the bottleneck leave it. */
    final java.util.ArrayDeque<Long> leaving = new java.util.ArrayDeque<>();

    Way(Link from, Link to, boolean countsDataOnly) {
      this.from = from;
      this.to = to;
      this.countsDataOnly = countsDataOnly;
    }

    void begin(Cell cell, BitSet lost, BitSet late) {
      this.lost = lost;
      this.late = late;
      counted = 0;
      droppedByQueue = 0;
      droppedByList = 0;
      nanosPerByteShifted = (long) (8_000.0 / cell.megabits() * 1024);
      delayNanos = cell.rttMillis() * 500_000L;
      queuePackets = cell.queuePackets();
    }

    void take(MemorySegment m, long at, int length) {
      if (Bytes.u8(m, at) >> 4 != 4) {
        return; // The kernel's router solicitations.
      }
      long now = System.nanoTime();
      boolean count = !countsDataOnly || dataLength(m, at, length) > 0;
      int index = count ? counted++ : -1;
      if (index >= 0 && lost.get(index)) {
        droppedByList++;
        return;
      }
      while (!leaving.isEmpty() && leaving.peekFirst() <= now) {
        leaving.removeFirst();
      }
      if (leaving.size() >= queuePackets) {
        droppedByQueue++;
        return;
      }
      long leaves = Math.max(now, freeAt) + (length * nanosPerByteShifted >> 10);
      freeAt = leaves;
      leaving.addLast(leaves);
      Block b = Objects.requireNonNull(pool.takeSmall(), "the impairment's memory is used up");
      MemorySegment.copy(m, at, b.memory(), b.base(), length);
      long due = leaves + delayNanos + (index >= 0 && late.get(index) ? delayNanos / 2 : 0);
      held.add(new Held(due, number++, b, length));
    }

    boolean deliver(long now) {
      boolean any = false;
      while (!held.isEmpty() && held.peek().due <= now) {
        Held h = held.poll();
        TxPacket p = out.reserve();
        if (p != null) {
          boolean unused = p.addSlice(h.block, 0, h.length);
          out.commit();
          unused = out.drainTo(to);
        }
        h.block.release();
        any = true;
      }
      return any;
    }
  }

  private static int dataLength(MemorySegment m, long at, int length) {
    int ip = (Bytes.u8(m, at) & 15) * 4;
    if (Bytes.u8(m, at + 9) != 6) {
      return 0;
    }
    int tcp = (Bytes.u8(m, at + ip + 12) >> 4 & 15) * 4;
    return length - ip - tcp;
  }

  private final BufferPool pool = new BufferPool(64L << 20);
  private final Way there;
  private final Way back;
  private final Thread thread;
  private volatile boolean closed;
  private volatile Runnable change = () -> {};
  private volatile boolean changed = true;

  Impairment(Link sender, Link receiver) {
    there = new Way(sender, receiver, true);
    back = new Way(receiver, sender, false);
    thread = Thread.ofPlatform().daemon().name("impairment").start(this::run);
  }

  private void run() {
    while (!closed) {
      if (!changed) {
        change.run();
        changed = true;
      }
      int n = there.from.receive((m, at, length, flags) -> there.take(m, at, length), 64);
      n += back.from.receive((m, at, length, flags) -> back.take(m, at, length), 64);
      long now = System.nanoTime();
      boolean any = there.deliver(now) | back.deliver(now);
      if (n == 0 && !any) {
        LockSupport.parkNanos(NAP_NANOS);
      }
    }
  }

  /** Sets the path for the next run; what is under way of the last one still arrives. */
  void begin(Cell cell, int run) throws InterruptedException {
    onThread(() -> {
      there.begin(cell, cell.lost().of(run), cell.late().of(run));
      back.begin(cell, cell.acksLost().of(run), new BitSet());
    });
  }

  /** Packets dropped by the list and by the queue on the way there since {@link #begin}. */
  String drops() throws InterruptedException {
    String[] text = new String[1];
    onThread(() -> text[0] = there.droppedByList + "+" + there.droppedByQueue);
    return text[0];
  }

  private void onThread(Runnable r) throws InterruptedException {
    change = r;
    changed = false;
    while (!changed) {
      Thread.sleep(1);
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
