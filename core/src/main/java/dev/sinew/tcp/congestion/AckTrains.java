package dev.sinew.tcp.congestion;

/**
 * How Linux leaves slow start (the HyStart of tcp_cubic): when the acknowledgements of one round
 * come in a row for longer than half of the least round-trip time, or when eight of a round have
 * come and not one as fast as it should. Both look only at windows of 16 segments or more, and a
 * round is what was in flight at its first such acknowledgement.
 */
final class AckTrains {
  private static final long MS = 1_000_000L;
  private static final long NEVER = Long.MAX_VALUE;
  private static final int LEAST_WINDOW = 16;
  private static final long TRAIN_GAP_NANOS = 2 * MS;
  private static final int SAMPLES = 8;
  private static final long LEAST_DELAY_NANOS = 4 * MS;
  private static final long MOST_DELAY_NANOS = 16 * MS;

  /** What super-segments of 64 KiB may hold back, at twice the window a round trip. */
  private static final long HELD_BACK_BYTES = 4 * 65_536 / 2;

  private final boolean paced;
  private boolean found;
  private long leastRtt = NEVER;
  private long acked;
  private long roundEnd;
  private long roundStartAt;
  private long lastAt;
  private long roundRtt = NEVER;
  private int samples;

  /**
   * @param paced acknowledgements come spread over the round trip then, and all of it counts
   */
  AckTrains(boolean paced) {
    this.paced = paced;
  }

  /** A timeout: slow start begins anew. */
  void reset() {
    found = false;
    leastRtt = NEVER;
    acked = 0;
    roundEnd = 0;
  }

  /** The least round-trip time in milliseconds, rounded up. */
  long leastRttMillis() {
    return leastRtt == NEVER ? 0 : (leastRtt + MS - 1) / MS;
  }

  /**
   * An acknowledgement came.
   *
   * @param window what may be in flight before it counts
   * @param lately less than a second of congestion avoidance has passed: what it measures says
   *     nothing
   * @return true when slow start is over
   */
  boolean onAck(AckSample ack, long window, int mss, boolean slowStart, boolean lately) {
    acked += ack.ackedBytes;
    if (ack.rttNanos < 0 || lately) {
      return false;
    }
    leastRtt = Math.min(leastRtt, Math.max(1, ack.rttNanos));
    if (found || !slowStart || window < (long) LEAST_WINDOW * mss) {
      return false;
    }
    if (acked > roundEnd) {
      roundEnd = acked + ack.inFlightBytes;
      roundStartAt = ack.now;
      lastAt = ack.now;
      roundRtt = NEVER;
      samples = 0;
    }
    found = train(ack, window) | late(ack.rttNanos);
    return found;
  }

  private boolean train(AckSample ack, long window) {
    if (ack.now - lastAt > TRAIN_GAP_NANOS) {
      return false;
    }
    lastAt = ack.now;
    long most = leastRtt + Math.min(MS, HELD_BACK_BYTES * ack.srttNanos / window);
    return ack.now - roundStartAt > (paced ? most : most / 2);
  }

  private boolean late(long rtt) {
    roundRtt = Math.min(roundRtt, rtt);
    if (samples < SAMPLES) {
      samples++;
      return false;
    }
    return roundRtt > leastRtt + Math.clamp(leastRtt / 8, LEAST_DELAY_NANOS, MOST_DELAY_NANOS);
  }
}
