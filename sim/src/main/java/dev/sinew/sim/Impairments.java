package dev.sinew.sim;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * What one direction of a link does to packets, in the words of {@code tc netem}, in any order,
 * each at most once: {@code delay 20ms 5ms distribution normal loss gemodel 1% 10% duplicate 0.1%
 * reorder 5% corrupt 0.1% rate 10mbit limit 100 mtu 1500}.
 *
 * @param delayNanos time from one end to the other
 * @param jitterNanos how far delays spread around that, see {@link Distribution}; packets may
 *     overtake each other, as in netem
 * @param delayCorrelation how much each delay depends on the one before, 0 to 1
 * @param distribution how the delays spread
 * @param loss which packets are lost
 * @param ecn what {@code loss} hits is marked Congestion Experienced instead, when the sender said
 *     that it understands that (ECT); netem's {@code ecn}
 * @param duplicate probability that a packet arrives twice
 * @param duplicateCorrelation how much each such draw depends on the one before
 * @param reorder probability that a packet is reordered: it skips the delay, as in netem, or is
 *     held back by {@code reorderNanos}
 * @param reorderCorrelation as above
 * @param reorderGap only every so many-th packet can be reordered; 1 for each
 * @param reorderNanos how long a reordered packet is held back (our second word of {@code
 *     reorder}); 0 for netem's meaning
 * @param corrupt probability that one bit of a packet is flipped
 * @param corruptCorrelation as above
 * @param bitsPerSecond how fast packets leave, 0 for at once
 * @param limitPackets packets that wait to leave, the one that is leaving included; a further one
 *     is dropped
 * @param limitBytes the same in bytes; 0 for no such limit
 * @param ceThreshold when a packet that waits is marked Congestion Experienced
 * @param slot when packets may leave, or {@link Slot#NONE}
 * @param mtu a larger packet is dropped without a word. What the host believes to be the MTU was
 *     fixed when the link was made
 */
public record Impairments(
    long delayNanos,
    long jitterNanos,
    double delayCorrelation,
    Distribution distribution,
    LossModel loss,
    boolean ecn,
    double duplicate,
    double duplicateCorrelation,
    double reorder,
    double reorderCorrelation,
    int reorderGap,
    long reorderNanos,
    double corrupt,
    double corruptCorrelation,
    long bitsPerSecond,
    int limitPackets,
    long limitBytes,
    Threshold ceThreshold,
    Slot slot,
    int mtu) {

  /** netem's default for {@code limit}. */
  public static final int DEFAULT_LIMIT = 1000;

  /** Nothing happens to packets, and they arrive at once. */
  public static final Impairments NONE = parse("");

  private static final String THRESHOLD = "packets (20), bytes (30kb) or a time (5ms)";

  /**
   * {@code ce_threshold}: a packet of an ECN flow that finds more than this before it is marked;
   * one value is not 0, or none.
   *
   * @param packets so many packets wait already
   * @param bytes so many bytes wait already
   * @param nanos it will have to wait for so long
   */
  public record Threshold(int packets, long bytes, long nanos) {
    /** Nothing is marked. */
    public static final Threshold NONE = new Threshold(0, 0, 0);
  }

  /**
   * {@code slot MIN [MAX] [packets N] [bytes N]}: packets wait for the next slot and leave
   * together, as over a link that collects them.
   *
   * @param minNanos the shortest time between slots
   * @param maxNanos the longest
   * @param packets how many leave in one, 0 for all
   * @param bytes how many bytes leave in one, 0 for all
   */
  public record Slot(long minNanos, long maxNanos, int packets, long bytes) {
    /** Packets leave when they can. */
    public static final Slot NONE = new Slot(0, 0, 0, 0);
  }

  /** Checks what {@link #parse} can't. */
  public Impairments {
    if (distribution == Distribution.UNIFORM && jitterNanos > delayNanos) {
      throw new IllegalArgumentException("delay: the jitter is larger than the delay");
    }
    if (reorder > 0 && reorderNanos == 0 && delayNanos == 0) {
      throw new IllegalArgumentException(
          "reorder: without a delay to skip it needs a time to hold packets back, as in \"reorder 5% 10ms\"");
    }
    if (ecn && loss.isNone()) {
      throw new IllegalArgumentException(
          "ecn: marks what loss would drop, so it needs a loss; to mark what waits too long use ce_threshold");
    }
    if (!ceThreshold.equals(Threshold.NONE) && bitsPerSecond == 0) {
      throw new IllegalArgumentException("ce_threshold: without a rate nothing waits");
    }
    if (limitPackets < 1) {
      throw new IllegalArgumentException("limit: at least 1 packet");
    }
    if (mtu < 68 || mtu > 65_535) {
      throw new IllegalArgumentException("mtu: 68 to 65535");
    }
  }

  /**
   * Reads a description; the empty one is {@link #NONE}.
   *
   * @throws IllegalArgumentException with a message that tells the column, the word at fault and
   *     what was expected
   */
  public static Impairments parse(String text) {
    SpecWords words = new SpecWords(text);
    Values v = new Values();
    Set<String> seen = new HashSet<>();
    while (!words.isEmpty()) {
      String key =
          words.take(
              "delay, loss, ecn, duplicate, reorder, corrupt, rate, limit, ce_threshold, slot or mtu");
      if (!seen.add(key)) {
        throw words.wrong("each word once");
      }
      v.read(key, words);
    }
    return v.build();
  }

  private static final class Values {
    long delay;
    long jitter;
    double delayCorrelation;
    Distribution distribution = Distribution.UNIFORM;
    LossModel loss = LossModel.NONE;
    boolean ecn;
    double duplicate;
    double duplicateCorrelation;
    double reorder;
    double reorderCorrelation;
    int reorderGap = 1;
    long reorderTime;
    double corrupt;
    double corruptCorrelation;
    long rate;
    int limit = DEFAULT_LIMIT;
    long limitBytes;
    Threshold ceThreshold = Threshold.NONE;
    Slot slot = Slot.NONE;
    int mtu = 1500;

    void read(String key, SpecWords words) {
      switch (key) {
        case "delay" -> delay(words);
        case "loss" -> loss = LossModel.read(words);
        case "ecn" -> ecn = true;
        case "duplicate" -> {
          duplicate = words.share();
          duplicateCorrelation = words.share(0);
        }
        case "corrupt" -> {
          corrupt = words.share();
          corruptCorrelation = words.share(0);
        }
        case "reorder" -> {
          reorder = words.share();
          reorderCorrelation = words.share(0);
          if (words.nextIsNumber()) {
            reorderTime = words.time();
          }
          if (words.takeIf("gap")) {
            reorderGap = words.number(1, 1_000_000);
          }
        }
        case "rate" -> rate = words.rate();
        case "limit" -> limit(words);
        case "ce_threshold" -> threshold(words);
        case "slot" -> slot(words);
        case "mtu" -> mtu = words.number(68, 65_535);
        default ->
            throw words.wrong(
                "delay, loss, ecn, duplicate, reorder, corrupt, rate, limit, ce_threshold, slot or mtu");
      }
    }

    private void delay(SpecWords words) {
      delay = words.time();
      if (words.nextIsNumber()) {
        jitter = words.time();
        delayCorrelation = words.share(0);
      }
      if (words.takeIf("distribution")) {
        String expected = "uniform, normal, pareto or paretonormal";
        distribution =
            switch (words.take(expected)) {
              case "uniform" -> Distribution.UNIFORM;
              case "normal" -> Distribution.NORMAL;
              case "pareto" -> Distribution.PARETO;
              case "paretonormal" -> Distribution.PARETONORMAL;
              default -> throw words.wrong(expected);
            };
      }
    }

    private void limit(SpecWords words) {
      String expected = "packets (100) or bytes (b, kb, mb, as in 64kb)";
      String word = words.take(expected);
      if (Character.isDigit(word.charAt(word.length() - 1))) {
        limit = words.number(1, Integer.MAX_VALUE, expected);
      } else {
        limit = Integer.MAX_VALUE;
        limitBytes = words.bytes(expected);
        if (limitBytes <= 0) {
          throw words.wrong(expected);
        }
      }
    }

    private void threshold(SpecWords words) {
      String next = words.peek();
      String unit = next == null ? "" : next.toLowerCase(Locale.ROOT);
      if (unit.endsWith("s")) {
        ceThreshold = new Threshold(0, 0, words.time());
        return;
      }
      words.take(THRESHOLD);
      long bytes = words.bytes(THRESHOLD);
      ceThreshold =
          bytes > 0
              ? new Threshold(0, bytes, 0)
              : new Threshold(words.number(1, Integer.MAX_VALUE, THRESHOLD), 0, 0);
    }

    private void slot(SpecWords words) {
      long min = words.time();
      long max = words.nextIsNumber() ? words.time() : min;
      if (max < min || max == 0) {
        throw words.wrong("a longest time between slots that is not below the shortest, nor 0");
      }
      int packets = words.takeIf("packets") ? words.number(1, Integer.MAX_VALUE) : 0;
      int bytes = words.takeIf("bytes") ? words.number(1, Integer.MAX_VALUE) : 0;
      slot = new Slot(min, max, packets, bytes);
    }

    Impairments build() {
      return new Impairments(
          delay,
          jitter,
          delayCorrelation,
          distribution,
          loss,
          ecn,
          duplicate,
          duplicateCorrelation,
          reorder,
          reorderCorrelation,
          reorderGap,
          reorderTime,
          corrupt,
          corruptCorrelation,
          rate,
          limit,
          limitBytes,
          ceThreshold,
          slot,
          mtu);
    }
  }

  /** The description that {@link #parse} reads back as this; empty for {@link #NONE}. */
  public String words() {
    StringBuilder s = new StringBuilder();
    if (delayNanos > 0 || jitterNanos > 0) {
      s.append(" delay ").append(SpecWords.time(delayNanos));
      if (jitterNanos > 0) {
        s.append(' ').append(SpecWords.time(jitterNanos)).append(correlation(delayCorrelation));
      }
      if (distribution != Distribution.UNIFORM) {
        s.append(" distribution ").append(distribution.word());
      }
    }
    if (!loss.isNone()) {
      s.append(" loss ").append(loss.words());
    }
    s.append(ecn ? " ecn" : "");
    if (duplicate > 0) {
      s.append(" duplicate ").append(SpecWords.percent(duplicate));
      s.append(correlation(duplicateCorrelation));
    }
    if (reorder > 0) {
      s.append(" reorder ").append(SpecWords.percent(reorder));
      s.append(correlation(reorderCorrelation));
      s.append(reorderNanos > 0 ? " " + SpecWords.time(reorderNanos) : "");
      s.append(reorderGap > 1 ? " gap " + reorderGap : "");
    }
    if (corrupt > 0) {
      s.append(" corrupt ").append(SpecWords.percent(corrupt));
      s.append(correlation(corruptCorrelation));
    }
    if (bitsPerSecond > 0) {
      s.append(" rate ").append(SpecWords.rate(bitsPerSecond));
    }
    if (limitBytes > 0) {
      s.append(" limit ").append(limitBytes).append('b');
    } else if (limitPackets != DEFAULT_LIMIT) {
      s.append(" limit ").append(limitPackets);
    }
    if (!ceThreshold.equals(Threshold.NONE)) {
      s.append(" ce_threshold ")
          .append(
              ceThreshold.packets > 0
                  ? String.valueOf(ceThreshold.packets)
                  : ceThreshold.bytes > 0
                      ? ceThreshold.bytes + "b"
                      : SpecWords.time(ceThreshold.nanos));
    }
    if (!slot.equals(Slot.NONE)) {
      s.append(" slot ").append(SpecWords.time(slot.minNanos));
      s.append(' ').append(SpecWords.time(slot.maxNanos));
      s.append(slot.packets > 0 ? " packets " + slot.packets : "");
      s.append(slot.bytes > 0 ? " bytes " + slot.bytes : "");
    }
    s.append(mtu != 1500 ? " mtu " + mtu : "");
    return s.toString().strip();
  }

  private static String correlation(double correlation) {
    return correlation == 0 ? "" : " " + SpecWords.percent(correlation);
  }
}
