package dev.sinew.bench.goodput;

import java.util.Locale;

/**
 * A path with one bottleneck: 1500-byte packets, of which 1448 bytes are payload.
 *
 * @param megabits rate of the bottleneck in Mbit/s
 * @param rttMillis round-trip time without a queue
 * @param queueBdp packets that wait at the bottleneck, in bandwidth-delay products; 10 at least
 * @param faults what happens to data packets, in the words of {@code Impairments.parse}
 */
record Path(double megabits, double rttMillis, double queueBdp, String faults) {
  static final int PACKET = 1500;
  static final int PAYLOAD = 1448;
  private static final double OVERHEAD = PACKET / (double) PAYLOAD;

  /** Payload per second when the bottleneck never rests. */
  double bestBytesPerSecond() {
    return megabits * 1e6 / 8 / OVERHEAD;
  }

  long rttNanos() {
    return (long) (rttMillis * 1e6);
  }

  double bdpPackets() {
    return megabits * 1e6 / 8 * rttMillis / 1e3 / PACKET;
  }

  int queuePackets() {
    return (int) Math.max(10, Math.ceil(bdpPackets() * queueBdp));
  }

  /** Two and a half times what path and queue hold: a loss costs no more than its repair. */
  int bufferBytes() {
    double most = 2.5 * (bdpPackets() + queuePackets()) * PACKET;
    return (int) Math.clamp(Math.ceil(most), 1 << 20, 1 << 29);
  }

  /** How the data direction treats packets. */
  String forward() {
    return String.format(
        Locale.ROOT,
        "delay %dus rate %dkbit limit %d %s",
        (long) (rttMillis * 500),
        (long) (megabits * 1000),
        queuePackets(),
        faults);
  }

  String backward() {
    return String.format(Locale.ROOT, "delay %dus", (long) (rttMillis * 500));
  }

  /**
   * How long a run is: a minute, or what 400,000 packets take, but 40 round-trip times at least.
   */
  long runNanos() {
    double packets = 400_000 * PACKET / (megabits * 1e6 / 8);
    return (long) (Math.max(Math.min(60, packets), 40 * rttMillis / 1e3) * 1e9);
  }
}
