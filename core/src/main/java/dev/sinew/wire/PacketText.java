package dev.sinew.wire;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Any packet as one line in the words of {@code tcpdump -n}; wrong checksums are marked, as tcpdump
 * does with {@code -v}. For those who watch, not for the packet path: it allocates. Takes any bytes
 * and never throws on them.
 */
public final class PacketText {
  private PacketText() {}

  /** The text of an IP packet that is all there. */
  public static String ip(MemorySegment m, long offset, int length) {
    return ip(m, offset, length, length, null);
  }

  /**
   * The text of an IP packet.
   *
   * @param captured bytes of it that are at {@code offset}
   * @param length bytes that it had on the link
   * @param relative knows where each connection's sequence numbers begin, or null for absolute
   *     numbers
   */
  public static String ip(
      MemorySegment m,
      long offset,
      int captured,
      int length,
      @Nullable RelativeSequences relative) {
    StringBuilder out = new StringBuilder(120);
    appendIp(out, m, offset, captured, length, relative, true, true);
    return out.toString();
  }

  /**
   * As {@link #ip}, for a packet whose transport checksum the link has yet to complete: it is not
   * judged.
   */
  public static String ipUnchecked(
      MemorySegment m,
      long offset,
      int captured,
      int length,
      @Nullable RelativeSequences relative) {
    StringBuilder out = new StringBuilder(120);
    appendIp(out, m, offset, captured, length, relative, true, false);
    return out.toString();
  }

  /**
   * The text of an Ethernet frame with its addresses, like {@code tcpdump -en}. Arguments as in
   * {@link #ip}.
   */
  public static String ethernet(
      MemorySegment m,
      long offset,
      int captured,
      int length,
      @Nullable RelativeSequences relative) {
    if (captured < EthernetHeader.LENGTH) {
      return "[|ether]";
    }
    StringBuilder out = new StringBuilder(160);
    AddressText.appendMac(out, EthernetHeader.mac(m, offset + EthernetHeader.SOURCE));
    out.append(" > ");
    AddressText.appendMac(out, EthernetHeader.mac(m, offset + EthernetHeader.DESTINATION));
    int type = Bytes.u16(m, offset + EthernetHeader.TYPE);
    String name =
        switch (type) {
          case EthernetHeader.TYPE_IPV4 -> "IPv4";
          case EthernetHeader.TYPE_ARP -> "ARP";
          case EthernetHeader.TYPE_IPV6 -> "IPv6";
          default -> "Unknown";
        };
    out.append(", ethertype ").append(name).append(" (0x");
    TransportText.hex(out, type, 4);
    out.append("), length ").append(length).append(": ");
    long at = offset + EthernetHeader.LENGTH;
    int left = captured - EthernetHeader.LENGTH;
    switch (type) {
      case EthernetHeader.TYPE_IPV4, EthernetHeader.TYPE_IPV6 ->
          appendIp(out, m, at, left, length - EthernetHeader.LENGTH, relative, false, true);
      case EthernetHeader.TYPE_ARP -> appendArp(out, m, at, left);
      default -> out.append(left).append(" bytes");
    }
    return out.toString();
  }

  /** The text of an ARP packet: {@code ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28}. */
  public static String arp(MemorySegment m, long offset, int length) {
    StringBuilder out = new StringBuilder(80).append("ARP, ");
    appendArp(out, m, offset, length);
    return out.toString();
  }

  private static void appendArp(StringBuilder out, MemorySegment m, long at, int length) {
    if (length < ArpPacket.LENGTH) {
      out.append("[|arp]");
      return;
    }
    if (!ArpPacket.isValid(m, at, length)) {
      out.append("Unknown operation ").append(ArpPacket.operation(m, at));
    } else if (ArpPacket.operation(m, at) == ArpPacket.REQUEST) {
      out.append("Request who-has ");
      AddressText.appendV4(out, ArpPacket.targetAddress(m, at));
      if (ArpPacket.targetMac(m, at) != 0) {
        AddressText.appendMac(out.append(" ("), ArpPacket.targetMac(m, at));
        out.append(')');
      }
      out.append(" tell ");
      AddressText.appendV4(out, ArpPacket.senderAddress(m, at));
    } else {
      out.append("Reply ");
      AddressText.appendV4(out, ArpPacket.senderAddress(m, at));
      out.append(" is-at ");
      AddressText.appendMac(out, ArpPacket.senderMac(m, at));
    }
    out.append(", length ").append(length);
  }

  private static void appendIp(
      StringBuilder out,
      MemorySegment m,
      long offset,
      int captured,
      int length,
      @Nullable RelativeSequences relative,
      boolean named,
      boolean checked) {
    IpPacket ip = new IpPacket();
    int result = ip.parseCut(m, offset, captured);
    if (result == IpPacket.BAD_VERSION) {
      out.append("IP").append(Bytes.u8(m, offset) >>> 4).append(", length ").append(length);
      return;
    }
    if (named) {
      out.append(ip.v4 || captured == 0 ? "IP " : "IP6 ");
    }
    if (result == IpPacket.TRUNCATED) {
      out.append(ip.v4 || captured == 0 ? "[|ip]" : "[|ip6]");
      return;
    }
    if (ip.totalLength > length) {
      out.append(ip.v4 ? "truncated-ip - " : "truncated-ip6 - ");
      out.append(ip.totalLength - length).append(" bytes missing! ");
    }
    if (result == IpPacket.BAD_HEADER) {
      badHeader(out, ip, captured);
      return;
    }
    if (ip.v4 && !IpPacket.headerChecksumOk(m, offset, ip.headerLength)) {
      int found = Bytes.u16(m, offset + Ipv4Header.CHECKSUM);
      out.append("(bad cksum ");
      TransportText.hex(out, found, 4);
      out.append(" (->");
      long sum = Checksum.add(0, m, offset, ip.headerLength);
      TransportText.hex(out, TransportText.wanted(sum, found), 4);
      out.append(")!) ");
    }
    if (result == IpPacket.BAD_EXTENSION) {
      addresses(out, ip);
      out.append("[bad extension header at ").append(ip.headerLength).append(']');
      return;
    }
    appendPacket(out, ip, checked && ip.totalLength <= captured, relative);
  }

  private static void badHeader(StringBuilder out, IpPacket ip, int captured) {
    if (captured >= (ip.v4 ? Ipv4Header.MIN_LENGTH : Ipv6Header.LENGTH)) {
      addresses(out, ip);
    }
    out.append("[bad ip header, length ").append(ip.totalLength).append(']');
  }

  /** A quoted packet of which, as a rule, only the beginning is there. */
  static void appendCut(StringBuilder out, IpPacket quoted) {
    out.append(quoted.v4 ? "IP " : "IP6 ");
    appendPacket(out, quoted, false, null);
  }

  private static void addresses(StringBuilder out, IpPacket ip) {
    address(out, ip.v4, ip.sourceHigh, ip.sourceLow);
    out.append(" > ");
    address(out, ip.v4, ip.destinationHigh, ip.destinationLow);
    out.append(": ");
  }

  private static void address(StringBuilder out, boolean v4, long high, long low) {
    if (v4) {
      AddressText.appendV4(out, (int) low);
    } else {
      AddressText.appendV6(out, high, low);
    }
  }

  private static void appendPacket(
      StringBuilder out, IpPacket ip, boolean whole, @Nullable RelativeSequences relative) {
    int declared = ip.totalLength - ip.headerLength;
    boolean ports =
        ip.fragmentOffset == 0
            && (ip.protocol == IpProtocol.TCP || ip.protocol == IpProtocol.UDP)
            && ip.payloadLength >= 4;
    if (ports) {
      address(out, ip.v4, ip.sourceHigh, ip.sourceLow);
      out.append('.').append(Bytes.u16(ip.memory, ip.payloadOffset)).append(" > ");
      address(out, ip.v4, ip.destinationHigh, ip.destinationLow);
      out.append('.').append(Bytes.u16(ip.memory, ip.payloadOffset + 2)).append(": ");
    } else {
      addresses(out, ip);
    }
    if (!ip.v4) {
      extensions(out, ip);
    }
    if (ip.fragmentOffset != 0) {
      out.append(protocolName(ip.protocol));
    } else {
      transport(out, ip, declared, whole && !ip.fragment, relative);
    }
    if (ip.fragment) {
      out.append(" (frag ").append(Integer.toUnsignedString(ip.fragmentId)).append(':');
      out.append(declared).append('@').append(ip.fragmentOffset);
      out.append(ip.moreFragments ? "+)" : ")");
    }
  }

  private static void transport(
      StringBuilder out,
      IpPacket ip,
      int declared,
      boolean checkable,
      @Nullable RelativeSequences relative) {
    switch (ip.protocol) {
      case IpProtocol.TCP -> TcpText.append(out, ip, declared, checkable, relative);
      case IpProtocol.UDP -> appendUdp(out, ip, declared, checkable);
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
        if (ip.v4 == (ip.protocol == IpProtocol.ICMP)) {
          IcmpText.append(out, ip, declared, checkable);
        } else {
          out.append(protocolName(ip.protocol)).append(' ').append(declared);
        }
      }
      case IpProtocol.NO_NEXT_HEADER -> out.append("no next header");
      default -> out.append(protocolName(ip.protocol)).append(' ').append(declared);
    }
  }

  private static void appendUdp(StringBuilder out, IpPacket ip, int declared, boolean checkable) {
    if (ip.payloadLength < UdpHeader.HEADER_LENGTH) {
      out.append("[|udp]");
      return;
    }
    int length = Bytes.u16(ip.memory, ip.payloadOffset + UdpHeader.LENGTH);
    int found = Bytes.u16(ip.memory, ip.payloadOffset + UdpHeader.CHECKSUM);
    if (length < UdpHeader.HEADER_LENGTH) {
      out.append("truncated-udplength ").append(length);
      return;
    }
    // A first fragment carries less than the datagram's length by right.
    if (length > declared && !ip.fragment) {
      out.append("truncated-udp - ").append(length - declared).append(" bytes missing! ");
    } else if (found == 0) {
      // The sender made none: IPv4 allows it, and tcpdump says nothing either.
      out.append(ip.v4 ? "" : "[no cksum] ");
    } else if (checkable) {
      int payload = ip.payloadLength;
      ip.payloadLength = length;
      long sum = TransportText.sum(ip, IpProtocol.UDP);
      ip.payloadLength = payload;
      if (!Checksum.isGood(sum)) {
        int wanted = TransportText.wanted(sum, found);
        out.append("[bad udp cksum 0x");
        TransportText.hex(out, found, 4);
        out.append(" -> 0x");
        TransportText.hex(out, wanted == 0 ? 0xffff : wanted, 4);
        out.append("!] ");
      }
    }
    out.append("UDP, length ").append(length - UdpHeader.HEADER_LENGTH);
  }

  /** Names the extension headers before the payload. */
  private static void extensions(StringBuilder out, IpPacket ip) {
    int kind = Bytes.u8(ip.memory, ip.offset + Ipv6Header.NEXT_HEADER);
    for (int at = Ipv6Header.LENGTH; at < ip.headerLength; ) {
      out.append(
          switch (kind) {
            case IpProtocol.HOP_BY_HOP -> "HBH ";
            case IpProtocol.ROUTING -> "srcrt ";
            case IpProtocol.FRAGMENT -> ip.fragment ? "" : "frag (0|" + atomicLength(ip, at) + ") ";
            default -> "DSTOPT ";
          });
      int size =
          kind == IpProtocol.FRAGMENT
              ? Ipv6Header.FRAGMENT_LENGTH
              : (Bytes.u8(ip.memory, ip.offset + at + Ipv6Header.EXT_LENGTH) + 1) * 8;
      kind = Bytes.u8(ip.memory, ip.offset + at + Ipv6Header.EXT_NEXT_HEADER);
      at += size;
    }
  }

  private static int atomicLength(IpPacket ip, int at) {
    return ip.totalLength - at - Ipv6Header.FRAGMENT_LENGTH;
  }

  private static String protocolName(int protocol) {
    return switch (protocol) {
      case IpProtocol.TCP -> "tcp";
      case IpProtocol.UDP -> "udp";
      case IpProtocol.ICMP -> "icmp";
      case IpProtocol.ICMPV6 -> "ipv6-icmp";
      default -> "ip-proto-" + protocol;
    };
  }
}
