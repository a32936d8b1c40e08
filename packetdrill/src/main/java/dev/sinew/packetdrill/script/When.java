package dev.sinew.packetdrill.script;

/**
 * The time of an event, in nanoseconds: from the start of the script, or from the end of the event
 * before it.
 *
 * @param relative counted from the event before
 * @param any {@code *}: whenever it comes
 * @param endNanos with a range, its end; else equal to {@code startNanos}
 */
public record When(boolean relative, boolean any, long startNanos, long endNanos) {
  static When at(boolean relative, long nanos) {
    return new When(relative, false, nanos, nanos);
  }

  static final When ANY = new When(true, true, 0, 0);

  public boolean isRange() {
    return startNanos != endNanos;
  }
}
