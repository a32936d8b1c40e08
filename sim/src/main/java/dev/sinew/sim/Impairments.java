package dev.sinew.sim;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one direction of a link does to packets, in the words of {@code tc netem}: {@code delay 20ms
 * 5ms loss 1% duplicate 0.1% reorder 5% corrupt 0.1% rate 10mbit limit 100 mtu 1500}, in any order,
 * each at most once.
 *
 * @param delayNanos time from one end to the other
 * @param jitterNanos each packet's delay differs from that by at most so much, evenly spread;
 *     packets may overtake each other, as in netem
 * @param loss probability that a packet is lost, 0 to 1
 * @param duplicate probability that a packet arrives twice
 * @param reorder probability that a packet is reordered: it skips the delay, as in netem, or is
 *     held back by {@code reorderNanos}
 * @param reorderNanos how long a reordered packet is held back (our second word of {@code
 *     reorder}); 0 for netem's meaning
 * @param corrupt probability that one bit of a packet is flipped
 * @param bitsPerSecond how fast packets leave, 0 for at once
 * @param limitPackets packets that wait to leave, the one that is leaving included; a further one
 *     is dropped
 * @param limitBytes the same in bytes; 0 for no such limit
 * @param mtu a larger packet is dropped without a word. What the host believes to be the MTU was
 *     fixed when the link was made
 */
public record Impairments(
    long delayNanos,
    long jitterNanos,
    double loss,
    double duplicate,
    double reorder,
    long reorderNanos,
    double corrupt,
    long bitsPerSecond,
    int limitPackets,
    long limitBytes,
    int mtu) {

  /** netem's default for {@code limit}. */
  public static final int DEFAULT_LIMIT = 1000;

  /** Nothing happens to packets, and they arrive at once. */
  public static final Impairments NONE =
      new Impairments(0, 0, 0, 0, 0, 0, 0, 0, DEFAULT_LIMIT, 0, 1500);

  /** Checks what {@link #parse} can't. */
  public Impairments {
    if (jitterNanos > delayNanos) {
      throw new IllegalArgumentException("delay: the jitter is larger than the delay");
    }
    if (reorder > 0 && reorderNanos == 0 && delayNanos == 0) {
      throw new IllegalArgumentException(
          "reorder: without a delay to skip it needs a time to hold packets back, as in \"reorder 5% 10ms\"");
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
   * @throws IllegalArgumentException with a message that names the word at fault
   */
  public static Impairments parse(String text) {
    Deque<String> words = new ArrayDeque<>(List.of(text.strip().split("\\s+")));
    words.removeIf(String::isEmpty);
    Values v = new Values();
    Deque<String> seen = new ArrayDeque<>();
    while (!words.isEmpty()) {
      String key = words.remove();
      if (seen.contains(key)) {
        throw new IllegalArgumentException(key + ": given twice");
      }
      seen.add(key);
      v.read(key, words);
    }
    return new Impairments(
        v.delay,
        v.jitter,
        v.loss,
        v.duplicate,
        v.reorder,
        v.reorderTime,
        v.corrupt,
        v.rate,
        v.limit,
        v.limitBytes,
        v.mtu);
  }

  private static final class Values {
    long delay;
    long jitter;
    double loss;
    double duplicate;
    double reorder;
    long reorderTime;
    double corrupt;
    long rate;
    int limit = DEFAULT_LIMIT;
    long limitBytes;
    int mtu = 1500;

    void read(String key, Deque<String> words) {
      switch (key) {
        case "delay" -> {
          delay = time(key, words.poll());
          if (startsWithDigit(words.peek())) {
            jitter = time(key, words.poll());
          }
        }
        case "loss" -> {
          if ("random".equals(words.peek())) {
            words.remove();
          }
          loss = share(key, words.poll());
        }
        case "duplicate" -> duplicate = share(key, words.poll());
        case "corrupt" -> corrupt = share(key, words.poll());
        case "reorder" -> {
          reorder = share(key, words.poll());
          if (startsWithDigit(words.peek())) {
            reorderTime = time(key, words.poll());
          }
        }
        case "rate" -> rate = rate(key, words.poll());
        case "limit" -> {
          String word = need(key, words.poll());
          if (Character.isDigit(word.charAt(word.length() - 1))) {
            limit = (int) number(key, word, word.length());
          } else {
            limit = Integer.MAX_VALUE;
            limitBytes = bytes(key, word);
          }
        }
        case "mtu" ->
            mtu =
                (int)
                    number(
                        key,
                        words.peek() == null ? "" : words.peek(),
                        need(key, words.poll()).length());
        default ->
            throw new IllegalArgumentException(
                "\""
                    + key
                    + "\": expected delay, loss, duplicate, reorder, corrupt, rate, limit or mtu");
      }
    }
  }

  private static boolean startsWithDigit(@Nullable String word) {
    return word != null && Character.isDigit(word.charAt(0));
  }

  private static String need(String key, @Nullable String word) {
    if (word == null) {
      throw new IllegalArgumentException(key + ": a value is missing");
    }
    return word;
  }

  private static long scaled(String key, String word, int unitAt, long unit) {
    try {
      BigDecimal value = new BigDecimal(word.substring(0, unitAt));
      if (value.signum() >= 0) {
        return value.multiply(BigDecimal.valueOf(unit)).longValueExact();
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          key + ": \"" + word + "\" is not a value that can be used", e);
    }
    throw new IllegalArgumentException(key + ": \"" + word + "\" is negative");
  }

  private static long number(String key, String word, int unitAt) {
    long value = scaled(key, word, unitAt, 1);
    if (value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(key + ": \"" + word + "\" is too large");
    }
    return value;
  }

  private static int unitStart(String word) {
    int i = 0;
    while (i < word.length()
        && (Character.isDigit(word.charAt(i)) || word.charAt(i) == '.' || word.charAt(i) == '-')) {
      i++;
    }
    return i;
  }

  private static long time(String key, @Nullable String given) {
    String word = need(key, given);
    int at = unitStart(word);
    long unit =
        switch (word.substring(at).toLowerCase(Locale.ROOT)) {
          case "ns" -> 1L;
          case "us" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          default ->
              throw new IllegalArgumentException(
                  key + ": \"" + word + "\" is not a time; use ns, us, ms or s");
        };
    return scaled(key, word, at, unit);
  }

  private static double share(String key, @Nullable String given) {
    String word = need(key, given);
    if (word.endsWith("%")) {
      try {
        double percent = Double.parseDouble(word.substring(0, word.length() - 1));
        if (percent >= 0 && percent <= 100) {
          return percent / 100;
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(key + ": \"" + word + "\" is not a percentage", e);
      }
    }
    throw new IllegalArgumentException(
        key + ": \"" + word + "\" is not a percentage from 0% to 100%");
  }

  private static long rate(String key, @Nullable String given) {
    String word = need(key, given);
    int at = unitStart(word);
    long unit =
        switch (word.substring(at).toLowerCase(Locale.ROOT)) {
          case "bit" -> 1L;
          case "kbit" -> 1_000L;
          case "mbit" -> 1_000_000L;
          case "gbit" -> 1_000_000_000L;
          case "bps" -> 8L;
          case "kbps" -> 8_000L;
          case "mbps" -> 8_000_000L;
          case "gbps" -> 8_000_000_000L;
          default ->
              throw new IllegalArgumentException(
                  key
                      + ": \""
                      + word
                      + "\" is not a rate; use bit, kbit, mbit or gbit (bps, kbps … are bytes per second, as in tc)");
        };
    return scaled(key, word, at, unit);
  }

  private static long bytes(String key, String word) {
    int at = unitStart(word);
    long unit =
        switch (word.substring(at).toLowerCase(Locale.ROOT)) {
          case "b" -> 1L;
          case "k", "kb" -> 1_024L;
          case "m", "mb" -> 1_048_576L;
          default ->
              throw new IllegalArgumentException(
                  key + ": \"" + word + "\" is neither packets nor bytes (b, kb, mb)");
        };
    return scaled(key, word, at, unit);
  }
}
