package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IcmpErrorKind;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/**
 * What TCP does about ICMP errors (RFC 9293 section 3.9.2.2, MUST-54 to MUST-56), as far as RFC
 * 5927 lets it believe them: the quoted sequence number must be in flight, and in a synchronized
 * state no error ends the connection.
 */
final class IcmpReaction {
  private IcmpReaction() {}

  static void onError(
      TcpLayer layer, IcmpErrorKind kind, int mtu, IpPacket quoted, long transport, long now) {
    int localPort = Bytes.u16(quoted.memory, transport + TcpHeader.SOURCE_PORT);
    int remotePort = Bytes.u16(quoted.memory, transport + TcpHeader.DESTINATION_PORT);
    @Seq int seq = Bytes.i32(quoted.memory, transport + TcpHeader.SEQUENCE);
    Record r =
        layer.table.find(
            quoted.sourceHigh,
            quoted.sourceLow,
            localPort,
            quoted.destinationHigh,
            quoted.destinationLow,
            remotePort);
    if (kind == IcmpErrorKind.SOURCE_QUENCH) {
      return; // MUST-55
    }
    if (r instanceof SynRecord s) {
      if (seq != s.iss) {
        layer.context.counters.inc(Counter.TcpExtOutOfWindowIcmps);
      } else if (kind == IcmpErrorKind.PACKET_TOO_BIG) {
        // A SYN-ACK fits the smallest MTU that we believe in.
        layer.context.counters.inc(Counter.SinewTcpTooBigIgnored);
      } else if (hard(kind, quoted.v4)) {
        layer.dropSynRecord(s, now);
      }
      return;
    }
    if (!(r instanceof Connection c)) {
      return;
    }
    if (!SeqNum.geq(seq, c.sndUna) || !SeqNum.lt(seq, c.sndNxt)) {
      layer.context.counters.inc(Counter.TcpExtOutOfWindowIcmps);
      return;
    }
    if (Authentication.ignoresIcmp(c, kind, quoted.v4)) {
      layer.context.counters.inc(Counter.TcpExtTCPAODroppedIcmps);
      return;
    }
    if (kind == IcmpErrorKind.PACKET_TOO_BIG) {
      PacketTooBig.of(c).onError(c, mtu, quotedLength(quoted), seq, now);
      return;
    }
    TcpError error = kind.error(quoted.v4);
    if (error == null) {
      return;
    }
    if (c.state == TcpState.SYN_SENT || FastOpen.early(c)) {
      TcpError end = endOfConnect(c.profile().connectErrors(), kind, error, quoted.v4);
      if (end != null) {
        layer.context.counters.inc(Counter.TcpAttemptFails);
        c.delete(end, now);
        return;
      }
    }
    // Soft (SHLD-25): kept for the application, and named should the connection time out.
    c.softError = error;
  }

  /** What an error about our SYN ends the attempt with, or null. */
  private static @Nullable TcpError endOfConnect(
      Profile.ConnectErrors which, IcmpErrorKind kind, TcpError error, boolean v4) {
    if (kind == IcmpErrorKind.REASSEMBLY_TIMEOUT) {
      return null;
    }
    boolean refused = kind == IcmpErrorKind.PORT_UNREACHABLE;
    return switch (which) {
      case HARD -> hard(kind, v4) ? refused ? TcpError.REFUSED : error : null;
      case ANY -> refused ? TcpError.REFUSED : error;
      case PROHIBITIONS ->
          switch (kind) {
            case PROTOCOL_UNREACHABLE,
                PORT_UNREACHABLE,
                ADMINISTRATIVELY_PROHIBITED,
                NET_PROHIBITED ->
                TcpError.REFUSED;
            case TIME_EXCEEDED -> TcpError.HOST_UNREACHABLE;
            default -> null;
          };
      case NONE -> null;
    };
  }

  /** The length of the packet that was too big, as its header has it. */
  private static int quotedLength(IpPacket q) {
    return q.v4
        ? Bytes.u16(q.memory, q.offset + Ipv4Header.TOTAL_LENGTH)
        : Ipv6Header.LENGTH + Bytes.u16(q.memory, q.offset + Ipv6Header.PAYLOAD_LENGTH);
  }

  /** Section 3.9.2.2, SHLD-26; an unknown next header of IPv6 is soft there. */
  private static boolean hard(IcmpErrorKind kind, boolean v4) {
    return kind == IcmpErrorKind.PORT_UNREACHABLE
        || kind == IcmpErrorKind.PROTOCOL_UNREACHABLE && v4;
  }
}
