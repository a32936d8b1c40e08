package dev.sinew.sim;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The two bits of ECN in an IP header (RFC 3168 section 5), as a router on the way changes them.
 */
final class EcnField {
  private static final int CE = 3;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int CHECKSUM = 10;

  private EcnField() {}

  /**
   * Sets Congestion Experienced in a packet of an ECN-capable transport.
   *
   * @return false when it is none: it has to be dropped instead
   */
  static boolean markCongestion(MemorySegment m, long at, int length) {
    int version = length == 0 ? 0 : Bytes.u8(m, at) >>> 4;
    if (version == 4 && length >= IPV4_HEADER) {
      int before = Bytes.u16(m, at);
      if ((before & CE) == 0) {
        return false;
      }
      int after = before | CE;
      Bytes.put16(m, at, after);
      // RFC 1624 equation 3, so that a header damaged before stays damaged.
      Bytes.put16(m, at + CHECKSUM, Checksum.update(Bytes.u16(m, at + CHECKSUM), before, after));
      return true;
    }
    if (version == 6 && length >= IPV6_HEADER) {
      // The traffic class is four bits into the header: its lowest two are bits 4 and 5 of byte 1.
      int second = Bytes.u8(m, at + 1);
      if ((second & CE << 4) == 0) {
        return false;
      }
      m.set(ValueLayout.JAVA_BYTE, at + 1, (byte) (second | CE << 4));
      return true;
    }
    return false;
  }
}
