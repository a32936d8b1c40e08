package dev.sinew.demos;

import java.util.ArrayList;
import java.util.List;

/** Text in columns of a terminal, where a Chinese character takes two. */
final class Columns {
  /** No line is wider. */
  static final int WIDTH = 100;

  /** Characters that no line begins with. */
  private static final String NO_BEGIN = "，。、；：？！）》」”’】%％…—,.;:?!)";

  /** Characters that no line ends with. */
  private static final String NO_END = "（《「“‘【(";

  private Columns() {}

  private static int width(int c) {
    return wide(c) ? 2 : 1;
  }

  static boolean wide(int c) {
    return c >= 0x1100 && c <= 0x115f
        || c >= 0x2e80 && c <= 0xa4cf
        || c >= 0xac00 && c <= 0xd7a3
        || c >= 0xf900 && c <= 0xfaff
        || c >= 0xfe30 && c <= 0xfe6f
        || c >= 0xff01 && c <= 0xff60
        || c >= 0xffe0 && c <= 0xffe6;
  }

  static int width(String s) {
    return s.codePoints().map(Columns::width).sum();
  }

  static String pad(String s, int width) {
    return s + " ".repeat(Math.max(0, width - width(s)));
  }

  static String padLeft(String s, int width) {
    return " ".repeat(Math.max(0, width - width(s))) + s;
  }

  /** Lines of at most {@code width} columns, each after the first indented. */
  static List<String> wrap(String text, int width, int indent) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    int used = 0;
    for (String piece : pieces(text)) {
      boolean space = piece.charAt(0) == ' ';
      String word = space ? piece.substring(1) : piece;
      int w = width(word);
      int gap = space && used > (lines.isEmpty() ? 0 : indent) ? 1 : 0;
      if (used + gap + w > width && used > (lines.isEmpty() ? 0 : indent)) {
        lines.add(line.toString());
        line.setLength(0);
        line.append(" ".repeat(indent));
        used = indent;
        gap = 0;
      }
      line.append(" ".repeat(gap)).append(word);
      used += gap + w;
    }
    lines.add(line.toString());
    return lines;
  }

  /**
   * What may not be torn apart: a word, or one Chinese character with the punctuation that clings
   * to it. One that begins with a blank had one before it.
   */
  private static List<String> pieces(String text) {
    List<String> result = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    int before = ' ';
    for (int c : text.strip().codePoints().toArray()) {
      if (Character.isWhitespace(c)) {
        if (before != ' ') {
          flush(piece, result);
          piece.append(' ');
        }
        before = ' ';
        continue;
      }
      boolean mayBreak =
          before != ' '
              && (wide(c) || wide(before))
              && NO_BEGIN.indexOf(c) < 0
              && NO_END.indexOf(before) < 0;
      if (mayBreak) {
        flush(piece, result);
      }
      piece.appendCodePoint(c);
      before = c;
    }
    flush(piece, result);
    return result;
  }

  private static void flush(StringBuilder piece, List<String> to) {
    if (!piece.toString().isBlank()) {
      to.add(piece.toString());
    }
    piece.setLength(0);
  }

  /** Rows in columns as wide as their widest cell; numbers stand right. */
  static List<String> table(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    List<String> lines = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String cell = rows.get(r).get(i);
        boolean right = i > 0 && (r == 0 ? rightAligned(rows, i) : startsLikeANumber(cell));
        line.append(i == 0 ? "" : "  ");
        line.append(right ? padLeft(cell, widths[i]) : pad(cell, widths[i]));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  private static boolean rightAligned(List<List<String>> rows, int column) {
    return rows.size() > 1 && startsLikeANumber(rows.get(1).get(column));
  }

  private static boolean startsLikeANumber(String cell) {
    return !cell.isEmpty() && (Character.isDigit(cell.charAt(0)) || cell.charAt(0) == '-');
  }
}
