package dev.sinew.sockets.control;

import dev.sinew.base.Counter;
import dev.sinew.sockets.Runner;
import dev.sinew.stack.SocketInfo;
import dev.sinew.tcp.TcpInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * What a control server answers: rows taken while the stack is ours, written after it was given
 * back.
 */
final class Rows {
  private Rows() {}

  /** One line per socket. */
  static List<String> sockets(Runner runner) {
    List<SocketInfo> sockets = new ArrayList<>();
    runner.enter();
    try {
      runner.stack().forEachSocket(sockets::add);
    } finally {
      runner.exit();
    }
    return sockets.stream().map(Rows::line).toList();
  }

  /** One line per counter, zero or not, in the order of {@link Counter}. */
  static List<String> counters(Runner runner) {
    Counter[] all = Counter.values();
    long[] values = new long[all.length];
    runner.enter();
    try {
      for (Counter c : all) {
        values[c.ordinal()] = runner.stack().counters().get(c);
      }
    } finally {
      runner.exit();
    }
    List<String> lines = new ArrayList<>(all.length);
    for (Counter c : all) {
      lines.add(new JsonLine().put("name", c.nstatName()).put("value", values[c.ordinal()]).end());
    }
    return lines;
  }

  static String error(String text) {
    return new JsonLine().put("error", text).end();
  }

  static String line(SocketInfo s) {
    JsonLine line =
        new JsonLine()
            .put("transport", s.transport())
            .put("state", s.state().name())
            .put("receiveQueue", s.receiveQueue())
            .put("sendQueue", s.sendQueue())
            .put("localAddress", s.localAddress().toString())
            .put("localPort", s.localPort())
            .put("remoteAddress", s.remoteAddress().toString())
            .put("remotePort", s.remotePort())
            .put("timer", s.timer())
            .put("timerNanos", s.timerNanos())
            .put("retransmits", s.retransmits());
    TcpInfo i = s.info();
    if (i != null) {
      line.put(
          "info",
          new JsonLine()
              .put("connection", i.connection())
              .put("timestamps", i.timestamps())
              .put("sack", i.sack())
              .put("sendScale", i.sendScale())
              .put("receiveScale", i.receiveScale())
              .put("rtoNanos", i.rtoNanos())
              .put("srttNanos", i.srttNanos())
              .put("rttvarNanos", i.rttvarNanos())
              .put("minRttNanos", i.minRttNanos())
              .put("sendMss", i.sendMss())
              .put("receiveMss", i.receiveMss())
              .put("cwnd", i.cwnd())
              .put("ssthresh", i.ssthresh())
              .put("sendWindow", i.sendWindow())
              .put("receiveWindow", i.receiveWindow())
              .put("bytesSent", i.bytesSent())
              .put("bytesRetransmitted", i.bytesRetransmitted())
              .put("bytesAcked", i.bytesAcked())
              .put("bytesReceived", i.bytesReceived())
              .put("segmentsOut", i.segmentsOut())
              .put("segmentsIn", i.segmentsIn())
              .put("retransmits", i.retransmits())
              .put("inFlight", i.inFlight())
              .put("unsent", i.unsent())
              .put("unread", i.unread())
              .put("congestionControl", i.congestionControl()));
    }
    return line.end();
  }
}
