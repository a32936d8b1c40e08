package dev.sinew.tcp;

import dev.sinew.base.TimerHeap;
import dev.sinew.observe.Observer;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.auth.AuthKeys;
import dev.sinew.tcp.auth.SegmentAuth;
import dev.sinew.tcp.recovery.LossRecovery;
import dev.sinew.tcp.recovery.RttEstimator;

/** Fills a {@link TcpInfo} from a connection. */
final class Info {
  private Info() {}

  /** Shows it to whoever watches the stack and wants it. */
  static void tell(Connection c, long now) {
    Observer observer = c.layer.context.observer;
    if (observer.wantsFigures()) {
      observer.figures(now, c.id, of(c, now));
    }
  }

  static TcpInfo of(Connection c, long now) {
    String timer = "";
    long due = TimerHeap.NEVER;
    TimerKind[] kinds = {
      TimerKind.RETRANSMIT, TimerKind.PERSIST, TimerKind.KEEPALIVE, TimerKind.FIN_WAIT_2
    };
    String[] names = {"on", "persist", "keepalive", "timewait"};
    for (int i = 0; i < kinds.length; i++) {
      if (c.deadline(kinds[i]) < due) {
        due = c.deadline(kinds[i]);
        timer = names[i];
      }
    }
    RttEstimator rtt = c.rtt;
    // Of what a connection does not have yet it shows how it would begin.
    LossRecovery recovery = c.recovery != null ? c.recovery : FirstWindow.recovery(c);
    Figures f = c.figures != null ? c.figures : new Figures();
    return new TcpInfo(
        c.state,
        c.id,
        c.timestamps,
        c.sackPermitted,
        c.sndScale,
        c.rcvScale,
        rtt.rto(c.profile()),
        rtt.srtt(),
        rtt.rttvar(),
        rtt.minRtt(),
        c.effectiveMss - c.fixedOptionLength(),
        c.receivedMss,
        recovery.control().window(),
        recovery.control().threshold(),
        c.sndWnd,
        c.receiveWindow(),
        f.bytesAcked + c.sentPosition() - c.toSend.headPosition(),
        f.bytesRetransmitted,
        f.bytesAcked,
        f.bytesReceived,
        c.segmentsOut,
        c.segmentsIn,
        c.unansweredProbes > 0
            ? c.unansweredProbes
            : c.keepAliveProbes > 0 ? c.keepAliveProbes : c.retransmits,
        recovery.records().outstandingBytes(),
        c.unsent(),
        c.received.readable(),
        recovery.control().name(),
        path(c),
        RecoverySnapshot.of(recovery),
        sender(c, f, recovery, now),
        receiver(c, f, now),
        timer,
        timer.isEmpty() ? 0 : Math.max(0, due - now));
  }

  private static TcpInfo.Path path(Connection c) {
    SegmentAuth auth = c.auth;
    return new TcpInfo.Path(
        c.effectiveMss == 0 ? 0 : c.effectiveMss + c.headerBytes(),
        c.rcvMss,
        FastOpen.used(c),
        auth == null ? "" : AuthKeys.isAo(auth) ? "ao" : "md5",
        c.ecn == null
            ? ""
            : switch (c.ecn.mode) {
              case NONE -> "";
              case CLASSIC -> "ecn";
              case ACCURATE -> "accecn";
            });
  }

  private static TcpInfo.Sender sender(Connection c, Figures f, LossRecovery recovery, long now) {
    return new TcpInfo.Sender(
        c.rtt.backoff(),
        c.unansweredProbes + c.keepAliveProbes,
        f.dataSegmentsOut,
        f.segmentsRetransmitted,
        f.timeouts,
        f.duplicatesReported,
        recovery.control().pacingRate(),
        f.deliveryRate,
        f.deliveryRateLimited,
        f.bytesAcked + recovery.records().sackedBytes(),
        f.markedBytes,
        reported(c, EcnMode.ECT_0),
        reported(c, EcnMode.ECT_1),
        f.busyNanos(now),
        f.receiveWindowNanos(now),
        f.sendBufferNanos(now),
        f.dataSegmentsOut == 0 ? 0 : now - c.lastDataSentAt);
  }

  private static long reported(Connection c, int ecn) {
    return c.ecn == null || c.ecn.counters == null ? 0 : c.ecn.counters.reportedBytes(ecn);
  }

  private static TcpInfo.Receiver receiver(Connection c, Figures f, long now) {
    ReceiveTuning tuning = c.receiveTuning;
    return new TcpInfo.Receiver(
        c.profile().delayedAckNanos(),
        tuning == null ? 0 : tuning.rttNanos(),
        tuning == null ? 0 : tuning.mostBytes(),
        f.dataSegmentsIn,
        f.outOfOrderSegments,
        sinceData(c, f, now),
        c.segmentsIn == 0 ? 0 : now - c.ackReceivedAt);
  }

  /** Where none has come, since the handshake: a round trip after the open began. */
  private static long sinceData(Connection c, Figures f, long now) {
    if (f.dataSegmentsIn > 0) {
      return now - f.dataReceivedAt;
    }
    return c.state.synchronizedState() ? Math.max(0, now - c.openedAt - c.rtt.minRtt()) : 0;
  }
}
