package dev.sinew.tcp.recovery;

/**
 * Proportional rate reduction (RFC 9937): how much may be sent during fast recovery, so that the
 * flight shrinks to ssthresh evenly, by what the peer reports as delivered. All sizes are bytes.
 */
final class RateReduction {
  private long ssthresh;
  private long recoverFs;
  private long delivered;
  private long out;

  /** How much may be in flight until the next acknowledgement. */
  private long window;

  /** What may go at once, because nothing is in flight that could clock it out. */
  private long restart;

  /**
   * Fast recovery begins.
   *
   * @param flight RecoverFS: outstanding, without what was SACKed before the acknowledgement that
   *     began it
   * @param restartWindow how much may be sent at once when not even a segment is in flight, after a
   *     loss probe: the path has been empty for two round trips, there is no clock to keep, and
   *     what an idle connection may send (RFC 5681 section 4.1) is no burst for it
   */
  void begin(long threshold, long flight, long inFlight, long restartWindow) {
    ssthresh = threshold;
    recoverFs = Math.max(1, flight);
    delivered = 0;
    out = 0;
    window = inFlight;
    restart = Math.min(threshold, restartWindow);
  }

  /**
   * An acknowledgement came in during recovery, or began it.
   *
   * @param deliveredData newly delivered bytes
   * @param inFlight what is in flight after it
   * @param safe SafeACK: it moved SND.UNA and told of no further loss
   */
  void acknowledged(long deliveredData, long inFlight, boolean safe, int mss) {
    if (delivered == 0 && inFlight >= mss) {
      restart = 0;
    }
    if (deliveredData <= 0) {
      lossFound(inFlight, 0);
      return;
    }
    delivered += deliveredData;
    long count;
    if (inFlight > ssthresh) {
      // PRR proper: CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out.
      count = ceilOfShare() - out;
    } else {
      // Conservative reduction bound, and the slow start one while recovery makes progress.
      count = Math.max(delivered - out, deliveredData);
      if (safe) {
        count += mss;
      }
      count = Math.min(ssthresh - inFlight, count);
    }
    if (out == 0) {
      // A fast retransmit upon entering recovery; less than a segment would not let it go.
      count = Math.max(count, mss);
    }
    window = inFlight + Math.max(Math.max(0, count), restart - out);
  }

  private long ceilOfShare() {
    // Both are below 2^31: what a window can hold.
    return (Math.min(delivered, 1L << 31) * Math.min(ssthresh, 1L << 31) + recoverFs - 1)
        / recoverFs;
  }

  /**
   * In flight is less, without anything having been delivered: that alone gives no more to send
   * than was left, or {@code least}.
   */
  void lossFound(long inFlight, long least) {
    window = Math.min(window, inFlight + least);
  }

  void sent(long bytes) {
    out += bytes;
  }

  /** Bytes that may be in flight. */
  long window() {
    return window;
  }
}
