package dev.sinew.ip;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/**
 * Reads the beginning of a packet that is not all there or not all right: what an ICMP error
 * quotes. Addresses, protocol and the place of the transport header are all that is wanted, and the
 * lengths in the quote are not believed.
 */
final class QuotedPacket {
  private static final int MAX_EXTENSIONS = 8;

  private final IpPacket packet = new IpPacket();

  /** What {@link #parse} found; its payload ends where the quote ends. */
  IpPacket packet() {
    return packet;
  }

  /**
   * Reads a quote of {@code available} bytes.
   *
   * @return false when the quote is too short or no IP, or is a fragment without the transport
   *     header
   */
  boolean parse(MemorySegment m, long offset, int available) {
    IpPacket p = packet;
    p.memory = m;
    p.offset = offset;
    p.fragment = false;
    p.fragmentOffset = 0;
    p.totalLength = available;
    if (available < 1) {
      return false;
    }
    return switch (Bytes.u8(m, offset) >>> 4) {
      case 4 -> parseV4(p, available);
      case 6 -> parseV6(p, available);
      default -> false;
    };
  }

  private static boolean parseV4(IpPacket p, int available) {
    MemorySegment m = p.memory;
    p.v4 = true;
    int header = (Bytes.u8(m, p.offset) & 0xf) * 4;
    if (available < Ipv4Header.MIN_LENGTH || header < Ipv4Header.MIN_LENGTH || header > available) {
      return false;
    }
    p.sourceHigh = 0;
    p.sourceLow = Ipv4Header.MAPPED | Bytes.u32(m, p.offset + Ipv4Header.SOURCE);
    p.destinationHigh = 0;
    p.destinationLow = Ipv4Header.MAPPED | Bytes.u32(m, p.offset + Ipv4Header.DESTINATION);
    p.protocol = Bytes.u8(m, p.offset + Ipv4Header.PROTOCOL);
    setPayload(p, header, available);
    return (Bytes.u16(m, p.offset + Ipv4Header.FLAGS_AND_OFFSET) & Ipv4Header.OFFSET_MASK) == 0;
  }

  private static boolean parseV6(IpPacket p, int available) {
    MemorySegment m = p.memory;
    p.v4 = false;
    if (available < Ipv6Header.LENGTH) {
      return false;
    }
    p.sourceHigh = Bytes.i64(m, p.offset + Ipv6Header.SOURCE);
    p.sourceLow = Bytes.i64(m, p.offset + Ipv6Header.SOURCE + 8);
    p.destinationHigh = Bytes.i64(m, p.offset + Ipv6Header.DESTINATION);
    p.destinationLow = Bytes.i64(m, p.offset + Ipv6Header.DESTINATION + 8);
    int next = Bytes.u8(m, p.offset + Ipv6Header.NEXT_HEADER);
    int at = Ipv6Header.LENGTH;
    for (int count = 0; isExtension(next); count++) {
      if (count == MAX_EXTENSIONS || available - at < 8) {
        return false;
      }
      long header = p.offset + at;
      if (next == IpProtocol.FRAGMENT) {
        if ((Bytes.u16(m, header + Ipv6Header.FRAGMENT_OFFSET_AND_MORE) & 0xfff8) != 0) {
          return false;
        }
        at += Ipv6Header.FRAGMENT_LENGTH;
      } else {
        at += (Bytes.u8(m, header + Ipv6Header.EXT_LENGTH) + 1) * 8;
      }
      if (at > available) {
        return false;
      }
      next = Bytes.u8(m, header + Ipv6Header.EXT_NEXT_HEADER);
    }
    p.protocol = next;
    setPayload(p, at, available);
    return true;
  }

  private static boolean isExtension(int next) {
    return next == IpProtocol.HOP_BY_HOP
        || next == IpProtocol.ROUTING
        || next == IpProtocol.FRAGMENT
        || next == IpProtocol.DESTINATION_OPTIONS;
  }

  private static void setPayload(IpPacket p, int header, int available) {
    p.headerLength = header;
    p.payloadOffset = p.offset + header;
    p.payloadLength = available - header;
  }
}
