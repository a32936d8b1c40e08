package dev.sinew.link;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.EthernetHeader;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.UdpHeader;
import java.lang.foreign.MemorySegment;

/**
 * Joins datagrams that wait one behind the other into one packet that the link cuts again: those of
 * one flow, with equal IP headers, of equal length, of which the last may be shorter. Their payload
 * stays where it is. IPv4's identification counts on from the first datagram's; the stack's
 * identifications of a flow never go back, so what the cut datagrams get nobody else has.
 */
final class SuperDatagram {
  private static final int MAX_PACKET = 65_535;

  /** The bits that only a fragment has. */
  private static final int FRAGMENT = Ipv4Header.MORE_FRAGMENTS | Ipv4Header.OFFSET_MASK;

  private final TxPacket packet;

  /**
   * @param packet in which the super-datagrams are made, one after the other
   */
  SuperDatagram(TxPacket packet) {
    this.packet = packet;
  }

  /** What {@link #join} has made; its slices are the joined packets'. */
  TxPacket packet() {
    return packet;
  }

  /**
   * Joins the datagram at {@code head} with those behind it, up to {@code tail}.
   *
   * @param ring whose length is a power of two
   * @return how many were joined; 1 when there is nothing to join, and then nothing was made
   */
  int join(TxPacket[] ring, long head, long tail, boolean ethernet) {
    int mask = ring.length - 1;
    TxPacket first = ring[(int) head & mask];
    int size = payload(first);
    if (size <= 0) {
      return 1;
    }
    int limit = MAX_PACKET - first.checksumStart() - UdpHeader.HEADER_LENGTH;
    int most = (int) Math.min(tail - head, LinkProperties.MAX_DATAGRAMS);
    int count = 1;
    int bytes = size;
    for (int last = size; last == size && count < most; count++) {
      TxPacket next = ring[(int) (head + count) & mask];
      last = payload(next);
      if (last <= 0 || last > size || bytes + last > limit || !alike(first, next, ethernet)) {
        break;
      }
      bytes += last;
    }
    if (count > 1) {
      write(first, size, bytes);
      for (int i = 0; i < count; i++) {
        append(ring[(int) (head + i) & mask]);
      }
    }
    return count;
  }

  /**
   * Payload bytes of a UDP datagram that may be joined, which lies in one piece behind its headers
   * or in the block behind them; 0 or less for every other packet.
   */
  private static int payload(TxPacket p) {
    int start = p.checksumStart();
    if (start == 0 || p.checksumProtocol() != IpProtocol.UDP || p.segmentSize() != 0) {
      return 0;
    }
    MemorySegment m = p.header();
    long at = p.headerOffset();
    boolean plain =
        Bytes.u8(m, at) >>> 4 == 4
            ? start == Ipv4Header.MIN_LENGTH
                && (Bytes.u16(m, at + Ipv4Header.FLAGS_AND_OFFSET) & FRAGMENT) == 0
            : start == Ipv6Header.LENGTH;
    int behind = p.headerLength() - start - UdpHeader.HEADER_LENGTH;
    boolean onePiece = p.sliceCount() == 0 || p.sliceCount() == 1 && behind == 0;
    return plain && onePiece ? behind + p.payloadLength() : 0;
  }

  /** Same link header, same IP header but for length, identification and checksum, same ports. */
  private static boolean alike(TxPacket p, TxPacket q, boolean ethernet) {
    MemorySegment a = p.header();
    MemorySegment b = q.header();
    long i = p.headerOffset();
    long j = q.headerOffset();
    int start = p.checksumStart();
    if (start != q.checksumStart()
        || Bytes.i32(a, i + start) != Bytes.i32(b, j + start)
        || ethernet && !equal(a, i - EthernetHeader.LENGTH, b, j - EthernetHeader.LENGTH, 14)) {
      return false;
    }
    return start == Ipv4Header.MIN_LENGTH
        ? equal(a, i, b, j, Ipv4Header.TOTAL_LENGTH)
            && equal(a, i + 6, b, j + 6, 4)
            && equal(a, i + Ipv4Header.SOURCE, b, j + Ipv4Header.SOURCE, 8)
        : equal(a, i, b, j, Ipv6Header.PAYLOAD_LENGTH)
            && equal(a, i + 6, b, j + 6, Ipv6Header.LENGTH - 6);
  }

  /** An even number of bytes, which are few. */
  private static boolean equal(MemorySegment a, long i, MemorySegment b, long j, int bytes) {
    int at = 0;
    for (; at + 8 <= bytes; at += 8) {
      if (Bytes.i64(a, i + at) != Bytes.i64(b, j + at)) {
        return false;
      }
    }
    for (; at < bytes; at += 2) {
      if (Bytes.u16(a, i + at) != Bytes.u16(b, j + at)) {
        return false;
      }
    }
    return true;
  }

  /** The headers of the first datagram, with the lengths and the unfinished checksum of all. */
  private void write(TxPacket first, int size, int bytes) {
    packet.reset();
    int ipHeader = first.checksumStart();
    int headers = ipHeader + UdpHeader.HEADER_LENGTH;
    MemorySegment m = packet.header();
    long at = packet.headerOffset();
    MemorySegment.copy(
        first.header(),
        first.headerOffset() - TxPacket.HEADROOM,
        m,
        at - TxPacket.HEADROOM,
        TxPacket.HEADROOM + headers);
    packet.headerLength(headers);
    if (ipHeader == Ipv4Header.MIN_LENGTH) {
      Bytes.put16(m, at + Ipv4Header.TOTAL_LENGTH, headers + bytes);
      Ipv4Header.fillChecksum(m, at, ipHeader);
    } else {
      Bytes.put16(m, at + Ipv6Header.PAYLOAD_LENGTH, UdpHeader.HEADER_LENGTH + bytes);
    }
    long udp = at + ipHeader;
    int length = UdpHeader.HEADER_LENGTH + bytes;
    Bytes.put16(m, udp + UdpHeader.LENGTH, length);
    // The length is part of the pseudo-header, whose sum stands here uncomplemented (RFC 1624).
    int partial = Bytes.u16(m, udp + UdpHeader.CHECKSUM);
    int sum = Checksum.update(~partial & 0xffff, UdpHeader.HEADER_LENGTH + size, length);
    Bytes.put16(m, udp + UdpHeader.CHECKSUM, ~sum & 0xffff);
    packet.checksumByLink(ipHeader, UdpHeader.CHECKSUM);
    packet.segmentSize(size);
  }

  private void append(TxPacket p) {
    int headers = packet.headerLength();
    if (p.sliceCount() == 0) {
      packet.addForeignSlice(p.header(), p.headerOffset() + headers, p.headerLength() - headers);
    } else {
      packet.addForeignSlice(p.sliceMemory(0), p.sliceOffset(0), p.sliceLength(0));
    }
  }
}
