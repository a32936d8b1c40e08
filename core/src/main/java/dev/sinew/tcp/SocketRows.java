package dev.sinew.tcp;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;

/** The rows of {@code ss}: every listener, connection and record of a stack. */
final class SocketRows {
  private SocketRows() {}

  static void show(TcpLayer layer, TcpLayer.Visitor visitor, long now) {
    layer.ports.forEach(l ->
        visitor.row(
            TcpState.LISTEN,
            l.acceptQueueLength(),
            l.backlog(),
            l.localAddress(),
            l.localPort(),
            IpAddress.ANY_V6,
            0,
            "",
            0,
            0,
            null));
    for (Record r : layer.table.snapshot()) {
      IpAddress local = new IpAddress(r.localHigh, r.localLow);
      IpAddress remote = new IpAddress(r.remoteHigh, r.remoteLow);
      switch (r) {
        case Connection c -> {
          TcpInfo info = Info.of(c, now);
          visitor.row(
              c.state,
              info.unread(),
              c.toSend.length(),
              local,
              c.localPort,
              remote,
              c.remotePort,
              info.timer(),
              info.timerNanos(),
              info.retransmits(),
              info);
        }
        case SynRecord s ->
            visitor.row(
                TcpState.SYN_RECEIVED,
                0,
                0,
                local,
                s.localPort,
                remote,
                s.remotePort,
                "on",
                s.deadline - now,
                s.retries,
                null);
        case TimeWaitRecord t ->
            visitor.row(
                TcpState.TIME_WAIT,
                0,
                0,
                local,
                t.localPort,
                remote,
                t.remotePort,
                "timewait",
                t.deadline - now,
                0,
                null);
        default -> throw new IllegalStateException();
      }
    }
  }
}
