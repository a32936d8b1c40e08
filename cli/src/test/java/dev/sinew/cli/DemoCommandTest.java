package dev.sinew.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoCommandTest {
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

  @Test
  void theListHasGroupsAndALineForEach() {
    assertThat(run("demo")).isZero();
    assertThat(out()).startsWith("Opening a connection\n  handshake ");
    assertThat(out().lines()).hasSizeGreaterThan(60).allMatch(l -> l.length() <= 100);
    assertThat(run("demo", "--lang", "zh")).isZero();
    assertThat(out()).startsWith("建立连接\n  handshake ");
    assertThat(run("demo", "--json")).isZero();
    assertThat(out().lines()).allMatch(l -> l.startsWith("{\"name\":"));
  }

  @Test
  void anExperimentIsShownInEitherLanguageAndWithOtherValues() {
    assertThat(run("demo", "lost-syn")).isZero();
    assertThat(out()).contains("times=3").contains("It happened as it should (seed 1");
    assertThat(run("demo", "lost-syn", "--lang", "zh", "--set", "times=5", "--seed", "7")).isZero();
    assertThat(out()).contains("times=5").contains("结果符合预期（seed 7");
    assertThat(run("demo", "lost-syn", "--params")).isZero();
    assertThat(out()).contains("times=3").contains("0 to 7").contains("rows=40");
  }

  @Test
  void whatDoesNotHappenIsExitCode1() {
    assertThat(run("demo", "lost-syn", "--set", "times=0")).isEqualTo(1);
    assertThat(out()).contains("FAILED").contains("It did NOT happen as it should");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          demo lost-sin                       | there is no demo 'lost-sin'; there are: handshake
          demo lost-syn --set time=1          | lost-syn has no parameter 'time'; it has times=3
          demo lost-syn --set times=many      | is no value for times; it takes 0 to 7
          demo lost-syn --set times           | --set
          demo lost-syn --lang fr             | --lang
          demo lost-sin --params              | there is no demo 'lost-sin'
          sweep lost-sin                      | there is no demo 'lost-sin'
          sweep lost-syn --set times=9        | is no value for times; it takes 0 to 7
          sweep lost-syn --seeds 0            | --seeds and --threads take numbers from 1 on
          sweep                               | missing DEMO
          """)
  void wrongUsageIsOneLineThatNamesWhatWouldBeRight(String words, String message) {
    assertThat(run(words.split(" "))).isEqualTo(2);
    assertThat(err.toString(UTF_8).lines()).hasSize(1).first().asString().contains(message);
    assertThat(out()).isEmpty();
  }

  @Test
  void aCaptureThatCantBeWrittenIsExitCode3() {
    Path nowhere = folder.resolve("none").resolve("x.pcapng");
    assertThat(run("demo", "handshake", "--pcap", nowhere.toString())).isEqualTo(3);
    assertThat(err.toString(UTF_8)).contains("the capture can't be written");
    Path file = folder.resolve("x.pcapng");
    assertThat(run("demo", "handshake", "--pcap", file.toString())).isZero();
    assertThat(file).isNotEmptyFile();
    assertThat(Files.exists(nowhere)).isFalse();
  }

  @Test
  void aSweepRunsTheSeedsAndNamesTheFirstThatFails() {
    assertThat(run("sweep", "lost-syn", "--seeds", "5", "--threads", "2")).isZero();
    assertThat(out()).startsWith("lost-syn ").contains("5 seeds, all as they should");
    assertThat(run("sweep", "lost-syn", "--seeds", "5", "--first", "3", "--set", "times=0"))
        .isEqualTo(1);
    assertThat(out())
        .contains("5 seeds, 5 failed")
        .contains("first failing seed 3:")
        .contains("at least one SYN had to be sent again")
        .contains("again: sinew demo lost-syn --seed 3 --set times=0");
    assertThat(run("sweep", "lost-syn", "--seeds", "2", "--set", "times=0", "--json")).isEqualTo(1);
    assertThat(out()).startsWith("{\"schema\":\"sinew-sweep-1\"").contains("\"firstFailing\":1");
  }
}
