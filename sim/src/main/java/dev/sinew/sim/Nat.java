package dev.sinew.sim;

import dev.sinew.ip.IpAddress;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A translator of addresses and ports (NAPT) for IPv4, where a router is plugged into the outer
 * link: everybody inside is seen with the router's outer address. A mapping depends on the inner
 * address and port alone, and so does who may use it from outside (endpoint-independent, in the
 * words of RFC 4787). One that was idle for too long is forgotten: what still comes for it is
 * dropped without a word, and what goes out for it gets another port. ICMP errors are translated
 * with the packet that they quote. IPv6 passes untouched; fragments are dropped, as they have no
 * ports.
 */
public final class Nat implements PacketFilter {
  /** 2 hours and 4 minutes, the least that RFC 5382 lets a translator wait. */
  public static final long TCP_IDLE_NANOS = 7_440_000_000_000L;

  /** 2 minutes, the least that RFC 4787 lets a translator wait. */
  public static final long UDP_IDLE_NANOS = 120_000_000_000L;

  private static final int FIRST_PORT = 20_000;
  private static final int PORTS = 40_000;
  private static final int IPV4_CHECKSUM = 10;
  private static final int SOURCE = 12;
  private static final int DESTINATION = 16;

  private final Simulation simulation;
  private final int outer;
  private final Map<Inner, Mapping> byInner = new HashMap<>();
  private final Map<Outer, Mapping> byOuter = new HashMap<>();
  private long tcpIdleNanos = TCP_IDLE_NANOS;
  private long udpIdleNanos = UDP_IDLE_NANOS;
  private int nextPort;
  private long droppedCount;

  private record Inner(int protocol, int address, int port) {}

  private record Outer(int protocol, int port) {}

  private static final class Mapping {
    final Inner inner;
    final Outer outer;
    long lastUsed;

    Mapping(Inner inner, Outer outer) {
      this.inner = inner;
      this.outer = outer;
    }
  }

  Nat(Simulation simulation, IpAddress outer) {
    this.simulation = simulation;
    this.outer = (int) outer.low();
  }

  /** How long a mapping without a packet lives. */
  public Nat idle(long tcpNanos, long udpNanos) {
    tcpIdleNanos = tcpNanos;
    udpIdleNanos = udpNanos;
    return this;
  }

  /** Forgets all mappings, as a reboot does. */
  public void forget() {
    byInner.clear();
    byOuter.clear();
  }

  /** Mappings that are not known to be over. */
  public int mappingCount() {
    return byOuter.size();
  }

  /** Packets that were dropped. */
  public long droppedCount() {
    return droppedCount;
  }

  private String drop(String why) {
    droppedCount++;
    return why;
  }

  @Override
  public @Nullable String outgoing(PacketView packet, long now) {
    if (!packet.isIp() || !packet.ip().v4) {
      return null;
    }
    IpPacket ip = packet.ip();
    if ((int) ip.sourceLow == outer) {
      return null;
    }
    if (ip.fragment) {
      return drop("nat: fragment");
    }
    MemorySegment m = packet.memory();
    long transport = ip.payloadOffset;
    if (ip.protocol == IpProtocol.ICMP) {
      return quoted(packet, now, false);
    }
    long checksum = checksumAt(m, ip.protocol, transport, ip.payloadLength);
    if (checksum == -2) {
      return drop("nat: protocol " + ip.protocol);
    }
    Inner inner = new Inner(ip.protocol, (int) ip.sourceLow, Bytes.u16(m, transport));
    Mapping mapping = live(byInner.get(inner), now);
    if (mapping == null) {
      mapping = map(inner);
      if (mapping == null) {
        return drop("nat: no port left");
      }
    }
    mapping.lastUsed = now;
    Rewrite.address(m, packet.offset() + SOURCE, outer, packet.offset() + IPV4_CHECKSUM, checksum);
    Rewrite.word(m, transport, mapping.outer.port, -1, checksum);
    return null;
  }

  @Override
  public @Nullable String incoming(PacketView packet, long now) {
    if (!packet.isIp() || !packet.ip().v4 || (int) packet.ip().destinationLow != outer) {
      return null;
    }
    IpPacket ip = packet.ip();
    if (ip.fragment) {
      return drop("nat: fragment");
    }
    MemorySegment m = packet.memory();
    long transport = ip.payloadOffset;
    if (ip.protocol == IpProtocol.ICMP) {
      return quoted(packet, now, true);
    }
    long checksum = checksumAt(m, ip.protocol, transport, ip.payloadLength);
    if (checksum == -2) {
      return null;
    }
    int port = Bytes.u16(m, transport + 2);
    Mapping mapping = live(byOuter.get(new Outer(ip.protocol, port)), now);
    if (mapping == null) {
      return port >= FIRST_PORT && port < FIRST_PORT + PORTS ? drop("nat: no mapping") : null;
    }
    mapping.lastUsed = now;
    Rewrite.address(
        m,
        packet.offset() + DESTINATION,
        mapping.inner.address,
        packet.offset() + IPV4_CHECKSUM,
        checksum);
    Rewrite.word(m, transport + 2, mapping.inner.port, -1, checksum);
    packet.changed();
    return null;
  }

  /** Where the transport checksum is, -1 for none, -2 for a protocol without ports. */
  private static long checksumAt(MemorySegment m, int protocol, long transport, int length) {
    if (protocol == IpProtocol.TCP && length >= 20) {
      return transport + 16;
    }
    if (protocol == IpProtocol.UDP && length >= 8) {
      return Bytes.u16(m, transport + 6) == 0 ? -1 : transport + 6;
    }
    return -2;
  }

  private @Nullable Mapping live(@Nullable Mapping mapping, long now) {
    if (mapping == null) {
      return null;
    }
    long idle = mapping.inner.protocol == IpProtocol.TCP ? tcpIdleNanos : udpIdleNanos;
    if (now - mapping.lastUsed <= idle) {
      return mapping;
    }
    byInner.remove(mapping.inner);
    byOuter.remove(mapping.outer);
    return null;
  }

  /** Ports are used in turn, so that one that was forgotten comes back as late as it can. */
  private @Nullable Mapping map(Inner inner) {
    for (int i = 0; i < PORTS; i++) {
      Outer candidate = new Outer(inner.protocol, FIRST_PORT + nextPort);
      nextPort = (nextPort + 1) % PORTS;
      if (!byOuter.containsKey(candidate)) {
        Mapping mapping = new Mapping(inner, candidate);
        byInner.put(inner, mapping);
        byOuter.put(candidate, mapping);
        if (inner.protocol == IpProtocol.TCP) {
          simulation.alias(place(outer, candidate.port), place(inner.address, inner.port));
        }
        return mapping;
      }
    }
    return null;
  }

  private static Referee.Place place(int address, int port) {
    return new Referee.Place(0, 0xffff_0000_0000L | (address & 0xffff_ffffL), port);
  }

  /**
   * An ICMP error quotes the packet that caused it: one that comes in was sent from the outer
   * address, one that goes out was sent to an inner one. Echo requests and answers are the router's
   * own business.
   */
  private @Nullable String quoted(PacketView packet, long now, boolean incoming) {
    IpPacket ip = packet.ip();
    MemorySegment m = packet.memory();
    long icmp = ip.payloadOffset;
    int type = ip.payloadLength < 36 ? 0 : Bytes.u8(m, icmp);
    if (type != 3 && type != 11 && type != 12) {
      return incoming ? null : drop("nat: ICMP without a port");
    }
    long quote = icmp + 8;
    long ports = quote + (Bytes.u8(m, quote) & 15) * 4L;
    if (ports + 4 > icmp + ip.payloadLength) {
      return drop("nat: short ICMP quote");
    }
    int protocol = Bytes.u8(m, quote + 9);
    int port = Bytes.u16(m, ports + (incoming ? 0 : 2));
    int address = Bytes.i32(m, quote + DESTINATION);
    Mapping mapping =
        live(
            incoming
                ? byOuter.get(new Outer(protocol, port))
                : byInner.get(new Inner(protocol, address, port)),
            now);
    if (mapping == null) {
      return incoming && port < FIRST_PORT ? null : drop("nat: no mapping");
    }
    int newAddress = incoming ? mapping.inner.address : outer;
    int newPort = incoming ? mapping.inner.port : mapping.outer.port;
    long sum = icmp + 2;
    int quotedSum = Bytes.u16(m, quote + IPV4_CHECKSUM);
    Rewrite.address(
        m, quote + (incoming ? SOURCE : DESTINATION), newAddress, quote + IPV4_CHECKSUM, sum);
    Rewrite.word(m, ports + (incoming ? 0 : 2), newPort, -1, sum);
    int newSum = Bytes.u16(m, quote + IPV4_CHECKSUM);
    // The quoted header's checksum is data to the message's.
    Bytes.put16(m, quote + IPV4_CHECKSUM, quotedSum);
    Rewrite.word(m, quote + IPV4_CHECKSUM, newSum, -1, sum);
    Rewrite.address(
        m,
        packet.offset() + (incoming ? DESTINATION : SOURCE),
        newAddress,
        packet.offset() + IPV4_CHECKSUM,
        -1);
    packet.changed();
    return null;
  }
}
