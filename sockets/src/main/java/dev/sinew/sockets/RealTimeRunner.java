package dev.sinew.sockets;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TimerHeap;
import dev.sinew.stack.Stack;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Drives a stack in real time. One lock guards the stack, and whoever holds it runs it: a thread
 * that has written sends its packets itself, and one that must wait first looks at the links
 * itself, for a while or without end as {@link PollMode} says. Only when nothing is there does it
 * leave the looking to the driver: a daemon platform thread per device, which waits without the
 * lock, and stays away while a caller polls. Threads to be woken are woken after the lock was
 * released, once per batch of packets.
 *
 * <p>Any thread may call, virtual ones included; no virtual thread ever waits in a system call.
 */
public final class RealTimeRunner implements Runner {
  static final long SPIN_NANOS = 50_000;

  /** Looks at a lock that is taken, before sleeping for it: some microseconds. */
  private static final int LOCK_SPINS = 100;

  private static final long CLOSER_CHECK_NANOS = 10_000_000;

  private static final Poller[] NO_POLLERS = new Poller[0];

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

  private final WaitList waits = new WaitList();
  private final ArrayList<Poller> toAlert = new ArrayList<>();
  private final ArrayDeque<Handled> handlerQueue = new ArrayDeque<>();
  private int spinPenalty;
  private int spinSkips;

  // ---- who polls

  /** A caller polls the devices just now; written under the lock. */
  private volatile boolean callerPolls;

  /** When a caller did so last. */
  private volatile long callerPolledAt = Long.MIN_VALUE / 2;

  /** There are event handlers, which the driver alone calls: so the driver polls. */
  private volatile boolean handles;

  /** Whose thread calls event handlers: one at a time does. */
  private final ReentrantLock telling = new ReentrantLock();

  private volatile @Nullable Thread teller;

  /** Who has called {@link #close}, perhaps a handler. */
  private volatile @Nullable Thread closer;

  private RealTimeRunner(Stack stack, PollMode mode) {
    this.stack = stack;
    this.mode = mode;
    this.turn = new StackTurn(stack, this::now, this::somebodyMustHear, mode != PollMode.SPIN);
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
    lock();
    stack.tick(now());
  }

  @Override
  public void exit() {
    requireOwner();
    try {
      // A packet that was sent may be answered already: looking costs less than being woken. A
      // driver looks anyway when it has called the handlers.
      if (!closed && turn(false, null) && !telling.isHeldByCurrentThread()) {
        turn(true, null);
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
    WaitList.Parked parked = waits.begin(waiter);
    try {
      if (!closed) {
        turn(true, null);
        poll(parked, deadline);
      }
      while (!parked.woken() && !closed) {
        if (deadline <= now()) {
          return false;
        }
        unlockAndWake();
        try {
          park(parked, deadline);
        } finally {
          lock();
          stack.tick(now());
        }
        if (!parked.woken() && Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return true;
    } finally {
      waits.end(parked);
    }
  }

  private void park(WaitList.Parked parked, long deadline) {
    while (!parked.woken() && !closed && !Thread.currentThread().isInterrupted()) {
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
   * The caller polls the devices itself instead of sleeping: the answer is often there before
   * another thread could be woken. One thread at a time; for a while, and rarely when it was in
   * vain before, or without end where the mode says so and the thread is not a virtual one, which
   * would take its carrier from others.
   */
  private void poll(WaitList.Parked parked, long deadline) {
    if (parked.woken()
        || mode == PollMode.BLOCK
        || !hasDevice()
        || callerPolls
        || handles
        || readsAhead()) {
      return;
    }
    boolean always = mode == PollMode.SPIN && !Thread.currentThread().isVirtual();
    if (!always && spinSkips > 0) {
      spinSkips--;
      return;
    }
    callerPolls = true;
    long begin = now();
    long end = always ? deadline : Math.min(deadline, begin + SPIN_NANOS);
    try {
      for (long now = begin; !parked.woken() && !closed && now < end; now = now()) {
        unlockAndWake();
        try {
          pause();
        } finally {
          lock();
        }
        if (!closed) {
          turn(true, null);
        }
        if (always && Thread.currentThread().isInterrupted()) {
          break;
        }
      }
    } finally {
      callerPolledAt = now();
      callerPolls = false;
    }
    spinPenalty = parked.woken() ? 0 : Math.min(MAX_SPIN_PENALTY, 2 * spinPenalty + 1);
    spinSkips = spinPenalty;
  }

  /** Between two looks of a caller: others get at the lock, and on a small machine at its CPU. */
  private void pause() {
    if (lock.hasQueuedThreads() && !Thread.currentThread().isVirtual()) {
      Thread.yield();
    } else {
      Thread.onSpinWait();
    }
  }

  /** Of some device the pollers alone read the queues. */
  private boolean readsAhead() {
    for (int i = 0; i < pollers.size(); i++) {
      LinkPort p = pollers.get(i).port();
      if (p != null && p.isReadAhead()) {
        return true;
      }
    }
    return false;
  }

  private boolean hasDevice() {
    return pollers.getFirst().port() != null;
  }

  /** The driver stays away while a caller polls, and a little longer: it will poll again. */
  boolean callerPolls() {
    return !readsAhead()
        && (callerPolls || (!handles && now() - callerPolledAt < SPIN_NANOS && hasDevice()));
  }

  @Override
  public void wake(Waiter waiter) {
    requireOwner();
    waits.wake(waiter);
  }

  private boolean somebodyMustHear() {
    return waits.mustWake() || !handlerQueue.isEmpty();
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
    handles = true;
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

  /** Moves what is to be told into {@code list}; for pollers, under the lock. */
  void takeHandlers(ToldList list) {
    for (Handled h = handlerQueue.poll(); h != null; h = handlerQueue.poll()) {
      list.add(h, h.taken());
    }
  }

  /** Calls the handlers; for the poller that has taken them, without the lock. */
  void tellHandlers(ToldList list) {
    if (!mayTell()) {
      giveBack(list);
      return;
    }
    teller = Thread.currentThread();
    try {
      for (int i = 0; i < list.size(); i++) {
        tell(list.handled(i), list.told(i));
      }
    } finally {
      list.clear();
      teller = null;
      telling.unlock();
    }
  }

  /** Waits for its turn. False when that never comes: a handler waits for the pollers to end. */
  private boolean mayTell() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          if (telling.tryLock(CLOSER_CHECK_NANOS, TimeUnit.NANOSECONDS)) {
            return true;
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
        Thread t = teller;
        if (t != null && t.equals(closer)) {
          return false;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Another poller will tell it. */
  private void giveBack(ToldList list) {
    lock();
    try {
      for (int i = 0; i < list.size(); i++) {
        Handled h = list.handled(i);
        h.ready(h.endpoint(), list.told(i));
      }
    } finally {
      list.clear();
      unlockAndWake();
    }
  }

  private void tell(Handled h, int told) {
    try {
      h.tell(told);
    } catch (RuntimeException | Error e) {
      if (!lock.isHeldByCurrentThread()) {
        lock();
      }
      try {
        turn.failed("an event handler", e);
        turn.abandon(h.endpoint());
      } finally {
        unlockAndWake();
      }
    }
  }

  // ---- for pollers

  /** Takes the lock: whoever has it keeps it for microseconds, so sleeping rarely pays. */
  void lock() {
    for (int i = 0; i < LOCK_SPINS; i++) {
      if (lock.tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    lock.lock();
  }

  /**
   * The poller of a queue reads it, without the stack but for the memory: which is got now, when
   * readers have given back what they were told of, because that is still in the caches.
   */
  void readAhead(LinkPort port) {
    lock();
    try {
      if (closed) {
        return;
      }
      port.prepare();
    } finally {
      unlockAndWake();
    }
    port.readAhead();
  }

  /** Releases the lock, then wakes those who must wake. */
  void unlockAndWake() {
    if (!waits.mustWake() && toAlert.isEmpty()) {
      lock.unlock();
      return;
    }
    Thread one = waits.takeOne();
    @Nullable Thread[] others = waits.takeAll();
    Poller first = toAlert.isEmpty() ? null : toAlert.getFirst();
    Poller[] alerts = toAlert.size() < 2 ? NO_POLLERS : toAlert.toArray(NO_POLLERS);
    toAlert.clear();
    lock.unlock();
    WaitList.unpark(one, others);
    if (first != null && alerts.length == 0) {
      first.wakeup();
    }
    for (Poller p : alerts) {
      p.wakeup();
    }
  }

  /**
   * Runs the stack once, under the lock; see {@link StackTurn#run}. The pollers hear of what they
   * must know.
   *
   * @param by null when it is not a poller
   */
  boolean turn(boolean devices, @Nullable Poller by) {
    boolean more = turn.run(devices, by == null ? null : by.port());
    // A poller goes on by itself, and tells what it finds: also after a handler that it has called.
    boolean goesOn = by != null || telling.isHeldByCurrentThread();
    boolean work = !goesOn && (more || !handlerQueue.isEmpty());
    long deadline = stack.nextDeadline();
    for (int i = 0; i < pollers.size(); i++) {
      Poller p = pollers.get(i);
      if (p.mustHear(work, deadline)) {
        p.heard();
        toAlert.add(p);
      }
    }
    return more || (!devices && turn.moved > 0 && hasDevice());
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
        turn.run(false, null);
        closer = Thread.currentThread();
        closed = true;
        waits.wakeAll();
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
      p.end();
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
