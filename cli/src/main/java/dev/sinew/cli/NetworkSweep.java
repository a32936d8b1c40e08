package dev.sinew.cli;

import dev.sinew.base.Profile;
import dev.sinew.sim.sweep.Sweep;
import org.jspecify.annotations.Nullable;

/** {@code sinew sweep networks}: random networks, faults and programs, until a check fails. */
final class NetworkSweep {
  private NetworkSweep() {}

  /**
   * @param seeds how many, or 0 for as many as {@code budgetNanos} allows
   * @param profile of the hosts, or null for any
   */
  static int run(
      Console console,
      long first,
      long seeds,
      long budgetNanos,
      int threads,
      @Nullable Profile profile,
      boolean json)
      throws InterruptedException {
    boolean show = Console.isTerminal(2);
    Sweep sweep =
        Sweep.networks(profile)
            .first(first)
            .threads(threads)
            .command("sinew sweep networks" + (profile == null ? "" : " --profile " + profile.name()))
            .progress(
                p -> {
                  if (show) {
                    console.err().print("\r" + p + "\033[K");
                    console.err().flush();
                  }
                });
    if (seeds > 0) {
      sweep.seeds(seeds);
    }
    if (budgetNanos > 0) {
      sweep.budgetNanos(budgetNanos);
    }
    Sweep.Summary summary = sweep.run();
    if (show) {
      console.err().print("\r\033[K");
    }
    Sweep.Progress total = summary.total();
    if (json) {
      console
          .out()
          .println(
              Json.write(
                  Json.object(
                      "schema", "sinew-sweep-1",
                      "demo", "networks",
                      "seeds", total.seedCount(),
                      "segments", total.segmentCount(),
                      "faults", total.firedFaultCount(),
                      "failed", summary.failures().size(),
                      "nanos", total.realNanos())));
    } else {
      console.out().println("networks: " + total + ", " + total.firedFaultCount() + " faults");
    }
    for (Sweep.Failure f : summary.failures()) {
      console.out().println("\nseed " + f.seed() + " failed: " + f.description());
      console.out().println(f.message());
      console.out().println("needed faults:\n" + f.needed());
    }
    return summary.passed() ? ExitCode.OK : ExitCode.NEGATIVE;
  }
}
