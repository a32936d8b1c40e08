package dev.sinew.sim;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A stream whose bytes follow from their position, so that the receiver can tell whether what it
 * got is a prefix of what was written (invariant I1) without a copy of it: a byte that is missing,
 * doubled or moved does not fit.
 */
public final class Payload {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long stream;

  /**
   * @param stream names the stream; others have other bytes
   */
  public Payload(long stream) {
    this.stream = stream * 0x9e3779b97f4a7c15L;
  }

  /** The byte at a position, counted from 0. */
  public byte at(long position) {
    return (byte) (word(position >>> 3) >>> (8 * (position & 7)));
  }

  private long word(long index) {
    long z = (stream + index) * 0xbf58476d1ce4e5b9L;
    return (z ^ (z >>> 29)) * 0x94d049bb133111ebL;
  }

  /** Writes the bytes from {@code position} on. */
  public void fill(byte[] target, int offset, int length, long position) {
    int i = 0;
    for (; i < length && ((position + i) & 7) != 0; i++) {
      target[offset + i] = at(position + i);
    }
    for (; i + 8 <= length; i += 8) {
      WORDS.set(target, offset + i, word((position + i) >>> 3));
    }
    for (; i < length; i++) {
      target[offset + i] = at(position + i);
    }
  }

  /** The first position at which the bytes are not those of the stream, or -1. */
  public long firstWrong(byte[] bytes, int offset, int length, long position) {
    int i = 0;
    while (i < length) {
      if (((position + i) & 7) == 0 && i + 8 <= length) {
        if ((long) WORDS.get(bytes, offset + i) == word((position + i) >>> 3)) {
          i += 8;
          continue;
        }
      }
      if (bytes[offset + i] != at(position + i)) {
        return position + i;
      }
      i++;
    }
    return -1;
  }
}
