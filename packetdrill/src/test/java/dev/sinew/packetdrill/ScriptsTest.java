package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our own scripts, in {@code conformance/}: each passes under the standard profile, strictly. */
class ScriptsTest {
  private static final Path ROOT = Path.of("..", "conformance");
  private static final Settings STRICT =
      new Settings(Settings.Dialect.AUTO, "standard", Map.of(), 0, 0, null, true, true);

  static List<Path> scripts() throws IOException {
    try (Stream<Path> s = Files.walk(ROOT)) {
      return s.filter(p -> p.toString().endsWith(".pkt")).sorted().toList();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void passes(Path file) {
    Outcome o = new PacketdrillRunner(STRICT).run(file);
    assertThat(o.verdict()).as("%s: %s", file, o.reason()).isEqualTo(Verdict.PASSED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void namesItsSectionFirst(Path file) throws IOException {
    assertThat(Files.readAllLines(file).getFirst()).matches("// .*RFC \\d+ section \\d.*: .+");
  }

  @Test
  void thereAreScripts() throws IOException {
    assertThat(scripts()).hasSizeGreaterThanOrEqualTo(30);
  }
}
