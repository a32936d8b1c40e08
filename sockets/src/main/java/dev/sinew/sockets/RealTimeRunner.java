package dev.sinew.sockets;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TimerHeap;
import dev.sinew.stack.Stack;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Drives a stack in real time. One lock guards the stack, and whoever holds it runs it: a thread
 * that has written sends its packets itself, and one that must wait first looks at the links
 * itself. Only when nothing is there does it leave the looking to the driver: a daemon platform
 * thread per device, which waits without the lock. Threads to be woken are woken after the lock was
 * released.
 *
 * <p>Any thread may call, virtual ones included; no virtual thread ever waits in a system call.
 */
public final class RealTimeRunner implements Runner {
  private static final long SPIN_NANOS = 50_000;

  /** After this many spins in vain, one in so many waits spins. */
  private static final int MAX_SPIN_PENALTY = 63;

  private final long origin = System.nanoTime();
  private final Stack stack;
  private final PollMode mode;
  private final ReentrantLock lock = new ReentrantLock();
  private final StackTurn turn;
  private final List<Poller> pollers = new ArrayList<>();
  private volatile boolean closed;

  // ---- guarded by the lock

  /** Everybody who waits, so that {@link #close} finds them. */
  private final Parked waiters = new Parked(Thread.currentThread(), null);

  private final ArrayList<Parked> toWake = new ArrayList<>();
  private final ArrayList<Poller> toAlert = new ArrayList<>();
  private final ArrayDeque<Handled> handlerQueue = new ArrayDeque<>();
  private boolean spinning;
  private int spinPenalty;
  private int spinSkips;

  /** What the first poller is telling; its thread alone. */
  private final ArrayList<Handled> telling = new ArrayList<>();

  /** One thread's wait. The links are guarded by the lock. */
  private static final class Parked {
    final Thread thread;
    final @Nullable Waiter waiter;
    volatile boolean woken;
    Parked previous = this;
    Parked next = this;
    @Nullable Parked nextOfWaiter;

    Parked(Thread thread, @Nullable Waiter waiter) {
      this.thread = thread;
      this.waiter = waiter;
    }
  }

  private RealTimeRunner(Stack stack, PollMode mode) {
    this.stack = stack;
    this.mode = mode;
    this.turn = new StackTurn(stack, this::now);
    for (LinkPort p : turn.ports()) {
      pollers.add(new Poller(this, p, pollers.isEmpty(), mode));
    }
    if (pollers.isEmpty()) {
      pollers.add(new Poller(this, null, true, mode));
    }
  }

  /**
   * Starts to drive a stack, in adaptive mode. Its interfaces must be there already; the links
   * become this runner's.
   */
  public static RealTimeRunner start(Stack stack) {
    return start(stack, PollMode.ADAPTIVE);
  }

  /** The same in another mode. */
  public static RealTimeRunner start(Stack stack, PollMode mode) {
    RealTimeRunner runner = new RealTimeRunner(stack, mode);
    runner.pollers.forEach(p -> p.thread().start());
    return runner;
  }

  @Override
  public long now() {
    return System.nanoTime() - origin;
  }

  @Override
  public Stack stack() {
    return stack;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void enter() {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("this thread runs the stack already");
    }
    lock.lock();
    stack.tick(now());
  }

  @Override
  public void exit() {
    requireOwner();
    try {
      // A packet that was sent may be answered already: looking costs less than being woken.
      if (!closed && turn(false)) {
        turn(true);
      }
    } finally {
      unlockAndWake();
    }
  }

  /**
   * Runs {@code batch} while the stack is the calling thread's: {@link #enter}, the batch, {@link
   * #exit}.
   */
  public void run(Consumer<Stack> batch) {
    enter();
    try {
      batch.accept(stack);
    } finally {
      exit();
    }
  }

  @Override
  public boolean await(Waiter waiter, long deadline) throws InterruptedException {
    requireOwner();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Parked parked = new Parked(Thread.currentThread(), waiter);
    parked.nextOfWaiter = (Parked) waiter.slot();
    waiter.slot(parked);
    parked.next = waiters.next;
    parked.previous = waiters;
    waiters.next.previous = parked;
    waiters.next = parked;
    try {
      if (!closed) {
        turn(true);
        spin(parked, deadline);
      }
      while (!parked.woken && !closed) {
        if (deadline <= now()) {
          return false;
        }
        unlockAndWake();
        try {
          park(parked, deadline);
        } finally {
          lock.lock();
          stack.tick(now());
        }
        if (!parked.woken && Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return true;
    } finally {
      if (!parked.woken) {
        forget(parked);
      }
    }
  }

  private void park(Parked parked, long deadline) {
    while (!parked.woken && !closed && !Thread.currentThread().isInterrupted()) {
      if (deadline == TimerHeap.NEVER) {
        LockSupport.park(this);
      } else {
        long nanos = deadline - now();
        if (nanos <= 0) {
          return;
        }
        LockSupport.parkNanos(this, nanos);
      }
    }
  }

  /**
   * Looks at the devices for a while instead of sleeping: the answer is often there before another
   * thread could be woken. One thread at a time, and rarely when it was in vain before.
   */
  private void spin(Parked parked, long deadline) {
    if (parked.woken || mode == PollMode.BLOCK || pollers.getFirst().port() == null || spinning) {
      return;
    }
    if (spinSkips > 0) {
      spinSkips--;
      return;
    }
    spinning = true;
    long end = Math.min(deadline, now() + SPIN_NANOS);
    try {
      while (!parked.woken && !closed && now() < end) {
        unlockAndWake();
        try {
          if (Thread.currentThread().isVirtual()) {
            Thread.yield();
          } else {
            Thread.onSpinWait();
          }
        } finally {
          lock.lock();
        }
        if (!closed) {
          turn(true);
        }
      }
    } finally {
      spinning = false;
    }
    spinPenalty = parked.woken ? 0 : Math.min(MAX_SPIN_PENALTY, 2 * spinPenalty + 1);
    spinSkips = spinPenalty;
  }

  @Override
  public void wake(Waiter waiter) {
    requireOwner();
    Parked p = (Parked) waiter.slot();
    waiter.slot(null);
    for (; p != null; p = p.nextOfWaiter) {
      wake(p);
    }
  }

  private void wake(Parked p) {
    p.woken = true;
    p.previous.next = p.next;
    p.next.previous = p.previous;
    toWake.add(p);
  }

  /** Takes a wait that ended by itself out of both lists. */
  private void forget(Parked parked) {
    parked.previous.next = parked.next;
    parked.next.previous = parked.previous;
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

  @Override
  public void sleep(long nanos) throws InterruptedException {
    Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
  }

  @Override
  public Thread start(String name, Runnable program) {
    return Thread.ofVirtual().name(name).start(program);
  }

  // ---- event handlers

  /**
   * Lets {@code handler} hear of an endpoint from now on; what is there already is told at once.
   * Only between {@link #enter} and {@link #exit}. It replaces what was attached to the endpoint.
   */
  public void handle(Endpoint endpoint, EventHandler handler) {
    requireOwner();
    Handled handled = new Handled(handlerQueue, endpoint, handler);
    endpoint.attach(handled);
    handled.ready(endpoint, endpoint.readiness());
  }

  /**
   * Asks that the endpoint's handler be called again, though nothing happened: it left work over.
   * Only between {@link #enter} and {@link #exit}.
   */
  public void again(Endpoint endpoint) {
    requireOwner();
    if (endpoint.attachment() instanceof Handled handled) {
      handled.ready(endpoint, endpoint.readiness());
    }
  }

  /**
   * Takes what is to be told from the queue; for the first poller, under the lock. False when there
   * is nothing.
   */
  boolean takeHandlers() {
    for (Handled h = handlerQueue.poll(); h != null; h = handlerQueue.poll()) {
      h.taken();
      telling.add(h);
    }
    return !telling.isEmpty();
  }

  /** Calls the handlers; for the first poller, without the lock. */
  void tellHandlers() {
    for (Handled h : telling) {
      try {
        h.tell();
      } catch (RuntimeException | Error e) {
        if (!lock.isHeldByCurrentThread()) {
          lock.lock();
        }
        try {
          turn.failed("an event handler", e);
          turn.abandon(h.endpoint());
        } finally {
          unlockAndWake();
        }
      }
    }
    telling.clear();
  }

  // ---- for pollers

  void lock() {
    lock.lock();
  }

  /** Releases the lock, then wakes those who must wake. */
  void unlockAndWake() {
    Parked[] wakes = toWake.isEmpty() ? null : toWake.toArray(new Parked[0]);
    toWake.clear();
    Poller[] alerts = toAlert.isEmpty() ? null : toAlert.toArray(new Poller[0]);
    toAlert.clear();
    lock.unlock();
    if (wakes != null) {
      for (Parked p : wakes) {
        LockSupport.unpark(p.thread);
      }
    }
    if (alerts != null) {
      for (Poller p : alerts) {
        p.wakeup();
      }
    }
  }

  /**
   * Runs the stack once, under the lock; see {@link StackTurn#run}. The pollers hear of what they
   * must know.
   */
  boolean turn(boolean devices) {
    boolean more = turn.run(devices);
    long deadline = stack.nextDeadline();
    for (Poller p : pollers) {
      if (p.mustHear(more || !handlerQueue.isEmpty(), deadline)) {
        p.heard();
        toAlert.add(p);
      }
    }
    return more || (!devices && turn.moved > 0 && pollers.getFirst().port() != null);
  }

  int lastTurnMoved() {
    return turn.moved;
  }

  long nextDeadline() {
    return stack.nextDeadline();
  }

  @Override
  public void close() {
    enter();
    try {
      if (!closed) {
        try {
          stack.close();
        } catch (RuntimeException | Error e) {
          turn.failed("the end of the stack", e);
        }
        turn.run(false);
        closed = true;
        while (waiters.next != waiters) {
          wake(waiters.next);
        }
      }
    } finally {
      unlockAndWake();
    }
    for (Poller p : pollers) {
      p.wakeup();
    }
    boolean interrupted = false;
    for (Poller p : pollers) {
      while (!p.thread().equals(Thread.currentThread()) && p.thread().isAlive()) {
        try {
          p.thread().join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    for (LinkPort p : turn.ports()) {
      p.link.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireOwner() {
    if (!lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("only between enter() and exit()");
    }
  }
}
