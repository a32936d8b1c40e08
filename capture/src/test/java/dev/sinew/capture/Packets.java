package dev.sinew.capture;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.TcpHeader;
import dev.sinew.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Small packets for the tests of this module; IPv4 runs between 10.0.0.1 and 10.0.0.2, IPv6 between
 * 2001:db8::1 and ::2.
 */
final class Packets {
  static final long LEFT = 0xffff_0a00_0001L;
  static final long RIGHT = 0xffff_0a00_0002L;
  static final long V6 = 0x2001_0db8_0000_0000L;

  private Packets() {}

  /** A segment from 10.0.0.1 port {@code from} when {@code forth}, else from 10.0.0.2. */
  static MemorySegment tcp(boolean forth, int from, int to, int flags, int seq, int ack, int data) {
    int length = 40 + data;
    MemorySegment m = Arena.ofAuto().allocate(length);
    long src = forth ? LEFT : RIGHT;
    long dst = forth ? RIGHT : LEFT;
    Ipv4Header.write(m, 0, 0, length, 1, 0, 64, 6, src, dst);
    TcpHeader.write(m, 20, from, to, seq, ack, 20, flags, 1000, 0);
    long sum = Checksum.addPseudoHeader(0, true, 0, src, 0, dst, 6, length - 20);
    Bytes.put16(m, 36, Checksum.finish(Checksum.add(sum, m, 20, length - 20)));
    return m;
  }

  static MemorySegment udp(boolean v4, int from, int to, int data) {
    int header = v4 ? 20 : 40;
    MemorySegment m = Arena.ofAuto().allocate(header + 8 + data);
    if (v4) {
      Ipv4Header.write(m, 0, 0, 28 + data, 1, 0, 64, 17, LEFT, RIGHT);
    } else {
      Ipv6Header.write(m, 0, 0, 0, 8 + data, 17, 64, V6, 1, V6, 2);
    }
    UdpHeader.write(m, header, from, to, 8 + data);
    return m;
  }

  static byte[] bytes(MemorySegment m) {
    return m.toArray(ValueLayout.JAVA_BYTE);
  }
}
