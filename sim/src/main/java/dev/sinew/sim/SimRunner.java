package dev.sinew.sim;

import dev.sinew.base.TimerHeap;
import dev.sinew.sockets.Runner;
import dev.sinew.sockets.Waiter;
import dev.sinew.stack.Stack;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Drives a host's stack in virtual time for blocking programs. Time stands still while a program
 * runs, and passes while all of them wait. Blocking calls work on threads that {@link #start} or
 * {@link SimHost#start} has made; the others work between events too.
 */
final class SimRunner implements Runner {
  private final Simulation simulation;
  private final SimHost host;
  private final Stack stack;
  private boolean entered;
  private boolean closed;
  private boolean dead;

  SimRunner(Simulation simulation, SimHost host, Stack stack) {
    this.simulation = simulation;
    this.host = host;
    this.stack = stack;
  }

  /** The host has crashed: what is left of its programs may clean up, to no effect. */
  void dead() {
    dead = true;
    closed = true;
  }

  @Override
  public long now() {
    return host.now();
  }

  @Override
  public Stack stack() {
    return stack;
  }

  @Override
  public void enter() {
    if (!simulation.programs().mayRun()) {
      throw new IllegalStateException(
          "the thread "
              + Thread.currentThread().getName()
              + " is no program of this simulation; start it with SimHost.start or Runner.start");
    }
    if (entered) {
      throw new IllegalStateException("this thread runs the stack already");
    }
    entered = true;
    Programs.Task current = simulation.programs().currentOrAdopted(host);
    if (current != null) {
      current.insideStack = true;
    }
    open();
  }

  private void open() {
    if (!dead) {
      host.open();
    }
  }

  private void settle() {
    if (!dead) {
      host.settle();
    }
  }

  @Override
  public void exit() {
    requireEntered();
    settle();
    left();
  }

  private void left() {
    entered = false;
    Programs.Task current = simulation.programs().current();
    if (current != null) {
      current.insideStack = false;
    }
  }

  @Override
  public boolean await(Waiter waiter, long deadline) throws InterruptedException {
    requireEntered();
    Programs.Task task = simulation.programs().current();
    if (task == null) {
      throw new IllegalStateException(
          "a call that waits outside of a program; start one with SimHost.start");
    }
    settle();
    if (closed) {
      return true;
    }
    List<Programs.Task> waiting = waiting(waiter);
    if (waiting == null) {
      waiting = new ArrayList<>(1);
      waiter.slot(waiting);
    }
    waiting.add(task);
    left();
    try {
      return task.await(host.timeOf(deadline));
    } finally {
      List<Programs.Task> still = waiting(waiter);
      if (still != null) {
        still.remove(task);
      }
      entered = true;
      task.insideStack = true;
      open();
    }
  }

  @SuppressWarnings("unchecked")
  private static @Nullable List<Programs.Task> waiting(Waiter waiter) {
    return (List<Programs.Task>) waiter.slot();
  }

  @Override
  public void wake(Waiter waiter) {
    List<Programs.Task> waiting = waiting(waiter);
    if (waiting != null) {
      waiting.forEach(Programs.Task::wake);
      waiting.clear();
    }
  }

  @Override
  public void sleep(long nanos) throws InterruptedException {
    Programs.Task task = simulation.programs().currentOrAdopted(host);
    if (task == null || entered) {
      throw new IllegalStateException("sleep is for programs, and not while they hold the stack");
    }
    long now = host.now();
    long end = nanos > TimerHeap.NEVER - now ? TimerHeap.NEVER : now + Math.max(nanos, 0);
    task.await(host.timeOf(end));
  }

  @Override
  public Thread start(String name, Runnable program) {
    return simulation.programs().start(host, name, program::run);
  }

  @Override
  public void close() {
    enter();
    try {
      if (!closed) {
        closed = true;
        stack.close();
        for (Programs.Task t : simulation.programs().alive()) {
          if (t.host == host) {
            t.wake();
          }
        }
      }
    } finally {
      exit();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  private void requireEntered() {
    if (!entered) {
      throw new IllegalStateException("only between enter() and exit()");
    }
  }
}
