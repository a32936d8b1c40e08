package dev.sinew.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071). Sums are one's-complement sums kept in a long in the machine's
 * byte order; {@link #finish} turns one into the 16 bits that stand in a header. A sum may be
 * carried through any number of additions: each adds less than 2^34.
 */
public final class Checksum {
  private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final long LOW_32 = 0xffff_ffffL;

  private Checksum() {}

  /**
   * Adds {@code length} bytes to a partial sum; the bytes begin at an even place of what is summed.
   *
   * @param length 0 to 2^31 - 1
   */
  public static long add(long sum, MemorySegment s, long offset, long length) {
    // A counted loop with an int index and one plain sum: the compiler makes vector instructions of
    // exactly
    // this shape. Unrolled by hand it is half as fast, with a long index slower still
    // (ChecksumBench).
    int words = (int) (length >>> 3);
    long folded = 0;
    for (int i = 0; i < words; i++) {
      long v = s.get(I64, offset + i * 8L);
      folded += (v & LOW_32) + (v >>> 32);
    }
    long at = offset + words * 8L;
    long end = offset + length;
    if (end - at >= 4) {
      folded += s.get(I32, at) & LOW_32;
      at += 4;
    }
    if (end - at >= 2) {
      folded += s.get(I16, at) & 0xffff;
      at += 2;
    }
    if (at < end) {
      int b = s.get(ValueLayout.JAVA_BYTE, at) & 0xff;
      folded += LITTLE ? b : b << 8;
    }
    return sum + fold32(folded);
  }

  /**
   * Adds bytes that begin at an odd place of what is summed: their sum with its bytes swapped (RFC
   * 1071 section 2 (B)).
   */
  public static long addOdd(long sum, MemorySegment s, long offset, long length) {
    return sum + swap(fold16(add(0, s, offset, length)));
  }

  /**
   * Adds the pseudo-header of RFC 9293 section 3.1 or RFC 8200 section 8.1; addresses as in {@link
   * IpPacket}.
   *
   * @param length bytes of the transport header and its data
   */
  public static long addPseudoHeader(
      long sum,
      boolean v4,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int protocol,
      int length) {
    long be = (sourceLow & LOW_32) + (destinationLow & LOW_32) + protocol + length;
    if (!v4) {
      be += (sourceLow >>> 32) + (destinationLow >>> 32);
      be += (sourceHigh >>> 32) + (sourceHigh & LOW_32);
      be += (destinationHigh >>> 32) + (destinationHigh & LOW_32);
    }
    int word = fold16(be);
    return sum + (LITTLE ? swap(word) : word);
  }

  /**
   * The folded 16-bit one's-complement sum, not complemented, as the big-endian value of the field.
   */
  public static int fold(long sum) {
    int word = fold16(sum);
    return LITTLE ? swap(word) : word;
  }

  /** The checksum as the big-endian value of the field: the complement of {@link #fold}. */
  public static int finish(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /**
   * True when a sum over everything that a checksum covers, the checksum field included, shows no
   * damage.
   */
  public static boolean isGood(long sum) {
    return fold16(sum) == 0xffff;
  }

  /** The checksum after one 16-bit word of what it covers changed (RFC 1624 equation 3). */
  public static int update(int checksum, int oldWord, int newWord) {
    return ~fold16((~checksum & 0xffff) + (~oldWord & 0xffff) + (newWord & 0xffff)) & 0xffff;
  }

  /** Adds the two halves: congruent modulo 2^16 - 1 and below 2^33. */
  private static long fold32(long sum) {
    return (sum & LOW_32) + (sum >>> 32);
  }

  private static int fold16(long sum) {
    long s = fold32(fold32(sum));
    s = (s & 0xffff) + (s >>> 16);
    s = (s & 0xffff) + (s >>> 16);
    return (int) s;
  }

  private static int swap(int word) {
    return (word & 0xff) << 8 | word >>> 8;
  }
}
