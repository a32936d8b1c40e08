package dev.sinew.packetdrill.script;

/** A place in a script's text that moves on; white space and comments do not count. */
final class Cursor {
  private final String text;
  private int at;

  Cursor(String text) {
    this.text = text;
  }

  int position() {
    return at;
  }

  void back(int position) {
    at = position;
  }

  String since(int position) {
    return text.substring(position, at).strip();
  }

  Place place() {
    return placeOf(at);
  }

  Place placeOf(int position) {
    int line = 1;
    int start = 0;
    for (int i = 0; i < position; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        start = i + 1;
      }
    }
    return new Place(line, position - start + 1);
  }

  ScriptException expected(String what) {
    String found = atEnd() ? "the end of the script" : "\"" + rest() + "\"";
    return new ScriptException(place(), "expected " + what + ", found " + found);
  }

  ScriptException error(String message) {
    return new ScriptException(place(), message);
  }

  /** The next few characters, for a message. */
  private String rest() {
    int end = at;
    while (end < text.length() && end < at + 20 && text.charAt(end) != '\n') {
      end++;
    }
    return text.substring(at, end);
  }

  /** Passes white space and comments. */
  Cursor skip() throws ScriptException {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
      } else if (text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        int end = text.indexOf("*/", at + 2);
        if (end < 0) {
          throw new ScriptException(place(), "a comment that is never closed: expected */");
        }
        at = end + 2;
      } else {
        break;
      }
    }
    return this;
  }

  boolean atEnd() {
    return at >= text.length();
  }

  /** The character here, or NUL at the end. */
  char peek() {
    return atEnd() ? 0 : text.charAt(at);
  }

  char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : 0;
  }

  /** Passes {@code s} if it stands here (no white space is passed before it). */
  boolean take(String s) {
    if (!text.startsWith(s, at)) {
      return false;
    }
    at += s.length();
    return true;
  }

  void need(String s) throws ScriptException {
    if (!skip().take(s)) {
      throw expected("\"" + s + "\"");
    }
  }

  private static boolean inWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  /** Passes the word {@code s} if it stands here and ends there. */
  boolean takeWord(String s) throws ScriptException {
    skip();
    if (!text.startsWith(s, at) || at + s.length() < text.length() && inWord(peek(s.length()))) {
      return false;
    }
    at += s.length();
    return true;
  }

  /** A word of letters, digits and underscores, or empty. */
  String word() throws ScriptException {
    skip();
    int start = at;
    while (inWord(peek())) {
      at++;
    }
    return text.substring(start, at);
  }

  /** As many characters as are in {@code set}. */
  String run(String set) {
    int start = at;
    while (!atEnd() && set.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return text.substring(start, at);
  }

  boolean digitNext() throws ScriptException {
    skip();
    return Character.isDigit(peek());
  }

  /** A decimal or hexadecimal number, not negative. */
  long number(String what) throws ScriptException {
    skip();
    int start = at;
    if (take("0x") || take("0X")) {
      String digits = run("0123456789abcdefABCDEF");
      if (digits.isEmpty() || digits.length() > 16) {
        at = start;
        throw expected(what);
      }
      return Long.parseUnsignedLong(digits, 16);
    }
    String digits = run("0123456789");
    if (digits.isEmpty()) {
      throw expected(what);
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      at = start;
      throw error("the number " + digits + " is too large");
    }
  }

  /** Bounded by {@code max}. */
  int number(String what, int max) throws ScriptException {
    skip();
    int start = at;
    long n = number(what);
    if (n > max) {
      at = start;
      throw error(what + " must be 0 to " + max + ", not " + n);
    }
    return (int) n;
  }

  /** Seconds as a decimal fraction, in nanoseconds. */
  long seconds() throws ScriptException {
    skip();
    int start = at;
    String whole = run("0123456789");
    String fraction = "";
    if (peek() == '.' && peek(1) != '.') {
      at++;
      fraction = run("0123456789");
    }
    if (whole.isEmpty() && fraction.isEmpty()) {
      at = start;
      throw expected("a time in seconds");
    }
    if (whole.length() > 9 || fraction.length() > 9) {
      at = start;
      throw error(
          "a time of at most 999999999 seconds with nine digits behind the point is expected");
    }
    long nanos = Long.parseLong((fraction + "000000000").substring(0, 9));
    return (whole.isEmpty() ? 0 : Long.parseLong(whole)) * 1_000_000_000L + nanos;
  }

  /** What stands up to {@code end}, which is passed too. */
  String upTo(String end, String what) throws ScriptException {
    int found = text.indexOf(end, at);
    if (found < 0) {
      throw error(what + " that is never closed: expected " + end);
    }
    String s = text.substring(at, found);
    at = found + end.length();
    return s;
  }
}
