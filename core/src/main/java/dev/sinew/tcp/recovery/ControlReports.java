package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.tcp.congestion.AckSample;
import dev.sinew.tcp.congestion.CongestionControl;
import org.jspecify.annotations.Nullable;

/** What the congestion controller hears of each acknowledgement, and what is counted for that. */
final class ControlReports {
  private final CongestionControl control;
  private @Nullable DeliveryRate rate;
  private boolean windowLimited;

  /** Held for lost since the controller heard last. */
  private long lostBytes;

  /** A round ends when something behind this is delivered. */
  @Seq private int roundEnd;

  ControlReports(CongestionControl control) {
    this.control = control;
  }

  void start(@Seq int una) {
    roundEnd = una;
    rate = control.wantsRate() ? new DeliveryRate() : null;
  }

  /** Record {@code i} went out, first or again. */
  void sent(Transmissions records, int i, long now) {
    if (rate != null) {
      rate.sent(records, i, records.pipe(), now);
    }
  }

  void lost(long bytes) {
    lostBytes += bytes;
    if (rate != null) {
      rate.lost(bytes);
    }
  }

  /** The first record is about to be held for lost, and perhaps more behind it. */
  void losingFirst(Transmissions records) {
    if (rate != null && lostBytes == 0 && !records.isEmpty()) {
      rate.losingFirst(records);
    }
  }

  void begin() {
    if (rate != null) {
      rate.begin();
    }
  }

  /** Record {@code i} is delivered whole. */
  void delivered(Transmissions records, int i, long now) {
    if (rate != null) {
      rate.delivered(records, i, now);
    }
  }

  void deliveredPart(long bytes, long now) {
    if (rate != null) {
      rate.deliveredPart(bytes, now);
    }
  }

  void limitedBy(boolean congestionWindow) {
    windowLimited = congestionWindow;
  }

  /** The application has nothing more to send, although it might. */
  void applicationLimited(Transmissions records) {
    if (rate != null && records.lostBytes() == 0) {
      rate.applicationLimited(records.pipe());
    }
  }

  /**
   * Tells it.
   *
   * @param highestDelivered the highest sequence number that the peer has
   * @param inRecovery a recovery was or is on
   * @param afterTimeout and it is that of a timeout
   */
  void tell(
      AckEvent e,
      long acked,
      long delivered,
      long rttNanos,
      long priorInFlight,
      long inFlight,
      RttEstimator rtt,
      @Seq int highestDelivered,
      boolean inRecovery,
      boolean afterTimeout) {
    AckSample s = e.sample;
    s.now = e.now;
    s.ackedBytes = acked;
    s.deliveredBytes = delivered;
    s.lostBytes = lostBytes;
    lostBytes = 0;
    s.lostBehindBytes = -1;
    s.lostAppLimited = false;
    s.priorInFlightBytes = priorInFlight;
    s.inFlightBytes = inFlight;
    s.rttNanos = rttNanos;
    s.srttNanos = rtt.srtt();
    s.minRttNanos = rtt.minRtt();
    s.windowLimited = windowLimited;
    s.afterTimeout = afterTimeout;
    s.inRecovery = inRecovery;
    s.roundStart = false;
    s.totalDeliveredBytes = 0;
    s.priorDeliveredBytes = 0;
    s.txInFlightBytes = 0;
    s.lostSinceSentBytes = 0;
    s.rateDeliveredBytes = 0;
    s.rateIntervalNanos = 0;
    s.appLimited = false;
    if (rate != null) {
      rate.fill(s, rtt.minRtt());
    } else if (SeqNum.gt(highestDelivered, roundEnd)) {
      roundEnd = e.nxt;
      s.roundStart = true;
    }
    control.onAck(s);
  }
}
