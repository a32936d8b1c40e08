package dev.sinew.demos;

import dev.sinew.sim.SimulationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** The experiments: what there is, and how one is run. */
public final class Demos {
  private static final List<Demo> ALL = List.of(new Handshake());

  private Demos() {}

  /** The names, in the order in which a list shows them. */
  public static List<String> names() {
    return ALL.stream().map(Demo::name).toList();
  }

  /** What a demo shows, in one line. */
  public static String title(String name) {
    return find(name).title();
  }

  /**
   * Runs a demo and prints what it shows.
   *
   * @return 0 when what it shows really happened, else 1
   * @throws IllegalArgumentException when there is no demo of that name
   * @throws IOException when the capture file can't be written
   */
  public static int run(String name, DemoOptions options, PrintWriter out) throws IOException {
    return run(find(name), options, out);
  }

  static int run(Demo demo, DemoOptions options, PrintWriter out) throws IOException {
    try (DemoRun run = new DemoRun(options)) {
      String failure = null;
      try {
        demo.run(run);
      } catch (SimulationException e) {
        failure = e.getMessage();
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        failure = e.toString();
      }
      if (failure != null) {
        run.check("the simulation ran to its end: " + failure, false);
      }
      if (options.json()) {
        DemoJson.print(demo, options, run, out);
      } else {
        print(demo, options, run, out);
      }
      out.flush();
      return run.succeeded() ? 0 : 1;
    }
  }

  private static Demo find(String name) {
    for (Demo d : ALL) {
      if (d.name().equals(name)) {
        return d;
      }
    }
    throw new IllegalArgumentException(
        "there is no demo \"" + name + "\"; there are: " + String.join(", ", names()));
  }

  private static void print(Demo demo, DemoOptions options, DemoRun run, PrintWriter out) {
    out.println(demo.title());
    out.println();
    run.ladder.lines(options.ascii()).forEach(out::println);
    out.println();
    for (String paragraph : demo.explanation().split("\n\n")) {
      wrap(paragraph, 100).forEach(out::println);
      out.println();
    }
    for (DemoRun.Check c : run.checks()) {
      out.println((c.held() ? "  ok      " : "  FAILED  ") + c.what());
    }
    out.println();
    out.println(
        (run.succeeded() ? "It happened as it should" : "It did NOT happen as it should")
            + " (seed "
            + options.seed()
            + ", trace "
            + Long.toHexString(run.sim.traceHash())
            + ").");
  }

  static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split("\\s+")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
