package dev.sinew.tcp;

import dev.sinew.base.Seq;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks the next SACK option holds, in which order: a duplicate that has just come (RFC 2883
 * section 4), the ranges behind a gap that changed last, the youngest first (RFC 2018 section 4),
 * and as many others as there is room for. Exists while there is something to report.
 */
final class SackReport {
  private static final int MOST = 4;

  /** Start positions of the ranges that changed last, the youngest first. */
  private final long[] recent = new long[MOST];

  private int recentCount;
  private boolean duplicate;
  @Seq private int duplicateStart;
  @Seq private int duplicateEnd;

  /** A duplicate waits to be reported. */
  boolean hasDuplicate() {
    return duplicate;
  }

  /** The segment that has just come repeats [start, end): the next ACK says so, and only that. */
  void duplicate(@Seq int start, @Seq int end) {
    duplicate = true;
    duplicateStart = start;
    duplicateEnd = end;
  }

  /** An ACK went out: each duplicate is reported once (RFC 2883 section 4, rule 2). */
  void sent() {
    duplicate = false;
  }

  /** Puts the range at {@code start} first, and forgets entries that it swallowed. */
  void touch(long start, long end) {
    forget(start, end);
    recentCount = Math.min(recentCount + 1, MOST);
    System.arraycopy(recent, 0, recent, 1, recentCount - 1);
    recent[0] = start;
  }

  /** Takes the ranges that begin in [from, to) out. */
  void forget(long from, long to) {
    int kept = 0;
    for (int i = 0; i < recentCount; i++) {
      if (recent[i] < from || recent[i] >= to) {
        recent[kept++] = recent[i];
      }
    }
    recentCount = kept;
  }

  /** No range is left. */
  void clear() {
    recentCount = 0;
  }

  /**
   * Fills in the blocks.
   *
   * @param origin the sequence number of position 0
   * @param ranges what waits behind a gap
   * @param edges left edge at 2i, right edge at 2i + 1
   * @param most how many blocks fit, at most 4
   * @return how many there are
   */
  int blocks(@Seq int origin, @Nullable RangeSet ranges, @Seq int[] edges, int most) {
    int n = 0;
    if (duplicate && n < most) {
      edges[0] = duplicateStart;
      edges[1] = duplicateEnd;
      n = 1;
    }
    if (ranges == null) {
      return n;
    }
    for (int i = 0; i < recentCount && n < most; i++) {
      n = put(origin, ranges, ranges.firstEndingAfter(recent[i]), edges, n);
    }
    // "As many distinct SACK blocks as possible": those that changed longer ago.
    for (int i = ranges.count() - 1; i >= 0 && n < most; i--) {
      if (!isRecent(ranges.start(i))) {
        n = put(origin, ranges, i, edges, n);
      }
    }
    return n;
  }

  private boolean isRecent(long start) {
    for (int i = 0; i < recentCount; i++) {
      if (recent[i] == start) {
        return true;
      }
    }
    return false;
  }

  private static int put(@Seq int origin, RangeSet ranges, int i, @Seq int[] edges, int n) {
    edges[2 * n] = origin + (int) ranges.start(i);
    edges[2 * n + 1] = origin + (int) ranges.end(i);
    return n + 1;
  }
}
