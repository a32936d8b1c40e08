package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * The Ethernet II header. A hardware address is the lower 48 bits of a long, its first byte on top.
 */
public final class EthernetHeader {
  private EthernetHeader() {}

  public static final int DESTINATION = 0;
  public static final int SOURCE = 6;
  public static final int TYPE = 12;
  public static final int LENGTH = 14;

  public static final int TYPE_IPV4 = 0x0800;
  public static final int TYPE_ARP = 0x0806;
  public static final int TYPE_IPV6 = 0x86dd;

  public static final long BROADCAST = 0xffff_ffff_ffffL;

  /**
   * Writes a header.
   *
   * @return {@link #LENGTH}
   */
  public static int write(MemorySegment m, long at, long destination, long source, int type) {
    putMac(m, at + DESTINATION, destination);
    putMac(m, at + SOURCE, source);
    Bytes.put16(m, at + TYPE, type);
    return LENGTH;
  }

  /**
   * The type of a frame of {@code length} bytes, or -1 when it is too short, or of the older kind
   * that has a length there.
   */
  public static int type(MemorySegment m, long at, int length) {
    if (length < LENGTH) {
      return -1;
    }
    int type = Bytes.u16(m, at + TYPE);
    return type < 0x600 ? -1 : type;
  }

  /** The hardware address at {@code at}. */
  public static long mac(MemorySegment m, long at) {
    return (long) Bytes.u16(m, at) << 32 | Bytes.u32(m, at + 2);
  }

  public static void putMac(MemorySegment m, long at, long mac) {
    Bytes.put16(m, at, (int) (mac >>> 32));
    Bytes.put32(m, at + 2, (int) mac);
  }

  /** As people write it: {@code 02:00:00:00:00:01}. */
  public static String text(long mac) {
    StringBuilder b = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (mac >>> shift) & 0xff;
      b.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 15, 16));
      if (shift > 0) {
        b.append(':');
      }
    }
    return b.toString();
  }

  /** True for group addresses, broadcast included. */
  public static boolean isGroup(long mac) {
    return (mac >>> 40 & 1) != 0;
  }
}
