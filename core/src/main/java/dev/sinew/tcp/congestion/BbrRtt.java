package dev.sinew.tcp.congestion;

/**
 * BBR's least round-trip time, and when it is time to look for it (draft-ietf-ccwg-bbr sections
 * 5.5.7 and 5.3.4.3).
 */
final class BbrRtt {
  static final long UNKNOWN = Long.MAX_VALUE;

  /** MinRTTFilterLen. */
  private static final long FILTER_NANOS = 10 * Pacing.SECOND;

  /** ProbeRTTInterval. */
  private static final long PROBE_INTERVAL_NANOS = 5 * Pacing.SECOND;

  private long minRtt = UNKNOWN;
  private long minRttStamp;
  private long probeRttMinDelay = UNKNOWN;
  private long probeRttMinStamp;
  private boolean probeRttExpired;

  void begin(long now) {
    minRttStamp = now;
    probeRttMinStamp = now;
  }

  /** BBR.min_rtt, or {@link #UNKNOWN}. */
  long minRtt() {
    return minRtt;
  }

  /** No sample of the last five seconds was as low as the one before them: ProbeRTT is due. */
  boolean expired() {
    return probeRttExpired;
  }

  /** UpdateMinRTT; {@code rtt} is -1 when there is no sample. */
  void update(long now, long rtt) {
    probeRttExpired = now > probeRttMinStamp + PROBE_INTERVAL_NANOS;
    if (rtt >= 0 && (rtt < probeRttMinDelay || probeRttExpired)) {
      probeRttMinDelay = rtt;
      probeRttMinStamp = now;
    }
    boolean minRttExpired = now > minRttStamp + FILTER_NANOS;
    if (probeRttMinDelay < minRtt || minRttExpired) {
      minRtt = probeRttMinDelay;
      minRttStamp = probeRttMinStamp;
    }
  }

  /** A ProbeRTT is over: the next in five seconds. */
  void probed(long now) {
    probeRttMinStamp = now;
  }
}
