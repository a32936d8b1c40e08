package dev.sinew.ip;

import dev.sinew.wire.AddressText;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An IP address of either version as a value; IPv4 is held IPv4-mapped (high 0, low {@code
 * 0x0000ffff_aabbccdd}), as in {@link dev.sinew.wire.IpPacket}.
 */
public record IpAddress(long high, long low) {
  private static final long MAPPED = 0x0000_ffff_0000_0000L;

  /** 0.0.0.0 */
  public static final IpAddress ANY_V4 = new IpAddress(0, MAPPED);

  /** :: */
  public static final IpAddress ANY_V6 = new IpAddress(0, 0);

  /** The IPv4 address of the four bytes in {@code bits}, first byte on top. */
  public static IpAddress v4(int bits) {
    return new IpAddress(0, MAPPED | (bits & 0xffff_ffffL));
  }

  /** Reads a literal of either version; null when it is none. Names are not looked up. */
  public static @Nullable IpAddress parse(String text) {
    long[] words = AddressText.parse(text);
    return words == null ? null : new IpAddress(words[0], words[1]);
  }

  /**
   * The address of 4 or 16 bytes in network order. Sixteen bytes that hold an IPv4-mapped address
   * are that IPv4 address.
   *
   * @throws IllegalArgumentException for any other number of bytes
   */
  public static IpAddress of(byte[] bytes) {
    return switch (bytes.length) {
      case 4 -> v4(ByteBuffer.wrap(bytes).getInt());
      case 16 -> {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        yield new IpAddress(b.getLong(), b.getLong());
      }
      default ->
          throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
    };
  }

  /** 4 or 16 bytes in network order. */
  public byte[] bytes() {
    return isV4()
        ? ByteBuffer.allocate(4).putInt((int) low).array()
        : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  public boolean isV4() {
    return Addresses.isV4(high, low);
  }

  /** 0.0.0.0 or :: */
  public boolean isAny() {
    return Addresses.isUnspecified(high, low);
  }

  /** 127.0.0.0/8 or ::1. */
  public boolean isLoopback() {
    return Addresses.isLoopback(high, low);
  }

  /** 224.0.0.0/4 or ff00::/8. */
  public boolean isMulticast() {
    return Addresses.isMulticast(high, low);
  }

  /** The usual text: dotted quad, or RFC 5952. */
  @Override
  public String toString() {
    return AddressText.format(high, low);
  }
}
