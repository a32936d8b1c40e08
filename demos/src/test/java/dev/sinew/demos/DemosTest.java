package dev.sinew.demos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.capture.CaptureReader;
import dev.sinew.capture.CapturedPacket;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemosTest {
  @TempDir Path folder;

  static List<String> names() {
    return Demos.list(Lang.EN).stream().map(Demos.Row::name).toList();
  }

  private static String run(String name, DemoOptions options) throws IOException {
    StringWriter text = new StringWriter();
    int exit = Demos.run(name, options, new PrintWriter(text));
    assertThat(exit).as(text.toString()).isZero();
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyDemoShowsWhatItPromisesInBothLanguagesAndTheSameEachTime(String name)
      throws IOException {
    String english = run(name, DemoOptions.DEFAULT);
    String chinese = run(name, DemoOptions.DEFAULT.withLang(Lang.ZH).withAscii(true));
    for (Lang lang : Lang.values()) {
      String text = lang == Lang.EN ? english : chinese;
      assertThat(text.lines())
          .allSatisfy(line -> assertThat(Columns.width(line)).isLessThanOrEqualTo(100));
      assertThat(text).startsWith(name + ": " + Catalog.entry(name).title(lang));
    }
    String trace =
        english.substring(english.lastIndexOf("(seed 1, trace "), english.lastIndexOf(')'));
    assertThat(chinese).contains("结果符合预期（" + trace.substring(1) + "）");
    assertThat(Long.toHexString(Demos.judge(name, DemoOptions.DEFAULT.withSeed(2)).traceHash()))
        .isNotEqualTo(trace.substring(trace.lastIndexOf(' ') + 1));
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyTextIsThereInBothLanguagesAndNamesItsRfc(String name) {
    for (Lang lang : Lang.values()) {
      String text = String.join("\n", Catalog.explanation(name, lang));
      assertThat(text).containsPattern("RFC \\d+").hasSizeGreaterThan(100);
      assertThat(text.codePoints().anyMatch(Columns::wide)).isEqualTo(lang == Lang.ZH);
      // The list puts names and titles side by side.
      assertThat(name).hasSizeLessThan(20);
      assertThat(Columns.width(Catalog.entry(name).title(lang))).isBetween(4, 77);
    }
    List<String> known = Catalog.corrections().stream().map(Catalog.Correction::id).toList();
    assertThat(known).containsAll(Catalog.entry(name).corrections());
  }

  @ParameterizedTest
  @ValueSource(strings = {"handshake", "sack", "udp-big", "pmtud", "syn-flood-existing", "isn"})
  void asJsonItIsOneObjectOnOneLine(String name) throws IOException {
    String text = run(name, DemoOptions.DEFAULT.withJson(true));
    assertThat(text.lines()).hasSize(1);
    assertThat(text)
        .startsWith("{\"schema\":\"sinew-demo-1\",\"demo\":\"" + name + "\"")
        .contains("\"verdict\":\"ok\"");
    assertThat(text.chars().filter(c -> c == '{').count())
        .isEqualTo(text.chars().filter(c -> c == '}').count());
    assertThat(text)
        .doesNotContain(",,")
        .doesNotContain("[,")
        .doesNotContain("{,")
        .doesNotContain("}{");
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyDefaultIsAValueThatItsParameterTakes(String name) {
    for (Demos.Parameter p : Demos.parameters(name, Lang.EN)) {
      Map<String, String> same = Map.of(p.name(), p.fallback());
      new Settings(name, Catalog.create(name).parameters(), same);
      assertThat(p.range()).isNotBlank();
      assertThat(p.meaning()).isNotBlank();
    }
  }

  /** The verdicts are no decoration: without the fault that a demo is about, they fail. */
  @ParameterizedTest
  @CsvSource({
    "lost-syn, times, 0",
    "lost-synack, lost, 1",
    "lost-third-ack, times, 0",
    "lost-third-ack-data, lost, 0",
    "third-ack-data, bytes, 0",
    "simultaneous-open, after, 50ms",
    "two-messages, late, 0s",
    "refused, listening, on",
    "syn-data, bytes, 0",
    "notes-numbers, bytes, 999",
    "isn-attack, secret, secret",
    "seq-wrap, before, 2000000",
    "syn-backlog, others, 3",
    "accept-queue, clients, 2",
    "syn-flood, rate, 0",
    "syn-flood-existing, existing, off",
    "syn-cookies, timestamps, on",
    "close-4, later, 0s",
    "close-3, joined, off",
    "close-simultaneous, apart, 100ms",
    "half-close, bytes, 0",
    "lost-fin, times, 0",
    "lost-last-ack, times, 0",
    "time-wait-zero, timewait, 60s",
    "time-wait-reuse, client, older",
    "time-wait-server, first, client",
    "close-wait-leak, forgets, off",
    "rst-window, off, 0",
    "linger-0, linger, off",
    "rst-unread, reads, on",
    "lost-rst, lost, 0",
    "ack-storm, inject, 0",
    "half-open, crash, off",
    "keepalive-dead, dead, off",
    "keepalive-rebooted, reboots, off",
    "keepalive-nat, nat, 2h",
    "user-timeout, cut, off",
    "segmentation, large, 1000",
    "out-of-order, late, 0s",
    "duplicate, share, 0%",
    "corrupt, share, 0%",
    "checksum-collision, change, flip",
    "mss, mtu, 1500",
    "pmtud, mtu, 1500",
    "pmtu-black-hole, probing, off",
    "rto-backoff, times, 0",
    "karn, slow, 10ms",
    "fast-retransmit, lost, 0",
    "sack, lost, none",
    "rack, lost, 0",
    "tail-loss, lost, 0",
    "sliding-window, oneway, 0s",
    "zero-window, busy, 0s",
    "lost-window-update, lost, 0",
    "silly-window, read, 8000",
    "nagle-delack, delack, 0s",
    "cork, cork, off",
    "slow-start, initial, 4",
    "cwnd, limit, 10000",
    "udp-slow-reader, work, 0s",
    "udp-big, size, 1000",
    "udp-rcvbuf, count, 1",
    "udp-burst, count, 10",
    "udp-lan-wan, queue, 1000",
    "udp-not-listening, listens, on",
    "udp-largest, size, 1472",
    "udp-sndbuf, burst, 10",
    "udp-cures, pathloss, 0%",
    "fast-open, server, off",
    "two-armies, lost, off",
    "ecn, ecn, off",
  })
  void withoutItsFaultADemoFails(String name, String parameter, String value) throws IOException {
    DemoOptions options = DemoOptions.DEFAULT.withSettings(Map.of(parameter, value));
    StringWriter text = new StringWriter();
    assertThat(Demos.run(name, options, new PrintWriter(text))).as(text.toString()).isEqualTo(1);
    assertThat(text.toString()).contains("  FAILED  ");
  }

  @Test
  void theHandshakesCaptureHoldsItsTenPackets() throws IOException {
    Path file = folder.resolve("handshake.pcapng");
    run("handshake", DemoOptions.DEFAULT.withPcap(file));
    List<CapturedPacket> packets = new ArrayList<>();
    try (CaptureReader reader = new CaptureReader(Files.newInputStream(file))) {
      for (CapturedPacket p = reader.next(); p != null; p = reader.next()) {
        packets.add(p);
      }
    }
    assertThat(packets).hasSize(10);
    assertThat(packets.getLast().timeNanos()).isEqualTo(260_000_000L);
  }

  private static final Catalog.Entry FAKE = new Catalog.Entry("handshake", "Fake", "假", List.of());

  @Test
  void aDemoThatDoesNotShowWhatItPromisesExitsWith1() throws IOException {
    StringWriter text = new StringWriter();
    Demo wrong = r -> r.equal("two is three", "二等于三", 3, 2);
    assertThat(Demos.run(FAKE, wrong, DemoOptions.DEFAULT, new PrintWriter(text))).isEqualTo(1);
    assertThat(text.toString())
        .contains("FAILED  two is three: expected 3, but it was 2")
        .contains("It did NOT happen as it should");
  }

  @Test
  void aDemoThatChecksNothingOrBreaksHasFailed() throws IOException {
    StringWriter text = new StringWriter();
    Demo nothing = r -> {};
    assertThat(Demos.run(FAKE, nothing, DemoOptions.DEFAULT, new PrintWriter(text))).isEqualTo(1);
    Demo broken =
        r -> {
          Net.Pair p = r.pair("");
          p.server()
              .start(
                  "hangs",
                  () -> p.server().sockets().serverSocketFactory().createServerSocket(1).accept());
          p.net().sim.run();
        };
    assertThat(Demos.run(FAKE, broken, DemoOptions.DEFAULT, new PrintWriter(text))).isEqualTo(1);
    assertThat(text.toString())
        .contains("FAILED  the simulation runs to its end: ")
        .contains("server/hangs at");
  }

  @Test
  void anUnknownNameIsRefusedWithTheNamesThatThereAre() {
    assertThatThrownBy(
            () -> Demos.run("zzz", DemoOptions.DEFAULT, new PrintWriter(new StringWriter())))
        .isInstanceOf(DemoException.class)
        .hasMessageStartingWith("there is no demo 'zzz'; there are: handshake, ");
    assertThatThrownBy(() -> Demos.parameters("third", Lang.EN))
        .isInstanceOf(DemoException.class)
        .hasMessageContaining("did you mean lost-third-ack");
  }

  @ParameterizedTest
  @CsvSource({
    "tims, 3, 'lost-syn has no parameter ''tims''; it has times=3, delay=0s, loss=0%, rows=40'",
    "times, 99, '''99'' is no value for times; it takes 0 to 7 (how many SYNs are lost)'",
    "times, x, '''x'' is no value for times; it takes 0 to 7 (how many SYNs are lost)'",
    "times, 1.5, '''1.5'' is no value for times; it takes 0 to 7 (how many SYNs are lost)'",
    "loss, 5, '''5'' is no value for loss; it takes 0% to 100% (random loss of every link, both ways)'",
    "delay, 3 s, '''3 s'' is no value for delay; it takes 0 to 10s (delay of every link, instead of its own)'",
  })
  void aWrongParameterIsRefusedWithWhatItTakes(String name, String value, String message) {
    assertThatThrownBy(
            () -> Demos.judge("lost-syn", DemoOptions.DEFAULT.withSettings(Map.of(name, value))))
        .isInstanceOf(DemoException.class)
        .hasMessage(message);
  }

  @Test
  void thereAreEnoughOfThem() {
    assertThat(names()).hasSizeGreaterThanOrEqualTo(45).doesNotHaveDuplicates();
  }

  @Test
  void whatIsSetForEveryLinkReplacesWhatTheDemoSays() throws IOException {
    DemoOptions options = DemoOptions.DEFAULT.withSettings(Map.of("delay", "30ms", "loss", "0%"));
    String text = run("third-ack-data", options);
    assertThat(text).contains("delay 30ms loss 0%").doesNotContain("delay 10ms");
  }
}
