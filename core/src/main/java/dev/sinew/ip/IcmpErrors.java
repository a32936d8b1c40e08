package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.Counter;
import dev.sinew.base.TokenBucket;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/** Sends ICMP errors: about the right packets only (RFC 1122 section 3.2.2), and not too many. */
final class IcmpErrors {
  /** The whole error fits into what every IPv4 host takes. */
  private static final int MAX_V4 = 576;

  /** The whole error fits into what every IPv6 link carries. */
  private static final int MAX_V6 = 1280;

  private final StackContext context;
  private final IpLayer ip;
  private final TokenBucket bucket;
  private final Flow flow = new Flow();
  private final QuotedPacket upper = new QuotedPacket();

  IcmpErrors(StackContext context, IpLayer ip) {
    this.context = context;
    this.ip = ip;
    this.bucket =
        new TokenBucket(
            context.limits.icmpErrorsPerSecond(), context.limits.icmpErrorBurst(), context.entropy);
  }

  /** Destination Unreachable with a code of the packet's IP version. */
  void sendUnreachable(IpPacket original, int code, long now) {
    int type =
        original.v4 ? IcmpHeader.V4_DESTINATION_UNREACHABLE : IcmpHeader.V6_DESTINATION_UNREACHABLE;
    send(original, type, code, 0, Counter.IcmpOutDestUnreachs, now);
  }

  /**
   * Time Exceeded: {@link IcmpHeader#TTL_EXCEEDED_IN_TRANSIT} or {@link
   * IcmpHeader#REASSEMBLY_TIME_EXCEEDED}.
   */
  void sendTimeExceeded(IpPacket original, int code, long now) {
    int type = original.v4 ? IcmpHeader.V4_TIME_EXCEEDED : IcmpHeader.V6_TIME_EXCEEDED;
    send(original, type, code, 0, Counter.IcmpOutTimeExcds, now);
  }

  /** Packet Too Big, or Fragmentation Needed. */
  void sendTooBig(IpPacket original, int mtu, long now) {
    if (original.v4) {
      send(
          original,
          IcmpHeader.V4_DESTINATION_UNREACHABLE,
          IcmpHeader.V4_FRAGMENTATION_NEEDED,
          mtu,
          Counter.IcmpOutDestUnreachs,
          now);
    } else {
      send(original, IcmpHeader.V6_PACKET_TOO_BIG, 0, mtu, Counter.IcmpOutPktTooBigs, now);
    }
  }

  /**
   * ICMPv6 Parameter Problem.
   *
   * @param pointer of the offending byte, counted from the packet's first
   */
  void sendParameterProblem(IpPacket original, int code, int pointer, long now) {
    send(original, IcmpHeader.V6_PARAMETER_PROBLEM, code, pointer, Counter.IcmpOutParmProbs, now);
  }

  private void send(IpPacket original, int type, int code, int rest, Counter counter, long now) {
    if (!isAllowed(original, type, code)) {
      return;
    }
    if (!bucket.take(now)) {
      context.counters.inc(Counter.IcmpOutRateLimitGlobal);
      return;
    }
    boolean v4 = original.v4;
    int room = v4 ? MAX_V4 - Ipv4Header.MIN_LENGTH : MAX_V6 - Ipv6Header.LENGTH;
    int quoted = Math.min(original.totalLength, room - IcmpHeader.LENGTH);
    Block block = context.pool.takeSmall();
    if (block == null) {
      return;
    }
    MemorySegment m = block.memory();
    long at = block.base();
    IcmpHeader.write(m, at, type, code, rest);
    MemorySegment.copy(original.memory, original.offset, m, at + IcmpHeader.LENGTH, quoted);
    prepareFlow(original);
    int sent =
        ip.send(
            flow,
            v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6,
            block,
            0,
            IcmpHeader.LENGTH + quoted,
            IcmpHeader.CHECKSUM,
            now);
    block.release();
    if (sent > 0) {
      context.counters.inc(Counter.IcmpOutMsgs);
      context.counters.inc(counter);
    }
  }

  /**
   * Back to the source; from the address that was asked where that is ours, else from the one
   * nearest to the source.
   */
  private void prepareFlow(IpPacket p) {
    boolean asked = ip.isLocal(p.destinationHigh, p.destinationLow);
    flow.set(
        p.v4,
        asked ? p.destinationHigh : 0,
        asked ? p.destinationLow : 0,
        p.sourceHigh,
        p.sourceLow);
    flow.ttl = context.profile.defaultTtl();
    flow.dontFragment = false;
  }

  /**
   * RFC 1122 section 3.2.2; IPv6 has exceptions for two errors about multicast packets and for
   * errors of fragments themselves.
   */
  private boolean isAllowed(IpPacket p, int type, int code) {
    boolean tooBig = !p.v4 && type == IcmpHeader.V6_PACKET_TOO_BIG;
    boolean problem = !p.v4 && type == IcmpHeader.V6_PARAMETER_PROBLEM;
    if ((p.fragmentOffset != 0 && !tooBig && !problem) || !isSingleHost(p)) {
      return false;
    }
    if (!tooBig
        && !(problem && code == IcmpHeader.V6_UNRECOGNIZED_OPTION)
        && ip.isBroadcastOrMulticast(p.destinationHigh, p.destinationLow)) {
      return false;
    }
    return !isIcmpError(p);
  }

  /** True when the source address is that of one host, which may be this one. */
  private boolean isSingleHost(IpPacket p) {
    long high = p.sourceHigh;
    long low = p.sourceLow;
    if (Addresses.isUnspecified(high, low) || ip.isBroadcastOrMulticast(high, low)) {
      return false;
    }
    if (Addresses.isLoopback(high, low)) {
      return ip.isLocal(p.destinationHigh, p.destinationLow);
    }
    return !p.v4 || !(Addresses.isThisNetworkV4(low) || Addresses.isClassE(low));
  }

  /**
   * True when the packet carries an ICMP error (or redirect), also behind extension headers that
   * could not be taken in.
   */
  private boolean isIcmpError(IpPacket p) {
    if (!upper.parse(p.memory, p.offset, p.totalLength)) {
      return false;
    }
    IpPacket u = upper.packet();
    if (u.protocol != (u.v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6)) {
      return false;
    }
    if (u.payloadLength < 1) {
      return true;
    }
    int type = Bytes.u8(u.memory, u.payloadOffset);
    return IcmpHeader.isError(u.v4, type) || (!u.v4 && type == IcmpHeader.V6_REDIRECT);
  }
}
