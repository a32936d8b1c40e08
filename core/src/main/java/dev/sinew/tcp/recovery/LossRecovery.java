package dev.sinew.tcp.recovery;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TimerHeap;
import dev.sinew.tcp.congestion.AckSample;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.CongestionControl.Cause;
import org.jspecify.annotations.Nullable;

/**
 * Decides what must be sent again, and how much may be in flight while it is. With SACK, losses are
 * found by RACK-TLP (RFC 8985) or by RFC 6675, and the flight shrinks by PRR (RFC 9937); without,
 * by NewReno (RFC 6582); always there is the retransmission timeout (RFC 6298 section 5). It owns
 * the transmission records, the recovery point and PRR's quota; the window belongs to the
 * controller. Output asks {@link #nextRetransmission} and {@link #quota}.
 */
public final class LossRecovery {
  /** A timestamp is cut to milliseconds, so an echo looks older by up to that. */
  private static final long TIMESTAMP_TICK_NANOS = 1_000_000L;

  private enum Phase {
    OPEN,
    FAST_RECOVERY,
    AFTER_TIMEOUT
  }

  private final Transmissions records = new Transmissions();
  private final RttEstimator rtt;
  private final CongestionControl control;
  private final Counters counters;
  private Phase phase = Phase.OPEN;

  /** Whether the peer does SACK; decides which of the following exist. */
  private boolean sack;

  private final NewReno newReno = new NewReno();
  private @Nullable Rack rack;
  private @Nullable SackLoss sackLoss;
  private @Nullable TailLossProbe probe;
  private @Nullable DeliveryRate rate;

  /** While fast recovery is governed by it. */
  private @Nullable RateReduction reduction;

  private boolean reducing;

  /**
   * RFC 6582's recover, RFC 6675's RecoveryPoint: the highest sequence number sent when the last
   * recovery began.
   */
  @Seq private int recover;

  /** The highest sequence number that the peer is known to have, behind SND.UNA or SACKed. */
  @Seq private int highestDelivered;

  /** A round ends when something behind this is delivered. */
  @Seq private int roundEnd;

  private int mss;

  /** When the window was last reduced for a loss. */
  private long reducedAt;

  /**
   * The next retransmission goes whatever the window says: the first of a recovery, and one for
   * each partial acknowledgement.
   */
  private boolean retransmitAtOnce;

  private boolean windowLimited;

  /** New data was acknowledged since the last timeout. */
  private boolean progress;

  private final MarkResponse marks = new MarkResponse();

  /** Held for lost since the controller heard last. */
  private long lostUnreported;

  public LossRecovery(CongestionControl control, Profile profile, Counters counters) {
    this.control = control;
    this.rtt = new RttEstimator(profile);
    this.counters = counters;
  }

  /**
   * The connection is established.
   *
   * @param sackPermitted both SYNs carried SACK-permitted
   */
  public void start(
      @Seq int iss, int mss, long initialWindow, boolean sackPermitted, Profile profile) {
    this.recover = iss;
    this.highestDelivered = iss + 1;
    this.roundEnd = iss + 1;
    this.mss = mss;
    this.sack = sackPermitted;
    if (sack && profile.rack()) {
      rack = new Rack(iss + 1);
      probe = profile.tailLossProbe() ? new TailLossProbe() : null;
    } else if (sack) {
      sackLoss = new SackLoss(iss + 1);
    }
    control.start(mss, initialWindow);
    if (control.wantsRate()) {
      rate = new DeliveryRate();
    }
  }

  public Transmissions records() {
    return records;
  }

  public RttEstimator rtt() {
    return rtt;
  }

  public CongestionControl control() {
    return control;
  }

  /** The effective MSS changed; what is in flight is cut anew when it is sent again. */
  public void mss(int bytes) {
    mss = bytes;
    control.mss(bytes);
  }

  public boolean inFastRecovery() {
    return phase == Phase.FAST_RECOVERY;
  }

  /** Fast recovery, or the repair of what followed a timeout. */
  public boolean inRecovery() {
    return phase != Phase.OPEN;
  }

  // ---- what output asks

  /** Bytes that are thought to be in the network. */
  public long inFlight() {
    return Math.max(0, records.pipe() - (sack ? 0 : newReno.creditBytes));
  }

  /** How many more bytes the congestion window lets go now; may be negative. */
  public long quota() {
    RateReduction r = reduction;
    long window = reducing && r != null ? r.window() : control.window();
    return window - inFlight();
  }

  /** The record to send again next, or -1. */
  public int nextRetransmission() {
    return records.firstLost();
  }

  /** Whether {@link #nextRetransmission} is to be sent without asking for {@link #quota}. */
  public boolean mustRetransmit() {
    return retransmitAtOnce;
  }

  /**
   * The record to send again although nothing says that it is lost, once nothing new can be sent,
   * or -1 (RFC 6675 section 4, rules 3 and 4 of NextSeg()).
   */
  public int speculativeRetransmission() {
    return sackLoss != null && phase == Phase.FAST_RECOVERY ? sackLoss.speculative(records) : -1;
  }

  /** Record {@code i} went out again. */
  public void resent(int i, long now) {
    boolean lost = records.lost(i);
    records.markRetransmitted(i, now);
    retransmitAtOnce = false;
    if (!lost && sackLoss != null) {
      sackLoss.rescued();
    }
    went(i, now);
  }

  /** New data went out. */
  public void sent(@Seq int from, @Seq int to, long now) {
    records.append(from, to, now);
    went(records.count() - 1, now);
    if (probe != null) {
      probe.restart();
    }
  }

  private void went(int i, long now) {
    if (reducing && reduction != null) {
      reduction.sent(records.size(i));
    }
    if (rate != null) {
      rate.sent(records, i, records.pipe(), now);
    }
  }

  /** Output stopped: was it the congestion window that held it back? */
  public void noteLimit(boolean byCongestionWindow) {
    windowLimited = byCongestionWindow;
  }

  /** Output stopped because the application has nothing more to send. */
  public void applicationLimited() {
    if (rate != null && records.lostBytes() == 0 && quota() > 0) {
      rate.applicationLimited(records.pipe());
    }
  }

  // ---- the tail loss probe and the reordering timer

  /**
   * How long to wait before a loss probe, or -1 when there is none to send (RFC 8985 section 7.2).
   */
  public long probeTimeout(long granularity, Profile profile) {
    TailLossProbe p = probe;
    if (p == null
        || !profile.tailLossProbe()
        || phase != Phase.OPEN
        || records.isEmpty()
        || records.sackedCount() > 0
        || !p.allowed()) {
      return -1;
    }
    return TailLossProbe.timeout(rtt.srtt(), records.outstandingBytes() <= mss, granularity);
  }

  /** Whether the probe's timer has to begin anew; asking clears it. */
  public boolean takeProbeRestart() {
    return probe != null && probe.takeRestart();
  }

  /**
   * The loss probe went out: new data, or the last record again.
   *
   * @param nxt SND.NXT after it
   */
  public void probeSent(@Seq int nxt, boolean again) {
    if (probe != null) {
      probe.sent(nxt, again);
      probe.takeRestart();
    }
  }

  /** When a segment may be found lost without an acknowledgement, or {@link TimerHeap#NEVER}. */
  public long reorderDeadline() {
    return rack == null ? TimerHeap.NEVER : rack.deadline();
  }

  /**
   * The reordering timer ran out (RFC 8985 section 6.2 step 5).
   *
   * @param nxt SND.NXT
   * @return true when fast recovery began
   */
  public boolean reorderTimeout(@Seq int nxt, long granularity, Profile profile, long now) {
    if (rack == null || rackDetect(granularity, now) == 0) {
      return false;
    }
    if (phase == Phase.OPEN) {
      enter(nxt, 0, profile, now);
      return true;
    }
    if (reducing && reduction != null) {
      reduction.lossFound(inFlight(), mss);
    }
    return false;
  }

  // ---- what the ACK step tells

  /**
   * An acknowledgement at or behind SND.UNA came in.
   *
   * @return {@link AckEvent#ENTERED}, {@link AckEvent#LEFT}, {@link AckEvent#UNDONE}
   */
  public int onAck(AckEvent e) {
    e.begin();
    Phase before = phase;
    long priorInFlight = inFlight();
    long outstanding = records.outstandingBytes();
    if (rate != null) {
      rate.begin();
    }
    if (sack && e.sackCount > 0) {
      Scoreboard.take(this, e, mss, counters);
    }
    if (e.advanced) {
      acknowledge(e);
    }
    long acked = outstanding - records.outstandingBytes();
    long sample = measure(e, outstanding);
    boolean leaving =
        phase != Phase.OPEN
            && e.advanced
            && (SeqNum.geq(e.una, recover) || phase == Phase.AFTER_TIMEOUT && records.isEmpty());
    int result = sack ? onSackAck(e, leaving) : onRenoAck(e, acked, leaving);
    tellControl(e, acked, sample, priorInFlight, before != Phase.OPEN);
    if (leaving) {
      leave();
      result |= AckEvent.LEFT;
      if (sack && records.lostBytes() > 0) {
        // What was sent after the recovery point is lost too: a loss of its own.
        enter(e.nxt, e.deliveredBytes, e.profile, e.now);
        result |= AckEvent.ENTERED;
      }
    }
    return result;
  }

  /** The cumulative acknowledgement. */
  private void acknowledge(AckEvent e) {
    int n = records.count();
    for (int i = 0; i < n && SeqNum.leq(records.end(i), e.una); i++) {
      if (!records.sacked(i)) {
        delivered(i, e);
        e.ambiguous |= records.retransmitted(i);
        e.youngestAckedAt = Math.max(e.youngestAckedAt, records.sentAt(i));
      }
    }
    int part = records.find(e.una);
    if (part < n && !records.delivered(part)) {
      int bytes = SeqNum.diff(e.una, records.start(part));
      e.deliveredBytes += bytes;
      if (rate != null && bytes > 0) {
        rate.deliveredPart(bytes, e.now);
      }
    }
    records.acknowledge(e.una);
    highestDelivered = SeqNum.max(highestDelivered, e.una);
    progress = true;
    marks.acknowledged(e.una);
    if (phase == Phase.OPEN && SeqNum.lt(recover, e.una - 1)) {
      // Keeps the comparison with recover meaningful when gigabytes pass without a loss.
      recover = e.una - 1;
    }
    if (probe != null) {
      probe.restart();
    }
  }

  /** Record {@code i} is delivered whole, cumulatively or by SACK. */
  void delivered(int i, AckEvent e) {
    if (records.delivered(i)) {
      // Known before a timeout made us forget it: it tells nothing about this acknowledgement.
      return;
    }
    e.deliveredBytes += records.size(i);
    if (!records.retransmitted(i)) {
      e.youngestSentAt = Math.max(e.youngestSentAt, records.sentAt(i));
      e.originalDelivered |= SeqNum.leq(records.end(i), recover);
    }
    if (rack != null) {
      rack.delivered(records, i, e, rtt.minRtt());
    }
    if (rate != null) {
      rate.delivered(records, i, e.now);
    }
    if (SeqNum.gt(records.end(i), e.una)) {
      highestDelivered = SeqNum.max(highestDelivered, records.end(i));
    }
  }

  /** Takes a round-trip time from the acknowledgement; returns it, or -1. */
  private long measure(AckEvent e, long flight) {
    long sample = -1;
    if (e.youngestSentAt >= 0 && !e.ambiguous) {
      sample = e.now - e.youngestSentAt;
    }
    if (sample < 0 && e.advanced && e.timestampRtt >= 0 && echoTells(e)) {
      sample = e.timestampRtt;
    }
    if (sample >= 0) {
      // Karn: only a measurement ends the backoff, or a path slower than the timeout would never be
      // measured.
      rtt.sample(sample, e.granularity, e.profile, RttEstimator.expectedSamples(flight, mss));
      if (probe != null) {
        probe.measured();
      }
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
  private boolean echoTells(AckEvent e) {
    if (e.youngestAckedAt < 0) {
      return false;
    }
    long sinceLast = e.now - e.youngestAckedAt;
    return e.timestampRtt <= sinceLast + TIMESTAMP_TICK_NANOS || sinceLast < rtt.minRtt() / 2;
  }

  // ---- with SACK

  private int onSackAck(AckEvent e, boolean leaving) {
    int result = 0;
    Rack r = rack;
    long lost = 0;
    boolean news = e.deliveredBytes > 0 || e.dsack;
    if (r != null) {
      r.advanceFack(highestDelivered);
      r.adapt(e, e.dsack && !(probe != null && probe.explains(e)), leaving);
      if (news) {
        lost = rackDetect(leaving ? Phase.OPEN : phase, e.granularity, e.now);
      }
      if (records.isEmpty()) {
        r.idle();
      }
    } else if (sackLoss != null && news) {
      lost = sackLoss.detect(records, e.una, highestDelivered, mss);
      lostUnreported += lost;
    }
    if (phase == Phase.OPEN && lost > 0) {
      enter(e.nxt, e.deliveredBytes, e.profile, e.now);
      result = AckEvent.ENTERED;
    }
    if (probe != null && probe.acknowledged(e)) {
      counters.inc(Counter.TcpExtTCPLossProbeRecovery);
      if (phase == Phase.OPEN) {
        // RFC 8985 section 7.4.2: a loss was repaired, and the response is that of a fast recovery
        // that has nothing to send again.
        control.onCongestion(Cause.LOSS, records.outstandingBytes(), e.now);
        control.onRecovered(Math.max(inFlight(), control.threshold()));
        reducedAt = e.now;
      }
    }
    if (phase == Phase.FAST_RECOVERY && !leaving && reducing && reduction != null) {
      reduction.acknowledged(e.deliveredBytes, inFlight(), e.advanced && lost == 0, mss);
    }
    return result;
  }

  private long rackDetect(long granularity, long now) {
    return rackDetect(phase, granularity, now);
  }

  private long rackDetect(Phase in, long granularity, long now) {
    Rack r = rack;
    if (r == null) {
      return 0;
    }
    long lost = r.detect(records, in != Phase.OPEN, rtt, granularity, now);
    lostUnreported += lost;
    if (rate != null) {
      rate.lost(lost);
    }
    if (r.lostAgain > 0) {
      counters.add(Counter.TcpExtTCPLostRetransmit, r.lostAgain);
      if (in == Phase.FAST_RECOVERY && r.lostAgainSentAt > reducedAt) {
        // RFC 5681 section 4.3: the loss of a retransmission is a second indication of congestion.
        reduce(Cause.LOSS, now);
      }
    }
    return lost;
  }

  /** Fast recovery begins. */
  private void enter(@Seq int nxt, long delivered, Profile profile, long now) {
    counters.inc(sack ? Counter.TcpExtTCPSackRecovery : Counter.TcpExtTCPRenoRecovery);
    phase = Phase.FAST_RECOVERY;
    recover = nxt;
    retransmitAtOnce = true;
    if (probe != null) {
      probe.reset();
    }
    if (sackLoss != null) {
      sackLoss.begin();
    }
    reducing = sack && profile.prr() && control.usesRateReduction();
    long flight = records.outstandingBytes() - records.sackedBytes() + delivered;
    if (marks.reduced()) {
      reducedAt = now;
    } else {
      reduce(Cause.LOSS, now);
    }
    if (reducing) {
      if (reduction == null) {
        reduction = new RateReduction();
      }
      reduction.begin(control.threshold(), flight, inFlight());
      reduction.acknowledged(delivered, inFlight(), false, mss);
    }
  }

  private void reduce(Cause cause, long now) {
    marks.reductions++;
    control.onCongestion(cause, records.outstandingBytes(), now);
    reducedAt = now;
    if (reducing && reduction != null) {
      reduction.begin(
          control.threshold(),
          records.outstandingBytes() - records.sackedBytes(),
          inFlight());
    }
  }

  /** Fast recovery, or the repair after a timeout, is over. */
  private void leave() {
    boolean byRate = reducing;
    phase = Phase.OPEN;
    reducing = false;
    reduction = null;
    retransmitAtOnce = false;
    newReno.creditBytes = 0;
    // RFC 9937's end: the window is ssthresh.
    control.onRecovered(byRate ? Math.max(inFlight(), control.threshold()) : inFlight());
  }

  // ---- without SACK (RFC 6582)

  private int onRenoAck(AckEvent e, long acked, boolean leaving) {
    if (!e.advanced) {
      return e.duplicate && duplicateAck(e) ? AckEvent.ENTERED : 0;
    }
    if (phase == Phase.FAST_RECOVERY && !leaving) {
      // Section 3.2 step 3, partial acknowledgement: the next segment is lost too.
      if (!records.isEmpty()) {
        hold(0);
        retransmitAtOnce = true;
      }
      newReno.partialAck(acked, mss, records.outstandingBytes());
    } else {
      newReno.progress();
    }
    return 0;
  }

  private boolean duplicateAck(AckEvent e) {
    if (records.isEmpty()) {
      return false;
    }
    if (phase == Phase.FAST_RECOVERY) {
      newReno.inflate(mss, records.outstandingBytes());
      return false;
    }
    newReno.duplicateAcks++;
    if (phase == Phase.AFTER_TIMEOUT) {
      return false;
    }
    if (newReno.duplicateAcks < NewReno.DUP_THRESHOLD) {
      // RFC 3042, limited transmit: each of the first two lets one new segment go.
      newReno.creditBytes = (long) newReno.duplicateAcks * mss;
      return false;
    }
    // Section 3.2 step 1: not again for losses of the same window.
    if (newReno.duplicateAcks != NewReno.DUP_THRESHOLD || SeqNum.leq(e.una, recover)) {
      return false;
    }
    hold(0);
    enter(e.nxt, 0, e.profile, e.now);
    newReno.begin(mss, records.outstandingBytes());
    return true;
  }

  private void hold(int i) {
    if (!records.lost(i)) {
      records.markLost(i);
      lostUnreported += records.size(i);
      if (rate != null) {
        rate.lost(records.size(i));
      }
    }
  }

  // ---- the controller

  private void tellControl(
      AckEvent e, long acked, long sample, long priorInFlight, boolean wasRecovering) {
    AckSample s = e.sample;
    s.now = e.now;
    s.ackedBytes = acked;
    s.deliveredBytes = sack ? e.deliveredBytes : acked;
    s.lostBytes = lostUnreported;
    lostUnreported = 0;
    s.priorInFlightBytes = priorInFlight;
    s.inFlightBytes = inFlight();
    s.rttNanos = sample;
    s.srttNanos = rtt.srtt();
    s.minRttNanos = rtt.minRtt();
    s.windowLimited = windowLimited;
    s.afterTimeout = phase == Phase.AFTER_TIMEOUT;
    s.inRecovery = wasRecovering || phase != Phase.OPEN;
    s.roundStart = false;
    s.totalDeliveredBytes = 0;
    s.priorDeliveredBytes = 0;
    s.txInFlightBytes = 0;
    s.lostSinceSentBytes = 0;
    s.rateDeliveredBytes = 0;
    s.rateIntervalNanos = 0;
    s.appLimited = false;
    if (rate != null) {
      rate.fill(s, rtt.minRtt());
    } else if (SeqNum.gt(highestDelivered, roundEnd)) {
      roundEnd = e.nxt;
      s.roundStart = true;
    }
    control.onAck(s);
  }

  // ---- timeouts and what the path says

  /**
   * The retransmission timer ran out (RFC 6298 section 5.4 to 5.6): what is outstanding is held for
   * lost, and the window is one segment.
   *
   * @param nxt SND.NXT
   */
  public void timeout(@Seq int nxt, long now) {
    marks.reductions++;
    if (phase == Phase.AFTER_TIMEOUT && !progress) {
      control.onRepeatedTimeout();
    } else {
      countFailure();
      control.onCongestion(Cause.TIMEOUT, records.outstandingBytes(), now);
    }
    reducedAt = now;
    rtt.backOff();
    progress = false;
    phase = Phase.AFTER_TIMEOUT;
    recover = nxt;
    reducing = false;
    reduction = null;
    newReno.progress();
    long before = records.lostBytes();
    records.forgetSacks();
    if (rack != null) {
      rack.timeout(records, now);
    } else {
      records.markAllLost();
    }
    if (sackLoss != null && !records.isEmpty()) {
      sackLoss.reset(records.start(0));
    }
    lostUnreported += records.lostBytes() - before;
    if (rate != null) {
      rate.lost(records.lostBytes() - before);
    }
    if (probe != null) {
      probe.reset();
    }
    retransmitAtOnce = true;
  }

  private void countFailure() {
    switch (phase) {
      case FAST_RECOVERY ->
          counters.inc(
              sack ? Counter.TcpExtTCPSackRecoveryFail : Counter.TcpExtTCPRenoRecoveryFail);
      case AFTER_TIMEOUT -> counters.inc(Counter.TcpExtTCPLossFailures);
      case OPEN -> {
        if (records.sackedCount() > 0) {
          counters.inc(Counter.TcpExtTCPSackFailures);
        } else if (newReno.duplicateAcks > 0) {
          counters.inc(Counter.TcpExtTCPRenoFailures);
        }
      }
    }
  }

  /**
   * The window opens again after retransmissions into a window of zero, which the peer cannot have
   * taken.
   */
  public void windowReopened() {
    rtt.endBackoff();
    records.markAllLost();
    retransmitAtOnce = true;
  }

  /**
   * The peer echoes a congestion mark; see {@link MarkResponse#echoed}. While a loss is repaired the
   * window has been reduced already.
   *
   * @param ack SEG.ACK of the segment that says so
   * @param nxt SND.NXT
   */
  public void congestionEchoed(@Seq int ack, @Seq int nxt, long now) {
    if (phase == Phase.OPEN) {
      marks.echoed(control, records.outstandingBytes(), ack, nxt, now);
    }
  }

  /** How often the window was reduced, for whatever reason. */
  public int reductions() {
    return marks.reductions;
  }

  /**
   * The path's MTU shrank: segments larger than {@code bytes} cannot have arrived. That is nobody's
   * congestion.
   */
  public void tooLarge(int bytes) {
    for (int i = 0; i < records.count(); i++) {
      if (records.size(i) > bytes && !records.sacked(i)) {
        records.markLost(i);
        retransmitAtOnce = true;
      }
    }
  }

  /**
   * Whether a cumulative acknowledgement restarts the retransmission timer: always, but for all
   * partial ones after the first in a fast recovery without SACK (RFC 6582 section 4, "impatient").
   */
  public boolean restartTimerOnPartialAck() {
    return sack || phase != Phase.FAST_RECOVERY || newReno.restartsTimer();
  }

  /** Duplicate acknowledgements in a row, without SACK. */
  public int duplicateAcks() {
    return newReno.duplicateAcks;
  }
}
