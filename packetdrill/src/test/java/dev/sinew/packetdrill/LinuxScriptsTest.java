package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Linux does by its own choice: each script says one such thing, and the profile has it. */
class LinuxScriptsTest {
  static List<Path> scripts() throws IOException, URISyntaxException {
    Path folder =
        Path.of(Objects.requireNonNull(LinuxScriptsTest.class.getResource("/linux")).toURI());
    try (var files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".pkt")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void passes(Path script) {
    PacketdrillRunner runner =
        new PacketdrillRunner(
            new Settings(Settings.Dialect.GOOGLE, "linux", Map.of(), 0, 0, null, false, true));
    Outcome o = runner.run(script);
    assertThat(o.verdict()).as(o.reason()).isEqualTo(Verdict.PASSED);
  }
}
