package dev.sinew.sockets;

/** How a {@link RealTimeRunner} waits for its links: processor time against latency. */
public enum PollMode {
  /** The driver never sleeps: the shortest latency for one processor. */
  SPIN,
  /** Looks again and again for at most 50 microseconds after something happened, then sleeps. */
  ADAPTIVE,
  /** Sleeps at once. */
  BLOCK
}
