package dev.sinew.ip;

import dev.sinew.base.Counter;
import dev.sinew.link.PacketSink;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The way of a packet in: header checks, martians, whose it is, reassembly, and the transport that
 * gets it.
 */
final class IpInput {
  private final StackContext context;
  private final IpLayer ip;
  private final AddressTable addresses;
  private final Icmp icmp;
  private final @Nullable Forwarder forwarder;
  private final Reassembly reassembly;
  private final @Nullable TransportInput[] transports = new TransportInput[256];
  private final IpPacket packet = new IpPacket();
  private final IpPacket whole = new IpPacket();

  IpInput(StackContext context, IpLayer ip, Icmp icmp, @Nullable Forwarder forwarder) {
    this.context = context;
    this.ip = ip;
    this.addresses = ip.addresses();
    this.icmp = icmp;
    this.forwarder = forwarder;
    this.reassembly = new Reassembly(context, icmp.errors());
    register(IpProtocol.ICMP, icmp::inputV4);
    register(IpProtocol.ICMPV6, icmp::inputV6);
  }

  void register(int protocol, TransportInput transport) {
    transports[protocol] = transport;
  }

  void close() {
    reassembly.close();
  }

  void input(
      NetworkInterface in, MemorySegment memory, long offset, int length, int flags, long now) {
    context.counters.inc(Counter.IpInReceives);
    context.observer.packetReceived(now, in.index(), memory, offset, length);
    IpPacket p = packet;
    int result = p.parse(memory, offset, length);
    if (result != IpPacket.OK) {
      malformed(p, result, in, now);
      return;
    }
    if (p.v4 && !IpPacket.headerChecksumOk(memory, offset, p.headerLength)) {
      ip.drop(DropReason.IP_CHECKSUM, Counter.IpInHdrErrors, now);
      return;
    }
    if (isMartian(p, in)) {
      ip.drop(DropReason.MARTIAN, Counter.SinewIpMartians, now);
      return;
    }
    if (p.sourceRouted) {
      // Source routes only help those who want to be taken for somebody else; hosts and routers of
      // today drop them.
      ip.drop(DropReason.BAD_HEADER, Counter.IpInHdrErrors, now);
      return;
    }
    NetworkInterface owner = addresses.owner(p.destinationHigh, p.destinationLow);
    if (owner == null && !isLoopbackNetwork(p, in)) {
      if (!isGroup(p)) {
        passOn(p, in, flags, now);
        return;
      }
      if (!isHeard(p)) {
        ip.drop(DropReason.NOT_MINE, Counter.IpInAddrErrors, now);
        return;
      }
    } else if (owner != null
        && owner != in
        && !in.isLoopback()
        && Addresses.isLinkLocalV6(p.destinationHigh)) {
      // A link-local address is ours on its own link only.
      ip.drop(DropReason.NOT_MINE, Counter.IpInAddrErrors, now);
      return;
    }
    if ((flags & PacketSink.LINK_GROUP) != 0 && p.v4 && !isGroup(p)) {
      // RFC 1122 section 3.3.6: sent to everybody on the link, but meant for one host.
      ip.drop(DropReason.NOT_FOR_UNICAST, Counter.IpInDiscards, now);
      return;
    }
    if (p.fragment) {
      reassemble(p, in, now);
    } else {
      deliver(p, in, flags, now);
    }
  }

  /** The header cannot be used. IPv6 wants to hear about some errors, IPv4 hears nothing. */
  private void malformed(IpPacket p, int result, NetworkInterface in, long now) {
    if (p.fragment) {
      reassembly.abandon(p);
    }
    switch (result) {
      case IpPacket.BAD_VERSION -> ip.drop(DropReason.NOT_IP, Counter.IpInHdrErrors, now);
      case IpPacket.TRUNCATED -> ip.drop(DropReason.TRUNCATED, Counter.IpInTruncatedPkts, now);
      case IpPacket.BAD_EXTENSION -> {
        ip.drop(DropReason.BAD_EXTENSION_HEADER, Counter.IpInHdrErrors, now);
        if (p.errorCode >= 0
            && !isMartian(p, in)
            && (isGroup(p) || addresses.isLocal(p.destinationHigh, p.destinationLow))) {
          icmp.errors().sendParameterProblem(p, p.errorCode, p.errorPointer, now);
        }
      }
      default -> ip.drop(DropReason.BAD_HEADER, Counter.IpInHdrErrors, now);
    }
  }

  /**
   * True for addresses that cannot be a sender's, or a receiver's, on this interface (RFC 1122
   * section 3.2.1.3).
   */
  private boolean isMartian(IpPacket p, NetworkInterface in) {
    if (in.isLoopback()) {
      return false;
    }
    long high = p.sourceHigh;
    long low = p.sourceLow;
    if (p.v4) {
      return Addresses.isThisNetworkV4(low)
          || Addresses.isMulticast(0, low)
          || Addresses.isClassE(low)
          || addresses.isLocal(0, low)
          || addresses.isBroadcast(0, low)
          || Addresses.isThisNetworkV4(p.destinationLow)
          || Addresses.isLoopback(0, p.destinationLow)
          || (Addresses.isClassE(p.destinationLow)
              && p.destinationLow != Addresses.LIMITED_BROADCAST);
    }
    return Addresses.isMulticast(high, low)
        || Addresses.isV4(high, low)
        || addresses.isLocal(high, low)
        || (Addresses.isUnspecified(high, low) && !mayBeUnspecified(p))
        || Addresses.isUnspecified(p.destinationHigh, p.destinationLow)
        || Addresses.isV4(p.destinationHigh, p.destinationLow)
        || Addresses.isLoopback(p.destinationHigh, p.destinationLow)
        || (Addresses.isMulticast(p.destinationHigh, p.destinationLow)
            && Addresses.scope(p.destinationHigh, p.destinationLow) < 2);
  }

  /** Address configuration alone sends from the unspecified address: ICMPv6 to a group. */
  private static boolean mayBeUnspecified(IpPacket p) {
    return p.protocol == IpProtocol.ICMPV6
        && Addresses.isMulticast(p.destinationHigh, p.destinationLow);
  }

  private static boolean isLoopbackNetwork(IpPacket p, NetworkInterface in) {
    return in.isLoopback() && Addresses.isLoopback(p.destinationHigh, p.destinationLow);
  }

  private boolean isGroup(IpPacket p) {
    return ip.isBroadcastOrMulticast(p.destinationHigh, p.destinationLow);
  }

  private boolean isHeard(IpPacket p) {
    return addresses.isJoined(p.destinationHigh, p.destinationLow)
        || addresses.isBroadcast(p.destinationHigh, p.destinationLow);
  }

  private void passOn(IpPacket p, NetworkInterface in, int flags, long now) {
    if (forwarder == null || in.isLoopback()) {
      ip.drop(DropReason.NOT_MINE, Counter.IpInAddrErrors, now);
    } else {
      forwarder.forward(p, flags, now);
    }
  }

  private void reassemble(IpPacket p, NetworkInterface in, long now) {
    context.counters.inc(Counter.IpReasmReqds);
    int length = reassembly.add(p, now);
    if (length == 0) {
      return;
    }
    if (whole.parse(reassembly.memory(), 0, length) != IpPacket.OK || whole.fragment) {
      // Fragments within fragments, or extension headers that make no sense once they are whole.
      malformed(whole, whole.fragment ? IpPacket.BAD_HEADER : IpPacket.BAD_EXTENSION, in, now);
      return;
    }
    // What a link says about checksums it says about packets, not about datagrams.
    deliver(whole, in, 0, now);
  }

  private void deliver(IpPacket p, NetworkInterface in, int flags, long now) {
    boolean icmpOfOtherVersion = p.protocol == (p.v4 ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
    TransportInput transport = icmpOfOtherVersion ? null : transports[p.protocol];
    if (transport == null) {
      unknownProtocol(p, now);
      return;
    }
    if (p.protocol == IpProtocol.TCP && isGroup(p)) {
      // RFC 9293 MUST-57: a segment to a broadcast or multicast address is dropped silently.
      ip.drop(DropReason.NOT_FOR_UNICAST, Counter.IpInDiscards, now);
      return;
    }
    context.counters.inc(Counter.IpInDelivers);
    transport.input(p, in, flags, now);
  }

  private void unknownProtocol(IpPacket p, long now) {
    ip.drop(DropReason.UNKNOWN_PROTOCOL, Counter.IpInUnknownProtos, now);
    if (p.v4) {
      icmp.errors().sendUnreachable(p, IcmpHeader.V4_PROTOCOL_UNREACHABLE, now);
    } else if (p.protocol != IpProtocol.NO_NEXT_HEADER) {
      icmp.errors()
          .sendParameterProblem(p, IcmpHeader.V6_UNRECOGNIZED_NEXT_HEADER, p.protocolField, now);
    }
  }
}
