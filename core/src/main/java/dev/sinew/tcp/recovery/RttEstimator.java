package dev.sinew.tcp.recovery;

import dev.sinew.base.Profile;

/** The retransmission timeout of RFC 6298, in nanoseconds. */
public final class RttEstimator {
  private long srtt;
  private long rttvar;
  private long minRtt = Long.MAX_VALUE;
  private long rto;
  private int backoff;
  private boolean measured;

  public RttEstimator(Profile profile) {
    // (2.1)
    rto = profile.initialRtoNanos();
  }

  /**
   * A measurement R of data that was sent once (Karn, section 3), or that timestamps tell apart.
   * Ends the backoff (section 5).
   */
  public void sample(long rttNanos, long granularityNanos, Profile profile) {
    sample(rttNanos, granularityNanos, profile, 1);
  }

  /**
   * How many measurements a round trip will give, with an acknowledgement for every second segment
   * (RFC 7323 appendix G).
   */
  public static long expectedSamples(long flightBytes, int mss) {
    return Math.max(1, (flightBytes + 2L * mss - 1) / (2L * mss));
  }

  /**
   * The same, one of several in a round trip: the gains are divided by their number, so that the
   * memory is as long as with one (RFC 7323 appendix G).
   */
  public void sample(
      long rttNanos, long granularityNanos, Profile profile, long expectedSamples) {
    long r = Math.max(rttNanos, 1);
    minRtt = Math.min(minRtt, r);
    if (!measured) {
      // (2.2)
      measured = true;
      srtt = r;
      rttvar = r / 2;
    } else {
      // (2.3) with alpha = 1/8, beta = 1/4
      rttvar += (Math.abs(srtt - r) - rttvar) / (4 * expectedSamples);
      srtt += (r - srtt) / (8 * expectedSamples);
    }
    long base = srtt + Math.max(granularityNanos, 4 * rttvar) + profile.rtoSlopNanos();
    rto = Math.clamp(base, profile.minRtoNanos(), profile.maxRtoNanos());
    backoff = 0;
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

  /** The timeout now, doubled as often as it ran out, bounded by (2.5). */
  public long rto(Profile profile) {
    long max = profile.maxRtoNanos();
    return rto >= max >> backoff ? max : rto << backoff;
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

  /** The least RTT seen, 0 before the first measurement. */
  public long minRtt() {
    return measured ? minRtt : 0;
  }
}
