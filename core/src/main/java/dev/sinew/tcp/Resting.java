package dev.sinew.tcp;

import dev.sinew.base.TcpState;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.recovery.LossRecovery;
import org.jspecify.annotations.Nullable;

/**
 * Puts away what a connection needs only while it sends, once it has been idle for a while. No
 * timer does it: each flush looks at one connection, the one that was looked at longest ago. That
 * costs nothing to speak of, and a stack that is silent altogether keeps what it has.
 */
final class Resting {
  /** Longer than RFC 5681 section 4.1 wants, after which the window is the restart window. */
  static final long AFTER_NANOS = 60_000_000_000L;

  /** What a congestion controller goes on with, in bytes. */
  record Window(long window, long threshold) {}

  private @Nullable Connection head;
  private @Nullable Connection tail;

  /** The connection has something to be put away some time. */
  void add(Connection c) {
    if (c.restListed || !c.state.synchronizedState() && c.state != TcpState.SYN_RECEIVED) {
      return;
    }
    c.restListed = true;
    c.previousToRest = tail;
    if (tail == null) {
      head = c;
    } else {
      tail.nextToRest = c;
    }
    tail = c;
  }

  void remove(Connection c) {
    if (!c.restListed) {
      return;
    }
    Connection next = c.nextToRest;
    Connection previous = c.previousToRest;
    if (previous == null) {
      head = next;
    } else {
      previous.nextToRest = next;
    }
    if (next == null) {
      tail = previous;
    } else {
      next.previousToRest = previous;
    }
    c.nextToRest = null;
    c.previousToRest = null;
    c.restListed = false;
  }

  /** Looks at one connection. */
  void look(long now) {
    Connection c = head;
    if (c == null) {
      return;
    }
    LossRecovery r = c.recovery;
    if (r != null && idle(c, now) && r.canRest()) {
      remove(c);
      putAway(c, r);
    } else if (c != tail) {
      remove(c);
      add(c);
    }
  }

  private static boolean idle(Connection c, long now) {
    return now - Math.max(c.lastHeardAt, c.lastSentAt) >= AFTER_NANOS
        && c.state == TcpState.ESTABLISHED
        && !c.dirty
        && c.lastAckSent == c.rcvNxt
        && c.toSend.length() == 0
        && c.ecn == null // It counts reductions with the controller.
        && c.mtuProbing == null;
  }

  private static void putAway(Connection c, LossRecovery r) {
    c.rested = new Window(r.control().window(), r.control().threshold());
    c.recovery = null;
    c.pacer = null;
    c.toSend.trim();
    c.received.trim();
    for (TimerKind kind : TIMERS) {
      c.forgetTimer(kind);
    }
  }

  /** Those that stand behind data. */
  private static final TimerKind[] TIMERS = {
    TimerKind.RETRANSMIT,
    TimerKind.DELAYED_ACK,
    TimerKind.PERSIST,
    TimerKind.LOSS_PROBE,
    TimerKind.REORDER,
    TimerKind.PACING
  };
}
