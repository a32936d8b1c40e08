package dev.sinew.tcp.congestion;

/**
 * BBR's model of the path but for its round-trip time: how fast it delivers, how much it holds, and
 * what the latest losses say about both (draft-ietf-ccwg-bbr sections 2.9 and 5.5). Bandwidths are
 * bytes per second.
 */
final class BbrModel {
  static final long INFINITY = Long.MAX_VALUE / 4;

  /** Beta is 0.7. */
  static final long BETA_TENTHS = 7;

  /** The rate sample of the acknowledgement at hand; 0 when there is none. */
  long deliveryRate;

  /** It was taken while the application, or ProbeRTT, set the pace. */
  boolean appLimited;

  /** BBR.bw: the lesser of max_bw and bw_shortterm. */
  long bw;

  long bwShortterm = INFINITY;
  long inflightShortterm = INFINITY;
  long inflightLongterm = INFINITY;
  long inflightLatest;
  private long bwLatest;

  /** The best of the previous and of this bandwidth probing cycle (MaxBwFilterLen = 2). */
  private long previousCycleBw;

  private long thisCycleBw;

  // ---- rounds (section 5.5.1)
  long roundCount;
  boolean roundStart;
  long roundsSinceProbeUp;
  private long nextRoundDelivered;

  // ---- losses of a round
  boolean lossInRound;
  boolean lossRoundStart;
  private long lossRoundDelivered;

  /** C.delivered. */
  private long delivered;

  long maxBw() {
    return Math.max(previousCycleBw, thisCycleBw);
  }

  /** StartRound. */
  void startRound() {
    nextRoundDelivered = delivered;
  }

  /** The sample, UpdateLatestDeliverySignals, UpdateRound and UpdateMaxBw. */
  void sample(AckSample ack, boolean ignoreLow) {
    delivered = ack.totalDeliveredBytes;
    deliveryRate =
        ack.rateIntervalNanos > 0
            ? Pacing.multiplyDivide(ack.rateDeliveredBytes, Pacing.SECOND, ack.rateIntervalNanos)
            : 0;
    appLimited = ack.appLimited || ignoreLow;
    long inflight = deliveryRate > 0 ? ack.rateDeliveredBytes : 0;
    bwLatest = Math.max(bwLatest, deliveryRate);
    inflightLatest = Math.max(inflightLatest, inflight);
    boolean news = ack.deliveredBytes > 0;
    lossRoundStart = news && ack.priorDeliveredBytes >= lossRoundDelivered;
    if (lossRoundStart) {
      lossRoundDelivered = delivered;
    }
    roundStart = news && ack.priorDeliveredBytes >= nextRoundDelivered;
    if (roundStart) {
      startRound();
      roundCount++;
      roundsSinceProbeUp++;
    }
    if (deliveryRate > 0 && (deliveryRate >= maxBw() || !appLimited)) {
      thisCycleBw = Math.max(thisCycleBw, deliveryRate);
    }
  }

  /** AdvanceMaxBwFilter; a cycle without samples does not make the old ones forgotten. */
  void advanceMaxBw() {
    if (thisCycleBw > 0) {
      previousCycleBw = thisCycleBw;
      thisCycleBw = 0;
    }
  }

  /** A loss; returns true when it is the first of this round (NoteLoss). */
  boolean noteLoss() {
    boolean first = !lossInRound;
    if (first) {
      lossRoundDelivered = delivered;
    }
    lossInRound = true;
    return first;
  }

  /**
   * The rest of UpdateCongestionSignals (section 5.5.10.3): at the end of a round with a loss,
   * while not probing, the short-term model comes down to what was delivered, by 30 % at most.
   */
  void adaptLowerBounds(boolean probing, long cwnd) {
    if (!lossRoundStart) {
      return;
    }
    if (lossInRound && !probing) {
      if (bwShortterm == INFINITY) {
        bwShortterm = maxBw();
      }
      if (inflightShortterm == INFINITY) {
        inflightShortterm = cwnd;
      }
      bwShortterm = Math.max(bwLatest, bwShortterm * BETA_TENTHS / 10);
      inflightShortterm = Math.max(inflightLatest, inflightShortterm * BETA_TENTHS / 10);
    }
    lossInRound = false;
  }

  /** AdvanceLatestDeliverySignals and BoundBWForModel, at the end of an acknowledgement. */
  void finish(AckSample ack) {
    if (lossRoundStart) {
      bwLatest = deliveryRate;
      inflightLatest = deliveryRate > 0 ? ack.rateDeliveredBytes : 0;
    }
    bw = Math.min(maxBw(), bwShortterm);
  }

  void resetCongestionSignals() {
    lossInRound = false;
    bwLatest = 0;
    inflightLatest = 0;
  }

  void resetShortTermModel() {
    bwShortterm = INFINITY;
    inflightShortterm = INFINITY;
  }
}
