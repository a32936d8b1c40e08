package dev.sinew.sim;

/** Which packets are lost by chance, in the words of {@code tc netem}. Values are 0 to 1. */
public sealed interface LossModel {
  /** No packet. */
  Random NONE = new Random(0, 0);

  /**
   * {@code loss random P [CORRELATION]}: each with probability {@code loss}; with a correlation
   * each draw depends in part on the one before.
   */
  record Random(double loss, double correlation) implements LossModel {}

  /**
   * {@code loss gemodel P [R [1-H [1-K]]]}: Gilbert and Elliott's model, bursts of loss. The link
   * is good or bad; before each packet it goes bad with {@code toBad}, good again with {@code
   * toGood}, and the packet is lost with the probability of the state it was in.
   */
  record GilbertElliott(double toBad, double toGood, double lossWhenBad, double lossWhenGood)
      implements LossModel {}

  /**
   * {@code loss state P13 [P31 [P32 [P23 [P14]]]]}: a Markov chain of four states: 1 received in a
   * gap, 2 received in a burst, 3 lost in a burst, 4 lost alone in a gap.
   */
  record Markov(double p13, double p31, double p32, double p23, double p14) implements LossModel {}

  /** True when it never loses a packet. */
  default boolean isNone() {
    return switch (this) {
      case Random r -> r.loss == 0;
      case GilbertElliott g -> g.toBad * g.lossWhenBad == 0 && g.lossWhenGood == 0;
      case Markov m -> m.p13 == 0 && m.p14 == 0;
    };
  }

  /** Reads what follows the word {@code loss}. */
  static LossModel read(SpecWords words) {
    if (words.takeIf("gemodel")) {
      double p = words.share();
      double r = words.share(1 - p);
      double bad = words.share(1);
      return new GilbertElliott(p, r, bad, words.share(0));
    }
    if (words.takeIf("state")) {
      double p13 = words.share();
      double p31 = words.share(1 - p13);
      double p32 = words.share(0);
      double p23 = words.share(1);
      return new Markov(p13, p31, p32, p23, words.share(0));
    }
    words.takeIf("random");
    double loss = words.share();
    return new Random(loss, words.share(0));
  }

  /** The words that {@link #read} understands. */
  default String words() {
    return switch (this) {
      case Random(double loss, double correlation) ->
          SpecWords.percent(loss) + (correlation == 0 ? "" : " " + SpecWords.percent(correlation));
      case GilbertElliott(double p, double r, double bad, double good) ->
          "gemodel " + join(p, r, bad, good);
      case Markov(double p13, double p31, double p32, double p23, double p14) ->
          "state " + join(p13, p31, p32, p23, p14);
    };
  }

  private static String join(double... shares) {
    StringBuilder text = new StringBuilder();
    for (double s : shares) {
      text.append(text.isEmpty() ? "" : " ").append(SpecWords.percent(s));
    }
    return text.toString();
  }
}
