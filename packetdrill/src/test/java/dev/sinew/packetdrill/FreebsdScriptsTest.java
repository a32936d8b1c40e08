package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What FreeBSD does by choice, each as a script of its dialect under its profile. */
class FreebsdScriptsTest {
  private static final Path ROOT = Path.of("src", "test", "resources", "freebsd");

  static List<Path> scripts() throws IOException {
    try (Stream<Path> s = Files.list(ROOT)) {
      return s.sorted().toList();
    }
  }

  private static PacketdrillRunner runner(String profile) {
    return new PacketdrillRunner(
        new Settings(Settings.Dialect.FREEBSD, profile, Map.of(), 0, 0, null, false, true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void passes(Path file) {
    Outcome o = runner("freebsd").run(file);
    assertThat(o.verdict()).as("%s: %s", file, o.reason()).isEqualTo(Verdict.PASSED);
  }

  /** They are choices: the RFC's own way is another. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "window-edge",
        "window-bytes",
        "reset-while-closing",
        "fin-on-acks",
        "time-wait",
        "icmp-prohibited",
        "syn-schedule",
        "second-segment",
        "fast-open",
        "send-buffer",
        "accecn",
        "accecn-server",
        "close-unread",
        "ecn-any-segment"
      })
  void theStandardProfileDiffers(String name) {
    Outcome o = runner("standard").run(ROOT.resolve(name + ".pkt"));
    assertThat(o.verdict()).as(o.reason()).isEqualTo(Verdict.FAILED);
  }

  @Test
  void noBuiltInProfileLeavesRfc5961() {
    for (String name : List.of("standard", "linux", "freebsd")) {
      Profile p = Profile.named(name);
      assertThat(p).isNotNull();
      assertThat(p.insecureRst() || p.insecureSyn()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--udp_encapsulation=tcp\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "0 `./setkey`",
        "0 `kldstat -q -m tcpmd5 || kldload tcpmd5`",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 > S 0:0(0) /udp(1 > 2)"
      })
  void whatNoSimulatedHostHasIsSkipped(String text) {
    assertThat(runner("freebsd").run("x", text, null).verdict()).isEqualTo(Verdict.SKIPPED);
  }
}
