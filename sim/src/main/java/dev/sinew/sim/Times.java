package dev.sinew.sim;

/** Virtual time for people. */
final class Times {
  private Times() {}

  /** Seconds with six decimals, or nine where it needs them. */
  static String text(long nanos) {
    long fraction = nanos % 1_000_000_000;
    String digits = Long.toString(1_000_000_000 + fraction).substring(1);
    return nanos / 1_000_000_000
        + "."
        + (nanos % 1_000 == 0 ? digits.substring(0, 6) : digits)
        + " s";
  }
}
