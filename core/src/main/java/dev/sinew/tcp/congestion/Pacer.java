package dev.sinew.tcp.congestion;

/**
 * Says when data may leave, so that it leaves at the controller's rate: a quantum at once, the next
 * one when the time for it has passed. A timer that fires late loses nothing, up to a millisecond
 * or one step of a coarse clock; a sender that had nothing to send earns nothing.
 */
public final class Pacer {
  private static final long LEAST_CREDIT_NANOS = 1_000_000L;

  /** A rate however small does not hold data for longer. */
  private static final long LONGEST_HOLD_NANOS = 5_000_000_000L;

  private final long creditNanos;
  private long rate;

  /** When what has left would all have left at the rate. */
  private long paidAt = Long.MIN_VALUE;

  private boolean holding;

  /** When the last wait ended; what was late by then is made up for in that moment. */
  private long releasedAt = Long.MIN_VALUE;

  /**
   * @param clockResolutionNanos how coarse the clock is that timers go by
   */
  public Pacer(long clockResolutionNanos) {
    this.creditNanos = Math.max(LEAST_CREDIT_NANOS, clockResolutionNanos);
  }

  /**
   * Whether data must wait until {@link #releaseAt}.
   *
   * @param rate bytes per second, not 0
   */
  public boolean holds(long rate, int mss, long now) {
    if (rate != this.rate) {
      if (paidAt > now) {
        paidAt = now + Pacing.multiplyDivide(paidAt - now, this.rate, rate);
      }
      this.rate = rate;
    }
    if (paidAt <= now) {
      if (holding) {
        holding = false;
        releasedAt = now;
        paidAt = Math.max(paidAt, now - creditNanos);
      } else if (now != releasedAt) {
        paidAt = now;
      }
      return false;
    }
    if (!holding) {
      holding = paidAt - now >= Pacing.nanosFor(Pacing.quantum(rate, mss), rate);
    }
    if (holding) {
      paidAt = Math.min(paidAt, now + LONGEST_HOLD_NANOS);
    }
    return holding;
  }

  /** How much may leave before {@link #holds} says yes; after it said no. */
  public long room(int mss, long now) {
    long quantum = Pacing.quantum(rate, mss);
    return paidAt <= now ? quantum : quantum - Pacing.bytesIn(paidAt - now, rate);
  }

  /** Data has left; after {@link #holds} said no. */
  public void sent(long bytes) {
    paidAt += Pacing.nanosFor(bytes, rate);
  }

  /** When the wait ends. */
  public long releaseAt() {
    return paidAt;
  }
}
