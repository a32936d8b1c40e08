package dev.sinew.tcp.recovery;

import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.tcp.congestion.AckSample;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.CongestionControl.Cause;

/**
 * Decides what must be sent again, and how much may be in flight while it is: fast retransmit and
 * fast recovery of RFC 5681 section 3.2 with NewReno (RFC 6582), and the retransmission timeout
 * (RFC 6298 section 5). It owns the transmission records and the recovery point; the window belongs
 * to the controller. Output asks {@link #nextRetransmission} and {@link #quota}.
 */
public final class LossRecovery {
  /** A timestamp is cut to milliseconds, so an echo looks older by up to that. */
  private static final long TIMESTAMP_TICK_NANOS = 1_000_000L;

  private static final int DUP_THRESHOLD = 3;

  private enum Phase {
    OPEN,
    FAST_RECOVERY,
    AFTER_TIMEOUT
  }

  private final Transmissions records = new Transmissions();
  private final RttEstimator rtt;
  private final CongestionControl control;
  private final AckSample ack = new AckSample();
  private Phase phase = Phase.OPEN;
  private int duplicateAcks;

  /** RFC 6582's recover: the highest sequence number sent when the last recovery began. */
  @Seq private int recover;

  private int mss;

  /**
   * Segments that duplicate ACKs say have left the network (RFC 6582 section 3.2 step 2, RFC 3042
   * before that), in bytes.
   */
  private long creditBytes;

  private boolean firstPartialAck;

  /**
   * The next retransmission goes whatever the window says: the first of a recovery, and one for
   * each partial acknowledgement.
   */
  private boolean retransmitAtOnce;

  private boolean windowLimited;

  /** New data was acknowledged since the last timeout. */
  private boolean progress;

  /** A congestion mark has reduced the window; until what was sent then is acknowledged. */
  private boolean markReduced;

  /** SND.NXT when it did. */
  @Seq private int markRecover;

  private int reductions;

  public LossRecovery(CongestionControl control, Profile profile) {
    this.control = control;
    this.rtt = new RttEstimator(profile);
  }

  /** The connection is established. */
  public void start(@Seq int iss, int mss, long initialWindow) {
    this.recover = iss;
    this.mss = mss;
    control.start(mss, initialWindow);
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

  // ---- what output asks

  /** Bytes that are thought to be in the network. */
  public long inFlight() {
    return Math.max(0, records.outstandingBytes() - records.lostBytes() - creditBytes);
  }

  /** How many more bytes the congestion window lets go now; may be negative. */
  public long quota() {
    return control.window() - inFlight();
  }

  /** The record to send again next, or -1. */
  public int nextRetransmission() {
    return records.firstLost();
  }

  /** Whether {@link #nextRetransmission} is to be sent without asking for {@link #quota}. */
  public boolean mustRetransmit() {
    return retransmitAtOnce;
  }

  /** Record {@code i} went out again. */
  public void resent(int i, long now) {
    records.markRetransmitted(i, now);
    retransmitAtOnce = false;
  }

  /** Output stopped: was it the congestion window that held it back? */
  public void noteLimit(boolean byCongestionWindow) {
    windowLimited = byCongestionWindow;
  }

  /** New data went out. */
  public void sent(@Seq int from, @Seq int to, long now) {
    records.append(from, to, now);
  }

  // ---- what the ACK step tells

  /**
   * SEG.ACK advanced SND.UNA.
   *
   * @param una the new SND.UNA
   * @param ingress when the segment came in
   * @param timestampRtt a measurement from the timestamp echo, or -1; used where the records cannot
   *     tell (Karn)
   * @param granularity clock resolution in nanoseconds
   * @return true when recovery ended
   */
  public boolean acknowledged(
      @Seq int una, long ingress, long timestampRtt, long granularity, Profile profile) {
    long before = records.outstandingBytes();
    long sample = rttOf(una, ingress);
    if (sample < 0 && timestampRtt >= 0 && echoTells(una, ingress, timestampRtt)) {
      sample = timestampRtt;
    }
    records.acknowledge(una);
    long acked = before - records.outstandingBytes();
    if (sample >= 0) {
      // Karn: only a measurement ends the backoff, or a path slower than the timeout would never be
      // measured.
      rtt.sample(sample, granularity, profile);
    }
    progress = true;
    markReduced &= SeqNum.leq(una, markRecover);
    duplicateAcks = 0;
    if (phase == Phase.OPEN && SeqNum.lt(recover, una - 1)) {
      // Keeps RFC 6582's test "covers more than recover" meaningful when gigabytes pass without a
      // loss.
      recover = una - 1;
    }
    switch (phase) {
      case OPEN -> {
        creditBytes = 0;
        tellControl(acked, sample, ingress);
        return false;
      }
      case FAST_RECOVERY -> {
        if (SeqNum.geq(una, recover)) {
          // RFC 6582 section 3.2 step 3, full acknowledgement.
          phase = Phase.OPEN;
          creditBytes = 0;
          retransmitAtOnce = false;
          control.onRecovered(records.outstandingBytes());
          return true;
        }
        // Partial acknowledgement: the next segment is lost too; deflate by what was acknowledged,
        // add back one segment.
        if (!records.isEmpty()) {
          records.markLost(0);
          retransmitAtOnce = true;
        }
        creditBytes = Math.max(0, creditBytes - acked);
        if (acked >= mss) {
          creditBytes += mss;
        }
        firstPartialAck = false;
        return false;
      }
      case AFTER_TIMEOUT -> {
        tellControl(acked, sample, ingress);
        if (SeqNum.geq(una, recover) || records.isEmpty()) {
          phase = Phase.OPEN;
          retransmitAtOnce = false;
          return true;
        }
        return false;
      }
    }
    throw new IllegalStateException();
  }

  private void tellControl(long acked, long sample, long ingress) {
    ack.now = ingress;
    ack.ackedBytes = acked;
    ack.deliveredBytes = acked;
    ack.rttNanos = sample;
    ack.srttNanos = rtt.srtt();
    ack.minRttNanos = rtt.minRtt();
    ack.inFlightBytes = inFlight();
    ack.windowLimited = windowLimited;
    ack.afterTimeout = phase == Phase.AFTER_TIMEOUT;
    ack.inRecovery = phase != Phase.OPEN;
    control.onAck(ack);
  }

  /**
   * A duplicate acknowledgement by RFC 5681 section 2 came in.
   *
   * @param una SND.UNA
   * @param nxt SND.NXT
   * @return true when fast recovery began
   */
  public boolean duplicateAck(@Seq int una, @Seq int nxt, long now) {
    if (records.isEmpty()) {
      return false;
    }
    if (phase == Phase.FAST_RECOVERY) {
      creditBytes = Math.min(creditBytes + mss, records.outstandingBytes());
      return false;
    }
    duplicateAcks++;
    if (phase == Phase.AFTER_TIMEOUT) {
      return false;
    }
    if (duplicateAcks < DUP_THRESHOLD) {
      // RFC 3042, limited transmit: each of the first two lets one new segment go.
      creditBytes = (long) duplicateAcks * mss;
      return false;
    }
    // RFC 6582 section 3.2 step 1: not again for losses of the same window.
    if (duplicateAcks != DUP_THRESHOLD || SeqNum.leq(una, recover)) {
      return false;
    }
    reductions++;
    control.onCongestion(Cause.LOSS, records.outstandingBytes(), now);
    phase = Phase.FAST_RECOVERY;
    recover = nxt;
    firstPartialAck = true;
    records.markLost(0);
    retransmitAtOnce = true;
    creditBytes = Math.min((long) DUP_THRESHOLD * mss, records.outstandingBytes());
    return true;
  }

  /**
   * The retransmission timer ran out (RFC 6298 section 5.4 to 5.6): everything outstanding is held
   * for lost, and the window is one segment.
   *
   * @param nxt SND.NXT
   */
  public void timeout(@Seq int nxt, long now) {
    reductions++;
    if (phase == Phase.AFTER_TIMEOUT && !progress) {
      control.onRepeatedTimeout();
    } else {
      control.onCongestion(Cause.TIMEOUT, records.outstandingBytes(), now);
    }
    rtt.backOff();
    progress = false;
    phase = Phase.AFTER_TIMEOUT;
    recover = nxt;
    duplicateAcks = 0;
    creditBytes = 0;
    records.markAllLost();
    retransmitAtOnce = true;
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
   * The peer echoes a congestion mark (RFC 3168 section 6.1.2).
   *
   * @param ack SEG.ACK of the segment that says so
   * @param nxt SND.NXT
   * @return whether that reduced the window: not again for what was sent before the last reduction
   */
  public boolean congestionEchoed(@Seq int ack, @Seq int nxt, long now) {
    if (phase != Phase.OPEN || markReduced && SeqNum.leq(ack, markRecover)) {
      return false;
    }
    markReduced = true;
    markRecover = nxt;
    reductions++;
    control.onCongestion(Cause.ECN, records.outstandingBytes(), now);
    return true;
  }

  /** How often the window was reduced, for whatever reason. */
  public int reductions() {
    return reductions;
  }

  /**
   * The path's MTU shrank: segments larger than {@code bytes} cannot have arrived. That is nobody's
   * congestion.
   */
  public void tooLarge(int bytes) {
    for (int i = 0; i < records.count(); i++) {
      if (SeqNum.diff(records.end(i), records.start(i)) > bytes) {
        records.markLost(i);
        retransmitAtOnce = true;
      }
    }
  }

  /**
   * Whether the next restart of the retransmission timer by a partial ACK is allowed (RFC 6582
   * section 4: only the first, "impatient").
   */
  public boolean restartTimerOnPartialAck() {
    return phase != Phase.FAST_RECOVERY || firstPartialAck;
  }

  public int duplicateAcks() {
    return duplicateAcks;
  }

  /**
   * RTT of the youngest record that {@code una} covers whole and that was sent once; -1 when there
   * is none.
   */
  private long rttOf(@Seq int una, long ingress) {
    long sample = -1;
    for (int i = 0; i < records.count() && SeqNum.leq(records.end(i), una); i++) {
      // Karn: one retransmitted record makes the whole acknowledgement ambiguous.
      if (records.retransmitted(i)) {
        return -1;
      }
      sample = ingress - records.sentAt(i);
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
  private boolean echoTells(@Seq int una, long ingress, long timestampRtt) {
    long sinceLast = Long.MAX_VALUE;
    for (int i = 0; i < records.count() && SeqNum.leq(records.end(i), una); i++) {
      sinceLast = Math.min(sinceLast, ingress - records.sentAt(i));
    }
    return timestampRtt <= sinceLast + TIMESTAMP_TICK_NANOS || sinceLast < rtt.minRtt() / 2;
  }
}
