package dev.sinew.ip;

import dev.sinew.base.TcpError;
import org.jspecify.annotations.Nullable;

/** What an ICMP error says, of either version. */
public enum IcmpErrorKind {
  NET_UNREACHABLE,
  HOST_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  PORT_UNREACHABLE,
  /**
   * Fragmentation needed, or ICMPv6 Packet Too Big: {@link IcmpErrorInput#icmpError} gets the next
   * hop's MTU.
   */
  PACKET_TOO_BIG,
  ADMINISTRATIVELY_PROHIBITED,
  /** RFC 1122 section 3.2.2.1 code 9: the whole network is closed to us. */
  NET_PROHIBITED,
  /** Codes 14 and 15: the precedence is too low. */
  PRECEDENCE,
  SOURCE_ROUTE_FAILED,
  TIME_EXCEEDED,
  REASSEMBLY_TIMEOUT,
  PARAMETER_PROBLEM,
  SOURCE_QUENCH;

  /**
   * What programs are told, as Linux tells it; null when they are told nothing. Packet Too Big and
   * Source Quench (RFC 6633: ignored) are between hosts alone.
   */
  public @Nullable TcpError error(boolean v4) {
    return switch (this) {
      case NET_UNREACHABLE, NET_PROHIBITED -> TcpError.NET_UNREACHABLE;
      case HOST_UNREACHABLE, PRECEDENCE, SOURCE_ROUTE_FAILED, TIME_EXCEEDED, REASSEMBLY_TIMEOUT ->
          TcpError.HOST_UNREACHABLE;
      case ADMINISTRATIVELY_PROHIBITED -> v4 ? TcpError.HOST_UNREACHABLE : TcpError.ACCESS_DENIED;
      case PORT_UNREACHABLE -> TcpError.PORT_UNREACHABLE;
      case PROTOCOL_UNREACHABLE, PARAMETER_PROBLEM -> TcpError.PROTOCOL_UNREACHABLE;
      case PACKET_TOO_BIG, SOURCE_QUENCH -> null;
    };
  }

  /**
   * Whether routing may still find a way, so that trying again makes sense (RFC 1122 section
   * 3.2.2.1: "only a hint").
   */
  public boolean isTransient() {
    return switch (this) {
      case NET_UNREACHABLE,
          HOST_UNREACHABLE,
          SOURCE_ROUTE_FAILED,
          TIME_EXCEEDED,
          REASSEMBLY_TIMEOUT ->
          true;
      default -> false;
    };
  }
}
