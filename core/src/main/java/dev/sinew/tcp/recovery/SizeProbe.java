package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;

/**
 * The one segment in flight, if there is one, that is larger than the path is known to carry. That
 * it is lost alone says something about its size and nothing about congestion (RFC 4821 section
 * 7.6).
 */
public final class SizeProbe {
  /** What has become of it. */
  public enum Outcome {
    /** Nothing is known yet, or nothing any more. */
    UNDER_WAY,
    DELIVERED,
    /** It was lost, and nothing else was. */
    LOST,
    /** It was lost among others, or a timeout made an end of it. */
    INCONCLUSIVE
  }

  private boolean out;
  @Seq private int start;
  @Seq private int end;
  private Outcome outcome = Outcome.UNDER_WAY;

  /** Record {@code i}, just sent, is the probe. */
  public void begin(Transmissions records, int i) {
    out = true;
    start = records.start(i);
    end = records.end(i);
    outcome = Outcome.UNDER_WAY;
  }

  /** What has become of it; told once. */
  public Outcome take() {
    Outcome o = outcome;
    outcome = Outcome.UNDER_WAY;
    return o;
  }

  /** Record {@code i} was delivered whole. */
  void delivered(Transmissions records, int i) {
    if (out && records.start(i) == start && records.end(i) == end && !records.retransmitted(i)) {
      end(Outcome.DELIVERED);
    }
  }

  /** The first record is the probe. */
  boolean isFirst(Transmissions records) {
    return out && !records.isEmpty() && records.start(0) == start && !records.retransmitted(0);
  }

  /**
   * Records were found lost: is it the probe alone?
   *
   * @param lost bytes found lost
   * @param open nothing was being recovered before
   * @return the bytes of those that are no sign of congestion
   */
  long lostAlone(Transmissions records, long lost, boolean open) {
    if (!out || lost == 0) {
      return 0;
    }
    int i = records.find(start);
    if (i >= records.count() || records.start(i) != start || !records.lost(i)) {
      return 0;
    }
    int size = records.size(i);
    if (!open || lost > size) {
      end(Outcome.INCONCLUSIVE);
      return 0;
    }
    end(Outcome.LOST);
    return size;
  }

  /** The retransmission timer ran out. */
  void timeout() {
    if (out) {
      end(Outcome.INCONCLUSIVE);
    }
  }

  private void end(Outcome o) {
    out = false;
    outcome = o;
  }
}
