package dev.sinew.ip;

/** What an ICMP error says, of either version. */
public enum IcmpErrorKind {
  NET_UNREACHABLE,
  HOST_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  PORT_UNREACHABLE,
  /** Fragmentation needed, or ICMPv6 Packet Too Big: {@link IcmpErrorInput#icmpError} gets the next hop's MTU. */
  PACKET_TOO_BIG,
  ADMINISTRATIVELY_PROHIBITED,
  SOURCE_ROUTE_FAILED,
  TIME_EXCEEDED,
  REASSEMBLY_TIMEOUT,
  PARAMETER_PROBLEM,
  SOURCE_QUENCH
}
