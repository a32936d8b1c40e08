package dev.sinew.neighbor;

import dev.sinew.base.Counter;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.EthernetHeader;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.NdpMessage;

/**
 * Neighbor Solicitations and Advertisements (RFC 4861 section 7), and what duplicate address
 * detection wants of them (RFC 4862 section 5.4).
 */
final class Ndp {
  private static final long GROUP_HIGH = 0xff02_0000_0000_0000L;
  private static final long ALL_NODES_LOW = 1;
  private static final long SOLICITED_NODE_LOW = 0x0000_0001_ff00_0000L;
  private static final long GROUP_MAC = 0x3333_0000_0000L;

  private final Neighborhood home;
  private final OwnAddresses own;
  private final TxQueue queue;

  Ndp(Neighborhood home, OwnAddresses own) {
    this.home = home;
    this.own = own;
    this.queue = home.with.queue();
  }

  void solicitation(IpPacket p, long now) {
    long at = p.payloadOffset;
    boolean probe = isUnspecified(p.sourceHigh, p.sourceLow);
    long mac = optionOf(p, NdpMessage.SOURCE_LINK_LAYER_ADDRESS);
    // RFC 4861 section 7.1.1.
    if (mac == NdpMessage.MALFORMED || (probe && (mac != NdpMessage.NONE || !isSolicitedNode(p)))) {
      home.malformed(now);
      return;
    }
    long high = NdpMessage.targetHigh(p.memory, at);
    long low = NdpMessage.targetLow(p.memory, at);
    if (own.isTentative(high, low)) {
      // RFC 4862 section 5.4.3: who asks without an address wants it; who asks with one is left to
      // whoever has it.
      if (probe) {
        own.probed(high, low, ethernetSource(p), now);
      }
      return;
    }
    if (!own.isUsable(high, low)) {
      return;
    }
    if (probe) {
      answer(high, low, GROUP_HIGH, ALL_NODES_LOW, GROUP_MAC | ALL_NODES_LOW, 0, now);
      return;
    }
    if (mac != NdpMessage.NONE) {
      home.heardOf(p.sourceHigh, p.sourceLow, mac, true, now);
    }
    answer(high, low, p.sourceHigh, p.sourceLow, mac, NdpMessage.SOLICITED, now);
  }

  void advertisement(IpPacket p, long now) {
    long at = p.payloadOffset;
    long mac = optionOf(p, NdpMessage.TARGET_LINK_LAYER_ADDRESS);
    // RFC 4861 section 7.1.2.
    if (mac == NdpMessage.MALFORMED) {
      home.malformed(now);
      return;
    }
    int flags = Bytes.u8(p.memory, at + NdpMessage.FLAGS);
    boolean solicited = (flags & NdpMessage.SOLICITED) != 0;
    if (solicited && isGroup(p.destinationHigh)) {
      home.malformed(now);
      return;
    }
    long high = NdpMessage.targetHigh(p.memory, at);
    long low = NdpMessage.targetLow(p.memory, at);
    if (own.isOurs(high, low)) {
      // RFC 4862 section 5.4.4.
      own.conflict(high, low, mac == NdpMessage.NONE ? ethernetSource(p) : mac, now);
      return;
    }
    home.advertised(high, low, mac, solicited, (flags & NdpMessage.OVERRIDE) != 0, now);
  }

  /** The rules that both messages share; the option's address, NONE or MALFORMED. */
  private static long optionOf(IpPacket p, int type) {
    long at = p.payloadOffset;
    if (p.ttl != NdpMessage.HOP_LIMIT
        || p.payloadLength < NdpMessage.OPTIONS
        || Bytes.u8(p.memory, at + IcmpHeader.CODE) != 0
        || isGroup(NdpMessage.targetHigh(p.memory, at))) {
      return NdpMessage.MALFORMED;
    }
    return NdpMessage.linkLayerAddress(p.memory, at, p.payloadLength, type);
  }

  /** Who sent the frame. */
  private static long ethernetSource(IpPacket p) {
    return EthernetHeader.mac(p.memory, p.offset - EthernetHeader.LENGTH + EthernetHeader.SOURCE);
  }

  private static boolean isSolicitedNode(IpPacket p) {
    return p.destinationHigh == GROUP_HIGH
        && (p.destinationLow & ~0xff_ffffL) == SOLICITED_NODE_LOW;
  }

  private static boolean isGroup(long high) {
    return high >>> 56 == 0xff;
  }

  private static boolean isUnspecified(long high, long low) {
    return (high | low) == 0;
  }

  /** Asks for a neighbour: its solicited-node group, or itself. */
  void ask(Neighbor n, OwnAddress source, boolean toAll, long now) {
    long low = SOLICITED_NODE_LOW | (n.low & 0xff_ffff);
    send(
        IcmpHeader.V6_NEIGHBOR_SOLICITATION,
        0,
        n.high,
        n.low,
        source.high,
        source.low,
        toAll ? GROUP_HIGH : n.high,
        toAll ? low : n.low,
        toAll ? GROUP_MAC | (low & 0xffff_ffffL) : n.mac,
        true,
        now);
  }

  /** RFC 4862 section 5.4.2: does somebody have this address? */
  void probe(OwnAddress a, long now) {
    long low = SOLICITED_NODE_LOW | (a.low & 0xff_ffff);
    send(
        IcmpHeader.V6_NEIGHBOR_SOLICITATION,
        0,
        a.high,
        a.low,
        0,
        0,
        GROUP_HIGH,
        low,
        GROUP_MAC | (low & 0xffff_ffffL),
        false,
        now);
  }

  /** RFC 4861 section 7.2.6: caches that knew the address elsewhere are put right. */
  void announce(OwnAddress a, long now) {
    answer(a.high, a.low, GROUP_HIGH, ALL_NODES_LOW, GROUP_MAC | ALL_NODES_LOW, 0, now);
  }

  /** An advertisement of an own address (RFC 4861 section 7.2.4). */
  private void answer(
      long high, long low, long toHigh, long toLow, long toMac, int flags, long now) {
    send(
        IcmpHeader.V6_NEIGHBOR_ADVERTISEMENT,
        flags | NdpMessage.OVERRIDE | (home.with.router() ? NdpMessage.ROUTER : 0),
        high,
        low,
        high,
        low,
        toHigh,
        toLow,
        toMac,
        true,
        now);
  }

  /**
   * @param toMac where the frame goes, or 0: to whom the cache knows, asked for if need be
   */
  private void send(
      int type,
      int flags,
      long targetHigh,
      long targetLow,
      long sourceHigh,
      long sourceLow,
      long toHigh,
      long toLow,
      long toMac,
      boolean withOption,
      long now) {
    TxPacket p = queue.reserve();
    if (p == null) {
      return; // what matters is asked again
    }
    long ip = p.headerOffset();
    long at = ip + Ipv6Header.LENGTH;
    int length =
        NdpMessage.write(
            p.header(),
            at,
            type,
            flags,
            targetHigh,
            targetLow,
            withOption ? home.with.hardwareAddress() : 0);
    int header =
        Ipv6Header.write(
            p.header(),
            ip,
            0,
            0,
            length,
            IpProtocol.ICMPV6,
            NdpMessage.HOP_LIMIT,
            sourceHigh,
            sourceLow,
            toHigh,
            toLow);
    IcmpHeader.fillChecksumV6(p.header(), at, length, sourceHigh, sourceLow, toHigh, toLow);
    p.headerLength(header + length);
    home.with.counters().inc(Counter.IcmpOutMsgs);
    home.with
        .observer()
        .packetSent(
            now, home.with.interfaceIndex(), p.header(), ip, p.headerLength(), p.totalLength());
    if (toMac == 0) {
      var unused = home.send(p, toHigh, toLow, null, now);
    } else {
      home.sendTo(p, toMac);
    }
  }
}
