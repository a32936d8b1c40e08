package dev.sinew.sim;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Virtual threads whose scheduler is a simulation (level 2 of {@code docs/simulation.md}): each
 * turn of such a thread is an event, and they all run on the simulation's own thread. So they may
 * also meet through {@code java.util.concurrent}, in an order that follows from the seed. The JDK
 * has no public way to give a virtual thread a scheduler; this uses the constructor that its own
 * tests use, and works where {@code java.lang} is opened to it.
 */
final class DeterministicThreads implements Executor {
  private static final @Nullable Constructor<?> BUILDER;
  private static final @Nullable Field SCHEDULER;
  private static final String WHY_NOT;

  static {
    Constructor<?> builder = null;
    Field scheduler = null;
    String why = "";
    try {
      builder =
          Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
              .getDeclaredConstructor(Executor.class);
      builder.setAccessible(true);
      scheduler = Class.forName("java.lang.VirtualThread").getDeclaredField("scheduler");
      scheduler.setAccessible(true);
    } catch (InaccessibleObjectException e) {
      Module me = DeterministicThreads.class.getModule();
      why =
          "start the JVM with --add-opens java.base/java.lang="
              + (me.isNamed() ? me.getName() : "ALL-UNNAMED");
    } catch (ReflectiveOperationException e) {
      why = "this JVM has no such constructor any more: " + e.getMessage();
    }
    BUILDER = why.isEmpty() ? builder : null;
    SCHEDULER = why.isEmpty() ? scheduler : null;
    WHY_NOT = why;
  }

  private final Programs programs;

  /** Turns that were asked for from outside of the simulation's thread. */
  private final ConcurrentLinkedQueue<Runnable> foreign = new ConcurrentLinkedQueue<>();

  /** The turn that was asked for while the simulation resumes a program. */
  private @Nullable Runnable resumed;

  private boolean resuming;
  private volatile @Nullable Thread carrier;

  DeterministicThreads(Programs programs) {
    this.programs = programs;
  }

  /** Why this JVM does not allow it, with the cure; empty when it does. */
  static String whyNot() {
    return WHY_NOT;
  }

  /** Makes threads of this scheduler; those that they start have it too. */
  Thread.Builder.OfVirtual builder() {
    Constructor<?> constructor = BUILDER;
    if (constructor == null) {
      throw new IllegalStateException(WHY_NOT);
    }
    try {
      return (Thread.Builder.OfVirtual) constructor.newInstance(this);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** True for a virtual thread of this scheduler. */
  boolean owns(Thread thread) {
    Field field = SCHEDULER;
    try {
      return field != null && thread.isVirtual() && field.get(thread) == this;
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A thread wants its next turn. The JDK calls this on whatever thread made it runnable. */
  @Override
  public void execute(Runnable turn) {
    Thread t = Thread.currentThread();
    if (!t.equals(carrier) && !owns(t)) {
      foreign.add(turn);
      LockSupport.unpark(carrier);
    } else if (resuming && resumed == null) {
      resumed = turn;
    } else {
      programs.arrangeTurn(turn);
    }
  }

  /** From now on the simulation runs on this thread. */
  void carrier(@Nullable Thread thread) {
    carrier = thread;
  }

  /** Starts, wakes or interrupts a thread and runs it until it gives way. */
  void resume(Thread thread, boolean interrupt) {
    Thread before = carrier;
    carrier = Thread.currentThread();
    resuming = true;
    if (thread.getState() == Thread.State.NEW) {
      thread.start();
    } else if (interrupt) {
      thread.interrupt();
    } else {
      LockSupport.unpark(thread);
    }
    resuming = false;
    Runnable turn = resumed;
    resumed = null;
    if (turn != null) {
      turn.run();
    }
    carrier = before;
  }

  /** True when something outside has made a thread runnable, or does within so much real time. */
  boolean wasWokenFromOutside(long waitNanos) {
    long end = System.nanoTime() + waitNanos;
    while (foreign.isEmpty() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(this, 1_000_000);
    }
    return !foreign.isEmpty();
  }
}
