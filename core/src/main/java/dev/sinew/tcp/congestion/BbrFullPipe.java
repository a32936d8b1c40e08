package dev.sinew.tcp.congestion;

/**
 * BBR's estimate of whether the pipe is full: three rounds in which the delivery rate did not grow
 * by a quarter (draft-ietf-ccwg-bbr section 5.3.1.2).
 */
final class BbrFullPipe {
  private static final int ROUNDS = 3;

  /** full_bw_reached: at some time in this connection. */
  boolean reached;

  /** full_bw_now: since the last reset. */
  private boolean now;

  private long baseline;
  private int count;

  boolean now() {
    return now;
  }

  /** ResetFullBW, with the rate to beat. */
  void reset(long baseline) {
    this.baseline = baseline;
    count = 0;
    now = false;
  }

  /** CheckFullBWReached. */
  void check(BbrModel model) {
    if (now || !model.roundStart || model.appLimited || model.deliveryRate == 0) {
      return;
    }
    if (model.deliveryRate >= baseline + baseline / 4) {
      reset(model.deliveryRate);
      return;
    }
    now = ++count >= ROUNDS;
    reached |= now;
  }
}
