package dev.sinew.cli;

import dev.sinew.demos.DemoException;
import dev.sinew.demos.DemoOptions;
import dev.sinew.demos.Demos;
import dev.sinew.sim.FaultPlan;
import dev.sinew.sim.SimMemory;
import dev.sinew.sim.sweep.RandomNetwork;
import dev.sinew.sim.sweep.Sweep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** {@code sinew sweep DEMO}: one experiment with many seeds. */
final class DemoSweep implements Sweep.Scenario {
  private final String demo;
  private final Map<String, String> settings;
  private final DemoOptions options;
  private final long first;
  private final int seeds;
  private final int threads;

  /** What is wrong with the request, not with a seed. */
  private final AtomicReference<@Nullable DemoException> refused = new AtomicReference<>();

  DemoSweep(String demo, Map<String, String> settings, long first, int seeds, int threads) {
    this.demo = demo;
    this.settings = settings;
    this.options = DemoOptions.DEFAULT.withSettings(settings);
    this.first = first;
    this.seeds = seeds;
    this.threads = threads;
  }

  @Override
  public FaultPlan faults(long seed) {
    return new FaultPlan(List.of());
  }

  @Override
  public RandomNetwork.Result run(long seed, FaultPlan faults, SimMemory memory, String replay) {
    try {
      Demos.Outcome outcome = Demos.judge(demo, options.withSeed(seed));
      if (!outcome.ok()) {
        throw new AssertionError(String.join("\n", outcome.failures()));
      }
      return new RandomNetwork.Result(0, 0, 0, outcome.traceHash(), 0, List.of());
    } catch (DemoException e) {
      refused.compareAndSet(null, e);
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String description(long seed) {
    return replay(seed);
  }

  /**
   * Runs and prints it; true when every seed went as it should.
   *
   * @throws DemoException when there is no such experiment or setting
   */
  boolean run(Console console, boolean json) throws InterruptedException {
    boolean show = Console.isTerminal(2);
    Sweep.Summary summary =
        Sweep.of(this)
            .first(first)
            .seeds(seeds)
            .threads(Math.min(threads, seeds))
            .mostFailures(seeds)
            .shrink(false)
            .progress(p -> {
              if (show) {
                console.err().printf("\r%s: %d of %d seeds\033[K", demo, p.seedCount(), seeds);
                console.err().flush();
              }
            })
            .run();
    if (show) {
      console.err().print("\r\033[K");
    }
    DemoException wrong = refused.get();
    if (wrong != null) {
      throw wrong;
    }
    if (json) {
      printJson(console, summary);
    } else {
      print(console, summary);
    }
    return summary.passed();
  }

  private String replay(long seed) {
    StringBuilder line = new StringBuilder("sinew demo " + demo + " --seed " + seed);
    settings.forEach((k, v) -> line.append(" --set ").append(k).append('=').append(v));
    return line.toString();
  }

  private void printJson(Console console, Sweep.Summary summary) {
    Map<String, @Nullable Object> row =
        Json.object(
            "schema",
            "sinew-sweep-1",
            "demo",
            demo,
            "seeds",
            summary.total().seedCount(),
            "failed",
            summary.failures().size(),
            "nanos",
            summary.total().realNanos());
    if (!summary.passed()) {
      Sweep.Failure f = summary.failures().getFirst();
      row.put("firstFailing", f.seed());
      row.put("why", f.message().replace("\n", "; "));
      row.put("replay", replay(f.seed()));
    }
    console.out().println(Json.write(row));
  }

  private void print(Console console, Sweep.Summary summary) {
    int failed = summary.failures().size();
    console
        .out()
        .printf(
            Locale.ROOT,
            "%-22s %d seeds, %s in %.1f s%n",
            demo,
            summary.total().seedCount(),
            failed == 0 ? "all as they should" : failed + " failed",
            summary.total().realNanos() / 1e9);
    if (failed > 0) {
      Sweep.Failure f = summary.failures().getFirst();
      console.out().println("  first failing seed " + f.seed() + ":");
      f.message().lines().forEach(why -> console.out().println("    " + why));
      console.out().println("  again: " + replay(f.seed()));
    }
  }
}
