package dev.sinew.bench;

import dev.sinew.sim.sweep.Sweep;

/**
 * How many segments of random networks a machine checks in a time: {@code SimSweep [SECONDS] [FIRST
 * SEED] [SEEDS] [FAILURES]}.
 */
public final class SimSweep {
  private SimSweep() {}

  /** Runs a sweep and prints how far it is, each second, and what failed. */
  public static void main(String[] args) throws InterruptedException {
    long seconds = args.length > 0 ? Long.parseLong(args[0]) : 60;
    Sweep sweep =
        Sweep.networks().budgetNanos(seconds * 1_000_000_000L).progress(System.out::println);
    if (args.length > 1) {
      sweep.first(Long.parseLong(args[1]));
    }
    if (args.length > 2) {
      sweep.seeds(Long.parseLong(args[2]));
    }
    if (args.length > 3) {
      sweep.mostFailures(Integer.parseInt(args[3]));
    }
    Sweep.Summary s = sweep.run();
    for (Sweep.Failure f : s.failures()) {
      System.out.println("seed " + f.seed() + ": " + f.message());
      System.out.println(f.description());
      System.out.println("faults:\n" + f.faults() + "needed:\n" + f.needed());
    }
    System.out.println(s.total());
    if (!s.passed()) {
      System.exit(1);
    }
  }
}
