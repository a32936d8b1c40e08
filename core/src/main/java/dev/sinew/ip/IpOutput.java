package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.Counter;
import dev.sinew.base.TcpError;
import dev.sinew.link.TxPacket;
import dev.sinew.neighbor.Neighborhood;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Writes packets into the queues of interfaces: IP headers, transport checksums, fragments. */
final class IpOutput {
  private static final int MAX_PACKET = 65_535;

  /**
   * Of a datagram whose payload stays in its block, this much is copied behind the IP header, so
   * that observers see the transport header.
   */
  private static final int HEAD = 8;

  private final StackContext context;
  private final IpLayer ip;
  private final PacketIds ids;

  /** The packet between {@link #begin} and {@link #commit}, and what commit needs to know of it. */
  private @Nullable TxPacket open;

  private @Nullable NetworkInterface openOut;
  private int openIpHeader;
  private int openTransportHeader;
  private int openPayload;
  private int openProtocol;

  IpOutput(StackContext context, IpLayer ip) {
    this.context = context;
    this.ip = ip;
    this.ids = new PacketIds(context.entropy);
  }

  @Nullable TxPacket begin(Flow flow, int protocol, int transportHeaderLength, int payloadLength) {
    abandon();
    int length = transportHeaderLength + payloadLength;
    int ipHeader = flow.v4 ? Ipv4Header.MIN_LENGTH : Ipv6Header.LENGTH;
    if (ipHeader + transportHeaderLength > TxPacket.HEADER_CAPACITY || length > maxPayload(flow)) {
      throw new IllegalArgumentException(
          "no packet holds " + transportHeaderLength + " + " + payloadLength + " bytes");
    }
    if (!ip.route(flow)) {
      context.counters.inc(Counter.IpOutNoRoutes);
      return null;
    }
    NetworkInterface out = flow.out;
    if (out == null) {
      return null;
    }
    TxPacket p = out.txQueue().reserve();
    if (p == null) {
      return null;
    }
    openIpHeader =
        flow.v4 ? writeV4(flow, protocol, length, p) : writeV6(flow, protocol, length, p);
    openTransportHeader = transportHeaderLength;
    openPayload = payloadLength;
    openProtocol = protocol;
    p.headerLength(openIpHeader + transportHeaderLength);
    open = p;
    openOut = out;
    return p;
  }

  /** The length field counts the header in IPv4 and does not in IPv6. */
  private static int maxPayload(Flow f) {
    return f.v4 ? MAX_PACKET - Ipv4Header.MIN_LENGTH : MAX_PACKET;
  }

  private int writeV4(Flow f, int protocol, int length, TxPacket p) {
    // A packet that nobody may fragment needs no identification (RFC 6864).
    int id = f.dontFragment ? 0 : ids.nextV4(f.sourceLow, f.destinationLow, protocol);
    int flags = f.dontFragment ? Ipv4Header.DONT_FRAGMENT : 0;
    return Ipv4Header.write(
        p.header(),
        p.headerOffset(),
        f.trafficClass | f.ecn,
        Ipv4Header.MIN_LENGTH + length,
        id,
        flags,
        f.ttl,
        protocol,
        f.sourceLow,
        f.destinationLow);
  }

  private static int writeV6(Flow f, int nextHeader, int length, TxPacket p) {
    return Ipv6Header.write(
        p.header(),
        p.headerOffset(),
        f.trafficClass | f.ecn,
        f.flowLabel,
        length,
        nextHeader,
        f.ttl,
        f.sourceHigh,
        f.sourceLow,
        f.destinationHigh,
        f.destinationLow);
  }

  long transportOffset(TxPacket p) {
    return p.headerOffset() + openIpHeader;
  }

  void commit(Flow flow, TxPacket p, int checksumField, long now) {
    NetworkInterface out = openOut;
    if (p != open || out == null || p.payloadLength() != openPayload) {
      abandon();
      throw new IllegalStateException(
          "committed a packet that is not the one begun, or with another payload");
    }
    MemorySegment m = p.header();
    long transport = p.headerOffset() + openIpHeader;
    Bytes.put16(m, transport + checksumField, 0);
    long sum = pseudoHeader(flow, openProtocol, openTransportHeader + openPayload);
    if (isSummedByLink(out, openProtocol)) {
      Bytes.put16(m, transport + checksumField, Checksum.fold(sum));
      p.checksumByLink(openIpHeader, checksumField);
    } else {
      Bytes.put16(
          m,
          transport + checksumField,
          sent(openProtocol, Checksum.finish(sum(p, transport, sum))));
    }
    queue(flow, out, p, now);
    open = null;
    openOut = null;
  }

  private static boolean isSummedByLink(NetworkInterface out, int protocol) {
    return (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP)
        && out.link().properties().checksumOffload();
  }

  /** Adds the transport header and all slices to a sum; a slice may begin at an odd place. */
  private long sum(TxPacket p, long transport, long sum) {
    long total = Checksum.add(sum, p.header(), transport, openTransportHeader);
    int at = openTransportHeader;
    for (int i = 0; i < p.sliceCount(); i++) {
      total =
          (at & 1) == 0
              ? Checksum.add(total, p.sliceMemory(i), p.sliceOffset(i), p.sliceLength(i))
              : Checksum.addOdd(total, p.sliceMemory(i), p.sliceOffset(i), p.sliceLength(i));
      at += p.sliceLength(i);
    }
    return total;
  }

  /** ICMP for IPv4 has no pseudo-header. */
  private static long pseudoHeader(Flow f, int protocol, int length) {
    return protocol == IpProtocol.ICMP
        ? 0
        : Checksum.addPseudoHeader(
            0,
            f.v4,
            f.sourceHigh,
            f.sourceLow,
            f.destinationHigh,
            f.destinationLow,
            protocol,
            length);
  }

  /** UDP sends a computed checksum of 0 as all ones (RFC 768). */
  private static int sent(int protocol, int checksum) {
    return protocol == IpProtocol.UDP && checksum == 0 ? 0xffff : checksum;
  }

  private void queue(Flow flow, NetworkInterface out, TxPacket p, long now) {
    context.counters.inc(Counter.IpOutRequests);
    handOver(flow, out, p, now);
  }

  /** The packet takes its place in the link's queue, or waits until the next hop is found. */
  private void handOver(Flow way, NetworkInterface out, TxPacket p, long now) {
    context.observer.packetSent(
        now, out.index(), p.header(), p.headerOffset(), p.headerLength(), p.totalLength());
    Neighborhood n = out.neighborhood;
    if (n == null) {
      out.txQueue().commit();
    } else if (way.hopHardwareAddress != 0) {
      n.sendTo(p, way.hopHardwareAddress);
    } else {
      way.neighbor = n.send(p, way.hopHigh, way.hopLow, way.neighbor, now);
    }
  }

  /** Gives up the packet between begin and commit, if there is one. */
  void abandon() {
    if (open != null && openOut != null) {
      openOut.txQueue().cancel();
    }
    open = null;
    openOut = null;
  }

  /** See {@link IpLayer#send}. */
  int send(
      Flow flow, int protocol, Block block, int offset, int length, int checksumField, long now) {
    abandon();
    if (!ip.route(flow)) {
      context.counters.inc(Counter.IpOutNoRoutes);
      return TcpError.NET_UNREACHABLE.code();
    }
    NetworkInterface out = flow.out;
    int ipHeader = flow.v4 ? Ipv4Header.MIN_LENGTH : Ipv6Header.LENGTH;
    if (out == null || length > maxPayload(flow)) {
      return TcpError.MESSAGE_SIZE.code();
    }
    int mtu = ip.mtu(flow);
    boolean whole = ipHeader + length <= mtu;
    if (!whole && flow.v4 && flow.dontFragment) {
      context.counters.inc(Counter.IpFragFails);
      return TcpError.MESSAGE_SIZE.code();
    }
    int step = whole ? length : (mtu - ipHeader - (flow.v4 ? 0 : Ipv6Header.FRAGMENT_LENGTH)) & ~7;
    int count = whole ? 1 : (length + step - 1) / step;
    if (out.room() < count) {
      context.counters.inc(Counter.IpOutDiscards);
      context.counters.inc(Counter.SinewTxQueueDrops);
      context.observer.packetDropped(now, DropReason.TX_QUEUE_FULL);
      return TcpError.WOULD_BLOCK.code();
    }
    boolean byLink = whole && isSummedByLink(out, protocol);
    fillChecksum(
        flow, protocol, block.memory(), block.base() + offset, length, checksumField, byLink);
    if (whole) {
      TxPacket p = reserve(out);
      int header =
          flow.v4 ? writeV4(flow, protocol, length, p) : writeV6(flow, protocol, length, p);
      attach(p, header, block, offset, length);
      if (byLink) {
        p.checksumByLink(header, checksumField);
      }
      queue(flow, out, p, now);
    } else {
      sendFragments(flow, out, protocol, block, offset, length, step, now);
    }
    return length;
  }

  /**
   * Completes the checksum, or lets the pseudo-header's sum stand for the link that completes it.
   */
  private static void fillChecksum(
      Flow flow,
      int protocol,
      MemorySegment m,
      long at,
      int length,
      int checksumField,
      boolean byLink) {
    long sum = pseudoHeader(flow, protocol, length);
    if (byLink) {
      Bytes.put16(m, at + checksumField, Checksum.fold(sum));
      return;
    }
    Bytes.put16(m, at + checksumField, 0);
    sum = Checksum.add(sum, m, at, length);
    Bytes.put16(m, at + checksumField, sent(protocol, Checksum.finish(sum)));
  }

  /**
   * Cuts a datagram into pieces of {@code step} bytes (RFC 791 section 3.2, RFC 8200 section 4.5);
   * there is room for all of them.
   */
  private void sendFragments(
      Flow flow,
      NetworkInterface out,
      int protocol,
      Block block,
      int offset,
      int length,
      int step,
      long now) {
    int id = flow.v4 ? ids.nextV4(flow.sourceLow, flow.destinationLow, protocol) : ids.nextV6();
    for (int at = 0; at < length; at += step) {
      int n = Math.min(step, length - at);
      boolean more = at + n < length;
      TxPacket p = reserve(out);
      int header =
          flow.v4
              ? fragmentV4(flow, protocol, id, at, n, more, p)
              : fragmentV6(flow, protocol, id, at, n, more, p);
      attach(p, header, block, offset + at, n);
      queue(flow, out, p, now);
      context.counters.inc(Counter.IpFragCreates);
    }
    context.counters.inc(Counter.IpFragOKs);
  }

  private static int fragmentV4(
      Flow f, int protocol, int id, int at, int n, boolean more, TxPacket p) {
    return Ipv4Header.write(
        p.header(),
        p.headerOffset(),
        f.trafficClass | f.ecn,
        Ipv4Header.MIN_LENGTH + n,
        id,
        at / 8 | (more ? Ipv4Header.MORE_FRAGMENTS : 0),
        f.ttl,
        protocol,
        f.sourceLow,
        f.destinationLow);
  }

  private static int fragmentV6(
      Flow f, int protocol, int id, int at, int n, boolean more, TxPacket p) {
    int header = writeV6(f, IpProtocol.FRAGMENT, Ipv6Header.FRAGMENT_LENGTH + n, p);
    return header
        + Ipv6Header.writeFragment(p.header(), p.headerOffset() + header, protocol, at, more, id);
  }

  /**
   * Puts {@code length} bytes of a block behind the headers: copied when they are few, else as a
   * slice behind a copied head.
   */
  static void attach(TxPacket p, int headerLength, Block block, int offset, int length) {
    int copied = headerLength + length <= TxPacket.HEADER_CAPACITY ? length : HEAD;
    MemorySegment.copy(
        block.memory(), block.base() + offset, p.header(), p.headerOffset() + headerLength, copied);
    p.headerLength(headerLength + copied);
    if (copied < length) {
      p.addSlice(block, offset + copied, length - copied);
    }
  }

  /** A packet of a queue in which there is room. */
  static TxPacket reserve(NetworkInterface out) {
    TxPacket p = out.txQueue().reserve();
    if (p == null) {
      throw new IllegalStateException("the queue had room and has none");
    }
    return p;
  }

  /** Queues a packet that somebody else has written: forwarding. */
  void queueForwarded(Flow way, NetworkInterface out, TxPacket p, long now) {
    handOver(way, out, p, now);
  }
}
