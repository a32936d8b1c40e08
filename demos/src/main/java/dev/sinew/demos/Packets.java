package dev.sinew.demos;

import dev.sinew.ip.IpAddress;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Packets made by hand, for attackers and for what came too late. */
final class Packets {
  private Packets() {}

  /** The address that a literal of a demo says; anything else is a mistake of the demo. */
  static IpAddress address(String literal) {
    IpAddress address = IpAddress.parse(literal);
    if (address == null) {
      throw new IllegalArgumentException("not an IP address: " + literal);
    }
    return address;
  }

  /** A segment without options, checksums right. */
  static byte[] tcp(
      IpAddress from,
      int fromPort,
      IpAddress to,
      int toPort,
      int seq,
      int ack,
      int flags,
      int window,
      byte[] data) {
    int segment = TcpHeader.MIN_LENGTH + data.length;
    byte[] packet = new byte[Ipv4Header.MIN_LENGTH + segment];
    MemorySegment m = MemorySegment.ofArray(packet);
    Ipv4Header.write(
        m,
        0,
        0,
        packet.length,
        1,
        Ipv4Header.DONT_FRAGMENT,
        64,
        IpProtocol.TCP,
        from.low(),
        to.low());
    long at = Ipv4Header.MIN_LENGTH;
    Bytes.put16(m, at + TcpHeader.SOURCE_PORT, fromPort);
    Bytes.put16(m, at + TcpHeader.DESTINATION_PORT, toPort);
    Bytes.put32(m, at + TcpHeader.SEQUENCE, seq);
    Bytes.put32(m, at + TcpHeader.ACKNOWLEDGMENT, ack);
    Bytes.put16(m, at + TcpHeader.DATA_OFFSET, 5 << 12 | flags);
    Bytes.put16(m, at + TcpHeader.WINDOW, window);
    MemorySegment.copy(data, 0, m, ValueLayout.JAVA_BYTE, at + TcpHeader.MIN_LENGTH, data.length);
    long sum = Checksum.add(0, m, at, segment);
    sum = Checksum.addPseudoHeader(sum, true, 0, from.low(), 0, to.low(), IpProtocol.TCP, segment);
    Bytes.put16(m, at + TcpHeader.CHECKSUM, Checksum.finish(sum));
    return packet;
  }
}
