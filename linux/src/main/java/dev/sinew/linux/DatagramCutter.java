package dev.sinew.linux;

import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the super-datagrams that a program beside us sends with UDP_SEGMENT: on a veth cable nobody
 * cuts them on the way. Each becomes a packet of its own with the same headers; checksums stay
 * unfinished.
 */
final class DatagramCutter {
  private static final int LARGEST_PACKET = 65_536;
  private static final int UDP_HEADER = 8;
  private static final int UDP_LENGTH = 4;
  private static final int UDP_CHECKSUM = 6;

  private final Arena arena;
  private final int linkBytes;

  /** Made when it is needed first. */
  private @Nullable MemorySegment scratch;

  /**
   * @param linkBytes of the header before each packet, which goes with each
   */
  DatagramCutter(Arena arena, int linkBytes) {
    this.arena = arena;
    this.linkBytes = linkBytes;
  }

  /**
   * Hands over each datagram.
   *
   * @param at where the IP header begins in {@code from}
   * @param ipHeader bytes of the IP header
   * @param length bytes of the IP packet
   * @param size payload bytes of each datagram but the last
   */
  void cut(MemorySegment from, long at, int ipHeader, int length, int size, PacketSink sink) {
    MemorySegment m = scratch;
    if (m == null) {
      m = arena.allocate(TxPacket.HEADROOM + LARGEST_PACKET, 64);
      scratch = m;
    }
    long to = TxPacket.HEADROOM;
    boolean v4 = Bytes.u8(from, at) >>> 4 == 4;
    int headers = ipHeader + UDP_HEADER;
    int id = v4 ? Bytes.u16(from, at + Ipv4Header.IDENTIFICATION) : 0;
    int oldLength = length - ipHeader;
    int partial = Bytes.u16(from, at + ipHeader + UDP_CHECKSUM);
    for (int done = headers; done < length; done += size) {
      int n = Math.min(size, length - done);
      MemorySegment.copy(from, at - linkBytes, m, to - linkBytes, linkBytes + headers);
      MemorySegment.copy(from, at + done, m, to + headers, n);
      if (v4) {
        Bytes.put16(m, to + Ipv4Header.TOTAL_LENGTH, headers + n);
        Bytes.put16(m, to + Ipv4Header.IDENTIFICATION, id++);
        Ipv4Header.fillChecksum(m, to, ipHeader);
      } else {
        Bytes.put16(m, to + Ipv6Header.PAYLOAD_LENGTH, headers + n - Ipv6Header.LENGTH);
      }
      int udpLength = UDP_HEADER + n;
      Bytes.put16(m, to + ipHeader + UDP_LENGTH, udpLength);
      // The length is part of the pseudo-header, whose sum stands here uncomplemented (RFC 1624).
      int sum = ~Checksum.update(~partial & 0xffff, oldLength, udpLength) & 0xffff;
      Bytes.put16(m, to + ipHeader + UDP_CHECKSUM, sum);
      sink.packet(m, to, headers + n, PacketSink.CHECKSUM_VERIFIED | PacketSink.CHECKSUM_PARTIAL);
    }
  }
}
