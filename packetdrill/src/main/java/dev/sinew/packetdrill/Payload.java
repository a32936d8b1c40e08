package dev.sinew.packetdrill;

/** Bytes that tell where in their stream they belong: a misplaced byte shows. */
final class Payload {
  private Payload() {}

  /** The byte at a position, counted from the first byte of the stream. */
  static byte at(long position) {
    long x = position * 0x9e37_79b9_7f4a_7c15L;
    return (byte) (x >>> 56 ^ x >>> 32);
  }

  static byte[] bytes(long position, int length) {
    byte[] b = new byte[length];
    for (int i = 0; i < length; i++) {
      b[i] = at(position + i);
    }
    return b;
  }
}
