package dev.sinew.cli;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What ping counts. Sequence numbers wrap after 65,536 requests; by then an answer is a late one.
 */
final class PingStatistics {
  static final long DUPLICATE = -1;
  static final long UNKNOWN = -2;

  private static final byte WAITING = 1;
  private static final byte ANSWERED = 2;
  private static final byte FAILED = 3;

  private final byte[] state = new byte[0x10000];
  private final long[] sentAt = new long[0x10000];
  private long sent;
  private long received;
  private long duplicates;
  private long errors;
  private long outstanding;
  private long firstNanos = -1;
  private long lastNanos;
  private long minNanos = Long.MAX_VALUE;
  private long maxNanos;
  private double sum;
  private double sumOfSquares;

  void sent(int sequence, long now) {
    if (state[sequence] == WAITING) {
      outstanding--;
    }
    state[sequence] = WAITING;
    sentAt[sequence] = now;
    outstanding++;
    sent++;
    firstNanos = firstNanos < 0 ? now : firstNanos;
    lastNanos = now;
  }

  /**
   * An answer came: its round-trip time, or {@link #DUPLICATE}, or {@link #UNKNOWN} when it answers
   * nothing.
   */
  long received(int sequence, long now) {
    if (state[sequence] == ANSWERED) {
      duplicates++;
      return DUPLICATE;
    }
    if (state[sequence] != WAITING) {
      return UNKNOWN;
    }
    state[sequence] = ANSWERED;
    outstanding--;
    received++;
    lastNanos = Math.max(lastNanos, now);
    long rtt = Math.max(0, now - sentAt[sequence]);
    minNanos = Math.min(minNanos, rtt);
    maxNanos = Math.max(maxNanos, rtt);
    sum += rtt;
    sumOfSquares += (double) rtt * rtt;
    return rtt;
  }

  /** An error came instead of an answer; false when it was not awaited. */
  boolean failed(int sequence) {
    if (state[sequence] != WAITING) {
      return false;
    }
    state[sequence] = FAILED;
    outstanding--;
    errors++;
    return true;
  }

  long sent() {
    return sent;
  }

  long received() {
    return received;
  }

  long duplicates() {
    return duplicates;
  }

  long errors() {
    return errors;
  }

  long outstanding() {
    return outstanding;
  }

  long spanNanos() {
    return firstNanos < 0 ? 0 : lastNanos - firstNanos;
  }

  String lossPercent() {
    double percent = sent == 0 ? 0 : 100.0 * (sent - received) / sent;
    String text = String.format(Locale.ROOT, "%.4f", percent);
    return text.replaceAll("\\.?0+$", "");
  }

  /** Minimum, average, maximum and standard deviation, as ping prints them. */
  String rttText() {
    double mean = sum / received;
    double deviation = Math.sqrt(Math.max(0, sumOfSquares / received - mean * mean));
    return String.format(
        Locale.ROOT,
        "%.3f/%.3f/%.3f/%.3f",
        minNanos / 1e6,
        mean / 1e6,
        maxNanos / 1e6,
        deviation / 1e6);
  }

  /** Three significant digits, as ping prints them: {@code 0.042}, {@code 1.27}, {@code 153}. */
  static String millis(long nanos) {
    double ms = nanos / 1e6;
    return String.format(
        Locale.ROOT, ms < 1 ? "%.3f" : ms < 10 ? "%.2f" : ms < 100 ? "%.1f" : "%.0f", ms);
  }

  Map<String, @Nullable Object> json(String destination) {
    boolean any = received > 0;
    return Json.object(
        "destination",
        destination,
        "sent",
        sent,
        "received",
        received,
        "duplicates",
        duplicates,
        "errors",
        errors,
        "rttMinNanos",
        any ? minNanos : null,
        "rttAverageNanos",
        any ? (long) (sum / received) : null,
        "rttMaxNanos",
        any ? maxNanos : null);
  }
}
