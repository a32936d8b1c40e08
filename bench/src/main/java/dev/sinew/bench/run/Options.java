package dev.sinew.bench.run;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for.
 *
 * @param only patterns of rows; none: all
 */
record Options(
    boolean quick,
    boolean json,
    boolean verify,
    boolean list,
    boolean help,
    List<String> only,
    int rounds,
    double seconds,
    @Nullable Path svg,
    @Nullable Path out) {

  static final String HELP =
      """
      Usage: bench/run [OPTIONS]
      Measures the kernel's own TCP over veth and Sinew on TUN in turn, under one load program, in
      network namespaces of its own, and prints medians, spreads and ratios. Needs root, as with
      sudo, or as in unshare -Urn.

        --quick         short and once: shows that everything works (some minutes)
        --only ROWS     only these: groups or patterns of --list, separated by commas
        --rounds N      how often everything is measured; default 5, with --quick 1
        --seconds S     how long each measurement takes; default 0.8, with --quick 0.3
        --json          JSON on standard output instead of a table
        --svg DIR       also plots, one file per group
        --out FILE      also a Markdown file with the table
        --verify        measures nothing: checks each byte of transfers in every configuration
        --list          the rows that there are
        --jmh [...]     the inner loops, by JMH; what follows goes to it
        --help          this

      Examples:
        sudo bench/run --quick
        sudo bench/run --only rate,latency --rounds 9
        sudo bench/run --only 'bulk/*-1-v4-*' --json
        sudo bench/run --out docs/results/bench.md --svg docs/results/plots
        sudo bench/run --only no-gc
        bench/run --jmh SegmentBench -prof gc
      """;

  /** Something is wrong with the words on the command line. */
  static final class Wrong extends Exception {
    private static final long serialVersionUID = 1;

    Wrong(String message) {
      super(message);
    }
  }

  /** Seconds of loads, shared by all of a group, before a fresh server is measured. */
  double warmUpSeconds() {
    return quick ? 1.2 : 5;
  }

  /** Seconds between the beginning of a load and its measurement. */
  double rampSeconds() {
    return quick ? 0.1 : 0.3;
  }

  static Options parse(String... args) throws Wrong {
    boolean quick = List.of(args).contains("--quick");
    boolean json = false;
    boolean verify = false;
    boolean list = false;
    boolean help = false;
    List<String> only = List.of();
    int rounds = quick ? 1 : 5;
    double seconds = quick ? 0.3 : 0.8;
    Path svg = null;
    Path out = null;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--quick" -> {}
        case "--json" -> json = true;
        case "--verify" -> verify = true;
        case "--list" -> list = true;
        case "--help", "-h" -> help = true;
        case "--only" -> only = List.of(value(args, ++i).split(","));
        case "--rounds" -> rounds = (int) number(args, ++i, 1, 1000);
        case "--seconds" -> seconds = number(args, ++i, 0.1, 600);
        case "--svg" -> svg = Path.of(value(args, ++i));
        case "--out" -> out = Path.of(value(args, ++i));
        default ->
            throw new Wrong("there is no option " + args[i] + "; --help shows those that are");
      }
    }
    return new Options(quick, json, verify, list, help, only, rounds, seconds, svg, out);
  }

  private static String value(String[] args, int i) throws Wrong {
    if (i >= args.length) {
      throw new Wrong(args[i - 1] + " needs a value");
    }
    return args[i];
  }

  private static double number(String[] args, int i, double min, double max) throws Wrong {
    String text = value(args, i);
    try {
      double v = Double.parseDouble(text);
      if (v >= min && v <= max) {
        return v;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new Wrong(
        args[i - 1]
            + " takes a number from "
            + Numbers.text(min)
            + " to "
            + Numbers.text(max)
            + ", not "
            + text);
  }
}
