package dev.sinew.packetdrill.script;

import java.util.Map;

/** Puts the values of {@code -D NAME=value} where {@code $NAME} or {@code ${NAME}} stands. */
final class Definitions {
  private Definitions() {}

  static String apply(String text, Map<String, String> values) {
    String s = text;
    for (Map.Entry<String, String> e : values.entrySet()) {
      s = s.replace("${" + e.getKey() + "}", e.getValue());
      s =
          s.replaceAll(
              "\\$" + java.util.regex.Pattern.quote(e.getKey()) + "\\b",
              java.util.regex.Matcher.quoteReplacement(e.getValue()));
    }
    return s;
  }
}
