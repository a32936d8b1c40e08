package dev.sinew.bench.run;

import java.util.Locale;

/** What is going on, on standard error. */
final class Progress {
  private static final long BEGAN = System.nanoTime();

  private Progress() {}

  static void say(String format, Object... values) {
    long seconds = (System.nanoTime() - BEGAN) / 1_000_000_000L;
    System.err.printf(Locale.ROOT, "[%2d:%02d] ", seconds / 60, seconds % 60);
    System.err.printf(Locale.ROOT, format, values);
    System.err.println();
  }
}
