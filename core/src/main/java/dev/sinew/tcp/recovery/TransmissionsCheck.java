package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import org.jspecify.annotations.Nullable;

/** Invariant I3 of the transmission records: they follow each other, and their sums are right. */
final class TransmissionsCheck {
  private TransmissionsCheck() {}

  /** What is wrong with the lists, in words, or null. */
  static @Nullable String violation(Transmissions t, @Seq int una) {
    @Seq int expected = una;
    long lost = 0;
    long sacked = 0;
    long again = 0;
    long all = 0;
    int sackedSegments = 0;
    int inNetwork = 0;
    for (int i = 0; i < t.count(); i++) {
      int size = t.size(i);
      if (t.start(i) != expected || size <= 0 || t.segmentSize(i) <= 0) {
        return "I3: record " + i + " does not follow the one before it";
      }
      if (t.lost(i) && t.sacked(i)) {
        return "I3: record " + i + " is lost and SACKed";
      }
      expected = t.end(i);
      all += size;
      lost += t.lost(i) ? size : 0;
      sacked += t.sacked(i) ? size : 0;
      sackedSegments += t.sacked(i) ? (size - 1) / t.segmentSize(i) + 1 : 0;
      boolean there = !t.lost(i) && !t.sacked(i);
      again += there && t.retransmitted(i) ? size : 0;
      inNetwork += there ? 1 : 0;
    }
    int before = Transmissions.NONE;
    for (int k = t.oldestInNetwork(); k != Transmissions.NONE; k = t.nextInNetwork(k)) {
      inNetwork--;
      if (!t.inNetworkById(k)
          || t.previousInNetwork(k) != before
          || before != Transmissions.NONE && t.turnById(before) - t.turnById(k) > 0) {
        return "I3: the list of what is in the network is not in order";
      }
      before = k;
    }
    return all == t.outstandingBytes()
            && lost == t.lostBytes()
            && sacked == t.sackedBytes()
            && again == t.retransmittedBytes()
            && sackedSegments == t.sackedCount()
            && inNetwork == 0
            && before == t.newestInNetwork()
        ? null
        : "I3: records and their sums differ";
  }
}
