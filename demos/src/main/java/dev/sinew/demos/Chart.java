package dev.sinew.demos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Numbers as pictures made of characters. */
final class Chart {
  private static final int WIDTH = 76;
  private static final int BAR = 40;

  private Chart() {}

  /**
   * Points over time: the greatest of each column is shown.
   *
   * @param times in nanoseconds, growing
   */
  static List<String> points(
      List<Long> times, List<? extends Number> values, int height, String unit) {
    long first = times.getFirst();
    long last = Math.max(times.getLast(), first + 1);
    double most = values.stream().mapToDouble(Number::doubleValue).max().orElse(1);
    most = most <= 0 ? 1 : most;
    char[][] grid = new char[height][WIDTH];
    for (char[] row : grid) {
      java.util.Arrays.fill(row, ' ');
    }
    for (int i = 0; i < values.size(); i++) {
      int x = (int) ((times.get(i) - first) * (WIDTH - 1) / (last - first));
      int y = (int) Math.round(values.get(i).doubleValue() / most * (height - 1));
      grid[height - 1 - y][x] = '*';
    }
    List<String> lines = new ArrayList<>();
    String top = number(most) + " " + unit;
    int left = Math.max(Columns.width(top), 8);
    for (int y = 0; y < height; y++) {
      String label = y == 0 ? top : y == height - 1 ? "0" : "";
      lines.add((Columns.padLeft(label, left) + " |" + new String(grid[y])).stripTrailing());
    }
    lines.add(" ".repeat(left) + " +" + "-".repeat(WIDTH));
    String from = seconds(first);
    String to = seconds(last);
    lines.add(" ".repeat(left + 2) + from + " ".repeat(WIDTH - from.length() - to.length()) + to);
    return lines;
  }

  /** A bar for each row: its words, its length as a share of {@code most}, its value in words. */
  static List<String> bars(List<String> labels, List<Double> values, double most, String unit) {
    int left = labels.stream().mapToInt(Columns::width).max().orElse(0);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      int n = most <= 0 ? 0 : (int) Math.round(Math.min(1, values.get(i) / most) * BAR);
      lines.add(
          Columns.pad(labels.get(i), left)
              + "  "
              + "#".repeat(n)
              + ".".repeat(BAR - n)
              + "  "
              + number(values.get(i))
              + unit);
    }
    return lines;
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
  }

  static String number(Number n) {
    double v = n.doubleValue();
    return v == Math.rint(v) && Math.abs(v) < 1e15
        ? Long.toString((long) v)
        : String.format(Locale.ROOT, Math.abs(v) < 10 ? "%.2f" : "%.1f", v);
  }
}
