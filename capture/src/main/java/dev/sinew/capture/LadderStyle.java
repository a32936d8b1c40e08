package dev.sinew.capture;

import dev.sinew.capture.LadderEvent.Side;
import dev.sinew.capture.LadderRow.Arrow;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws the rows of a ladder: two columns each of times and states, and the arrows between them.
 */
final class LadderStyle {
  private static final int TIME = 9;
  private static final int STATE = 12;
  private static final int ARROW = 54;
  private static final int MAX_REASON = 24;

  private final long gapNanos;
  private final String line;
  private final String dots;
  private final String toRight;
  private final String toLeft;
  private final String cross;
  private final String ellipsis;
  private final String bullet;

  LadderStyle(boolean ascii, long gapNanos) {
    this.gapNanos = gapNanos;
    line = ascii ? "-" : "─";
    dots = ascii ? "." : "┄";
    toRight = ascii ? ">" : "▶";
    toLeft = ascii ? "<" : "◀";
    cross = ascii ? "x" : "✗";
    ellipsis = ascii ? "~" : "…";
    bullet = ascii ? "* " : "• ";
  }

  List<String> draw(String leftName, String rightName, List<LadderRow> rows) {
    List<String> lines = new ArrayList<>();
    lines.add(columns("ms", cut(leftName, STATE), "", cut(rightName, STATE), "ms"));
    long seen = LadderRow.NO_TIME;
    for (LadderRow r : rows) {
      if (seen != LadderRow.NO_TIME && r.begin() - seen >= gapNanos) {
        lines.add(gap(r.begin() - seen));
      }
      lines.add(row(r));
      seen = Math.max(seen, r.end());
    }
    return lines;
  }

  private String row(LadderRow r) {
    String left = time(r.time(Side.LEFT));
    String right = time(r.time(Side.RIGHT));
    return switch (r.kind) {
      case STATES -> columns(left, r.leftState, "", r.rightState, right);
      case PACKET -> columns(left, r.leftState, arrow(r), r.rightState, right);
      case CALL -> {
        String text = bullet + cut(r.text, STATE + ARROW - 8);
        yield r.from == Side.LEFT
            ? padLeft(left, TIME) + " " + text
            : " ".repeat(TIME + 1 + STATE + 1) + callOnTheRight(text, right);
      }
    };
  }

  /**
   * Begins with the state column when words and time fit into the two columns, else ends before the
   * time.
   */
  private static String callOnTheRight(String text, String time) {
    int space = STATE + 1 + TIME - time.length();
    return text.length() < space
        ? " ".repeat(ARROW + 1) + padRight(text, space) + time
        : padLeft(text, ARROW + 1 + STATE) + " " + padLeft(time, TIME);
  }

  private static String columns(
      String left, String leftState, String arrow, String rightState, String right) {
    return trimEnd(
        padLeft(left, TIME)
            + " "
            + padRight(leftState, STATE)
            + " "
            + padRight(arrow, ARROW)
            + " "
            + padRight(rightState, STATE)
            + " "
            + padLeft(right, TIME));
  }

  private String arrow(LadderRow r) {
    boolean right = r.from == Side.LEFT;
    if (r.arrow == Arrow.LOST || !r.reason.isEmpty()) {
      String reason = cut(r.reason, MAX_REASON);
      String tail = right ? cross + " " + reason : reason + " " + cross;
      String shaft = shaft(r.text, ARROW - tail.length(), line, line);
      return right ? shaft + tail : tail + shaft;
    }
    String first = r.arrow == Arrow.ARRIVAL ? dots : line;
    String last = r.arrow == Arrow.DEPARTURE ? dots : line;
    if (r.arrow == Arrow.DEPARTURE) {
      return right ? shaft(r.text, ARROW, first, last) : shaft(r.text, ARROW, last, first);
    }
    return right
        ? shaft(r.text, ARROW - 1, first, last) + toRight
        : toLeft + shaft(r.text, ARROW - 1, last, first);
  }

  /**
   * The words in a line of the given width, which is made of one character before and another
   * behind them.
   */
  private String shaft(String text, int width, String before, String behind) {
    String words = cut(text, width - 4);
    return before.repeat(2) + " " + words + " " + behind.repeat(width - words.length() - 4);
  }

  private String gap(long nanos) {
    String text = seconds(nanos) + " s later";
    int space = TIME + 1 + STATE + 1 + (ARROW - text.length()) / 2;
    String mark = dots.repeat(3);
    return " ".repeat(space - 4) + mark + " " + text + " " + mark;
  }

  private static String seconds(long nanos) {
    long millis = nanos / 1_000_000;
    return millis / 1000 + "." + threeDigits(millis % 1000);
  }

  /** Milliseconds, and seconds where those grow too long. */
  private static String time(long nanos) {
    if (nanos == LadderRow.NO_TIME) {
      return "";
    }
    long micros = nanos / 1000;
    return micros < 100_000_000L
        ? micros / 1000 + "." + threeDigits(micros % 1000)
        : fitted(seconds(nanos)) + "s";
  }

  /** With as many decimals as the column has room for: from 10,000 s on fewer than three. */
  private static String fitted(String seconds) {
    int whole = seconds.indexOf('.');
    int end = Math.max(whole, Math.min(seconds.length(), TIME - 1));
    return seconds.substring(0, end == whole + 1 ? whole : end);
  }

  private static String threeDigits(long n) {
    return n < 10 ? "00" + n : n < 100 ? "0" + n : Long.toString(n);
  }

  private String cut(String s, int width) {
    return s.length() <= width ? s : s.substring(0, width - 1) + ellipsis;
  }

  private static String padRight(String s, int width) {
    return s + " ".repeat(Math.max(0, width - s.length()));
  }

  private static String padLeft(String s, int width) {
    return " ".repeat(Math.max(0, width - s.length())) + s;
  }

  private static String trimEnd(String s) {
    return s.stripTrailing();
  }
}
