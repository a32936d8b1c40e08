package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.Counter;
import dev.sinew.base.TokenBucket;
import dev.sinew.link.PacketSink;
import dev.sinew.neighbor.Neighborhood;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ICMP of both versions as it comes in: echo is answered, errors go to the transport whose packet
 * they quote, raw endpoints hear everything.
 */
final class Icmp {
  /** Echo is answered so many times as often as errors are sent. */
  private static final int ECHO_FACTOR = 10;

  /** A transport needs its ports at least. */
  private static final int MIN_QUOTED_TRANSPORT = 8;

  private final StackContext context;
  private final IpLayer ip;
  private final IcmpErrors errors;
  private final TokenBucket echoBucket;
  private final @Nullable IcmpErrorInput[] errorInputs = new IcmpErrorInput[256];
  private final List<IcmpEndpoint> endpoints = new ArrayList<>();
  private final QuotedPacket quote = new QuotedPacket();
  private final Flow flow = new Flow();

  Icmp(StackContext context, IpLayer ip) {
    this.context = context;
    this.ip = ip;
    this.errors = new IcmpErrors(context, ip);
    this.echoBucket =
        new TokenBucket(
            context.limits.icmpErrorsPerSecond() * ECHO_FACTOR,
            context.limits.icmpErrorBurst() * ECHO_FACTOR,
            null);
    register(IpProtocol.ICMP, this::ownError);
    register(IpProtocol.ICMPV6, this::ownError);
  }

  IcmpErrors errors() {
    return errors;
  }

  void register(int protocol, @Nullable IcmpErrorInput input) {
    errorInputs[protocol] = input;
  }

  IcmpEndpoint open(boolean v4) {
    IcmpEndpoint e = new IcmpEndpoint(context, ip, this, v4);
    endpoints.add(e);
    return e;
  }

  void forget(IcmpEndpoint endpoint) {
    endpoints.remove(endpoint);
  }

  void close() {
    while (!endpoints.isEmpty()) {
      endpoints.getLast().close();
    }
  }

  /** Port Unreachable for a datagram that came to one of our addresses. */
  void sendPortUnreachable(IpPacket original, long now) {
    errors.sendUnreachable(
        original,
        original.v4 ? IcmpHeader.V4_PORT_UNREACHABLE : IcmpHeader.V6_PORT_UNREACHABLE,
        now);
  }

  void inputV4(IpPacket p, NetworkInterface in, int flags, long now) {
    if (!isWhole(p, 0, flags, now)) {
      return;
    }
    int type = Bytes.u8(p.memory, p.payloadOffset + IcmpHeader.TYPE);
    switch (type) {
      case IcmpHeader.V4_ECHO_REQUEST -> echo(p, IcmpHeader.V4_ECHO_REPLY, now);
      case IcmpHeader.V4_ECHO_REPLY -> context.counters.inc(Counter.IcmpInEchoReps);
      case IcmpHeader.V4_DESTINATION_UNREACHABLE -> error(p, type, Counter.IcmpInDestUnreachs, now);
      case IcmpHeader.V4_TIME_EXCEEDED -> error(p, type, Counter.IcmpInTimeExcds, now);
      case IcmpHeader.V4_PARAMETER_PROBLEM -> error(p, type, Counter.IcmpInParmProbs, now);
      // Source Quench is ignored since RFC 6633; a redirect could only turn us to an attacker.
      case IcmpHeader.V4_SOURCE_QUENCH -> context.counters.inc(Counter.IcmpInSrcQuenchs);
      case IcmpHeader.V4_REDIRECT -> context.counters.inc(Counter.IcmpInRedirects);
      default -> context.counters.inc(Counter.SinewIcmpIgnored);
    }
    tellEndpoints(p, now);
  }

  void inputV6(IpPacket p, NetworkInterface in, int flags, long now) {
    long pseudo =
        Checksum.addPseudoHeader(
            0,
            false,
            p.sourceHigh,
            p.sourceLow,
            p.destinationHigh,
            p.destinationLow,
            IpProtocol.ICMPV6,
            p.payloadLength);
    if (!isWhole(p, pseudo, flags, now)) {
      return;
    }
    int type = Bytes.u8(p.memory, p.payloadOffset + IcmpHeader.TYPE);
    switch (type) {
      case IcmpHeader.V6_ECHO_REQUEST -> echo(p, IcmpHeader.V6_ECHO_REPLY, now);
      case IcmpHeader.V6_ECHO_REPLY -> context.counters.inc(Counter.IcmpInEchoReps);
      case IcmpHeader.V6_DESTINATION_UNREACHABLE -> error(p, type, Counter.IcmpInDestUnreachs, now);
      case IcmpHeader.V6_PACKET_TOO_BIG -> error(p, type, Counter.IcmpInPktTooBigs, now);
      case IcmpHeader.V6_TIME_EXCEEDED -> error(p, type, Counter.IcmpInTimeExcds, now);
      case IcmpHeader.V6_PARAMETER_PROBLEM -> error(p, type, Counter.IcmpInParmProbs, now);
      case IcmpHeader.V6_REDIRECT -> context.counters.inc(Counter.IcmpInRedirects);
      case IcmpHeader.V6_NEIGHBOR_SOLICITATION, IcmpHeader.V6_NEIGHBOR_ADVERTISEMENT ->
          neighborMessage(p, in, type, now);
      default -> context.counters.inc(Counter.SinewIcmpIgnored);
    }
    tellEndpoints(p, now);
  }

  private void neighborMessage(IpPacket p, NetworkInterface in, int type, long now) {
    Neighborhood n = in.neighborhood;
    if (n == null) {
      context.counters.inc(Counter.SinewIcmpIgnored);
    } else if (type == IcmpHeader.V6_NEIGHBOR_SOLICITATION) {
      n.solicitation(p, now);
    } else {
      n.advertisement(p, now);
    }
  }

  /** Length and checksum. */
  private boolean isWhole(IpPacket p, long pseudoSum, int flags, long now) {
    context.counters.inc(Counter.IcmpInMsgs);
    if (p.payloadLength < IcmpHeader.LENGTH) {
      ip.drop(DropReason.TRANSPORT_HEADER, Counter.IcmpInErrors, now);
      return false;
    }
    if ((flags & PacketSink.CHECKSUM_VERIFIED) == 0
        && !Checksum.isGood(Checksum.add(pseudoSum, p.memory, p.payloadOffset, p.payloadLength))) {
      context.counters.inc(Counter.IcmpInErrors);
      ip.drop(DropReason.TRANSPORT_CHECKSUM, Counter.IcmpInCsumErrors, now);
      return false;
    }
    return true;
  }

  /**
   * Answers an echo request with its own data (RFC 1122 section 3.2.2.6); not when it was sent to
   * many.
   */
  private void echo(IpPacket p, int replyType, long now) {
    context.counters.inc(Counter.IcmpInEchos);
    if (ip.isBroadcastOrMulticast(p.destinationHigh, p.destinationLow)) {
      ip.drop(DropReason.NOT_FOR_UNICAST, Counter.SinewIcmpIgnored, now);
      return;
    }
    if (!echoBucket.take(now)) {
      ip.drop(DropReason.RATE_LIMIT, Counter.IcmpOutRateLimitGlobal, now);
      return;
    }
    Block block = context.pool.take(p.payloadLength);
    if (block == null) {
      ip.drop(DropReason.MEMORY, Counter.IpInDiscards, now);
      return;
    }
    MemorySegment.copy(p.memory, p.payloadOffset, block.memory(), block.base(), p.payloadLength);
    Bytes.put8(block.memory(), block.base() + IcmpHeader.TYPE, replyType);
    flow.set(p.v4, p.destinationHigh, p.destinationLow, p.sourceHigh, p.sourceLow);
    flow.ttl = context.profile.defaultTtl();
    flow.trafficClass = p.trafficClass & 0xfc;
    flow.dontFragment = false;
    int protocol = p.v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    if (ip.send(flow, protocol, block, 0, p.payloadLength, IcmpHeader.CHECKSUM, now) > 0) {
      context.counters.inc(Counter.IcmpOutMsgs);
      context.counters.inc(Counter.IcmpOutEchoReps);
    }
    block.release();
  }

  /**
   * Takes an error to the transport whose packet it quotes (RFC 1122 section 3.2.2), if that can
   * have been ours.
   */
  private void error(IpPacket p, int type, Counter counter, long now) {
    context.counters.inc(counter);
    if (ip.isBroadcastOrMulticast(p.destinationHigh, p.destinationLow)
        || !quote.parse(
            p.memory, p.payloadOffset + IcmpHeader.LENGTH, p.payloadLength - IcmpHeader.LENGTH)) {
      ip.drop(DropReason.TRANSPORT_HEADER, Counter.IcmpInErrors, now);
      return;
    }
    IpPacket q = quote.packet();
    if (q.v4 != p.v4
        || q.payloadLength < MIN_QUOTED_TRANSPORT
        || !ip.isLocal(q.sourceHigh, q.sourceLow)) {
      ip.drop(DropReason.TRANSPORT_HEADER, Counter.IcmpInErrors, now);
      return;
    }
    int code = Bytes.u8(p.memory, p.payloadOffset + IcmpHeader.CODE);
    IcmpErrorKind kind = p.v4 ? kindV4(type, code) : kindV6(type, code);
    IcmpErrorInput input = errorInputs[q.protocol];
    if (kind == null || input == null) {
      context.counters.inc(Counter.SinewIcmpIgnored);
      return;
    }
    int mtu = kind == IcmpErrorKind.PACKET_TOO_BIG ? mtu(p) : 0;
    input.icmpError(kind, type, code, mtu, q, q.payloadOffset, q.payloadLength, now);
  }

  /**
   * A packet of ours found nobody at its next hop: its transport hears what a router would have
   * said.
   *
   * @param q the packet, its source being ours
   */
  void tellUnreachable(IpPacket q, long now) {
    IcmpErrorInput input = errorInputs[q.protocol];
    if (input != null && q.payloadLength >= MIN_QUOTED_TRANSPORT) {
      input.icmpError(
          IcmpErrorKind.HOST_UNREACHABLE,
          q.v4 ? IcmpHeader.V4_DESTINATION_UNREACHABLE : IcmpHeader.V6_DESTINATION_UNREACHABLE,
          q.v4 ? IcmpHeader.V4_HOST_UNREACHABLE : IcmpHeader.V6_ADDRESS_UNREACHABLE,
          0,
          q,
          q.payloadOffset,
          q.payloadLength,
          now);
    }
  }

  /** The next hop's MTU in a Packet Too Big; what no int holds is as good as no limit. */
  private static int mtu(IpPacket p) {
    return p.v4
        ? Bytes.u16(p.memory, p.payloadOffset + IcmpHeader.V4_MTU)
        : (int)
            Math.min(Bytes.u32(p.memory, p.payloadOffset + IcmpHeader.V6_MTU), Integer.MAX_VALUE);
  }

  /** Codes of RFC 792 and RFC 1122 section 3.2.2.1; null for one that nobody knows. */
  private static @Nullable IcmpErrorKind kindV4(int type, int code) {
    if (type == IcmpHeader.V4_TIME_EXCEEDED) {
      return code == IcmpHeader.REASSEMBLY_TIME_EXCEEDED
          ? IcmpErrorKind.REASSEMBLY_TIMEOUT
          : IcmpErrorKind.TIME_EXCEEDED;
    }
    if (type == IcmpHeader.V4_PARAMETER_PROBLEM) {
      return IcmpErrorKind.PARAMETER_PROBLEM;
    }
    return switch (code) {
      case IcmpHeader.V4_NET_UNREACHABLE, 6, 11 -> IcmpErrorKind.NET_UNREACHABLE;
      case IcmpHeader.V4_HOST_UNREACHABLE, 7, 8, 12 -> IcmpErrorKind.HOST_UNREACHABLE;
      case IcmpHeader.V4_PROTOCOL_UNREACHABLE -> IcmpErrorKind.PROTOCOL_UNREACHABLE;
      case IcmpHeader.V4_PORT_UNREACHABLE -> IcmpErrorKind.PORT_UNREACHABLE;
      case IcmpHeader.V4_FRAGMENTATION_NEEDED -> IcmpErrorKind.PACKET_TOO_BIG;
      case IcmpHeader.V4_SOURCE_ROUTE_FAILED -> IcmpErrorKind.SOURCE_ROUTE_FAILED;
      case IcmpHeader.V4_NET_PROHIBITED -> IcmpErrorKind.NET_PROHIBITED;
      case IcmpHeader.V4_HOST_PROHIBITED, IcmpHeader.V4_ADMIN_PROHIBITED ->
          IcmpErrorKind.ADMINISTRATIVELY_PROHIBITED;
      case 14, 15 -> IcmpErrorKind.PRECEDENCE;
      default -> null;
    };
  }

  /** Codes of RFC 4443; null for one that nobody knows. */
  private static @Nullable IcmpErrorKind kindV6(int type, int code) {
    return switch (type) {
      case IcmpHeader.V6_PACKET_TOO_BIG -> IcmpErrorKind.PACKET_TOO_BIG;
      case IcmpHeader.V6_TIME_EXCEEDED ->
          code == IcmpHeader.REASSEMBLY_TIME_EXCEEDED
              ? IcmpErrorKind.REASSEMBLY_TIMEOUT
              : IcmpErrorKind.TIME_EXCEEDED;
      // An unknown next header is what IPv4 calls an unreachable protocol.
      case IcmpHeader.V6_PARAMETER_PROBLEM ->
          code == IcmpHeader.V6_UNRECOGNIZED_NEXT_HEADER
              ? IcmpErrorKind.PROTOCOL_UNREACHABLE
              : IcmpErrorKind.PARAMETER_PROBLEM;
      default ->
          switch (code) {
            case IcmpHeader.V6_NO_ROUTE -> IcmpErrorKind.NET_UNREACHABLE;
            case IcmpHeader.V6_ADMIN_PROHIBITED, 5, 6 -> IcmpErrorKind.ADMINISTRATIVELY_PROHIBITED;
            case IcmpHeader.V6_BEYOND_SCOPE, IcmpHeader.V6_ADDRESS_UNREACHABLE ->
                IcmpErrorKind.HOST_UNREACHABLE;
            case IcmpHeader.V6_PORT_UNREACHABLE -> IcmpErrorKind.PORT_UNREACHABLE;
            default -> null;
          };
    };
  }

  private void tellEndpoints(IpPacket p, long now) {
    for (int i = 0; i < endpoints.size(); i++) {
      endpoints.get(i).offer(p, now);
    }
  }

  /**
   * An error about an ICMP message of ours: a ping that was too big teaches the path MTU, if an
   * endpoint did ping there.
   */
  private void ownError(
      IcmpErrorKind kind,
      int type,
      int code,
      int mtu,
      IpPacket quoted,
      long transport,
      int transportLength,
      long now) {
    if (kind != IcmpErrorKind.PACKET_TOO_BIG) {
      return;
    }
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.get(i).hasSentTo(quoted.destinationHigh, quoted.destinationLow)) {
        ip.learnPathMtu(quoted.destinationHigh, quoted.destinationLow, mtu, now);
        return;
      }
    }
  }
}
