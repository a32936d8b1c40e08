package dev.sinew.sim;

/**
 * A stream whose bytes follow from their position, so that the receiver can tell whether what it
 * got is a prefix of what was written (invariant I1) without a copy of it: a byte that is missing,
 * doubled or moved does not fit.
 */
public final class Payload {
  private final long stream;

  /**
   * @param stream names the stream; others have other bytes
   */
  public Payload(long stream) {
    this.stream = stream * 0x9e3779b97f4a7c15L;
  }

  /** The byte at a position, counted from 0. */
  public byte at(long position) {
    long z = (stream + (position >>> 3)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 29)) * 0x94d049bb133111ebL;
    return (byte) (z >>> (8 * (position & 7)));
  }

  /** Writes the bytes from {@code position} on. */
  public void fill(byte[] target, int offset, int length, long position) {
    for (int i = 0; i < length; i++) {
      target[offset + i] = at(position + i);
    }
  }

  /** The first position at which the bytes are not those of the stream, or -1. */
  public long firstWrong(byte[] bytes, int offset, int length, long position) {
    for (int i = 0; i < length; i++) {
      if (bytes[offset + i] != at(position + i)) {
        return position + i;
      }
    }
    return -1;
  }
}
