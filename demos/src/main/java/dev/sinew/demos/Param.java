package dev.sinew.demos;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;

/**
 * Something about an experiment that {@code --set name=value} changes.
 *
 * @param fallback its value when it is not set, as one would write it
 * @param least the least value allowed, in the kind's unit
 * @param most the greatest
 * @param words the allowed words of a choice
 * @param english what it is, in a few words
 */
record Param(
    String name,
    Kind kind,
    String fallback,
    long least,
    long most,
    List<String> words,
    String english,
    String chinese) {
  /** What values look like; each is kept as one number. */
  enum Kind {
    /** A count. */
    COUNT,
    /** A duration, kept in nanoseconds. */
    TIME,
    /** A share, kept in millionths. */
    SHARE,
    /** Bytes. */
    SIZE,
    /** Bits per second. */
    RATE,
    /** One of some words, kept as its place. */
    CHOICE
  }

  private static final long MS = 1_000_000L;

  static Param count(String name, long value, long least, long most, String en, String zh) {
    return new Param(name, Kind.COUNT, Long.toString(value), least, most, List.of(), en, zh);
  }

  static Param time(String name, String value, String most, String en, String zh) {
    return new Param(name, Kind.TIME, value, 0, number(Kind.TIME, most), List.of(), en, zh);
  }

  static Param share(String name, String value, String en, String zh) {
    return new Param(name, Kind.SHARE, value, 0, 1_000_000, List.of(), en, zh);
  }

  static Param size(String name, String value, String least, String most, String en, String zh) {
    return new Param(
        name,
        Kind.SIZE,
        value,
        number(Kind.SIZE, least),
        number(Kind.SIZE, most),
        List.of(),
        en,
        zh);
  }

  static Param rate(String name, String value, String en, String zh) {
    return new Param(name, Kind.RATE, value, 1000, 100_000_000_000L, List.of(), en, zh);
  }

  /** The first word is the value when nothing is set. */
  static Param choice(String name, List<String> words, String en, String zh) {
    return new Param(name, Kind.CHOICE, words.getFirst(), 0, words.size() - 1, words, en, zh);
  }

  /** On or off. */
  static Param flag(String name, boolean on, String en, String zh) {
    return choice(name, on ? List.of("on", "off") : List.of("off", "on"), en, zh);
  }

  /** What may be given, for messages and help. */
  String range() {
    return switch (kind) {
      case CHOICE -> String.join("|", words);
      case COUNT -> least + " to " + most;
      case TIME -> "0 to " + timeText(most);
      case SHARE -> "0% to 100%";
      case SIZE -> sizeText(least) + " to " + sizeText(most);
      case RATE -> "1kbit to 100gbit";
    };
  }

  /**
   * The number behind a text.
   *
   * @throws DemoException when it is none of what may be given
   */
  long value(String text) {
    long v = kind == Kind.CHOICE ? words.indexOf(text) : number(kind, text);
    if (v < least || v > most) {
      throw new DemoException(
          "'"
              + text
              + "' is no value for "
              + name
              + "; it takes "
              + range()
              + " ("
              + english
              + ")");
    }
    return v;
  }

  /** -1 when the text is no number of that kind. */
  private static long number(Kind kind, String text) {
    int at = 0;
    while (at < text.length()
        && (text.charAt(at) >= '0' && text.charAt(at) <= '9' || text.charAt(at) == '.')) {
      at++;
    }
    if (at == 0 || at > 15) {
      return -1;
    }
    long unit = unit(kind, text.substring(at).toLowerCase(Locale.ROOT));
    if (unit < 0) {
      return -1;
    }
    try {
      BigDecimal scaled = new BigDecimal(text.substring(0, at)).multiply(BigDecimal.valueOf(unit));
      return scaled.setScale(0, RoundingMode.UNNECESSARY).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      return -1;
    }
  }

  private static long unit(Kind kind, String word) {
    return switch (kind) {
      case COUNT, CHOICE -> word.isEmpty() ? 1 : -1;
      case SHARE -> word.equals("%") ? 10_000 : -1;
      case TIME ->
          switch (word) {
            case "us" -> 1000;
            case "ms" -> MS;
            case "s" -> 1000 * MS;
            case "min", "m" -> 60_000 * MS;
            case "h" -> 3_600_000 * MS;
            default -> -1;
          };
      case SIZE ->
          switch (word) {
            case "", "b" -> 1;
            case "k", "kb", "kib" -> 1024;
            case "m", "mb", "mib" -> 1024 * 1024;
            default -> -1;
          };
      case RATE ->
          switch (word) {
            case "bit" -> 1;
            case "kbit" -> 1000;
            case "mbit" -> 1_000_000;
            case "gbit" -> 1_000_000_000;
            default -> -1;
          };
    };
  }

  static String timeText(long nanos) {
    if (nanos % (3_600_000 * MS) == 0 && nanos > 0) {
      return nanos / (3_600_000 * MS) + "h";
    }
    if (nanos % (1000 * MS) == 0) {
      return nanos / (1000 * MS) + "s";
    }
    return nanos % MS == 0 ? nanos / MS + "ms" : nanos / 1000 + "us";
  }

  static String sizeText(long bytes) {
    if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
      return bytes / (1 << 20) + "mb";
    }
    return bytes >= 1024 && bytes % 1024 == 0 ? bytes / 1024 + "kb" : Long.toString(bytes);
  }
}
