package dev.sinew.base;

/** A stack's counters. They belong to whoever runs the stack and only grow. */
public final class Counters {
  private final long[] values = new long[Counter.values().length];

  /** Adds one. */
  public void inc(Counter c) {
    values[c.ordinal()]++;
  }

  /** Adds {@code n}. */
  public void add(Counter c, long n) {
    values[c.ordinal()] += n;
  }

  /** The count since the stack was built. */
  public long get(Counter c) {
    return values[c.ordinal()];
  }
}
