package dev.sinew.bench.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All that was measured, in the order in which it came first. */
final class Results {
  private final Map<String, Series> series = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  /**
   * One figure of one peer, round by round.
   *
   * @param title of the group
   * @param chart series of the same name belong into one picture
   */
  record Series(
      String group,
      String title,
      String chart,
      String cell,
      Metric metric,
      String peer,
      List<Double> values,
      List<Window.Usage> usages) {

    String row() {
      return metric.name().isEmpty() ? cell : cell + " " + metric.name();
    }

    double median() {
      return Numbers.median(values);
    }

    double min() {
      return Collections.min(values);
    }

    double max() {
      return Collections.max(values);
    }

    double user() {
      return Numbers.median(usages.stream().map(Window.Usage::user).toList());
    }

    double sys() {
      return Numbers.median(usages.stream().map(Window.Usage::sys).toList());
    }

    double foreign() {
      return Numbers.median(usages.stream().map(Window.Usage::foreign).toList());
    }

    /** Collections in all rounds. */
    long gcCount() {
      return usages.stream().mapToLong(u -> u.figures().gcCount()).sum();
    }
  }

  void add(
      Group g,
      Config config,
      String cell,
      Metric metric,
      Peer peer,
      double value,
      Window.Usage usage) {
    String chart =
        g.name()
            + (g.configs().size() > 1 ? "-" + config.toString().replace(' ', '-') : "")
            + (metric.name().isEmpty() ? "" : "-" + metric.name());
    Series s = series(g.name(), g.title(), chart, cell, metric, peer.label);
    s.values().add(value);
    s.usages().add(usage);
  }

  /** A figure of a program that runs by itself. */
  void add(String group, String title, String cell, Metric metric, String peer, double value) {
    series(group, title, group, cell, metric, peer).values().add(value);
  }

  private Series series(
      String group, String title, String chart, String cell, Metric metric, String peer) {
    return series.computeIfAbsent(
        group + "/" + cell + "/" + metric.name() + "/" + peer,
        key ->
            new Series(
                group, title, chart, cell, metric, peer, new ArrayList<>(), new ArrayList<>()));
  }

  void failed(String what, Exception e) {
    String text = what + ": " + (e.getMessage() == null ? e.toString() : e.getMessage());
    failures.add(text);
    Progress.say("FAILED %s", text);
  }

  List<String> failures() {
    return failures;
  }

  /** Sorted so that the peers of a row stand together, and the rows of a group. */
  List<Series> all() {
    Map<String, List<Series>> rows = new LinkedHashMap<>();
    for (Series s : series.values()) {
      rows.computeIfAbsent(s.group() + "/" + s.row(), k -> new ArrayList<>()).add(s);
    }
    return rows.values().stream()
        .flatMap(r -> r.stream().sorted((a, b) -> Integer.compare(order(a), order(b))))
        .toList();
  }

  private static int order(Series s) {
    for (Peer p : Peer.values()) {
      if (p.label.equals(s.peer())) {
        return p.ordinal();
      }
    }
    return Peer.values().length;
  }

  /** What the median of the kernel's row is multiplied by; NaN where there is none. */
  double ratio(Series s) {
    Series kernel =
        series.get(s.group() + "/" + s.cell() + "/" + s.metric().name() + "/" + Peer.KERNEL.label);
    return kernel == null || s.values().isEmpty() ? Double.NaN : s.median() / kernel.median();
  }
}
