package dev.sinew.bench.run;

import java.util.Locale;
import java.util.Map;

/** The table, at most 100 columns wide. */
final class TextReport {
  private static final String LINE = "%-31s %-11s %9s %-6s %-19s %5s %4s %4s %3s%n";

  private TextReport() {}

  static String of(Results results, Map<String, String> machine, String command) {
    StringBuilder out = new StringBuilder();
    String group = "";
    String row = "";
    for (Results.Series s : results.all()) {
      if (!s.group().equals(group)) {
        group = s.group();
        row = "";
        out.append(out.isEmpty() ? "" : "\n").append(s.title()).append("\n\n");
        out.append(line("", "", "median", "", "min..max", "ratio", "user", "sys", "GC"));
      }
      boolean again = s.row().equals(row);
      row = s.row();
      out.append(
          line(
              again ? "" : row,
              s.peer(),
              Numbers.text(s.median()),
              s.metric().unit(),
              s.values().size() < 2 ? "" : Numbers.text(s.min()) + ".." + Numbers.text(s.max()),
              ratio(results.ratio(s)),
              share(s, s.user()),
              share(s, s.sys()),
              s.usages().isEmpty() ? "" : s.gcCount()));
    }
    out.append(
        """

        ratio: of the medians, to the kernel's own TCP over veth in the same rounds. user, sys: processors
        that the serving process used. GC: its collections while it was measured, in all rounds. receive:
        it receives; send: it sends. The client is always a kernel socket in Java.
        """);
    if (!results.failures().isEmpty()) {
      out.append("\nFailed:\n");
      results.failures().forEach(f -> out.append("  ").append(f).append('\n'));
    }
    out.append('\n');
    out.append("command    ").append(command).append('\n');
    machine.forEach((k, v) -> out.append(String.format(Locale.ROOT, "%-10s %s%n", k, v)));
    return out.toString();
  }

  private static String line(Object... words) {
    return String.format(Locale.ROOT, LINE, words).stripTrailing() + "\n";
  }

  private static String ratio(double r) {
    return Double.isNaN(r) ? "" : String.format(Locale.ROOT, r < 100 ? "%.2f" : "%.0f", r);
  }

  private static String share(Results.Series s, double share) {
    return s.usages().isEmpty() || Double.isNaN(share)
        ? ""
        : String.format(Locale.ROOT, "%.2f", share);
  }
}
