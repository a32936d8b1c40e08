package dev.sinew.tcp.recovery;

import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TimerHeap;

/**
 * RACK: a segment is lost when one that was sent later has been delivered, and a reordering window
 * has passed (RFC 8985 section 6). Names are the RFC's.
 *
 * <p>Where the clock is coarse, two transmissions may bear the same time. The RFC then lets the end
 * sequence decide which was later; here it is their order, which is the same for what is sent once,
 * and right for what is sent again. The window is never less than one tick, for less cannot be
 * told.
 */
final class Rack {
  static final int DUP_THRESHOLD = 3;

  /** More segments than that are no degree of reordering any more. */
  private static final int MOST_REORDERED = 300;

  /** Recoveries without a duplicate report after which the window shrinks again. */
  private static final int PERSIST = 16;

  /** How many waiting segments are looked at for the time of the last; a timer is cheap. */
  private static final int LOOK_AHEAD = 32;

  /**
   * RACK.xmit_ts: which transmission is the last known to have arrived; and RACK.end_seq, which
   * tells among the segments of one super-segment.
   */
  private int turn;

  @Seq private int endSeq;

  private boolean valid;

  /** RACK.rtt. */
  private long rtt;

  /** RACK.fack. */
  @Seq private int fack;

  private boolean reorderingSeen;

  /** How often reordering was seen, and by how many segments at most. */
  int reorderingCount;

  int reorderingSegments = DUP_THRESHOLD;

  /** Of what this acknowledgement shows to be reordered, the lowest number. */
  @Seq private int reorderedStart;

  private boolean reorderedNow;
  private final boolean rttOfHighest;
  private final long tickNanos;
  private long reoWnd;
  private int reoWndMult = 1;
  private int reoWndPersist;
  private boolean dsackRoundOpen;
  @Seq private int dsackRound;

  /** When the next segment may be found lost without an acknowledgement. */
  private long deadline = TimerHeap.NEVER;

  /**
   * Retransmissions that the last {@link #detect} found lost, and when the last of them was sent.
   */
  int lostAgain;

  long lostAgainSentAt;

  Rack(@Seq int una, Profile profile) {
    rttOfHighest = profile.rackRttOfHighest();
    tickNanos = profile.reorderTickNanos();
    fack = una;
  }

  boolean reorderingSeen() {
    return reorderingSeen;
  }

  /** A segment was late that was sent again before it came: step 3 can't see that. */
  void reordered() {
    reorderingSeen = true;
  }

  long deadline() {
    return deadline;
  }

  long reorderingWindow() {
    return reoWnd;
  }

  /** Sections 6.2 steps 1 to 3: record {@code i} was delivered whole by this acknowledgement. */
  void delivered(Transmissions records, int i, AckEvent e, long minRtt) {
    @Seq int end = records.end(i);
    boolean again = records.retransmitted(i);
    if (!again && SeqNum.lt(end, fack)) {
      // Step 3. RACK.fack moves only after the whole acknowledgement was looked at: what it reports
      // at once has no order.
      reorderingSeen = true;
      @Seq int start = records.start(i);
      reorderedStart = reorderedNow ? SeqNum.min(reorderedStart, start) : start;
      reorderedNow = true;
    }
    long sentAt = records.sentAt(i);
    if (again) {
      // Step 2: the answer may be to an earlier transmission. The echo tells only of what is
      // acknowledged in order: for what lies behind a gap the peer echoes what came before the gap.
      boolean older =
          e.hasEcho && SeqNum.leq(end, e.una) && e.echoMillis - (int) (sentAt / 1_000_000L) < 0;
      if (older || e.now - sentAt < minRtt) {
        return;
      }
    }
    if (rttOfHighest) {
      rtt = e.now - sentAt;
    }
    int sent = records.turnById(records.id(i));
    if (!valid || sent - turn > 0 || sent == turn && SeqNum.gt(end, endSeq)) {
      valid = true;
      turn = sent;
      endSeq = end;
      rtt = e.now - sentAt;
    }
  }

  /** The end of step 3: the highest sequence number known to have arrived. */
  void advanceFack(@Seq int highest, int mss) {
    fack = SeqNum.max(fack, highest);
    if (reorderedNow) {
      reorderedNow = false;
      reorderingCount++;
      int segments = (SeqNum.diff(fack, reorderedStart) + mss - 1) / mss;
      reorderingSegments = Math.clamp(segments, reorderingSegments, MOST_REORDERED);
    }
  }

  /**
   * Step 4: the reordering window grows by the round in which duplicates are reported.
   *
   * @param recoveryLeft fast recovery or the repair after a timeout ended with this acknowledgement
   */
  void adapt(AckEvent e, boolean duplicateReported, boolean recoveryLeft) {
    if (dsackRoundOpen && SeqNum.geq(e.una, dsackRound)) {
      dsackRoundOpen = false;
    }
    if (!dsackRoundOpen && duplicateReported) {
      dsackRoundOpen = true;
      dsackRound = e.nxt;
      reoWndMult = Math.min(reoWndMult + 1, 1 << 16);
      reoWndPersist = PERSIST;
    } else if (recoveryLeft) {
      reoWndPersist--;
      if (reoWndPersist <= 0) {
        reoWndMult = 1;
      }
    }
  }

  /** The rest of step 4: RACK_update_reo_wnd(). */
  private void updateWindow(
      Transmissions records, boolean inRecovery, RttEstimator rttEstimator, long granularity) {
    if (!reorderingSeen && (inRecovery || records.sackedCount() >= DUP_THRESHOLD)) {
      reoWnd = 0;
      return;
    }
    long window = Math.min(reoWndMult * rttEstimator.minRtt() / 4, rttEstimator.srtt());
    reoWnd = granularity > 1 ? Math.max(window, granularity) : window;
  }

  /**
   * Step 5, RACK_detect_loss(): marks what is lost, and notes when the rest of what may be will be.
   *
   * @return bytes newly held for lost
   */
  long detect(
      Transmissions records,
      boolean inRecovery,
      RttEstimator rttEstimator,
      long granularity,
      long now) {
    deadline = TimerHeap.NEVER;
    lostAgain = 0;
    if (!valid) {
      return 0;
    }
    updateWindow(records, inRecovery, rttEstimator, granularity);
    long before = records.lostBytes();
    int seen = 0;
    int k = records.oldestInNetwork();
    while (k != Transmissions.NONE && seen < LOOK_AHEAD) {
      int later = records.turnById(k) - turn;
      if (later > 0) {
        break;
      }
      int then = records.nextInNetwork(k);
      if (later == 0 && SeqNum.geq(records.endById(k), endSeq)) {
        k = then;
        continue;
      }
      long sentAt = records.sentAtById(k);
      long due = sentAt + rtt + reoWnd;
      if (due <= now) {
        if (records.retransmittedById(k)) {
          lostAgain++;
          lostAgainSentAt = sentAt;
        }
        records.markLostById(k);
      } else {
        // The timer is for the last of them: one run finds all (the RFC's maximum).
        deadline = due;
        seen++;
      }
      k = then;
    }
    if (tickNanos > 0 && deadline != TimerHeap.NEVER) {
      deadline = now + ((deadline - now + tickNanos - 1) / tickNanos + 2) * tickNanos;
    }
    return records.lostBytes() - before;
  }

  /**
   * Section 6.3, RACK_mark_losses_on_RTO(): the first segment is lost, the others only if they are
   * old enough.
   */
  void timeout(Transmissions records, long now) {
    deadline = TimerHeap.NEVER;
    if (!records.isEmpty()) {
      records.markLost(0);
    }
    int k = records.oldestInNetwork();
    while (k != Transmissions.NONE) {
      int then = records.nextInNetwork(k);
      if (records.sentAtById(k) + rtt + reoWnd > now) {
        return;
      }
      records.markLostById(k);
      k = then;
    }
  }

  /** Nothing is in flight any more. */
  void idle() {
    deadline = TimerHeap.NEVER;
  }
}
