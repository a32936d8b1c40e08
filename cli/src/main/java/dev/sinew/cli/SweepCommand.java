package dev.sinew.cli;

import dev.sinew.base.Profile;
import dev.sinew.demos.DemoException;
import dev.sinew.demos.DemoOptions;
import dev.sinew.demos.Demos;
import dev.sinew.demos.Lang;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew sweep}: an experiment with many seeds. */
@Command(
    sortOptions = false,
    description =
        "Runs an experiment, or random networks, with many seeds, on all cores, and tells which fail.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sinew sweep seq-wrap --seeds 1000       a lossy transfer, a thousand times",
      "  sinew sweep cwnd --set limit=5          with another value",
      "  sinew sweep all --seeds 20              every experiment",
      "  sinew sweep networks --budget 10m       random networks, faults and programs, all checks on",
      "",
      "The summary goes to stdout, the progress to stderr. Exit code 1: a seed failed."
    })
final class SweepCommand extends SinewCommand {
  private static final long PROGRESS_NANOS = 500_000_000L;
  private static final int UNSET = -1;
  private static final int DEFAULT_SEEDS = 100;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "How many seeds. Default: 100, or what --budget allows.")
  private int seeds = UNSET;

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      converter = Values.DurationConverter.class,
      description = "With networks: how long, such as 30s or 10m.")
  private long budgetNanos;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "With networks: every host has this profile. Default: any.")
  private @Nullable String profile;

  @Option(names = "--first", paramLabel = "N", description = "The first of them. Default: 1.")
  private long first = 1;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Change a parameter of the experiment; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Runs at a time. Default: one for each core.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--json", description = "One JSON object for each experiment.")
  private boolean json;

  @Parameters(
      paramLabel = "DEMO",
      arity = "0..1",
      description = "The experiment, 'all', or 'networks' (the default with --budget).")
  private String name = "";

  @Override
  int run(Console console) throws CliException, InterruptedException {
    if (seeds < 1 && seeds != UNSET || threads < 1) {
      throw CliException.usage("--seeds and --threads take numbers from 1 on");
    }
    if (name.isEmpty() && budgetNanos == 0) {
      throw CliException.usage(
          "missing DEMO: an experiment (sinew demo lists them), all or networks");
    }
    if (name.isEmpty() || name.equals("networks")) {
      Profile p = profile == null ? null : Profile.named(profile);
      if (profile != null && p == null) {
        throw CliException.usage("--profile is standard, linux or freebsd, not '" + profile + "'");
      }
      int count = seeds != UNSET ? seeds : budgetNanos == 0 ? DEFAULT_SEEDS : 0;
      return NetworkSweep.run(console, first, count, budgetNanos, threads, p, json);
    }
    if (budgetNanos > 0 || profile != null) {
      throw CliException.usage("--budget and --profile are for 'networks'");
    }
    if (seeds == UNSET) {
      seeds = DEFAULT_SEEDS;
    }
    List<String> names =
        name.equals("all")
            ? Demos.list(Lang.EN).stream().map(Demos.Row::name).toList()
            : List.of(name);
    boolean failed = false;
    for (String demo : names) {
      Sweep sweep = new Sweep(demo);
      try {
        sweep.run(console);
      } catch (DemoException e) {
        throw CliException.usage(Failures.oneLine(e));
      }
      sweep.print(console);
      failed |= sweep.failedCount.get() > 0;
    }
    return failed ? ExitCode.NEGATIVE : ExitCode.OK;
  }

  /** The seeds of one experiment. */
  private final class Sweep {
    /** A seed that failed. */
    private record Failure(long seed, List<String> why) {}

    private final String demo;
    private final DemoOptions options;
    private final AtomicLong next = new AtomicLong(first);
    private final AtomicLong doneCount = new AtomicLong();
    private final AtomicLong failedCount = new AtomicLong();
    private final AtomicReference<@Nullable Failure> earliest = new AtomicReference<>();
    private final AtomicReference<@Nullable RuntimeException> broken = new AtomicReference<>();
    private long nanos;

    Sweep(String demo) {
      this.demo = demo;
      this.options = DemoOptions.DEFAULT.withSettings(settings);
    }

    void run(Console console) throws InterruptedException {
      long began = System.nanoTime();
      List<Thread> workers = new ArrayList<>();
      for (int i = 0; i < Math.min(threads, seeds); i++) {
        workers.add(Thread.ofPlatform().daemon().name("sweep-" + i).start(this::work));
      }
      boolean show = Console.isTerminal(2);
      for (Thread t : workers) {
        while (!t.join(java.time.Duration.ofNanos(PROGRESS_NANOS))) {
          if (show) {
            console.err().printf("\r%s: %d of %d seeds", demo, doneCount.get(), seeds);
          }
        }
      }
      if (show) {
        console.err().print("\r\033[K");
      }
      nanos = System.nanoTime() - began;
      RuntimeException e = broken.get();
      if (e != null) {
        throw e;
      }
    }

    private void work() {
      for (long seed = next.getAndIncrement();
          seed < first + seeds && broken.get() == null;
          seed = next.getAndIncrement()) {
        try {
          Demos.Outcome outcome = Demos.judge(demo, options.withSeed(seed));
          doneCount.incrementAndGet();
          if (!outcome.ok()) {
            failedCount.incrementAndGet();
            Failure f = new Failure(seed, outcome.failures());
            earliest.accumulateAndGet(
                f, (a, b) -> a == null || b != null && b.seed < a.seed ? b : a);
          }
        } catch (IOException e) {
          broken.compareAndSet(null, new UncheckedIOException(e));
        } catch (RuntimeException e) {
          broken.compareAndSet(null, e);
        }
      }
    }

    private String replay(Failure f) {
      StringBuilder line = new StringBuilder("sinew demo " + demo + " --seed " + f.seed);
      settings.forEach((k, v) -> line.append(" --set ").append(k).append('=').append(v));
      return line.toString();
    }

    void print(Console console) {
      Failure f = earliest.get();
      if (json) {
        Map<String, @Nullable Object> row =
            Json.object(
                "schema",
                "sinew-sweep-1",
                "demo",
                demo,
                "seeds",
                doneCount.get(),
                "failed",
                failedCount.get(),
                "nanos",
                nanos);
        if (f != null) {
          row.put("firstFailing", f.seed);
          row.put("why", String.join("; ", f.why));
          row.put("replay", replay(f));
        }
        console.out().println(Json.write(row));
        return;
      }
      console
          .out()
          .printf(
              Locale.ROOT,
              "%-22s %d seeds, %s in %.1f s%n",
              demo,
              doneCount.get(),
              failedCount.get() == 0 ? "all as they should" : failedCount.get() + " failed",
              nanos / 1e9);
      if (f != null) {
        console.out().println("  first failing seed " + f.seed + ":");
        for (String why : f.why) {
          console.out().println("    " + why.lines().findFirst().orElse(""));
        }
        console.out().println("  again: " + replay(f));
      }
    }
  }
}
