package dev.sinew.base;

/**
 * Sequence-number arithmetic modulo 2^32 (RFC 9293 section 3.4). The comparison is that of RFC 1982
 * on the signed difference: it is meaningful for numbers less than 2^31 apart, which every window
 * allowed by RFC 7323 (at most 2^30) guarantees.
 *
 * <p>This is the only class that may order sequence numbers.
 */
public final class SeqNum {
  private SeqNum() {}

  /** {@code a < b} in sequence space. */
  public static boolean lt(@Seq int a, @Seq int b) {
    return a - b < 0;
  }

  /** {@code a =< b} in sequence space. */
  public static boolean leq(@Seq int a, @Seq int b) {
    return a - b <= 0;
  }

  /** {@code a > b} in sequence space. */
  public static boolean gt(@Seq int a, @Seq int b) {
    return a - b > 0;
  }

  /** {@code a >= b} in sequence space. */
  public static boolean geq(@Seq int a, @Seq int b) {
    return a - b >= 0;
  }

  /** How far {@code a} lies after {@code b}: negative when it lies before. */
  public static int diff(@Seq int a, @Seq int b) {
    return a - b;
  }

  /** The later of the two. */
  public static @Seq int max(@Seq int a, @Seq int b) {
    return a - b >= 0 ? a : b;
  }

  /** The earlier of the two. */
  public static @Seq int min(@Seq int a, @Seq int b) {
    return a - b <= 0 ? a : b;
  }

  /**
   * {@code low =< x < low + size}; {@code size} is an unsigned 32-bit count held in a long, at most
   * 2^31.
   */
  public static boolean inWindow(@Seq int x, @Seq int low, long size) {
    return Integer.toUnsignedLong(x - low) < size;
  }

  /** {@code low < x =< high}, the form of RFC 9293's acceptable-ACK test. */
  public static boolean inOpenClosed(@Seq int x, @Seq int low, @Seq int high) {
    return lt(low, x) && leq(x, high);
  }
}
