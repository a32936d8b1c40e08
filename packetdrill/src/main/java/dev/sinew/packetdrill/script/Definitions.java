package dev.sinew.packetdrill.script;

import java.util.Map;

/**
 * Puts the values of {@code -D NAME=value} where {@code $NAME} or {@code ${NAME}} stands, or the
 * name as a word of its own.
 */
final class Definitions {
  private Definitions() {}

  static String apply(String text, Map<String, String> values) {
    String s = text;
    for (Map.Entry<String, String> e : values.entrySet()) {
      if (!e.getValue().isEmpty()) {
        s = word(s, e.getKey(), e.getValue());
      }
      s = s.replace("${" + e.getKey() + "}", e.getValue());
      s =
          s.replaceAll(
              "\\$" + java.util.regex.Pattern.quote(e.getKey()) + "\\b",
              java.util.regex.Matcher.quoteReplacement(e.getValue()));
    }
    return s;
  }

  private static String word(String s, String name, String value) {
    return s.replaceAll(
        "(?<![\\w$\"{])" + java.util.regex.Pattern.quote(name) + "(?![\\w\"])",
        java.util.regex.Matcher.quoteReplacement(value));
  }
}
