package dev.sinew.cli;

import dev.sinew.base.Profile;
import dev.sinew.demos.DemoException;
import dev.sinew.demos.Demos;
import dev.sinew.demos.Lang;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private long budgetNanos = UNSET;

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
    if (budgetNanos == 0) {
      throw CliException.usage("--budget takes a time of more than 0, such as 30s or 10m");
    }
    if (name.isEmpty() && budgetNanos == UNSET) {
      throw CliException.usage(
          "missing DEMO: an experiment (sinew demo lists them), all or networks");
    }
    if (name.isEmpty() || name.equals("networks")) {
      Profile p = profile == null ? null : Profile.named(profile);
      if (profile != null && p == null) {
        throw CliException.usage("--profile is standard, linux or freebsd, not '" + profile + "'");
      }
      int count = seeds != UNSET ? seeds : budgetNanos == UNSET ? DEFAULT_SEEDS : 0;
      return NetworkSweep.run(console, first, count, Math.max(0, budgetNanos), threads, p, json);
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
      try {
        failed |= !new DemoSweep(demo, settings, first, seeds, threads).run(console, json);
      } catch (DemoException e) {
        throw CliException.usage(Failures.oneLine(e));
      }
    }
    return failed ? ExitCode.NEGATIVE : ExitCode.OK;
  }
}
