package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/** SEGMENT ARRIVES in SYN-SENT (RFC 9293 section 3.10.7.3), one method per step. */
final class SynSentArrives {
  private SynSentArrives() {}

  static void onSegment(Connection c, Segment s, long now) {
    Figures.received(c, s, now);
    if (!first(c, s, now) || !second(c, s, now)) {
      return;
    }
    if (s.has(TcpHeader.SYN)) {
      fourth(c, s, now);
    } else {
      // Fifth: neither SYN nor RST.
      c.layer.context.observer.packetDropped(now, DropReason.SYN_FLAGS);
    }
  }

  /** First, check the ACK bit: ISS < SEG.ACK =< SND.NXT, or it belongs to another connection. */
  private static boolean first(Connection c, Segment s, long now) {
    boolean ours = SeqNum.inOpenClosed(s.ack, c.iss, FastOpen.lastAck(c));
    if (!s.has(TcpHeader.ACK) || ours && !foreign(c, s, now)) {
      return true;
    }
    c.layer.context.observer.packetDropped(now, DropReason.BAD_ACK);
    if (!s.has(TcpHeader.RST)) {
      c.layer.writer.reset(c.flow, c.auth, c.localPort, c.remotePort, s, now);
    }
    return false;
  }

  /** It answers another SYN than ours: it echoes a timestamp that we have not sent since. */
  private static boolean foreign(Connection c, Segment s, long now) {
    if (!c.profile().checkSynEcho()
        || !s.has(TcpHeader.ACK)
        || s.has(TcpHeader.RST)
        || !s.hasTimestamps
        || s.tsEcr == 0
        || !c.offersTimestamps()) {
      return false;
    }
    long elapsed = SequenceSecrets.elapsedSince(s.tsEcr, now, c.tsOffset);
    return elapsed < 0 || elapsed > now - c.openedAt + 2_000_000L;
  }

  /** Second, check the RST bit: only one that acknowledges our SYN counts. */
  private static boolean second(Connection c, Segment s, long now) {
    if (!s.has(TcpHeader.RST)) {
      return true;
    }
    if (s.has(TcpHeader.ACK)) {
      if (EcnHandshake.refused(c)) {
        c.retransmits = Math.max(1, c.retransmits);
        c.synDue = true;
        c.synCause = SendCause.REPEATED_REQUEST;
        c.markDirty();
        return false;
      }
      c.layer.context.counters.inc(Counter.TcpAttemptFails);
      FastOpen.refused(c, now);
      c.delete(TcpError.REFUSED, now);
    } else {
      c.layer.context.observer.packetDropped(now, DropReason.NO_ACK);
    }
    return false;
  }

  /** Fourth, check the SYN bit. */
  private static void fourth(Connection c, Segment s, long now) {
    if (s.has(TcpHeader.FIN) && !s.has(TcpHeader.ACK) && !c.profile().acceptSynFin()) {
      c.layer.context.observer.packetDropped(now, DropReason.SYN_FLAGS);
      return;
    }
    negotiate(c, s, now);
    c.irs = s.seq;
    if (c.auth != null) {
      c.auth.peerIsn(s.seq);
    }
    c.rcvNxt = s.seq + 1;
    c.rcvAdv = c.rcvNxt + Output.synWindow(c);
    c.rcvWnd = ReceiveWindow.of(c);
    if (!s.has(TcpHeader.ACK)) {
      // A SYN that crossed ours: simultaneous open (MUST-10).
      FastOpen.keep(c, s);
      c.sndWnd = s.window;
      c.maxSndWnd = c.sndWnd;
      c.sndWl1 = s.seq;
      c.sndWl2 = 0;
      EcnHandshake.synArrived(c, s);
      c.enter(TcpState.SYN_RECEIVED, now);
      c.synDue = true;
      c.synCause = SendCause.NEW;
      c.markDirty();
      return;
    }
    long rtt = c.retransmits == 0 ? now - c.lastSentAt : -1;
    if (rtt < 0 && c.timestamps && s.tsEcr != 0) {
      long elapsed = SequenceSecrets.elapsedSince(s.tsEcr, now, c.tsOffset);
      rtt = elapsed >= 0 && elapsed <= now - c.openedAt + 2_000_000L ? elapsed : -1;
    }
    if (rtt >= 0) {
      c.rtt.sample(rtt, c.layer.granularity(), c.profile());
    } else {
      c.rtt.startAfterLostSyn(c.profile());
    }
    boolean waiting = FastOpen.moreThanSyn(c);
    FastOpen.answered(c, s, now);
    c.sndUna = s.ack;
    c.synDue = false;
    c.establish(now);
    if (waiting) {
      Acknowledging.answering(c);
    }
    c.layer.ip.confirmReachable(c.flow, now);
    // The window of a SYN is never scaled (RFC 7323 section 2.2).
    c.sndWnd = s.window;
    c.maxSndWnd = c.sndWnd;
    c.sndWl1 = s.seq;
    c.sndWl2 = s.ack;
    EcnHandshake.synAckArrived(c, s, now);
    c.endpoint.connected();
    // What the application has queued goes with this ACK.
    Acknowledging.atOnce(c, SendCause.ACK);
    // "If there are other controls or text in the segment, continue processing at the sixth step":
    // without the SYN.
    s.seq++;
    s.flags &= ~TcpHeader.SYN;
    if (s.dataLength > 0 || (s.flags & (TcpHeader.FIN | TcpHeader.URG)) != 0) {
      SegmentArrives.afterHandshake(c, s, now);
    }
  }

  /** Our SYN was lost so often that its options may be why: it goes with the MSS alone. */
  static boolean plainSyn(Connection c) {
    return c.retransmits > c.profile().synRetriesWithOptions();
  }

  /** What the peer's SYN says of options. */
  static void negotiate(Connection c, Segment s, long now) {
    c.sendMss = s.mss > 0 ? s.mss : c.v4() ? 536 : 1220; // MUST-15
    c.scaling = c.offeredScale >= 0 && s.windowScale != Segment.ABSENT;
    c.sndScale = c.scaling ? Math.min(s.windowScale, 14) : 0;
    c.rcvScale = c.scaling ? c.offeredScale : 0;
    c.sackPermitted = s.sackPermitted && c.profile().sack() && !plainSyn(c);
    c.timestamps = s.hasTimestamps && c.offersTimestamps();
    if (c.options.noOptions) {
      c.sackPermitted = false;
      c.timestamps = false;
    }
    ReceiveTuning.roundUp(c);
    if (c.timestamps) {
      c.tsRecent = s.tsVal;
      c.tsRecentAt = now;
    }
    c.lastAckSent = s.seq + 1;
  }
}
