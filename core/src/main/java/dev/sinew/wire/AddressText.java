package dev.sinew.wire;

import org.jspecify.annotations.Nullable;

/**
 * IP addresses as text: dotted quads, and for IPv6 the form of RFC 5952. Addresses are two longs as
 * in {@link IpPacket}; the text {@code ::ffff:1.2.3.4} and the text {@code 1.2.3.4} are the same
 * address.
 */
public final class AddressText {
  private AddressText() {}

  /** The usual text of an address. */
  public static String format(long high, long low) {
    StringBuilder out = new StringBuilder(39);
    append(out, high, low);
    return out.toString();
  }

  /** Appends the usual text of an address. */
  public static void append(StringBuilder out, long high, long low) {
    if (high == 0 && low >>> 32 == 0xffff) {
      appendV4(out, (int) low);
    } else {
      appendV6(out, high, low);
    }
  }

  /** Appends the dotted quad of the four bytes in {@code address}, first byte on top. */
  public static void appendV4(StringBuilder out, int address) {
    out.append(address >>> 24)
        .append('.')
        .append(address >>> 16 & 0xff)
        .append('.')
        .append(address >>> 8 & 0xff)
        .append('.')
        .append(address & 0xff);
  }

  /**
   * Appends the RFC 5952 form, also of an IPv4-mapped address: lower case, no leading zeros, the
   * first longest run of zeros as {@code ::}.
   */
  public static void appendV6(StringBuilder out, long high, long low) {
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int n = 0;
      while (i + n < 8 && group(high, low, i + n) == 0) {
        n++;
      }
      if (n > bestLength) {
        bestStart = i;
        bestLength = n;
      }
      i += n;
    }
    for (int i = 0; i < 8; i++) {
      if (i == bestStart) {
        out.append("::");
        i += bestLength - 1;
        continue;
      }
      if (i > 0 && i != bestStart + bestLength) {
        out.append(':');
      }
      out.append(Integer.toHexString(group(high, low, i)));
    }
  }

  /** Appends a hardware address: {@code 02:00:00:00:00:01}. */
  public static void appendMac(StringBuilder out, long mac) {
    for (int shift = 40; shift >= 0; shift -= 8) {
      int b = (int) (mac >>> shift) & 0xff;
      out.append(Character.forDigit(b >>> 4, 16)).append(Character.forDigit(b & 0xf, 16));
      if (shift > 0) {
        out.append(':');
      }
    }
  }

  /**
   * Reads a literal of either version.
   *
   * @return {high, low}, or null when the text is not exactly one address: names, zones, brackets,
   *     spaces, octal and shortened quads are not
   */
  public static long @Nullable [] parse(String text) {
    if (text.indexOf(':') < 0) {
      long v4 = parseV4(text, 0);
      return v4 < 0 ? null : new long[] {0, Ipv4Header.MAPPED | v4};
    }
    return parseV6(text);
  }

  private static int group(long high, long low, int i) {
    return (int) ((i < 4 ? high : low) >>> (3 - (i & 3)) * 16) & 0xffff;
  }

  /** The dotted quad from {@code from} to the end, or -1. */
  private static long parseV4(String text, int from) {
    long address = 0;
    int at = from;
    for (int part = 0; part < 4; part++) {
      if (part > 0) {
        if (at == text.length() || text.charAt(at) != '.') {
          return -1;
        }
        at++;
      }
      int start = at;
      int value = 0;
      while (at < text.length() && at - start < 3 && isDigit(text.charAt(at))) {
        value = value * 10 + text.charAt(at) - '0';
        at++;
      }
      boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
      if (at == start || value > 255 || leadingZero) {
        return -1;
      }
      address = address << 8 | value;
    }
    return at == text.length() ? address : -1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static long @Nullable [] parseV6(String text) {
    int[] groups = new int[8];
    int count = 0;
    int gap = -1;
    int at = 0;
    if (text.startsWith("::")) {
      gap = 0;
      at = 2;
    }
    while (at < text.length()) {
      if (count == 8) {
        return null;
      }
      int start = at;
      int value = 0;
      while (at < text.length() && at - start < 4 && hexDigit(text.charAt(at)) >= 0) {
        value = value << 4 | hexDigit(text.charAt(at));
        at++;
      }
      if (at < text.length() && text.charAt(at) == '.') {
        long v4 = parseV4(text, start);
        if (v4 < 0 || count > 6) {
          return null;
        }
        groups[count++] = (int) (v4 >>> 16);
        groups[count++] = (int) v4 & 0xffff;
        at = text.length();
        break;
      }
      if (at == start) {
        return null;
      }
      groups[count++] = value;
      if (at == text.length()) {
        break;
      }
      if (text.charAt(at) != ':') {
        return null;
      }
      at++;
      if (at < text.length() && text.charAt(at) == ':') {
        if (gap >= 0) {
          return null;
        }
        gap = count;
        at++;
      } else if (at == text.length()) {
        return null;
      }
    }
    if (gap < 0 ? count != 8 : count > 7) {
      return null;
    }
    long high = 0;
    long low = 0;
    int zeros = 8 - count;
    for (int i = 0; i < 8; i++) {
      int value;
      if (gap >= 0 && i >= gap) {
        value = i < gap + zeros ? 0 : groups[i - zeros];
      } else {
        value = groups[i];
      }
      if (i < 4) {
        high = high << 16 | value;
      } else {
        low = low << 16 | value;
      }
    }
    return new long[] {high, low};
  }

  private static int hexDigit(char c) {
    if (isDigit(c)) {
      return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' && c < 0x80 ? lower - 'a' + 10 : -1;
  }
}
