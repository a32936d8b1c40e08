package dev.sinew.junit;

import dev.sinew.base.TcpState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The states that the connections of a host have had. */
public final class StateHistory {
  private final String host;
  private final List<List<TcpState>> connections;

  StateHistory(String host, List<WireLog.Change> changes) {
    this.host = host;
    Map<Long, List<TcpState>> byConnection = new LinkedHashMap<>();
    for (WireLog.Change c : changes) {
      if (c.host().equals(host)) {
        byConnection
            .computeIfAbsent(c.connection(), n -> new ArrayList<>(List.of(c.from())))
            .add(c.to());
      }
    }
    connections = List.copyOf(byConnection.values());
  }

  /**
   * For each connection, in the order of their first change: its states, the first one included.
   */
  public List<List<TcpState>> connections() {
    return connections;
  }

  /** Some connection has been in these states, in this order; others may lie between. */
  public StateHistory was(TcpState... states) {
    check(connections.stream().anyMatch(c -> inOrder(c, states)), "to have been in ", states);
    return this;
  }

  /** Some connection has been in exactly these states, from the first on. */
  public StateHistory wasExactly(TcpState... states) {
    check(connections.contains(Arrays.asList(states)), "to have been in exactly ", states);
    return this;
  }

  /** No connection has been in any of these states. */
  public StateHistory wasNever(TcpState... states) {
    List<TcpState> unwanted = Arrays.asList(states);
    check(
        connections.stream().noneMatch(c -> c.stream().anyMatch(unwanted::contains)),
        "never to have been in ",
        states);
    return this;
  }

  /** The connection that began last is in this state now. */
  public StateHistory isNow(TcpState state) {
    check(!connections.isEmpty() && connections.getLast().getLast() == state, "to be in ", state);
    return this;
  }

  private static boolean inOrder(List<TcpState> has, TcpState[] wanted) {
    int next = 0;
    for (TcpState s : has) {
      if (next < wanted.length && s == wanted[next]) {
        next++;
      }
    }
    return next == wanted.length;
  }

  private void check(boolean holds, String what, TcpState... states) {
    if (!holds) {
      throw new AssertionError(
          "expected a connection of "
              + host
              + " "
              + what
              + names(Arrays.asList(states))
              + ", but "
              + this);
    }
  }

  private static String names(List<TcpState> states) {
    return String.join(" > ", states.stream().map(TcpState::rfcName).toList());
  }

  @Override
  public String toString() {
    if (connections.isEmpty()) {
      return host + " had no connection";
    }
    return host
        + " had "
        + String.join("; ", connections.stream().map(StateHistory::names).toList());
  }
}
