package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;

/**
 * Whether what the last recovery sent again was needed at all. Two witnesses: the Eifel detection
 * algorithm (RFC 3522), to which a timestamp echo older than the first retransmission tells that
 * the original has arrived; and the reports of duplicates (RFC 2883 section 5), when each
 * retransmission of the recovery was reported. A duplicate of what was not sent again is the
 * network's, and no witness. {@link ForwardRto} is a third.
 */
final class Undo {
  /**
   * Retransmissions of one recovery that are kept in mind; one that needs more was not spurious.
   */
  private static final int CAPACITY = 32;

  private boolean timeout;

  /** Above this, reports of duplicates are no longer about the recovery. */
  @Seq private int end;

  // ---- Eifel
  private boolean resent;
  private int resentMillis;
  @Seq private int resentEnd;

  // ---- reports of duplicates
  @Seq private int[] starts = {};
  @Seq private int[] ends = {};
  private byte[] unreported = {};
  private int ranges;
  private int unreportedRanges;

  /** A recovery begins: by a timeout, or fast. */
  void begin(boolean byTimeout, @Seq int nxt) {
    timeout = byTimeout;
    end = nxt;
    resent = false;
    ranges = 0;
    unreportedRanges = 0;
  }

  /** The recovery in question began with a timeout. */
  boolean byTimeout() {
    return timeout;
  }

  /** The recovery is over; reports may still come for a round trip. */
  void left(@Seq int nxt) {
    end = nxt;
  }

  /** True when nothing about the recovery can be told any more. */
  boolean past(@Seq int una) {
    return SeqNum.gt(una, end);
  }

  /** A record of the recovery was sent again. */
  void resent(@Seq int start, @Seq int stop, long now) {
    if (!resent) {
      resent = true;
      resentMillis = (int) (now / 1_000_000L);
      resentEnd = stop;
    }
    for (int i = 0; i < ranges; i++) {
      if (starts[i] == start && ends[i] == stop) {
        unreportedRanges += unreported[i] == 0 ? 1 : 0;
        unreported[i] = (byte) Math.min(unreported[i] + 1, 100);
        return;
      }
    }
    if (ranges == CAPACITY) {
      // Counted, but never to be reported.
      unreportedRanges++;
      return;
    }
    if (ranges == starts.length) {
      int size = Math.max(4, ranges * 2);
      @Seq int[] moreStarts = new int[size];
      @Seq int[] moreEnds = new int[size];
      byte[] more = new byte[size];
      System.arraycopy(starts, 0, moreStarts, 0, ranges);
      System.arraycopy(ends, 0, moreEnds, 0, ranges);
      System.arraycopy(unreported, 0, more, 0, ranges);
      starts = moreStarts;
      ends = moreEnds;
      unreported = more;
    }
    starts[ranges] = start;
    ends[ranges] = stop;
    unreported[ranges++] = 1;
    unreportedRanges++;
  }

  /**
   * RFC 3522 section 3.2: the acknowledgement that covers the first retransmission echoes an
   * earlier timestamp.
   */
  boolean echoTells(AckEvent e) {
    return resent
        && e.advanced
        && e.hasEcho
        && SeqNum.geq(e.una, resentEnd)
        && e.echoMillis - resentMillis < 0;
  }

  /** Takes a report of a duplicate in; true when it was the last one missing. */
  boolean reportTells(AckEvent e) {
    if (!e.dsack) {
      return false;
    }
    boolean any = false;
    for (int i = 0; i < ranges; i++) {
      if (unreported[i] > 0
          && SeqNum.geq(starts[i], e.dsackStart)
          && SeqNum.leq(ends[i], e.dsackEnd)) {
        unreported[i]--;
        unreportedRanges -= unreported[i] == 0 ? 1 : 0;
        any = true;
      }
    }
    return any && unreportedRanges == 0;
  }
}
