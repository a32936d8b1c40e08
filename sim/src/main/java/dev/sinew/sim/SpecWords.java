package dev.sinew.sim;

import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The words of a description that a person wrote, taken one after the other. What does not fit is
 * one error that tells the column, the word and what was expected there.
 */
final class SpecWords {
  static final String A_TIME = "a time such as 20ms (ns, us, ms, s, min or h)";
  static final String A_SHARE = "a percentage from 0% to 100%";
  static final String A_RATE =
      "a rate such as 10mbit (bit, kbit, mbit, gbit; bps, kbps … are bytes per second, as in tc)";

  private final String text;
  private int at;
  private int wordAt;
  private String word = "";

  SpecWords(String text) {
    this.text = text;
    skipBlanks();
  }

  private void skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  boolean isEmpty() {
    return at == text.length();
  }

  /** The next word, not taken; null at the end. */
  @Nullable String peek() {
    if (isEmpty()) {
      return null;
    }
    int end = at;
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return text.substring(at, end);
  }

  /** Takes the next word. */
  String take(String expected) {
    String next = peek();
    if (next == null) {
      throw new IllegalArgumentException(
          "column " + (text.length() + 1) + ": expected " + expected + ", but the text ends");
    }
    word = next;
    wordAt = at;
    at += next.length();
    skipBlanks();
    return next;
  }

  /** Takes the next word if it is this one. */
  boolean takeIf(String wanted) {
    if (wanted.equals(peek())) {
      take(wanted);
      return true;
    }
    return false;
  }

  /** Everything that follows, taken; where it begins is {@link #column}. */
  String rest() {
    wordAt = at;
    word = text.substring(at).strip();
    at = text.length();
    return word;
  }

  /** Where the word taken last begins, counted from 1. */
  int column() {
    return wordAt + 1;
  }

  /** What is wrong with the word that was taken last. */
  IllegalArgumentException wrong(String expected) {
    return new IllegalArgumentException(
        "column " + column() + ": expected " + expected + ", not \"" + word + "\"");
  }

  boolean nextIsNumber() {
    String next = peek();
    return next != null && Character.isDigit(next.charAt(0));
  }

  boolean nextIsShare() {
    String next = peek();
    return nextIsNumber() && next != null && next.endsWith("%");
  }

  long time() {
    take(A_TIME);
    int unitAt = unitStart();
    long unit =
        switch (word.substring(unitAt).toLowerCase(Locale.ROOT)) {
          case "ns" -> 1L;
          case "us" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "min" -> 60_000_000_000L;
          case "h" -> 3_600_000_000_000L;
          default -> throw wrong(A_TIME);
        };
    return scaled(unitAt, unit, A_TIME);
  }

  double share() {
    take(A_SHARE);
    if (word.endsWith("%")) {
      try {
        double percent = new BigDecimal(word.substring(0, word.length() - 1)).doubleValue();
        if (percent >= 0 && percent <= 100) {
          return percent / 100;
        }
      } catch (NumberFormatException e) {
        throw wrong(A_SHARE);
      }
    }
    throw wrong(A_SHARE);
  }

  /** A percentage if one follows, else {@code otherwise}. */
  double share(double otherwise) {
    return nextIsShare() ? share() : otherwise;
  }

  long rate() {
    take(A_RATE);
    int unitAt = unitStart();
    long unit =
        switch (word.substring(unitAt).toLowerCase(Locale.ROOT)) {
          case "bit" -> 1L;
          case "kbit" -> 1_000L;
          case "mbit" -> 1_000_000L;
          case "gbit" -> 1_000_000_000L;
          case "bps" -> 8L;
          case "kbps" -> 8_000L;
          case "mbps" -> 8_000_000L;
          case "gbps" -> 8_000_000_000L;
          default -> throw wrong(A_RATE);
        };
    return scaled(unitAt, unit, A_RATE);
  }

  /** Bytes of the word that was taken last, or -1 when its unit is none of bytes. */
  long bytes(String expected) {
    int unitAt = unitStart();
    long unit =
        switch (word.substring(unitAt).toLowerCase(Locale.ROOT)) {
          case "b" -> 1L;
          case "k", "kb" -> 1_024L;
          case "m", "mb" -> 1_048_576L;
          default -> -1;
        };
    return unit < 0 ? -1 : scaled(unitAt, unit, expected);
  }

  int number(int min, int max) {
    String expected = "a number from " + min + " to " + max;
    take(expected);
    return number(min, max, expected);
  }

  /** The word that was taken last, as a number. */
  int number(int min, int max, String expected) {
    long value = scaled(word.length(), 1, expected);
    if (value < min || value > max) {
      throw wrong(expected);
    }
    return (int) value;
  }

  private int unitStart() {
    int i = 0;
    while (i < word.length()
        && (Character.isDigit(word.charAt(i)) || word.charAt(i) == '.' || word.charAt(i) == '-')) {
      i++;
    }
    return i;
  }

  private long scaled(int unitAt, long unit, String expected) {
    try {
      BigDecimal value = new BigDecimal(word.substring(0, unitAt));
      if (value.signum() >= 0) {
        return value.multiply(BigDecimal.valueOf(unit)).longValueExact();
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong(expected);
    }
    throw wrong(expected);
  }

  // ---- the other way

  /** A time in the largest unit that keeps it whole. */
  static String time(long nanos) {
    if (nanos % 1_000_000_000 == 0) {
      return nanos / 1_000_000_000 + "s";
    }
    return nanos % 1_000_000 == 0
        ? nanos / 1_000_000 + "ms"
        : nanos % 1_000 == 0 ? nanos / 1_000 + "us" : nanos + "ns";
  }

  /** A share as a percentage that reads back as the same value. */
  static String percent(double share) {
    BigDecimal percent = BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros();
    String text = percent.toPlainString();
    return text.equals("0") ? "0%" : text + "%";
  }

  static String rate(long bitsPerSecond) {
    return bitsPerSecond % 1_000_000_000 == 0
        ? bitsPerSecond / 1_000_000_000 + "gbit"
        : bitsPerSecond % 1_000_000 == 0
            ? bitsPerSecond / 1_000_000 + "mbit"
            : bitsPerSecond % 1_000 == 0 ? bitsPerSecond / 1_000 + "kbit" : bitsPerSecond + "bit";
  }
}
