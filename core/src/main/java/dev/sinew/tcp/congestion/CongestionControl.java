package dev.sinew.tcp.congestion;

/**
 * Decides how many bytes a connection may have in flight (RFC 5681). A controller owns its window
 * and its threshold: nobody else writes them. It hears of acknowledgements and of congestion; what
 * to retransmit is loss recovery's business. All sizes are bytes, all times the stack's
 * nanoseconds. One object serves one connection; it runs under the stack's exclusion and must not
 * block.
 */
public interface CongestionControl {
  /** Why the window must shrink. */
  enum Cause {
    /** Duplicate acknowledgements or a scoreboard say that a segment is lost. */
    LOSS,
    /** The retransmission timer ran out. */
    TIMEOUT,
    /** The peer echoes a congestion mark (RFC 3168 section 6.1.2). */
    ECN
  }

  /** The name that {@code ss -i} shows. */
  String name();

  /** The connection is established; {@code initialWindow} is RFC 6928's. */
  void start(int mss, long initialWindow);

  /** cwnd: how much may be in flight. */
  long window();

  /** ssthresh: below it slow start, above it congestion avoidance. */
  long threshold();

  /**
   * New data was acknowledged outside of recovery.
   *
   * @param ackedBytes how much
   * @param windowLimited whether the window was what held the sender back; if not, it does not grow
   *     (RFC 9293 section 3.8.2, RFC 7661's concern)
   */
  void onAck(long ackedBytes, boolean windowLimited, long now);

  /**
   * Congestion began: sets the threshold, and for {@link Cause#TIMEOUT} the loss window.
   *
   * @param inFlight FlightSize at that moment
   */
  void onCongestion(Cause cause, long inFlight, long now);

  /**
   * A second timeout of the same data: the loss window again, the threshold stays (RFC 5681 section
   * 3.1).
   */
  void onRepeatedTimeout();

  /**
   * Fast recovery is over; {@code inFlight} is what remains in flight (RFC 6582 section 3.2 step
   * 3).
   */
  void onRecovered(long inFlight);

  /**
   * The sender was idle for longer than the retransmission timeout: the restart window (RFC 5681
   * section 4.1).
   */
  void onIdleRestart();

  /** The effective MSS changed. */
  void mss(int bytes);
}
