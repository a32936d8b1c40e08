package dev.sinew.ip;

import org.jspecify.annotations.Nullable;

/**
 * An address with a prefix length: {@code 10.0.0.2/24}, {@code fd00::2/64}. As a network, the host
 * bits do not count.
 */
public record Prefix(IpAddress address, int length) {
  /**
   * @throws IllegalArgumentException when the length is not 0 to 32 (IPv4) or 0 to 128 (IPv6)
   */
  public Prefix {
    if (length < 0 || length > (address.isV4() ? 32 : 128)) {
      throw new IllegalArgumentException("prefix length out of range: " + length);
    }
  }

  /**
   * Reads {@code ADDRESS/LENGTH}, or a bare address as a host's own prefix (32 or 128); null when
   * it is neither.
   */
  public static @Nullable Prefix parse(String text) {
    int slash = text.indexOf('/');
    IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return null;
    }
    int most = address.isV4() ? 32 : 128;
    int length = slash < 0 ? most : parseLength(text, slash + 1);
    return length < 0 || length > most ? null : new Prefix(address, length);
  }

  /** One to three digits up to the end, or -1. */
  private static int parseLength(String text, int from) {
    int digits = text.length() - from;
    if (digits < 1 || digits > 3 || (digits > 1 && text.charAt(from) == '0')) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value;
  }

  /** True when the address lies in this network. Versions never mix. */
  public boolean contains(long high, long low) {
    return Addresses.isV4(high, low) == address.isV4()
        && Addresses.commonPrefix(high, low, address.high(), address.low()) >= mappedLength();
  }

  /** The prefix length within 128 bits: 96 more for IPv4, which is held IPv4-mapped. */
  int mappedLength() {
    return address.isV4() ? 96 + length : length;
  }

  /**
   * The broadcast address of an IPv4 network, or 0 where there is none (IPv6, and IPv4 prefixes of
   * 31 and 32 bits).
   */
  long broadcastLow() {
    return address.isV4() && length <= 30 ? address.low() | (0xffff_ffffL >>> length) : 0;
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
