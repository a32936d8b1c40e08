package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.recovery.Transmissions;
import dev.sinew.wire.SuperSegments;
import dev.sinew.wire.TcpHeader;

/**
 * Sends what a connection has to send at a flush, in one place: retransmissions that recovery
 * wants, new data that both windows allow, FIN, and an ACK if nothing else carried it. Then it
 * makes sure that a timer or a wake-up stands behind whatever remains (invariant I4).
 */
final class Output {
  private Output() {}

  /** Returns false when the link's queue is full and the connection has to come again. */
  static boolean output(Connection c, long now) {
    switch (c.state) {
      case CLOSED, LISTEN, TIME_WAIT -> {
        return true;
      }
      case SYN_SENT, SYN_RECEIVED -> {
        // Fast Open: the answer need not wait for the handshake's end (RFC 7413 section 4.2.2).
        return handshake(c, now) && (!FastOpen.early(c) || newData(c, now));
      }
      default -> {
        MtuProbing.look(c, now);
        if (c.toSend.length() > 0) {
          // What was learnt of the path may be forgotten again, or another connection's discovery
          // (RFC 1191 section 6.3).
          c.updateMss();
        }
        c.paceHolds = false;
        boolean free =
            (c.ecn == null || !c.ecn.pureAckDue() || sendAck(c, now))
                && retransmissions(c, now)
                && newData(c, now);
        if (free && c.recovery != null) {
          if (c.recovery.nothingForward()) {
            free = retransmissions(c, now);
          }
          if (free && c.recovery.inFastRecovery() && !c.paceHolds) {
            free = speculative(c, now);
          }
        }
        c.forceSend = false;
        if (c.toSend.marks() != null) {
          c.toSend.marking().uncork(false);
        }
        c.endpoint.sent(c);
        if (free && Acknowledging.due(c, now)) {
          free = sendAck(c, now);
        }
        armTimers(c, now);
        if (c.figures != null || c.toSend.length() > 0) {
          Figures.of(c).note(c, now);
        }
        return free;
      }
    }
  }

  // ---- handshake

  private static boolean handshake(Connection c, long now) {
    if (c.synDue) {
      if (!sendSyn(c, now)) {
        return false;
      }
      c.synDue = false;
      if (c.openedAt < 0) {
        c.openedAt = now;
        c.unackedSince = now;
      }
      long patience = c.options.connectTimeoutNanos;
      if (c.options.userTimeoutNanos > 0) {
        patience = Math.min(patience, c.options.userTimeoutNanos);
      }
      long giveUp = c.openedAt + patience;
      long rto = c.rtt.rto(c.profile());
      c.arm(TimerKind.RETRANSMIT, Math.max(now + 1, Math.min(now + rto, giveUp)));
    } else if (c.ackNow && c.state == TcpState.SYN_RECEIVED) {
      return sendAck(c, now);
    }
    return true;
  }

  static int synWindow(Connection c) {
    int room = c.receiveBufferBytes - c.received.readable();
    return ReceiveWindow.ofSyn(c.profile(), c.options.receiveBufferFixed, room, c.rcvMss);
  }

  /**
   * SYN of an active open, or SYN-ACK of a simultaneous one (RFC 9293 section 3.10.1, 3.10.7.3).
   * The window of a SYN is never scaled.
   */
  private static boolean sendSyn(Connection c, long now) {
    boolean answer = c.state == TcpState.SYN_RECEIVED;
    SegmentWriter w = c.layer.writer;
    if (c.options.noOptions) {
      w.begin(c.auth);
    } else {
      boolean plain = !answer && SynSentArrives.plainSyn(c);
      if (plain) {
        c.offeredScale = -1;
      }
      w.synOptions(
          c.auth,
          c.profile(),
          c.rcvMss,
          !answer || c.scaling ? c.offeredScale : -1,
          answer ? c.sackPermitted : c.profile().sack() && !plain,
          answer ? c.timestamps : c.offersTimestamps(),
          SequenceSecrets.timestamp(now, c.tsOffset),
          answer ? c.tsRecent : 0,
          false);
    }
    int data = FastOpen.prepare(c, w, answer, now);
    int flags =
        answer
            ? TcpHeader.SYN | TcpHeader.ACK | EcnHandshake.synAckFlags(c)
            : TcpHeader.SYN | EcnHandshake.synFlags(c);
    int window = synWindow(c);
    c.flow.ecn = EcnHandshake.synField(c, flags);
    boolean sent =
        w.send(
            c.flow,
            c.localPort,
            c.remotePort,
            c.iss,
            answer ? c.rcvNxt : 0,
            flags,
            window,
            0,
            data > 0 ? c.toSend : null,
            c.toSend.headPosition(),
            data,
            c.id,
            c.synCause,
            now);
    c.flow.ecn = 0;
    if (sent) {
      Figures.sent(c, data, 1);
      c.lastSentAt = now;
      if (answer) {
        c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt + window);
        Acknowledging.sent(c);
      }
      if (c.retransmits > 0) {
        c.layer.context.counters.inc(Counter.TcpExtTCPSynRetrans);
      }
    }
    return sent;
  }

  // ---- retransmission

  private static boolean retransmissions(Connection c, long now) {
    if (!c.hasOutstanding()) {
      return true;
    }
    Transmissions records = c.recovery().records();
    int run = 0;
    for (int i = c.recovery().nextRetransmission(); i >= 0; i = c.recovery().nextRetransmission()) {
      if (c.sndWnd == 0 && c.recovery().inFastRecovery()) {
        // Duplicate ACKs open no window; the timer probes it.
        return true;
      }
      boolean must = c.recovery().mustRetransmit();
      int size = Math.min(records.size(i), c.effectiveMss);
      if (!must && c.recovery().inFlight() > 0 && c.recovery().quota() < size) {
        return true;
      }
      if (!must && SeqNum.diff(records.start(i), c.sndUna) + size > c.sndWnd) {
        // SHLD-16: inside the window only; the timer probes beyond it.
        return true;
      }
      if (!must && Pace.holds(c, now)) {
        return true;
      }
      SendCause cause =
          c.recovery().inFastRecovery() ? SendCause.FAST_RETRANSMIT : SendCause.RETRANSMIT_TIMEOUT;
      run = PushRule.again(c, i, run);
      if (!resend(c, i, cause, now)) {
        return false;
      }
      if (i == 0 && c.sackPermitted && cause == SendCause.FAST_RETRANSMIT) {
        // RFC 6298 section 5: not again within one timeout of this transmission.
        armRetransmit(c, now);
      }
      c.layer.context.counters.inc(
          cause == SendCause.FAST_RETRANSMIT
              ? Counter.TcpExtTCPFastRetrans
              : Counter.TcpExtTCPSlowStartRetrans);
    }
    return true;
  }

  /**
   * What RFC 6675's NextSeg() names last (section 4, rules 3 and 4), when the quota lets go more
   * than there is to send.
   */
  private static boolean speculative(Connection c, long now) {
    Transmissions records = c.recovery().records();
    for (int i = c.recovery().speculativeRetransmission();
        i >= 0;
        i = c.recovery().speculativeRetransmission()) {
      int size = Math.min(records.size(i), c.effectiveMss);
      if (c.recovery().quota() < c.effectiveMss
          || SeqNum.diff(records.start(i), c.sndUna) + size > c.sndWnd) {
        return true;
      }
      if (!resend(c, i, SendCause.FAST_RETRANSMIT, now)) {
        return false;
      }
      c.layer.context.counters.inc(Counter.TcpExtTCPFastRetrans);
    }
    return true;
  }

  /** Sends record {@code i} again, cut to today's MSS. */
  static boolean resend(Connection c, int i, SendCause cause, long now) {
    Transmissions records = c.recovery().records();
    int most = beginSegment(c, false, false, now);
    @Seq int start = records.start(i);
    int data = Math.max(0, SeqNum.diff(SeqNum.min(records.end(i), c.endOfData()), start));
    if (data > most) {
      records.split(i, most);
      data = most;
    }
    boolean fin = SeqNum.gt(records.end(i), c.endOfData()) && c.finQueued;
    if (!sendData(c, start, data, 0, fin, cause, now)) {
      return false;
    }
    c.recovery().resent(i, now);
    sentAgain(c, start, data);
    return true;
  }

  /** Sends record {@code i} again, the last that holds data, and the FIN behind it with it. */
  static boolean resendWithFin(Connection c, int i, long now) {
    Transmissions records = c.recovery().records();
    @Seq int start = records.start(i);
    int data = records.size(i);
    if (data > beginSegment(c, false, false, now)
        || !sendData(c, start, data, 0, true, SendCause.LOSS_PROBE, now)) {
      return false;
    }
    c.recovery().resent(i, now);
    c.recovery().resent(i + 1, now);
    sentAgain(c, start, data);
    return true;
  }

  private static void sentAgain(Connection c, @Seq int start, int data) {
    if (c.ecn != null) {
      c.ecn.sentAgain(start, c.profile());
    }
    Pace.sent(c, data);
    Figures.of(c).sentAgain(data);
  }

  // ---- new data

  private static boolean newData(Connection c, long now) {
    boolean limitedByCwnd = false;
    if (c.recovery == null && c.unsent() == 0 && (!c.finQueued || c.finSent())) {
      c.idleAtFirst = true;
      return true;
    }
    if (!c.hasOutstanding() && c.unsent() > 0) {
      if (c.profile().restartAfterIdle() && now - c.lastDataSentAt > c.rtt.rto(c.profile())) {
        c.recovery().control().onIdleRestart();
      }
      c.recovery().control().onTransmitAfterIdle(now);
    }
    while (true) {
      int unsent = c.unsent();
      boolean finDue = c.finQueued && !c.finSent() && c.state != TcpState.SYN_RECEIVED;
      if (unsent == 0 && !finDue) {
        c.recovery().applicationLimited();
        break;
      }
      if (c.ecn != null && c.ecn.holds(now)) {
        limitedByCwnd = true;
        break;
      }
      int most = beginSegment(c, true, true, now);
      long usable = c.sndWnd - SeqNum.diff(c.sndNxt, c.firstUnacknowledged());
      int probe = MtuProbing.due(c, c.layer.writer.optionLength(), unsent, usable, now);
      most = Math.max(most, probe);
      long position = c.positionOf(c.sndNxt);
      SendMarks marks = c.toSend.marks();
      if (marks != null) {
        unsent = (int) Math.min(unsent, marks.recordEnd(position) - position);
      }
      int length = (int) Math.max(0, Math.min(Math.min(unsent, most), usable));
      boolean last = length == c.unsent();
      boolean record = !last && length == unsent;
      boolean fin = finDue && last && usable > length;
      if (length == 0 && !fin) {
        break;
      }
      if (length < most && !fin && !record && !worthSending(c, length, last)) {
        break;
      }
      if (length > 0 && c.recovery().inFlight() > 0 && c.recovery().quota() < length) {
        limitedByCwnd = true;
        break;
      }
      if (length > 0 && Pace.holds(c, now)) {
        break;
      }
      int segment = 0;
      if (length == most && probe == 0) {
        length = SuperSegment.length(c, most, unsent, usable, now);
        segment = length > most ? most : 0;
        fin = finDue && length == c.unsent() && usable > length;
      }
      @Seq int seq = c.sndNxt;
      if (length > 0) {
        PushRule.begin(c, position, most, usable, finDue || worthSending(c, 1, true));
      }
      int overhead = c.layer.writer.optionLength();
      SendCause cause = probe > 0 ? SendCause.MTU_PROBE : SendCause.NEW;
      if (!sendData(c, seq, length, segment, fin, cause, now)) {
        c.recovery().noteLimit(false);
        return false;
      }
      if (!c.hasOutstanding()) {
        c.unackedSince = now;
      }
      c.sndNxt = seq + length + (fin ? 1 : 0);
      Acknowledging.answered(c, now);
      c.recovery().sent(seq, c.sndNxt, segment, now);
      if (length % most != 0 && c.toSend.marks() != null) {
        c.toSend.marking().small(position + length);
      }
      if (probe > 0 && c.mtuProbing != null) {
        c.mtuProbing.sent(c, overhead);
      }
      Pace.sent(c, length);
      if (length > 0) {
        c.layer.context.counters.add(
            Counter.TcpExtTCPOrigDataSent, SuperSegments.count(length, segment));
      }
    }
    c.recovery().noteLimit(limitedByCwnd);
    return true;
  }

  /**
   * One segment of new data for a tail loss probe, whatever the congestion window and Nagle's rule
   * say; false when there is none that the peer's window takes.
   */
  static boolean probeWithNewData(Connection c, long now) {
    int most = beginSegment(c, true, true, now);
    long usable = c.sndWnd - SeqNum.diff(c.sndNxt, c.sndUna);
    int length = (int) Math.max(0, Math.min(Math.min(c.unsent(), most), usable));
    boolean fin = c.finQueued && !c.finSent() && length == c.unsent() && usable > length;
    if (length == 0 && !fin) {
      return false;
    }
    @Seq int seq = c.sndNxt;
    if (!sendData(c, seq, length, 0, fin, SendCause.LOSS_PROBE, now)) {
      return false;
    }
    c.sndNxt = seq + length + (fin ? 1 : 0);
    c.recovery().sent(seq, c.sndNxt, 0, now);
    if (length > 0) {
      c.layer.context.counters.inc(Counter.TcpExtTCPOrigDataSent);
    }
    return true;
  }

  /**
   * The sender's side of silly-window avoidance with Nagle's rule (RFC 9293 sections 3.8.6.2.1 and
   * 3.7.4, MUST-38): may this short segment go?
   *
   * @param last it holds everything that is unsent
   */
  private static boolean worthSending(Connection c, int length, boolean last) {
    if (c.forceSend) {
      return true;
    }
    SendMarks marks = c.toSend.marks();
    boolean idle =
        c.sndNxt == c.firstUnacknowledged()
            || c.profile().nagleBySmallSegments()
                && (marks == null || !marks.smallBehind(c.toSend.headPosition()));
    if (last) {
      // Rule 2. A FIN that waits behind these bytes pushes them.
      boolean cork = c.options.cork && (marks == null || !marks.uncorked());
      boolean more = cork || marks != null && marks.waits();
      return !more && (idle || c.options.noDelay) || c.finQueued;
    }
    // Rule 3, Fs = 1/2: the window is what cuts the segment short.
    return (idle || c.options.noDelay) && length >= c.maxSndWnd / 2;
  }

  /**
   * Puts the options of a segment together; returns how much payload fits beside them (Eff.snd.MSS
   * of section 3.7.1).
   *
   * @param feedback ECN's counters may go with it: not with what may get lost for its options
   * @param data new data goes with it
   */
  private static int beginSegment(Connection c, boolean feedback, boolean data, long now) {
    SegmentWriter w = c.layer.writer;
    w.begin(c.auth);
    if (c.timestamps) {
      w.timestamps(SequenceSecrets.timestamp(now, c.tsOffset), c.tsRecent);
    }
    boolean sack = c.sackPermitted && c.received.hasReport();
    boolean options = feedback || c.profile().accEcnOptionAlways();
    if (options && c.ecn != null && c.profile().accEcnOptions()) {
      int blocks = sack ? c.received.reportCount() : 0;
      boolean repeated = sack && c.received.hasDuplicate();
      c.ecn.writeOption(w, blocks, repeated, data, c.profile());
    }
    if (sack && (data || c.ecn == null || !c.ecn.pureAckDue())) {
      w.sack(c);
    }
    return Math.max(1, c.effectiveMss - w.optionLength());
  }

  /** How much payload fits into a segment that is sent again. */
  static int mostAgain(Connection c, long now) {
    return beginSegment(c, false, false, now);
  }

  /**
   * Sends payload, and a FIN behind it.
   *
   * @param segment payload bytes per segment of a super-segment, or 0
   */
  private static boolean sendData(
      Connection c, @Seq int seq, int length, int segment, boolean fin, SendCause cause, long now) {
    int flags = TcpHeader.ACK;
    long position = c.positionOf(seq);
    if (length > 0 && PushRule.push(c, position + length, seq == c.sndNxt)) {
      flags |= TcpHeader.PSH; // MUST-61
    }
    if (fin) {
      flags |= TcpHeader.FIN;
    }
    int urgent = 0;
    if (c.urgentToSend && SeqNum.gt(c.sndUp, seq)) {
      // Section 3.8.5; a pointer too far away to write waits for a later segment.
      int pointer = SeqNum.diff(c.sndUp, seq);
      if (pointer <= 65_535) {
        flags |= TcpHeader.URG;
        urgent = pointer;
      }
    }
    SendBuffer data = length > 0 ? c.toSend : null;
    c.lastDataSentAt = now;
    return transmit(c, seq, flags, urgent, data, position, length, segment, cause, now);
  }

  // ---- acknowledgements and probes

  /**
   * SND.NXT, but no more than the peer takes: what lies beyond a window that has shrunk is not
   * acceptable for it (RFC 9293 section 3.4), and our ACKs would go unheard until it opens again
   * (MUST-34). What a shift rounds away shrinks nothing.
   */
  private static @Seq int ackSequence(Connection c) {
    @Seq int una = c.firstUnacknowledged();
    long beyond = SeqNum.diff(c.sndNxt, una) - c.sndWnd;
    return beyond < 1L << c.sndScale ? c.sndNxt : una + (int) c.sndWnd;
  }

  static boolean sendAck(Connection c, long now) {
    beginSegment(c, true, false, now);
    boolean fin =
        c.profile().finOnAcks()
            && c.finSent()
            && !c.finAcked()
            && c.ackCause != SendCause.CHALLENGE_ACK;
    return transmit(
        c,
        fin ? c.sndNxt - 1 : ackSequence(c),
        fin ? TcpHeader.ACK | TcpHeader.FIN : TcpHeader.ACK,
        0,
        null,
        0,
        0,
        0,
        c.ackCause,
        now);
  }

  /**
   * A segment before the window that the peer must answer: zero-window and keepalive probes
   * (sections 3.8.6.1, 3.8.4).
   */
  static boolean sendProbe(Connection c, SendCause cause, long now) {
    beginSegment(c, false, false, now);
    return transmit(c, c.sndUna - 1, TcpHeader.ACK, 0, null, 0, 0, 0, cause, now);
  }

  private static boolean transmit(
      Connection c,
      @Seq int seq,
      int flags,
      int urgent,
      @org.jspecify.annotations.Nullable SendBuffer data,
      long position,
      int length,
      int segment,
      SendCause cause,
      long now) {
    int window = Acknowledging.window(c);
    Ecn ecn = c.ecn;
    boolean fresh = length > 0 && seq == c.sndNxt;
    boolean pure = length == 0 && (flags & TcpHeader.FIN) == 0;
    int marks = 0;
    if (ecn != null) {
      marks = ecn.flagsFor(c, fresh, pure);
      c.flow.ecn = ecn.fieldFor(fresh, c.profile());
    }
    c.layer.writer.cutTo(segment);
    boolean sent =
        c.layer.writer.send(
            c.flow,
            c.localPort,
            c.remotePort,
            seq,
            c.rcvNxt,
            flags | marks,
            window,
            urgent,
            data,
            position,
            length,
            c.id,
            cause,
            now);
    c.flow.ecn = 0;
    if (sent) {
      Figures.sent(c, length, SuperSegments.count(length, segment));
      c.lastSentAt = now;
      Acknowledging.sent(c);
      if (ecn != null) {
        ecn.sent(c, seq, fresh, pure);
      }
    }
    return sent;
  }

  // ---- timers

  private static void armTimers(Connection c, long now) {
    Pace.arm(c);
    if (c.hasOutstanding()) {
      c.disarm(TimerKind.PERSIST);
      if (!c.armed(TimerKind.RETRANSMIT)) {
        armRetransmit(c, now);
      }
      LossTimers.arm(c, now);
      return;
    }
    c.disarm(TimerKind.RETRANSMIT);
    LossTimers.disarm(c);
    boolean waiting = c.unsent() > 0 || (c.finQueued && !c.finSent());
    if (!waiting || c.paceHolds) {
      c.disarm(TimerKind.PERSIST);
    } else if (!c.armed(TimerKind.PERSIST)) {
      // Nothing is in flight and the window (or a cork) holds data back: only this timer is left
      // (SHLD-29, SHLD-30).
      c.arm(TimerKind.PERSIST, now + Timeouts.persistInterval(c));
    }
  }

  /** (Re)starts the retransmission timer, which also keeps the user timeout. */
  static void armRetransmit(Connection c, long now) {
    c.arm(
        TimerKind.RETRANSMIT,
        Math.min(now + LossTimers.retransmitTimeout(c), userTimeoutAt(c, now)));
  }

  /** When the user timeout ends the connection, after {@code now}; far away when there is none. */
  static long userTimeoutAt(Connection c, long now) {
    return c.options.userTimeoutNanos > 0
        ? Math.max(now + 1, c.unackedSince + c.options.userTimeoutNanos)
        : TimerHeap.NEVER;
  }
}
