package dev.sinew.capture.analysis;

import java.util.ArrayList;
import java.util.List;

/** Gaps in what was seen of one direction: stretches of positions, lowest first. Bounded. */
final class Ranges {
  private static final int MAX = 1024;

  private record Range(long from, long to) {}

  private final List<Range> gaps = new ArrayList<>();

  /** Positions {@code from} to {@code to} have been left out. */
  void add(long from, long to) {
    if (gaps.size() == MAX) {
      gaps.removeFirst();
    }
    gaps.add(new Range(from, to));
  }

  /** Positions have been seen; true when any of them was in a gap. */
  boolean fill(long from, long to) {
    boolean filled = false;
    for (int i = 0; i < gaps.size(); i++) {
      Range g = gaps.get(i);
      if (from < g.to && to > g.from) {
        filled = true;
        gaps.remove(i--);
        if (g.from < from) {
          gaps.add(++i, new Range(g.from, from));
        }
        if (g.to > to) {
          gaps.add(++i, new Range(to, g.to));
        }
      }
    }
    return filled;
  }

  boolean isEmpty() {
    return gaps.isEmpty();
  }
}
