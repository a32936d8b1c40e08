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

  /**
   * Bytes; four pairs of sums side by side, as in Fletcher's checksum: nothing waits for a
   * multiplication.
   */
  void add(MemorySegment memory, long offset, int length) {
    long a = length;
    long b = 0;
    long c = 0;
    long d = 0;
    long aa = 0;
    long bb = 0;
    long cc = 0;
    long dd = 0;
    int blocks = length >>> 5;
    for (int i = 0; i < blocks; i++) {
      long at = offset + i * 32L;
      a += memory.get(WORD, at);
      b += memory.get(WORD, at + 8);
      c += memory.get(WORD, at + 16);
      d += memory.get(WORD, at + 24);
      aa += a;
      bb += b;
      cc += c;
      dd += d;
    }
    add(a);
    add(b);
    add(c);
    add(d);
    add(aa + (bb << 16 | bb >>> 48));
    add(cc + (dd << 16 | dd >>> 48));
    long at = offset + blocks * 32L;
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
