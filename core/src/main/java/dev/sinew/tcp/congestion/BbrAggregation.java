package dev.sinew.tcp.congestion;

/**
 * BBR.extra_acked: how much more is acknowledged at once than the rate explains
 * (draft-ietf-ccwg-bbr section 5.5.9). The maximum is over one round in Startup, and over the last
 * ten afterwards, kept as two halves of five rounds.
 */
final class BbrAggregation {
  private static final long HALF_ROUNDS = 5;

  private long intervalStart;
  private long delivered;
  private long current;
  private long previous;
  private long halfStartRound;

  /** The interval begins anew: a pause ends. */
  void restart(long now) {
    intervalStart = now;
    delivered = 0;
  }

  long extraAcked() {
    return Math.max(current, previous);
  }

  /** UpdateACKAggregation. */
  void update(long now, long bw, long newlyAcked, long cwnd, long round, boolean fullBwReached) {
    long expected = Pacing.bytesIn(Math.max(0, now - intervalStart), bw);
    if (delivered <= expected) {
      delivered = 0;
      intervalStart = now;
      expected = 0;
    }
    delivered += newlyAcked;
    long extra = Math.min(delivered - expected, cwnd);
    if (round - halfStartRound >= (fullBwReached ? HALF_ROUNDS : 1)) {
      previous = fullBwReached ? current : 0;
      current = 0;
      halfStartRound = round;
    }
    current = Math.max(current, extra);
  }
}
