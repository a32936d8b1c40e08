package dev.sinew.sim;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A firewall that knows flows, where a router or host is plugged into the outer link: what goes out
 * begins a flow (TCP only with a SYN), what comes in must belong to one or go to a port that was
 * {@linkplain #allow allowed}. Everything else is dropped without a word; so is the rest of a flow
 * that was idle for too long, or that a reboot made it forget. A RST ends a flow. ICMP errors pass
 * when the packet that they quote belongs to a flow; other ICMP and fragments pass.
 */
public final class StatefulFirewall implements PacketFilter {
  /** Linux's timeout for established connections: 5 days. */
  public static final long TCP_IDLE_NANOS = 432_000_000_000_000L;

  /** Linux's timeout for UDP in one direction: 30 s. */
  public static final long UDP_IDLE_NANOS = 30_000_000_000L;

  private static final int V6_ERRORS_BELOW = 128;

  private final Map<Flow, long[]> flows = new HashMap<>();
  private final Set<Integer> allowed = new HashSet<>();
  private long tcpIdleNanos = TCP_IDLE_NANOS;
  private long udpIdleNanos = UDP_IDLE_NANOS;
  private long droppedCount;

  /** Both ends, the inner one first. */
  private record Flow(
      int protocol,
      long innerHigh,
      long innerLow,
      int innerPort,
      long outerHigh,
      long outerLow,
      int outerPort) {}

  /** A firewall that knows nothing yet. */
  public StatefulFirewall() {}

  /** How long a flow without a packet lives. */
  public StatefulFirewall idle(long tcpNanos, long udpNanos) {
    tcpIdleNanos = tcpNanos;
    udpIdleNanos = udpNanos;
    return this;
  }

  /** What comes in for this port may begin a flow. */
  public StatefulFirewall allow(int port) {
    allowed.add(port);
    return this;
  }

  /** Forgets all flows, as a reboot does. */
  public void forget() {
    flows.clear();
  }

  /** Flows that are not known to be over. */
  public int flowCount() {
    return flows.size();
  }

  /** Packets that were dropped. */
  public long droppedCount() {
    return droppedCount;
  }

  @Override
  public @Nullable String outgoing(PacketView packet, long now) {
    return judge(packet, now, true);
  }

  @Override
  public @Nullable String incoming(PacketView packet, long now) {
    return judge(packet, now, false);
  }

  private @Nullable String judge(PacketView packet, long now, boolean out) {
    if (!packet.isIp()) {
      return drop("firewall: no IP packet");
    }
    IpPacket ip = packet.ip();
    if (ip.fragment) {
      return null;
    }
    if (ip.protocol == IpProtocol.ICMP || ip.protocol == IpProtocol.ICMPV6) {
      return error(packet, now, out);
    }
    boolean tcp = ip.protocol == IpProtocol.TCP;
    if (ip.payloadLength < (tcp ? 20 : 8) || (!tcp && ip.protocol != IpProtocol.UDP)) {
      return drop("firewall: protocol " + ip.protocol);
    }
    MemorySegment m = packet.memory();
    Flow flow =
        flow(
            ip.protocol,
            out,
            ip.sourceHigh,
            ip.sourceLow,
            Bytes.u16(m, ip.payloadOffset),
            ip.destinationHigh,
            ip.destinationLow,
            Bytes.u16(m, ip.payloadOffset + 2));
    int flags = tcp ? Bytes.u8(m, ip.payloadOffset + 13) : 0;
    if (!known(flow, now)) {
      boolean begins =
          !tcp || (flags & (TcpHeader.SYN | TcpHeader.ACK | TcpHeader.RST)) == TcpHeader.SYN;
      if (!begins || !(out || allowed.contains(flow.innerPort))) {
        return drop("firewall: no flow");
      }
    }
    if ((flags & TcpHeader.RST) != 0) {
      flows.remove(flow);
    } else {
      flows.put(flow, new long[] {now});
    }
    return null;
  }

  private static Flow flow(
      int protocol,
      boolean out,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    return out
        ? new Flow(
            protocol,
            sourceHigh,
            sourceLow,
            sourcePort,
            destinationHigh,
            destinationLow,
            destinationPort)
        : new Flow(
            protocol,
            destinationHigh,
            destinationLow,
            destinationPort,
            sourceHigh,
            sourceLow,
            sourcePort);
  }

  private boolean known(Flow flow, long now) {
    long[] lastUsed = flows.get(flow);
    if (lastUsed == null) {
      return false;
    }
    if (now - lastUsed[0] > (flow.protocol == IpProtocol.TCP ? tcpIdleNanos : udpIdleNanos)) {
      flows.remove(flow);
      return false;
    }
    return true;
  }

  private @Nullable String error(PacketView packet, long now, boolean out) {
    IpPacket ip = packet.ip();
    MemorySegment m = packet.memory();
    int type = ip.payloadLength < 8 ? 0 : Bytes.u8(m, ip.payloadOffset);
    boolean v4 = ip.protocol == IpProtocol.ICMP;
    if (v4 ? type != 3 && type != 11 && type != 12 : type >= V6_ERRORS_BELOW) {
      return null;
    }
    long quote = ip.payloadOffset + 8;
    int length = ip.payloadLength - 8;
    if (length < (v4 ? 24 : 44)) {
      return drop("firewall: short ICMP quote");
    }
    long ports = quote + (v4 ? (Bytes.u8(m, quote) & 15) * 4L : 40);
    if (ports + 4 > quote + length) {
      return drop("firewall: short ICMP quote");
    }
    long source = quote + (v4 ? 12 : 8);
    long destination = quote + (v4 ? 16 : 24);
    // The quoted packet went the other way.
    Flow flow =
        flow(
            Bytes.u8(m, quote + (v4 ? 9 : 6)),
            !out,
            v4 ? 0 : Bytes.i64(m, source),
            v4 ? 0xffff_0000_0000L | Bytes.u32(m, source) : Bytes.i64(m, source + 8),
            Bytes.u16(m, ports),
            v4 ? 0 : Bytes.i64(m, destination),
            v4 ? 0xffff_0000_0000L | Bytes.u32(m, destination) : Bytes.i64(m, destination + 8),
            Bytes.u16(m, ports + 2));
    return known(flow, now) ? null : drop("firewall: no flow");
  }

  private String drop(String why) {
    droppedCount++;
    return why;
  }
}
