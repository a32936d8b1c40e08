package dev.sinew.tcp.recovery;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.Reno;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loss recovery without a connection: sends, acknowledges and lets time pass, in numbers that begin
 * at 0 and nanoseconds that begin at 0.
 */
final class Driver {
  static final long MS = 1_000_000L;
  static final int MSS = 1000;

  final Counters counters = new Counters();
  final AckEvent event = new AckEvent();
  final LossRecovery recovery;
  Profile profile;
  long granularity = 1;
  int una;
  int nxt;
  long now;

  Driver(Profile profile, boolean sack) {
    this(profile, sack, new Reno(), -1);
  }

  Driver(Profile profile, boolean sack, CongestionControl control, int iss) {
    this.profile = profile;
    recovery = new LossRecovery(control, new RttEstimator(profile), counters);
    recovery.start(iss, MSS, 10 * MSS, sack, profile);
    una = iss + 1;
    nxt = iss + 1;
  }

  Driver at(double millis) {
    now = Math.round(millis * MS);
    return this;
  }

  Driver after(double millis) {
    now += Math.round(millis * MS);
    return this;
  }

  /** Sends so many full segments. */
  Driver send(int segments) {
    for (int i = 0; i < segments; i++) {
      sendBytes(MSS);
    }
    return this;
  }

  Driver sendBytes(int bytes) {
    recovery.sent(nxt, nxt + bytes, 0, now);
    nxt += bytes;
    return this;
  }

  /** An acknowledgement up to {@code ack} with these SACK edges. */
  int ack(int ack, int... sack) {
    event.duplicate = ack == una && nxt != una;
    return acknowledge(ack, -1, sack);
  }

  /** The same, echoing the timestamp of what was sent at {@code echoNanos}; -1 for none. */
  int acknowledge(int ack, long echoNanos, int... sack) {
    event.hasEcho = echoNanos >= 0;
    event.echoMillis = (int) (echoNanos / MS);
    return take(ack, echoNanos < 0 ? -1 : (now / MS - echoNanos / MS) * MS, sack);
  }

  /** An acknowledgement whose timestamp echo measures so much. */
  int measured(int ack, long timestampRtt) {
    event.hasEcho = timestampRtt >= 0;
    event.echoMillis = (int) ((now - timestampRtt) / MS);
    return take(ack, timestampRtt);
  }

  private int take(int ack, long timestampRtt, int... sack) {
    AckEvent e = event;
    e.now = now;
    e.advanced = ack - una > 0;
    e.duplicate &= !e.advanced;
    una = e.advanced ? ack : una;
    e.una = una;
    e.ack = ack;
    e.nxt = nxt;
    e.sackCount = sack.length / 2;
    e.sackEdges = sack;
    e.maxWindow = 1 << 20;
    e.granularity = granularity;
    e.profile = profile;
    e.timestampRtt = timestampRtt;
    int result = recovery.onAck(e);
    event.duplicate = false;
    String wrong = violation();
    if (wrong != null) {
      throw new AssertionError(wrong);
    }
    return result;
  }

  /** Sends again whatever recovery wants and the window lets go; their first bytes. */
  List<Integer> resend() {
    List<Integer> out = new ArrayList<>();
    for (int i = recovery.nextRetransmission(); i >= 0; i = recovery.nextRetransmission()) {
      int size = recovery.records().size(i);
      if (!recovery.mustRetransmit()
          && recovery.inFlight() > 0
          && recovery.quota() < Math.min(size, MSS)) {
        break;
      }
      out.add(recovery.records().start(i));
      recovery.resent(i, now);
    }
    return out;
  }

  void timeout() {
    recovery.timeout(nxt, granularity, profile, now);
  }

  long count(Counter c) {
    return counters.get(c);
  }

  @Nullable String violation() {
    return recovery.records().violation(una);
  }
}
