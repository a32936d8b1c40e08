package dev.sinew.tcp;

/**
 * The bytes of a stream by their position, different for either direction, so that no byte can be
 * taken for another nearby.
 */
final class Pattern {
  private Pattern() {}

  /** What the peer sends. */
  static byte[] peer(int position, int length) {
    return bytes(position, length, 0x5bd1e995);
  }

  /** What the stack under test sends. */
  static byte[] stack(int position, int length) {
    return bytes(position, length, 0x27d4eb2f);
  }

  static byte at(long position, int seed) {
    int x = (int) (position ^ position >>> 32) * 0x9e3779b1 + seed;
    return (byte) (x >>> 24 ^ x >>> 11);
  }

  private static byte[] bytes(int position, int length, int seed) {
    byte[] b = new byte[length];
    for (int i = 0; i < length; i++) {
      b[i] = at(position + i, seed);
    }
    return b;
  }
}
