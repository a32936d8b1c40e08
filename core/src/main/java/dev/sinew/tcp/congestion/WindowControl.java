package dev.sinew.tcp.congestion;

import org.jspecify.annotations.Nullable;

/**
 * What the controllers that count losses share: slow start (RFC 5681 section 3.1, counting bytes as
 * in RFC 3465), the reduction and its undoing, idle periods, and the pace. How the window grows in
 * congestion avoidance, and how far it shrinks, is the heir's.
 */
abstract class WindowControl implements CongestionControl, Resumable {
  /**
   * No window is larger: twice of what a TCP can ever have in flight (RFC 7323 section 2.3), so the
   * arithmetic of 64 bits holds.
   */
  static final long MAX_WINDOW = 1L << 31;

  private static final long NO_THRESHOLD = Long.MAX_VALUE / 2;
  private static final long SECOND = 1_000_000_000L;

  /** Below this round-trip time a pace would be finer than the timers that keep it. */
  private static final long LEAST_PACED_RTT_NANOS = 1_000_000L;

  int mss = 536;
  long window;
  long threshold = NO_THRESHOLD;
  private final boolean paced;
  private final int slowStartLimitSegments;
  private final @Nullable HyStart hyStart;
  private long initialWindow;
  private long srttNanos;

  /** The slow start that repairs what a timeout lost. */
  private boolean afterTimeout;

  /** Acknowledged so far, and up to where the window counts as used in full. */
  private long ackedBytes;

  private long limitedUntil = -1;

  /** The most in flight in this round. */
  private long roundFlight;

  // ---- what the last reduction took away; the window is 0 when there is nothing to give back
  private long undoWindow;
  private long undoThreshold;
  private boolean undoTimeout;

  WindowControl(boolean paced, boolean hyStart, int slowStartLimitSegments) {
    this.slowStartLimitSegments = slowStartLimitSegments;
    this.paced = paced;
    this.hyStart = hyStart ? new HyStart() : null;
  }

  // ---- what an heir decides

  /** Congestion avoidance: {@code acked} bytes were acknowledged while the window was used. */
  abstract void avoid(long acked, AckSample ack);

  /** Congestion avoidance went by without the window being used. */
  void unused(AckSample ack) {}

  /** Slow start ended without a loss; the threshold is the window. */
  void slowStartLeft() {}

  /** {@code bytes} times the factor of a multiplicative decrease. */
  abstract long decreased(long bytes);

  /** The window is about to shrink. */
  abstract void reducing(Cause cause);

  /** Each acknowledgement, before the window grows by it: slow start may be ended here. */
  void heard(AckSample ack) {}

  /** Keeps what {@link #restore} brings back. */
  abstract void save();

  abstract void restore();

  // ---- the contract

  @Override
  public final void start(int mss, long initialWindow) {
    this.mss = mss;
    this.initialWindow = initialWindow;
    this.window = initialWindow;
  }

  @Override
  public final void resume(long window, long threshold) {
    this.window = Math.max(window, mss);
    this.threshold = threshold;
    if (window >= threshold) {
      slowStartLeft();
    }
  }

  @Override
  public final long window() {
    return window;
  }

  @Override
  public final long threshold() {
    return threshold;
  }

  /**
   * Twice what the window alone gives in slow start, so that it can still double in a round, and
   * 6/5 of it later, so that a pause is made up for.
   */
  @Override
  public final long pacingRate() {
    if (!paced || srttNanos < LEAST_PACED_RTT_NANOS) {
      return 0;
    }
    long perSecond = window * SECOND / srttNanos;
    return Math.max(1, window < threshold ? perSecond * 2 : perSecond * 6 / 5);
  }

  @Override
  public final void onAck(AckSample ack) {
    srttNanos = ack.srttNanos;
    heard(ack);
    boolean used = used(ack);
    if (ack.inRecovery && !ack.afterTimeout || ack.congestionEchoed) {
      return;
    }
    long acked = ack.ackedBytes - ack.countedBytes;
    if (window < threshold) {
      acked = slowStart(acked, ack, used);
      if (window < threshold) {
        return;
      }
    }
    if (used) {
      avoid(Math.min(acked, window), ack);
      window = Math.min(window, MAX_WINDOW);
    } else {
      unused(ack);
    }
  }

  /** Returns what is left of {@code acked} for congestion avoidance. */
  private long slowStart(long acked, AckSample ack, boolean used) {
    HyStart h = threshold == NO_THRESHOLD ? hyStart : null;
    boolean leave = h != null && h.onAck(ack, ack.ackedBytes > mss, window);
    long grow = 0;
    if (used) {
      long limited = Math.min(acked, growthLimit());
      grow = Math.min(h != null ? h.growth(limited) : limited, threshold - window);
      grow = Math.min(grow, MAX_WINDOW - window);
      window += grow;
    }
    if (leave) {
      threshold = window;
      slowStartLeft();
      return 0;
    }
    return acked - grow;
  }

  /**
   * L of RFC 3465: one segment while a timeout is repaired (section 2.3), two otherwise; with
   * HyStart++ eight, or any number where a pace spreads the burst (RFC 9406 section 4.3).
   */
  long growthLimit() {
    if (afterTimeout) {
      return mss;
    }
    if (hyStart == null) {
      return 2L * mss;
    }
    return paced ? Long.MAX_VALUE : (long) slowStartLimitSegments * mss;
  }

  /**
   * Whether the window is used, so that it may grow: it was what held the sender back at some time
   * in the last round (RFC 9438 section 5.8). In slow start it is enough that half of it was in
   * flight (draft-ietf-ccwg-ratelimited-increase section 3: at most twice the FlightSize).
   */
  boolean used(AckSample ack) {
    ackedBytes += ack.ackedBytes;
    roundFlight =
        ack.roundStart ? ack.priorInFlightBytes : Math.max(roundFlight, ack.priorInFlightBytes);
    if (ack.windowLimited) {
      limitedUntil = ackedBytes + ack.inFlightBytes;
    }
    // The repair after a timeout has lost its flight, not its appetite.
    return ackedBytes <= limitedUntil
        || ack.afterTimeout
        || window < threshold && window < 2 * roundFlight;
  }

  @Override
  public final void onCongestion(Cause cause, long inFlight, long now) {
    if (cause == Cause.ECN) {
      undoWindow = 0;
    } else {
      undoWindow = window;
      undoThreshold = threshold == NO_THRESHOLD ? threshold : Math.max(threshold, window);
      undoTimeout = cause == Cause.TIMEOUT;
      save();
    }
    reducing(cause);
    long reduced = decreased(used(inFlight));
    threshold = Math.max(reduced, 2L * mss);
    switch (cause) {
      case TIMEOUT -> lossWindow();
      case LOSS -> window = threshold;
      // RFC 9438 section 4.6: down to one segment.
      case ECN -> window = Math.max(reduced, mss);
    }
  }

  /**
   * What is reduced. RFC 5681 equation 4: FlightSize, without what limited transmit added to it.
   */
  long used(long inFlight) {
    return Math.min(inFlight, window);
  }

  @Override
  public final void onRepeatedTimeout() {
    undoWindow = 0;
    lossWindow();
  }

  private void lossWindow() {
    window = mss;
    afterTimeout = true;
  }

  @Override
  public final void onRecovered(long inFlight) {
    if (afterTimeout) {
      afterTimeout = false;
    } else {
      // RFC 6582 section 3.2 step 3: no burst; slow start closes the gap to the threshold.
      window = Math.min(threshold, Math.max(inFlight, mss) + mss);
    }
  }

  @Override
  public final void onUndo(long inFlight) {
    afterTimeout = false;
    if (undoWindow <= window) {
      return; // RFC 9438 section 4.9.2: what has grown beyond it stays.
    }
    // RFC 4015 section 3.4 (step 9): after a timeout the ACK clock has to start again.
    window =
        undoTimeout
            ? Math.clamp(inFlight + Math.min(initialWindow, undoWindow), window, undoWindow)
            : undoWindow;
    threshold = Math.max(threshold, undoThreshold);
    restore();
    undoWindow = 0;
  }

  @Override
  public final void onIdleRestart() {
    // RFC 5681 section 4.1.
    window = Math.min(window, initialWindow);
  }

  @Override
  public final void mss(int bytes) {
    // Both are bytes and stay, but the window is never below one segment, the threshold never below
    // two (RFC 5681 equation 4).
    mss = bytes;
    threshold = Math.max(threshold, 2L * bytes);
    window = Math.max(window, bytes);
  }
}
