package dev.sinew.bench.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Horizontal bars as SVG: the median of each peer, a thin line from the least to the most. */
final class Plots {
  private static final int WIDTH = 860;
  private static final int LEFT = 250;
  private static final int RIGHT = 90;
  private static final int BAR = 14;
  private static final int GAP = 10;
  private static final int TOP = 44;
  private static final Map<String, String> COLOURS =
      Map.of(
          "kernel", "#8a8f98",
          "sinew", "#1f77b4",
          "sinew-block", "#2ca02c",
          "sinew-spin", "#ff7f0e",
          "lwip", "#9467bd");

  private Plots() {}

  /** A file for each group of series, in a folder that is made if need be. */
  static void write(Path folder, Results results) throws IOException {
    Files.createDirectories(folder);
    Map<String, List<Results.Series>> charts = new LinkedHashMap<>();
    for (Results.Series s : results.all()) {
      if (!s.values().isEmpty()) {
        charts.computeIfAbsent(s.chart(), k -> new ArrayList<>()).add(s);
      }
    }
    for (Map.Entry<String, List<Results.Series>> e : charts.entrySet()) {
      String name = e.getKey().replace(' ', '-').replace('/', '-').replace(".", "_");
      Files.writeString(
          folder.resolve(name + ".svg"), svg(e.getKey(), e.getValue()), StandardCharsets.UTF_8);
    }
  }

  static String svg(String title, List<Results.Series> series) {
    double most = series.stream().mapToDouble(Results.Series::max).max().orElse(1);
    double scale = (WIDTH - LEFT - RIGHT) / (most > 0 ? most : 1);
    StringBuilder bars = new StringBuilder();
    int y = TOP;
    String row = "";
    for (Results.Series s : series) {
      if (!s.row().equals(row)) {
        row = s.row();
        y += GAP;
        text(bars, LEFT - 80, y + BAR - 3, "end", row);
      }
      double width = Math.max(1, s.median() * scale);
      text(bars, LEFT - 4, y + BAR - 3, "end", s.peer());
      bars.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
              LEFT,
              y,
              width,
              BAR - 2,
              COLOURS.getOrDefault(s.peer(), "#1f77b4")));
      if (s.max() > s.min()) {
        bars.append(
            String.format(
                Locale.ROOT,
                "<path d=\"M%.1f %dH%.1f\" stroke=\"#000\" stroke-width=\"1.5\"/>%n",
                LEFT + s.min() * scale,
                y + BAR / 2 - 1,
                LEFT + s.max() * scale));
      }
      text(
          bars,
          (int) (LEFT + Math.max(s.max() * scale, width)) + 6,
          y + BAR - 3,
          "start",
          Numbers.text(s.median()));
      y += BAR;
    }
    Metric metric = series.getFirst().metric();
    String unit =
        (metric.unit().isEmpty() ? "" : metric.unit() + ", ")
            + (metric.moreIsBetter() ? "more is better" : "less is better");
    StringBuilder heading = new StringBuilder();
    text(heading, 12, 24, "start", title + ": " + unit);
    int height = y + 14;
    return String.format(
        Locale.ROOT,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">%n"
            + "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n%s%s</svg>%n",
        WIDTH,
        height,
        WIDTH,
        height,
        heading,
        bars);
  }

  private static void text(StringBuilder out, int x, int y, String anchor, String text) {
    out.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            text.replace("&", "&amp;").replace("<", "&lt;")));
  }
}
