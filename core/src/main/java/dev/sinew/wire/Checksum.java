package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * The Internet checksum (RFC 1071). Sums are one's-complement sums kept in a long in the machine's byte order; {@link #finish} turns one into the
 * 16 bits that stand in a header.
 */
public final class Checksum {
  private Checksum() {}

  /** Adds {@code length} bytes to a partial sum; the bytes begin at an even place of what is summed. */
  public static long add(long sum, MemorySegment s, long offset, long length) {
    throw new IllegalStateException();
  }

  /** Adds bytes that begin at an odd place of what is summed. */
  public static long addOdd(long sum, MemorySegment s, long offset, long length) {
    throw new IllegalStateException();
  }

  /** Adds the pseudo-header of RFC 9293 section 3.1 or RFC 8200 section 8.1; addresses as in {@link IpPacket}. */
  public static long addPseudoHeader(
      long sum, boolean v4, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int protocol, int length) {
    throw new IllegalStateException();
  }

  /** The folded 16-bit one's-complement sum, not complemented, as the big-endian value of the field. */
  public static int fold(long sum) {
    throw new IllegalStateException();
  }

  /** The checksum as the big-endian value of the field: the complement of {@link #fold}. */
  public static int finish(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /** The checksum after one 16-bit word of what it covers changed (RFC 1624 equation 3). */
  public static int update(int checksum, int oldWord, int newWord) {
    throw new IllegalStateException();
  }
}
