package dev.sinew.tcp;

import dev.sinew.ip.StackContext;
import dev.sinew.tcp.recovery.LossRecovery;

/** Where a connection's sending begins (RFC 9293 section 3.7.1, RFC 6928). */
final class FirstWindow {
  private FirstWindow() {}

  /** What a connection needs once it sends, or hears of congestion. */
  static LossRecovery recovery(Connection c) {
    StackContext context = c.layer.context;
    LossRecovery r =
        new LossRecovery(
            c.layer.controls.create(
                c.options.congestionControl, context.profile, context.entropy, context.counters),
            c.rtt,
            context.counters);
    if (c.initialWindow > 0) {
      int mss = c.effectiveMss - c.fixedOptionLength();
      Resting.Window rested = c.rested;
      r.start(
          rested == null ? c.iss : c.sndUna - 1,
          mss,
          c.initialWindow,
          c.sackPermitted,
          context.profile);
      if (rested != null) {
        r.resume(rested.window(), rested.threshold());
      }
    }
    if (c.idleAtFirst) {
      r.applicationLimited();
    }
    return r;
  }

  /** The peer's options are known: the MSS and the first congestion window. */
  static void start(Connection c, long now) {
    MtuProbing.begin(c);
    c.updateMss();
    int mss = c.effectiveMss - c.fixedOptionLength();
    // RFC 6928: 10 segments, or 2 when they are large, at most max(2 * MSS, 14600) bytes.
    int segments = c.profile().initialWindowSegments();
    long initialWindow =
        segments == 10 ? Math.min(10L * mss, Math.max(2L * mss, 14_600)) : (long) segments * mss;
    if (c.retransmits > 1) {
      // RFC 5681 section 3.1: one segment after a lost SYN; RFC 6928 section 2 lets the first loss
      // pass.
      initialWindow = mss;
    }
    c.initialWindow = initialWindow;
    LossRecovery existing = c.recovery;
    if (existing != null) {
      existing.start(c.iss, mss, initialWindow, c.sackPermitted, c.profile());
    }
    c.quickAcks = c.options.quickAck ? Acknowledging.QUICK_ACKS : c.profile().quickAckSegments();
    c.lastHeardAt = now;
    c.lastSentAt = now;
    c.lastDataSentAt = now;
  }
}
