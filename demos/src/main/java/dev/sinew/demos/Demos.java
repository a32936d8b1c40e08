package dev.sinew.demos;

import dev.sinew.demos.Catalog.Correction;
import dev.sinew.demos.Catalog.Entry;
import dev.sinew.sim.SimulationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The experiments: what there is, and how one is run. */
public final class Demos {
  private Demos() {}

  /**
   * One line of the list.
   *
   * @param group what it belongs to, in words
   * @param title what it shows
   */
  public record Row(String group, String name, String title) {}

  /**
   * A parameter of an experiment.
   *
   * @param fallback its value when it is not set
   * @param range what may be given
   * @param meaning what it is
   */
  public record Parameter(String name, String fallback, String range, String meaning) {}

  /**
   * What came of a run.
   *
   * @param failures the expectations that were not met
   * @param traceHash equal for equal runs
   */
  public record Outcome(boolean ok, List<String> failures, long traceHash) {}

  /** Every experiment, in the order of the list. */
  public static List<Row> list(Lang lang) {
    List<Row> rows = new ArrayList<>();
    for (Catalog.Group g : Catalog.groups()) {
      for (Entry e : g.entries()) {
        rows.add(new Row(lang.of(g.english(), g.chinese()), e.name(), e.title(lang)));
      }
    }
    return rows;
  }

  /**
   * What {@code --set} takes for an experiment, its own parameters first.
   *
   * @throws DemoException when there is no demo of that name
   */
  public static List<Parameter> parameters(String name, Lang lang) {
    List<Param> all = new ArrayList<>(find(name).parameters());
    all.addAll(Settings.COMMON);
    return all.stream()
        .map(p ->
            new Parameter(p.name(), p.fallback(), p.range(), lang.of(p.english(), p.chinese())))
        .toList();
  }

  /**
   * Runs a demo and prints what it shows.
   *
   * @return 0 when what it shows really happened, else 1
   * @throws DemoException when there is no demo of that name, or a parameter is wrong
   * @throws IOException when the capture file can't be written
   */
  public static int run(String name, DemoOptions options, PrintWriter out) throws IOException {
    Entry entry = Catalog.entry(name);
    return run(entry, find(name), options, out);
  }

  /** Runs a demo and tells only what came of it. Arguments and errors as in {@link #run}. */
  public static Outcome judge(String name, DemoOptions options) throws IOException {
    Demo demo = find(name);
    try (Run run = new Run(name, demo, options)) {
      perform(demo, run);
      return new Outcome(
          run.succeeded(),
          run.checks().stream().filter(c -> !c.held()).map(Run.Check::what).toList(),
          run.traceHash());
    }
  }

  static int run(Entry entry, Demo demo, DemoOptions options, PrintWriter out) throws IOException {
    try (Run run = new Run(entry.name(), demo, options)) {
      perform(demo, run);
      if (options.json()) {
        DemoJson.print(entry, demo, run, out);
      } else {
        print(entry, demo, run, out);
      }
      out.flush();
      return run.succeeded() ? 0 : 1;
    }
  }

  private static void perform(Demo demo, Run run) throws IOException {
    String failure = null;
    try {
      demo.run(run);
    } catch (SimulationException e) {
      failure = Objects.toString(e.getMessage());
    } catch (IOException e) {
      throw e;
    } catch (UncheckedIOException e) {
      throw Objects.requireNonNull(e.getCause());
    } catch (Exception e) {
      failure = e.toString();
    }
    if (failure != null) {
      run.check("the simulation runs to its end: " + failure, "模拟运行到结束：" + failure, false);
    }
  }

  private static Demo find(String name) {
    Entry entry = Catalog.entry(name);
    Demo demo = Catalog.create(entry.name());
    if (demo == null) {
      throw new IllegalStateException(name + " is in the index, but nobody wrote it");
    }
    return demo;
  }

  private static void print(Entry entry, Demo demo, Run run, PrintWriter out) {
    Lang lang = run.options.lang();
    int width = run.zh ? Columns.WIDTH - 2 : Columns.WIDTH;
    String title = entry.name() + ": " + entry.title(lang);
    wrap(title, width, 0, out);
    out.println("=".repeat(Math.min(Columns.WIDTH, Columns.width(title))));
    if (!run.nets().isEmpty()) {
      out.println(run.t("Set-up", "环境"));
      run.nets().getFirst().setUp().forEach(l -> wrap("    " + l, width, 8, out));
    }
    for (Param p : demo.parameters()) {
      String value = p.name() + "=" + run.settings.text(p);
      wrap("    " + value + "  (" + lang.of(p.english(), p.chinese()) + ")", width, 8, out);
    }
    out.println();
    run.body().forEach(out::println);
    if (!run.body().isEmpty() && !run.body().getLast().isEmpty()) {
      out.println();
    }
    for (String paragraph : Catalog.explanation(entry.name(), lang)) {
      wrap(paragraph, width, 0, out);
      out.println();
    }
    corrections(entry, run, width, out);
    for (Run.Check c : run.checks()) {
      String[] parts = c.what().split("\n", 2);
      hang(c.held() ? "  ok      " : "  FAILED  ", parts[0], width, out);
      if (parts.length > 1) {
        out.println(parts[1]);
      }
    }
    out.println();
    out.println(
        (run.succeeded()
                ? run.t("It happened as it should", "结果符合预期")
                : run.t("It did NOT happen as it should", "结果不符合预期"))
            + run.t(" (seed ", "（seed ")
            + run.options.seed()
            + ", trace "
            + Long.toHexString(run.traceHash())
            + run.t(").", "）。"));
  }

  /** What the source notes say, and what is right. */
  private static void corrections(Entry entry, Run run, int width, PrintWriter out) {
    Lang lang = run.options.lang();
    if (entry.corrections().isEmpty()) {
      return;
    }
    for (Correction c : Catalog.corrections()) {
      if (entry.corrections().contains(c.id())) {
        String says = lang.of(c.saysEnglish(), c.saysChinese());
        hang(run.t("The notes say:  ", "笔记说："), says, width, out);
        String right =
            run.zh
                ? c.chinese() + "（" + c.rfcInChinese() + "）"
                : c.english() + " (" + c.rfc() + ")";
        hang(run.t("Right is:       ", "正确的："), right, width, out);
        out.println();
      }
    }
  }

  /** A few words, then text beside them. */
  private static void hang(String words, String text, int width, PrintWriter out) {
    int left = Columns.width(words);
    String lead = words;
    for (String line : Columns.wrap(text, width - left, 0)) {
      out.println(lead + line);
      lead = " ".repeat(left);
    }
  }

  private static void wrap(String text, int width, int indent, PrintWriter out) {
    int lead = text.length() - text.stripLeading().length();
    List<String> lines = Columns.wrap(text, width - lead, Math.max(0, indent - lead));
    lines.forEach(l -> out.println(" ".repeat(lead) + l));
  }
}
