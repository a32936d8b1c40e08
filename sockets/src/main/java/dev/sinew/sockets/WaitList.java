package dev.sinew.sockets;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that wait in a {@link RealTimeRunner}, and those of them that are to be woken once
 * the stack is given away. Guarded by the runner's lock, but for what says otherwise. Waiting and
 * waking allocate nothing in the long run: the records of ended waits are used again.
 */
final class WaitList {
  /** Records kept for use: as many threads may come and go without garbage. */
  private static final int MAX_SPARE = 256;

  /** One thread's wait. */
  static final class Parked {
    private @Nullable Thread thread;
    private @Nullable Waiter waiter;

    /** Written under the lock, read by the waiting thread at any time. */
    private volatile boolean woken;

    private Parked previous = this;
    private Parked next = this;
    private @Nullable Parked nextOfWaiter;

    private Parked() {}

    /** It waits no more; for the waiting thread, with or without the lock. */
    boolean woken() {
      return woken;
    }
  }

  private static final Thread[] NOBODY = new Thread[0];

  /** Everybody who waits, so that the runner's end finds them. */
  private final Parked all = new Parked();

  private @Nullable Parked spare;
  private int spareCount;
  private @Nullable Thread[] toWake = new Thread[8];
  private int toWakeCount;

  /** The calling thread waits from now on, until {@link #end}. */
  Parked begin(Waiter waiter) {
    Parked p = spare;
    if (p == null) {
      p = new Parked();
    } else {
      spare = p.nextOfWaiter;
      spareCount--;
    }
    p.thread = Thread.currentThread();
    p.waiter = waiter;
    p.woken = false;
    p.nextOfWaiter = (Parked) waiter.slot();
    waiter.slot(p);
    p.next = all.next;
    p.previous = all;
    all.next.previous = p;
    all.next = p;
    return p;
  }

  /** The wait is over, woken or not; by the thread that waited. */
  void end(Parked p) {
    if (!p.woken) {
      unlink(p);
      leaveWaiter(p);
    }
    p.thread = null;
    p.waiter = null;
    p.nextOfWaiter = null;
    if (spareCount < MAX_SPARE) {
      p.nextOfWaiter = spare;
      spare = p;
      spareCount++;
    }
  }

  private static void leaveWaiter(Parked parked) {
    Waiter waiter = parked.waiter;
    if (waiter == null) {
      return;
    }
    Parked before = null;
    for (Parked p = (Parked) waiter.slot(); p != null; p = p.nextOfWaiter) {
      if (p == parked) {
        if (before == null) {
          waiter.slot(p.nextOfWaiter);
        } else {
          before.nextOfWaiter = p.nextOfWaiter;
        }
        return;
      }
      before = p;
    }
  }

  private static void unlink(Parked p) {
    p.previous.next = p.next;
    p.next.previous = p.previous;
    p.previous = p;
    p.next = p;
  }

  /** Whoever waits there is woken when the stack is given away. */
  void wake(Waiter waiter) {
    Parked p = (Parked) waiter.slot();
    waiter.slot(null);
    for (; p != null; p = p.nextOfWaiter) {
      wake(p);
    }
  }

  void wakeAll() {
    while (all.next != all) {
      Parked p = all.next;
      leaveWaiter(p);
      wake(p);
    }
  }

  private void wake(Parked p) {
    unlink(p);
    if (toWakeCount == toWake.length) {
      toWake = Arrays.copyOf(toWake, 2 * toWakeCount);
    }
    toWake[toWakeCount++] = p.thread;
    // From here on the thread may go its way, and its record may serve another.
    p.woken = true;
  }

  /** Somebody must be woken as soon as the stack is given away. */
  boolean mustWake() {
    return toWakeCount > 0;
  }

  /** The one to be woken, and forgets it; null when that is nobody, or more than one. */
  @Nullable Thread takeOne() {
    if (toWakeCount != 1) {
      return null;
    }
    Thread one = toWake[0];
    toWake[0] = null;
    toWakeCount = 0;
    return one;
  }

  /** All who are to be woken, and forgets them. */
  @Nullable Thread[] takeAll() {
    if (toWakeCount == 0) {
      return NOBODY;
    }
    @Nullable Thread[] taken = Arrays.copyOf(toWake, toWakeCount);
    Arrays.fill(toWake, 0, toWakeCount, null);
    toWakeCount = 0;
    return taken;
  }

  /** Wakes them; without the lock. */
  static void unpark(@Nullable Thread one, @Nullable Thread[] others) {
    if (one != null) {
      LockSupport.unpark(one);
    }
    for (Thread t : others) {
      LockSupport.unpark(t);
    }
  }
}
