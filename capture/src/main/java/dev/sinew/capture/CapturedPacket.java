package dev.sinew.capture;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * One packet of a capture file.
 *
 * @param interfaceName the name that the file gives, or empty
 * @param linkType what the bytes begin with: a constant of {@link LinkType} or another number
 * @param timeNanos nanoseconds since the epoch, or 0 where the file has no time
 * @param bytes what was captured
 * @param length bytes on the link, not below the number captured
 * @param comments of the packet
 */
public record CapturedPacket(
    String interfaceName,
    int linkType,
    long timeNanos,
    byte[] bytes,
    int length,
    List<String> comments) {
  private static final int VLAN = 0x8100;
  private static final int SERVICE_VLAN = 0x88a8;

  /**
   * Where the IP packet begins in {@link #bytes}, or -1 when there is none. VLAN tags are skipped.
   */
  public int ipOffset() {
    int at =
        switch (linkType) {
          case LinkType.RAW, 12, 14, LinkType.IPV4, LinkType.IPV6 -> 0;
          case LinkType.NULL, LinkType.LOOP -> 4;
          case LinkType.ETHERNET -> ethernet();
          case LinkType.LINUX_SLL -> isIp(u16(14)) ? 16 : -1;
          case LinkType.LINUX_SLL2 -> isIp(u16(0)) ? 20 : -1;
          default -> -1;
        };
    if (at < 0 || at >= bytes.length) {
      return -1;
    }
    int version = (bytes[at] & 0xf0) >>> 4;
    return version == 4 || version == 6 ? at : -1;
  }

  private int ethernet() {
    int at = 12;
    int type = u16(at);
    while (type == VLAN || type == SERVICE_VLAN) {
      at += 4;
      type = u16(at);
    }
    return isIp(type) ? at + 2 : -1;
  }

  private static boolean isIp(int etherType) {
    return etherType == 0x0800 || etherType == 0x86dd;
  }

  /** The 16 bits at {@code at}, or -1 beyond the end. */
  private int u16(int at) {
    return at + 2 > bytes.length ? -1 : (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  /** The bytes in native memory of exactly their length. */
  public MemorySegment copyTo(Arena arena) {
    MemorySegment m = arena.allocate(bytes.length);
    MemorySegment.copy(bytes, 0, m, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return m;
  }
}
