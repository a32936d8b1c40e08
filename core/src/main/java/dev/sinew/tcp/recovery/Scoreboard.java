package dev.sinew.tcp.recovery;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;

/**
 * Puts the SACK blocks of an acknowledgement on the transmission records (RFC 2018 section 5, RFC
 * 6675 section 4's Update()). A block is believed only if it lies wholly above the cumulative
 * acknowledgement and within what was sent; the first may report a duplicate instead (RFC 2883
 * section 4).
 *
 * <p>A block's edge inside of a record cuts the record in two, unless a piece would be smaller than
 * an eighth of a segment: then that piece counts as not reported. So however a peer chooses its
 * blocks, there are at most eight records for each full segment in flight, and what is SACKed
 * already is stepped over: work is O(log n) for each block and each record that it newly reports.
 */
final class Scoreboard {
  private Scoreboard() {}

  /** Marks what the blocks report, and tells recovery of each record that is newly delivered. */
  static void take(LossRecovery recovery, AckEvent e, int mss, Counters counters) {
    Transmissions records = recovery.records();
    int least = Math.max(1, mss / 8);
    for (int b = 0; b < e.sackCount; b++) {
      @Seq int left = e.sackEdges[2 * b];
      @Seq int right = e.sackEdges[2 * b + 1];
      if (b == 0 && isDuplicateReport(e, left, right)) {
        e.dsack = true;
        e.dsackStart = left;
        e.dsackEnd = right;
        counters.inc(
            SeqNum.leq(right, e.ack) ? Counter.TcpExtTCPDSACKRecv : Counter.TcpExtTCPDSACKOfoRecv);
        continue;
      }
      if (!SeqNum.lt(left, right) || !SeqNum.gt(left, e.una) || SeqNum.gt(right, e.nxt)) {
        if (SeqNum.gt(right, e.una) || !SeqNum.lt(left, right)) {
          counters.inc(Counter.TcpExtTCPSACKDiscard);
        }
        continue;
      }
      mark(recovery, records, e, left, right, least);
    }
  }

  /**
   * RFC 2883 section 4.1 and 4.2: below the cumulative acknowledgement, or inside of the second
   * block.
   */
  private static boolean isDuplicateReport(AckEvent e, @Seq int left, @Seq int right) {
    if (!SeqNum.lt(left, right)) {
      return false;
    }
    if (SeqNum.leq(right, e.ack)) {
      return SeqNum.diff(e.ack, left) <= e.maxWindow;
    }
    return e.sackCount > 1
        && SeqNum.geq(left, e.sackEdges[2])
        && SeqNum.leq(right, e.sackEdges[3])
        && SeqNum.gt(e.sackEdges[2], e.una)
        && SeqNum.leq(right, e.nxt);
  }

  private static void mark(
      LossRecovery recovery,
      Transmissions records,
      AckEvent e,
      @Seq int left,
      @Seq int right,
      int least) {
    int i = records.find(left);
    int into = i < records.count() ? SeqNum.diff(left, records.start(i)) : 0;
    if (into > 0 && !records.sacked(i)) {
      int reported = SeqNum.diff(SeqNum.min(right, records.end(i)), left);
      if (into >= least && reported >= least) {
        records.split(i, into);
      }
      i++;
    }
    while (true) {
      i = records.skipSacked(i);
      if (i >= records.count() || SeqNum.geq(records.start(i), right)) {
        return;
      }
      int covered = SeqNum.diff(right, records.start(i));
      if (covered < records.size(i)) {
        if (covered < least || records.size(i) - covered < least) {
          return;
        }
        records.split(i, covered);
      }
      recovery.delivered(i, e);
      records.markSacked(i);
      e.newlySacked = true;
      i++;
    }
  }
}
