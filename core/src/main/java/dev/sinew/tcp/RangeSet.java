package dev.sinew.tcp;

import java.util.Arrays;

/**
 * Sorted, disjoint, non-adjacent ranges [start, end) of stream positions: what has arrived beyond
 * the first gap. Bounded in count; look-ups are binary searches.
 */
final class RangeSet {
  private long[] starts = new long[2];
  private long[] ends = new long[2];
  private int count;

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  long start(int i) {
    return starts[i];
  }

  long end(int i) {
    return ends[i];
  }

  /** The end of the last range; only when not empty. */
  long lastEnd() {
    return ends[count - 1];
  }

  /** Bytes in all ranges. */
  long total() {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += ends[i] - starts[i];
    }
    return sum;
  }

  /**
   * The first range that ends after {@code position}: it holds the position, or is the next one;
   * {@link #count} when there is none.
   */
  int firstEndingAfter(long position) {
    int low = 0;
    int high = count;
    while (low < high) {
      int mid = (low + high) >>> 1;
      if (ends[mid] > position) {
        high = mid;
      } else {
        low = mid + 1;
      }
    }
    return low;
  }

  /** True when the position lies in a range. */
  boolean contains(long position) {
    int i = firstEndingAfter(position);
    return i < count && starts[i] <= position;
  }

  /** Whether adding the range would need one more entry than {@code limit} allows. */
  boolean wouldExceed(long start, long end, int limit) {
    int i = firstEndingAfter(start - 1);
    return (i == count || starts[i] > end) && count >= limit;
  }

  /** Adds a range, merging what it touches. Returns the index of the range that holds it now. */
  int add(long start, long end) {
    int i = firstEndingAfter(start - 1);
    if (i == count || starts[i] > end) {
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, count * 2);
        ends = Arrays.copyOf(ends, count * 2);
      }
      System.arraycopy(starts, i, starts, i + 1, count - i);
      System.arraycopy(ends, i, ends, i + 1, count - i);
      starts[i] = start;
      ends[i] = end;
      count++;
      return i;
    }
    starts[i] = Math.min(starts[i], start);
    int last = i;
    while (last + 1 < count && starts[last + 1] <= end) {
      last++;
    }
    ends[i] = Math.max(ends[last], end);
    removeRange(i + 1, last + 1);
    return i;
  }

  /** Removes the first range. */
  void removeFirst() {
    removeRange(0, 1);
  }

  void clear() {
    count = 0;
  }

  private void removeRange(int from, int to) {
    if (from == to) {
      return;
    }
    System.arraycopy(starts, to, starts, from, count - to);
    System.arraycopy(ends, to, ends, from, count - to);
    count -= to - from;
  }
}
