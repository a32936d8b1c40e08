package dev.sinew.bench.run;

import dev.sinew.cli.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The same as one JSON object. */
final class JsonReport {
  private JsonReport() {}

  static String of(Results results, Map<String, String> machine, String command) {
    List<Object> rows = new ArrayList<>();
    for (Results.Series s : results.all()) {
      boolean used = !s.usages().isEmpty();
      rows.add(
          Json.object(
              "group",
              s.group(),
              "cell",
              s.cell(),
              "metric",
              s.metric().name(),
              "unit",
              s.metric().unit(),
              "moreIsBetter",
              s.metric().moreIsBetter(),
              "peer",
              s.peer(),
              "median",
              finite(s.median()),
              "min",
              finite(s.min()),
              "max",
              finite(s.max()),
              "ratio",
              finite(results.ratio(s)),
              "values",
              s.values().stream().map(JsonReport::finite).toList(),
              "user",
              used ? finite(s.user()) : null,
              "sys",
              used ? finite(s.sys()) : null,
              "foreign",
              used ? finite(s.foreign()) : null,
              "collections",
              used ? s.gcCount() : null,
              "retransmissions",
              used
                  ? s.usages().stream().mapToLong(u -> u.figures().retransmissions()).sum()
                  : null));
    }
    return Json.write(
        Json.object(
            "command", command, "machine", machine, "failed", results.failures(), "rows", rows));
  }

  /** JSON has no word for what is no number. */
  private static @Nullable Double finite(double v) {
    return Double.isFinite(v) ? v : null;
  }
}
