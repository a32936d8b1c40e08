package dev.sinew.tcp.recovery;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TimerHeap;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.Resumable;
import org.jspecify.annotations.Nullable;

/**
 * Decides what must be sent again, and how much may be in flight while it is. With SACK, losses are
 * found by RACK-TLP (RFC 8985) or by RFC 6675, and the flight shrinks by PRR (RFC 9937); without,
 * by NewReno (RFC 6582); always there is the retransmission timeout (RFC 6298 section 5). It owns
 * the transmission records, the recovery point and PRR's quota; the window belongs to the
 * controller. Output asks {@link #nextRetransmission} and {@link #quota}.
 */
public final class LossRecovery {
  private final Transmissions records = new Transmissions();
  private final RttEstimator rtt;
  private final CongestionControl control;
  private final ControlReports reports;
  private final Counters counters;
  final Episode episode;
  private final NewReno newReno = new NewReno();

  /** Whether the peer does SACK; decides which of the following exist. */
  private boolean sack;

  private boolean rack;
  private boolean probing;

  /** This and the probe exist once something was sent. */
  private @Nullable LossDetector detector;

  private @Nullable TailLossProbe probe;

  /** The highest sequence number that the peer is known to have, behind SND.UNA or SACKed. */
  @Seq private int highestDelivered;

  /** SND.NXT when the round trip began that the timer measures. */
  @Seq private int roundEnd;

  private int mss;

  /** For what comes into being later. */
  private Profile profileAtStart = Profile.STANDARD;

  public LossRecovery(CongestionControl control, RttEstimator rtt, Counters counters) {
    this.control = control;
    this.reports = new ControlReports(control);
    this.rtt = rtt;
    this.counters = counters;
    this.episode = new Episode(records, rtt, control, counters);
  }

  /**
   * The connection is established.
   *
   * @param sackPermitted both SYNs carried SACK-permitted
   */
  public void start(
      @Seq int iss, int mss, long initialWindow, boolean sackPermitted, Profile profile) {
    episode.start(iss, sackPermitted, initialWindow, profile);
    this.profileAtStart = profile;
    this.highestDelivered = iss + 1;
    this.roundEnd = iss;
    this.mss = mss;
    this.sack = sackPermitted;
    this.rack = profile.rack();
    this.probing = rack && profile.tailLossProbe();
    if (!records.isEmpty()) {
      watch();
    }
    control.start(mss, initialWindow);
    reports.start(iss + 1);
  }

  /** Nothing is in flight or being repaired, and the controller is one that may be dropped. */
  public boolean canRest() {
    return records.isEmpty() && !episode.on() && control instanceof Resumable;
  }

  /** After {@link #start}: another went on until now, as far as this window and threshold. */
  public void resume(long window, long threshold) {
    if (control instanceof Resumable r) {
      r.resume(window, threshold);
    }
  }

  /** Something is in flight for the first time. */
  private void watch() {
    if (sack && detector == null) {
      detector = new LossDetector(records, rtt, counters, profileAtStart, highestDelivered);
      probe = probing ? new TailLossProbe() : null;
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

  /** The answer to congestion marks. */
  public MarkResponse marks() {
    return episode.marks;
  }

  /** The effective MSS changed; what is in flight is cut anew when it is sent again. */
  public void mss(int bytes) {
    mss = bytes;
    control.mss(bytes);
  }

  /** The path was seen to reorder (RFC 8985 section 6.2 step 3). */
  public boolean reorderingSeen() {
    return detector != null && detector.reorderingSeen();
  }

  /** How long RACK waits for a segment that may only be late. */
  public long reorderingWindowNanos() {
    return detector == null ? 0 : detector.reorderingWindow();
  }

  /** How often it was, and by how many segments at most, from the usual 3 on. */
  public int reorderingCount() {
    return detector == null ? 0 : detector.reorderingCount();
  }

  public int reorderingSegments() {
    return detector == null ? Rack.DUP_THRESHOLD : detector.reorderingSegments();
  }

  /** What may be in flight: the congestion window, or less while it shrinks (RFC 9937). */
  public long window() {
    return episode.window();
  }

  /** The flight shrinks after a congestion mark. */
  public boolean shrinking() {
    return episode.shrinking();
  }

  public boolean inFastRecovery() {
    return episode.fast();
  }

  /** Fast recovery, or the repair of what followed a timeout. */
  public boolean inRecovery() {
    return episode.on();
  }

  // ---- what output asks

  /** Bytes that are thought to be in the network. */
  public long inFlight() {
    return Math.max(0, records.pipe() - (sack ? 0 : newReno.creditBytes));
  }

  /** How many more bytes the congestion window lets go now; may be negative. */
  public long quota() {
    long forward = episode.forwardAllowance();
    return forward >= 0 ? forward : episode.window() - inFlight();
  }

  /** The record to send again next, or -1. */
  public int nextRetransmission() {
    return episode.forwardAllowance() >= 0 ? -1 : records.firstLost();
  }

  /** New data had its turn before retransmissions, but there was none: these go on. */
  public boolean nothingForward() {
    return episode.nothingForward();
  }

  /** Whether {@link #nextRetransmission} is to be sent without asking for {@link #quota}. */
  public boolean mustRetransmit() {
    return episode.retransmitAtOnce;
  }

  /**
   * The record to send again although nothing says that it is lost, once nothing new can be sent,
   * or -1 (RFC 6675 section 4, rules 3 and 4 of NextSeg()).
   */
  public int speculativeRetransmission() {
    return detector != null && episode.fast() ? detector.speculative() : -1;
  }

  /** Record {@code i} went out again. */
  public void resent(int i, long now) {
    if (!records.lost(i) && detector != null) {
      detector.speculated();
    }
    records.markRetransmitted(i, now);
    episode.resent(records.start(i), records.end(i), now);
    reports.sent(records, i, now);
  }

  /** New data went out, in segments of {@code segmentBytes}, or 0 when it was a single one. */
  public void sent(@Seq int from, @Seq int to, int segmentBytes, long now) {
    watch();
    records.append(from, to, segmentBytes, now);
    episode.sent(SeqNum.diff(to, from));
    reports.sent(records, records.count() - 1, now);
    if (probe != null) {
      probe.restart();
    }
  }

  /** Output stopped: was it the congestion window that held it back? */
  public void noteLimit(boolean byCongestionWindow) {
    reports.limitedBy(byCongestionWindow);
  }

  /** Output stopped because the application has nothing more to send. */
  public void applicationLimited() {
    records.rest();
    if (quota() > 0) {
      reports.applicationLimited(records);
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
        || episode.on()
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
   * @param dataEnd where its data ends: a FIN may follow
   */
  public void probeSent(@Seq int nxt, @Seq int dataEnd, boolean again) {
    if (probe != null) {
      probe.sent(nxt, dataEnd, again);
      probe.takeRestart();
    }
  }

  /** When a segment may be found lost without an acknowledgement, or {@link TimerHeap#NEVER}. */
  public long reorderDeadline() {
    return detector == null ? TimerHeap.NEVER : detector.deadline();
  }

  /**
   * The reordering timer ran out (RFC 8985 section 6.2 step 5).
   *
   * @param nxt SND.NXT
   * @return true when fast recovery began
   */
  public boolean reorderTimeout(@Seq int nxt, long granularity, Profile profile, long now) {
    long lost = detector == null ? 0 : detector.byTime(inRecovery(), granularity, now);
    if (lost == 0) {
      return false;
    }
    reports.lost(lost);
    if (!episode.on()) {
      enter(nxt, 0, profile, now);
      return true;
    }
    episode.reduceAgain(detector, profile, now);
    episode.lossFound(mss);
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
    boolean recovering = episode.on() || episode.shrinking();
    long priorInFlight = inFlight();
    long outstanding = records.outstandingBytes();
    reports.begin();
    if (sack && e.sackCount > 0) {
      Scoreboard.take(this, e, mss, counters);
    }
    if (e.advanced) {
      acknowledge(e);
    }
    long acked = outstanding - records.outstandingBytes();
    if (e.advanced && SeqNum.gt(e.una, roundEnd)) {
      roundEnd = e.nxt;
      rtt.roundOver();
    }
    long news = newReno.news(acked, mss);
    long sample = RttSampling.take(e, rtt, outstanding, mss);
    if (sample >= 0) {
      measured(e, sample);
    }
    boolean leaving = episode.endsWith(e);
    int result = sack ? onSackAck(e, leaving) : onRenoAck(e, acked, leaving);
    if (sack) {
      // Where the path reorders, SACK alone makes the window grow too.
      boolean counts = e.advanced || reorderingSegments() > Rack.DUP_THRESHOLD;
      news = counts ? e.deliveredBytes : 0;
    }
    long counted = e.profile.growsByDelivery() ? news : acked;
    e.sample.countedBytes = acked - counted;
    e.sample.selective = sack;
    reports.tell(
        e,
        acked,
        sack ? e.deliveredBytes : acked,
        sample,
        priorInFlight,
        inFlight(),
        rtt,
        highestDelivered,
        recovering || episode.on(),
        episode.afterTimeout());
    episode.shrinks(e, sack ? e.deliveredBytes : counted, inFlight(), mss);
    boolean spurious = episode.spurious(e, highestDelivered, mss);
    if (leaving) {
      newReno.progress();
      episode.leave(e.nxt, inFlight(), e.profile);
      result |= AckEvent.LEFT;
    }
    if (spurious) {
      takeBack(e);
      result |= AckEvent.UNDONE;
    }
    if (leaving && sack && records.lostBytes() > 0) {
      // What was sent after the recovery point is lost too: a loss of its own.
      enter(e.nxt, e.deliveredBytes, e.profile, e.now);
      result |= AckEvent.ENTERED;
    }
    return result;
  }

  private void measured(AckEvent e, long sample) {
    if (probe != null) {
      probe.measured();
    }
    episode.measured(e, sample);
  }

  /** The cumulative acknowledgement. */
  private void acknowledge(AckEvent e) {
    int within = records.find(e.una);
    if (within < records.count() && records.size(within) > records.segmentSize(within)) {
      int bytes = SeqNum.diff(e.una, records.start(within));
      if (bytes > 0) {
        // Segments of a super-segment, delivered whole.
        records.split(within, bytes);
      }
    }
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
      reports.deliveredPart(bytes, e.now);
    }
    records.acknowledge(e.una);
    highestDelivered = SeqNum.max(highestDelivered, e.una);
    episode.advanced(e.una);
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
    records.sizeProbe().delivered(i);
    if (!records.retransmitted(i)) {
      e.youngestSentAt = Math.max(e.youngestSentAt, records.sentAt(i));
      e.originalDelivered |= SeqNum.leq(records.end(i), episode.recover());
    }
    if (detector != null) {
      detector.delivered(i, e);
    }
    reports.delivered(records, i, e.now);
    if (SeqNum.gt(records.end(i), e.una)) {
      highestDelivered = SeqNum.max(highestDelivered, records.end(i));
    }
  }

  // ---- with SACK

  private int onSackAck(AckEvent e, boolean leaving) {
    int result = 0;
    boolean reported = e.dsack && !(probe != null && probe.explains(e));
    long lost = 0;
    if (detector != null) {
      lost = detector.acknowledged(e, highestDelivered, reported, inRecovery(), leaving, mss);
      reports.lost(lost);
    }
    if (!episode.on() && lost > 0) {
      enter(e.nxt, e.deliveredBytes, e.profile, e.now);
      result = AckEvent.ENTERED;
    } else if (!leaving) {
      episode.reduceAgain(detector, e.profile, e.now);
    }
    if (probe != null && probe.acknowledged(e)) {
      counters.inc(Counter.TcpExtTCPLossProbeRecovery);
      episode.lossRepaired(e.now);
    }
    if (episode.fast() && !leaving) {
      episode.acknowledged(e.deliveredBytes, e.advanced && lost == 0, mss);
    }
    return result;
  }

  /** Fast recovery begins. */
  private void enter(@Seq int nxt, long delivered, Profile profile, long now) {
    if (probe != null) {
      probe.reset();
    }
    if (detector != null) {
      detector.begin();
    }
    episode.enter(nxt, delivered, profile, now);
  }

  /** The last recovery was about nothing. */
  private void takeBack(AckEvent e) {
    newReno.progress();
    if (episode.on()) {
      records.unmarkLost();
    }
    boolean timeout = episode.takeBack(e, inFlight());
    if (!timeout && detector != null) {
      detector.reordered();
    }
  }

  // ---- without SACK (RFC 6582)

  private int onRenoAck(AckEvent e, long acked, boolean leaving) {
    if (!e.advanced) {
      return e.duplicate && duplicateAck(e) ? AckEvent.ENTERED : 0;
    }
    if (episode.fast() && !leaving) {
      // Section 3.2 step 3, partial acknowledgement: the next segment is lost too.
      if (!records.isEmpty()) {
        holdFirst();
        episode.retransmitAtOnce = true;
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
    if (episode.fast()) {
      newReno.inflate(mss, records.outstandingBytes());
      return false;
    }
    newReno.duplicateAcks++;
    if (episode.afterTimeout()) {
      return false;
    }
    if (newReno.duplicateAcks < NewReno.DUP_THRESHOLD) {
      // RFC 3042, limited transmit: each of the first two lets one new segment go.
      newReno.creditBytes = (long) newReno.duplicateAcks * mss;
      return false;
    }
    // Section 3.2 step 1: not again for losses of the same window.
    if (newReno.duplicateAcks != NewReno.DUP_THRESHOLD || SeqNum.leq(e.una, episode.recover())) {
      return false;
    }
    if (records.sizeProbe().lostFirst()) {
      return false;
    }
    holdFirst();
    enter(e.nxt, 0, e.profile, e.now);
    newReno.begin(mss, records.outstandingBytes());
    return true;
  }

  /** The first segment is held for lost. */
  private void holdFirst() {
    if (!records.lost(0)) {
      reports.losingFirst(records);
      records.split(0, records.segmentSize(0));
      records.markLost(0);
      reports.lost(records.size(0));
    }
  }

  // ---- timeouts and what the path says

  /**
   * The retransmission timer ran out (RFC 6298 section 5.4 to 5.6): what is outstanding is held for
   * lost, and the window is one segment.
   *
   * @param nxt SND.NXT
   */
  public void timeout(@Seq int nxt, long granularity, Profile profile, long now) {
    episode.timeout(nxt, newReno.duplicateAcks > 0, granularity, profile, now);
    rtt.backOff();
    newReno.progress();
    long before = records.lostBytes();
    reports.losingFirst(records);
    records.sizeProbe().timeout();
    records.forgetSacks();
    if (!records.isEmpty()) {
      records.split(0, records.segmentSize(0));
    }
    if (detector != null) {
      detector.timeout(now);
    } else {
      records.markAllLost();
    }
    reports.lost(records.lostBytes() - before);
    if (probe != null) {
      probe.reset();
    }
  }

  /**
   * The window opens again after retransmissions into a window of zero, which the peer cannot have
   * taken.
   */
  public void windowReopened() {
    episode.forgetUndo();
    rtt.endBackoff();
    records.markAllLost();
    episode.retransmitAtOnce = true;
  }

  /**
   * The path's MTU shrank: segments larger than {@code bytes} cannot have arrived. That is nobody's
   * congestion.
   */
  public void tooLarge(int bytes) {
    for (int i = 0; i < records.count(); i++) {
      if (records.segmentSize(i) > bytes && !records.sacked(i)) {
        records.markLost(i);
        episode.retransmitAtOnce = true;
      }
    }
  }

  /**
   * Whether a cumulative acknowledgement restarts the retransmission timer: always, but for all
   * partial ones after the first in a fast recovery without SACK (RFC 6582 section 3.2 step 3).
   */
  public boolean restartTimerOnPartialAck() {
    return sack || !episode.fast() || newReno.restartsTimer();
  }

  /** Duplicate acknowledgements in a row, without SACK. */
  public int duplicateAcks() {
    return newReno.duplicateAcks;
  }
}
