package dev.sinew.tcp.congestion;

/**
 * HyStart++ (RFC 9406): leaves the first slow start when the round-trip time says that a queue
 * builds up, through some rounds of slower growth that tell whether it was only jitter.
 *
 * <p>The RFC compares the least round-trip time of a round. A queue of less than a window fills,
 * and overflows, within one round, whose first samples are low; so four samples in a row that are
 * high begin the slower growth too.
 */
final class HyStart {
  private static final long MS = 1_000_000L;
  private static final long NEVER = Long.MAX_VALUE;

  // Section 4.3.
  private static final long MIN_RTT_THRESH_NANOS = 4 * MS;
  private static final long MAX_RTT_THRESH_NANOS = 16 * MS;
  private static final int MIN_RTT_DIVISOR = 8;
  private static final int N_RTT_SAMPLE = 8;
  private static final int CSS_GROWTH_DIVISOR = 4;
  private static final int CSS_ROUNDS = 5;

  /** So many high samples in a row begin it within a round. */
  private static final int HIGH_SAMPLES = 4;

  private long lastRoundMinRtt = NEVER;
  private long currentRoundMinRtt = NEVER;
  private int rttSampleCount;

  /** Samples in a row that are beyond the threshold, and the least of them. */
  private int highCount;

  private long highMinRtt;

  /** Conservative slow start. */
  private boolean css;

  private long cssBaselineMinRtt = NEVER;
  private int cssRounds;

  /**
   * An acknowledgement in slow start (section 4.2).
   *
   * @param rttNanos -1 when it gives no sample
   * @param delayed it covers more than one segment, and counts for two: with delayed
   *     acknowledgements eight of them are sixteen segments, and a queue of that size would
   *     overflow before the eighth (section 4.2 counts acknowledgements)
   * @return true when congestion avoidance is to begin
   */
  boolean onAck(boolean roundStart, long rttNanos, boolean delayed) {
    if (roundStart) {
      lastRoundMinRtt = currentRoundMinRtt;
      currentRoundMinRtt = NEVER;
      rttSampleCount = 0;
      highCount = 0;
      if (css && ++cssRounds >= CSS_ROUNDS) {
        return true;
      }
    }
    if (rttNanos >= 0) {
      currentRoundMinRtt = Math.min(currentRoundMinRtt, rttNanos);
      rttSampleCount += delayed ? 2 : 1;
    }
    if (rttSampleCount < N_RTT_SAMPLE) {
      return false;
    }
    if (css) {
      // The delay is gone: it was not our queue.
      css = currentRoundMinRtt >= cssBaselineMinRtt;
    } else if (rttNanos >= 0 && lastRoundMinRtt != NEVER) {
      long threshold =
          Math.clamp(lastRoundMinRtt / MIN_RTT_DIVISOR, MIN_RTT_THRESH_NANOS, MAX_RTT_THRESH_NANOS);
      long high = lastRoundMinRtt + threshold;
      highMinRtt = highCount == 0 ? rttNanos : Math.min(highMinRtt, rttNanos);
      highCount = rttNanos >= high ? highCount + 1 : 0;
      if (currentRoundMinRtt >= high) {
        beginCss(currentRoundMinRtt);
      } else if (highCount >= HIGH_SAMPLES) {
        // What was low in this round is over.
        currentRoundMinRtt = highMinRtt;
        rttSampleCount = 0;
        beginCss(highMinRtt);
      }
    }
    return false;
  }

  private void beginCss(long baseline) {
    css = true;
    cssBaselineMinRtt = baseline;
    cssRounds = 0;
  }

  /** By how much the window grows where slow start would let it grow by {@code bytes}. */
  long growth(long bytes) {
    return css ? bytes / CSS_GROWTH_DIVISOR : bytes;
  }
}
