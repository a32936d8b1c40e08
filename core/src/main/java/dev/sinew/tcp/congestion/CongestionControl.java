package dev.sinew.tcp.congestion;

/**
 * Decides how many bytes a connection may have in flight (RFC 5681), and how fast they may leave. A
 * controller owns its window, its threshold and what it needs to take a reduction back: nobody else
 * writes them. It hears of acknowledgements and of congestion; what to retransmit, and the quota
 * during a recovery, is loss recovery's business. All sizes are bytes, all times the stack's
 * nanoseconds. One object serves one connection; it runs under the stack's exclusion, must not
 * block and must not call the stack. One of yours is made known by {@link CongestionControls#with}.
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

  /** How fast data may leave, in bytes per second; 0: as fast as the window lets it. */
  default long pacingRate() {
    return 0;
  }

  /**
   * Whether {@link #onAck} needs delivery-rate samples, which cost memory for each segment in
   * flight. Asked once, after {@link #start}.
   */
  default boolean wantsRate() {
    return false;
  }

  /** An acknowledgement came, in or out of recovery; it may be filled with zeros where unknown. */
  void onAck(AckSample ack);

  /**
   * Congestion began: sets the threshold, and for {@link Cause#TIMEOUT} the loss window. Keeps what
   * {@link #onUndo} needs.
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
   * Whether fast recovery's sending is governed by proportional rate reduction towards {@link
   * #threshold} (RFC 9937); otherwise by {@link #window} alone.
   */
  default boolean usesRateReduction() {
    return true;
  }

  /**
   * Fast recovery, or the repair after a timeout, is over. The acknowledgement that ended it has
   * been told by {@link #onAck}, as one in recovery.
   *
   * @param inFlight what remains in flight; after rate reduction never less than {@link
   *     #threshold}, for then the window is the threshold (RFC 9937)
   */
  void onRecovered(long inFlight);

  /**
   * The last {@link #onCongestion} was about nothing (RFC 4015): window and threshold return. It
   * may become known up to a round trip after {@link #onRecovered}.
   */
  void onUndo(long inFlight);

  /**
   * The sender was idle for longer than the retransmission timeout: the restart window (RFC 5681
   * section 4.1).
   */
  void onIdleRestart();

  /** Data is about to leave, and nothing is in flight: a pause ends, long or short. */
  default void onTransmitAfterIdle(long now) {}

  /** The effective MSS changed. */
  void mss(int bytes);
}
