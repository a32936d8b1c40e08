package dev.sinew.tests.requirements;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Finds the requirements that our packetdrill scripts say they show. All of them run. */
final class ScriptClaims {
  private static final String BEGIN = "// Requirement: ";
  private static final Pattern MEANT =
      Pattern.compile("(?i)\\s*(//|#|/?\\*+)\\s*requirements?\\b.*");

  final List<Claim> claims = new ArrayList<>();
  final List<String> problems = new ArrayList<>();

  static ScriptClaims of(Map<Path, String> scripts) {
    ScriptClaims found = new ScriptClaims();
    new TreeMap<>(scripts).forEach((path, text) -> found.read(path.toString(), text));
    return found;
  }

  private void read(String path, String text) {
    for (String line : text.lines().toList()) {
      if (line.startsWith(BEGIN)) {
        for (String id : line.substring(BEGIN.length()).split(",", -1)) {
          claims.add(new Claim(id.strip(), path));
        }
      } else if (MEANT.matcher(line).matches()) {
        problems.add(path + ": write \"" + BEGIN + "ID, ID\", not \"" + line + "\"");
      }
    }
  }
}
