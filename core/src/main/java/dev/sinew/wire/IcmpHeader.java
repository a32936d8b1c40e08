package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/** The layout, types and codes of ICMP for IPv4 (names begin with V4) and of ICMPv6 (V6). */
public final class IcmpHeader {
  private IcmpHeader() {}

  public static final int TYPE = 0;
  public static final int CODE = 1;
  public static final int CHECKSUM = 2;

  /**
   * Four bytes whose meaning depends on the type: echo identifier and sequence, next-hop MTU,
   * pointer.
   */
  public static final int REST = 4;

  public static final int ECHO_IDENTIFIER = 4;
  public static final int ECHO_SEQUENCE = 6;

  /** IPv4 fragmentation needed: 16 bits of next-hop MTU. */
  public static final int V4_MTU = 6;

  /** ICMPv6 Packet Too Big: 32 bits of MTU. */
  public static final int V6_MTU = 4;

  /** Header of every message here; in an error the offending packet follows. */
  public static final int LENGTH = 8;

  public static final int V4_ECHO_REPLY = 0;
  public static final int V4_DESTINATION_UNREACHABLE = 3;
  public static final int V4_SOURCE_QUENCH = 4;
  public static final int V4_REDIRECT = 5;
  public static final int V4_ECHO_REQUEST = 8;
  public static final int V4_TIME_EXCEEDED = 11;
  public static final int V4_PARAMETER_PROBLEM = 12;

  public static final int V4_NET_UNREACHABLE = 0;
  public static final int V4_HOST_UNREACHABLE = 1;
  public static final int V4_PROTOCOL_UNREACHABLE = 2;
  public static final int V4_PORT_UNREACHABLE = 3;
  public static final int V4_FRAGMENTATION_NEEDED = 4;
  public static final int V4_SOURCE_ROUTE_FAILED = 5;
  public static final int V4_NET_PROHIBITED = 9;
  public static final int V4_HOST_PROHIBITED = 10;
  public static final int V4_ADMIN_PROHIBITED = 13;

  public static final int V6_DESTINATION_UNREACHABLE = 1;
  public static final int V6_PACKET_TOO_BIG = 2;
  public static final int V6_TIME_EXCEEDED = 3;
  public static final int V6_PARAMETER_PROBLEM = 4;
  public static final int V6_ECHO_REQUEST = 128;
  public static final int V6_ECHO_REPLY = 129;
  public static final int V6_ROUTER_SOLICITATION = 133;
  public static final int V6_ROUTER_ADVERTISEMENT = 134;
  public static final int V6_NEIGHBOR_SOLICITATION = 135;
  public static final int V6_NEIGHBOR_ADVERTISEMENT = 136;
  public static final int V6_REDIRECT = 137;

  public static final int V6_NO_ROUTE = 0;
  public static final int V6_ADMIN_PROHIBITED = 1;
  public static final int V6_BEYOND_SCOPE = 2;
  public static final int V6_ADDRESS_UNREACHABLE = 3;
  public static final int V6_PORT_UNREACHABLE = 4;

  /** Code of Time Exceeded, both versions. */
  public static final int TTL_EXCEEDED_IN_TRANSIT = 0;

  /** Code of Time Exceeded, both versions. */
  public static final int REASSEMBLY_TIME_EXCEEDED = 1;

  public static final int V6_ERRONEOUS_HEADER_FIELD = 0;
  public static final int V6_UNRECOGNIZED_NEXT_HEADER = 1;
  public static final int V6_UNRECOGNIZED_OPTION = 2;

  /**
   * Writes an echo request or reply with checksum 0.
   *
   * @return {@link #LENGTH}
   */
  public static int writeEcho(MemorySegment m, long at, int type, int identifier, int sequence) {
    return write(m, at, type, 0, (identifier & 0xffff) << 16 | (sequence & 0xffff));
  }

  /**
   * Writes the eight bytes before what is quoted or echoed, with checksum 0.
   *
   * @param rest the four bytes at {@link #REST}
   * @return {@link #LENGTH}
   */
  public static int write(MemorySegment m, long at, int type, int code, int rest) {
    Bytes.put8(m, at + TYPE, type);
    Bytes.put8(m, at + CODE, code);
    Bytes.put16(m, at + CHECKSUM, 0);
    Bytes.put32(m, at + REST, rest);
    return LENGTH;
  }

  /** Stores the checksum of an ICMPv4 message of {@code length} bytes, all of them in {@code m}. */
  public static void fillChecksumV4(MemorySegment m, long at, int length) {
    Bytes.put16(m, at + CHECKSUM, 0);
    Bytes.put16(m, at + CHECKSUM, Checksum.finish(Checksum.add(0, m, at, length)));
  }

  /** Stores the checksum of an ICMPv6 message of {@code length} bytes, all of them in {@code m}. */
  public static void fillChecksumV6(
      MemorySegment m,
      long at,
      int length,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow) {
    Bytes.put16(m, at + CHECKSUM, 0);
    long sum =
        Checksum.addPseudoHeader(
            0,
            false,
            sourceHigh,
            sourceLow,
            destinationHigh,
            destinationLow,
            IpProtocol.ICMPV6,
            length);
    Bytes.put16(m, at + CHECKSUM, Checksum.finish(Checksum.add(sum, m, at, length)));
  }

  /**
   * True for a message that reports an error and quotes a packet. No error is ever sent about one
   * of these.
   */
  public static boolean isError(boolean v4, int type) {
    if (!v4) {
      return type < 128;
    }
    return switch (type) {
      case V4_DESTINATION_UNREACHABLE,
          V4_SOURCE_QUENCH,
          V4_REDIRECT,
          V4_TIME_EXCEEDED,
          V4_PARAMETER_PROBLEM ->
          true;
      default -> false;
    };
  }
}
