package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.tcp.congestion.AckSample;

/**
 * How fast the network delivers: a sample for each acknowledgement, of what was delivered between
 * the sending of a segment and its acknowledgement (draft-ietf-ccwg-bbr section 4.1). It exists
 * only where the controller wants it.
 */
final class DeliveryRate {
  /** C.delivered, C.delivered_time, C.first_send_time, C.lost. */
  private long delivered;

  private long deliveredAt;
  private long firstSentAt;
  private long lost;

  /** In flight before the first lost record was sent, or -1, and whether that was app-limited. */
  private long lostBehind = -1;

  private boolean lostAppLimited;

  /** C.app_limited: where in {@link #delivered} the bubble ends, or 0. */
  private long appLimitedUntil;

  // ---- of the newest segment that the acknowledgement in hand covers (RS.*)
  private boolean hasData;
  private long sampleSentAt;
  @Seq private int sampleEnd;
  private long priorDelivered;
  private long priorAt;
  private long sendElapsed;
  private long ackElapsed;
  private long inFlight;
  private long priorLost;
  private boolean appLimited;

  /** A round ends when a segment is delivered that was sent when this much was. */
  private long nextRoundDelivered;

  /** Record {@code i} was sent, first or again; {@code pipe} includes it. */
  void sent(Transmissions records, int i, long pipe, long now) {
    int k = records.id(i);
    if (pipe <= records.size(i)) {
      // The first of a flight starts the clocks (section 4.1.2.2).
      firstSentAt = now;
      deliveredAt = now;
    }
    RateSnapshots s = records.keepSnapshots();
    s.delivered[k] = delivered;
    s.deliveredAt[k] = deliveredAt;
    s.firstSentAt[k] = firstSentAt;
    s.inFlight[k] = pipe;
    s.lost[k] = lost;
    s.appLimited[k] = appLimitedUntil != 0;
  }

  void lost(long bytes) {
    lost += bytes;
  }

  /** The first record is about to be held for lost, and none was since the last sample. */
  void losingFirst(Transmissions records) {
    RateSnapshots s = records.snapshots();
    int k = records.id(0);
    if (s != null && s.deliveredAt[k] != RateSnapshots.NONE) {
      lostBehind = Math.max(0, s.inFlight[k] - records.size(0));
      lostAppLimited = s.appLimited[k];
    }
  }

  /** An acknowledgement is about to be looked at. */
  void begin() {
    hasData = false;
  }

  /** Record {@code i} was delivered whole. */
  void delivered(Transmissions records, int i, long now) {
    delivered += records.size(i);
    deliveredAt = now;
    RateSnapshots s = records.snapshots();
    int k = records.id(i);
    if (s == null || s.deliveredAt[k] == RateSnapshots.NONE) {
      return;
    }
    long sentAt = records.sentAt(i);
    @Seq int end = records.end(i);
    if (!hasData || sentAt > sampleSentAt || sentAt == sampleSentAt && SeqNum.gt(end, sampleEnd)) {
      hasData = true;
      sampleSentAt = sentAt;
      sampleEnd = end;
      priorDelivered = s.delivered[k];
      priorAt = s.deliveredAt[k];
      sendElapsed = sentAt - s.firstSentAt[k];
      ackElapsed = now - s.deliveredAt[k];
      inFlight = s.inFlight[k];
      priorLost = s.lost[k];
      appLimited = s.appLimited[k];
      firstSentAt = sentAt;
    }
    s.forget(k);
  }

  /** A part of a record was delivered: too little for a sample. */
  void deliveredPart(long bytes, long now) {
    delivered += bytes;
    deliveredAt = now;
  }

  /** Fills the sample; {@code minRtt} is the least round-trip time known, or 0. */
  void fill(AckSample sample, long minRtt) {
    if (appLimitedUntil != 0 && delivered > appLimitedUntil) {
      appLimitedUntil = 0;
    }
    sample.totalDeliveredBytes = delivered;
    sample.lostBehindBytes = lostBehind;
    sample.lostAppLimited = lostAppLimited;
    lostBehind = -1;
    if (!hasData) {
      return;
    }
    sample.priorDeliveredBytes = priorDelivered;
    sample.txInFlightBytes = inFlight;
    sample.lostSinceSentBytes = lost - priorLost;
    sample.appLimited = appLimited;
    sample.rateDeliveredBytes = delivered - priorDelivered;
    long interval = Math.max(sendElapsed, ackElapsed);
    // Section 4.1.2.3: shorter than any round trip means that the path aggregates or the clock is
    // coarse.
    sample.rateIntervalNanos = interval < minRtt || priorAt == RateSnapshots.NONE ? 0 : interval;
    if (priorDelivered >= nextRoundDelivered) {
      nextRoundDelivered = delivered;
      sample.roundStart = true;
    }
  }

  /** Nothing is left to send although the window would allow it (section 4.1.2.4). */
  void applicationLimited(long pipe) {
    appLimitedUntil = Math.max(1, delivered + pipe);
  }
}
