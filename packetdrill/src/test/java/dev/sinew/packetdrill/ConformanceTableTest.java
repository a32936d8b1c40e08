package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/conformance.md} names every script of ours, and no other. */
class ConformanceTableTest {
  private static final Path TABLE = Path.of("..", "docs", "conformance.md");
  private static final Pattern LINK =
      Pattern.compile("\\[[^\\]]+\\]\\(\\.\\./conformance/([^)]+\\.pkt)\\)");
  private static final Pattern ROW =
      Pattern.compile("\\| \\[[^\\]]+\\]\\(\\.\\./conformance/([^)]+)\\) \\| (.*) \\| (.*) \\|");

  @Test
  void namesEveryScriptAndNoOther() throws IOException {
    Set<String> files = new TreeSet<>();
    for (Path p : ScriptsTest.scripts()) {
      files.add(ScriptsTest.ROOT.relativize(p).toString().replace('\\', '/'));
    }
    Set<String> named = new TreeSet<>();
    Matcher m = LINK.matcher(Files.readString(TABLE));
    while (m.find()) {
      named.add(m.group(1));
    }
    assertThat(named).isEqualTo(files);
  }

  @Test
  void saysOfARowWhatTheScriptSays() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    Map<String, String> firstLines = new TreeMap<>();
    for (String line : Files.readAllLines(TABLE)) {
      Matcher m = ROW.matcher(line);
      if (m.matches()) {
        rows.put(m.group(1), "// " + m.group(2) + ": " + m.group(3));
        firstLines.put(
            m.group(1), Files.readAllLines(ScriptsTest.ROOT.resolve(m.group(1))).getFirst());
      }
    }
    assertThat(rows).isEqualTo(firstLines).hasSizeGreaterThan(200);
  }
}
