package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;

/**
 * The tail loss probe (RFC 8985 section 7): when the last segments of a flight may be lost, and no
 * acknowledgement would tell, one segment provokes one before the retransmission timer would run
 * out.
 */
final class TailLossProbe {
  private static final long SECOND = 1_000_000_000L;

  /** TLP.max_ack_delay (section 7.2): what a peer may delay its acknowledgement of one segment. */
  static final long MAX_ACK_DELAY_NANOS = 200_000_000L;

  /** Below this the peer's and our own scheduling, not the path, decide when an ACK comes. */
  private static final long LEAST_NANOS = 1_000_000L;

  /** TLP.end_seq is there. */
  private boolean out;

  @Seq private int endSeq;

  /** The same without a FIN, which the peer may leave out of its report. */
  @Seq private int dataEnd;

  /** TLP.is_retrans. */
  private boolean retransmission;

  /** A round-trip time was measured since the last probe (section 7.3). */
  private boolean measured = true;

  /** New data was sent, or acknowledged: the timer begins anew (section 7.2). */
  private boolean restart;

  /** The connection begins, or a recovery does (section 7.1). */
  void reset() {
    out = false;
    restart = false;
  }

  void measured() {
    measured = true;
  }

  void restart() {
    restart = true;
  }

  boolean takeRestart() {
    boolean r = restart;
    restart = false;
    return r;
  }

  /** Whether a probe may go when the timer runs out (section 7.3). */
  boolean allowed() {
    return !out && measured;
  }

  boolean out() {
    return out;
  }

  /** Section 7.2, TLP_calc_PTO(), without the bound by the retransmission timer. */
  static long timeout(long srtt, boolean oneSegmentInFlight, long granularity) {
    if (srtt == 0) {
      return SECOND;
    }
    long pto = 2 * srtt + (oneSegmentInFlight ? MAX_ACK_DELAY_NANOS : 0);
    return Math.max(pto, Math.max(LEAST_NANOS, 2 * granularity));
  }

  void sent(@Seq int nxt, @Seq int endOfData, boolean again) {
    out = true;
    endSeq = nxt;
    dataEnd = endOfData;
    retransmission = again;
    measured = false;
  }

  /** Whether a report of a duplicate is about the probe. */
  boolean explains(AckEvent e) {
    return out && retransmission && e.dsack && (e.dsackEnd == endSeq || e.dsackEnd == dataEnd);
  }

  /**
   * Section 7.4.2, TLP_process_ack().
   *
   * @return true when the probe repaired a loss, which is one for congestion control
   */
  boolean acknowledged(AckEvent e) {
    if (!out || SeqNum.lt(e.una, endSeq)) {
      return false;
    }
    if (!retransmission || explains(e)) {
      out = false;
      return false;
    }
    if (SeqNum.gt(e.una, endSeq)) {
      out = false;
      return true;
    }
    if (e.duplicate && e.sackCount == 0) {
      out = false;
    }
    return false;
  }
}
