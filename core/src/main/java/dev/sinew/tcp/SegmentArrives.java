package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.recovery.AckEvent;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * SEGMENT ARRIVES in the states from SYN-RECEIVED on (RFC 9293 section 3.10.7.4), one method per
 * step, in the RFC's order. TIME-WAIT is {@link TimeWaitRecord}'s.
 */
final class SegmentArrives {
  private SegmentArrives() {}

  static void onSegment(Connection c, Segment s, long now) {
    Figures.received(c, s, now);
    if (FastOpen.repeatedSyn(c, s)) {
      return;
    }
    Acknowledging.beforeNext(c, s, now);
    // The window of a SYN is never scaled (RFC 7323 section 2.2), also not that of one which
    // repeats what we know.
    int scale = trimRepeatedSyn(c, s) ? 0 : c.sndScale;
    if (!first(c, s, now) || !second(c, s, now) || !fourth(c, s, now) || !fifth(c, s, scale, now)) {
      return;
    }
    if (c.ecn != null) {
      c.ecn.arrived(c, s);
    }
    sixth(c, s);
    if (seventh(c, s, now)) {
      eighth(c, s, now);
    }
  }

  /** The rest of a SYN-ACK: its data and FIN, once the connection is established. */
  static void afterHandshake(Connection c, Segment s, long now) {
    sixth(c, s);
    if (seventh(c, s, now)) {
      eighth(c, s, now);
    }
  }

  // ---- first, check sequence number

  /**
   * Simultaneous open: the peer's SYN-ACK repeats its SYN, which is cut off; what remains begins at
   * RCV.NXT.
   */
  private static boolean trimRepeatedSyn(Connection c, Segment s) {
    if (c.state != TcpState.SYN_RECEIVED
        || !s.has(TcpHeader.SYN | TcpHeader.ACK)
        || s.seq != c.irs
        || s.has(TcpHeader.RST)) {
      return false;
    }
    s.flags &= ~TcpHeader.SYN;
    s.seq++;
    return true;
  }

  private static boolean first(Connection c, Segment s, long now) {
    if (!Paws.passes(c, s, now)) {
      return false;
    }
    if (acceptable(c, s)) {
      if (c.timestamps && s.hasTimestamps && !s.has(TcpHeader.RST) && !ignored(c, s)) {
        Paws.updateRecent(c, s, now);
      }
      return true;
    }
    if (s.has(TcpHeader.RST)) {
      drop(c, DropReason.RST_OUT_OF_WINDOW, now);
      return false;
    }
    drop(c, DropReason.OUT_OF_WINDOW, now);
    acknowledgeUnacceptable(c, s, now);
    return false;
  }

  /** It acknowledges what was never sent, and the profile has such a thing leave no trace. */
  private static boolean ignored(Connection c, Segment s) {
    return c.profile().ignoreAckOfUnsent()
        && c.state == TcpState.ESTABLISHED
        && s.has(TcpHeader.ACK)
        && SeqNum.gt(s.ack, c.sndNxt);
  }

  /**
   * The table of section 3.4, table 6. Two liberties that every deployed stack takes: a bare ACK at
   * the right edge itself (the peer has filled the window and something of it was lost), and a FIN
   * that needs no buffer, at or just behind a full window. With a zero window, what begins at
   * RCV.NXT is looked at for its ACK, RST and URG (MUST-66); its data is cut off.
   */
  static boolean acceptable(Connection c, Segment s) {
    int window = c.rcvWnd.acceptable(c);
    int length = s.sequenceLength();
    int at = SeqNum.diff(s.seq, c.rcvNxt);
    if (length == 0) {
      return at >= 0
          && (window == 0 ? at == 0 : at < window || at == window && !s.has(TcpHeader.RST));
    }
    boolean fin = s.has(TcpHeader.FIN);
    if (window == 0) {
      return at == 0 || fin && at < 0 && at + s.dataLength == 0;
    }
    int end = at + length - 1;
    return at >= 0 && (at < window || fin && s.dataLength == 0 && at == window)
        || at < 0 && end >= 0;
  }

  /**
   * The answer to an unacceptable segment. One with data stems from a sender that waits for it;
   * others are limited.
   */
  private static void acknowledgeUnacceptable(Connection c, Segment s, long now) {
    if (s.dataLength > 0 && !s.has(TcpHeader.SYN)) {
      if (SeqNum.leq(s.endSeq(), c.rcvNxt)) {
        c.layer.context.counters.inc(Counter.TcpExtDelayedACKLost);
      }
      Acknowledging.repeated(c, s);
      Acknowledging.atOnce(c, SendCause.DUPLICATE_ACK);
      if (c.ecn != null && SeqNum.geq(s.endSeq(), c.lastAckSent)) {
        c.ecn.repeated(c, s);
      }
    } else {
      Acknowledging.challenge(c, Counter.TcpExtTCPACKSkippedSeq, now);
      if (c.ackNow && s.seq == c.irs && s.has(TcpHeader.SYN | TcpHeader.ACK)) {
        EcnHandshake.synAckRepeated(c, s);
      }
    }
  }

  // ---- second, check the RST bit (with RFC 5961 section 3)

  private static boolean second(Connection c, Segment s, long now) {
    if (!s.has(TcpHeader.RST)) {
      return true;
    }
    if (s.seq != c.rcvNxt && !c.profile().insecureRst()) {
      drop(c, DropReason.RST_NOT_EXACT, now);
      Acknowledging.challenge(c, Counter.TcpExtTCPACKSkippedChallenge, now);
      return false;
    }
    Counters counters = c.layer.context.counters;
    switch (c.state) {
      case SYN_RECEIVED -> {
        counters.inc(Counter.TcpAttemptFails);
        // Simultaneous open, or Fast Open; any other passive one is a SynRecord still.
        FastOpen.reset(c);
        c.delete(FastOpen.early(c) ? TcpError.RESET : TcpError.REFUSED, now);
      }
      case CLOSING, LAST_ACK ->
          c.delete(c.profile().resetAlwaysTold() ? TcpError.RESET : null, now);
      default -> {
        if (c.state == TcpState.ESTABLISHED || c.state == TcpState.CLOSE_WAIT) {
          counters.inc(Counter.TcpEstabResets);
        }
        boolean pipe = c.state == TcpState.CLOSE_WAIT && !c.profile().resetAlwaysTold();
        c.delete(pipe ? TcpError.PIPE : TcpError.RESET, now);
      }
    }
    return false;
  }

  // ---- fourth, check the SYN bit (RFC 5961 section 4); the third, security, is left out

  private static boolean fourth(Connection c, Segment s, long now) {
    if (!s.has(TcpHeader.SYN)) {
      return true;
    }
    drop(c, DropReason.SYN_IN_WINDOW, now);
    if (c.profile().insecureSyn()) {
      // "If the SYN is in the window it is an error": the answer before RFC 5961.
      c.abort(TcpError.RESET, now);
      return false;
    }
    c.layer.context.counters.inc(Counter.TcpExtTCPSYNChallenge);
    Acknowledging.challenge(c, Counter.TcpExtTCPACKSkippedChallenge, now);
    return false;
  }

  // ---- fifth, check the ACK field (with RFC 5961 section 5)

  private static boolean fifth(Connection c, Segment s, int scale, long now) {
    if (!s.has(TcpHeader.ACK)) {
      drop(c, DropReason.NO_ACK, now);
      return false;
    }
    if (c.state == TcpState.SYN_RECEIVED) {
      FastOpen.acknowledged(c, s.ack);
      if (!SeqNum.inOpenClosed(s.ack, c.sndUna, c.sndNxt)) {
        drop(c, DropReason.BAD_ACK, now);
        c.layer.writer.reset(c.flow, c.auth, c.localPort, c.remotePort, s, now);
        return false;
      }
      if (c.retransmits == 0) {
        c.rtt.sample(now - c.openedAt, c.layer.granularity(), c.profile());
      } else {
        c.rtt.startAfterLostSyn(c.profile());
      }
      c.sndUna = c.iss + 1;
      c.establish(now);
      FastOpen.deliver(c);
      setSendWindow(c, s, scale);
      if (c.ecn != null) {
        c.ecn.completed(c, s, now);
      }
      c.layer.established(c, now);
    }
    if (SeqNum.gt(s.ack, c.sndNxt)) {
      drop(c, DropReason.BAD_ACK, now);
      if (c.ecn != null) {
        c.ecn.badAck(c, s);
      }
      if (!ignored(c, s)) {
        Acknowledging.challenge(c, Counter.TcpExtTCPACKSkippedChallenge, now);
      }
      return false;
    }
    if (tooOld(c, s.ack)) {
      drop(c, DropReason.OLD_ACK, now);
      Acknowledging.challenge(c, Counter.TcpExtTCPACKSkippedChallenge, now);
      return false;
    }
    if (c.ecn != null) {
      c.ecn.feedback(c, s, now);
    }
    c.lastHeardAt = now;
    c.unansweredProbes = 0;
    c.keepAliveProbes = 0;
    boolean opened = false;
    boolean wasShut = c.sndWnd == 0;
    boolean sameWindow = false;
    if (SeqNum.geq(s.ack, c.sndUna)) {
      long before = c.sndWnd;
      // An ACK that moves SND.UNA is newer than every one before it, whatever its SEG.SEQ (a
      // retransmission's is low). Without its window the old one
      // would be counted from the new SND.UNA, beyond what the peer has offered.
      if (SeqNum.gt(s.ack, c.sndUna)
          || SeqNum.lt(c.sndWl1, s.seq)
          || c.sndWl1 == s.seq && SeqNum.leq(c.sndWl2, s.ack)) {
        setSendWindow(c, s, scale);
        sameWindow = c.sndWnd == before;
        opened = c.sndWnd > before;
      }
    }
    if (SeqNum.gt(s.ack, c.sndUna)) {
      advance(c, s, now);
    } else if (s.ack == c.sndUna) {
      boolean duplicate = isDuplicate(c, s, sameWindow);
      if (duplicate || s.sackCount > 0) {
        tellRecovery(c, s, false, duplicate, now);
        c.markDirty();
      }
    } else if (s.sackCount > 0 && c.profile().sackOfOldAcks()) {
      tellRecovery(c, s, false, false, now);
      c.markDirty();
    }
    if (opened) {
      if (wasShut && c.retransmits > 0 && c.hasOutstanding()) {
        // What was sent again into a window of zero was a probe: the peer is alive (SHLD-17), and
        // wants it now.
        c.retransmits = 0;
        c.unackedSince = now;
        c.recovery().windowReopened();
        Output.armRetransmit(c, now);
      }
      c.persistBackoff = 0;
      c.disarm(TimerKind.PERSIST);
      c.markDirty();
    }
    return afterAck(c, now);
  }

  /**
   * SEG.ACK below SND.UNA - MAX.SND.WND, or of bytes that were never sent: nobody we talk with
   * sends that (RFC 5961 section 5.2).
   */
  private static boolean tooOld(Connection c, @Seq int ack) {
    int behind = SeqNum.diff(c.sndUna, ack);
    return behind > 0
        && (behind > c.maxSndWnd
            || Figures.bytesAcked(c) < Integer.MAX_VALUE && SeqNum.leq(ack, c.iss));
  }

  private static void setSendWindow(Connection c, Segment s, int scale) {
    c.sndWnd = (long) s.window << scale;
    c.sndWl1 = s.seq;
    c.sndWl2 = s.ack;
    c.maxSndWnd = Math.max(c.maxSndWnd, c.sndWnd);
  }

  /**
   * RFC 5681 section 2: outstanding data, no payload, no SYN or FIN, SND.UNA again, the window
   * unchanged.
   */
  private static boolean isDuplicate(Connection c, Segment s, boolean sameWindow) {
    return sameWindow && s.sequenceLength() == 0 && c.hasOutstanding();
  }

  /** SND.UNA moves to SEG.ACK: what it covers leaves the retransmission queue. */
  private static void advance(Connection c, Segment s, long now) {
    @Seq int dataEnd = SeqNum.min(s.ack, c.endOfData());
    int acked = Math.max(0, SeqNum.diff(dataEnd, c.headSeq));
    c.toSend.acknowledge(c.toSend.headPosition() + acked);
    c.headSeq += acked;
    Figures.of(c).bytesAcked += acked;
    c.sndUna = s.ack;
    if (c.urgentToSend && SeqNum.leq(c.sndUp, c.sndUna)) {
      c.urgentToSend = false;
    }
    PacketTooBig.of(c).acknowledged(c, s.ack);
    boolean restart = c.recovery().restartTimerOnPartialAck();
    tellRecovery(c, s, true, false, now);
    c.retransmits = 0;
    c.softError = null;
    c.unackedSince = now;
    c.layer.ip.confirmReachable(c.flow, now);
    // RFC 6298 section 5.2, 5.3.
    if (!c.hasOutstanding()) {
      c.disarm(TimerKind.RETRANSMIT);
    } else if (restart) {
      Output.armRetransmit(c, now);
    }
    c.endpoint.acknowledged();
    c.markDirty();
  }

  /** Loss recovery looks at the acknowledgement. */
  private static void tellRecovery(
      Connection c, Segment s, boolean advanced, boolean duplicate, long now) {
    AckEvent e = c.layer.ackEvent;
    e.now = now;
    e.una = c.sndUna;
    e.ack = s.ack;
    e.nxt = c.sndNxt;
    e.advanced = advanced;
    e.duplicate = duplicate;
    e.sackCount = s.sackCount;
    e.sackEdges = s.sackEdges;
    e.maxWindow = c.maxSndWnd;
    e.granularity = c.layer.granularity();
    e.profile = c.profile();
    e.hasEcho = false;
    e.timestampRtt = -1;
    if (c.timestamps && s.hasTimestamps && s.tsEcr != 0) {
      // An echo of what we never sent, or sent before the connection was, measures nothing.
      long elapsed = SequenceSecrets.elapsedSince(s.tsEcr, now, c.tsOffset);
      if (elapsed >= 0 && elapsed <= now - c.openedAt + 2_000_000L) {
        e.hasEcho = true;
        e.echoMillis = s.tsEcr - c.tsOffset;
        e.timestampRtt = elapsed;
      }
    }
    e.sample.congestionEchoed = c.ecn != null && c.ecn.echoed();
    e.sample.ceBytes = c.ecn == null ? 0 : c.ecn.ceBytes();
    int result = c.recovery().onAck(e);
    Figures.of(c).acknowledged(e);
    if ((result & AckEvent.LEFT) != 0) {
      c.tellRecovery(Observer.RecoveryEvent.RECOVERY_LEFT, now);
    }
    if ((result & AckEvent.UNDONE) != 0) {
      c.tellRecovery(Observer.RecoveryEvent.UNDONE, now);
    }
    if ((result & AckEvent.ENTERED) != 0) {
      c.tellRecovery(Observer.RecoveryEvent.FAST_RECOVERY_ENTERED, now);
    }
  }

  /** What the ACK of our FIN means in each state; false when the segment needs no further look. */
  private static boolean afterAck(Connection c, long now) {
    if (!c.finAcked()) {
      return true;
    }
    switch (c.state) {
      case FIN_WAIT_1 -> {
        c.enter(TcpState.FIN_WAIT_2, now);
        if (c.orphan) {
          c.arm(TimerKind.FIN_WAIT_2, now + c.profile().finWait2Nanos());
        }
        return true;
      }
      case CLOSING -> {
        c.becomeTimeWait(now);
        c.endpoint.ended(null);
        return false;
      }
      case LAST_ACK -> {
        c.delete(null, now);
        return false;
      }
      default -> {
        return true;
      }
    }
  }

  // ---- sixth, check the URG bit

  private static void sixth(Connection c, Segment s) {
    if (!s.has(TcpHeader.URG) || !c.state.canReceive() || c.inputShut) {
      return;
    }
    // RCV.UP <- max(RCV.UP, SEG.UP): the octet after the last urgent one (MUST-62). A pointer of 0
    // or to what was read says nothing.
    @Seq int up = s.seq + s.urgentPointer;
    if (s.urgentPointer == 0 || SeqNum.leq(up, c.rcvNxt - c.received.readable())) {
      return;
    }
    if (!c.urgentReceived || SeqNum.gt(up, c.rcvUp)) {
      c.urgentReceived = true;
      c.rcvUp = up;
      c.endpoint.urgentArrived();
    }
  }

  // ---- seventh, process the segment text

  private static boolean seventh(Connection c, Segment s, long now) {
    if (s.dataLength == 0) {
      return true;
    }
    if (!c.state.canReceive()) {
      // CLOSE-WAIT and later: the peer has sent FIN, "this should not occur".
      drop(c, DropReason.AFTER_CLOSE, now);
      return true;
    }
    if (c.orphan && SeqNum.gt(s.dataSeq() + s.dataLength, c.rcvNxt)) {
      // Section 3.6.1, SHLD-3: nobody will read it.
      drop(c, DropReason.AFTER_CLOSE, now);
      c.layer.context.counters.inc(Counter.TcpExtTCPAbortOnData);
      c.abort(null, now);
      return false;
    }
    int skip = Math.max(0, SeqNum.diff(c.rcvNxt, s.dataSeq()));
    Acknowledging.repeated(c, s);
    if (c.received.hasDuplicate()) {
      Acknowledging.atOnce(c, SendCause.ACK);
    }
    @Seq int from = s.dataSeq() + skip;
    int length = s.dataLength - skip;
    int room = c.rcvWnd.room(c, from, length);
    boolean cut = length > room;
    if (cut) {
      length = Math.max(0, room);
      s.flags &= ~TcpHeader.FIN;
    }
    if (c.finSeen && SeqNum.gt(from + length, c.finSeq)) {
      // Nothing comes after a FIN.
      length = Math.max(0, SeqNum.diff(c.finSeq, from));
    }
    if (length <= 0) {
      if (cut) {
        c.layer.context.counters.inc(Counter.TcpExtTCPZeroWindowDrop);
        drop(c, DropReason.ZERO_WINDOW, now);
      }
      Acknowledging.atOnce(c, SendCause.DUPLICATE_ACK);
      return true;
    }
    return take(c, s, from, skip, length, now);
  }

  private static boolean take(
      Connection c, Segment s, @Seq int from, int skip, int length, long now) {
    Counters counters = c.layer.context.counters;
    if (s.largestData() > c.receivedMss) {
      c.receivedMss = Math.min(s.largestData(), c.rcvMss);
    }
    if (c.inputShut) {
      if (from == c.rcvNxt) {
        c.received.discard(length);
        c.rcvNxt += length;
        c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt);
        Acknowledging.forgetUrgent(c);
      } else {
        Acknowledging.atOnce(c, SendCause.DUPLICATE_ACK);
      }
      c.markDirty();
      return true;
    }
    boolean hadGap = c.received.hasOutOfOrder();
    boolean behindGap = from != c.rcvNxt;
    if (c.layer.memory.refuses(c, behindGap) || c.rcvWnd.refuses(c, length, behindGap)) {
      counters.inc(behindGap ? Counter.TcpExtTCPOFODrop : Counter.TcpExtTCPRcvQDrop);
      drop(c, DropReason.MEMORY, now);
      Acknowledging.atOnce(c, SendCause.DUPLICATE_ACK);
      s.flags &= ~TcpHeader.FIN;
      return true;
    }
    long position = c.received.nextPosition() + SeqNum.diff(from, c.rcvNxt);
    long offset = s.dataOffset + skip;
    int advanced = c.received.store(position, s.memory, offset, length, c.layer.context.arrival);
    if (advanced == ReceiveBuffer.REFUSED && !behindGap && hadGap) {
      // In-order data outranks what waits behind a gap.
      counters.inc(Counter.TcpExtOfoPruned);
      c.received.dropOutOfOrder();
      advanced = c.received.store(position, s.memory, offset, length);
    }
    if (advanced == ReceiveBuffer.REFUSED) {
      counters.inc(behindGap ? Counter.TcpExtTCPOFODrop : Counter.TcpExtTCPRcvQDrop);
      drop(c, behindGap ? DropReason.OUT_OF_ORDER_LIMIT : DropReason.MEMORY, now);
      Acknowledging.atOnce(c, SendCause.DUPLICATE_ACK);
      // A FIN behind data that was not taken must not be taken either.
      s.flags &= ~TcpHeader.FIN;
      return true;
    }
    c.rcvWnd.stored(c, s, position + length, advanced);
    long overlap = c.received.overlapEnd() - c.received.overlapStart();
    @Seq int repeated = from + (int) (c.received.overlapStart() - position);
    if (overlap > 0 && skip == 0) {
      // RFC 2883 section 4.2: the first of several alone.
      Acknowledging.duplicate(c, repeated, repeated + (int) overlap);
    }
    if (advanced > 0) {
      c.unackedSegments += s.segmentCount();
      c.rcvNxt += advanced;
      c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt);
      Figures.of(c).bytesReceived += advanced;
      ReceiveTuning.arrived(c, s, now);
      c.endpoint.dataArrived();
      if (hadGap) {
        Acknowledging.atOnce(c, SendCause.ACK);
      }
      c.markDirty();
      return true;
    }
    if (advanced == 0) {
      counters.inc(Counter.TcpExtTCPOFOQueue);
      Figures.of(c).outOfOrderSegments++;
      c.layer.memory.holdsGap(c);
    }
    // A gap, or a duplicate behind one: tell the sender at once (RFC 5681 section 4.2).
    Acknowledging.atOnce(c, SendCause.DUPLICATE_ACK);
    return true;
  }

  // ---- eighth, check the FIN bit

  private static void eighth(Connection c, Segment s, long now) {
    if (s.has(TcpHeader.FIN) && c.state.canReceive() && !c.finSeen) {
      // Below bytes that are here already it is a lie, and the stream would hang on it.
      c.finSeq = s.dataSeq() + s.dataLength;
      c.finSeen = SeqNum.geq(c.finSeq, c.seqOfReceived(c.received.lastPosition()));
    }
    if (!c.finSeen || c.rcvNxt != c.finSeq || !c.state.canReceive()) {
      if (s.has(TcpHeader.FIN)) {
        // Behind a gap, or the peer repeats one that was acknowledged.
        Acknowledging.atOnce(c, SendCause.DUPLICATE_ACK);
      }
      return;
    }
    c.rcvNxt++;
    c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt);
    if (c.profile().finEndsReports()) {
      c.received.reported();
    }
    Acknowledging.atOnce(c, SendCause.ACK);
    switch (c.state) {
      case ESTABLISHED -> {
        c.enter(TcpState.CLOSE_WAIT, now);
        c.endpoint.endOfInput();
      }
      case FIN_WAIT_1 -> {
        // Had our FIN been acknowledged, step five would have moved us to FIN-WAIT-2.
        c.enter(TcpState.CLOSING, now);
        c.endpoint.endOfInput();
      }
      case FIN_WAIT_2 -> {
        c.becomeTimeWait(now);
        c.endpoint.endOfInput();
        c.endpoint.ended(null);
      }
      default -> throw new IllegalStateException(c.state.name());
    }
  }

  private static void drop(Connection c, DropReason reason, long now) {
    c.layer.context.observer.packetDropped(now, reason);
  }
}
