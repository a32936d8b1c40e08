package dev.sinew.tcp.congestion;

import dev.sinew.base.EntropySource;

/**
 * BBR version 3 (draft-ietf-ccwg-bbr-06): paces at what the path was measured to deliver, and keeps
 * in flight what it was measured to hold. The bandwidth probing cycle is in {@link BbrCycle}, the
 * model in {@link BbrModel}. Gains are percent.
 */
final class Bbr implements CongestionControl {
  /** The states of section 5.1.1. */
  enum State {
    STARTUP(277, 200),
    DRAIN(50, 200),
    DOWN(90, 200),
    CRUISE(100, 200),
    REFILL(100, 200),
    UP(125, 225),
    PROBE_RTT(100, 50);

    final int pacingGain;
    final int cwndGain;

    State(int pacingGain, int cwndGain) {
      this.pacingGain = pacingGain;
      this.cwndGain = cwndGain;
    }

    boolean probesBandwidth() {
      return this == STARTUP || this == REFILL || this == UP;
    }

    boolean inCycle() {
      return this == DOWN || this == CRUISE || this == REFILL || this == UP;
    }
  }

  /** LossThresh is 2 %. */
  private static final long LOSS_THRESHOLD_PERCENT = 2;

  /** BBRStartupFullLossCnt. */
  private static final int STARTUP_FULL_LOSS_COUNT = 6;

  private static final int PACING_MARGIN_PERCENT = 1;
  private static final int MIN_PIPE_SEGMENTS = 4;
  private static final int DRAIN_ROUNDS = 3;
  private static final long PROBE_RTT_NANOS = 200_000_000L;
  private static final long FIRST_RTT_GUESS_NANOS = 1_000_000L;
  private static final long NOT_YET = -1;

  final BbrModel model = new BbrModel();
  final BbrFullPipe pipe = new BbrFullPipe();
  final BbrRtt rtt = new BbrRtt();
  private final BbrAggregation aggregation = new BbrAggregation();
  private final BbrCycle cycle;
  State state = State.STARTUP;
  int mss = 536;
  long cwnd;
  private long initialCwnd;
  private long pacingRate;
  private boolean begun;
  private long lastAckAt;
  private boolean rttSeen;
  private long drainStartRound;
  private boolean idleRestart;

  // ---- ProbeRTT
  private long probeRttDoneStamp = NOT_YET;
  private boolean probeRttRoundDone;

  /** Samples of packets sent before this much was delivered are low by our own doing. */
  private long ignoreLowUntil = -1;

  // ---- losses
  private boolean inLossRecovery;

  /** It is the repair of what followed a timeout. */
  private boolean afterTimeout;

  private long priorCwnd;
  private boolean lossSinceAck;
  private int lossEventsInRound;

  // ---- undo (section 5.5.11)
  private State undoState = State.PROBE_RTT;
  private long undoBwShortterm;
  private long undoInflightShortterm;
  private long undoInflightLongterm;

  Bbr(EntropySource entropy) {
    cycle = new BbrCycle(this, entropy);
  }

  @Override
  public String name() {
    return "bbr";
  }

  @Override
  public void start(int mss, long initialWindow) {
    this.mss = mss;
    initialCwnd = initialWindow;
    cwnd = initialWindow;
    initPacingRate(FIRST_RTT_GUESS_NANOS);
  }

  @Override
  public long window() {
    return cwnd;
  }

  /** BBR has none. */
  @Override
  public long threshold() {
    return Long.MAX_VALUE / 2;
  }

  @Override
  public long pacingRate() {
    return pacingRate;
  }

  @Override
  public boolean wantsRate() {
    return true;
  }

  /** It answers to losses with its model (section 5.6.4.4). */
  @Override
  public boolean usesRateReduction() {
    return false;
  }

  // ---- each acknowledgement (section 5.2.3)

  @Override
  public void onAck(AckSample ack) {
    if (!begun) {
      begun = true;
      rtt.begin(ack.now);
      aggregation.restart(ack.now);
    }
    lastAckAt = ack.now;
    if (!rttSeen && ack.srttNanos > 0) {
      rttSeen = true;
      initPacingRate(ack.srttNanos);
    }
    if (ack.lostBytes > 0) {
      lossSinceAck = true;
      noteLoss();
      cycle.onLost(ack);
    }
    model.sample(ack, ack.priorDeliveredBytes <= ignoreLowUntil);
    model.adaptLowerBounds(state.probesBandwidth(), cwnd);
    aggregation.update(ack.now, model.bw, ack.deliveredBytes, cwnd, model.roundCount, pipe.reached);
    pipe.check(model);
    checkStartupDone(ack);
    checkDrainDone(ack);
    cycle.update(ack);
    rtt.update(ack.now, ack.rttNanos);
    checkProbeRtt(ack);
    model.finish(ack);
    paceWithGain(state.pacingGain);
    setCwnd(ack);
  }

  // ---- Startup and Drain (sections 5.3.1, 5.3.2)

  private void checkStartupDone(AckSample ack) {
    checkStartupHighLoss(ack);
    if (state == State.STARTUP && pipe.reached) {
      state = State.DRAIN;
      drainStartRound = model.roundCount;
    }
  }

  /** Section 5.3.1.3. Without SACK no more than one loss a round trip is seen, and it is enough. */
  private void checkStartupHighLoss(AckSample ack) {
    if (lossSinceAck) {
      lossEventsInRound++;
      lossSinceAck = false;
    }
    if (!ack.selective) {
      leaveStartup(ack.inRecovery && !ack.afterTimeout && ack.lostBytes > 0);
      return;
    }
    if (!model.lossRoundStart) {
      return;
    }
    leaveStartup(ack.inRecovery && lossEventsInRound >= STARTUP_FULL_LOSS_COUNT && tooHigh(ack));
    lossEventsInRound = 0;
  }

  private void leaveStartup(boolean lossIsHigh) {
    if (lossIsHigh && !pipe.reached) {
      undoState = State.STARTUP;
      pipe.reached = true;
      model.inflightLongterm = Math.max(bdp(model.bw, 100), model.inflightLatest);
    }
  }

  private void checkDrainDone(AckSample ack) {
    if (state == State.DRAIN
        && (ack.inFlightBytes <= inflight(model.bw, 100)
            || model.roundCount > drainStartRound + DRAIN_ROUNDS)) {
      cycle.startDown(ack.now);
    }
  }

  // ---- ProbeRTT (section 5.3.4)

  private void checkProbeRtt(AckSample ack) {
    if (state != State.PROBE_RTT && rtt.expired() && !idleRestart) {
      saveCwnd();
      state = State.PROBE_RTT;
      probeRttDoneStamp = NOT_YET;
      cycle.probeStopping();
      model.startRound();
    }
    if (state == State.PROBE_RTT) {
      handleProbeRtt(ack);
    }
    if (ack.deliveredBytes > 0) {
      idleRestart = false;
    }
  }

  private void handleProbeRtt(AckSample ack) {
    ignoreLowUntil = ack.totalDeliveredBytes + ack.inFlightBytes;
    if (probeRttDoneStamp == NOT_YET) {
      if (ack.inFlightBytes <= probeRttCwnd()) {
        probeRttDoneStamp = ack.now + PROBE_RTT_NANOS;
        probeRttRoundDone = false;
        model.startRound();
      }
      return;
    }
    probeRttRoundDone |= model.roundStart;
    if (probeRttRoundDone) {
      checkProbeRttDone(ack.now);
    }
  }

  private void checkProbeRttDone(long now) {
    if (probeRttDoneStamp == NOT_YET || now <= probeRttDoneStamp) {
      return;
    }
    rtt.probed(now);
    if (!afterTimeout) {
      // What is left of a timeout's repair does not leave in one burst: its end restores too.
      restoreCwnd();
    }
    model.resetShortTermModel();
    if (pipe.reached) {
      cycle.startDown(now);
      state = State.CRUISE;
    } else {
      state = State.STARTUP;
    }
  }

  private long probeRttCwnd() {
    return Math.max(bdp(model.bw, State.PROBE_RTT.cwndGain), minPipeCwnd());
  }

  // ---- idle (section 5.4.1)

  @Override
  public void onTransmitAfterIdle(long now) {
    idleRestart = true;
    aggregation.restart(now);
    if (state.inCycle()) {
      paceWithGain(100);
    } else if (state == State.PROBE_RTT) {
      checkProbeRttDone(now);
    }
  }

  /** Section 5.4.2: its rate, not a restart window, keeps it from a burst. */
  @Override
  public void onIdleRestart() {}

  // ---- congestion

  @Override
  public void onCongestion(Cause cause, long inFlight, long now) {
    switch (cause) {
      case LOSS -> {
        saveCwnd();
        saveState();
        inLossRecovery = true;
        afterTimeout = false;
      }
      case TIMEOUT -> {
        saveCwnd();
        saveState();
        inLossRecovery = true;
        afterTimeout = true;
        cwnd = mss;
      }
      // Section 3.7: a mark is congestion like a loss.
      case ECN -> {
        lossSinceAck = true;
        noteLoss();
        cycle.onMarked(inFlight);
      }
    }
  }

  private void noteLoss() {
    if (model.noteLoss()) {
      saveCwnd();
      saveState();
    }
  }

  @Override
  public void onRepeatedTimeout() {
    cwnd = mss;
  }

  @Override
  public void onRecovered(long inFlight) {
    inLossRecovery = false;
    afterTimeout = false;
    restoreCwnd();
  }

  /** HandleSpuriousLossDetection. */
  @Override
  public void onUndo(long inFlight) {
    inLossRecovery = false;
    afterTimeout = false;
    restoreCwnd();
    model.lossInRound = false;
    pipe.reset(0);
    model.bwShortterm = Math.max(model.bwShortterm, undoBwShortterm);
    model.inflightShortterm = Math.max(model.inflightShortterm, undoInflightShortterm);
    model.inflightLongterm = Math.max(model.inflightLongterm, undoInflightLongterm);
    State was = undoState;
    undoState = State.PROBE_RTT;
    if (was == State.STARTUP && state != State.STARTUP) {
      pipe.reached = false;
      if (state != State.PROBE_RTT) {
        state = State.STARTUP;
      }
    } else if (was == State.UP && state != State.UP && state != State.PROBE_RTT) {
      cycle.startRefill();
    }
  }

  long lastAckAt() {
    return lastAckAt;
  }

  void leftUpByLoss() {
    undoState = State.UP;
  }

  private void saveState() {
    undoState = State.PROBE_RTT; // Nothing to return to.
    undoBwShortterm = model.bwShortterm;
    undoInflightShortterm = model.inflightShortterm;
    undoInflightLongterm = model.inflightLongterm;
  }

  private void saveCwnd() {
    priorCwnd = !inLossRecovery && state != State.PROBE_RTT ? cwnd : Math.max(priorCwnd, cwnd);
  }

  private void restoreCwnd() {
    cwnd = Math.max(cwnd, priorCwnd);
  }

  /**
   * IsInflightTooHigh: more than 2 % was lost of what was in flight when the acknowledged segment
   * was sent, or anything at all without SACK; false without such a segment.
   */
  static boolean tooHigh(AckSample ack) {
    return ack.txInFlightBytes > 0
        && tooMuch(ack.lostSinceSentBytes, ack.txInFlightBytes, ack.selective);
  }

  static boolean tooMuch(long lost, long inFlight, boolean selective) {
    return lost * 100 > (selective ? inFlight * LOSS_THRESHOLD_PERCENT : 0);
  }

  // ---- control parameters (section 5.6)

  private void initPacingRate(long nanos) {
    pacingRate =
        Math.max(mss, Pacing.multiplyDivide(initialCwnd, Pacing.SECOND, nanos))
            * State.STARTUP.pacingGain
            / 100;
  }

  private void paceWithGain(int gain) {
    long rate = model.bw / 100 * gain * (100 - PACING_MARGIN_PERCENT) / 100;
    if (model.bw > 0 && (pipe.reached || rate > pacingRate)) {
      // Whatever the samples say, a segment leaves each second.
      pacingRate = Math.max(rate, mss);
    }
  }

  /** Section 5.6.4.6. */
  private void setCwnd(AckSample ack) {
    long max = quantizationBudget(bdp(model.bw, state.cwndGain) + aggregation.extraAcked());
    // While a timeout is repaired, most of what a jump of SND.UNA covers left the network long
    // before: an ACK is worth one segment (RFC 3465 section 2.3).
    long delivered = ack.afterTimeout ? Math.min(ack.deliveredBytes, mss) : ack.deliveredBytes;
    if (pipe.reached) {
      cwnd = Math.min(cwnd + delivered, max);
    } else if (cwnd < max || ack.totalDeliveredBytes < initialCwnd) {
      cwnd += delivered;
    }
    cwnd = Math.max(cwnd, minPipeCwnd());
    if (state == State.PROBE_RTT) {
      cwnd = Math.min(cwnd, probeRttCwnd());
    }
    cwnd = Math.min(cwnd, Math.max(modelCap(), minPipeCwnd()));
  }

  /** BoundCwndForModel (section 5.6.4.7). */
  private long modelCap() {
    long cap =
        switch (state) {
          case DOWN, REFILL, UP -> model.inflightLongterm;
          case CRUISE, PROBE_RTT -> inflightWithHeadroom();
          case STARTUP, DRAIN -> BbrModel.INFINITY;
        };
    return Math.min(cap, model.inflightShortterm);
  }

  /** Headroom is 0.15 of inflight_longterm, a segment at least. */
  long inflightWithHeadroom() {
    long most = model.inflightLongterm;
    if (most == BbrModel.INFINITY) {
      return most;
    }
    return Math.max(most - Math.max(mss, most * 15 / 100), minPipeCwnd());
  }

  /** BDPMultiple, of a bandwidth. */
  long bdp(long bw, int gain) {
    if (rtt.minRtt() == BbrRtt.UNKNOWN || bw == 0) {
      return initialCwnd;
    }
    return Pacing.bytesIn(rtt.minRtt(), bw) * gain / 100;
  }

  /** Inflight(bw, gain). */
  long inflight(long bw, int gain) {
    return quantizationBudget(bdp(bw, gain));
  }

  private long quantizationBudget(long inflight) {
    long offloadBudget = 3 * Pacing.quantum(pacingRate, mss);
    long most = Math.max(Math.max(inflight, offloadBudget), minPipeCwnd());
    return state == State.UP ? most + 2L * mss : most;
  }

  private long minPipeCwnd() {
    return (long) MIN_PIPE_SEGMENTS * mss;
  }

  @Override
  public void mss(int bytes) {
    mss = bytes;
    cwnd = Math.max(cwnd, bytes);
  }
}
