package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.Counter;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.SuperSegments;
import java.lang.foreign.MemorySegment;

/**
 * Passes packets for others on to the next interface, as a router does. Their martians were dropped
 * before.
 */
final class Forwarder {
  /** In an IPv4 option's kind: it goes into every fragment (RFC 791 section 3.1). */
  private static final int OPTION_COPIED = 0x80;

  private final StackContext context;
  private final IpLayer ip;
  private final IpOutput output;
  private final Icmp icmp;

  /** Where the packet in hand goes next. */
  private final Flow way = new Flow();

  /** What was cut off a super-datagram and is too long all the same. */
  private final IpPacket piece = new IpPacket();

  Forwarder(StackContext context, IpLayer ip, IpOutput output, Icmp icmp) {
    this.context = context;
    this.ip = ip;
    this.output = output;
    this.icmp = icmp;
  }

  /**
   * Passes a packet on, or says to its sender why not.
   *
   * @param flags what its link says of it, see {@link PacketSink}
   */
  void forward(IpPacket p, int flags, long now) {
    if (Addresses.isLinkLocalV6(p.sourceHigh) || Addresses.isLinkLocalV6(p.destinationHigh)) {
      ip.drop(DropReason.NOT_MINE, Counter.IpInAddrErrors, now);
      return;
    }
    if (p.ttl <= 1) {
      ip.drop(DropReason.TTL_EXCEEDED, Counter.IpInHdrErrors, now);
      icmp.errors().sendTimeExceeded(p, IcmpHeader.TTL_EXCEEDED_IN_TRANSIT, now);
      return;
    }
    NetworkInterface out = ip.wayFor(p.destinationHigh, p.destinationLow, way);
    if (out == null || out.isLoopback()) {
      ip.drop(DropReason.NO_ROUTE, Counter.IpOutNoRoutes, now);
      icmp.errors()
          .sendUnreachable(p, p.v4 ? IcmpHeader.V4_NET_UNREACHABLE : IcmpHeader.V6_NO_ROUTE, now);
      return;
    }
    if (PacketSink.segmentSize(flags) != 0) {
      forwardSegments(p, PacketSink.segmentSize(flags), out, now);
    } else {
      forwardOne(p, flags, out, now);
    }
  }

  private void forwardOne(IpPacket p, int flags, NetworkInterface out, long now) {
    boolean fits = p.totalLength <= out.mtu();
    if (!fits && (!p.v4 || p.dontFragment)) {
      ip.drop(DropReason.PACKET_TOO_BIG, Counter.IpFragFails, now);
      icmp.errors().sendTooBig(p, out.mtu(), now);
      return;
    }
    int step = fits ? p.payloadLength : (out.mtu() - p.headerLength) & ~7;
    int pieces = fits ? 1 : (p.payloadLength + step - 1) / step;
    if (out.room() < pieces) {
      context.counters.inc(Counter.SinewTxQueueDrops);
      ip.drop(DropReason.TX_QUEUE_FULL, Counter.IpOutDiscards, now);
      return;
    }
    Block block = context.pool.take(p.totalLength);
    if (block == null) {
      ip.drop(DropReason.MEMORY, Counter.IpInDiscards, now);
      return;
    }
    MemorySegment.copy(p.memory, p.offset, block.memory(), block.base(), p.totalLength);
    if ((flags & PacketSink.CHECKSUM_PARTIAL) != 0) {
      SuperSegments.finishChecksum(
          block.memory(), block.base(), p.headerLength, p.totalLength, p.protocol);
    }
    context.counters.inc(Counter.IpForwDatagrams);
    if (fits) {
      sendWhole(p, p.totalLength, out, block, now);
    } else {
      sendFragments(p, out, block, step, now);
    }
    block.release();
  }

  /** A super-segment or super-datagram goes on as what it would have come as. */
  private void forwardSegments(IpPacket p, int segmentSize, NetworkInterface out, long now) {
    boolean known = p.protocol == IpProtocol.TCP || p.protocol == IpProtocol.UDP;
    int payload =
        known && !p.fragment
            ? SuperSegments.payload(p.memory, p.offset, p.headerLength, p.totalLength, p.protocol)
            : 0;
    if (payload < 1) {
      ip.drop(DropReason.BAD_HEADER, Counter.IpInHdrErrors, now);
      return;
    }
    int pieces = SuperSegments.count(payload, segmentSize);
    int longest = p.totalLength - payload + Math.min(payload, segmentSize);
    boolean fits = longest <= out.mtu();
    if (!fits && (!p.v4 || p.dontFragment)) {
      ip.drop(DropReason.PACKET_TOO_BIG, Counter.IpFragFails, now);
      icmp.errors().sendTooBig(p, out.mtu(), now);
      return;
    }
    if (out.room() < pieces) {
      context.counters.inc(Counter.SinewTxQueueDrops);
      ip.drop(DropReason.TX_QUEUE_FULL, Counter.IpOutDiscards, now);
      return;
    }
    for (int i = 0; i < pieces; i++) {
      Block block = context.pool.take(longest);
      if (block == null) {
        ip.drop(DropReason.MEMORY, Counter.IpInDiscards, now);
        return;
      }
      int length =
          SuperSegments.cut(
              p.memory,
              p.offset,
              p.headerLength,
              p.totalLength,
              p.protocol,
              segmentSize,
              i,
              block.memory(),
              block.base());
      if (fits) {
        context.counters.inc(Counter.IpForwDatagrams);
        sendWhole(p, length, out, block, now);
      } else if (piece.parse(block.memory(), block.base(), length) == IpPacket.OK) {
        forwardOne(piece, 0, out, now);
      }
      block.release();
    }
  }

  /**
   * All headers go into the header area when they fit (extension headers can be long), then the
   * rest follows as a slice.
   */
  private void sendWhole(IpPacket p, int length, NetworkInterface out, Block block, long now) {
    if (p.v4) {
      Ipv4Header.decrementTtl(block.memory(), block.base());
    } else {
      Bytes.put8(block.memory(), block.base() + Ipv6Header.HOP_LIMIT, p.ttl - 1);
    }
    TxPacket t = IpOutput.reserve(out);
    int header = Math.min(p.headerLength, TxPacket.HEADER_CAPACITY - 8);
    MemorySegment.copy(block.memory(), block.base(), t.header(), t.headerOffset(), header);
    IpOutput.attach(t, header, block, header, length - header);
    output.queueForwarded(way, out, t, now);
  }

  /**
   * RFC 791 section 3.2: the packet, which may be a fragment already, is cut to the next link's
   * MTU.
   */
  private void sendFragments(IpPacket p, NetworkInterface out, Block block, int step, long now) {
    for (int at = 0; at < p.payloadLength; at += step) {
      int n = Math.min(step, p.payloadLength - at);
      boolean more = p.moreFragments || at + n < p.payloadLength;
      TxPacket t = IpOutput.reserve(out);
      int header = at == 0 ? copyHeader(p, block, t) : copyLaterHeader(p, block, t);
      MemorySegment m = t.header();
      long h = t.headerOffset();
      Bytes.put8(m, h, 0x40 | header / 4);
      Bytes.put16(m, h + Ipv4Header.TOTAL_LENGTH, header + n);
      Bytes.put16(
          m,
          h + Ipv4Header.FLAGS_AND_OFFSET,
          (p.fragmentOffset + at) / 8 | (more ? Ipv4Header.MORE_FRAGMENTS : 0));
      Bytes.put8(m, h + Ipv4Header.TTL, p.ttl - 1);
      Ipv4Header.fillChecksum(m, h, header);
      IpOutput.attach(t, header, block, p.headerLength + at, n);
      output.queueForwarded(way, out, t, now);
      context.counters.inc(Counter.IpFragCreates);
    }
    context.counters.inc(Counter.IpFragOKs);
  }

  private static int copyHeader(IpPacket p, Block block, TxPacket t) {
    MemorySegment.copy(block.memory(), block.base(), t.header(), t.headerOffset(), p.headerLength);
    return p.headerLength;
  }

  /**
   * The header of a piece that is not the first: only the options that say so are in it. Returns
   * its length.
   */
  private static int copyLaterHeader(IpPacket p, Block block, TxPacket t) {
    MemorySegment source = block.memory();
    MemorySegment target = t.header();
    MemorySegment.copy(source, block.base(), target, t.headerOffset(), Ipv4Header.MIN_LENGTH);
    int at = Ipv4Header.MIN_LENGTH;
    int length = Ipv4Header.MIN_LENGTH;
    while (at < p.headerLength) {
      int kind = Bytes.u8(source, block.base() + at);
      if (kind == Ipv4Header.OPT_END) {
        break;
      }
      int size = kind == Ipv4Header.OPT_NOP ? 1 : Bytes.u8(source, block.base() + at + 1);
      if ((kind & OPTION_COPIED) != 0) {
        MemorySegment.copy(source, block.base() + at, target, t.headerOffset() + length, size);
        length += size;
      }
      at += size;
    }
    while ((length & 3) != 0) {
      Bytes.put8(target, t.headerOffset() + length++, Ipv4Header.OPT_END);
    }
    return length;
  }
}
