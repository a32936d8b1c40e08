package dev.sinew.udp;

import dev.sinew.base.Counter;
import dev.sinew.base.PortAllocator;
import dev.sinew.ip.Flow;
import dev.sinew.ip.IcmpErrorKind;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.IpLayer;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.StackContext;
import dev.sinew.link.PacketSink;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.SuperSegments;
import dev.sinew.wire.UdpHeader;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The UDP of one stack. */
public final class UdpLayer {
  final StackContext context;
  final IpLayer ip;
  final UdpTable table;
  private final PortAllocator ports;
  private @Nullable UdpEndpoint firstOpen;
  private @Nullable UdpEndpoint lastOpen;

  /** Registers itself with {@code ip} as protocol 17. */
  public UdpLayer(StackContext context, IpLayer ip) {
    this.context = context;
    this.ip = ip;
    table = new UdpTable(context.entropy);
    ports = new PortAllocator(context.entropy);
    ip.register(IpProtocol.UDP, this::input, this::icmpError);
  }

  /** A new endpoint, not bound. */
  public UdpEndpoint open() {
    UdpEndpoint e = new UdpEndpoint(this);
    e.previousOpen = lastOpen;
    if (lastOpen == null) {
      firstOpen = e;
    } else {
      lastOpen.nextOpen = e;
    }
    lastOpen = e;
    return e;
  }

  /** Shows every bound endpoint, in the order in which they were opened. */
  public void forEach(Consumer<UdpEndpoint> visitor) {
    for (UdpEndpoint e = firstOpen; e != null; ) {
      UdpEndpoint next = e.nextOpen;
      if (e.localPort != 0) {
        visitor.accept(e);
      }
      e = next;
    }
  }

  /** Closes every endpoint. */
  public void close() {
    for (UdpEndpoint e = firstOpen; e != null; ) {
      UdpEndpoint next = e.nextOpen;
      e.close();
      e = next;
    }
  }

  void forget(UdpEndpoint e) {
    if (e.previousOpen == null) {
      firstOpen = e.nextOpen;
    } else {
      e.previousOpen.nextOpen = e.nextOpen;
    }
    if (e.nextOpen == null) {
      lastOpen = e.previousOpen;
    } else {
      e.nextOpen.previousOpen = e.previousOpen;
    }
    e.previousOpen = null;
    e.nextOpen = null;
  }

  /**
   * An ephemeral port on which nobody's address overlaps with the local one; -1 when there is none.
   */
  int choosePort(IpAddress local) {
    return ports.choose(port -> !inUse(local, port));
  }

  /** The same towards a known peer. */
  int choosePort(IpAddress local, Flow flow, int remotePort) {
    return ports.choose(
        flow.sourceHigh,
        flow.sourceLow,
        flow.destinationHigh,
        flow.destinationLow,
        remotePort,
        port -> !inUse(local, port));
  }

  private boolean inUse(IpAddress local, int port) {
    for (UdpEndpoint other = table.firstOnPort(port); other != null; other = other.nextBound) {
      if (other.localPort == port && other.overlaps(local.high(), local.low())) {
        return true;
      }
    }
    return false;
  }

  /**
   * True when {@code e} may not be bound to {@code local} and {@code port}: an address that
   * overlaps is bound there, and the two neither both reuse the address nor both reuse the port, as
   * on Linux.
   */
  boolean conflicts(UdpEndpoint e, IpAddress local, int port) {
    for (UdpEndpoint other = table.firstOnPort(port); other != null; other = other.nextBound) {
      if (other.localPort == port
          && other.overlaps(local.high(), local.low())
          && !(e.reuseAddress() && other.reuseAddress())
          && !(e.reusePort() && other.reusePort())) {
        return true;
      }
    }
    return false;
  }

  // ---- input

  private void input(IpPacket packet, NetworkInterface in, int flags, long now) {
    int declared =
        packet.payloadLength < UdpHeader.HEADER_LENGTH
            ? 0
            : Bytes.u16(packet.memory, packet.payloadOffset + UdpHeader.LENGTH);
    if (declared < UdpHeader.HEADER_LENGTH || declared > packet.payloadLength) {
      context.counters.inc(Counter.UdpInErrors);
      context.observer.packetDropped(now, DropReason.TRANSPORT_HEADER);
      return;
    }
    if ((flags & PacketSink.CHECKSUM_VERIFIED) == 0 && !checksumGood(packet, declared)) {
      context.counters.inc(Counter.UdpInCsumErrors);
      context.counters.inc(Counter.UdpInErrors);
      context.observer.packetDropped(now, DropReason.TRANSPORT_CHECKSUM);
      return;
    }
    int sourcePort = Bytes.u16(packet.memory, packet.payloadOffset + UdpHeader.SOURCE_PORT);
    int port = Bytes.u16(packet.memory, packet.payloadOffset + UdpHeader.DESTINATION_PORT);
    UdpEndpoint e =
        table.connected(
            port,
            packet.destinationHigh,
            packet.destinationLow,
            sourcePort,
            packet.sourceHigh,
            packet.sourceLow);
    if (e != null) {
      deliver(e, packet, sourcePort, declared, flags, now);
    } else if (ip.isBroadcastOrMulticast(packet.destinationHigh, packet.destinationLow)) {
      deliverToAll(packet, sourcePort, port, declared, flags, now);
    } else {
      e =
          table.best(
              port,
              packet.destinationHigh,
              packet.destinationLow,
              packet.v4,
              sourcePort,
              packet.sourceHigh,
              packet.sourceLow);
      if (e != null) {
        deliver(e, packet, sourcePort, declared, flags, now);
      } else {
        // RFC 1122 section 4.1.3.1: Port Unreachable SHOULD be sent.
        context.counters.inc(Counter.UdpNoPorts);
        context.observer.packetDropped(now, DropReason.NO_SOCKET);
        ip.sendPortUnreachable(packet, now);
      }
    }
  }

  /**
   * The checksum of RFC 768 covers the pseudo-header and the datagram. Zero means that the sender
   * computed none, which IPv6 forbids (RFC 8200 section 8.1).
   */
  private static boolean checksumGood(IpPacket packet, int length) {
    if (Bytes.u16(packet.memory, packet.payloadOffset + UdpHeader.CHECKSUM) == 0) {
      return packet.v4;
    }
    long sum =
        Checksum.addPseudoHeader(
            0,
            packet.v4,
            packet.sourceHigh,
            packet.sourceLow,
            packet.destinationHigh,
            packet.destinationLow,
            IpProtocol.UDP,
            length);
    return Checksum.fold(Checksum.add(sum, packet.memory, packet.payloadOffset, length)) == 0xffff;
  }

  /** A super-datagram is as many datagrams as it was made of. */
  private void deliver(
      UdpEndpoint e, IpPacket packet, int sourcePort, int declared, int flags, long now) {
    int payload = declared - UdpHeader.HEADER_LENGTH;
    int size = PacketSink.segmentSize(flags);
    int count = SuperSegments.count(payload, size);
    for (int i = 0, at = 0; i < count; i++, at += size) {
      int length = count == 1 ? payload : Math.min(size, payload - at);
      DropReason refused = e.take(packet, sourcePort, at, length);
      if (refused == null) {
        context.counters.inc(Counter.UdpInDatagrams);
      } else {
        context.counters.inc(Counter.UdpRcvbufErrors);
        context.counters.inc(Counter.UdpInErrors);
        context.observer.packetDropped(now, refused);
      }
    }
  }

  /**
   * Broadcast and multicast reach every endpoint that listens there. Nobody is told when there is
   * none.
   */
  private void deliverToAll(
      IpPacket packet, int sourcePort, int port, int declared, int flags, long now) {
    boolean found = false;
    for (UdpEndpoint e = table.firstOnPort(port); e != null; e = e.nextBound) {
      if (e.localPort == port
          && !e.isConnected()
          && e.score(packet.destinationHigh, packet.destinationLow, packet.v4) > 0) {
        found = true;
        deliver(e, packet, sourcePort, declared, flags, now);
      }
    }
    if (!found) {
      context.counters.inc(Counter.UdpNoPorts);
      context.observer.packetDropped(now, DropReason.NO_SOCKET);
    }
  }

  // ---- ICMP errors

  /**
   * RFC 1122 section 4.1.3.3: errors go up to the application, here to a connected endpoint alone,
   * for only there do both ends in the quote prove that it had sent something. An endpoint without
   * a peer could not tell which datagram is meant.
   */
  private void icmpError(
      IcmpErrorKind kind,
      int type,
      int code,
      int mtu,
      IpPacket quoted,
      long transport,
      int transportLength,
      long now) {
    int localPort = Bytes.u16(quoted.memory, transport + UdpHeader.SOURCE_PORT);
    int remotePort = Bytes.u16(quoted.memory, transport + UdpHeader.DESTINATION_PORT);
    UdpEndpoint e =
        table.connected(
            localPort,
            quoted.sourceHigh,
            quoted.sourceLow,
            remotePort,
            quoted.destinationHigh,
            quoted.destinationLow);
    if (kind == IcmpErrorKind.PACKET_TOO_BIG && !quoted.v4) {
      // Datagrams over IPv4 leave with DF clear, so only IPv6 has a path MTU to learn.
      if (e != null || inUse(new IpAddress(quoted.sourceHigh, quoted.sourceLow), localPort)) {
        ip.learnPathMtu(quoted.destinationHigh, quoted.destinationLow, mtu, now);
      }
    }
    if (e == null) {
      context.counters.inc(Counter.SinewIcmpIgnored);
    } else {
      e.icmpError(kind);
    }
  }
}
