package dev.sinew.tcp.recovery;

import java.util.Arrays;

/**
 * What was known of the connection's delivery when a record was sent, by the record's identity: the
 * per-packet state of draft-ietf-ccwg-bbr section 4.1.2.
 */
final class RateSnapshots {
  /** Marks a record that has given its sample, or was sent before anybody wanted one. */
  static final long NONE = Long.MIN_VALUE;

  /** P.delivered. */
  long[] delivered;

  /** P.delivered_time, or NONE. */
  long[] deliveredAt;

  /** P.first_send_time. */
  long[] firstSentAt;

  /** P.tx_in_flight. */
  long[] inFlight;

  /** P.lost. */
  long[] lost;

  /** P.is_app_limited. */
  boolean[] appLimited;

  RateSnapshots(int size) {
    delivered = new long[size];
    deliveredAt = new long[size];
    firstSentAt = new long[size];
    inFlight = new long[size];
    lost = new long[size];
    appLimited = new boolean[size];
    Arrays.fill(deliveredAt, NONE);
  }

  void forget(int k) {
    deliveredAt[k] = NONE;
  }

  void copy(int from, int to) {
    delivered[to] = delivered[from];
    deliveredAt[to] = deliveredAt[from];
    firstSentAt[to] = firstSentAt[from];
    inFlight[to] = inFlight[from];
    lost[to] = lost[from];
    appLimited[to] = appLimited[from];
  }

  void resize(int size) {
    int old = deliveredAt.length;
    delivered = Arrays.copyOf(delivered, size);
    deliveredAt = Arrays.copyOf(deliveredAt, size);
    firstSentAt = Arrays.copyOf(firstSentAt, size);
    inFlight = Arrays.copyOf(inFlight, size);
    lost = Arrays.copyOf(lost, size);
    appLimited = Arrays.copyOf(appLimited, size);
    for (int k = old; k < size; k++) {
      deliveredAt[k] = NONE;
    }
  }
}
