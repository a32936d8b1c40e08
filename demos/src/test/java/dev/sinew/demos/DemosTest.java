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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DemosTest {
  @TempDir Path folder;

  static List<String> names() {
    return Demos.names();
  }

  private static String run(String name, DemoOptions options) throws IOException {
    StringWriter text = new StringWriter();
    int exit = Demos.run(name, options, new PrintWriter(text));
    assertThat(exit).as(text.toString()).isZero();
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyDemoShowsWhatItPromisesInLinesOfAHundredColumns(String name) throws IOException {
    String text = run(name, DemoOptions.DEFAULT);
    assertThat(text.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    assertThat(text)
        .startsWith(Demos.title(name))
        .contains("It happened as it should (seed 1, trace ");
  }

  @ParameterizedTest
  @MethodSource("names")
  void theSameSeedGivesTheSameText(String name) throws IOException {
    DemoOptions options = new DemoOptions(42, false, null, true);
    String text = run(name, options);
    assertThat(run(name, options)).isEqualTo(text);
    assertThat(run(name, new DemoOptions(43, false, null, true))).isNotEqualTo(text);
  }

  @ParameterizedTest
  @MethodSource("names")
  void asJsonItIsOneObjectOnOneLine(String name) throws IOException {
    String text = run(name, new DemoOptions(1, true, null, false));
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

  @Test
  void theHandshakesCaptureHoldsItsElevenPackets() throws IOException {
    Path file = folder.resolve("handshake.pcapng");
    run("handshake", new DemoOptions(1, false, file, false));
    List<CapturedPacket> packets = new ArrayList<>();
    try (CaptureReader reader = new CaptureReader(Files.newInputStream(file))) {
      for (CapturedPacket p = reader.next(); p != null; p = reader.next()) {
        packets.add(p);
      }
    }
    assertThat(packets).hasSize(11);
    assertThat(packets.getLast().timeNanos()).isEqualTo(260_000_000L);
  }

  @Test
  void aDemoThatDoesNotShowWhatItPromisesExitsWith1() throws IOException {
    StringWriter text = new StringWriter();
    Demo wrong =
        new Fake() {
          @Override
          public void run(DemoRun run) {
            run.checkEqual("two is three", 3, 2);
          }
        };
    assertThat(Demos.run(wrong, DemoOptions.DEFAULT, new PrintWriter(text))).isEqualTo(1);
    assertThat(text.toString())
        .contains("FAILED  two is three: expected 3, but it was 2")
        .contains("It did NOT happen as it should");
  }

  @Test
  void aDemoThatChecksNothingOrBreaksHasFailed() throws IOException {
    StringWriter text = new StringWriter();
    Demo nothing =
        new Fake() {
          @Override
          public void run(DemoRun run) {}
        };
    assertThat(Demos.run(nothing, DemoOptions.DEFAULT, new PrintWriter(text))).isEqualTo(1);
    Demo broken =
        new Fake() {
          @Override
          public void run(DemoRun run) {
            run.server.start(
                "hangs",
                () -> run.server.sockets().serverSocketFactory().createServerSocket(1).accept());
            run.sim.run();
          }
        };
    assertThat(Demos.run(broken, DemoOptions.DEFAULT, new PrintWriter(text))).isEqualTo(1);
    assertThat(text.toString())
        .contains("FAILED  the simulation ran to its end: ")
        .contains("server/hangs at");
  }

  @Test
  void anUnknownNameIsRefusedWithTheNamesThatThereAre() {
    assertThatThrownBy(
            () -> Demos.run("nothing", DemoOptions.DEFAULT, new PrintWriter(new StringWriter())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no demo \"nothing\"; there are: handshake");
  }

  private abstract static class Fake implements Demo {
    @Override
    public String name() {
      return "fake";
    }

    @Override
    public String title() {
      return "Fake";
    }

    @Override
    public String explanation() {
      return "None.";
    }
  }
}
