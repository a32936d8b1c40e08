package dev.sinew.sim;

import dev.sinew.base.Timer;
import dev.sinew.base.TimerHeap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The blocking programs of a simulation. Each has a thread, but only one thread runs at any time:
 * either the simulation's own or one program's. They pass a baton, and a program gives it away only
 * inside the calls of its {@link SimRunner}; so a run depends on nothing but its seed.
 *
 * <p>A program that blocks anywhere else never gives the baton back. The simulation's thread
 * notices and names the line.
 *
 * <p>That is level 1. At level 2 the programs' threads run on the simulation's own thread,
 * scheduled by {@link DeterministicThreads}, and may also wait for each other elsewhere.
 */
final class Programs {
  /** How often the simulation's thread looks at a program that keeps the baton. */
  private static final long LOOK_NANOS = 20_000_000;

  /**
   * So often in a row must a program be seen blocked before it is taken to be blocked for good (it
   * may be in a file read or a class load).
   */
  private static final int LOOKS_BLOCKED = 25;

  /**
   * Threads that programs have started themselves, above which those that have ended are forgotten.
   */
  private static final int MANY_ADOPTED = 64;

  /** A program that runs for so long, in real time, is taken to be in an endless loop. */
  private static final long LONGEST_TURN_NANOS = 60_000_000_000L;

  private final Simulation simulation;
  private final List<Task> alive = new ArrayList<>();
  private volatile @Nullable Task holder;
  private volatile @Nullable Thread loop;
  private volatile boolean over;

  /** Level 2: programs run on the simulation's own thread; null for level 1. */
  private @Nullable DeterministicThreads threads;

  private final Map<Thread, Task> byThread = new LinkedHashMap<>();

  /** What ends a program whose simulation is over: it unwinds the program's thread. */
  private static final class Over extends Error {
    private static final long serialVersionUID = 1L;

    Over() {
      super("the simulation is over", null, false, false);
    }
  }

  Programs(Simulation simulation) {
    this.simulation = simulation;
  }

  /** One program. */
  final class Task {
    final String name;
    final SimHost host;
    final Thread thread;
    private final Program program;
    private final Timer deadline =
        new Timer() {
          @Override
          protected void fire(long now) {
            timedOut = true;
            makeRunnable();
          }
        };

    // Handed over with the baton.
    private boolean started;
    private boolean waiting;
    private boolean runnable;
    private boolean timedOut;
    private boolean woken;
    private @Nullable Throwable failure;
    boolean insideStack;

    /** Set by the program's thread when somebody interrupted it while it waited. */
    private volatile boolean interrupted;

    private volatile boolean ended;

    /** Its host has crashed. */
    private volatile boolean killed;

    /** The program's thread has noticed that it is its turn. */
    private volatile boolean hasBaton;

    Task(SimHost host, String name, Program program) {
      this.host = host;
      this.name = name;
      this.program = program;
      DeterministicThreads scheduler = threads;
      Thread.Builder.OfVirtual builder =
          scheduler == null ? Thread.ofVirtual() : scheduler.builder();
      this.thread = builder.name(host.name() + "/" + name).unstarted(this::run);
    }

    /** A thread that a program has started by itself, when it comes to a socket first. */
    Task(SimHost host, Thread thread) {
      this.host = host;
      this.name = thread.getName();
      this.program = () -> {};
      this.thread = thread;
      this.started = true;
    }

    private void run() {
      try {
        awaitBaton();
        program.run();
      } catch (Throwable t) {
        failure = t;
      } finally {
        ended = true;
        giveBack();
      }
    }

    /** Blocks the program's thread until the baton is its own. */
    private void awaitBaton() {
      while (holder != this) {
        LockSupport.park(Programs.this);
        if (thread.isInterrupted()) {
          // Marked before it is cleared, so that the simulation sees one or the other.
          interrupted = true;
          Thread.interrupted();
        }
      }
      hasBaton = true;
      throwIfOver();
    }

    private void throwIfOver() {
      if (over || killed) {
        throw new Over();
      }
    }

    /** The program is to run in its turn at the present time. */
    void makeRunnable() {
      if (!runnable) {
        runnable = true;
        waiting = false;
        simulation.arrangeNow(new Turn(this));
      }
    }

    /** Somebody woke the program. */
    void wake() {
      if (waiting) {
        woken = true;
        makeRunnable();
      }
    }

    /**
     * Gives the baton away until woken, interrupted or {@code time}; called on the program's own
     * thread.
     *
     * @return false when the time came first
     */
    boolean await(long time) throws InterruptedException {
      throwIfOver();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      waiting = true;
      woken = false;
      timedOut = false;
      if (time != TimerHeap.NEVER) {
        simulation.timers().arm(deadline, Math.max(time, simulation.now()));
      }
      giveBack();
      awaitBaton();
      simulation.timers().disarm(deadline);
      waiting = false;
      if (interrupted) {
        interrupted = false;
        if (woken) {
          Thread.currentThread().interrupt();
        } else {
          throw new InterruptedException();
        }
      }
      return woken || !timedOut;
    }

    private boolean wasInterrupted() {
      return interrupted || thread.isInterrupted();
    }

    /** It is in {@code Thread.sleep}, which no other thread will end. */
    private boolean sleeps() {
      for (StackTraceElement e : thread.getStackTrace()) {
        if (e.getClassName().equals("java.lang.Thread") && e.getMethodName().equals("sleep")) {
          return true;
        }
      }
      return false;
    }

    /** Where the program stands, as a line of its own code. */
    String where() {
      StackTraceElement[] trace = thread.getStackTrace();
      for (StackTraceElement e : trace) {
        String c = e.getClassName();
        if (!c.startsWith("java.")
            && !c.startsWith("jdk.")
            && !c.startsWith("sun.")
            && !inMachinery(c)) {
          return e
              + (trace[0].equals(e)
                  ? ""
                  : ", in " + trace[0].getClassName() + "." + trace[0].getMethodName());
        }
      }
      return trace.length == 0 ? "no line known" : trace[0].toString();
    }

    private static boolean inMachinery(String className) {
      return className.startsWith("dev.sinew.sockets.")
          || className.startsWith("dev.sinew.sim.Programs")
          || className.startsWith("dev.sinew.sim.SimRunner");
    }

    @Override
    public String toString() {
      return thread.getName();
    }
  }

  /** A program's turn. */
  private final class Turn extends Event {
    private final Task task;

    Turn(Task task) {
      this.task = task;
    }

    @Override
    void happen() {
      if (task.host.isPaused()) {
        task.host.defer(this);
      } else if (!task.ended && !task.killed) {
        resume(task);
      }
    }
  }

  Thread start(SimHost host, String name, Program program) {
    Task t = new Task(host, name, program);
    alive.add(t);
    byThread.put(t.thread, t);
    t.makeRunnable();
    return t.thread;
  }

  /**
   * Programs that start from now on may also block in {@code java.util.concurrent}.
   *
   * @return why that can't be; empty when it can
   */
  String schedule() {
    String why = DeterministicThreads.whyNot();
    if (why.isEmpty() && threads == null) {
      if (!alive.isEmpty()) {
        throw new IllegalStateException("programs were started already");
      }
      threads = new DeterministicThreads(this);
    }
    return why;
  }

  /** A thread of level 2 is to have its turn at the present time. */
  void arrangeTurn(Runnable turn) {
    simulation.arrangeNow(
        new Event() {
          @Override
          void happen() {
            simulation.acted();
            turn.run();
            reap();
          }
        });
  }

  /** After a turn of level 2: who has ended; nobody may have been woken from outside. */
  private void reap() {
    for (Task t : List.copyOf(alive)) {
      if (t.ended) {
        ended(t);
      } else if (!t.waiting && t.thread.getState() == Thread.State.TIMED_WAITING && t.sleeps()) {
        throw simulation.failure(
            "the program " + t + " sleeps by the real clock; use runner().sleep: " + t.where(),
            null);
      }
    }
    requireNoForeignWake(0);
    if (byThread.size() > 2 * alive.size() + MANY_ADOPTED) {
      byThread.values().removeIf(t -> t.thread.getState() == Thread.State.TERMINATED);
    }
  }

  /** What the real clock or another thread wakes would not wake at the same place again. */
  void requireNoForeignWake(long waitNanos) {
    DeterministicThreads scheduler = threads;
    if (scheduler != null && scheduler.wasWokenFromOutside(waitNanos)) {
      throw simulation.failure(
          "a thread was woken from outside of the simulation, by a timeout of the JDK (which goes by"
              + " the real clock), a contended synchronized, or real input; use runner().sleep,"
              + " timeouts of sockets, and locks of java.util.concurrent:"
              + standing(),
          null);
    }
  }

  /** The task of the calling thread; one that a program has started itself gets one now. */
  @Nullable Task currentOrAdopted(SimHost host) {
    Task t = current();
    DeterministicThreads scheduler = threads;
    if (t == null && scheduler != null && scheduler.owns(Thread.currentThread())) {
      t = new Task(host, Thread.currentThread());
      byThread.put(t.thread, t);
    }
    return t;
  }

  /** The program that runs on the calling thread; null when the simulation itself does. */
  @Nullable Task current() {
    if (threads != null) {
      return byThread.get(Thread.currentThread());
    }
    Task t = holder;
    return t != null && t.thread.equals(Thread.currentThread()) ? t : null;
  }

  /**
   * True on the thread that has the baton: that of the simulation or of the program whose turn it
   * is.
   */
  boolean mayRun() {
    DeterministicThreads scheduler = threads;
    if (scheduler != null) {
      Thread t = Thread.currentThread();
      return !over && (scheduler.owns(t) || isLoop(t));
    }
    return !over && (holder == null ? isLoop(Thread.currentThread()) : current() != null);
  }

  private boolean isLoop(Thread thread) {
    Thread l = loop;
    return l == null || l.equals(thread);
  }

  /** From now on, and until {@code null} is given, the simulation runs on this thread. */
  void loop(@Nullable Thread thread) {
    loop = thread;
    DeterministicThreads scheduler = threads;
    if (scheduler != null) {
      scheduler.carrier(thread);
    }
  }

  /** Ends every program, one after the other, wherever it waits. */
  void end() {
    over = true;
    loop = Thread.currentThread();
    List.copyOf(alive).forEach(this::unwind);
    List.copyOf(byThread.values()).forEach(this::unwind);
    alive.clear();
    byThread.clear();
  }

  /** Ends the programs of a host that has crashed. */
  void kill(SimHost host) {
    for (Task t : List.copyOf(alive)) {
      if (t.host == host) {
        t.killed = true;
        simulation.timers().remove(t.deadline);
        unwind(t);
        alive.remove(t);
      }
    }
    for (Task t : List.copyOf(byThread.values())) {
      if (t.host == host && t.thread.getState() != Thread.State.TERMINATED) {
        t.killed = true;
        unwind(t);
      }
    }
  }

  private void unwind(Task t) {
    byThread.remove(t.thread, t);
    if (t.started && !t.ended) {
      DeterministicThreads scheduler = threads;
      t.hasBaton = false;
      holder = t;
      if (scheduler != null) {
        byThread.put(t.thread, t);
        // If it waits somewhere in the JDK, that is the only way out.
        scheduler.resume(t.thread, !t.waiting);
        holder = null;
        byThread.remove(t.thread, t);
        return;
      }
      LockSupport.unpark(t.thread);
      watch(t);
    }
  }

  List<Task> alive() {
    return alive;
  }

  /** A line for each program that has not ended, with where it stands. */
  String standing() {
    StringBuilder who = new StringBuilder();
    alive.forEach(t -> who.append("\n    ").append(t).append(" at ").append(t.where()));
    return who.toString();
  }

  /** Gives the baton to a program and waits until it comes back. */
  private void resume(Task t) {
    t.runnable = false;
    simulation.acted();
    t.hasBaton = false;
    holder = t;
    DeterministicThreads scheduler = threads;
    if (scheduler != null) {
      t.started = true;
      scheduler.resume(t.thread, false);
      holder = null;
      reap();
    } else if (t.started) {
      LockSupport.unpark(t.thread);
      watch(t);
    } else {
      t.started = true;
      t.thread.start();
      watch(t);
    }
    if (t.ended) {
      ended(t);
    }
    for (Task other : alive) {
      if (other.waiting && other.wasInterrupted()) {
        other.makeRunnable();
      }
    }
  }

  private void ended(Task t) {
    simulation.checkProgramLeftStack(t.insideStack, t);
    byThread.remove(t.thread, t);
    if (alive.remove(t)) {
      Throwable failure = t.failure;
      if (failure instanceof SimulationException e) {
        throw e;
      }
      if (failure != null) {
        throw simulation.failure("the program " + t + " failed: " + failure, failure);
      }
    }
  }

  private void watch(Task t) {
    int blocked = 0;
    long began = System.nanoTime();
    while (holder != null) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      if (holder == null) {
        return;
      }
      if (Thread.interrupted()) {
        holder = null;
        Thread.currentThread().interrupt();
        throw simulation.failure(
            "interrupted while the program " + t + " ran at " + t.where(), null);
      }
      Thread.State state = t.thread.getState();
      boolean blocks =
          state == Thread.State.WAITING
              || state == Thread.State.TIMED_WAITING
              || state == Thread.State.BLOCKED;
      blocked = blocks ? blocked + 1 : 0;
      if (!t.hasBaton) {
        // The machine is busy and the thread has not come to run yet.
        blocked = 0;
        LockSupport.unpark(t.thread);
      }
      if (blocked >= LOOKS_BLOCKED) {
        throw simulation.failure(
            "the program "
                + t
                + " blocks outside of the simulation, where no virtual time passes: "
                + t.where(),
            null);
      }
      if (System.nanoTime() - began > LONGEST_TURN_NANOS) {
        throw simulation.failure("the program " + t + " runs without end: " + t.where(), null);
      }
    }
  }

  private void giveBack() {
    Thread to = loop;
    holder = null;
    LockSupport.unpark(to);
  }
}
