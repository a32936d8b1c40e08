package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our own scripts, in {@code conformance/}: each passes under its profile, strictly. */
class ScriptsTest {
  private static final Path ROOT = Path.of("..", "conformance");

  static List<Path> scripts() throws IOException {
    try (Stream<Path> s = Files.walk(ROOT)) {
      return s.filter(p -> p.toString().endsWith(".pkt")).sorted().toList();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void passes(Path file) {
    Outcome o = new PacketdrillRunner(Settings.DEFAULT).run(file);
    assertThat(o.verdict()).as("%s: %s", file, o.reason()).isEqualTo(Verdict.PASSED);
  }
}
