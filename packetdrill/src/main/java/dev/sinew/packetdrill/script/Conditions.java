package dev.sinew.packetdrill.script;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * {@code #ifdef}, {@code #ifndef}, {@code #else}, {@code #endif}: what does not hold is blanked, so
 * that places stay what they are. A {@code #!} line or any other {@code #} at the beginning of a
 * line is an error, except in the first line.
 */
final class Conditions {
  private Conditions() {}

  private record Open(Place place, boolean holds, boolean otherwise) {}

  static String apply(String text, Set<String> defined) throws ScriptException {
    StringBuilder out = new StringBuilder(text.length());
    Deque<Open> open = new ArrayDeque<>();
    boolean quoted = false;
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (number > 1) {
        out.append('\n');
      }
      String s = line.strip();
      if (!s.startsWith("#") || quoted) {
        // A shell's comment between backquotes is not ours.
        boolean on = open.stream().allMatch(o -> o.holds != o.otherwise);
        out.append(on ? line : " ".repeat(line.length()));
        if (on) {
          quoted ^= count(line) % 2 == 1;
        }
        continue;
      }
      Place place = new Place(number, line.indexOf('#') + 1);
      out.repeat(' ', line.length());
      if (number == 1 && s.startsWith("#!")) {
        continue;
      }
      String[] words = s.split("\\s+");
      switch (words[0]) {
        case "#ifdef", "#ifndef" -> {
          if (words.length < 2) {
            throw new ScriptException(place, "expected a name behind " + words[0]);
          }
          open.push(
              new Open(place, defined.contains(words[1]) == words[0].equals("#ifdef"), false));
        }
        case "#else" -> {
          if (open.isEmpty() || open.peek().otherwise) {
            throw new ScriptException(place, "#else without #ifdef");
          }
          Open o = open.pop();
          open.push(new Open(o.place, o.holds, true));
        }
        case "#endif" -> {
          if (open.isEmpty()) {
            throw new ScriptException(place, "#endif without #ifdef");
          }
          open.pop();
        }
        default ->
            throw new ScriptException(
                place, "expected #ifdef, #ifndef, #else or #endif, found \"" + words[0] + "\"");
      }
    }
    if (!open.isEmpty()) {
      throw new ScriptException(open.peek().place, "#ifdef that is never closed: expected #endif");
    }
    return out.toString();
  }

  private static int count(String line) {
    int comment = line.indexOf("//");
    String s = comment >= 0 ? line.substring(0, comment) : line;
    return (int) s.chars().filter(c -> c == '`').count();
  }
}
