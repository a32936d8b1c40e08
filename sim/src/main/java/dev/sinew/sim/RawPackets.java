package dev.sinew.sim;

import dev.sinew.ip.IpAddress;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Packets made by hand, with good checksums, for {@link Direction#inject}: attackers, scanners and
 * other senders without a stack.
 */
public final class RawPackets {
  private static final int TTL = 64;

  private RawPackets() {}

  /**
   * A TCP segment without options in an IP packet.
   *
   * @param flags bits of {@link dev.sinew.wire.TcpHeader}
   * @param window the field, not scaled
   */
  public static byte[] tcp(
      IpAddress source,
      int sourcePort,
      IpAddress destination,
      int destinationPort,
      int seq,
      int ack,
      int flags,
      int window,
      byte... data) {
    byte[] t = new byte[20 + data.length];
    System.arraycopy(data, 0, t, 20, data.length);
    MemorySegment m = Arena.ofAuto().allocate(t.length, 8);
    MemorySegment.copy(t, 0, m, ValueLayout.JAVA_BYTE, 0, t.length);
    Bytes.put16(m, 0, sourcePort);
    Bytes.put16(m, 2, destinationPort);
    Bytes.put32(m, 4, seq);
    Bytes.put32(m, 8, ack);
    Bytes.put8(m, 12, 5 << 4);
    Bytes.put8(m, 13, flags);
    Bytes.put16(m, 14, window);
    return packet(source, destination, IpProtocol.TCP, m, 16);
  }

  /** A UDP datagram in an IP packet. */
  public static byte[] udp(
      IpAddress source, int sourcePort, IpAddress destination, int destinationPort, byte... data) {
    MemorySegment m = Arena.ofAuto().allocate(8L + data.length, 8);
    MemorySegment.copy(data, 0, m, ValueLayout.JAVA_BYTE, 8, data.length);
    Bytes.put16(m, 0, sourcePort);
    Bytes.put16(m, 2, destinationPort);
    Bytes.put16(m, 4, 8 + data.length);
    return packet(source, destination, IpProtocol.UDP, m, 6);
  }

  private static byte[] packet(
      IpAddress source,
      IpAddress destination,
      int protocol,
      MemorySegment transport,
      int checksumAt) {
    boolean v4 = source.isV4();
    if (v4 != destination.isV4()) {
      throw new IllegalArgumentException(source + " and " + destination + " differ in version");
    }
    int length = (int) transport.byteSize();
    long sum =
        Checksum.addPseudoHeader(
            0,
            v4,
            source.high(),
            source.low(),
            destination.high(),
            destination.low(),
            protocol,
            length);
    int checksum = Checksum.finish(Checksum.add(sum, transport, 0, length));
    Bytes.put16(transport, checksumAt, checksum == 0 && protocol == IpProtocol.UDP ? -1 : checksum);
    int header = v4 ? 20 : 40;
    MemorySegment p = Arena.ofAuto().allocate((long) header + length, 8);
    if (v4) {
      Bytes.put8(p, 0, 0x45);
      Bytes.put16(p, 2, header + length);
      Bytes.put8(p, 8, TTL);
      Bytes.put8(p, 9, protocol);
      Bytes.put32(p, 12, (int) source.low());
      Bytes.put32(p, 16, (int) destination.low());
      Bytes.put16(p, 10, Checksum.finish(Checksum.add(0, p, 0, header)));
    } else {
      Bytes.put8(p, 0, 0x60);
      Bytes.put16(p, 4, length);
      Bytes.put8(p, 6, protocol);
      Bytes.put8(p, 7, TTL);
      Bytes.put64(p, 8, source.high());
      Bytes.put64(p, 16, source.low());
      Bytes.put64(p, 24, destination.high());
      Bytes.put64(p, 32, destination.low());
    }
    MemorySegment.copy(transport, 0, p, header, length);
    return p.toArray(ValueLayout.JAVA_BYTE);
  }
}
