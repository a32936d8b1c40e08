package dev.sinew.tcp.congestion;

/**
 * HyStart++ (RFC 9406): leaves the first slow start when the round-trip time says that a queue
 * builds up, through some rounds of slower growth that tell whether it was only jitter.
 *
 * <p>The RFC compares the least round-trip times of rounds. A queue of less than a window fills,
 * and overflows, within one round, whose first samples are low. So the slower growth begins too
 * when the path stretches the round's acknowledgements (the round-trip time has grown by a quarter
 * of the time that they have taken) and the window holds what comes through in the least round-trip
 * time: then the rate is the path's, and more window only waits.
 */
final class HyStart {
  private static final long MS = 1_000_000L;
  private static final long NEVER = Long.MAX_VALUE / 2;

  // Section 4.3.
  private static final long MIN_RTT_THRESH_NANOS = 4 * MS;
  private static final long MAX_RTT_THRESH_NANOS = 16 * MS;
  private static final int MIN_RTT_DIVISOR = 8;
  private static final int N_RTT_SAMPLE = 8;
  private static final int CSS_GROWTH_DIVISOR = 4;
  private static final int CSS_ROUNDS = 5;

  /** The part of the round's time so far by which its round-trip time must have grown. */
  private static final int STRETCH_DIVISOR = 4;

  /** So many samples in a row must have grown: one alone may be of a segment that came late. */
  private static final int STRETCHED_SAMPLES = 4;

  private long lastRoundMinRtt = NEVER;
  private long currentRoundMinRtt = NEVER;
  private int rttSampleCount;

  /** The round's first acknowledgement, and what others have acknowledged since. */
  private long roundBegan;

  private long roundFirstRtt = NEVER;
  private long roundAckedBytes;
  private int stretchedCount;

  /** Conservative slow start. */
  private boolean css;

  private long cssBaselineMinRtt = NEVER;
  private int cssRounds;

  /**
   * An acknowledgement in slow start (section 4.2).
   *
   * @param delayed it covers more than one segment, and counts for two: with delayed
   *     acknowledgements eight of them are sixteen segments, and a queue of that size would
   *     overflow before the eighth (section 4.2 counts acknowledgements)
   * @return true when congestion avoidance is to begin
   */
  boolean onAck(AckSample ack, boolean delayed, long window) {
    long rttNanos = ack.rttNanos;
    if (ack.roundStart) {
      lastRoundMinRtt = currentRoundMinRtt;
      currentRoundMinRtt = NEVER;
      rttSampleCount = 0;
      roundBegan = ack.now;
      roundFirstRtt = rttNanos >= 0 ? rttNanos : NEVER;
      roundAckedBytes = 0;
      stretchedCount = 0;
      if (css && ++cssRounds >= CSS_ROUNDS) {
        return true;
      }
    } else {
      roundAckedBytes += ack.ackedBytes;
    }
    if (rttNanos >= 0) {
      currentRoundMinRtt = Math.min(currentRoundMinRtt, rttNanos);
      rttSampleCount += delayed ? 2 : 1;
      boolean stretched =
          rttNanos - roundFirstRtt >= Math.max(1, (ack.now - roundBegan) / STRETCH_DIVISOR);
      stretchedCount = stretched ? stretchedCount + 1 : 0;
    }
    if (ack.deliveredBytes != ack.ackedBytes) {
      // Out of order: it tells how late a segment came, not how long the queue is.
      stretchedCount = 0;
    }
    if (rttSampleCount < N_RTT_SAMPLE) {
      return false;
    }
    if (css) {
      // The delay is gone: it was not our queue.
      css = currentRoundMinRtt >= cssBaselineMinRtt;
    }
    if (!css && (grownSinceLastRound() || fillsThePath(ack, window))) {
      css = true;
      cssBaselineMinRtt = currentRoundMinRtt;
      cssRounds = 0;
    }
    return false;
  }

  private boolean grownSinceLastRound() {
    if (lastRoundMinRtt == NEVER) {
      return false;
    }
    long threshold =
        Math.clamp(lastRoundMinRtt / MIN_RTT_DIVISOR, MIN_RTT_THRESH_NANOS, MAX_RTT_THRESH_NANOS);
    return currentRoundMinRtt >= lastRoundMinRtt + threshold;
  }

  /** The round's acknowledgements come at the path's rate, and the window fills the path. */
  private boolean fillsThePath(AckSample ack, long window) {
    long took = ack.now - roundBegan;
    return stretchedCount >= STRETCHED_SAMPLES
        && took >= MIN_RTT_THRESH_NANOS
        && (double) window * took >= (double) roundAckedBytes * ack.minRttNanos;
  }

  /** By how much the window grows where slow start would let it grow by {@code bytes}. */
  long growth(long bytes) {
    return css ? bytes / CSS_GROWTH_DIVISOR : bytes;
  }
}
