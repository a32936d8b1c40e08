package dev.sinew.bench.goodput;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Prints the tables of {@code docs/results/goodput.md}: {@code Goodput [grid | loss | reordering |
 * response | fairness | bbr | pacing]…}, all without arguments. Cells run on all processors.
 */
public final class Goodput {
  private static final String[] CONTROLLERS = {"cubic", "reno", "bbr"};
  private static final double[] RATES = {1, 10, 100, 1000};
  private static final double[] RTTS = {1, 10, 50, 100, 300};
  private static final double[] QUEUES = {0.5, 1, 2, 4};
  private static final long SEED = 1;

  private Goodput() {}

  /** One run's result. */
  private record Result(double share, long timeouts, double lossShare) {
    @Override
    public String toString() {
      String note = timeouts > 0 ? String.format(Locale.ROOT, " (%d)", timeouts) : "";
      return String.format(Locale.ROOT, "%.1f%s", share * 100, note);
    }
  }

  private static Result run(Path path, String controller, Profile profile, long seed) {
    try (Flows f = new Flows(path, profile, seed, false)) {
      f.begin(0, controller);
      double share = f.share(path.runNanos());
      return new Result(
          share,
          f.count(Counter.TcpExtTCPTimeouts),
          f.lostPackets() / (double) Math.max(1, f.sentPackets()));
    }
  }

  /** Rows of cells, each cell a path and a controller, computed in parallel. */
  private static final class Table {
    private record Cell(int row, Path path, String controller, Profile profile) {}

    private final List<String> names = new ArrayList<>();
    private final List<Cell> cells = new ArrayList<>();

    void row(String name, List<Path> paths, String... controllers) {
      names.add(name);
      for (Path p : paths) {
        for (String c : controllers) {
          cells.add(new Cell(names.size() - 1, p, c, Profile.STANDARD));
        }
      }
    }

    void cell(Path path, String controller, Profile profile) {
      cells.add(new Cell(names.size() - 1, path, controller, profile));
    }

    void print(String title, String head) {
      String[] results = new String[cells.size()];
      IntStream.range(0, cells.size())
          .parallel()
          .forEach(i -> {
            Cell c = cells.get(i);
            results[i] = run(c.path, c.controller, c.profile, SEED).toString();
          });
      StringBuilder text = new StringBuilder("\n## " + title + "\n\n" + head + "\n");
      long columns = head.chars().filter(x -> x == '|').count() - 1;
      text.append("|---".repeat((int) columns)).append("|\n");
      for (int row = 0; row < names.size(); row++) {
        text.append("| ").append(names.get(row));
        for (int i = 0; i < cells.size(); i++) {
          if (cells.get(i).row == row) {
            text.append(" | ").append(results[i]);
          }
        }
        text.append(" |\n");
      }
      System.out.print(text);
      System.out.flush();
    }
  }

  private static String name(double rate, double rtt) {
    return String.format(Locale.ROOT, "%.0f Mbit/s | %.0f ms", rate, rtt);
  }

  private static void grid() {
    for (String controller : CONTROLLERS) {
      Table t = new Table();
      for (double rate : RATES) {
        for (double rtt : RTTS) {
          t.row(
              name(rate, rtt),
              Arrays.stream(QUEUES).mapToObj(q -> new Path(rate, rtt, q, "")).toList(),
              controller);
        }
      }
      t.print(
          "No loss but the queue's: " + controller,
          "| rate | RTT | queue 0.5 BDP | 1 BDP | 2 BDP | 4 BDP |");
    }
  }

  private static void loss() {
    Table t = new Table();
    for (double rate : RATES) {
      for (double rtt : RTTS) {
        t.row(
            name(rate, rtt),
            List.of(
                new Path(rate, rtt, 1, "loss 0.1%"),
                new Path(rate, rtt, 1, "loss 1%"),
                new Path(rate, rtt, 1, "loss 5%"),
                // One percent in bursts of three on average.
                new Path(rate, rtt, 1, "loss gemodel 0.337% 33.3%")),
            CONTROLLERS);
      }
    }
    String kinds = "";
    for (String loss : List.of("0.1 %", "1 %", "5 %", "bursts, 1 %")) {
      for (String c : CONTROLLERS) {
        kinds += " " + loss + " " + c + " |";
      }
    }
    t.print("Random loss, queue of 1 BDP", "| rate | RTT |" + kinds);
  }

  private static void reordering() {
    Table t = new Table();
    for (double rate : new double[] {10, 100}) {
      for (double rtt : new double[] {10, 50, 100}) {
        String half = String.format(Locale.ROOT, "%dus", (long) (rtt * 500));
        String tenth = String.format(Locale.ROOT, "%dus", (long) (rtt * 100));
        t.row(
            name(rate, rtt),
            List.of(
                new Path(rate, rtt, 1, "reorder 1% " + tenth),
                new Path(rate, rtt, 1, "reorder 30% " + tenth),
                new Path(rate, rtt, 1, "reorder 1% " + half),
                new Path(rate, rtt, 1, "reorder 30% " + half),
                new Path(rate, rtt, 1, "duplicate 5%")),
            "cubic",
            "bbr");
      }
    }
    t.print(
        "Reordering (held back by a tenth and by half of the RTT) and duplication, queue of 1 BDP",
        "| rate | RTT | 1 %, RTT/10 cubic | bbr | 30 %, RTT/10 cubic | bbr | 1 %, RTT/2 cubic | bbr"
            + " | 30 %, RTT/2 cubic | bbr | 5 % duplicated cubic | bbr |");
  }

  /** RFC 9438 sections 4.3 and 5.1: windows in segments. */
  static double responseFunction(double p, double rttSeconds) {
    double reno = Math.sqrt(9.0 / 17 * 1.7 / (2 * 0.3 * p));
    double cubic = 1.054 * Math.pow(rttSeconds / p, 0.75);
    return Math.max(reno, cubic);
  }

  static double medianWindow(Path path, String controller, int seeds) {
    double[] windows =
        IntStream.rangeClosed(1, seeds)
            .parallel()
            .mapToDouble(seed ->
                run(path, controller, Profile.STANDARD, seed).share
                    * path.bestBytesPerSecond()
                    * path.rttMillis()
                    / 1e3
                    / Path.PAYLOAD)
            .sorted()
            .toArray();
    return (windows[(seeds - 1) / 2] + windows[seeds / 2]) / 2;
  }

  private static void response() {
    System.out.println("\n## The response function of CUBIC, seeds 1 to 30\n");
    System.out.println(
        "| loss | RTT | mean window, median of 30 | RFC 9438 | ratio |\n|---|---|---|---|---|");
    for (double p : new double[] {0.001, 0.003, 0.01, 0.03}) {
      for (double rtt : new double[] {20, 50, 100}) {
        Path path = new Path(100, rtt, 1, String.format(Locale.ROOT, "loss %.1f%%", p * 100));
        double window = medianWindow(path, "cubic", 30);
        double expected = responseFunction(p, rtt / 1e3);
        System.out.printf(
            Locale.ROOT,
            "| %.1f %% | %.0f ms | %.1f | %.1f | %.2f |%n",
            p * 100,
            rtt,
            window,
            expected,
            window / expected);
      }
    }
  }

  /** Two flows of a kind, the second five seconds later; shares over the last minute of three. */
  static double[] pair(Path path, String controller, long seed) {
    long second = 1_000_000_000L;
    try (Flows f = new Flows(path, Profile.STANDARD, seed, false)) {
      f.begin(0, controller);
      f.begin(5 * second, controller);
      f.sim.runFor(120 * second);
      double[] before = f.flows.stream().mapToDouble(x -> x.receivedBytes).toArray();
      f.sim.runFor(60 * second);
      double[] shares = new double[2];
      for (int i = 0; i < 2; i++) {
        shares[i] = (f.flows.get(i).receivedBytes - before[i]) / (60 * path.bestBytesPerSecond());
      }
      return shares;
    }
  }

  static double jain(double[] x) {
    double sum = Arrays.stream(x).sum();
    double squares = Arrays.stream(x).map(v -> v * v).sum();
    return sum * sum / (x.length * squares);
  }

  private static void fairness() {
    System.out.println("\n## Two flows of a kind, seed 1\n");
    System.out.println(
        "| controller | rate | RTT | queue | first | second | Jain |\n|---|---|---|---|---|---|---|");
    List<Path> paths =
        List.of(
            new Path(10, 20, 1, ""),
            new Path(10, 50, 2, ""),
            new Path(50, 20, 1, ""),
            new Path(50, 50, 1, ""),
            new Path(20, 100, 1, ""));
    record Case(String controller, Path path) {}
    List<Case> cases = new ArrayList<>();
    for (String c : CONTROLLERS) {
      paths.forEach(p -> cases.add(new Case(c, p)));
    }
    cases.parallelStream()
        .map(c -> {
          double[] x = pair(c.path, c.controller, SEED);
          return String.format(
              Locale.ROOT,
              "| %s | %s | %.0f BDP | %.1f | %.1f | %.3f |",
              c.controller,
              name(c.path.megabits(), c.path.rttMillis()),
              c.path.queueBdp(),
              x[0] * 100,
              x[1] * 100,
              jain(x));
        })
        .toList()
        .forEach(System.out::println);
  }

  /**
   * What the draft lets expect of BBR at a loss p: while cruising the rate falls by p each round,
   * until the next probe restores it (section 5.3.3.8.3): the mean of (1 - p)^n over the rounds of
   * a cycle, of which p is lost.
   */
  static double bbrBound(Path path, double p) {
    double rounds = Math.min(Math.min(63, path.bdpPackets()), 2.5 / (path.rttMillis() / 1e3));
    return (1 - Math.pow(1 - p, rounds)) / (rounds * p) * (1 - p);
  }

  private static void bbr() {
    System.out.println("\n## BBR under random loss, queue of 1 BDP, seed 1\n");
    System.out.println("| rate | RTT | loss | share | the draft's model |\n|---|---|---|---|---|");
    for (double rtt : new double[] {10, 50, 100}) {
      List<String> rows =
          Arrays.stream(new double[] {0.1, 0.5, 1, 1.5, 2, 3, 5, 10})
              .parallel()
              .mapToObj(percent -> {
                Path path =
                    new Path(50, rtt, 1, String.format(Locale.ROOT, "loss %.1f%%", percent));
                return String.format(
                    Locale.ROOT,
                    "| %s | %.1f %% | %s | %.1f |",
                    name(50, rtt),
                    percent,
                    run(path, "bbr", Profile.STANDARD, SEED),
                    100 * bbrBound(path, percent / 100));
              })
              .toList();
      rows.forEach(System.out::println);
    }
  }

  private static void pacing() {
    Profile off = Profile.STANDARD.with(v -> v.pacing = false);
    Table t = new Table();
    for (double rate : new double[] {10, 100, 1000}) {
      for (double rtt : new double[] {10, 50, 100}) {
        t.row(name(rate, rtt), List.of());
        for (double queue : new double[] {0.1, 0.5, 1, 2}) {
          t.cell(new Path(rate, rtt, queue, ""), "cubic", off);
          t.cell(new Path(rate, rtt, queue, ""), "cubic", Profile.STANDARD);
        }
      }
    }
    t.print(
        "CUBIC without and with a pace",
        "| rate | RTT | queue 0.1 BDP without | with | 0.5 BDP without | with | 1 BDP without | with"
            + " | 2 BDP without | with |");
  }

  /** Prints the tables that are named, or all. */
  public static void main(String[] args) {
    List<String> which =
        args.length > 0
            ? List.of(args)
            : List.of("grid", "loss", "reordering", "response", "fairness", "bbr", "pacing");
    for (String name : which) {
      long begin = System.nanoTime();
      switch (name) {
        case "grid" -> grid();
        case "loss" -> loss();
        case "reordering" -> reordering();
        case "response" -> response();
        case "fairness" -> fairness();
        case "bbr" -> bbr();
        case "pacing" -> pacing();
        default -> {
          System.err.println(
              name + ": no such table; grid, loss, reordering, response, fairness, bbr or pacing");
          System.exit(2);
        }
      }
      System.err.printf(Locale.ROOT, "%s: %.0f s%n", name, (System.nanoTime() - begin) / 1e9);
    }
  }
}
