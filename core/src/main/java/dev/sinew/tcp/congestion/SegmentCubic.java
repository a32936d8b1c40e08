package dev.sinew.tcp.congestion;

import org.jspecify.annotations.Nullable;

/**
 * CUBIC as Linux runs it (tcp_cubic): RFC 9438 in whole segments and milliseconds. How many
 * segments must be acknowledged for one more is found at most once a millisecond, and while the
 * window stays the same only 32 times a second; it is never less than two, nor more than twenty
 * before the first loss.
 */
final class SegmentCubic extends WindowControl {
  private static final long MS = 1_000_000L;

  /** Times in the cubic function are 1/1024 s. */
  private static final int TIME_BITS = 10;

  /** C of RFC 9438 section 5.1 in 1/1024. */
  private static final long C = 410;

  private static final long MAX_TIME = 1L << 18;
  private static final int SAME_WINDOW_MILLIS = 1000 / 32;
  private static final long LEAST_PER_SEGMENT = 2;
  private static final long MOST_BEFORE_A_LOSS = 20;

  /** beta_cubic (section 4.6) in 1/1024. */
  private static final long BETA = 717;

  /** Segments for one more in the Reno-friendly region, in eighths of the window (section 4.3). */
  private static final long FRIENDLY_EIGHTHS = 15;

  private final @Nullable AckTrains trains;

  /** W_max of section 4.1, 0 before a loss; where the curve flattens, and when. */
  private long lastMax;

  private long origin;
  private long k;
  private long epochMillis = -1;

  private long perSegment;
  private long lastWindow;
  private long lastMillis;

  /** Acknowledged since the estimate of Reno's window grew, and that estimate. */
  private long friendlyAcked;

  private long friendlyWindow;

  /** Acknowledged, and not turned into window yet: segments, and bytes of one. */
  private long credit;

  private long restBytes;
  private long lastAckAt;

  // ---- whether the window is used (tcp_is_cwnd_limited)
  private boolean limited;
  private long acked;
  private long limitedUntil;
  private long flight;
  private long lastInFlight;

  SegmentCubic(boolean paced, boolean hyStart) {
    super(paced, false, Integer.MAX_VALUE);
    trains = hyStart ? new AckTrains(paced) : null;
  }

  @Override
  public String name() {
    return "cubic";
  }

  @Override
  long growthLimit() {
    return Long.MAX_VALUE;
  }

  @Override
  void heard(AckSample ack) {
    lastAckAt = ack.now;
    boolean lately = epochMillis >= 0 && ack.now / MS - epochMillis < 1000;
    if (trains != null && trains.onAck(ack, window, mss, window < threshold, lately)) {
      threshold = window;
    }
  }

  /**
   * It is until data goes out that leaves room in it, a window later; in slow start also while half
   * of it was in flight.
   */
  @Override
  boolean used(AckSample ack) {
    long sent = acked + ack.priorInFlightBytes;
    boolean more = ack.priorInFlightBytes > lastInFlight;
    if (ack.windowLimited || more && (acked >= limitedUntil || !limited && flight < sent - acked)) {
      limited = ack.windowLimited;
      flight = ack.priorInFlightBytes;
      limitedUntil = sent;
    }
    acked += ack.ackedBytes;
    lastInFlight = ack.inFlightBytes;
    return limited || ack.afterTimeout || window < threshold && window < 2 * flight;
  }

  @Override
  void avoid(long acked, AckSample ack) {
    restBytes += acked;
    long segments = restBytes / mss;
    restBytes -= segments * mss;
    if (segments == 0) {
      return;
    }
    update(window / mss, segments, ack.now / MS);
    if (credit >= perSegment) {
      // Earned while one cost more.
      credit = 0;
      window += mss;
    }
    credit += segments;
    long more = credit / perSegment;
    credit -= more * perSegment;
    window += more * mss;
  }

  private void update(long cwnd, long segments, long millis) {
    friendlyAcked += segments;
    if (lastWindow == cwnd && millis - lastMillis <= SAME_WINDOW_MILLIS) {
      return;
    }
    if (epochMillis < 0 || millis != lastMillis) {
      curve(cwnd, segments, millis);
    }
    long step = cwnd * FRIENDLY_EIGHTHS / 8;
    long grown = Math.max(0, friendlyAcked - 1) / step;
    friendlyAcked -= grown * step;
    friendlyWindow += grown;
    if (friendlyWindow > cwnd) {
      perSegment = Math.min(perSegment, cwnd / (friendlyWindow - cwnd));
    }
    perSegment = Math.max(perSegment, LEAST_PER_SEGMENT);
  }

  private void curve(long cwnd, long segments, long millis) {
    lastWindow = cwnd;
    lastMillis = millis;
    if (epochMillis < 0) {
      epochMillis = millis;
      friendlyAcked = segments;
      friendlyWindow = cwnd;
      origin = Math.max(lastMax, cwnd);
      k = Cubic.cubeRoot((1L << 40) / C * (origin - cwnd));
    }
    long leastMillis = trains == null ? 0 : trains.leastRttMillis();
    long t = (Math.max(0, millis - epochMillis) + leastMillis << TIME_BITS) / 1000;
    long d = Math.min(Math.abs(t - k), MAX_TIME);
    long rise = C * d * d * d >> 4 * TIME_BITS;
    long target = t < k ? origin - rise : origin + rise;
    perSegment = target > cwnd ? cwnd / (target - cwnd) : 100 * cwnd;
    if (lastMax == 0) {
      perSegment = Math.min(perSegment, MOST_BEFORE_A_LOSS);
    }
  }

  /** RFC 9438 section 4.2: a pause is no time of the curve. */
  @Override
  public void onTransmitAfterIdle(long now) {
    if (epochMillis >= 0) {
      epochMillis = Math.min(now / MS, epochMillis + (now - lastAckAt) / MS);
    }
  }

  @Override
  long used(long inFlight) {
    return window;
  }

  @Override
  long decreased(long bytes) {
    return bytes / mss * BETA / 1024 * mss;
  }

  @Override
  void reducing(Cause cause) {
    long cwnd = window / mss;
    epochMillis = -1;
    credit = 0;
    // Section 4.7, fast convergence.
    lastMax = cwnd < lastMax ? cwnd * (1024 + BETA) / 2048 : cwnd;
    if (cause == Cause.TIMEOUT) {
      lastMax = 0;
      lastWindow = 0;
      if (trains != null) {
        trains.reset();
      }
    }
  }

  /** The curve is not taken back, the window alone. */
  @Override
  void save() {}

  @Override
  void restore() {}
}
