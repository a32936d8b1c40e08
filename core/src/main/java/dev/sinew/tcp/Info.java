package dev.sinew.tcp;

import dev.sinew.base.TimerHeap;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.recovery.RttEstimator;

/** Fills a {@link TcpInfo} from a connection. */
final class Info {
  private Info() {}

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
    RttEstimator rtt = c.recovery.rtt();
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
        c.effectiveMss - c.timestampLength(),
        c.receivedMss,
        c.recovery.control().window(),
        c.recovery.control().threshold(),
        c.sndWnd,
        c.receiveWindow(),
        c.bytesAcked + c.sentPosition() - c.toSend.headPosition(),
        c.bytesRetransmitted,
        c.bytesAcked,
        c.bytesReceived,
        c.segmentsOut,
        c.segmentsIn,
        c.unansweredProbes > 0
            ? c.unansweredProbes
            : c.keepAliveProbes > 0 ? c.keepAliveProbes : c.retransmits,
        c.recovery.records().outstandingBytes(),
        c.unsent(),
        c.received.readable(),
        c.recovery.control().name(),
        timer,
        timer.isEmpty() ? 0 : Math.max(0, due - now));
  }
}
