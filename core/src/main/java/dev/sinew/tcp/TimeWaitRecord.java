package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpState;
import dev.sinew.ip.Flow;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * A connection in TIME-WAIT: what it takes to acknowledge the peer's FIN again, and to tell a new
 * connection from old duplicates, for 2 MSL (RFC 9293 sections 3.6.1 and 3.10.7.4).
 */
final class TimeWaitRecord extends QueuedRecord {
  private final TcpLayer layer;
  final long id;
  final @Seq int sndNxt;
  private final @Seq int rcvNxt;
  private final int tsOffset;
  private int tsRecent;
  private long answeredAt = Long.MIN_VALUE;
  private final char window;
  private final byte scale;
  private final boolean timestamps;

  /** AE, CWR and ECE of what we still send. */
  private final char ecnFlags;

  private final byte ecnField;

  TimeWaitRecord(Connection c) {
    super(c.localHigh, c.localLow, c.localPort, c.remoteHigh, c.remoteLow, c.remotePort);
    auth = c.auth;
    layer = c.layer;
    id = c.id;
    sndNxt = c.sndNxt;
    rcvNxt = c.rcvNxt;
    tsOffset = c.tsOffset;
    tsRecent = c.tsRecent;
    timestamps = c.timestamps;
    ecnFlags = (char) (c.ecn == null ? 0 : c.ecn.lastFlags());
    ecnField = (byte) (c.ecn == null ? 0 : c.ecn.fieldFor(false, c.profile()));
    scale = (byte) c.rcvScale;
    window = (char) Math.min(65_535, c.receiveWindow() >> c.rcvScale);
  }

  /**
   * An active open wants the same two sockets. Timestamps, which go on from this connection's, keep
   * the two apart, as they do for a SYN that comes in (RFC 6191).
   *
   * @param bound the application has bound the port, and has no other
   */
  boolean yields(boolean bound, long now) {
    Profile profile = layer.context.profile;
    long after = profile.timeWaitReuseNanos();
    // 2 MSL began when the peer's last FIN came.
    long since = now - (deadline - profile.timeWaitNanos());
    return timestamps && after >= 0 && (bound || since >= after);
  }

  @Override
  void expire(long now) {
    layer.context.observer.stateChanged(
        now, id, localPort, remotePort, TcpState.TIME_WAIT, TcpState.CLOSED);
    layer.removeTimeWait(this);
  }

  /**
   * @return true when the segment is a SYN that may begin a new connection: the caller removes this
   *     record and hands the SYN to the listener
   */
  boolean onSegment(Segment s, long now) {
    boolean rst = s.has(TcpHeader.RST);
    if (s.has(TcpHeader.SYN) && !s.has(TcpHeader.ACK) && !rst && beginsAnew(s)) {
      return true;
    }
    if (layer.context.profile.timeWaitAnswersAcks()) {
      onAck(s, now);
      return false;
    }
    if (timestamps && s.hasTimestamps && !rst && SegmentWriter.timestampBefore(s.tsVal, tsRecent)) {
      layer.context.counters.inc(Counter.TcpExtPAWSEstab);
      answer(DropReason.PAWS, now);
      return false;
    }
    int at = SeqNum.diff(s.seq, rcvNxt);
    int length = s.sequenceLength();
    int space = window << scale;
    boolean acceptable =
        length == 0
            ? at == 0 || at > 0 && at < space
            : at >= 0 && at < space || at < 0 && at + length - 1 >= 0;
    if (rst) {
      if (at == 0 && layer.context.profile.rstClosesTimeWait()) {
        layer.context.observer.stateChanged(
            now, id, localPort, remotePort, TcpState.TIME_WAIT, TcpState.CLOSED);
        layer.removeTimeWait(this);
      } else {
        // RFC 1337 section 3, fix F1: a reset must not end TIME-WAIT.
        layer.context.observer.packetDropped(now, DropReason.RST_IN_TIME_WAIT);
      }
      return false;
    }
    if (s.has(TcpHeader.SYN)) {
      answer(DropReason.SYN_IN_WINDOW, now);
      return false;
    }
    if (s.has(TcpHeader.FIN) && s.has(TcpHeader.ACK) && s.endSeq() == rcvNxt) {
      // The peer did not get our last ACK: again, and 2 MSL from now. Any other FIN is an old
      // duplicate.
      if (s.hasTimestamps && timestamps) {
        tsRecent = s.tsVal;
      }
      sendAck(SendCause.REPEATED_REQUEST, now);
      layer.restartTimeWait(this, now);
      return false;
    }
    if (!acceptable) {
      answer(DropReason.OUT_OF_WINDOW, now);
      return false;
    }
    if (!s.has(TcpHeader.ACK)) {
      layer.context.observer.packetDropped(now, DropReason.NO_ACK);
    } else if (s.ack != sndNxt && SeqNum.gt(s.ack, sndNxt)) {
      answer(DropReason.BAD_ACK, now);
    } else if (length > 0) {
      answer(DropReason.AFTER_CLOSE, now);
    }
    return false;
  }

  /** {@link Profile#timeWaitAnswersAcks}: neither window nor timestamps are looked at. */
  private void onAck(Segment s, long now) {
    if (s.has(TcpHeader.RST)) {
      layer.context.observer.packetDropped(now, DropReason.RST_IN_TIME_WAIT);
    } else if (!s.has(TcpHeader.ACK)) {
      layer.context.observer.packetDropped(now, DropReason.NO_ACK);
    } else if (s.has(TcpHeader.FIN) && s.endSeq() == rcvNxt) {
      sendAck(SendCause.REPEATED_REQUEST, now);
      layer.restartTimeWait(this, now);
    } else if (s.sequenceLength() > 0 || s.seq != rcvNxt || s.ack != sndNxt) {
      answer(DropReason.OUT_OF_WINDOW, now);
    }
  }

  /**
   * MAY-2 with RFC 6191: the SYN is newer by its timestamp, or by its sequence number where
   * timestamps say nothing.
   */
  private boolean beginsAnew(Segment s) {
    if (timestamps && s.hasTimestamps) {
      if (SegmentWriter.timestampBefore(tsRecent, s.tsVal)) {
        return true;
      }
      return s.tsVal == tsRecent && SeqNum.gt(s.seq, rcvNxt);
    }
    return SeqNum.gt(s.seq, rcvNxt);
  }

  private void answer(DropReason reason, long now) {
    layer.context.observer.packetDropped(now, reason);
    if (answeredAt != Long.MIN_VALUE
        && now - answeredAt < layer.context.profile.challengeAckIntervalNanos()) {
      layer.context.counters.inc(Counter.TcpExtTCPACKSkippedTimeWait);
      return;
    }
    answeredAt = now;
    sendAck(SendCause.CHALLENGE_ACK, now);
  }

  private void sendAck(SendCause cause, long now) {
    layer.writer.begin(auth);
    if (timestamps) {
      layer.writer.timestamps(SequenceSecrets.timestamp(now, tsOffset), tsRecent);
    }
    Flow flow = layer.scratchFlow(this, null);
    flow.ecn = ecnField;
    layer.writer.send(
        flow,
        localPort,
        remotePort,
        sndNxt,
        rcvNxt,
        TcpHeader.ACK | ecnFlags,
        window,
        0,
        null,
        0,
        0,
        id,
        cause,
        now);
    flow.ecn = 0;
  }
}
