package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * Cuts super-segments of TCP and super-datagrams of UDP in software, into the very packets that the
 * Linux kernel's segmentation makes of them: header and options repeated, IPv4's identification
 * counted on, checksums complete; in TCP the sequence number counted on too, FIN and PSH on the
 * last alone, CWR on the first alone; in UDP each with its own length. For where a link that cuts
 * by itself is not at hand: in simulations, and in forwarding.
 */
public final class SuperSegments {
  private static final int TCP_CHECKSUM = 16;

  private SuperSegments() {}

  /**
   * How many segments there are in so many bytes of payload, at least 1.
   *
   * @param segmentSize payload bytes of each but the last, or 0 for what is a single one
   */
  public static int count(int payloadBytes, int segmentSize) {
    return segmentSize == 0 || payloadBytes <= segmentSize
        ? 1
        : (payloadBytes + segmentSize - 1) / segmentSize;
  }

  /**
   * Bytes of payload of the super-segment whose IP packet has {@code length} bytes; less than 1
   * when it is too short for its headers.
   *
   * @param protocol TCP or UDP
   */
  public static int payload(MemorySegment m, long at, int ipHeader, int length, int protocol) {
    return length - ipHeader - transportHeader(m, at + ipHeader, protocol);
  }

  private static int transportHeader(MemorySegment m, long transport, int protocol) {
    return protocol == IpProtocol.UDP
        ? UdpHeader.HEADER_LENGTH
        : (Bytes.u16(m, transport + TcpHeader.DATA_OFFSET) >>> 12) * 4;
  }

  /**
   * Writes segment {@code i} of a super-segment as a packet of its own.
   *
   * @param source what holds the super-segment's IP packet at {@code offset}
   * @param ipHeader bytes of the IP header with options or extension headers
   * @param length bytes of the IP packet
   * @param protocol TCP or UDP
   * @param segmentSize payload bytes of each segment but the last
   * @return bytes written to {@code target} at {@code at}
   */
  public static int cut(
      MemorySegment source,
      long offset,
      int ipHeader,
      int length,
      int protocol,
      int segmentSize,
      int i,
      MemorySegment target,
      long at) {
    int headers = ipHeader + transportHeader(source, offset + ipHeader, protocol);
    int from = i * segmentSize;
    int data = Math.min(segmentSize, length - headers - from);
    boolean last = headers + from + data == length;
    MemorySegment.copy(source, offset, target, at, headers);
    MemorySegment.copy(source, offset + headers + from, target, at + headers, data);
    int total = headers + data;
    if (protocol == IpProtocol.UDP) {
      Bytes.put16(target, at + ipHeader + UdpHeader.LENGTH, total - ipHeader);
    } else {
      countOn(target, at + ipHeader, from, i == 0, last);
    }
    boolean v4 = isV4(target, at);
    if (v4) {
      Bytes.put16(target, at + Ipv4Header.TOTAL_LENGTH, total);
      int id = Bytes.u16(source, offset + Ipv4Header.IDENTIFICATION) + i;
      Bytes.put16(target, at + Ipv4Header.IDENTIFICATION, id & 0xffff);
      Ipv4Header.fillChecksum(target, at, ipHeader);
    } else {
      Bytes.put16(target, at + Ipv6Header.PAYLOAD_LENGTH, total - Ipv6Header.LENGTH);
    }
    int field = protocol == IpProtocol.UDP ? UdpHeader.CHECKSUM : TCP_CHECKSUM;
    int pseudoHeader = pseudoHeader(target, at, v4, protocol, total - ipHeader);
    Bytes.put16(target, at + ipHeader + field, pseudoHeader);
    finishChecksum(target, at, ipHeader, total, protocol);
    return total;
  }

  /** What differs from TCP segment to TCP segment: {@code from} bytes of payload were before. */
  private static void countOn(MemorySegment m, long tcp, int from, boolean first, boolean last) {
    Bytes.put32(m, tcp + TcpHeader.SEQUENCE, Bytes.i32(m, tcp + TcpHeader.SEQUENCE) + from);
    int flags = Bytes.u16(m, tcp + TcpHeader.DATA_OFFSET);
    if (!last) {
      flags &= ~(TcpHeader.FIN | TcpHeader.PSH);
    }
    if (!first) {
      flags &= ~TcpHeader.CWR;
    }
    Bytes.put16(m, tcp + TcpHeader.DATA_OFFSET, flags);
  }

  private static int pseudoHeader(MemorySegment m, long at, boolean v4, int protocol, int length) {
    long sum =
        v4
            ? Checksum.addPseudoHeader(
                0,
                true,
                0,
                Bytes.u32(m, at + Ipv4Header.SOURCE),
                0,
                Bytes.u32(m, at + Ipv4Header.DESTINATION),
                protocol,
                length)
            : Checksum.addPseudoHeader(
                0,
                false,
                Bytes.i64(m, at + Ipv6Header.SOURCE),
                Bytes.i64(m, at + Ipv6Header.SOURCE + 8),
                Bytes.i64(m, at + Ipv6Header.DESTINATION),
                Bytes.i64(m, at + Ipv6Header.DESTINATION + 8),
                protocol,
                length);
    return Checksum.fold(sum);
  }

  /**
   * Completes the checksum of a TCP or UDP packet, in whose field only the sum of the pseudo-header
   * stands; harmless for every other.
   *
   * @param ipHeader bytes of the IP header with options or extension headers
   * @param length bytes of the IP packet
   */
  public static void finishChecksum(
      MemorySegment m, long at, int ipHeader, int length, int protocol) {
    int field =
        protocol == IpProtocol.TCP
            ? TCP_CHECKSUM
            : protocol == IpProtocol.UDP ? UdpHeader.CHECKSUM : -1;
    if (field < 0 || length - ipHeader < field + 2) {
      return;
    }
    long transport = at + ipHeader;
    int sum = Checksum.finish(Checksum.add(0, m, transport, length - ipHeader));
    // UDP sends a computed checksum of 0 as all ones (RFC 768).
    Bytes.put16(m, transport + field, protocol == IpProtocol.UDP && sum == 0 ? 0xffff : sum);
  }

  private static boolean isV4(MemorySegment m, long at) {
    return Bytes.u8(m, at) >>> 4 == 4;
  }
}
