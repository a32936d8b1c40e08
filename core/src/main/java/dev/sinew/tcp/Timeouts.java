package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;

/**
 * What a connection does when one of its timers runs out (RFC 9293 sections 3.8.1, 3.8.3, 3.8.4,
 * 3.8.6.1, 3.10.8).
 */
final class Timeouts {
  private Timeouts() {}

  static void fired(Connection c, TimerKind kind, long now) {
    c.layer.context.observer.timerFired(now, c.id, kind);
    switch (kind) {
      case RETRANSMIT -> {
        if (c.state == TcpState.SYN_SENT || c.state == TcpState.SYN_RECEIVED) {
          handshake(c, now);
        } else {
          retransmit(c, now);
        }
      }
      case PERSIST -> persist(c, now);
      case DELAYED_ACK -> {
        c.layer.context.counters.inc(Counter.TcpExtDelayedACKs);
        Acknowledging.atOnce(c, SendCause.ACK);
      }
      case KEEPALIVE -> keepAlive(c, now);
      case FIN_WAIT_2 -> c.delete(null, now);
      case LOSS_PROBE -> LossTimers.probe(c, now);
      case REORDER -> LossTimers.reorder(c, now);
      case PACING -> c.markDirty();
      default -> throw new IllegalStateException(kind.name());
    }
  }

  /**
   * SYN and SYN-ACK again, 1, 2, 4, 8 ... s apart, until the profile gives up (MUST-22, MUST-23).
   */
  private static void handshake(Connection c, long now) {
    Profile p = c.profile();
    int most = FastOpen.early(c) ? p.synAckRetries() : p.synRetries() + p.synLinearTimeouts();
    if (c.retransmits >= most
        || now - c.openedAt >= c.options.connectTimeoutNanos
        || userTimeoutOver(c, now)) {
      c.layer.context.counters.inc(Counter.TcpAttemptFails);
      c.layer.context.counters.inc(Counter.TcpExtTCPAbortOnTimeout);
      c.delete(c.softError != null ? c.softError : TcpError.TIMED_OUT, now);
      return;
    }
    c.layer.context.counters.inc(Counter.TcpExtTCPTimeouts);
    c.retransmits++;
    reachesR1(c);
    if (c.state != TcpState.SYN_SENT || c.retransmits > p.synLinearTimeouts()) {
      c.rtt.backOff();
    }
    c.synDue = true;
    c.synCause = SendCause.RETRANSMIT_TIMEOUT;
    c.markDirty();
  }

  private static void retransmit(Connection c, long now) {
    Profile p = c.profile();
    Counters counters = c.layer.context.counters;
    if (!c.hasOutstanding()) {
      return;
    }
    if (c.deadline(TimerKind.LOSS_PROBE) <= now) {
      // Both are due, and the probe goes first (RFC 8985 section 7.2).
      c.disarm(TimerKind.LOSS_PROBE);
      LossTimers.probe(c, now);
      if (c.armed(TimerKind.RETRANSMIT)) {
        return;
      }
    }
    // A window shrunk to zero: the retransmission is a probe, and the connection lives as long as
    // the peer answers (SHLD-17, MUST-37).
    // An orphan does not live off its peer's answers: nobody waits for it any more.
    boolean probing = !c.orphan && c.sndWnd == 0 && c.unansweredProbes <= p.dataRetriesR2();
    boolean tooOften =
        c.orphan
            ? c.retransmits >= p.orphanRetries()
            : c.retransmits >= p.dataRetriesR2() && now - c.unackedSince >= p.dataTimeoutR2Nanos();
    if (userTimeoutOver(c, now) || (tooOften && !probing)) {
      // R2 (MUST-20): the peer is gone.
      counters.inc(Counter.TcpExtTCPAbortOnTimeout);
      c.abort(c.softError != null ? c.softError : TcpError.TIMED_OUT, now);
      return;
    }
    counters.inc(Counter.TcpExtTCPTimeouts);
    Figures.of(c).timeouts++;
    c.retransmits++;
    if (c.sndWnd == 0) {
      c.unansweredProbes++;
    }
    if (PacketTooBig.of(c).confirmedByTimeout(c, now)) {
      return;
    }
    reachesR1(c);
    c.recovery().timeout(c.sndNxt, c.layer.granularity(), p, now);
    if (c.retransmits >= p.dataRetriesR1()) {
      MtuProbing.repeatedTimeout(c);
    }
    c.tellRecovery(Observer.RecoveryEvent.TIMEOUT_RECOVERY_ENTERED, now);
    LossTimers.disarm(c);
    Output.armRetransmit(c, now);
    c.markDirty();
  }

  /**
   * R1 (section 3.8.3): negative advice to IP (MUST-20), which looks for another way; word to the
   * application (SHLD-9).
   */
  private static void reachesR1(Connection c) {
    if (c.retransmits == c.profile().dataRetriesR1()) {
      c.softError = c.softError == null ? TcpError.TIMED_OUT : c.softError;
      c.flow.set(c.v4(), c.localHigh, c.localLow, c.remoteHigh, c.remoteLow);
    }
  }

  /**
   * The window holds data back and nothing is in flight: a probe that the peer must answer
   * (MUST-36), or, when the window is merely small, what fits into it (section 3.8.6.2.1 rule 4).
   */
  private static void persist(Connection c, long now) {
    Profile p = c.profile();
    if (c.unsent() == 0 && (!c.finQueued || c.finSent())) {
      return;
    }
    if (c.sndWnd > 0) {
      SendMarks marks = c.toSend.marks();
      if (marks != null) {
        marks.loud();
      }
      c.forceSend = true;
      c.markDirty();
      return;
    }
    boolean tooOften =
        c.orphan ? c.persistBackoff >= p.orphanRetries() : c.unansweredProbes > p.dataRetriesR2();
    if (tooOften || userTimeoutOver(c, now)) {
      c.layer.context.counters.inc(Counter.TcpExtTCPAbortOnTimeout);
      c.abort(c.softError != null ? c.softError : TcpError.TIMED_OUT, now);
      return;
    }
    if (c.persistBackoff == 0) {
      c.unackedSince = now;
    }
    c.layer.context.counters.inc(Counter.TcpExtTCPWinProbe);
    c.unansweredProbes++;
    c.persistBackoff = Math.min(c.persistBackoff + 1, 30);
    Output.sendProbe(c, SendCause.WINDOW_PROBE, now);
    c.arm(TimerKind.PERSIST, Math.min(now + persistInterval(c), Output.userTimeoutAt(c, now)));
  }

  /** One RTO at first, then doubled by each probe (SHLD-29, SHLD-30). */
  static long persistInterval(Connection c) {
    Profile p = c.profile();
    long base = Math.max(c.rtt.rto(p), p.persistMinNanos());
    return base >= p.persistMaxNanos() >> c.persistBackoff
        ? p.persistMaxNanos()
        : base << c.persistBackoff;
  }

  /**
   * Section 3.8.4: only when idle and with nothing outstanding (MUST-26); one unanswered probe
   * proves nothing (MUST-29).
   */
  private static void keepAlive(Connection c, long now) {
    if (!c.options.keepAlive) {
      return;
    }
    long idle = now - c.lastHeardAt;
    boolean busy = c.hasOutstanding() || c.unsent() > 0;
    if (busy || idle < c.options.keepAliveIdleNanos) {
      c.keepAliveProbes = 0;
      c.arm(TimerKind.KEEPALIVE, (busy ? now : c.lastHeardAt) + c.options.keepAliveIdleNanos);
      return;
    }
    boolean userTimeout =
        c.options.userTimeoutNanos > 0
            && idle >= c.options.userTimeoutNanos
            && c.keepAliveProbes > 0;
    if (c.keepAliveProbes >= c.options.keepAliveCount || userTimeout) {
      c.layer.context.counters.inc(Counter.TcpExtTCPAbortOnTimeout);
      c.abort(TcpError.TIMED_OUT, now);
      return;
    }
    c.layer.context.counters.inc(Counter.TcpExtTCPKeepAlive);
    c.keepAliveProbes++;
    Output.sendProbe(c, SendCause.KEEPALIVE, now);
    c.arm(TimerKind.KEEPALIVE, now + c.options.keepAliveIntervalNanos);
  }

  private static boolean userTimeoutOver(Connection c, long now) {
    return c.options.userTimeoutNanos > 0 && now - c.unackedSince >= c.options.userTimeoutNanos;
  }
}
