package dev.sinew.ip;

import dev.sinew.wire.IpPacket;

/**
 * A transport that hears of ICMP errors about packets that it may have sent (RFC 1122 section
 * 3.2.2, RFC 4443, RFC 5927).
 */
@FunctionalInterface
public interface IcmpErrorInput {
  /**
   * An ICMP error whose quoted packet claims to be ours. The quote is only as true as its sender:
   * check it against the connection.
   *
   * @param kind what it says
   * @param type ICMP type as received
   * @param code ICMP code as received
   * @param mtu the next hop's MTU for {@link IcmpErrorKind#PACKET_TOO_BIG} (0 from a router older
   *     than RFC 1191), else 0
   * @param quoted addresses of the quoted packet, source being ours; its memory is the ICMP message
   * @param transport where the quoted transport header begins in {@code quoted.memory}
   * @param transportLength bytes of it that were quoted, at least 8
   * @param now the stack's time
   */
  void icmpError(
      IcmpErrorKind kind,
      int type,
      int code,
      int mtu,
      IpPacket quoted,
      long transport,
      int transportLength,
      long now);
}
