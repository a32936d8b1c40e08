package dev.sinew.sim;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import java.lang.foreign.MemorySegment;

/**
 * Changes fields of a packet as a router on the way does: each checksum that covers a field is
 * moved by the difference (RFC 1624 equation 3), so a packet that was damaged before stays damaged.
 */
final class Rewrite {
  private Rewrite() {}

  /** Sets 16 bits at an even place. A checksum at -1 is none. */
  static void word(MemorySegment m, long at, int value, long firstChecksum, long secondChecksum) {
    int before = Bytes.u16(m, at);
    Bytes.put16(m, at, value);
    move(m, firstChecksum, before, value);
    move(m, secondChecksum, before, value);
  }

  /** Sets an IPv4 address. */
  static void address(
      MemorySegment m, long at, int value, long firstChecksum, long secondChecksum) {
    word(m, at, value >>> 16, firstChecksum, secondChecksum);
    word(m, at + 2, value & 0xffff, firstChecksum, secondChecksum);
  }

  private static void move(MemorySegment m, long checksum, int before, int after) {
    if (checksum >= 0) {
      Bytes.put16(m, checksum, Checksum.update(Bytes.u16(m, checksum), before, after));
    }
  }
}
