package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * Cuts TCP super-segments in software, into the very packets that the Linux kernel's segmentation
 * makes of them: header and options repeated, the sequence number counted on, IPv4's identification
 * too, FIN and PSH on the last alone, CWR on the first alone, checksums complete. For where a link
 * that cuts by itself is not at hand: in simulations, and in forwarding.
 */
public final class SuperSegments {
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;

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

  /** Bytes of payload of the super-segment whose IP packet has {@code length} bytes. */
  public static int payload(MemorySegment m, long at, int ipHeader, int length) {
    return length - ipHeader - tcpHeader(m, at + ipHeader);
  }

  private static int tcpHeader(MemorySegment m, long tcp) {
    return (Bytes.u16(m, tcp + TcpHeader.DATA_OFFSET) >>> 12) * 4;
  }

  /**
   * Writes segment {@code i} of a super-segment as a packet of its own.
   *
   * @param source what holds the super-segment's IP packet at {@code offset}
   * @param ipHeader bytes of the IP header with options or extension headers
   * @param length bytes of the IP packet
   * @param segmentSize payload bytes of each segment but the last
   * @return bytes written to {@code target} at {@code at}
   */
  public static int cut(
      MemorySegment source,
      long offset,
      int ipHeader,
      int length,
      int segmentSize,
      int i,
      MemorySegment target,
      long at) {
    int headers = ipHeader + tcpHeader(source, offset + ipHeader);
    int from = i * segmentSize;
    int data = Math.min(segmentSize, length - headers - from);
    boolean last = headers + from + data == length;
    MemorySegment.copy(source, offset, target, at, headers);
    MemorySegment.copy(source, offset + headers + from, target, at + headers, data);
    long tcp = at + ipHeader;
    Bytes.put32(target, tcp + TcpHeader.SEQUENCE, Bytes.i32(source, offset + ipHeader + 4) + from);
    int flags = Bytes.u16(target, tcp + TcpHeader.DATA_OFFSET);
    if (!last) {
      flags &= ~(TcpHeader.FIN | TcpHeader.PSH);
    }
    if (i > 0) {
      flags &= ~TcpHeader.CWR;
    }
    Bytes.put16(target, tcp + TcpHeader.DATA_OFFSET, flags);
    int total = headers + data;
    boolean v4 = isV4(target, at);
    if (v4) {
      Bytes.put16(target, at + Ipv4Header.TOTAL_LENGTH, total);
      int id = Bytes.u16(source, offset + Ipv4Header.IDENTIFICATION) + i;
      Bytes.put16(target, at + Ipv4Header.IDENTIFICATION, id & 0xffff);
      Ipv4Header.fillChecksum(target, at, ipHeader);
    } else {
      Bytes.put16(target, at + Ipv6Header.PAYLOAD_LENGTH, total - Ipv6Header.LENGTH);
    }
    Bytes.put16(target, tcp + TCP_CHECKSUM, pseudoHeader(target, at, v4, total - ipHeader));
    finishChecksum(target, at, ipHeader, total, IpProtocol.TCP);
    return total;
  }

  private static int pseudoHeader(MemorySegment m, long at, boolean v4, int length) {
    long sum =
        v4
            ? Checksum.addPseudoHeader(
                0,
                true,
                0,
                Bytes.u32(m, at + Ipv4Header.SOURCE),
                0,
                Bytes.u32(m, at + Ipv4Header.DESTINATION),
                IpProtocol.TCP,
                length)
            : Checksum.addPseudoHeader(
                0,
                false,
                Bytes.i64(m, at + Ipv6Header.SOURCE),
                Bytes.i64(m, at + Ipv6Header.SOURCE + 8),
                Bytes.i64(m, at + Ipv6Header.DESTINATION),
                Bytes.i64(m, at + Ipv6Header.DESTINATION + 8),
                IpProtocol.TCP,
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
        protocol == IpProtocol.TCP ? TCP_CHECKSUM : protocol == IpProtocol.UDP ? UDP_CHECKSUM : -1;
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
