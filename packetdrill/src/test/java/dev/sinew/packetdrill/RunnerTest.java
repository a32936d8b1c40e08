package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Verdicts: a right script passes, and each expectation that is changed makes it fail. */
class RunnerTest {
  private static final String SCRIPT =
      """
      --tolerance_usecs=1000
      --tolerance_percent=0
      --strict_segments
      0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
      +0 bind(3, ..., ...) = 0
      +0 listen(3, 1) = 0
      +0.1 < S 0:0(0) win 65535 <mss 1000,sackOK>
      +0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>
      +0.1 < . 1:1(0) ack 1 win 65535
      +0 accept(3, ..., ...) = 4
      +0.1 < . 1001:2001(1000) ack 1 win 65535
      +0 > [noecn,ttl 64] . 1:1(0) ack 1 win 65535 <nop,nop,sack 1001:2001>
      +0.1 < . 1:1001(1000) ack 1 win 65535
      +0 > . 1:1(0) ack 2001 win 65535
      +0.1 write(4, ..., 500) = 500
      +0 > P. 1:501(500) ack 2001 win 65535
      +0.1 < . 2001:2001(0) ack 501 win 65535
      +0 %{ assert tcpi_bytes_acked == 500 }%
      +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
      +0 read(4, ..., 2000) = 2000
      +0 read(4, ..., 2000) = -1 EAGAIN (Resource temporarily unavailable)
      +0.1 close(4) = 0
      +0 > F. 501:501(0) ack 2001 win 65535
      +0.1 < . 2001:2001(0) ack 502 win 65535
      """;

  private static Outcome run(String text) {
    return run(text, true);
  }

  private static Outcome run(String text, boolean strict) {
    return new PacketdrillRunner(
            new Settings(Settings.Dialect.GOOGLE, "standard", Map.of(), 0, 0, null, strict, true))
        .run("test.pkt", text, null);
  }

  @Test
  void theScriptPasses() {
    assertThat(run(SCRIPT)).isEqualTo(Outcome.PASSED);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "P. 1:501(500) ack 2001 | P. 2:502(500) ack 2001 | seq is 1, expected 2",
        "P. 1:501(500) ack 2001 | P. 0:500(500) ack 2001 | seq is 1, expected 0",
        "P. 1:501(500) ack 2001 | P. 1:501(500) ack 2002 | ack is 2001, expected 2002",
        "P. 1:501(500) ack 2001 | P. 1:501(500) ack 2000 | ack is 2001, expected 2000",
        "P. 1:501(500) ack 2001 | . 1:501(500) ack 2001 | flags are P., expected .",
        "P. 1:501(500) ack 2001 | P. 1:500(499) ack 2001 | length is 500, expected 499",
        "P. 1:501(500) ack 2001 | P. 1:502(501) ack 2001 | length is 500, expected 501",
        "ack 2001 win 65535 | ack 2001 win 65534 | win is 65535, expected 65534",
        "<mss 1460,nop,nop,sackOK> | <mss 1459,nop,nop,sackOK> | options differ",
        "<mss 1460,nop,nop,sackOK> | <mss 1460,sackOK,nop,nop> | options differ",
        "<mss 1460,nop,nop,sackOK> | <mss 1460,nop,nop,sackOK,nop> | options differ",
        "<mss 1460,nop,nop,sackOK> | '' | options differ",
        "sack 1001:2001 | sack 1001:2002 | options differ",
        "sack 1001:2001 | sack 1000:2001 | options differ",
        "ttl 64 | ttl 63 | ttl is 64, expected 63",
        "noecn | ect0 | ECN bits",
        "+0 > P. 1:501 | +0.002 > P. 1:501 | sent at",
        "+0 > P. 1:501 | +0.1 > P. 1:501 | sent at",
        "'+0 read(4, ..., 2000) = 2000' | '+0 read(4, ..., 2000) = 1999' | expected 1999",
        "EAGAIN | EPIPE | read returned -1 EAGAIN, expected -1 EPIPE",
        "bytes_acked == 500 | bytes_acked == 501 | tcpi_bytes_acked is 500",
      })
  void whatIsChangedFails(String original, String changed, String reason) {
    String text = SCRIPT.replace(original, changed);
    assertThat(text).isNotEqualTo(SCRIPT);
    Outcome o = run(text);
    assertThat(o.verdict()).as(o.reason()).isEqualTo(Verdict.FAILED);
    assertThat(o.reason()).contains(reason);
  }

  @Test
  void oneExpectationTooManyFails() {
    Outcome o = run(SCRIPT + "+0 > . 502:502(0) ack 2001 win 65535\n");
    assertThat(o.verdict()).isEqualTo(Verdict.FAILED);
    assertThat(run(SCRIPT + "+0 > . 9:9(0) ack 9\n").reason())
        .contains("no packet was sent")
        .contains("expected: > . 9:9(0) ack 9")
        .contains("last packets:")
        .contains("> F. 501:501(0) ack 2001 win 65535");
  }

  @Test
  void strictlyOneExpectationTooFewFails() {
    String without = SCRIPT.substring(0, SCRIPT.indexOf("+0 > F. 501:501"));
    assertThat(run(without, true).reason())
        .contains("a packet that is not expected, behind the last event")
        .contains("> F. 501:501(0) ack 2001");
    Outcome told = run(without, false);
    assertThat(told.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(told.reason()).contains("left over, the first: 0.700000 > F. 501:501(0)");
  }

  /** The retransmission of what the script leaves unacknowledged comes well behind its end. */
  @Test
  void strictlyTheEndIsQuietForTwoTimeouts() {
    String without = SCRIPT.substring(0, SCRIPT.indexOf("+0.1 < . 2001:2001(0) ack 502"));
    assertThat(run(without, true).reason()).contains("0.950000 > F. 501:501(0) ack 2001");
    assertThat(run(without, false).reason())
        .endsWith(" packets left over, the first: 0.950000 > F. 501:501(0) ack 2001 win 65535");
  }

  @Test
  void strictlyNoOtherConnectionIsHeard() {
    String other = "+0 < 4000>8080 . 1:1(0) ack 1 win 9\n" + "+0.1 write";
    String text = SCRIPT.replace("+0.1 write", other);
    assertThat(run(text, true).reason()).contains("a packet of another connection");
    assertThat(run(text, false).verdict()).isEqualTo(Verdict.PASSED);
  }

  @Test
  void aNumberIsLearntOnce() {
    String text =
        """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0
        +0.1 < S 0:0(0) win 65535 <mss 1000>
        +0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
        +1 > S. 1:1(0) ack 1 win 65535 <mss 1460>
        """;
    assertThat(run(text, false).reason()).contains("seq is 0, expected 1");
  }

  @Test
  void anErrorHasItsValueToo() {
    String text = SCRIPT.replace("= -1 EAGAIN", "= -2 EAGAIN");
    assertThat(run(text).reason()).contains("read returned -1 EAGAIN, expected -2 EAGAIN");
    assertThat(run(SCRIPT.replace("= -1 EAGAIN (Resource temporarily unavailable)", "= -1")))
        .isEqualTo(Outcome.PASSED);
  }

  @Test
  void swappedPacketsFail() {
    String text =
        SCRIPT
            .replace("+0 > P. 1:501(500) ack 2001 win 65535\n", "")
            .replace("+0.1 write", "+0 > P. 1:501(500) ack 2001 win 65535\n+0.1 write");
    assertThat(run(text).verdict()).isEqualTo(Verdict.FAILED);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--colour=red | 1:1: unknown option --colour",
        "'0 `sysctl -w net.ipv4.tcp_magic=1`' | 1:1: unknown kernel variable net.ipv4.tcp_magic",
        "'0 `sysctl -w net.ipv4.tcp_sack=yes`' | 1:1: not a number",
        "'0 `frobnicate`' | unknown command frobnicate",
        "'0 shake(3) = 0' | unknown call shake",
        "'0 close(9) = 0' | descriptor 9 is not open",
        "'0 %{ assert nonsense == 1 }%' | unknown name nonsense",
      })
  void whatNobodyKnowsIsAnError(String line, String reason) {
    Outcome o = run(line.startsWith("--") ? line + "\n" + SCRIPT : line + "\n");
    assertThat(o.verdict()).as(o.reason()).isEqualTo(Verdict.ERROR);
    assertThat(o.reason()).contains(reason);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "'0 splice(3, 4) = 0' | no splice on a simulated host",
        "'0 > ipv4 10.0.0.1 > 10.0.0.2: . 1:1(0) ack 1' | packets within packets",
        "'0 < S 0:0(0) win 1 <md5 valid>' | MD5",
        "'0 > S 0:0(0) win 1 <md5 valid>' | MD5",
      })
  void whatNoSimulatedHostHasIsSkipped(String line, String reason) {
    Outcome o = run(line + "\n");
    assertThat(o.verdict()).as(o.reason()).isEqualTo(Verdict.SKIPPED);
    assertThat(o.reason()).contains(reason);
  }

  @Test
  void aFileThatIsNotThereIsAnError() {
    Outcome o = new PacketdrillRunner(Settings.DEFAULT).run(Path.of("nowhere.pkt"));
    assertThat(o.verdict()).isEqualTo(Verdict.ERROR);
    assertThat(o.reason()).contains("can't read");
  }

  @Test
  void aBlockingCallMustReturnInItsTime() {
    String head = SCRIPT.substring(0, SCRIPT.indexOf("+0.1 < . 1001"));
    String tail = "+0.2 < P. 1:101(100) ack 1 win 65535\n+0.04 > . 1:1(0) ack 101\n";
    assertThat(run(head + "+0...0.2 read(4, ..., 500) = 100\n" + tail)).isEqualTo(Outcome.PASSED);
    assertThat(run(head + "+0...0.1 read(4, ..., 500) = 100\n" + tail).reason())
        .contains("read returned at 0.400000, expected at 0.300000");
    assertThat(run(head + "+0...0.2 read(4, ..., 500) = 99\n" + tail).reason())
        .contains("read returned 100, expected 99");
  }

  /** A call that waits is asked again at every event; that must not be one itself. */
  @Test
  void aWriteWaitsForRoom() {
    String head = SCRIPT.substring(0, SCRIPT.indexOf("+0.1 < . 1001"));
    String text =
        head
            + "+0.1...0.4 write(4, ..., 100000) = 100000\n+0 > . 1:1001(1000) ack 1\n"
            + "+0.1 < R. 1:1(0) ack 1 win 0\n";
    String small = "+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [4000], 4) = 0\n+0.1...0.4 write";
    assertThat(run(text.replace("+0.1...0.4 write", small), false).reason())
        .contains("write returned");
  }

  @Test
  void moreHoldsBackUntilAWriteSaysNothingOfIt() {
    String head = SCRIPT.substring(0, SCRIPT.indexOf("+0.1 < . 1001"));
    String text =
        head
            + "+0.1 send(4, ..., 100, MSG_MORE) = 100\n+0.01 send(4, ..., 100, 0) = 100\n"
            + "+0 > P. 1:201(200) ack 1 win 65535\n+0.1 < . 1:1(0) ack 201 win 65535\n";
    assertThat(run(text)).isEqualTo(Outcome.PASSED);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "id 7 | id 7 | ''",
        "> icmp echo_reply id 7 | > icmp echo_reply id 8 | id is 7, expected 8",
        "> icmp echo_reply | > icmp unreachable | ICMP type is 0, expected 3",
        "unreachable port_unreachable | unreachable net_unreachable | ICMP code is 3, expected 0",
        "[udp (8)] | [udp (9)] | quoted length is 8, expected 9",
        "[udp (8)] | [1:1(0)] | what is quoted is not a TCP segment",
        "> [ttl 64] udp (5) | > [ttl 63] udp (5) | ttl is 64, expected 63",
        "> [ttl 64] udp (5) | > udp (6) | length is 5, expected 6",
        "> [ttl 64] udp (5) | > [dscp AF11] udp (5) | dscp is 0, expected 10",
      })
  void datagramsAndIcmpAreComparedToo(String original, String changed, String reason) {
    String script =
        """
        0 < icmp echo_request id 7
        +0 > icmp echo_reply id 7
        +0 < udp (8)
        +0 > icmp unreachable port_unreachable [udp (8)]
        +0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
        +0 bind(3, ..., ...) = 0
        +0 connect(3, ..., ...) = 0
        +0 write(3, ..., 5) = 5
        +0 > [ttl 64] udp (5)
        """;
    assertThat(script.contains(original) || reason.isEmpty()).isTrue();
    Outcome o = run(script.replace(original, changed));
    assertThat(o.verdict())
        .as(o.reason())
        .isEqualTo(reason.isEmpty() ? Verdict.PASSED : Verdict.FAILED);
    assertThat(o.reason()).contains(reason);
  }

  @Test
  void segmentsAreJoinedUnlessTheScriptSaysNo() {
    String head = SCRIPT.substring(0, SCRIPT.indexOf("+0.1 < . 1001"));
    String large =
        head
            + "+0.1 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1 win 65535\n"
            + "+0.1 < . 1:1(0) ack 2001 win 65535\n";
    assertThat(run(large).verdict()).isEqualTo(Verdict.FAILED);
    assertThat(run(large.replace("--strict_segments\n", ""))).isEqualTo(Outcome.PASSED);
  }

  @Test
  void bytesThatTheScriptNamesAreWhatIsSent() {
    String head = SCRIPT.substring(0, SCRIPT.indexOf("+0.1 < . 1001"));
    assertThat(
            run(
                head
                    + "+0.1 write(4, \"hello\", 5) = 5\n+0 > P. 1:6(5) ack 1 win 65535\n"
                    + "+0.1 < . 1:1(0) ack 6 win 65535\n"))
        .isEqualTo(Outcome.PASSED);
  }
}
