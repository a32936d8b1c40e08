package dev.sinew.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the command answers to a wrong command line: one clear line, the right exit code. Nothing
 * here opens a device.
 */
class CommandLineTest {
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

  private String err() {
    return err.toString(UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          srve                                        | sinew: unknown command 'srve'; did you mean 'serve'? (sinew --help)
          xyzzy                                       | sinew: unknown command 'xyzzy' (sinew --help)
          --verson                                    | sinew: unknown option '--verson' (sinew --help)
          serve --polll spin                          | sinew serve: unknown option '--polll'; did you mean --poll? (sinew serve --help)
          serve here                                  | sinew serve: unexpected argument 'here' (sinew serve --help)
          serve --host 10.1.1.1                       | sinew serve: '10.1.1.1' is not ADDRESS/LENGTH, such as 10.77.0.1/24 or fd77::1/64 (sinew serve --help)
          serve --host 10.1.1.256/24                  | sinew serve: '10.1.1.256/24' is not ADDRESS/LENGTH, such as 10.77.0.1/24 or fd77::1/64 (sinew serve --help)
          serve --host 10.1.1.1/33                    | sinew serve: '10.1.1.1/33' is not ADDRESS/LENGTH, such as 10.77.0.1/24 or fd77::1/64 (sinew serve --help)
          serve --addr ff02::1/64                     | sinew serve: 'ff02::1/64' is not an address that a host can have (sinew serve --help)
          serve --host 10.1.1.1/24                    | sinew serve: --host and --addr belong together: the one is the kernel's side of the device, the other the stack's
          serve --host 10.1.1.1/24 --addr 10.1.1.1/24 | sinew serve: 10.1.1.1 can't be both the kernel's and the stack's address
          serve --host 10.1.1.1/24 --addr 10.1.2.2/24 | sinew serve: the kernel would not reach 10.1.2.2: it is in the network of no --host
          serve --mtu 67                              | sinew serve: --mtu must be 68 to 65535, not 67
          serve --mtu big                             | sinew serve: invalid value for option '--mtu': 'big' is not an int (sinew serve --help)
          serve --interface eth0                      | sinew serve: --interface needs --addr: the stack's own address in the network behind it, such as 192.168.1.77/24, which nobody else has
          serve --interface e --addr 10.1.1.2/24 --tun t | sinew serve: --tun, --host and --mtu are for a TUN device: an interface has its name, addresses and MTU already
          serve --interface e --addr 10.1.1.2/24 --mtu 9000 | sinew serve: --tun, --host and --mtu are for a TUN device: an interface has its name, addresses and MTU already
          serve --interface e --addr 10.1.1.2/24 --gateway 10.1.2.1 | sinew serve: the gateway 10.1.2.1 is not in the network of any --addr, so nobody on the wire would have it
          serve --interface e --addr 10.1.1.2/24 --gateway 10.1.1.2 | sinew serve: 10.1.1.2 can't be both the gateway's and the stack's address
          serve --interface e --addr 10.1.1.2/24 --gateway 10.1.1.0/24 | sinew serve: '10.1.1.0/24' is not a host's address, such as 10.77.0.1 or fd77::1 (sinew serve --help)
          serve --gateway 10.1.1.1                    | sinew serve: --gateway and --conflict-check are for --interface: on a TUN device the kernel is the gateway
          serve --conflict-check off                  | sinew serve: --gateway and --conflict-check are for --interface: on a TUN device the kernel is the gateway
          serve --bench --trace                       | sinew serve: --bench measures: it can't go with --trace or --pcap
          sweep networks --budget 0                   | sinew sweep: --budget takes a time of more than 0, such as 30s or 10m
          ping                                        | sinew ping: missing HOST (sinew ping --help)
          ping -i soon h                              | sinew ping: 'soon' is not a duration, such as 0.5, 200ms, 75s or 2h (sinew ping --help)
          ping -t 0 h                                 | sinew ping: -s must be 0 to 65507, -t 1 to 255, -c at least 1, -i at least 1ms
          nc 10.1.1.1                                 | sinew nc: missing PORT
          nc                                          | sinew nc: missing [HOST] PORT (sinew nc --help)
          nc h 65536                                  | sinew nc: '65536' is not a port: ports are 1 to 65535
          nc h http                                   | sinew nc: 'http' is not a port
          nc h 1-5                                    | sinew nc: a range of ports goes with -z only
          nc -z h 5-1                                 | sinew nc: '5-1' is not a port: ports are 1 to 65535
          nc -zl 5                                    | sinew nc: -z goes with neither -l nor -u; -k goes with -l for TCP only
          nc --pcap - h 5                             | sinew nc: --pcap - can't be: standard output carries the connection's data
          ss sport = :http                            | sinew ss: 'http' is not a port number
          """)
  void aWrongCommandLineIsOneLineAndCode2(String words, String message) {
    assertThat(run(words.split(" +"))).isEqualTo(ExitCode.USAGE);
    assertThat(err()).isEqualTo(message + System.lineSeparator());
    assertThat(out()).isEmpty();
  }

  @Test
  void aRootThatIsNotAFolderIsInputThatCanNotBeRead(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThat(run("serve", "--root", file.toString())).isEqualTo(ExitCode.INPUT);
    assertThat(err())
        .isEqualTo("sinew serve: " + file + " is not a folder" + System.lineSeparator());
    assertThat(run("serve", "--root", file + "x")).isEqualTo(ExitCode.INPUT);
    assertThat(err())
        .isEqualTo("sinew serve: the folder " + file + "x does not exist" + System.lineSeparator());
  }

  @Test
  void aCaptureThatIsAFolderIsNamed(@TempDir Path folder) {
    assertThat(run("trace", "-r", folder.toString())).isEqualTo(ExitCode.INPUT);
    assertThat(err()).startsWith("sinew trace: " + folder + ": ");
  }

  @Test
  void aScriptThatIsNoTextIsCalledThat(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("x.pkt"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(run("packetdrill", file.toString())).isEqualTo(ExitCode.NEGATIVE);
    assertThat(out()).contains("no script: it is not text in UTF-8");
  }

  @Test
  void anExperimentWithoutANameIsNotNearToAll() {
    assertThat(run("demo", "")).isEqualTo(ExitCode.USAGE);
    assertThat(err()).contains("there is no demo ''; there are: ");
  }

  /** Output that went nowhere is a failure, unless its reader had enough of it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Broken pipe             | 0 | ''
          No space left on device | 4 | sinew: the output can't be written: No space left on device
          """)
  void whatCouldNotBeWrittenIsNotForgotten(String why, int code, String message) {
    err.reset();
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(why);
          }
        };
    Console console =
        new Console(new PrintStream(broken, true, UTF_8), new PrintStream(err, true, UTF_8), false);
    assertThat(Main.lost(broken, console)).isEqualTo(code);
    assertThat(err().strip()).isEqualTo(message);
  }

  @Test
  void withoutAnyWordItSaysHowToUseItAndFails() {
    assertThat(run()).isEqualTo(ExitCode.USAGE);
    assertThat(err()).startsWith("Usage: sinew COMMAND");
    assertThat(out()).isEmpty();
  }

  @Test
  void helpIsDataAndSucceeds() {
    assertThat(run("--help")).isZero();
    assertThat(out()).startsWith("Usage: sinew COMMAND").contains("Examples:");
    assertThat(err()).isEmpty();
    assertThat(run("--version")).isZero();
    assertThat(out()).matches("sinew [0-9]+\\.[0-9]+\\.[0-9]+\\R");
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "nc", "ping", "ss", "stat", "demo", "sweep", "packetdrill"})
  void everyCommandHasHelpWithThreeExamplesIn80Columns(String command) {
    assertThat(run(command, "--help")).isZero();
    String help = out();
    assertThat(help).startsWith("Usage: sinew " + command).doesNotContain("null");
    String examples = help.substring(help.indexOf("Examples:"));
    assertThat(examples.lines().filter(l -> l.contains("sinew " + command)).count())
        .isGreaterThanOrEqualTo(3);
    assertThat(help.lines()).allMatch(l -> l.length() <= 80);
    assertThat(err()).isEmpty();
    assertThat(run("help", command)).isZero();
    assertThat(out()).isEqualTo(help);
  }

  @Test
  void aDistanceIsTheNumberOfKeysHitWrongly() {
    assertThat(Main.distance("serve", "serve")).isZero();
    assertThat(Main.distance("srve", "serve")).isEqualTo(1);
    assertThat(Main.distance("pnig", "ping")).isEqualTo(2);
    assertThat(Main.distance("", "ss")).isEqualTo(2);
  }
}
