package dev.sinew.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketdrillCommandTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    out.reset();
    err.reset();
    return Main.run(
        args,
        new Console(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false));
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @BeforeEach
  void scripts() throws IOException {
    write("a.pkt", "0 < S 0:0(0) win 9 <mss 1000>\n+0 > R. 0:0(0) ack 1 win 0\n");
  }

  @Test
  void everyFileHasOneVerdict() throws IOException {
    assertThat(run("packetdrill", folder.toString())).isZero();
    assertThat(out()).isEqualTo("1 scripts: 1 passed, 0 failed, 0 skipped, 0 errors\n");
    write("b.pkt", "0 < S 0:0(0) win 9 <mss 1000>\n+0 > R. 0:0(0) ack 2 win 0\n");
    write("c.pkt", "0 splice(1) = 0\n");
    write("d.pkt", "0 nonsense\n");
    assertThat(run("packetdrill", folder.toString())).isEqualTo(1);
    assertThat(out())
        .contains("failed  " + folder.resolve("b.pkt"), "2:1: ack is 1, expected 2")
        .contains("skipped " + folder.resolve("c.pkt"), "error   " + folder.resolve("d.pkt"))
        .endsWith("4 scripts: 1 passed, 1 failed, 1 skipped, 1 errors\n");
    assertThat(run("packetdrill", "--json", folder.toString())).isEqualTo(1);
    assertThat(out())
        .startsWith("{\"results\":[{\"file\":\"")
        .contains("\"verdict\":\"passed\",\"reason\":\"\"}")
        .contains("\"verdict\":\"error\"");
  }

  @Test
  void scriptsAreListedAndCaptured() {
    assertThat(run("packetdrill", "--list", folder.toString())).isZero();
    assertThat(out()).isEqualTo(folder.resolve("a.pkt") + "\n");
    assertThat(run("packetdrill", "--pcap", folder.toString(), folder.toString())).isZero();
    assertThat(folder.resolve("a.pcapng")).isNotEmptyFile();
    assertThat(folder.resolve("a.sequence-wrap.pcapng")).isNotEmptyFile();
  }

  /** Scripts of the same name in two folders have a capture each. */
  @Test
  void capturesLieAsTheScriptsDo() throws IOException {
    String text = Files.readString(folder.resolve("a.pkt"));
    for (String room : List.of("x", "y")) {
      Files.createDirectories(folder.resolve(room));
      Files.writeString(folder.resolve(room).resolve("b.pkt"), text);
    }
    Path captures = folder.resolve("captures");
    assertThat(run("packetdrill", "--pcap", captures.toString(), folder.toString())).isZero();
    assertThat(captures.resolve("x/b.pcapng")).isNotEmptyFile();
    assertThat(captures.resolve("y/b.pcapng")).isNotEmptyFile();
  }

  /** A suite of a thousand: copies of ours, each with a port of its own. It takes seconds. */
  @Test
  void aThousandScriptsTakeLessThanAMinute() throws IOException {
    List<Path> ours;
    try (Stream<Path> s = Files.walk(Path.of("..", "conformance"))) {
      ours = s.filter(p -> p.toString().endsWith(".pkt")).sorted().toList();
    }
    Path suite = Files.createDirectories(folder.resolve("suite"));
    for (int i = 0; i < 1000; i++) {
      String address = "bind(3, {sa_family=AF_INET, sin_port=htons(" + (2000 + i) + ")}, ...)";
      String text = Files.readString(ours.get(i % ours.size()));
      boolean named = text.contains("8080");
      Files.writeString(
          suite.resolve("s" + i + ".pkt"),
          named ? text : text.replace("bind(3, ..., ...)", address));
    }
    long start = System.nanoTime();
    int code = run("packetdrill", "--profile", "standard", "--strict", suite.toString());
    assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
    assertThat(out()).contains("1000 scripts: 1000 passed, 0 failed, 0 skipped, 0 errors");
    assertThat(code).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --dialect klingon | --dialect is auto, google or freebsd
          --profile solaris | --profile is linux, freebsd or standard
          --ip-version 5    | --ip-version is 4 or 6
          --mtu 10          | --mtu is 68 to 65535
          --once            | there is no nowhere
          """)
  void badInputNamesWhatIsRight(String options, String message) {
    String[] words = ("packetdrill " + options + " nowhere").split(" ");
    assertThat(run(words)).isNotZero();
    assertThat(err.toString(UTF_8)).contains(message).doesNotContain("\tat ");
  }
}
