package dev.sinew.wire;

import org.jspecify.annotations.Nullable;

/**
 * ICMP and ICMPv6 messages as text, in the words of tcpdump; what an error quotes follows in
 * parentheses.
 */
final class IcmpText {
  private IcmpText() {}

  static void append(StringBuilder out, IpPacket ip, int declared, boolean checkable) {
    out.append(ip.v4 ? "ICMP " : "ICMP6, ");
    if (ip.payloadLength < IcmpHeader.LENGTH) {
      out.append(ip.v4 ? "[|icmp]" : "[|icmp6]");
      return;
    }
    int type = Bytes.u8(ip.memory, ip.payloadOffset + IcmpHeader.TYPE);
    int code = Bytes.u8(ip.memory, ip.payloadOffset + IcmpHeader.CODE);
    IpPacket quoted = quoted(ip, type);
    if (ip.v4) {
      v4(out, ip, type, code, quoted);
    } else {
      v6(out, ip, type, code, quoted);
    }
    if (checkable) {
      appendChecksum(out, ip);
    }
    out.append(", length ").append(declared);
    if (quoted != null) {
      out.append(" (quotes ");
      PacketText.appendCut(out, quoted);
      out.append(')');
    }
  }

  private static void appendChecksum(StringBuilder out, IpPacket ip) {
    long sum =
        ip.v4
            ? Checksum.add(0, ip.memory, ip.payloadOffset, ip.payloadLength)
            : TransportText.sum(ip, IpProtocol.ICMPV6);
    if (!Checksum.isGood(sum)) {
      int found = Bytes.u16(ip.memory, ip.payloadOffset + IcmpHeader.CHECKSUM);
      out.append(ip.v4 ? " (wrong icmp cksum " : " (wrong icmp6 cksum ");
      TransportText.hex(out, found, 4);
      out.append(" (->");
      TransportText.hex(out, TransportText.wanted(sum, found), 4);
      out.append(")!)");
    }
  }

  /** The packet that an error quotes, or null when it quotes none that can be read. */
  private static @Nullable IpPacket quoted(IpPacket ip, int type) {
    if (!IcmpHeader.isError(ip.v4, type)) {
      return null;
    }
    IpPacket q = new IpPacket();
    long at = ip.payloadOffset + IcmpHeader.LENGTH;
    int result = q.parseCut(ip.memory, at, ip.payloadLength - IcmpHeader.LENGTH);
    return result == IpPacket.OK ? q : null;
  }

  private static void v4(
      StringBuilder out, IpPacket ip, int type, int code, @Nullable IpPacket quoted) {
    long at = ip.payloadOffset;
    switch (type) {
      case IcmpHeader.V4_ECHO_REQUEST -> echo(out, "echo request", ip);
      case IcmpHeader.V4_ECHO_REPLY -> echo(out, "echo reply", ip);
      case IcmpHeader.V4_DESTINATION_UNREACHABLE -> v4Unreachable(out, ip, code, quoted);
      case IcmpHeader.V4_SOURCE_QUENCH -> out.append("source quench");
      case IcmpHeader.V4_REDIRECT -> {
        out.append("redirect ").append(destination(quoted)).append(" to host ");
        AddressText.appendV4(out, Bytes.i32(ip.memory, at + IcmpHeader.REST));
      }
      case IcmpHeader.V4_TIME_EXCEEDED ->
          out.append(
              code == IcmpHeader.TTL_EXCEEDED_IN_TRANSIT
                  ? "time exceeded in-transit"
                  : code == IcmpHeader.REASSEMBLY_TIME_EXCEEDED
                      ? "ip reassembly time exceeded"
                      : "time exceeded-#" + code);
      case IcmpHeader.V4_PARAMETER_PROBLEM ->
          out.append("parameter problem - octet ")
              .append(Bytes.u8(ip.memory, at + IcmpHeader.REST));
      default -> out.append("type-#").append(type);
    }
  }

  private static void v4Unreachable(
      StringBuilder out, IpPacket ip, int code, @Nullable IpPacket quoted) {
    String to = destination(quoted);
    switch (code) {
      case IcmpHeader.V4_NET_UNREACHABLE -> out.append("net ").append(to).append(" unreachable");
      case IcmpHeader.V4_HOST_UNREACHABLE -> out.append("host ").append(to).append(" unreachable");
      case IcmpHeader.V4_PROTOCOL_UNREACHABLE ->
          out.append(to)
              .append(" protocol ")
              .append(quoted == null ? "?" : Integer.toString(quoted.protocol))
              .append(" unreachable");
      case IcmpHeader.V4_PORT_UNREACHABLE ->
          out.append(to).append(' ').append(port(quoted)).append(" unreachable");
      case IcmpHeader.V4_FRAGMENTATION_NEEDED ->
          out.append(to)
              .append(" unreachable - need to frag (mtu ")
              .append(Bytes.u16(ip.memory, ip.payloadOffset + IcmpHeader.V4_MTU))
              .append(')');
      case IcmpHeader.V4_SOURCE_ROUTE_FAILED ->
          out.append(to).append(" unreachable - source route failed");
      case IcmpHeader.V4_NET_PROHIBITED ->
          out.append("net ").append(to).append(" unreachable - admin prohibited");
      case IcmpHeader.V4_HOST_PROHIBITED ->
          out.append("host ").append(to).append(" unreachable - admin prohibited");
      case IcmpHeader.V4_ADMIN_PROHIBITED ->
          out.append("host ").append(to).append(" unreachable - admin prohibited filter");
      default -> out.append(to).append(" unreachable - #").append(code);
    }
  }

  private static void v6(
      StringBuilder out, IpPacket ip, int type, int code, @Nullable IpPacket quoted) {
    long at = ip.payloadOffset;
    switch (type) {
      case IcmpHeader.V6_ECHO_REQUEST -> echo(out, "echo request", ip);
      case IcmpHeader.V6_ECHO_REPLY -> echo(out, "echo reply", ip);
      case IcmpHeader.V6_DESTINATION_UNREACHABLE -> {
        out.append("destination unreachable, ");
        switch (code) {
          case IcmpHeader.V6_NO_ROUTE -> out.append("unreachable route ");
          case IcmpHeader.V6_ADMIN_PROHIBITED -> out.append("unreachable prohibited ");
          case IcmpHeader.V6_BEYOND_SCOPE -> out.append("beyond scope ");
          case IcmpHeader.V6_ADDRESS_UNREACHABLE -> out.append("unreachable address ");
          case IcmpHeader.V6_PORT_UNREACHABLE -> out.append("unreachable port, ");
          default -> out.append("unknown unreach code (").append(code).append(") ");
        }
        out.append(destination(quoted));
        if (code == IcmpHeader.V6_PORT_UNREACHABLE) {
          out.append(' ').append(port(quoted));
        } else if (code == IcmpHeader.V6_BEYOND_SCOPE && quoted != null) {
          out.append(", source address ");
          AddressText.append(out, quoted.sourceHigh, quoted.sourceLow);
        }
      }
      case IcmpHeader.V6_PACKET_TOO_BIG ->
          out.append("packet too big, mtu ").append(Bytes.u32(ip.memory, at + IcmpHeader.V6_MTU));
      case IcmpHeader.V6_TIME_EXCEEDED ->
          out.append("time exceeded in-transit")
              .append(
                  code == IcmpHeader.REASSEMBLY_TIME_EXCEEDED
                      ? " (reassembly)"
                      : " for " + destination(quoted));
      case IcmpHeader.V6_PARAMETER_PROBLEM -> {
        String what =
            switch (code) {
              case IcmpHeader.V6_ERRONEOUS_HEADER_FIELD -> "erroneous";
              case IcmpHeader.V6_UNRECOGNIZED_NEXT_HEADER -> "next header";
              case IcmpHeader.V6_UNRECOGNIZED_OPTION -> "option";
              default -> "code-#" + code;
            };
        out.append("parameter problem, ").append(what).append(" - octet ");
        out.append(Bytes.u32(ip.memory, at + IcmpHeader.REST));
      }
      case IcmpHeader.V6_ROUTER_SOLICITATION -> out.append("router solicitation");
      case IcmpHeader.V6_ROUTER_ADVERTISEMENT -> out.append("router advertisement");
      case IcmpHeader.V6_NEIGHBOR_SOLICITATION ->
          target(out.append("neighbor solicitation"), ", who has ", ip);
      case IcmpHeader.V6_NEIGHBOR_ADVERTISEMENT ->
          target(out.append("neighbor advertisement"), ", tgt is ", ip);
      case IcmpHeader.V6_REDIRECT -> out.append("redirect");
      default -> out.append("unknown icmp6 type (").append(type).append(')');
    }
  }

  private static void echo(StringBuilder out, String kind, IpPacket ip) {
    long at = ip.payloadOffset;
    out.append(kind)
        .append(", id ")
        .append(Bytes.u16(ip.memory, at + IcmpHeader.ECHO_IDENTIFIER))
        .append(", seq ")
        .append(Bytes.u16(ip.memory, at + IcmpHeader.ECHO_SEQUENCE));
  }

  private static void target(StringBuilder out, String words, IpPacket ip) {
    if (ip.payloadLength >= IcmpHeader.LENGTH + 16) {
      long at = ip.payloadOffset + IcmpHeader.LENGTH;
      out.append(words);
      AddressText.append(out, Bytes.i64(ip.memory, at), Bytes.i64(ip.memory, at + 8));
    }
  }

  private static String destination(@Nullable IpPacket quoted) {
    return quoted == null ? "?" : AddressText.format(quoted.destinationHigh, quoted.destinationLow);
  }

  private static String port(@Nullable IpPacket quoted) {
    if (quoted == null || quoted.payloadLength < 4) {
      return "port ?";
    }
    String name =
        switch (quoted.protocol) {
          case IpProtocol.TCP -> "tcp port ";
          case IpProtocol.UDP -> "udp port ";
          default -> "protocol " + quoted.protocol + " port ";
        };
    return name + Bytes.u16(quoted.memory, quoted.payloadOffset + 2);
  }
}
