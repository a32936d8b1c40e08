package dev.sinew.sim;

import dev.sinew.wire.Bytes;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Invariant I7: judges every packet that a host sends, as a second pair of eyes. It decodes the
 * bytes itself, on purpose with nothing of the core but reads of single fields: lengths, checksums,
 * and for TCP what {@link TcpReferee} knows of both ends.
 */
final class Referee {
  /** Both ends of a TCP flow, seen from the sender. */
  record Ends(
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    Ends reversed() {
      return new Ends(
          destinationHigh, destinationLow, destinationPort, sourceHigh, sourceLow, sourcePort);
    }
  }

  /** An address and port. */
  record Place(long high, long low, int port) {}

  private static final int ICMP = 1;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int FRAGMENT = 44;
  private static final int ICMPV6 = 58;

  private final Map<Ends, TcpReferee> flows = new HashMap<>();

  /** The sender of everything that nobody is responsible for. */
  private final TcpReferee stranger = TcpReferee.stranger();

  /** What translators on the way show as another place. */
  private final Map<Place, Place> aliases = new HashMap<>();

  /** The last packet was a TCP segment without data, SYN or FIN, or ICMP. */
  private boolean control;

  // The packet that is being looked at.
  private MemorySegment m = MemorySegment.NULL;
  private boolean v4;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int protocol;
  private long payload;
  private int payloadLength;
  private boolean fragment;

  /** What is wrong with a packet that a host puts on a link; null when nothing is. */
  @Nullable String sent(Direction direction, MemorySegment memory, long offset, int length) {
    if (length > direction.interfaceMtu()) {
      return "I7: a packet of " + length + " bytes on a link with MTU " + direction.interfaceMtu();
    }
    control = false;
    String wrong = ip(memory, offset, length);
    if (wrong == null && Bytes.u8(m, offset + (v4 ? 8 : 7)) == 0) {
      // Only here: a host takes what has arrived with 0, and damage may make it so.
      wrong = "TTL or hop limit 0";
    }
    // What a router passes on was judged where it was sent, and may have been damaged since.
    if (wrong == null && !fragment && direction.from().owns(sourceHigh, sourceLow)) {
      wrong =
          switch (protocol) {
            case TCP -> tcp();
            case UDP -> udp();
            case ICMP, ICMPV6 -> icmp();
            default -> "protocol " + protocol;
          };
    }
    return wrong == null ? null : "I7: a packet that must not be sent: " + wrong;
  }

  /** Learns what a host now knows of its peer. Damaged packets teach nothing. */
  void delivered(Direction direction, MemorySegment memory, long offset, int length) {
    if (ip(memory, offset, length) != null || fragment || protocol != TCP || payloadLength < 20) {
      return;
    }
    if (!direction.to().owns(destinationHigh, destinationLow) || transportSum() != 0xffff) {
      return;
    }
    Ends ends = ends();
    TcpReferee sender = flows.get(ends);
    if (sender != null) {
      sender.arrived(m, payload, payloadLength, flows.get(ends.reversed()));
    }
  }

  private Ends ends() {
    int sourcePort = Bytes.u16(m, payload);
    int destinationPort = Bytes.u16(m, payload + 2);
    if (aliases.isEmpty()) {
      return new Ends(
          sourceHigh, sourceLow, sourcePort, destinationHigh, destinationLow, destinationPort);
    }
    Place s = new Place(sourceHigh, sourceLow, sourcePort);
    Place d = new Place(destinationHigh, destinationLow, destinationPort);
    s = aliases.getOrDefault(s, s);
    d = aliases.getOrDefault(d, d);
    return new Ends(s.high, s.low, s.port, d.high, d.low, d.port);
  }

  /** What is at {@code outer} is at {@code inner} in truth. */
  void alias(Place outer, Place inner) {
    aliases.put(outer, inner);
  }

  /**
   * A packet that nobody is responsible for was put on a link: whoever talks to its sender talks to
   * somebody of whom nothing is known.
   */
  void foreign(MemorySegment memory, long offset, int length) {
    if (ip(memory, offset, length) == null && !fragment && protocol == TCP && payloadLength >= 20) {
      flows.putIfAbsent(ends(), stranger);
    }
  }

  /** A host's connections are gone; its peers don't know that yet. */
  void crashed(SimHost host) {
    flows.forEach((ends, flow) -> {
      if (host.owns(ends.sourceHigh, ends.sourceLow)) {
        flow.forgotten();
      }
    });
  }

  boolean wasControl() {
    return control;
  }

  // ---- IP

  private @Nullable String ip(MemorySegment memory, long offset, int length) {
    m = memory;
    fragment = false;
    if (length < 20) {
      return "shorter than an IP header";
    }
    int version = Bytes.u8(m, offset) >>> 4;
    return version == 4
        ? ipv4(offset, length)
        : version == 6 ? ipv6(offset, length) : "IP version " + version;
  }

  private @Nullable String ipv4(long at, int length) {
    v4 = true;
    int header = (Bytes.u8(m, at) & 15) * 4;
    int total = Bytes.u16(m, at + 2);
    if (header < 20 || total != length || header > total) {
      return "IPv4 header length "
          + header
          + ", total length "
          + total
          + " in a packet of "
          + length;
    }
    if (fold(sum(0, at, header)) != 0xffff) {
      return "bad IPv4 header checksum";
    }
    int flags = Bytes.u16(m, at + 6);
    if ((flags & 0x8000) != 0) {
      return "the reserved IPv4 flag is set";
    }
    fragment = (flags & 0x3fff) != 0;
    if (fragment && (flags & 0x4000) != 0) {
      return "a fragment with DF";
    }
    if (fragment && (flags & 0x2000) != 0 && (total - header) % 8 != 0) {
      return "a fragment whose length is no multiple of 8";
    }
    protocol = Bytes.u8(m, at + 9);
    sourceHigh = 0;
    sourceLow = 0xffff_0000_0000L | Bytes.u32(m, at + 12);
    destinationHigh = 0;
    destinationLow = 0xffff_0000_0000L | Bytes.u32(m, at + 16);
    payload = at + header;
    payloadLength = total - header;
    int first = Bytes.u8(m, at + 12);
    return first >= 224 || first == 127 || first == 0
        ? "IPv4 source address " + first + ".x"
        : null;
  }

  private @Nullable String ipv6(long at, int length) {
    v4 = false;
    if (length < 40 || Bytes.u16(m, at + 4) != length - 40) {
      return "IPv6 payload length " + Bytes.u16(m, at + 4) + " in a packet of " + length;
    }
    sourceHigh = Bytes.i64(m, at + 8);
    sourceLow = Bytes.i64(m, at + 16);
    destinationHigh = Bytes.i64(m, at + 24);
    destinationLow = Bytes.i64(m, at + 32);
    if (sourceHigh >>> 56 == 0xff || (sourceHigh == 0 && (sourceLow >>> 1) == 0)) {
      return "IPv6 source address is multicast, unspecified or loopback";
    }
    protocol = Bytes.u8(m, at + 6);
    payload = at + 40;
    payloadLength = length - 40;
    if (protocol == FRAGMENT) {
      if (payloadLength < 8) {
        return "a fragment header that does not fit";
      }
      fragment = true;
      if ((Bytes.u16(m, payload + 2) & 1) != 0 && (payloadLength - 8) % 8 != 0) {
        return "a fragment whose length is no multiple of 8";
      }
    }
    return null;
  }

  // ---- transports

  private @Nullable String udp() {
    if (payloadLength < 8 || Bytes.u16(m, payload + 4) != payloadLength) {
      return "UDP length "
          + (payloadLength < 8 ? payloadLength : Bytes.u16(m, payload + 4))
          + " in "
          + payloadLength
          + " bytes";
    }
    boolean none = Bytes.u16(m, payload + 6) == 0;
    if (none && !v4) {
      return "UDP over IPv6 without a checksum";
    }
    return none || transportSum() == 0xffff ? null : "bad UDP checksum";
  }

  private @Nullable String icmp() {
    control = true;
    if (payloadLength < 8) {
      return "ICMP shorter than its header";
    }
    if ((protocol == ICMP) != v4) {
      return "ICMP of the other IP version";
    }
    int sum = protocol == ICMP ? fold(sum(0, payload, payloadLength)) : transportSum();
    return sum == 0xffff ? null : "bad ICMP checksum";
  }

  private @Nullable String tcp() {
    if (payloadLength < 20) {
      return "TCP shorter than its header";
    }
    if (transportSum() != 0xffff) {
      return "bad TCP checksum";
    }
    control =
        (Bytes.u8(m, payload + 13) & 3) == 0
            && (Bytes.u8(m, payload + 12) >>> 4) * 4 == payloadLength;
    Ends ends = ends();
    TcpReferee sender = flows.get(ends);
    if (sender == null || sender == stranger) {
      sender = new TcpReferee();
      flows.put(ends, sender);
    }
    return sender.sent(m, payload, payloadLength, v4, flows.get(ends.reversed()));
  }

  // ---- the checksum, the slow and plain way

  private int transportSum() {
    long sum = protocol + (long) payloadLength;
    sum += words(sourceHigh) * (v4 ? 0 : 1) + words(v4 ? sourceLow & 0xffff_ffffL : sourceLow);
    sum +=
        words(destinationHigh) * (v4 ? 0 : 1)
            + words(v4 ? destinationLow & 0xffff_ffffL : destinationLow);
    return fold(sum(sum, payload, payloadLength));
  }

  private static long words(long address) {
    return (address >>> 48)
        + (address >>> 32 & 0xffff)
        + (address >>> 16 & 0xffff)
        + (address & 0xffff);
  }

  /** Words of 32 bits at a time: their sum is congruent to that of the words of 16. */
  private long sum(long start, long at, int length) {
    long sum = start;
    int whole = length >>> 2;
    for (int i = 0; i < whole; i++) {
      sum += Bytes.u32(m, at + 4L * i);
    }
    int done = whole * 4;
    if (length - done >= 2) {
      sum += Bytes.u16(m, at + done);
      done += 2;
    }
    return done == length ? sum : sum + ((long) Bytes.u8(m, at + done) << 8);
  }

  private static int fold(long sum) {
    long s = sum;
    while (s >>> 16 != 0) {
      s = (s & 0xffff) + (s >>> 16);
    }
    return (int) s;
  }
}
