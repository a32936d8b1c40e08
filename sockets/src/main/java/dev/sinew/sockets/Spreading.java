package dev.sinew.sockets;

import dev.sinew.link.Link;

/**
 * When the flows of a device are spread over its queues, each of which has a thread: several flows
 * that keep one thread from coming to an end. Not for less: with one thread awake instead of two,
 * what comes is answered sooner. Guarded by the runner's lock, but for {@link #isOn}.
 */
final class Spreading {
  /** So many looks, less those that were not, have found a full batch of several flows. */
  static final int FULL_LOOKS = 64;

  /** With less than both in an interval one thread has time enough: 1 Gbit/s. */
  static final long LEAST_BYTES = 12_500_000;

  static final int LEAST_PACKETS = 20_000;

  static final long INTERVAL_NANOS = 100_000_000;

  private final Link link;
  private volatile boolean on;
  private boolean over;
  private int pressure;
  private long begin;
  private long bytes;
  private long packets;

  Spreading(Link link) {
    this.link = link;
  }

  /** Each queue is read by its own thread now, without the stack; from any thread. */
  boolean isOn() {
    return on;
  }

  /**
   * A look at one of the queues has found something.
   *
   * @param full as much as is taken at once, of more than one flow
   */
  void saw(long now, int packetCount, long byteCount, boolean full) {
    if (!on) {
      pressure = full ? pressure + 1 : Math.max(0, pressure - 1);
      if (pressure >= FULL_LOOKS && !over) {
        pressure = 0;
        on = link.spread(true);
        over = !on;
        start(now);
      }
      return;
    }
    packets += packetCount;
    bytes += byteCount;
    long intervals = (now - begin) / INTERVAL_NANOS;
    if (intervals > 0) {
      if (packets < LEAST_PACKETS * intervals && bytes < LEAST_BYTES * intervals) {
        on = !link.spread(false);
      }
      start(now);
    }
  }

  /** One of the queues is read no more: all flows come to the first from now on. */
  void end() {
    over = true;
    on = on && !link.spread(false);
  }

  private void start(long now) {
    begin = now;
    bytes = 0;
    packets = 0;
  }
}
