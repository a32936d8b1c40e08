package dev.sinew.tcp.recovery;

import dev.sinew.base.Profile;
import org.jspecify.annotations.Nullable;

/** The retransmission timeout of RFC 6298, in nanoseconds. */
public final class RttEstimator {
  /** With so many measurements in a round trip, the first of them tell enough of a change. */
  private static final int FEW = 8;

  private long srtt;
  private long rttvar;

  /** The least of the handshake, {@link Long#MAX_VALUE} before it, and of all since then. */
  private long firstRtt = Long.MAX_VALUE;

  private @Nullable WindowedMin minRtt;
  private long rto;
  private int backoff;
  private boolean measured;

  /**
   * The largest of the last round trip's several measurements, and of this one's. With divided
   * gains SRTT is late where a queue doubles the delay within one round trip.
   */
  private long lastHighest;

  private long highest;

  // ---- where the profile floors the variance: that of the last round trips, and of this one
  private long slowVariance;
  private long peakVariance;
  private boolean roundOver;

  /** SRTT_prev and RTTVAR_prev of RFC 4015 section 3.1 step 0; the first is 0 when not in use. */
  private long srttBefore;

  private long rttvarBefore;

  public RttEstimator(Profile profile) {
    // (2.1)
    rto = profile.initialRtoNanos();
  }

  /**
   * A measurement R of data that was sent once (Karn, section 3), or that timestamps tell apart.
   * Ends the backoff (section 5).
   */
  public void sample(long rttNanos, long granularityNanos, Profile profile) {
    long r = atLeastATick(rttNanos, granularityNanos);
    firstRtt = Math.min(firstRtt, r);
    smooth(r, granularityNanos, profile, 1);
  }

  /** No tick of the clock has passed: that tells of less than one, not of no time. */
  static long atLeastATick(long rttNanos, long granularityNanos) {
    return Math.max(rttNanos, Math.max(granularityNanos, 1));
  }

  /**
   * How many measurements a round trip will give, with an acknowledgement for every second segment
   * (RFC 7323 appendix G).
   */
  static long expectedSamples(long flightBytes, int mss) {
    return Math.max(1, (flightBytes + 2L * mss - 1) / (2L * mss));
  }

  /**
   * The same, one of several in a round trip: the gains are divided by their number, so that the
   * memory is as long as with one (RFC 7323 appendix G). The timeout is not less than what the
   * largest of many asks for.
   */
  void sample(
      long rttNanos, long granularityNanos, Profile profile, long expectedSamples, long now) {
    WindowedMin min = minRtt;
    if (min == null) {
      min = new WindowedMin(firstRtt);
      minRtt = min;
    }
    min.take(rttNanos, now);
    if (expectedSamples > FEW) {
      highest = Math.max(highest, rttNanos);
    }
    smooth(rttNanos, granularityNanos, profile, expectedSamples);
  }

  private void smooth(long r, long granularityNanos, Profile profile, long expectedSamples) {
    if (!measured) {
      // (2.2)
      measured = true;
      srtt = r;
      rttvar = r / 2;
      slowVariance = Math.max(4 * rttvar, profile.minRttvarNanos());
      peakVariance = slowVariance;
    } else {
      // (2.3) with alpha = 1/8, beta = 1/4
      rttvar += (Math.abs(srtt - r) - rttvar) / (4 * expectedSamples);
      srtt += (r - srtt) / (8 * expectedSamples);
    }
    compute(granularityNanos, profile);
  }

  private void compute(long granularityNanos, Profile profile) {
    long variance = Math.max(granularityNanos, 4 * rttvar);
    if (profile.minRttvarNanos() > 0) {
      variance = slowed(variance, profile.minRttvarNanos());
    }
    long base = Math.max(srtt, Math.max(lastHighest, highest)) + variance;
    rto = Math.clamp(base, profile.minRtoNanos(), profile.maxRtoNanos());
    backoff = 0;
  }

  /**
   * The largest deviation of each round trip, above a floor, which falls by a quarter of the
   * difference a round trip: rises at once, and falls slowly.
   */
  private long slowed(long variance, long least) {
    if (variance > peakVariance) {
      peakVariance = variance;
      slowVariance = Math.max(slowVariance, variance);
    }
    if (roundOver) {
      roundOver = false;
      slowVariance -= Math.max(0, slowVariance - peakVariance) / 4;
      peakVariance = least;
    }
    return Math.max(slowVariance, least);
  }

  /** What was in flight when the last round trip began is acknowledged. */
  void roundOver() {
    roundOver = true;
    lastHighest = highest;
    highest = 0;
  }

  /** RFC 4015 section 3.1 step 0: a timeout that may turn out to be spurious. */
  void beforeTimeout(long granularityNanos) {
    srttBefore = srtt + 2 * granularityNanos;
    rttvarBefore = rttvar;
  }

  /**
   * RFC 4015 section 3.1 step 11: the first measurement of data that was sent after a spurious
   * timeout makes the timer as conservative as the delay has shown to be necessary.
   */
  void sampleAfterSpurious(long rttNanos, long granularityNanos, Profile profile) {
    measured = true;
    srtt = Math.max(srttBefore, rttNanos);
    rttvar = Math.max(rttvarBefore, rttNanos / 2);
    compute(granularityNanos, profile);
  }

  /** (5.5): the timer ran out, double it. */
  public void backOff() {
    if (backoff < 40) {
      backoff++;
    }
  }

  /** The doubling ends without a measurement: it was not the path that was silent. */
  public void endBackoff() {
    backoff = 0;
  }

  /** (5.7): the SYN had to be sent again, and data begins without a measurement: 3 seconds. */
  public void startAfterLostSyn(Profile profile) {
    backoff = 0;
    if (!measured) {
      rto = Math.max(rto, Math.min(3_000_000_000L, 3 * profile.initialRtoNanos()));
    }
  }

  /**
   * The timeout now, doubled as often as it ran out, bounded by (2.5). The profile's slop is added
   * to all but the first SYN's.
   */
  public long rto(Profile profile) {
    long max = profile.maxRtoNanos();
    long slop = measured || backoff > 0 ? profile.rtoSlopNanos() : 0;
    return rto >= max >> backoff ? max : Math.min(max, (rto << backoff) + slop);
  }

  /** How often the timer ran out in a row. */
  public int backoff() {
    return backoff;
  }

  /** Smoothed RTT, 0 before the first measurement. */
  public long srtt() {
    return srtt;
  }

  public long rttvar() {
    return rttvar;
  }

  /** The least RTT of the last minutes, 0 before the first measurement. */
  public long minRtt() {
    return !measured ? 0 : minRtt == null ? firstRtt : minRtt.get();
  }
}
