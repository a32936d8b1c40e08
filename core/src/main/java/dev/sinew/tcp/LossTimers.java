package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TimerHeap;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.recovery.LossRecovery;
import dev.sinew.tcp.recovery.Transmissions;

/** The timers of RACK-TLP (RFC 8985): the reordering timer and the tail loss probe's. */
final class LossTimers {
  private LossTimers() {}

  /** After a flush with something in flight: each of the two runs exactly if it is needed. */
  static void arm(Connection c, long now) {
    long reorder = c.recovery().reorderDeadline();
    if (reorder == TimerHeap.NEVER) {
      c.disarm(TimerKind.REORDER);
    } else if (c.deadline(TimerKind.REORDER) != reorder) {
      c.arm(TimerKind.REORDER, Math.max(reorder, now));
    }
    boolean restart = c.recovery().takeProbeRestart();
    long pto = c.sndWnd == 0 ? -1 : c.recovery().probeTimeout(c.layer.granularity(), c.profile());
    if (pto < 0) {
      c.disarm(TimerKind.LOSS_PROBE);
    } else if (restart || !c.armed(TimerKind.LOSS_PROBE)) {
      // Section 7.2: not later than the retransmission timer, before which it then goes.
      c.arm(TimerKind.LOSS_PROBE, Math.min(now + pto, c.deadline(TimerKind.RETRANSMIT)));
    }
  }

  static void disarm(Connection c) {
    c.disarm(TimerKind.REORDER);
    c.disarm(TimerKind.LOSS_PROBE);
  }

  /**
   * How long to wait for an acknowledgement before the timeout. RFC 6298 section 2.4 wants a second
   * at least; where the profile is content with less, and adds nothing of its own, the timer must
   * not forestall RACK, which on a path that reorders finds a lost retransmission one reordering
   * window after its round trip.
   */
  static long retransmitTimeout(Connection c) {
    Profile p = c.profile();
    LossRecovery r = c.recovery;
    long rto = c.rtt.rto(p);
    if (r == null || !r.inFastRecovery() || !r.reorderingSeen()) {
      return rto;
    }
    boolean adds = p.minRttvarNanos() > 0 || p.rtoSlopNanos() > 0;
    return adds ? rto : rto + r.reorderingWindowNanos();
  }

  /** RFC 8985 section 6.2 step 5: a reordering window passed without the segment. */
  static void reorder(Connection c, long now) {
    if (c.recovery().reorderTimeout(c.sndNxt, c.layer.granularity(), c.profile(), now)) {
      c.tellRecovery(Observer.RecoveryEvent.FAST_RECOVERY_ENTERED, now);
    }
    c.markDirty();
  }

  /**
   * Section 7.3: one segment that the peer must answer, whatever the congestion window says: new
   * data where there is some and the peer's window takes it, else the last segment again. Then the
   * retransmission timer begins anew.
   */
  static void probe(Connection c, long now) {
    if (c.recovery().probeTimeout(c.layer.granularity(), c.profile()) < 0 || c.sndWnd == 0) {
      return;
    }
    if (Output.probeWithNewData(c, now)) {
      c.recovery().probeSent(c.sndNxt, c.sndNxt, false);
    } else if (again(c, now)) {
      c.recovery().probeSent(c.sndNxt, SeqNum.min(c.sndNxt, c.endOfData()), true);
      c.layer.context.counters.inc(Counter.TcpRetransSegs);
    } else {
      return;
    }
    c.layer.context.counters.inc(Counter.TcpExtTCPLossProbes);
    Output.armRetransmit(c, now);
  }

  /** A FIN alone takes the data before it along: few receivers report a FIN behind a gap. */
  private static boolean again(Connection c, long now) {
    Transmissions records = c.recovery().records();
    int i = records.count() - 1;
    if (SeqNum.diff(records.end(i), c.sndUna) > c.sndWnd) {
      return false;
    }
    if (i > 0
        && records.start(i) == c.endOfData()
        && !records.sacked(i - 1)
        && Output.resendWithFin(c, i - 1, now)) {
      return true;
    }
    int excess = records.size(i) - Output.mostAgain(c, now);
    if (excess > 0) {
      records.split(i, excess);
      i++;
    }
    return Output.resend(c, i, SendCause.LOSS_PROBE, now);
  }
}
