package dev.sinew.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.TcpState;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows of {@code sinew ss}, and which of them are shown. */
class SsTest {
  private static final SsTable.Columns EVERYTHING =
      new SsTable.Columns(true, true, true, true, true);

  private static SsRow row(String json) {
    return new SsRow(Json.parseObject(json), "serve", 4711);
  }

  private static SsRow connection(String local, int localPort, String remote, int remotePort) {
    return row(
        "{\"transport\":\"tcp\",\"state\":\"ESTABLISHED\",\"receiveQueue\":0,\"sendQueue\":1448,\"localAddress\":\""
            + local
            + "\",\"localPort\":"
            + localPort
            + ",\"remoteAddress\":\""
            + remote
            + "\",\"remotePort\":"
            + remotePort
            + ",\"timer\":\"on\",\"timerNanos\":204000000,\"retransmits\":1,\"info\":{\"timestamps\":true,\"sack\":true,\"sendScale\":7,"
            + "\"receiveScale\":9,\"rtoNanos\":204000000,\"srttNanos\":1250000,\"rttvarNanos\":500000,\"minRttNanos\":26000,"
            + "\"sendMss\":1448,\"receiveMss\":1440,\"cwnd\":14480,\"ssthresh\":9223372036854775807,\"sendWindow\":65536,"
            + "\"receiveWindow\":131072,\"bytesSent\":5000,\"bytesRetransmitted\":0,\"bytesAcked\":3552,\"bytesReceived\":77,"
            + "\"segmentsOut\":6,\"segmentsIn\":5,\"retransmits\":1,\"inFlight\":1449,\"unsent\":0,\"unread\":0,"
            + "\"congestionControl\":\"newreno\"}}");
  }

  private static SsRow listener(String address, int port) {
    return row(
        "{\"transport\":\"tcp\",\"state\":\"LISTEN\",\"receiveQueue\":0,\"sendQueue\":1024,\"localAddress\":\""
            + address
            + "\",\"localPort\":"
            + port
            + ",\"remoteAddress\":\"::\",\"remotePort\":0,\"timer\":\"\",\"timerNanos\":0,\"retransmits\":0}");
  }

  @Test
  void rowsLookLikeThoseOfLinux() {
    List<String> lines =
        SsTable.lines(
            List.of(
                listener("::", 80),
                connection("10.77.0.2", 80, "10.77.0.1", 50000),
                connection("fd77::2", 7, "fd77::1", 9)),
            EVERYTHING);
    assertThat(lines)
        .containsExactly(
            "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port  Process",
            "tcp   LISTEN 0      1024               *:80              *:*     users:((\"serve\",pid=4711))",
            "tcp   ESTAB  0      1448       10.77.0.2:80      10.77.0.1:50000 users:((\"serve\",pid=4711)) timer:(on,204ms,1)",
            "\t ts sack newreno wscale:7,9 rto:204 rtt:1.25/0.5 mss:1448 rcvmss:1440 cwnd:10 bytes_sent:5000 bytes_acked:3552"
                + " bytes_received:77 segs_out:6 segs_in:5 send 92.7Mbps unacked:2 minrtt:0.026 snd_wnd:65536 rcv_wnd:131072",
            "tcp   ESTAB  0      1448       [fd77::2]:7       [fd77::1]:9     users:((\"serve\",pid=4711)) timer:(on,204ms,1)",
            lines.get(3));
  }

  @Test
  void theVariablesOfABusyConnection() {
    String info =
        "{\"timestamps\":true,\"sack\":true,\"sendScale\":7,\"receiveScale\":7,\"rtoNanos\":400000000,"
            + "\"srttNanos\":20000000,\"rttvarNanos\":1000000,\"minRttNanos\":19000000,\"sendMss\":1000,"
            + "\"receiveMss\":900,\"cwnd\":20999,\"ssthresh\":15000,\"sendWindow\":30000,\"receiveWindow\":40000,"
            + "\"bytesSent\":1,\"bytesRetransmitted\":2,\"bytesAcked\":3,\"bytesReceived\":4,\"segmentsOut\":5,"
            + "\"segmentsIn\":6,\"inFlight\":10001,\"unsent\":7,\"congestionControl\":\"bbr\","
            + "\"path\":{\"pathMtu\":1500,\"advertisedMss\":1460,\"fastOpen\":true,\"signature\":\"ao\",\"ecn\":\"accecn\"},"
            + "\"recovery\":{\"state\":\"recovery\",\"sackedSegments\":8,\"lostBytes\":1001,"
            + "\"retransmittedBytes\":999,\"reorderingSeen\":true,\"reorderingWindowNanos\":5},"
            + "\"sender\":{\"backoff\":1,\"probes\":0,\"dataSegments\":9,\"segmentsRetransmitted\":10,\"timeouts\":11,"
            + "\"duplicatesReported\":12,\"pacingRate\":125000000,\"deliveryRate\":125,\"applicationLimited\":true,"
            + "\"deliveredBytes\":3,\"markedBytes\":1500,\"busyNanos\":2000000000,\"receiveWindowLimitedNanos\":500000000,"
            + "\"sendBufferLimitedNanos\":10000000,\"sinceDataNanos\":4000000},"
            + "\"receiver\":{\"ackTimeoutNanos\":40000000,\"rttNanos\":21500000,\"spaceBytes\":65536,"
            + "\"dataSegments\":13,\"outOfOrderSegments\":14,\"sinceDataNanos\":5000000,\"sinceAckNanos\":6000000}}";
    SsRow row = row("{\"transport\":\"tcp\",\"state\":\"ESTABLISHED\",\"info\":" + info + "}");
    assertThat(SsInfo.of(row))
        .isEqualTo(
            "ts sack accecn fastopen ao bbr wscale:7,7 rto:400 backoff:1 rtt:20/1 ato:40 mss:1000 pmtu:1500"
                + " rcvmss:900 advmss:1460 cwnd:20 ssthresh:15 bytes_sent:1 bytes_retrans:2 bytes_acked:3"
                + " bytes_received:4 segs_out:5 segs_in:6 data_segs_out:9 data_segs_in:13 send 8.40Mbps"
                + " lastsnd:4 lastrcv:5 lastack:6 pacing_rate 1.00Gbps delivery_rate 1.00Kbps delivered_ce:2 app_limited"
                + " busy:2000ms rwnd_limited:500ms(25.0%) sndbuf_limited:10ms(0.5%) unacked:11 retrans:1/10"
                + " lost:2 sacked:8 dsack_dups:12 reord_seen:1 timeouts:11 rcv_rtt:21.5 rcv_space:65536"
                + " notsent:7 minrtt:19 rcv_ooopack:14 snd_wnd:30000 rcv_wnd:40000");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0bps",
    "1, 8bps",
    "124, 992bps",
    "125, 1.00Kbps",
    "124999, 1.00Mbps",
    "124900000, 999Mbps",
    "1e18, 8000000Tbps"
  })
  void rates(double bytes, String text) {
    assertThat(SsInfo.rate(bytes)).isEqualTo(text);
  }

  @Test
  void columnsThatSayTheSameInEveryRowAreLeftOut() {
    List<String> lines =
        SsTable.lines(
            List.of(listener("0.0.0.0", 80)),
            new SsTable.Columns(false, false, false, false, false));
    assertThat(lines)
        .containsExactly(
            "0      1024         0.0.0.0:80              *:*    users:((\"serve\",pid=4711))");
  }

  @ParameterizedTest
  @CsvSource({
    "0,000ms",
    "40,040ms",
    "204,204ms",
    "5200,5.200ms",
    "59000,59sec",
    "59999,59sec",
    "90000,1min30sec",
    "7200000,120min",
    "600500,10min"
  })
  void timersAreWrittenAsSsDoes(long millis, String text) {
    assertThat(SsTable.duration(millis)).isEqualTo(text);
  }

  // ---- which

  private static SsFilter filter(String words) throws CliException {
    return SsFilter.parse(words.isEmpty() ? List.of() : Arrays.asList(words.split(" ")));
  }

  private static EnumSet<TcpState> states(String words) throws CliException {
    return filter(words).states(SsFilter.usual());
  }

  @Test
  void withoutAWordThoseAreShownThatSsShows() throws CliException {
    assertThat(states(""))
        .contains(TcpState.ESTABLISHED, TcpState.SYN_SENT, TcpState.CLOSE_WAIT, TcpState.FIN_WAIT_2)
        .doesNotContain(
            TcpState.LISTEN, TcpState.CLOSED, TcpState.TIME_WAIT, TcpState.SYN_RECEIVED);
  }

  @Test
  void statesAreNamedBySsWords() throws CliException {
    assertThat(states("state established")).containsExactly(TcpState.ESTABLISHED);
    assertThat(states("state syn-recv state time-wait"))
        .containsExactly(TcpState.SYN_RECEIVED, TcpState.TIME_WAIT);
    assertThat(states("syn-recv TIME-WAIT"))
        .containsExactly(TcpState.SYN_RECEIVED, TcpState.TIME_WAIT);
    assertThat(states("state bucket")).containsExactly(TcpState.SYN_RECEIVED, TcpState.TIME_WAIT);
    assertThat(states("state connected"))
        .hasSize(9)
        .doesNotContain(TcpState.LISTEN, TcpState.CLOSED);
    assertThat(states("state synchronized"))
        .hasSize(8)
        .contains(TcpState.SYN_RECEIVED)
        .doesNotContain(TcpState.SYN_SENT);
    assertThat(states("state all")).hasSize(11);
    assertThat(states("exclude listening")).hasSize(10).doesNotContain(TcpState.LISTEN);
    assertThat(states("state all exclude listening")).hasSize(10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sport = :80",
        "sport=:80",
        "sport == 80",
        "sport eq :80",
        "dport != :80",
        "dport > :1023",
        "dport >= :50000",
        "sport < :81",
        "sport <= :80",
        "sport = :80 dport = :50000",
        "sport = :80 and dport = :50000",
        "sport = :81 or dport = :50000",
        "sport = :81 and sport = :82 or dport = :50000",
        "not sport = :81",
        "! sport = :81",
        "( sport = :81 or sport = :80 ) and dport = :50000",
        "(sport = :80)",
        "src 10.77.0.2",
        "src 10.77.0.0/16",
        "src = 10.77.0.2:80",
        "dst 10.77.0.1 dst :50000",
        "state established sport = :80"
      })
  void anExpressionThatFits(String words) throws CliException {
    assertThat(filter(words).matches(connection("10.77.0.2", 80, "10.77.0.1", 50000))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sport = :81",
        "dport < :50000",
        "not sport = :80",
        "sport = :80 and dport = :1",
        "dport = :50000 and (sport = :81 or sport = :82)",
        "src 10.77.0.1",
        "src 10.78.0.0/16",
        "dst 10.77.0.1:50001",
        "src [fd77::2]:80",
        "src fd77::/64"
      })
  void anExpressionThatDoesNotFit(String words) throws CliException {
    assertThat(filter(words).matches(connection("10.77.0.2", 80, "10.77.0.1", 50000))).isFalse();
  }

  @Test
  void anIpv6AddressMayStandWithItsPort() throws CliException {
    SsRow row = connection("fd77::2", 80, "fd77::1", 50000);
    assertThat(filter("src [fd77::2]:80 dst [fd77::1]").matches(row)).isTrue();
    assertThat(filter("src fd77::2").matches(row)).isTrue();
    assertThat(filter("src [fd77::2]:81").matches(row)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state",
        "state foo",
        "sport",
        "sport =",
        "sport = :x",
        "sport = :65536",
        "src",
        "src 1.2.3",
        "src [fd77::2",
        "(sport = :80",
        "sport = :80 )",
        "nonsense",
        "sport = :80 or"
      })
  void whatIsNoFilterIsAUsageError(String words) {
    assertThatThrownBy(() -> filter(words))
        .isInstanceOfSatisfying(
            CliException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE));
  }
}
