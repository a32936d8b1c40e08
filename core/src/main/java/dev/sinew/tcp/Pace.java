package dev.sinew.tcp;

import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.congestion.Pacer;

/** Holds a connection's data back to the rate that its congestion controller names. */
final class Pace {
  private Pace() {}

  /** Whether data has to wait for {@link TimerKind#PACING}. */
  static boolean holds(Connection c, long now) {
    long rate = c.recovery().control().pacingRate();
    if (rate == 0) {
      c.pacer = null;
      return false;
    }
    Pacer pacer = c.pacer;
    if (pacer == null) {
      pacer = new Pacer(c.layer.granularity());
      c.pacer = pacer;
    }
    c.paceHolds = pacer.holds(rate, c.effectiveMss - c.fixedOptionLength(), now);
    return c.paceHolds;
  }

  /** How much may go at once, after {@link #holds} said no; at least a segment. */
  static long limit(Connection c, int segment, long now) {
    Pacer pacer = c.pacer;
    return pacer == null ? Long.MAX_VALUE : Math.max(segment, pacer.room(segment, now));
  }

  static void sent(Connection c, int bytes) {
    if (c.pacer != null) {
      c.pacer.sent(bytes);
    }
  }

  /** At the end of output: a timer stands behind what is held back (invariant I4). */
  static void arm(Connection c) {
    if (c.paceHolds && c.pacer != null) {
      c.arm(TimerKind.PACING, c.pacer.releaseAt());
    } else {
      c.disarm(TimerKind.PACING);
    }
  }
}
