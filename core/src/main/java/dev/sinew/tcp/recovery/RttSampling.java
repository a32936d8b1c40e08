package dev.sinew.tcp.recovery;

/**
 * Takes the round-trip time from an acknowledgement (RFC 6298 section 3, RFC 7323 section 4): from
 * the transmission records by ingress time, and from the timestamp echo where they cannot tell.
 */
final class RttSampling {
  /** A timestamp is cut to milliseconds, so an echo looks older by up to that. */
  private static final long TIMESTAMP_TICK_NANOS = 1_000_000L;

  private RttSampling() {}

  /**
   * @param flight FlightSize before the acknowledgement
   * @return the measurement, which the estimator has taken, or -1
   */
  static long take(AckEvent e, RttEstimator rtt, long flight, int mss) {
    long sample = -1;
    if (e.youngestSentAt >= 0 && !e.ambiguous) {
      sample = e.now - e.youngestSentAt;
    } else if (e.advanced && e.timestampRtt >= 0 && echoTells(e, rtt)) {
      sample = e.timestampRtt;
    }
    if (sample >= 0) {
      sample = RttEstimator.atLeastATick(sample, e.granularity);
      // Karn: only a measurement ends the backoff, or a path slower than the timeout would never be
      // measured.
      rtt.sample(
          sample, e.granularity, e.profile, RttEstimator.expectedSamples(flight, mss), e.now);
    }
    return sample;
  }

  /**
   * Where Karn's rule finds an acknowledgement ambiguous, is the echoed timestamp a measurement? It
   * is when it names the last transmission. It is not when it names an earlier one, although that
   * one arrived: a receiver that already has the data answers the retransmission with the old
   * timestamp, which it keeps because the duplicate lies outside of its window, and the time since
   * then holds our timeout. Unless the answer came too soon to be one to the last transmission (in
   * less than half of the shortest round trip): then the first was only late.
   */
  private static boolean echoTells(AckEvent e, RttEstimator rtt) {
    if (e.youngestAckedAt < 0) {
      return false;
    }
    long sinceLast = e.now - e.youngestAckedAt;
    return e.timestampRtt <= sinceLast + TIMESTAMP_TICK_NANOS || sinceLast < rtt.minRtt() / 2;
  }
}
