package dev.sinew.sockets;

/**
 * A place where threads wait for one thing (an endpoint's input, its output). Made by whoever waits, filled by the {@link Runner}; its fields
 * belong to the runner.
 */
public final class Waiter {
  /** The runner's own record of who waits here. Guarded by the runner's exclusion. */
  @org.jspecify.annotations.Nullable Object slot;

  public Waiter() {}
}
