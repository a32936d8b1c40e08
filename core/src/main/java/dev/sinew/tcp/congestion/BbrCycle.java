package dev.sinew.tcp.congestion;

import dev.sinew.base.EntropySource;
import dev.sinew.tcp.congestion.Bbr.State;

/**
 * BBR's bandwidth probing: the states DOWN, CRUISE, REFILL and UP, and the most that may be in
 * flight in the long term, which only probing changes (draft-ietf-ccwg-bbr sections 5.3.3 and
 * 5.5.10.2).
 */
final class BbrCycle {
  private static final long WAIT_NANOS = 2 * Pacing.SECOND;
  private static final int WAIT_SPREAD_NANOS = 1_000_000_000;
  private static final int MOST_RENO_ROUNDS = 63;
  private static final int MOST_UP_ROUNDS = 30;

  /** BBR.ack_phase: what the acknowledgements that come in tell of. */
  private enum AckPhase {
    INIT,
    REFILLING,
    PROBE_STARTING,
    PROBE_FEEDBACK,
    PROBE_STOPPING
  }

  private final Bbr bbr;
  private final BbrModel model;
  private final EntropySource entropy;
  private AckPhase ackPhase = AckPhase.INIT;
  private long cycleStamp;
  private long probeWaitNanos;

  /** is_bw_probe_sample: the acknowledged data was sent while probing. */
  private boolean probeSample;

  // ---- precautionary probing (section 5.3.3.6)
  private boolean previousTooHigh;
  private boolean previousPrecautionary;

  // ---- the growth of inflight_longterm in UP
  private int upRounds;
  private long upAcked;
  private long upAckedPerIncrease = BbrModel.INFINITY;

  /** cwnd was used in full up to this much delivered. */
  private long limitedUntil = -1;

  BbrCycle(Bbr bbr, EntropySource entropy) {
    this.bbr = bbr;
    this.model = bbr.model;
    this.entropy = entropy;
  }

  // ---- entering states (section 5.3.3.9)

  void startDown(long now) {
    model.resetCongestionSignals();
    upAckedPerIncrease = BbrModel.INFINITY;
    // Section 5.3.3.8: how long to wait until the next probe.
    model.roundsSinceProbeUp = entropy.nextInt(2);
    probeWaitNanos = WAIT_NANOS + entropy.nextInt(WAIT_SPREAD_NANOS);
    cycleStamp = now;
    probeStopping();
    model.startRound();
    bbr.state = State.DOWN;
  }

  /** What was sent for a probe is still being acknowledged. */
  void probeStopping() {
    ackPhase = AckPhase.PROBE_STOPPING;
  }

  void startRefill() {
    model.resetShortTermModel();
    upRounds = 0;
    upAcked = 0;
    previousPrecautionary = false;
    ackPhase = AckPhase.REFILLING;
    model.startRound();
    bbr.state = State.REFILL;
  }

  private void startUp() {
    ackPhase = AckPhase.PROBE_STARTING;
    model.startRound();
    bbr.pipe.reset(model.deliveryRate);
    bbr.state = State.UP;
    raiseSlope();
  }

  // ---- each acknowledgement

  /** UpdateProbeBWCyclePhase. */
  void update(AckSample ack) {
    if (ack.windowLimited) {
      limitedUntil = ack.totalDeliveredBytes + ack.inFlightBytes;
    }
    if (!bbr.pipe.reached || adaptLongTermModel(ack)) {
      return;
    }
    switch (bbr.state) {
      case DOWN -> {
        if (!startedProbe(ack) && timeToCruise(ack)) {
          bbr.state = State.CRUISE;
        }
      }
      case CRUISE -> startedProbe(ack);
      case REFILL -> {
        if (model.roundStart) {
          probeSample = true;
          startUp();
        }
      }
      case UP -> {
        if (timeToGoDown(ack)) {
          previousTooHigh = false;
          startDown(ack.now);
        }
      }
      case STARTUP, DRAIN, PROBE_RTT -> {}
    }
  }

  /** IsTimeToProbeBW, with a look at how often Reno would lose a packet. */
  private boolean startedProbe(AckSample ack) {
    long renoRounds = targetInflight() / bbr.mss;
    if (ack.now > cycleStamp + probeWaitNanos
        || model.roundsSinceProbeUp >= Math.min(renoRounds, MOST_RENO_ROUNDS)) {
      startRefill();
      return true;
    }
    return false;
  }

  private long targetInflight() {
    return Math.min(bbr.bdp(model.bw, 100), bbr.cwnd);
  }

  private boolean timeToCruise(AckSample ack) {
    return ack.inFlightBytes <= bbr.inflightWithHeadroom()
        && ack.inFlightBytes <= bbr.inflight(model.maxBw(), 100);
  }

  private boolean timeToGoDown(AckSample ack) {
    if (previousTooHigh && ack.inFlightBytes >= model.inflightLongterm) {
      previousPrecautionary = true;
      return true;
    }
    if (usesLongterm(ack)) {
      bbr.pipe.reset(model.deliveryRate);
      return false;
    }
    return bbr.pipe.now();
  }

  /** The window is full, and inflight_longterm is what bounds it. */
  private boolean usesLongterm(AckSample ack) {
    return ack.totalDeliveredBytes <= limitedUntil && bbr.cwnd >= model.inflightLongterm;
  }

  /** AdaptLongTermModel; true when it has chosen the next state. */
  private boolean adaptLongTermModel(AckSample ack) {
    if (ackPhase == AckPhase.PROBE_STARTING && model.roundStart) {
      ackPhase = AckPhase.PROBE_FEEDBACK;
    }
    if (ackPhase == AckPhase.PROBE_STOPPING && model.roundStart) {
      probeSample = false;
      ackPhase = AckPhase.INIT;
      if (bbr.state.inCycle()) {
        if (!model.appLimited) {
          model.advanceMaxBw();
        }
        if (previousPrecautionary && !previousTooHigh) {
          startRefill();
          return true;
        }
      }
    }
    if (Bbr.tooHigh(ack) || model.inflightLongterm == BbrModel.INFINITY) {
      return false;
    }
    model.inflightLongterm = Math.max(model.inflightLongterm, ack.txInFlightBytes);
    if (bbr.state == State.UP) {
      probeUpward(ack);
    }
    return false;
  }

  /** ProbeInflightLongtermUpward: by one segment a round, then 2, 4, 8 ... */
  private void probeUpward(AckSample ack) {
    if (!usesLongterm(ack)) {
      return;
    }
    upAcked += ack.deliveredBytes;
    if (upAcked >= upAckedPerIncrease) {
      long delta = upAcked / upAckedPerIncrease;
      upAcked -= delta * upAckedPerIncrease;
      model.inflightLongterm += delta * bbr.mss;
    }
    if (model.roundStart) {
      raiseSlope();
    }
  }

  private void raiseSlope() {
    long growthThisRound = 1L << upRounds;
    upRounds = Math.min(upRounds + 1, MOST_UP_ROUNDS);
    upAckedPerIncrease = Math.max(bbr.cwnd / growthThisRound, bbr.mss);
  }

  // ---- losses

  /**
   * HandleLostPacket. Where the first lost segment is known, what was in flight before it is what
   * the path holds (InflightAtLoss). Else it is the sample of the acknowledgement that told of the
   * loss: its segment was sent a little after the lost one, while what was in flight rose.
   */
  void onLost(AckSample ack) {
    if (!probeSample) {
      return;
    }
    if (ack.lostBehindBytes >= 0) {
      if (Bbr.tooMuch(ack.lostBytes, ack.lostBehindBytes, ack.selective)) {
        tooHigh(ack.lostBehindBytes, ack.lostAppLimited);
      }
    } else if (Bbr.tooHigh(ack)) {
      tooHigh(ack.txInFlightBytes, ack.appLimited);
    }
  }

  /** A congestion mark: what is in flight is too much. */
  void onMarked(long inFlight) {
    if (probeSample) {
      tooHigh(inFlight, model.appLimited);
    }
  }

  /** HandleInflightTooHigh. */
  private void tooHigh(long inflight, boolean appLimited) {
    previousTooHigh = true;
    probeSample = false;
    if (!appLimited) {
      model.inflightLongterm = Math.max(inflight, targetInflight() * BbrModel.BETA_TENTHS / 10);
    }
    if (bbr.state == State.UP) {
      startDown(bbr.lastAckAt());
      bbr.leftUpByLoss();
    }
  }
}
