package dev.sinew.tcp.recovery;

/**
 * The least of what was measured lately: of the last one to two spans, so that a path that became
 * longer is noticed in the end (RFC 8985 section 6.2 step 1).
 */
final class WindowedMin {
  private static final long SPAN_NANOS = 150_000_000_000L;

  private long since;
  private boolean timed;
  private long now;
  private long before = Long.MAX_VALUE;

  /**
   * @param first a value of the connection's beginning, as old as the first that has a time
   */
  WindowedMin(long first) {
    now = first;
  }

  void take(long value, long time) {
    if (!timed) {
      timed = true;
      since = time;
    } else if (time - since >= 2 * SPAN_NANOS) {
      before = Long.MAX_VALUE;
      now = Long.MAX_VALUE;
      since = time;
    } else if (time - since >= SPAN_NANOS) {
      before = now;
      now = Long.MAX_VALUE;
      since = time;
    }
    now = Math.min(now, value);
  }

  /** Long.MAX_VALUE before the first. */
  long get() {
    return Math.min(now, before);
  }
}
