package dev.sinew.sim;

import dev.sinew.base.TcpState;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state changes that RFC 9293 knows (figure 5 of section 3.3.2, with what the text of section
 * 3.10 adds: RST and ABORT lead to CLOSED from everywhere, and a RST takes a passively opened
 * SYN-RECEIVED back to LISTEN).
 */
final class StateTable {
  private static final Map<TcpState, EnumSet<TcpState>> ALLOWED = new EnumMap<>(TcpState.class);

  static {
    allow(TcpState.CLOSED, TcpState.LISTEN, TcpState.SYN_SENT);
    allow(TcpState.LISTEN, TcpState.SYN_RECEIVED, TcpState.SYN_SENT);
    allow(TcpState.SYN_SENT, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED);
    allow(TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.LISTEN);
    allow(TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT);
    allow(TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2, TcpState.CLOSING, TcpState.TIME_WAIT);
    allow(TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
    allow(TcpState.CLOSE_WAIT, TcpState.LAST_ACK);
    allow(TcpState.CLOSING, TcpState.TIME_WAIT);
    allow(TcpState.LAST_ACK);
    allow(TcpState.TIME_WAIT);
  }

  /** What a connection is in before its first change. */
  private static final EnumSet<TcpState> BEGINNINGS =
      EnumSet.of(TcpState.CLOSED, TcpState.LISTEN, TcpState.SYN_RECEIVED);

  private record Connection(int host, long number) {}

  private final Map<Connection, TcpState> last = new HashMap<>();

  private static void allow(TcpState from, TcpState... to) {
    EnumSet<TcpState> set =
        from == TcpState.CLOSED ? EnumSet.noneOf(TcpState.class) : EnumSet.of(TcpState.CLOSED);
    set.addAll(java.util.List.of(to));
    ALLOWED.put(from, set);
  }

  /** What is wrong with a change, or null. */
  @Nullable String judge(SimHost host, long connection, TcpState from, TcpState to) {
    EnumSet<TcpState> allowed = ALLOWED.get(from);
    if (allowed == null || !allowed.contains(to)) {
      return "I2: " + from.rfcName() + " to " + to.rfcName() + " is no change that RFC 9293 knows";
    }
    Connection key = new Connection(host.index(), connection);
    TcpState before = to == TcpState.CLOSED ? last.remove(key) : last.put(key, to);
    if (before == null && !BEGINNINGS.contains(from)) {
      // I8: one end for each connection.
      return "I8: "
          + from.rfcName()
          + " to "
          + to.rfcName()
          + " of a connection that never began or has ended already";
    }
    if (before != null && before != from) {
      return "I2: a change from "
          + from.rfcName()
          + ", but the connection was in "
          + before.rfcName();
    }
    return null;
  }

  /** A host's connections are gone. */
  void crashed(SimHost host) {
    last.keySet().removeIf(c -> c.host == host.index());
  }
}
