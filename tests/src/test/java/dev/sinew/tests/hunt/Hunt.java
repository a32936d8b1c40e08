package dev.sinew.tests.hunt;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs the seeds of a sweep on all cores until one fails or the time is over: {@code Hunt SWEEP
 * SECONDS}. The last line that it prints is {@code FOUND seed seconds runs} or {@code NOTHING 0
 * seconds runs packets}; before it comes what was found.
 */
public final class Hunt {
  /** What a hunt brought. */
  record Result(long seed, double seconds, long runs, long packets, String found) {
    boolean any() {
      return seed > 0;
    }
  }

  private Hunt() {}

  /** {@code SWEEP SECONDS [FIRST-SEED]}. */
  public static void main(String[] args) throws InterruptedException {
    long first = args.length > 2 ? Long.parseLong(args[2]) : 1;
    Result r = run(args[0], Double.parseDouble(args[1]), first);
    if (r.any()) {
      System.out.println(r.found);
    }
    System.out.printf(
        java.util.Locale.ROOT,
        "%s %d %.1f %d %d%n",
        r.any() ? "FOUND" : "NOTHING",
        r.seed,
        r.seconds,
        r.runs,
        r.packets);
    System.exit(0);
  }

  static Result run(String sweep, double seconds, long firstSeed) throws InterruptedException {
    Scenario.Play play = Scenario.ALL.get(sweep);
    if (play == null) {
      throw new IllegalArgumentException(
          "there is no sweep \"" + sweep + "\"; there are " + Scenario.ALL.keySet());
    }
    long began = System.nanoTime();
    AtomicLong next = new AtomicLong(firstSeed);
    AtomicLong runs = new AtomicLong();
    AtomicLong packets = new AtomicLong();
    AtomicReference<Result> found = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      Thread t =
          new Thread(() -> {
            while (found.get() == null && (System.nanoTime() - began) / 1e9 < seconds) {
              long seed = next.getAndIncrement();
              try {
                packets.addAndGet(play.run(seed));
              } catch (Throwable e) {
                double took = (System.nanoTime() - began) / 1e9;
                found.compareAndSet(
                    null, new Result(seed, took, runs.get() + 1, packets.get(), text(e)));
              } finally {
                runs.incrementAndGet();
              }
            }
          });
      t.setDaemon(true);
      threads.add(t);
      t.start();
    }
    long limit = began + (long) ((seconds + 30) * 1e9);
    for (Thread t : threads) {
      // A bug may also be an endless loop: then the thread is left behind.
      t.join(Math.max(1, (limit - System.nanoTime()) / 1_000_000));
      if (t.isAlive() && found.get() == null) {
        StringBuilder where = new StringBuilder("a run without end, in");
        for (StackTraceElement e : t.getStackTrace()) {
          where.append("\n    ").append(e);
        }
        found.compareAndSet(
            null,
            new Result(next.get() - 1, seconds + 30, runs.get(), packets.get(), where.toString()));
      }
    }
    Result r = found.get();
    double took = (System.nanoTime() - began) / 1e9;
    return r != null ? r : new Result(0, took, runs.get(), packets.get(), "");
  }

  private static String text(Throwable e) {
    if (e instanceof AssertionError && e.getMessage() != null) {
      return e.getMessage();
    }
    java.io.StringWriter trace = new java.io.StringWriter();
    e.printStackTrace(new java.io.PrintWriter(trace));
    return trace.toString();
  }
}
