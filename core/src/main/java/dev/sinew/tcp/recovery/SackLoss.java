package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;

/**
 * Which segments are lost by what lies above them: RFC 6675's IsLost(), for a connection with SACK
 * but without RACK. Pipe is counted by the records, and they are sent again in sequence order,
 * which is NextSeg()'s first rule.
 */
final class SackLoss {
  private static final int DUP_THRESHOLD = 3;

  /** Everything below was looked at: it is lost, was sent again, or is SACKed. */
  @Seq private int frontier;

  /** The one rescue retransmission of this recovery was sent (rule 4). */
  private boolean rescued;

  /** RFC 6675's DupAcks: how many ACKs in a row have SACKed something new. */
  private int duplicateAcks;

  SackLoss(@Seq int una) {
    frontier = una;
  }

  /** A timeout: everything is looked at anew. */
  void reset(@Seq int una) {
    frontier = una;
    rescued = false;
  }

  /** Fast recovery begins. */
  void begin() {
    rescued = false;
  }

  /**
   * Section 5 step 1: the third ACK in a row that SACKs something new tells of the first record's
   * loss, however little it was. An ACK that moves SND.UNA begins the count anew.
   *
   * @return bytes newly held for lost
   */
  long countDuplicate(Transmissions records, AckEvent e, boolean inRecovery) {
    if (e.advanced) {
      duplicateAcks = 0;
    }
    if (e.newlySacked) {
      duplicateAcks++;
    }
    if (inRecovery || duplicateAcks < DUP_THRESHOLD || records.isEmpty()) {
      return 0;
    }
    long before = records.lostBytes();
    records.markLost(0);
    return records.lostBytes() - before;
  }

  /**
   * Marks every record above which DupThresh separate blocks, or more than (DupThresh - 1) segments
   * of bytes, are SACKed.
   *
   * @return bytes newly held for lost
   */
  long detect(Transmissions records, @Seq int una, @Seq int highestSacked, int mss) {
    frontier = SeqNum.max(frontier, una);
    if (records.sackedCount() == 0) {
      return 0;
    }
    long sackedAbove = 0;
    int blocksAbove = 0;
    boolean inBlock = false;
    int i = Math.min(records.find(highestSacked), records.count() - 1);
    for (; i >= 0; i--) {
      if (records.sacked(i)) {
        sackedAbove += records.size(i);
        blocksAbove += inBlock ? 0 : 1;
        inBlock = true;
      } else {
        inBlock = false;
        if (blocksAbove >= DUP_THRESHOLD || sackedAbove > (long) (DUP_THRESHOLD - 1) * mss) {
          break;
        }
        if (SeqNum.leq(records.end(i), frontier)) {
          return 0;
        }
      }
    }
    if (i < 0) {
      return 0;
    }
    @Seq int below = records.end(i);
    if (SeqNum.leq(below, frontier)) {
      return 0;
    }
    long before = records.lostBytes();
    for (int j = records.find(frontier); j <= i; j++) {
      if (!records.retransmitted(j)) {
        records.markLost(j);
      }
    }
    frontier = below;
    return records.lostBytes() - before;
  }

  /**
   * NextSeg()'s rules 3 and 4, once nothing is lost and nothing new can be sent: the first record
   * below a SACKed one that was not sent again, or, once in a recovery, the last one that the peer
   * does not have.
   */
  int speculative(Transmissions records) {
    int lastSacked = records.count() - 1;
    while (lastSacked >= 0 && !records.sacked(lastSacked)) {
      lastSacked--;
    }
    for (int i = records.find(frontier); i < lastSacked; i++) {
      if (!records.sacked(i) && !records.retransmitted(i)) {
        return i;
      }
    }
    if (rescued) {
      return -1;
    }
    int i = records.count() - 1;
    while (i >= 0 && (records.sacked(i) || records.retransmitted(i))) {
      i--;
    }
    if (i >= 0 && records.size(i) > records.segmentSize(i)) {
      // One segment, with the highest sequence number.
      records.split(i, records.size(i) - records.segmentSize(i));
      i++;
    }
    return i;
  }

  /** What {@link #speculative} named goes out. */
  void rescued() {
    rescued = true;
  }
}
