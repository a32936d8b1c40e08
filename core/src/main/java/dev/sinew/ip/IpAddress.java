package dev.sinew.ip;

import org.jspecify.annotations.Nullable;

/**
 * An IP address of either version as a value; IPv4 is held IPv4-mapped (high 0, low {@code 0x0000ffff_aabbccdd}), as in
 * {@link dev.sinew.wire.IpPacket}.
 */
public record IpAddress(long high, long low) {
  /** 0.0.0.0 */
  public static final IpAddress ANY_V4 = new IpAddress(0, 0x0000_ffff_0000_0000L);

  /** :: */
  public static final IpAddress ANY_V6 = new IpAddress(0, 0);

  /** The IPv4 address of the four bytes in {@code bits}, first byte on top. */
  public static IpAddress v4(int bits) {
    return new IpAddress(0, 0x0000_ffff_0000_0000L | (bits & 0xffff_ffffL));
  }

  /** Reads a literal of either version; null when it is none. Names are not looked up. */
  public static @Nullable IpAddress parse(String text) {
    throw new IllegalStateException();
  }

  /** The address of 4 or 16 bytes in network order. */
  public static IpAddress of(byte[] bytes) {
    throw new IllegalStateException();
  }

  /** 4 or 16 bytes in network order. */
  public byte[] bytes() {
    throw new IllegalStateException();
  }

  public boolean isV4() {
    return high == 0 && low >>> 32 == 0xffff;
  }

  /** 0.0.0.0 or :: */
  public boolean isAny() {
    return (low & ~0x0000_ffff_0000_0000L) == 0 && high == 0 && (low == 0 || isV4());
  }

  /** 127.0.0.0/8 or ::1. */
  public boolean isLoopback() {
    return isV4() ? (low >>> 24 & 0xff) == 127 : high == 0 && low == 1;
  }

  /** 224.0.0.0/4 or ff00::/8. */
  public boolean isMulticast() {
    return isV4() ? (low >>> 28 & 0xf) == 0xe : high >>> 56 == 0xff;
  }

  /** The usual text: dotted quad, or RFC 5952. */
  @Override
  public String toString() {
    return Long.toHexString(high) + ":" + Long.toHexString(low);
  }
}
