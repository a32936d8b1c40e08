package dev.sinew.tcp.recovery;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.CongestionControl.Cause;
import org.jspecify.annotations.Nullable;

/**
 * The recovery that is on, if any: where it began and ends, what it may have in flight, and, for a
 * while after it, whether it was needed at all. It is what the controller hears of beginnings and
 * ends.
 */
final class Episode {
  private enum Phase {
    OPEN,
    FAST_RECOVERY,
    AFTER_TIMEOUT
  }

  private final Transmissions records;
  private final RttEstimator rtt;
  private final CongestionControl control;
  private final Counters counters;
  private Phase phase = Phase.OPEN;
  private boolean sack;

  /** The flight shrinks evenly after a mark too. */
  private boolean evenAfterMark;

  /** SND.NXT when a mark began to shrink it. */
  @Seq private int markedAt;

  /** What may be sent when nothing is in flight. */
  private long restartWindow;

  /**
   * RFC 6582's recover, RFC 6675's RecoveryPoint: the highest sequence number sent when the last
   * recovery began.
   */
  @Seq private int recover;

  /** A timeout interrupted a fast recovery, which was to end at {@link #interruptedAt}. */
  private boolean interrupted;

  @Seq private int interruptedAt;

  /** When the window was last reduced for a loss. */
  private long reducedAt;

  /** New data was acknowledged since the last timeout. */
  private boolean progress;

  /**
   * The next retransmission goes whatever the window says: the first of a recovery, and one for
   * each partial acknowledgement.
   */
  boolean retransmitAtOnce;

  /** Governs fast recovery, or what follows a mark, while it is there (RFC 9937). */
  private @Nullable RateReduction reduction;

  final MarkResponse marks = new MarkResponse();
  private final ForwardRto forward = new ForwardRto();

  /** The last recovery, while it may turn out to have been needless. */
  private @Nullable Undo undo;

  /** The next measurement of new data follows a spurious timeout. */
  private boolean adaptTimer;

  Episode(Transmissions records, RttEstimator rtt, CongestionControl control, Counters counters) {
    this.records = records;
    this.rtt = rtt;
    this.control = control;
    this.counters = counters;
  }

  void start(@Seq int iss, boolean sackPermitted, long initialWindow, Profile profile) {
    evenAfterMark = profile.rateReductionAfterMark();
    restartWindow = initialWindow;
    recover = iss;
    sack = sackPermitted;
  }

  boolean on() {
    return phase != Phase.OPEN;
  }

  boolean fast() {
    return phase == Phase.FAST_RECOVERY;
  }

  boolean afterTimeout() {
    return phase == Phase.AFTER_TIMEOUT;
  }

  @Seq
  int recover() {
    return recover;
  }

  // ---- what may be sent

  /** New data goes before retransmissions, so many bytes of it, or -1 when it does not. */
  long forwardAllowance() {
    return forward.forward() ? forward.allowance() : -1;
  }

  boolean nothingForward() {
    return forward.giveUpWithoutData();
  }

  /** What may be in flight. */
  long window() {
    RateReduction r = reduction;
    return r != null ? r.window() : control.window();
  }

  void sent(long bytes) {
    forward.sent(bytes);
    if (reduction != null) {
      reduction.sent(bytes);
    }
  }

  void resent(@Seq int start, @Seq int end, long now) {
    retransmitAtOnce = false;
    if (undo != null && on()) {
      undo.resent(start, end, now);
    }
    if (reduction != null) {
      reduction.sent(SeqNum.diff(end, start));
    }
  }

  // ---- fast recovery

  /**
   * Fast recovery begins.
   *
   * @param nxt SND.NXT
   * @param delivered by the acknowledgement that began it
   */
  void enter(@Seq int nxt, long delivered, Profile profile, long now) {
    counters.inc(sack ? Counter.TcpExtTCPSackRecovery : Counter.TcpExtTCPRenoRecovery);
    phase = Phase.FAST_RECOVERY;
    recover = nxt;
    retransmitAtOnce = true;
    forward.off();
    govern(profile);
    if (marks.reduced()) {
      // RFC 3168 section 6.1.2: a mark of the same flight has reduced the window, and rightly.
      undo = null;
      shrink(delivered, now);
    } else {
      beginUndo(profile, false, nxt);
      reduce(delivered, now);
    }
  }

  private void reduce(long delivered, long now) {
    marks.reductions++;
    control.onCongestion(Cause.LOSS, records.outstandingBytes(), now);
    shrink(delivered, now);
  }

  /** The flight shrinks to what the controller allows. */
  private void shrink(long delivered, long now) {
    reducedAt = now;
    if (reduction != null) {
      reduction.begin(
          control.threshold(),
          records.outstandingBytes() - records.sackedBytes() + delivered,
          records.pipe(),
          restartWindow);
    }
  }

  /**
   * A mark has reduced the window: its flight shrinks to that, acknowledgement by acknowledgement.
   */
  void marked(@Seq int nxt, long now) {
    if (evenAfterMark && phase == Phase.OPEN && control.usesRateReduction()) {
      reduction = new RateReduction();
      markedAt = nxt;
      shrink(0, now);
    }
  }

  /** The flight shrinks after a mark. */
  boolean shrinking() {
    return phase == Phase.OPEN && reduction != null;
  }

  /** An acknowledgement came while it does; something behind the marked flight ends it. */
  void shrinks(AckEvent e, long delivered, long inFlight, int mss) {
    RateReduction r = reduction;
    if (phase != Phase.OPEN || r == null) {
      return;
    }
    if (SeqNum.gt(e.una, markedAt)) {
      reduction = null;
    } else if (delivered > 0) {
      r.acknowledged(delivered, inFlight, e.advanced, mss);
    }
  }

  /**
   * RFC 5681 section 4.3: the loss of a retransmission is a second indication of congestion, and
   * says that the first was one.
   */
  void reduceAgain(@Nullable LossDetector detector, Profile profile, long now) {
    if (fast()
        && profile.lostRetransmissionReduces()
        && detector != null
        && detector.takeLostAgainSince(reducedAt)) {
      undo = null;
      reduce(0, now);
    }
  }

  /**
   * RFC 8985 section 7.4.2: a probe has repaired a loss, and the response is that of a fast
   * recovery that has nothing to send again.
   */
  void lossRepaired(long now) {
    if (phase == Phase.OPEN) {
      marks.reductions++;
      control.onCongestion(Cause.LOSS, records.outstandingBytes(), now);
      control.onRecovered(Math.max(records.pipe(), control.threshold()));
      reducedAt = now;
      undo = null;
    }
  }

  /** An acknowledgement during fast recovery with SACK. */
  void acknowledged(long delivered, boolean safe, int mss) {
    if (reduction != null) {
      reduction.acknowledged(delivered, records.pipe(), safe, mss);
    }
  }

  /** A timer found a further loss. */
  void lossFound(int mss) {
    if (reduction != null) {
      reduction.lossFound(records.pipe(), mss);
    }
  }

  // ---- the end

  /** SND.UNA moved. */
  void advanced(@Seq int una) {
    progress = true;
    marks.acknowledged(una);
    if (phase == Phase.OPEN && SeqNum.lt(recover, una - 1)) {
      // Keeps the comparison with recover meaningful when gigabytes pass without a loss.
      recover = una - 1;
    }
  }

  /** Whether the recovery ends with this acknowledgement. */
  boolean endsWith(AckEvent e) {
    return on()
        && e.advanced
        && (SeqNum.geq(e.una, recover) || afterTimeout() && records.isEmpty());
  }

  /** Fast recovery, or the repair after a timeout, is over. */
  void leave(@Seq int nxt, long inFlight, Profile profile) {
    if (undo != null) {
      undo.left(nxt);
    }
    // RFC 9937: the window is ssthresh at the end.
    boolean full = reduction != null || profile.fullWindowAfterRecovery();
    long flight = full ? Math.max(inFlight, control.threshold()) : inFlight;
    open();
    control.onRecovered(flight);
  }

  /** The fast recovery that a spurious timeout interrupted goes on. */
  private void resume(Profile profile, long now) {
    phase = Phase.FAST_RECOVERY;
    recover = interruptedAt;
    govern(profile);
    shrink(0, now);
  }

  private void govern(Profile profile) {
    reduction = sack && profile.prr() && control.usesRateReduction() ? new RateReduction() : null;
  }

  private void open() {
    phase = Phase.OPEN;
    reduction = null;
    retransmitAtOnce = false;
    forward.off();
  }

  // ---- timeouts

  /** The retransmission timer ran out; what is lost is not marked yet. */
  void timeout(@Seq int nxt, boolean duplicatesSeen, long granularity, Profile profile, long now) {
    marks.reductions++;
    forward.timeout(profile.undo() && profile.forwardRto() && phase == Phase.OPEN);
    if (phase == Phase.AFTER_TIMEOUT && !progress) {
      control.onRepeatedTimeout();
    } else {
      interrupted = sack && fast();
      interruptedAt = recover;
      countFailure(duplicatesSeen);
      control.onCongestion(Cause.TIMEOUT, records.outstandingBytes(), now);
      beginUndo(profile, true, nxt);
      rtt.beforeTimeout(granularity);
      adaptTimer = false;
    }
    reducedAt = now;
    progress = false;
    phase = Phase.AFTER_TIMEOUT;
    recover = nxt;
    reduction = null;
    retransmitAtOnce = true;
  }

  private void countFailure(boolean duplicatesSeen) {
    switch (phase) {
      case FAST_RECOVERY ->
          counters.inc(
              sack ? Counter.TcpExtTCPSackRecoveryFail : Counter.TcpExtTCPRenoRecoveryFail);
      case AFTER_TIMEOUT -> counters.inc(Counter.TcpExtTCPLossFailures);
      case OPEN -> {
        if (records.sackedCount() > 0) {
          counters.inc(Counter.TcpExtTCPSackFailures);
        } else if (duplicatesSeen) {
          counters.inc(Counter.TcpExtTCPRenoFailures);
        }
      }
    }
  }

  // ---- needless recoveries

  private void beginUndo(Profile profile, boolean byTimeout, @Seq int nxt) {
    if (!profile.undo()) {
      undo = null;
      return;
    }
    if (undo == null) {
      undo = new Undo();
    }
    undo.begin(byTimeout, nxt);
  }

  /** What was sent again was a probe of a closed window: nothing is to be taken back. */
  void forgetUndo() {
    undo = null;
    forward.off();
  }

  /**
   * Whether this acknowledgement shows that the last recovery was about nothing. Asked once for
   * each, before the end of the recovery.
   */
  boolean spurious(AckEvent e, @Seq int highestDelivered, int mss) {
    boolean deciding = afterTimeout() && forward.forward();
    boolean late = afterTimeout() && forward.acknowledged(e, sack, highestDelivered, recover, mss);
    if (deciding && !late && !e.advanced && !sack) {
      // RFC 5682 section 2.1 step 3a: up to three segments, the two new ones and one sent again.
      retransmitAtOnce = true;
    }
    Undo u = undo;
    if (u == null) {
      return false;
    }
    if (phase == Phase.OPEN && u.past(e.una)) {
      undo = null;
      return false;
    }
    // A timeout holds for lost what merely is late; what fast recovery holds for lost, it has
    // found.
    boolean nothingLost = u.byTimeout() || records.lostBytes() == 0;
    if (late || nothingLost && records.retransmittedBytes() == 0 && u.echoTells(e)) {
      return true;
    }
    if (u.reportTells(e) && nothingLost) {
      counters.inc(Counter.TcpExtTCPDSACKUndo);
      return true;
    }
    return false;
  }

  /**
   * The response of RFC 4015 section 3.1.
   *
   * @return true when it was a timeout
   */
  boolean takeBack(AckEvent e, long inFlight) {
    boolean timeout = undo != null && undo.byTimeout();
    undo = null;
    if (timeout) {
      counters.inc(Counter.TcpExtTCPLossUndo);
      counters.inc(Counter.TcpExtTCPSpuriousRTOs);
      adaptTimer = true;
    } else {
      counters.inc(on() ? Counter.TcpExtTCPPartialUndo : Counter.TcpExtTCPFullUndo);
    }
    open();
    if (!e.sample.congestionEchoed) {
      // Step 9: a mark is a mark, whatever the timer did.
      control.onUndo(inFlight);
    }
    if (timeout && interrupted && SeqNum.lt(e.una, interruptedAt)) {
      // What it was about is not repaired yet, and no second reason to reduce the window.
      resume(e.profile, e.now);
    }
    return timeout;
  }

  /** Step 11: a round-trip time was measured. */
  void measured(AckEvent e, long sample) {
    if (adaptTimer && SeqNum.gt(e.una, recover)) {
      adaptTimer = false;
      rtt.sampleAfterSpurious(sample, e.granularity, e.profile);
    }
  }
}
