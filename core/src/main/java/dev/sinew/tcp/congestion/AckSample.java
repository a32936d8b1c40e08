package dev.sinew.tcp.congestion;

/**
 * What one acknowledgement told, for a congestion controller: filled anew for each and valid during
 * the call. Sizes are bytes, times the stack's nanoseconds. "Delivered" is what the peer has for
 * sure: acknowledged cumulatively or by SACK, each byte counted once.
 */
public final class AckSample {
  /** When the acknowledgement came in. */
  public long now;

  /** How far SND.UNA moved. */
  public long ackedBytes;

  /**
   * Of these, what counted for the window's growth before they were acknowledged; below 0 for what
   * counts now and is not acknowledged yet. 0 unless the profile lets it grow by delivery.
   */
  public long countedBytes;

  /** Newly delivered by this acknowledgement. */
  public long deliveredBytes;

  /** Newly held for lost since the last acknowledgement, also by a timer. */
  public long lostBytes;

  /**
   * What was in flight before the first segment of {@link #lostBytes} was sent, where that segment
   * is known: after a timeout, and without SACK. Else -1.
   */
  public long lostBehindBytes = -1;

  /** That segment was sent while the application, not the network, set the pace. */
  public boolean lostAppLimited;

  /** The connection does SACK. */
  public boolean selective = true;

  /** In flight before the acknowledgement, and after it. */
  public long priorInFlightBytes;

  public long inFlightBytes;

  /** Round-trip time of the youngest segment that it covers, or -1 when there is none to tell. */
  public long rttNanos = -1;

  /** Smoothed and least round-trip time of the connection, 0 before the first measurement. */
  public long srttNanos;

  public long minRttNanos;

  /**
   * A round has passed: the acknowledgement covers a segment that was sent after the last one of
   * the round before was delivered.
   */
  public boolean roundStart;

  /** The window was what held the sender back since the last acknowledgement. */
  public boolean windowLimited;

  /** Loss recovery (fast, or after a timeout) is on. */
  public boolean inRecovery;

  /** What follows a timeout is being repaired: {@link #inRecovery} is true too. */
  public boolean afterTimeout;

  // ---- a delivery-rate sample; there is none when rateIntervalNanos is 0

  /** Bytes delivered over {@link #rateIntervalNanos}. */
  public long rateDeliveredBytes;

  public long rateIntervalNanos;

  /** The segment was sent while the application, not the network, set the pace. */
  public boolean appLimited;

  /** Delivered by the whole connection, now and when the covered segment was sent. */
  public long totalDeliveredBytes;

  public long priorDeliveredBytes;

  /** In flight when the covered segment was sent. */
  public long txInFlightBytes;

  /** Held for lost by the whole connection, since the covered segment was sent. */
  public long lostSinceSentBytes;

  /** Bytes that the peer reports as marked with CE, by this acknowledgement (AccECN). */
  public long ceBytes;

  /** The peer echoes congestion (RFC 3168's ECE, or AccECN's counter moved). */
  public boolean congestionEchoed;
}
