package dev.sinew.sockets;

import org.jspecify.annotations.Nullable;

/**
 * A place where threads wait for one thing (an endpoint's input, its output). Made by whoever
 * waits, filled by the {@link Runner}; what it holds belongs to the runner and is guarded by the
 * runner's exclusion.
 */
public final class Waiter {
  private @Nullable Object slot;

  public Waiter() {}

  /** The runner's own record of who waits here; null when nobody does. For runners only. */
  public @Nullable Object slot() {
    return slot;
  }

  /** Replaces the runner's record. For runners only. */
  public void slot(@Nullable Object slot) {
    this.slot = slot;
  }
}
