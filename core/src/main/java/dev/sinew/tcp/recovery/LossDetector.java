package dev.sinew.tcp.recovery;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.TimerHeap;
import org.jspecify.annotations.Nullable;

/**
 * Says which segments are lost on a connection with SACK: by RACK (RFC 8985), or by counting what
 * was SACKed above them (RFC 6675).
 */
final class LossDetector {
  private final Transmissions records;
  private final RttEstimator rtt;
  private final Counters counters;
  private final @Nullable Rack rack;
  private final @Nullable SackLoss sackLoss;

  LossDetector(
      Transmissions records, RttEstimator rtt, Counters counters, Profile profile, @Seq int una) {
    this.records = records;
    this.rtt = rtt;
    this.counters = counters;
    this.rack = profile.rack() ? new Rack(una, profile) : null;
    this.sackLoss = profile.rack() ? null : new SackLoss(una);
  }

  /** Record {@code i} was delivered whole by this acknowledgement. */
  void delivered(int i, AckEvent e) {
    if (rack != null) {
      rack.delivered(records, i, e, rtt.minRtt());
    }
  }

  /**
   * The acknowledgement is on the scoreboard.
   *
   * @param duplicateReported it reports a duplicate that is not a probe's
   * @param leaving a recovery ends with it
   * @return bytes newly held for lost
   */
  long acknowledged(
      AckEvent e,
      @Seq int highestDelivered,
      boolean duplicateReported,
      boolean inRecovery,
      boolean leaving,
      int mss) {
    boolean news = e.deliveredBytes > 0 || e.dsack;
    if (rack == null) {
      long lost = 0;
      if (sackLoss != null) {
        lost = news ? sackLoss.detect(records, e.una, highestDelivered, mss) : 0;
        lost += sackLoss.countDuplicate(records, e, inRecovery);
      }
      return records.sizeProbe().lostToCongestion(lost, inRecovery);
    }
    rack.advanceFack(highestDelivered, mss);
    rack.adapt(e, duplicateReported, leaving);
    if (records.isEmpty()) {
      rack.idle();
    }
    return news ? byTime(inRecovery && !leaving, e.granularity, e.now) : 0;
  }

  /** What time alone tells; returns bytes newly held for lost. */
  long byTime(boolean inRecovery, long granularity, long now) {
    Rack r = rack;
    if (r == null) {
      return 0;
    }
    long lost = r.detect(records, inRecovery, rtt, granularity, now);
    counters.add(Counter.TcpExtTCPLostRetransmit, r.lostAgain);
    return records.sizeProbe().lostToCongestion(lost, inRecovery);
  }

  /** Whether a retransmission was found lost that was sent at {@code time} or later; asked once. */
  boolean takeLostAgainSince(long time) {
    if (rack == null || rack.lostAgain == 0) {
      return false;
    }
    rack.lostAgain = 0;
    return rack.lostAgainSentAt >= time;
  }

  /** When a segment may be found lost without an acknowledgement, or {@link TimerHeap#NEVER}. */
  long deadline() {
    return rack == null ? TimerHeap.NEVER : rack.deadline();
  }

  boolean reorderingSeen() {
    return rack != null && rack.reorderingSeen();
  }

  int reorderingCount() {
    return rack == null ? 0 : rack.reorderingCount;
  }

  int reorderingSegments() {
    return rack == null ? Rack.DUP_THRESHOLD : rack.reorderingSegments;
  }

  long reorderingWindow() {
    return rack == null ? 0 : rack.reorderingWindow();
  }

  /** A fast recovery was about a segment that was only late. */
  void reordered() {
    if (rack != null) {
      rack.reordered();
    }
  }

  /** Fast recovery begins. */
  void begin() {
    if (sackLoss != null) {
      sackLoss.begin();
    }
  }

  /** The retransmission timer ran out, and what SACK blocks had told is forgotten. */
  void timeout(long now) {
    if (rack != null) {
      rack.timeout(records, now);
    } else {
      records.markAllLost();
      if (sackLoss != null && !records.isEmpty()) {
        sackLoss.reset(records.start(0));
      }
    }
  }

  /** The record to send again although nothing says that it is lost, or -1. */
  int speculative() {
    return sackLoss == null ? -1 : sackLoss.speculative(records);
  }

  void speculated() {
    if (sackLoss != null) {
      sackLoss.rescued();
    }
  }
}
