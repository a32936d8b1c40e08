package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The header of {@code struct virtio_net_hdr} (linux/virtio_net.h) before each packet of a device
 * that takes unfinished checksums and super-segments, 10 bytes in the machine's byte order. What
 * stands in it is checked as what stands in packets is: it says how far a packet may be believed.
 */
final class VirtioNetHeader {
  static final int BYTES = 10;

  private static final int FLAGS = 0;
  private static final int GSO_TYPE = 1;
  private static final int HDR_LEN = 2;
  private static final int GSO_SIZE = 4;
  private static final int CSUM_START = 6;
  private static final int CSUM_OFFSET = 8;

  static final int F_NEEDS_CSUM = 1;
  static final int F_DATA_VALID = 2;

  static final int GSO_NONE = 0;
  static final int GSO_TCPV4 = 1;
  static final int GSO_TCPV6 = 4;
  static final int GSO_UDP_L4 = 5;
  static final int GSO_ECN = 0x80;

  /** Result of {@link #flags}: the header fits no packet that we have asked for. */
  static final int MALFORMED = -1;

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;
  private static final int CWR = 0x80;
  private static final int TCP_LEAST = 20;
  private static final int V4_LEAST = 20;
  private static final int V6_LENGTH = 40;
  private static final int UDP_HEADER = 8;

  /** In the bytes of IPv4's flags and fragment offset: all but Don't Fragment. */
  private static final int V4_FRAGMENT = 0xbfff;

  /** More datagrams than the kernel makes of one call (UDP_MAX_SEGMENTS). */
  private static final int MAX_DATAGRAMS = 1024;

  private static final ValueLayout.OfShort NATIVE_16 = ValueLayout.JAVA_SHORT_UNALIGNED;

  private VirtioNetHeader() {}

  /**
   * Writes the header of a packet right before its link header.
   *
   * @param linkBytes of the header before the IP header: 14 for Ethernet, or 0
   */
  static void write(TxPacket p, int linkBytes) {
    MemorySegment m = p.header();
    long ip = p.headerOffset();
    long at = ip - linkBytes - BYTES;
    int start = p.checksumStart();
    int gsoType = GSO_NONE;
    int headers = 0;
    int size = 0;
    if (p.segmentSize() != 0) {
      size = p.segmentSize();
      headers = linkBytes + start;
      if (p.checksumProtocol() == UDP) {
        gsoType = GSO_UDP_L4;
        headers += UDP_HEADER;
      } else {
        long tcp = ip + start;
        gsoType = isV4(m, ip) ? GSO_TCPV4 : GSO_TCPV6;
        if ((m.get(JAVA_BYTE, tcp + 13) & CWR) != 0) {
          gsoType |= GSO_ECN;
        }
        headers += (m.get(JAVA_BYTE, tcp + 12) >> 4 & 15) * 4;
      }
    }
    m.set(JAVA_BYTE, at + FLAGS, (byte) (start == 0 ? 0 : F_NEEDS_CSUM));
    m.set(JAVA_BYTE, at + GSO_TYPE, (byte) gsoType);
    m.set(NATIVE_16, at + HDR_LEN, (short) headers);
    m.set(NATIVE_16, at + GSO_SIZE, (short) size);
    m.set(NATIVE_16, at + CSUM_START, (short) (start == 0 ? 0 : linkBytes + start));
    m.set(NATIVE_16, at + CSUM_OFFSET, (short) p.checksumOffset());
  }

  /**
   * What the header at {@code at} says of the packet behind it, as flags for a {@link PacketSink}.
   *
   * @param linkBytes of the header before the IP header: 14 for Ethernet, or 0
   * @param length bytes of the IP packet; nothing outside of header and packet is touched
   * @return the flags, or {@link #MALFORMED}: a kind of super-segment that was not asked for, one
   *     without a size or an unfinished checksum, a checksum that lies outside of the packet
   */
  static int flags(MemorySegment m, long at, int linkBytes, int length) {
    long packet = at + BYTES + linkBytes;
    int flags = m.get(JAVA_BYTE, at + FLAGS);
    int gsoType = m.get(JAVA_BYTE, at + GSO_TYPE) & ~GSO_ECN & 0xff;
    int start = u16(m, at + CSUM_START) - linkBytes;
    int offset = u16(m, at + CSUM_OFFSET);
    int result = 0;
    if ((flags & F_NEEDS_CSUM) != 0) {
      if (start < 0 || start + offset + 2 > length) {
        return MALFORMED;
      }
      if (isTransport(m, packet, length, start, offset)) {
        result = PacketSink.CHECKSUM_VERIFIED | PacketSink.CHECKSUM_PARTIAL;
      }
    } else if ((flags & F_DATA_VALID) != 0) {
      result = PacketSink.CHECKSUM_VERIFIED;
    }
    if (gsoType == GSO_NONE) {
      return result;
    }
    int size = u16(m, at + GSO_SIZE);
    boolean known =
        size > 0
            && (result & PacketSink.CHECKSUM_PARTIAL) != 0
            && (gsoType == GSO_UDP_L4
                ? m.get(JAVA_BYTE, at + GSO_TYPE) == GSO_UDP_L4
                    && offset == UDP_CHECKSUM
                    && isSuperDatagram(m, packet, start, length, size)
                : (gsoType == GSO_TCPV4 || gsoType == GSO_TCPV6)
                    && offset == TCP_CHECKSUM
                    && start + TCP_LEAST <= length
                    && (gsoType == GSO_TCPV4) == isV4(m, packet));
    return known ? result | PacketSink.superSegment(size) : MALFORMED;
  }

  /**
   * Whether a packet with an unfinished checksum may be cut into datagrams: it is UDP right behind
   * its IP header, no fragment, with the length of the packet, as few pieces as the kernel makes,
   * and at least one whole one.
   */
  private static boolean isSuperDatagram(
      MemorySegment m, long packet, int start, int length, int size) {
    int payload = length - start - UDP_HEADER;
    if (size > payload || (payload - 1) / size >= MAX_DATAGRAMS) {
      return false;
    }
    if (isV4(m, packet)) {
      return m.get(JAVA_BYTE, packet + 9) == UDP
          && start >= V4_LEAST
          && (u16BigEndian(m, packet + 6) & V4_FRAGMENT) == 0;
    }
    return m.get(JAVA_BYTE, packet + 6) == UDP && start == V6_LENGTH;
  }

  /**
   * Whether the unfinished checksum is the one of the packet's own transport header: of a packet
   * within a packet it would say nothing of the outer one.
   */
  private static boolean isTransport(
      MemorySegment m, long packet, int length, int start, int offset) {
    if (length < TCP_LEAST || offset != TCP_CHECKSUM && offset != UDP_CHECKSUM) {
      return false;
    }
    if (isV4(m, packet)) {
      int protocol = m.get(JAVA_BYTE, packet + 9);
      return start == (m.get(JAVA_BYTE, packet) & 15) * 4
          && (protocol == TCP) == (offset == TCP_CHECKSUM);
    }
    if (length < V6_LENGTH) {
      return false;
    }
    // Behind extension headers too; within another IPv6 header it could not end here.
    int next = m.get(JAVA_BYTE, packet + 6);
    return next == TCP || next == 17 ? start == V6_LENGTH : start > V6_LENGTH && next != 41;
  }

  private static boolean isV4(MemorySegment m, long packet) {
    return (m.get(JAVA_BYTE, packet) & 0xf0) == 0x40;
  }

  private static int u16BigEndian(MemorySegment m, long at) {
    return (m.get(JAVA_BYTE, at) & 0xff) << 8 | m.get(JAVA_BYTE, at + 1) & 0xff;
  }

  private static int u16(MemorySegment m, long at) {
    return m.get(NATIVE_16, at) & 0xffff;
  }
}
