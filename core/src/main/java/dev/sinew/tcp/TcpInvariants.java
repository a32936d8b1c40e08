package dev.sinew.tcp;

import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.recovery.LossRecovery;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of every record between two events: the order of the sequence variables and the
 * lists that count them (I3), and that nothing waits without a timer or a wake-up behind it (I4).
 * Tests, simulations and production ask the same code; it allocates only to name a violation.
 */
final class TcpInvariants {
  /** A profile may be replaced between events, and a driver may be late: this much is forgiven. */
  private static final long PACE_NANOS = 5_000_000_000L;

  private static final long SLACK_NANOS = 1_000_000_000L;

  private TcpInvariants() {}

  /** The first violation found, in words, or null. To be called after a flush. */
  static @Nullable String violation(TcpLayer layer, long now) {
    RecordTable table = layer.table;
    int connections = 0;
    int orphans = 0;
    for (int i = 0; i < table.chains(); i++) {
      for (Record r = table.chain(i); r != null; r = r.nextInBucket) {
        String wrong;
        if (r instanceof Connection c) {
          connections++;
          orphans += c.orphan ? 1 : 0;
          wrong = ofConnection(c, now);
        } else {
          wrong = ofQueued((QueuedRecord) r, now);
        }
        if (wrong != null) {
          return name(r) + ": " + wrong;
        }
      }
    }
    if (connections != layer.connectionCount()) {
      return connections + " connections, counted " + layer.connectionCount();
    }
    return orphans == layer.orphanCount()
        ? null
        : orphans + " orphans, counted " + layer.orphanCount();
  }

  private static String name(Record r) {
    String kind = r instanceof Connection c ? c.state.rfcName() : r.getClass().getSimpleName();
    return kind + " " + (int) r.localPort + " <-> " + (int) r.remotePort;
  }

  private static @Nullable String ofQueued(QueuedRecord r, long now) {
    RecordQueue q = r.queue;
    if (q == null || !q.armed()) {
      return "I4: in no queue with a timer";
    }
    if (q.deadline() > r.deadline) {
      return "I4: its queue wakes later than the record is due";
    }
    return now > r.deadline + SLACK_NANOS ? "I4: overdue" : null;
  }

  private static @Nullable String ofConnection(Connection c, long now) {
    String wrong = sequences(c);
    if (wrong == null) {
      wrong = transmissions(c);
    }
    if (wrong == null) {
      wrong = c.received.violation();
    }
    return wrong == null ? liveness(c, now) : wrong;
  }

  // ---- I3

  private static @Nullable String sequences(Connection c) {
    if (c.state == TcpState.CLOSED || c.state == TcpState.LISTEN || c.state == TcpState.TIME_WAIT) {
      return "a connection in this state has no business in the table";
    }
    if (!SeqNum.leq(c.sndUna, c.sndNxt)) {
      return "I3: SND.UNA after SND.NXT";
    }
    if (c.state == TcpState.SYN_SENT) {
      return null;
    }
    if (!SeqNum.leq(c.rcvNxt, c.rcvAdv)) {
      return "I3: RCV.NXT beyond the advertised edge";
    }
    if (!c.state.synchronizedState()) {
      return null;
    }
    int beyond = SeqNum.diff(c.sndNxt, c.endOfData());
    if (beyond > (c.finQueued ? 1 : 0)) {
      return "I3: SND.NXT beyond what was written";
    }
    if (c.finQueued && c.state == TcpState.ESTABLISHED
        || c.finQueued && c.state == TcpState.CLOSE_WAIT) {
      return "CLOSE was called, but the state has not moved";
    }
    if (c.headSeq != SeqNum.min(c.sndUna, c.endOfData())) {
      return "I3: the send buffer does not begin at SND.UNA";
    }
    return c.sndWnd > c.maxSndWnd ? "I3: MAX.SND.WND below SND.WND" : null;
  }

  private static @Nullable String transmissions(Connection c) {
    if (!c.state.synchronizedState()) {
      return null;
    }
    LossRecovery r = c.recovery;
    long outstanding = r == null ? 0 : r.records().outstandingBytes();
    if (outstanding != SeqNum.diff(c.sndNxt, c.sndUna)) {
      return "I3: the records hold "
          + outstanding
          + " bytes, SND.NXT - SND.UNA is "
          + SeqNum.diff(c.sndNxt, c.sndUna);
    }
    return r == null ? null : r.records().violation(c.sndUna);
  }

  // ---- I4

  private static @Nullable String liveness(Connection c, long now) {
    if (c.dirty) {
      // The link was full: the next flush looks again.
      return null;
    }
    if (!c.state.synchronizedState()) {
      return c.armed(TimerKind.RETRANSMIT) ? null : "I4: handshake without a timer";
    }
    boolean waiting = c.unsent() > 0 || c.finQueued && !c.finSent();
    if (c.paceHolds && !within(c, TimerKind.PACING, now + PACE_NANOS)) {
      return "I4: the pacer holds data without a timer";
    }
    if (c.hasOutstanding()) {
      if (!within(c, TimerKind.RETRANSMIT, now + c.profile().maxRtoNanos())) {
        return "I4: unacknowledged data without a retransmission timer";
      }
      if (c.recovery().reorderDeadline() != c.deadline(TimerKind.REORDER)
          && c.deadline(TimerKind.REORDER) > now) {
        return "I4: a segment waits for its reordering window without a timer";
      }
      if (c.deadline(TimerKind.LOSS_PROBE) != TimerHeap.NEVER
          && c.deadline(TimerKind.LOSS_PROBE) > c.deadline(TimerKind.RETRANSMIT)) {
        return "I4: the loss probe comes after the retransmission timer";
      }
    } else if (waiting
        && !c.paceHolds
        && !within(
            c,
            TimerKind.PERSIST,
            now + Math.max(c.profile().persistMaxNanos(), c.profile().maxRtoNanos()))) {
      return "I4: unsent data with nothing in flight and no persist timer";
    }
    if (c.orphan
        && c.state == TcpState.FIN_WAIT_2
        && !within(c, TimerKind.FIN_WAIT_2, now + c.profile().finWait2Nanos())) {
      return "I4: orphan in FIN-WAIT-2 without a timer";
    }
    if (SeqNum.gt(c.rcvNxt, c.lastAckSent)
        && !within(c, TimerKind.DELAYED_ACK, now + 500_000_000L)) {
      return "I4: received data neither acknowledged nor about to be (MUST-40)";
    }
    return Acknowledging.forgotten(c)
        ? "I4: window closed, room in the buffer, and nothing to reopen it"
        : null;
  }

  private static boolean within(Connection c, TimerKind kind, long latest) {
    long at = c.deadline(kind);
    return at != TimerHeap.NEVER && at <= latest + SLACK_NANOS;
  }
}
