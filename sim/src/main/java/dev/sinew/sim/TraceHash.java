package dev.sinew.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A hash of everything that happened, in its order: two runs with the same hash did the same. */
final class TraceHash {
  private static final long PRIME = 0x9fb21c651e98df25L;
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private long state = 0x2545f4914f6cdd1dL;

  void add(long word) {
    long h = (state ^ word) * PRIME;
    state = h ^ (h >>> 29) ^ (h << 17);
  }

  /** Bytes; four sums side by side, because one would wait for its own multiplications. */
  void add(MemorySegment memory, long offset, int length) {
    long a = state;
    long b = PRIME;
    long c = ~state;
    long d = length;
    int blocks = length >>> 5;
    long at = offset;
    for (int i = 0; i < blocks; i++, at += 32) {
      a = (a ^ memory.get(WORD, at)) * PRIME;
      b = (b ^ memory.get(WORD, at + 8)) * PRIME;
      c = (c ^ memory.get(WORD, at + 16)) * PRIME;
      d = (d ^ memory.get(WORD, at + 24)) * PRIME;
      a ^= a >>> 32;
      b ^= b >>> 32;
      c ^= c >>> 32;
      d ^= d >>> 32;
    }
    state = a;
    add(b);
    add(c);
    add(d);
    long end = offset + length;
    for (; at + 8 <= end; at += 8) {
      add(memory.get(WORD, at));
    }
    long rest = 0;
    for (; at < end; at++) {
      rest = rest << 8 | (memory.get(ValueLayout.JAVA_BYTE, at) & 0xff);
    }
    add(rest);
  }

  long value() {
    long z = state;
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    return z ^ (z >>> 33);
  }
}
