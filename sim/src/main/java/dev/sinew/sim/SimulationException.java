package dev.sinew.sim;

import org.jspecify.annotations.Nullable;

/**
 * A simulation went wrong: an invariant was violated, a program failed or hangs. The message holds
 * the seed, the time and the last packets.
 */
public final class SimulationException extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final long seed;
  private final long timeNanos;

  SimulationException(
      String what,
      long seed,
      long timeNanos,
      String replay,
      String lastLines,
      @Nullable Throwable cause) {
    super(
        what
            + "\n  seed "
            + seed
            + ", virtual time "
            + Times.text(timeNanos)
            + (replay.isEmpty() ? "" : "\n  replay: " + replay)
            + (lastLines.isEmpty() ? "" : "\n  last packets:\n" + lastLines),
        cause);
    this.seed = seed;
    this.timeNanos = timeNanos;
  }

  /** The seed that repeats it. */
  public long seed() {
    return seed;
  }

  /** The virtual time at which it was noticed. */
  public long timeNanos() {
    return timeNanos;
  }
}
