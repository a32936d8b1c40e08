package dev.sinew.tcp.congestion;

/** Slow start and congestion avoidance of RFC 5681, counting acknowledged bytes (RFC 3465). */
public final class Reno implements CongestionControl {
  private int mss = 536;
  private long initialWindow;
  private long window;
  private long threshold = Long.MAX_VALUE / 2;
  private long avoidanceBytes;
  private boolean afterTimeout;

  /** What the last reduction took away; 0 when there is nothing to give back. */
  private long undoWindow;

  private long undoThreshold;

  @Override
  public String name() {
    return "reno";
  }

  @Override
  public void start(int mss, long initialWindow) {
    this.mss = mss;
    this.initialWindow = initialWindow;
    this.window = initialWindow;
  }

  @Override
  public long window() {
    return window;
  }

  @Override
  public long threshold() {
    return threshold;
  }

  @Override
  public void onAck(AckSample ack) {
    if (ack.inRecovery && !ack.afterTimeout || !ack.windowLimited && !ack.afterTimeout) {
      return;
    }
    long acked = ack.ackedBytes;
    if (window < threshold) {
      // An ACK that covers a batch counts for all of it, or a peer that aggregates ACKs would never
      // open the window;
      // while a timeout is repaired, one segment per ACK (RFC 3465 section 2.3).
      long limit = afterTimeout ? Math.min(mss, acked) : acked;
      long grow = Math.min(limit, threshold - window);
      window += grow;
      acked = limit - grow;
      if (window < threshold) {
        return;
      }
      afterTimeout = false;
    }
    // RFC 5681 section 3.1 with RFC 3465 section 2.1: one segment per window's worth of
    // acknowledged bytes.
    avoidanceBytes += acked;
    if (avoidanceBytes >= window) {
      // What is left never makes up a second segment by itself: an ACK for much more than a window
      // stems from before the loss.
      avoidanceBytes = Math.min(avoidanceBytes - window, window - 1);
      window += mss;
    }
  }

  @Override
  public void onCongestion(Cause cause, long inFlight, long now) {
    // RFC 5681 equation 4.
    undoWindow = Math.max(window, undoWindow);
    undoThreshold = threshold;
    threshold = Math.max(inFlight / 2, 2L * mss);
    avoidanceBytes = 0;
    if (cause == Cause.TIMEOUT) {
      window = mss;
      afterTimeout = true;
    } else {
      window = threshold;
    }
  }

  @Override
  public void onRepeatedTimeout() {
    window = mss;
    afterTimeout = true;
  }

  @Override
  public void onRecovered(long inFlight) {
    window = Math.min(threshold, Math.max(inFlight, mss) + mss);
    undoWindow = 0;
    afterTimeout = false;
  }

  @Override
  public void onUndo(long inFlight) {
    window = Math.max(window, undoWindow);
    threshold = Math.max(threshold, undoThreshold);
    undoWindow = 0;
    afterTimeout = false;
  }

  @Override
  public void onIdleRestart() {
    window = Math.min(window, initialWindow);
  }

  @Override
  public void mss(int bytes) {
    // RFC 5681 section 3.1: when the MSS shrinks the window in segments does not grow; bytes stay,
    // but never below one segment.
    mss = bytes;
    window = Math.max(window, bytes);
  }
}
