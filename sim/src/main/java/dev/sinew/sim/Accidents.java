package dev.sinew.sim;

/**
 * What chance does to the packets of one direction. Each kind of accident draws from a random
 * stream of its own, so that adding one does not move the others; where a probability is 0 nothing
 * is drawn.
 */
final class Accidents {
  /** A draw that may depend in part on the one before, as netem's correlated random numbers. */
  private static final class Draw {
    private final NamedRandom stream;
    private double last;

    Draw(NamedRandom stream) {
      this.stream = stream;
    }

    double next(double correlation) {
      double u = stream.nextDouble();
      last = correlation == 0 ? u : u * (1 - correlation) + last * correlation;
      return last;
    }

    boolean chance(double p, double correlation) {
      return p > 0 && next(correlation) < p;
    }
  }

  /** States of the loss models; the numbers are those of netem's four-state model. */
  private static final int RECEIVED_IN_GAP = 1;

  private static final int RECEIVED_IN_BURST = 2;
  private static final int LOST_IN_BURST = 3;
  private static final int LOST_IN_GAP = 4;

  private final Draw loss;
  private final Draw duplicate;
  private final Draw reorder;
  private final Draw corrupt;
  private final Draw jitter;
  private final NamedRandom slot;
  private Impairments words;
  private int lossState = RECEIVED_IN_GAP;
  private int sinceReordered;

  Accidents(Simulation simulation, String direction, Impairments words) {
    this.words = words;
    loss = new Draw(simulation.random("link/" + direction + "/loss"));
    duplicate = new Draw(simulation.random("link/" + direction + "/duplicate"));
    reorder = new Draw(simulation.random("link/" + direction + "/reorder"));
    corrupt = new Draw(simulation.random("link/" + direction + "/corrupt"));
    jitter = new Draw(simulation.random("link/" + direction + "/jitter"));
    slot = simulation.random("link/" + direction + "/slot");
  }

  /** Other words from now on; a burst of loss that the old ones began is over. */
  void change(Impairments next) {
    words = next;
    lossState = RECEIVED_IN_GAP;
    sinceReordered = 0;
  }

  boolean lost() {
    return switch (words.loss()) {
      case LossModel.Random r -> loss.chance(r.loss(), r.correlation());
      case LossModel.GilbertElliott g -> gilbertElliott(g);
      case LossModel.Markov m -> markov(m);
    };
  }

  private boolean gilbertElliott(LossModel.GilbertElliott g) {
    boolean bad = lossState == LOST_IN_BURST;
    if (loss.next(0) < (bad ? g.toGood() : g.toBad())) {
      lossState = bad ? RECEIVED_IN_GAP : LOST_IN_BURST;
    }
    return loss.next(0) < (bad ? g.lossWhenBad() : g.lossWhenGood());
  }

  private boolean markov(LossModel.Markov m) {
    double u = loss.next(0);
    lossState =
        switch (lossState) {
          case RECEIVED_IN_GAP ->
              u < m.p14() ? LOST_IN_GAP : u < m.p14() + m.p13() ? LOST_IN_BURST : RECEIVED_IN_GAP;
          case RECEIVED_IN_BURST -> u < m.p23() ? LOST_IN_BURST : RECEIVED_IN_BURST;
          case LOST_IN_BURST ->
              u < m.p32()
                  ? RECEIVED_IN_BURST
                  : u < m.p32() + m.p31() ? RECEIVED_IN_GAP : LOST_IN_BURST;
          default -> RECEIVED_IN_GAP;
        };
    return lossState == LOST_IN_BURST || lossState == LOST_IN_GAP;
  }

  boolean duplicated() {
    return duplicate.chance(words.duplicate(), words.duplicateCorrelation());
  }

  boolean corrupted() {
    return corrupt.chance(words.corrupt(), words.corruptCorrelation());
  }

  /** Which of so many bits is flipped. */
  long bit(long bits) {
    return Math.floorMod(corrupt.stream.nextLong(), bits);
  }

  boolean reordered() {
    if (words.reorder() == 0) {
      return false;
    }
    if (++sinceReordered < words.reorderGap()) {
      return false;
    }
    if (reorder.chance(words.reorder(), words.reorderCorrelation())) {
      sinceReordered = 0;
      return true;
    }
    return false;
  }

  long delay() {
    long range = words.jitterNanos();
    if (range == 0) {
      return words.delayNanos();
    }
    Distribution d = words.distribution();
    double u = jitter.next(words.delayCorrelation());
    double v = 0;
    double w = 0;
    if (d == Distribution.NORMAL || d == Distribution.PARETONORMAL) {
      v = jitter.stream.nextDouble();
      w = d == Distribution.PARETONORMAL ? jitter.stream.nextDouble() : 0;
    }
    return Math.max(0, words.delayNanos() + StrictMath.round(range * d.deviation(u, v, w)));
  }

  /** The time from one slot to the next. */
  long slotNanos() {
    Impairments.Slot s = words.slot();
    long spread = s.maxNanos() - s.minNanos();
    return Math.max(
        1, s.minNanos() + (spread == 0 ? 0 : Math.floorMod(slot.nextLong(), spread + 1)));
  }
}
