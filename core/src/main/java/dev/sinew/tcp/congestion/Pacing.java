package dev.sinew.tcp.congestion;

/** Arithmetic of rates in bytes per second, exact in 64 bits where that is possible. */
final class Pacing {
  static final long SECOND = 1_000_000_000L;
  private static final long MS = 1_000_000L;
  private static final long LARGEST_QUANTUM = 65_536;

  private Pacing() {}

  /**
   * How much leaves at once (draft-ietf-ccwg-bbr section 5.6.3): what a millisecond carries, two
   * segments at least, 64 KiB at most.
   */
  static long quantum(long rate, int mss) {
    return Math.max(Math.min(bytesIn(MS, rate), LARGEST_QUANTUM), 2L * mss);
  }

  /** How many bytes {@code rate} carries in a time. */
  static long bytesIn(long nanos, long rate) {
    return multiplyDivide(rate, nanos, SECOND);
  }

  /** How long {@code rate} takes for so many bytes. */
  static long nanosFor(long bytes, long rate) {
    return multiplyDivide(bytes, SECOND, Math.max(1, rate));
  }

  /** a * b / c for numbers that are not negative; the largest long where the result is larger. */
  static long multiplyDivide(long a, long b, long c) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    if (high == 0 && low >= 0) {
      return low / c;
    }
    // 128 by 64 bits, by long division over 32 bits at a time; c is below 2^62 here.
    if (high >= c) {
      return Long.MAX_VALUE;
    }
    long rest = high;
    long quotient = 0;
    for (int i = 63; i >= 0; i--) {
      rest = rest << 1 | low >>> i & 1;
      quotient <<= 1;
      if (Long.compareUnsigned(rest, c) >= 0) {
        rest -= c;
        quotient |= 1;
      }
    }
    return quotient < 0 ? Long.MAX_VALUE : quotient;
  }
}
