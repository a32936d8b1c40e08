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

  void add(MemorySegment memory, long offset, int length) {
    int at = 0;
    for (; at + 8 <= length; at += 8) {
      add(memory.get(WORD, offset + at));
    }
    long rest = 0;
    for (; at < length; at++) {
      rest = rest << 8 | (memory.get(ValueLayout.JAVA_BYTE, offset + at) & 0xff);
    }
    add(rest);
    add(length);
  }

  long value() {
    long z = state;
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    return z ^ (z >>> 33);
  }
}
