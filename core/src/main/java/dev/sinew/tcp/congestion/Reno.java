package dev.sinew.tcp.congestion;

/** Slow start and congestion avoidance of RFC 5681, counting acknowledged bytes (RFC 3465). */
public final class Reno extends WindowControl {
  private long avoidanceBytes;

  /** Without pacing and HyStart++. */
  public Reno() {
    this(false, false);
  }

  Reno(boolean paced, boolean hyStart) {
    this(paced, hyStart, 8);
  }

  Reno(boolean paced, boolean hyStart, int slowStartLimitSegments) {
    super(paced, hyStart, slowStartLimitSegments);
  }

  @Override
  public String name() {
    return "reno";
  }

  /**
   * RFC 5681 section 3.1 with RFC 3465 section 2.1: one segment per window's worth of acknowledged
   * bytes.
   */
  @Override
  void avoid(long acked, AckSample ack) {
    avoidanceBytes += acked;
    if (avoidanceBytes >= window) {
      avoidanceBytes -= window;
      window += mss;
    }
  }

  @Override
  long decreased(long bytes) {
    return bytes / 2;
  }

  @Override
  void reducing(Cause cause) {
    avoidanceBytes = 0;
  }

  @Override
  void save() {}

  @Override
  void restore() {}
}
