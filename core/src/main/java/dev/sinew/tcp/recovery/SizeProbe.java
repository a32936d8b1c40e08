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

  private final Transmissions records;
  private boolean out;
  @Seq private int start;
  @Seq private int end;
  private Outcome outcome = Outcome.UNDER_WAY;

  SizeProbe(Transmissions records) {
    this.records = records;
  }

  /** The newest record is the probe. */
  public void begin() {
    int i = records.count() - 1;
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
  void delivered(int i) {
    if (out && records.start(i) == start && records.end(i) == end && !records.retransmitted(i)) {
      end(Outcome.DELIVERED);
    }
  }

  /**
   * Records were found lost: is it the probe alone?
   *
   * @param lost bytes found lost
   * @return those of them that are a sign of congestion
   */
  long lostToCongestion(long lost, boolean inRecovery) {
    if (!out || lost == 0) {
      return lost;
    }
    int i = records.find(start);
    if (i >= records.count() || records.start(i) != start || !records.lost(i)) {
      return lost;
    }
    int size = records.size(i);
    if (inRecovery || lost > size) {
      end(Outcome.INCONCLUSIVE);
      return lost;
    }
    end(Outcome.LOST);
    return 0;
  }

  /** Duplicates say that the first record is lost: if it is the probe, it is marked. */
  boolean lostFirst() {
    if (!out || records.isEmpty() || records.start(0) != start || records.retransmitted(0)) {
      return false;
    }
    records.markLost(0);
    end(Outcome.LOST);
    return true;
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
