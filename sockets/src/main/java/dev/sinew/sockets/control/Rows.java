package dev.sinew.sockets.control;

import dev.sinew.base.Counter;
import dev.sinew.sockets.Runner;
import dev.sinew.stack.SocketInfo;
import dev.sinew.tcp.TcpInfo;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

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
      line.put("info", object(i, Set.of("state", "timer", "timerNanos")));
    }
    return line.end();
  }

  /** A record's components under their names, those of records within it likewise. */
  private static JsonLine object(Record record, Set<String> without) {
    JsonLine json = new JsonLine();
    for (RecordComponent c : record.getClass().getRecordComponents()) {
      if (without.contains(c.getName())) {
        continue;
      }
      switch (value(record, c)) {
        case Record inner -> json.put(c.getName(), object(inner, Set.of()));
        case Boolean b -> json.put(c.getName(), b);
        case Number n -> json.put(c.getName(), n.longValue());
        case Object o -> json.put(c.getName(), o.toString());
      }
    }
    return json;
  }

  private static Object value(Record record, RecordComponent c) {
    try {
      return c.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
