package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Our own scripts, in {@code conformance/}: each passes under the standard profile, strictly, over
 * IPv4 and over IPv6; one that names its IP version passes over that.
 */
class ScriptsTest {
  static final Path ROOT = Path.of("..", "conformance");

  static List<Path> scripts() throws IOException {
    try (Stream<Path> s = Files.walk(ROOT)) {
      return s.filter(p -> p.toString().endsWith(".pkt")).sorted().toList();
    }
  }

  static List<Arguments> runs() throws IOException {
    List<Arguments> runs = new ArrayList<>();
    for (Path p : scripts()) {
      if (Files.readString(p).contains("\n--ip_version=")) {
        runs.add(Arguments.of(p, 0));
      } else {
        runs.add(Arguments.of(p, 4));
        runs.add(Arguments.of(p, 6));
      }
    }
    return runs;
  }

  @ParameterizedTest(name = "{0} over IPv{1}")
  @MethodSource("runs")
  void passes(Path file, int ipVersion) {
    Settings strict =
        new Settings(Settings.Dialect.AUTO, "standard", Map.of(), ipVersion, 0, null, true, true);
    Outcome o = new PacketdrillRunner(strict).run(file);
    assertThat(o.verdict()).as("%s: %s", file, o.reason()).isEqualTo(Verdict.PASSED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void namesItsSectionFirst(Path file) throws IOException {
    assertThat(Files.readAllLines(file).getFirst()).matches("// .*RFC \\d+ section \\S.*: .+");
  }

  @Test
  void thereAreScripts() throws IOException {
    assertThat(scripts()).hasSizeGreaterThanOrEqualTo(400);
  }
}
