package dev.sinew.tcp.congestion;

/**
 * CUBIC (RFC 9438). Windows are bytes; times in the cubic function are 1/1024 s, in which the cube
 * of a quarter of an hour still fits into 60 bits.
 */
final class Cubic extends WindowControl {
  /** C is 0.4 segments per second cubed (section 5.1). */
  private static final long C_TENTHS = 4;

  private static final int TIME_BITS = 10;
  private static final long MAX_TIME = 1L << 20;
  private static final long SECOND = 1_000_000_000L;

  /** alpha_cubic = 3 (1 - 0.7) / (1 + 0.7) = 9/17 (section 4.3). */
  private static final long ALPHA_NUMERATOR = 9;

  private static final long ALPHA_DENOMINATOR = 17;

  /** W_max; 0 where none is known. */
  private long wMax;

  /** cwnd_prior. */
  private long cwndPrior;

  /** K in 1/1024 s. */
  private long k;

  /** t_epoch, moved on by the time in which the window was not used; -1 before the first ACK. */
  private long epochAt = -1;

  private long lastAckAt;

  /** W_est, and what is left of the last division. */
  private long wEst;

  private long wEstRest;

  /** What is left of the last division of the window's increase. */
  private long growRest;

  private long undoWMax;
  private long undoCwndPrior;
  private long undoK;
  private long undoEpochAt;
  private long undoWEst;

  Cubic(boolean paced, boolean hyStart) {
    this(paced, hyStart, 8);
  }

  Cubic(boolean paced, boolean hyStart, int slowStartLimitSegments) {
    super(paced, hyStart, slowStartLimitSegments);
  }

  @Override
  public String name() {
    return "cubic";
  }

  @Override
  void avoid(long acked, AckSample ack) {
    if (epochAt < 0) {
      startEpoch(ack.now);
    }
    lastAckAt = ack.now;
    long t = ack.now - epochAt;
    growEstimate(acked);
    if (cubic(t) < wEst) {
      // Section 4.3, the Reno-friendly region.
      window = Math.max(window, wEst);
      growRest = 0;
      return;
    }
    // Sections 4.2, 4.4 and 4.5: towards where the curve is one round-trip time from now.
    long target = Math.clamp(cubic(t + ack.srttNanos), window, window + window / 2);
    growRest += (target - window) * acked;
    long grow = growRest / window;
    growRest -= grow * window;
    window += grow;
  }

  /** Section 4.2: t must not include the time in which the window was not used. */
  @Override
  void unused(AckSample ack) {
    if (epochAt >= 0) {
      epochAt += ack.now - lastAckAt;
      lastAckAt = ack.now;
    }
  }

  @Override
  public void onTransmitAfterIdle(long now) {
    if (epochAt >= 0) {
      epochAt += now - lastAckAt;
      lastAckAt = now;
    }
  }

  private void startEpoch(long now) {
    epochAt = now;
    lastAckAt = now;
    // Sections 4.8 and 4.10: without a W_max the curve begins on its plateau.
    wMax = Math.max(wMax, window);
    k = rootOfDeficit(wMax - window);
    wEst = window;
    wEstRest = 0;
    growRest = 0;
  }

  /** W_cubic: C (t - K)^3 + W_max. */
  private long cubic(long nanos) {
    // The cap comes first: a longer time would overflow, and gives a larger window than any.
    long t = Math.min(nanos, MAX_TIME * (SECOND >> TIME_BITS)) * (1 << TIME_BITS) / SECOND;
    long d = Math.abs(t - k);
    long rise = ((d * d * d >> 2 * TIME_BITS) * mss * C_TENTHS / 10) >> TIME_BITS;
    return wMax + (t < k ? -rise : rise);
  }

  /** K: cube root of (W_max - cwnd_epoch) / C. */
  private long rootOfDeficit(long bytes) {
    return cubeRoot(((bytes * 10 / C_TENTHS << 2 * TIME_BITS) / mss) << TIME_BITS);
  }

  /** The integer part of the cube root of 0 to 2^60. */
  static long cubeRoot(long x) {
    if (x >= 1L << 60) {
      return MAX_TIME;
    }
    long root = 0;
    for (long bit = MAX_TIME >> 1; bit > 0; bit >>= 1) {
      long next = root | bit;
      if (next * next * next <= x) {
        root = next;
      }
    }
    return root;
  }

  /** Section 4.3: what Reno's window would be; with its own slope once it has caught up. */
  private void growEstimate(long acked) {
    long alpha = wEst >= cwndPrior ? ALPHA_DENOMINATOR : ALPHA_NUMERATOR;
    wEstRest += alpha * mss * acked;
    long divisor = ALPHA_DENOMINATOR * window;
    long grow = wEstRest / divisor;
    wEstRest -= grow * divisor;
    wEst += grow;
  }

  /** Section 4.10. */
  @Override
  void slowStartLeft() {
    cwndPrior = window;
    wMax = 0;
    epochAt = -1;
  }

  /** beta_cubic is 0.7 (section 4.6). */
  @Override
  long decreased(long bytes) {
    return bytes * 7 / 10;
  }

  @Override
  void reducing(Cause cause) {
    cwndPrior = window;
    epochAt = -1;
    if (cause == Cause.TIMEOUT) {
      wMax = 0; // Section 4.8.
    } else {
      // Section 4.7, fast convergence: (1 + 0.7) / 2.
      wMax = window < wMax ? window * 17 / 20 : window;
    }
  }

  @Override
  void save() {
    undoWMax = wMax;
    undoCwndPrior = cwndPrior;
    undoK = k;
    undoEpochAt = epochAt;
    undoWEst = wEst;
  }

  /** Section 4.9.2. */
  @Override
  void restore() {
    wMax = undoWMax;
    cwndPrior = undoCwndPrior;
    k = undoK;
    epochAt = undoEpochAt;
    wEst = undoWEst;
  }

  /**
   * RFC 9438 section 4.6 lets cwnd stand for FlightSize where the window grows only when it is used
   * (section 5.8): what is in flight at the end of a transfer says nothing of the path.
   */
  @Override
  long used(long inFlight) {
    return window;
  }
}
