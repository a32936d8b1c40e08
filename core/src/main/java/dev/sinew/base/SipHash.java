package dev.sinew.base;

/**
 * SipHash-2-4 with a 128-bit key over up to a few 64-bit words: the pseudo-random function behind
 * initial sequence numbers (RFC 6528), timestamp offsets, ports (RFC 6056), SYN cookies and the
 * hash tables. Words are hashed as if written little-endian one after the other.
 */
public final class SipHash {
  private final long k0;
  private final long k1;

  /** Draws a key of its own from {@code entropy}. */
  public SipHash(EntropySource entropy) {
    this(entropy.nextLong(), entropy.nextLong());
  }

  /** Uses the given key. */
  public SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** The hash of one word. */
  public long hash(long a) {
    return hash(1, a, 0, 0, 0, 0);
  }

  /** The hash of two words. */
  public long hash(long a, long b) {
    return hash(2, a, b, 0, 0, 0);
  }

  /** The hash of three words. */
  public long hash(long a, long b, long c) {
    return hash(3, a, b, c, 0, 0);
  }

  /** The hash of four words: two addresses. */
  public long hash(long a, long b, long c, long d) {
    return hash(4, a, b, c, d, 0);
  }

  /** The hash of five words: two addresses of two words each, and one for the ports. */
  public long hash(long a, long b, long c, long d, long e) {
    return hash(5, a, b, c, d, e);
  }

  private long hash(int words, long a, long b, long c, long d, long e) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    // The message words, then one word that holds the length in its top byte, then four rounds of
    // finalisation.
    for (int i = 0; i <= words; i++) {
      long m =
          i == words
              ? (long) words << 59
              : switch (i) {
                case 0 -> a;
                case 1 -> b;
                case 2 -> c;
                case 3 -> d;
                default -> e;
              };
      v3 ^= m;
      for (int r = 0; r < 2; r++) {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= m;
    }
    v2 ^= 0xff;
    for (int r = 0; r < 4; r++) {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
