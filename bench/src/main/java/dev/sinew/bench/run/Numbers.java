package dev.sinew.bench.run;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Three digits or a little more, as a person reads them. */
final class Numbers {
  private Numbers() {}

  static String text(double v) {
    if (Double.isNaN(v)) {
      return "-";
    }
    double a = Math.abs(v);
    String format = a >= 1000 ? "%,.0f" : a >= 100 ? "%.0f" : a >= 10 ? "%.1f" : "%.2f";
    return v == 0 ? "0" : String.format(Locale.ROOT, format, v);
  }

  static double median(List<Double> values) {
    double[] v = values.stream().mapToDouble(Double::doubleValue).toArray();
    if (v.length == 0) {
      return Double.NaN;
    }
    Arrays.sort(v);
    return (v[(v.length - 1) / 2] + v[v.length / 2]) / 2;
  }
}
