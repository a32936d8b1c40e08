package dev.sinew.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The figures of one run: printed as they come as text, or at the end as one JSON object. */
public final class Report {
  private final boolean json;
  private final Map<String, Number> figures = new LinkedHashMap<>();

  public Report(boolean json) {
    this.json = json;
  }

  /**
   * Adds a figure.
   *
   * @param name its key in JSON, with its unit
   * @param text what it is, for people
   */
  public void add(String name, Number value, String text) {
    figures.put(name, value);
    if (!json) {
      System.out.printf(Locale.ROOT, "%16s  %s%n", text(value), text);
    }
  }

  /** A heading, in text only. */
  public void heading(String line) {
    if (!json) {
      System.out.println(line);
    }
  }

  private static String text(Number value) {
    return value instanceof Double d
        ? String.format(Locale.ROOT, "%,.3f", d)
        : String.format(Locale.ROOT, "%,d", value.longValue());
  }

  /** Prints the JSON object, where that was asked for. */
  public void end() {
    if (!json) {
      return;
    }
    StringBuilder b = new StringBuilder("{");
    figures.forEach((name, value) ->
        b.append(b.length() == 1 ? "" : ",").append('"').append(name).append("\":").append(value));
    System.out.println(b.append('}'));
  }
}
