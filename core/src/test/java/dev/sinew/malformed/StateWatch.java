package dev.sinew.malformed;

import dev.sinew.base.TcpState;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * I2: every change of state is an edge of RFC 9293 section 3.3.2 (or of a passage that it names),
 * and begins where the last one ended.
 */
final class StateWatch implements Observer {
  /** One change. */
  record Change(long connection, int remotePort, TcpState from, TcpState to) {}

  private static final Map<TcpState, Set<TcpState>> EDGES = new EnumMap<>(TcpState.class);

  static {
    edge(TcpState.CLOSED, TcpState.SYN_SENT);
    edge(TcpState.LISTEN, TcpState.SYN_RECEIVED);
    edge(TcpState.SYN_SENT, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.CLOSED);
    edge(TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSED);
    edge(TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT, TcpState.CLOSED);
    edge(TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2, TcpState.CLOSING, TcpState.CLOSED);
    edge(TcpState.FIN_WAIT_2, TcpState.TIME_WAIT, TcpState.CLOSED);
    edge(TcpState.CLOSE_WAIT, TcpState.LAST_ACK, TcpState.CLOSED);
    edge(TcpState.CLOSING, TcpState.TIME_WAIT, TcpState.CLOSED);
    edge(TcpState.LAST_ACK, TcpState.CLOSED);
    edge(TcpState.TIME_WAIT, TcpState.CLOSED);
  }

  private static void edge(TcpState from, TcpState... to) {
    EDGES.put(from, EnumSet.of(to[0], to));
  }

  private final Map<Long, TcpState> states = new HashMap<>();
  final List<Change> changes = new ArrayList<>();
  @Nullable String objection;
  int drops;
  @Nullable DropReason lastDrop;

  void reset() {
    changes.clear();
    drops = 0;
    lastDrop = null;
  }

  @Override
  public void stateChanged(
      long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
    changes.add(new Change(connection, remotePort, from, to));
    Set<TcpState> allowed = EDGES.get(from);
    if (allowed == null || !allowed.contains(to)) {
      object("I2: no edge " + from + " -> " + to);
    }
    // A cookie's connection begins in SYN-RECEIVED without having been seen there, and a TIME-WAIT
    // record that is recycled goes by number 0.
    TcpState before = connection == 0 ? null : states.put(connection, to);
    if (before != null && before != from) {
      object("I2: was " + before + ", now " + from + " -> " + to);
    }
  }

  @Override
  public void packetDropped(long now, DropReason reason) {
    drops++;
    lastDrop = reason;
  }

  private void object(String text) {
    if (objection == null) {
      objection = text;
    }
  }

  /**
   * Whether the packet that came in gives a reason for the changes that followed: which flags and
   * numbers lead where (RFC 9293 section 3.10.7).
   *
   * @param p the packet, sound
   * @param segment whether it is a segment between the two ends that are watched
   */
  static @Nullable String unjustified(Change c, RawPacket p, boolean segment, Host.Known known) {
    boolean icmp = p.protocol == (p.v4 ? RawPacket.ICMP : RawPacket.ICMPV6);
    if (icmp) {
      boolean opening = c.from() == TcpState.SYN_SENT || c.from() == TcpState.SYN_RECEIVED;
      return opening && c.to() == TcpState.CLOSED ? null : "I2: an ICMP message moved " + c;
    }
    if (p.protocol != RawPacket.TCP) {
      return "I2: protocol " + p.protocol + " moved " + c;
    }
    boolean syn = p.has(RawPacket.SYN);
    boolean ack = p.has(RawPacket.ACK);
    boolean rst = p.has(RawPacket.RST);
    boolean fin = p.has(RawPacket.FIN);
    if (!segment) {
      // A new connection from somewhere else.
      boolean fresh = c.from() == TcpState.LISTEN && syn && !ack && !rst && !fin;
      return fresh ? null : "I2: a segment of other ends moved " + c;
    }
    int ahead = p.seq() - known.rcvNxt();
    boolean acksAll = ack && !rst && p.ack() == known.sndNxt();
    boolean exactReset = rst && ahead == 0;
    // What our FIN follows: its own number is the last before RCV.NXT moves.
    int finAt = p.seq() + (syn ? 1 : 0) + p.dataLength() - known.rcvNxt();
    boolean finHere = !rst && ahead <= 0 && (fin && finAt >= 0 || known.finSeen());
    boolean good =
        switch (c.to()) {
          case CLOSED ->
              switch (c.from()) {
                case SYN_SENT -> rst && ack && p.ack() == known.sndNxt();
                case SYN_RECEIVED -> exactReset || syn;
                case TIME_WAIT -> syn && !ack && !rst && !fin;
                case LAST_ACK -> exactReset || acksAll;
                default -> exactReset || known.orphan() && p.dataLength() > 0;
              };
          case SYN_RECEIVED -> syn && !ack && !rst && !fin;
          case ESTABLISHED -> acksAll && (c.from() == TcpState.SYN_SENT ? syn : ahead <= 65_535);
          case CLOSE_WAIT, CLOSING -> finHere || known.from() == TcpState.SYN_SENT && fin;
          case FIN_WAIT_2 -> acksAll;
          case TIME_WAIT -> c.from() == TcpState.CLOSING ? acksAll : finHere;
          default -> false;
        };
    return good ? null : "I2: " + c + " without a reason";
  }
}
