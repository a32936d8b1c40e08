package dev.sinew.sockets;

import dev.sinew.base.TimerHeap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread that waits for one queue of a link, without owning the stack, and runs the
 * stack when something happens there. The first poller of a runner also keeps the timers; it exists
 * even where there is no device to wait for.
 */
final class Poller implements Runnable {
  /** Of so many looks in vain, one is followed by leaving the processor to others. */
  private static final int LOOKS_PER_YIELD = 16;

  private final RealTimeRunner runner;
  private final @Nullable LinkPort port;
  private final boolean first;
  private final PollMode mode;
  private final Thread thread;
  private final ToldList told = new ToldList();

  /** It waits, or is about to; guarded by the runner's lock, like the next two. */
  private boolean waiting;

  /** When it will look by itself. */
  private long until;

  /** It waits for the device to become writable too. */
  private boolean awaitsWritable;

  private long lastActive = Long.MIN_VALUE / 2;
  private int looks;

  Poller(RealTimeRunner runner, @Nullable LinkPort port, boolean first, PollMode mode) {
    this.runner = runner;
    this.port = port;
    this.first = first;
    this.mode = mode;
    String name =
        port == null
            ? "timers"
            : port.link.properties().name() + (port.queue == port.link ? "" : "-side");
    this.thread = Thread.ofPlatform().name("sinew-driver-" + name).daemon().unstarted(this);
  }

  Thread thread() {
    return thread;
  }

  /** What it waits for; null when there is no device. */
  @Nullable LinkPort port() {
    return port;
  }

  @Override
  public void run() {
    boolean live = true;
    while (live) {
      if (mode != PollMode.BLOCK) {
        standAside();
      }
      if (port != null && port.isReadAhead()) {
        runner.readAhead(port);
      }
      runner.lock();
      boolean wait;
      boolean workDone;
      try {
        waiting = false;
        live = !runner.isClosed();
        boolean more = live && runner.turn(true, this);
        runner.takeHandlers(told);
        boolean tell = told.size() > 0;
        boolean spin = live && spin();
        wait = live && !more && !tell && !spin;
        workDone = !more && (tell || runner.lastTurnMoved() > 0);
        if (wait) {
          waiting = true;
          until = first ? runner.nextDeadline() : TimerHeap.NEVER;
          awaitsWritable = port != null && port.busy;
        }
      } finally {
        runner.unlockAndWake();
      }
      if (told.size() > 0) {
        runner.tellHandlers(told);
      }
      if (wait) {
        waitUntil(until);
      } else if (live && !(workDone && mode == PollMode.BLOCK)) {
        pause(workDone); // after its work a blocking poller is about to wait, which does the same
      }
    }
  }

  /** A caller that polls the devices itself is quicker without us. */
  private void standAside() {
    while (runner.callerPolls() && !runner.isClosed()) {
      LockSupport.parkNanos(this, RealTimeRunner.SPIN_NANOS);
    }
  }

  /**
   * Others may have work for this processor, on a small machine: those who were just told, first.
   * Not while a device has more: on a busy machine a yield lasts the time slices of all others, and
   * the device's queue runs over.
   */
  private void pause(boolean workDone) {
    if (workDone || ++looks >= LOOKS_PER_YIELD) {
      looks = 0;
      Thread.yield();
    } else {
      Thread.onSpinWait();
    }
  }

  /** True while it pays to look again at once. Without a device there is nothing to look at. */
  private boolean spin() {
    if (port == null || port.dead || mode == PollMode.BLOCK) {
      return false;
    }
    if (mode == PollMode.SPIN) {
      return true;
    }
    long now = runner.now();
    if (runner.lastTurnMoved() > 0) {
      lastActive = now;
    }
    return now - lastActive < RealTimeRunner.SPIN_NANOS;
  }

  private void waitUntil(long deadline) {
    long nanos = deadline == TimerHeap.NEVER ? -1 : Math.max(0, deadline - runner.now());
    LinkPort p = port;
    if (p == null || p.dead) {
      if (nanos < 0) {
        LockSupport.park(this);
      } else if (nanos > 0) {
        LockSupport.parkNanos(this, nanos);
      }
      return;
    }
    try {
      p.queue.await(nanos);
    } catch (RuntimeException | Error e) {
      runner.lock();
      try {
        p.die(e);
      } finally {
        runner.unlockAndWake();
      }
    }
  }

  /**
   * Does it have to be woken, now that the next timer is due at {@code deadline}? Under the
   * runner's lock.
   *
   * @param work there is something to be done that nobody does
   */
  boolean mustHear(boolean work, long deadline) {
    return waiting
        && ((first && (work || deadline < until))
            || (port != null && port.busy && !awaitsWritable));
  }

  /** It will be woken: nobody else need do it. Under the runner's lock. */
  void heard() {
    waiting = false;
  }

  /** Ends its wait; from any thread. */
  void wakeup() {
    LinkPort p = port;
    if (p != null) {
      p.queue.wakeup();
    }
    if (p == null || p.dead) {
      LockSupport.unpark(thread);
    }
  }
}
