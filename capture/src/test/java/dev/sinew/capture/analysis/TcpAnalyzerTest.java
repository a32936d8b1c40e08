package dev.sinew.capture.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpState;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What segments mean, one situation at a time. The client's numbers begin at 1000, the server's at
 * 5000.
 */
class TcpAnalyzerTest {
  private static final long CLIENT = 0xffff_0a00_0001L;
  private static final long SERVER = 0xffff_0a00_0002L;
  private static final int ACK = TcpHeader.ACK;
  private static final int SYN = TcpHeader.SYN;
  private static final int FIN = TcpHeader.FIN;
  private static final int RST = TcpHeader.RST;

  private final TcpAnalyzer analyzer = new TcpAnalyzer(false);
  private long now;
  private int id;
  private int window = 1000;

  private Reading segment(boolean fromClient, int flags, int seq, int ack, int data) {
    return segment(fromClient, flags, seq, ack, data, ++id);
  }

  private Reading segment(boolean fromClient, int flags, int seq, int ack, int data, int ipId) {
    int length = 40 + data;
    MemorySegment m = Arena.ofAuto().allocate(length);
    long src = fromClient ? CLIENT : SERVER;
    long dst = fromClient ? SERVER : CLIENT;
    Ipv4Header.write(m, 0, 0, length, ipId, 0, 64, 6, src, dst);
    int from = fromClient ? 40_000 : 80;
    int to = fromClient ? 80 : 40_000;
    TcpHeader.write(m, 20, from, to, seq, (flags & ACK) == 0 ? 0 : ack, 20, flags, window, 0);
    long sum = Checksum.addPseudoHeader(0, true, 0, src, 0, dst, 6, length - 20);
    Bytes.put16(m, 36, Checksum.finish(Checksum.add(sum, m, 20, length - 20)));
    now += 1_000_000;
    return analyzer.read(now, m, 0, length);
  }

  private Reading client(int flags, int seq, int ack, int data) {
    return segment(true, flags, seq, ack, data);
  }

  private Reading server(int flags, int seq, int ack, int data) {
    return segment(false, flags, seq, ack, data);
  }

  private static List<String> texts(Reading r) {
    return r.notes().stream().map(Note::text).toList();
  }

  private static String text(Reading r, Finding finding) {
    return r.notes().stream()
        .filter(n -> n.finding() == finding)
        .map(Note::text)
        .findFirst()
        .orElseThrow(() -> new AssertionError(finding + " is not in " + r.notes()));
  }

  private static List<TcpState> states(Reading r) {
    return java.util.Arrays.asList(
        r.connection().client().state(), r.connection().server().state());
  }

  @BeforeEach
  void handshake() {
    client(SYN, 1000, 0, 0);
    server(SYN | ACK, 5000, 1001, 0);
    Reading r = client(ACK, 1001, 5001, 0);
    assertThat(states(r)).containsExactly(TcpState.ESTABLISHED, TcpState.ESTABLISHED);
  }

  @Test
  void anAckNamesTheBytes() {
    client(ACK, 1001, 5001, 100);
    assertThat(texts(server(ACK, 5001, 1101, 0)))
        .containsExactly("acknowledges bytes 1 to 100 (100), 1.000 ms after it was sent");
    assertThat(client(ACK, 1101, 5001, 0).notes()).isEmpty();
  }

  @Test
  void lossAndFastRetransmission() {
    client(ACK, 1001, 5001, 100);
    client(ACK, 1201, 5001, 100); // 1101 to 1200 are lost before they were captured
    assertThat(texts(client(ACK, 1301, 5001, 100))).isEmpty();
    server(ACK, 5001, 1101, 0);
    for (int i = 1; i <= 3; i++) {
      assertThat(text(server(ACK, 5001, 1101, 0), Finding.DUPLICATE_ACK))
          .isEqualTo("duplicate ACK " + i);
    }
    Reading r = client(ACK, 1101, 5001, 100);
    assertThat(r.has(Finding.FAST_RETRANSMISSION)).isTrue();
    assertThat(r.connection().client().retransmissionCount()).isEqualTo(1);
  }

  @Test
  void aGapIsFilledLate() {
    assertThat(text(client(ACK, 1101, 5001, 100), Finding.GAP))
        .isEqualTo("what is before it was not seen: bytes 1 to 100 (100)");
    assertThat(text(client(ACK, 1001, 5001, 100), Finding.OUT_OF_ORDER)).contains("overtaken");
  }

  @Test
  void sentAgainDoubledOrNeedless() {
    segment(true, ACK, 1001, 5001, 100, 77);
    assertThat(segment(true, ACK, 1001, 5001, 100, 77).has(Finding.DUPLICATE)).isTrue();
    assertThat(text(segment(true, ACK, 1001, 5001, 100, 78), Finding.RETRANSMISSION))
        .isEqualTo("sent again, 2.000 ms after the first time");
    server(ACK, 5001, 1101, 0);
    assertThat(client(ACK, 1001, 5001, 100).has(Finding.NEEDLESS_RETRANSMISSION)).isTrue();
  }

  @Test
  void windowsAndProbes() {
    client(ACK, 1001, 5001, 900);
    window = 0;
    assertThat(server(ACK, 5001, 1901, 0).has(Finding.ZERO_WINDOW)).isTrue();
    window = 1000;
    assertThat(client(ACK, 1900, 5001, 0).has(Finding.ZERO_WINDOW_PROBE)).isTrue();
    assertThat(client(ACK, 1901, 5001, 1).has(Finding.ZERO_WINDOW_PROBE))
        .as("with a byte")
        .isTrue();
    assertThat(text(server(ACK, 5001, 1901, 0), Finding.WINDOW_UPDATE))
        .isEqualTo("the window opens again, to 1000 bytes");
    assertThat(client(ACK, 1902, 5001, 999).has(Finding.WINDOW_FULL)).isTrue();
  }

  @Test
  void keepaliveAndItsAnswer() {
    client(ACK, 1001, 5001, 10);
    server(ACK, 5001, 1011, 0);
    assertThat(client(ACK, 1010, 5001, 0).has(Finding.KEEPALIVE)).isTrue();
    assertThat(texts(server(ACK, 5001, 1011, 0))).containsExactly("answers the probe");
  }

  @Test
  void fourSegmentsThreeOrBothAtOnce() {
    client(FIN | ACK, 1001, 5001, 0);
    Reading ack = server(ACK, 5001, 1002, 0);
    assertThat(states(ack)).containsExactly(TcpState.FIN_WAIT_2, TcpState.CLOSE_WAIT);
    server(FIN | ACK, 5001, 1002, 0);
    Reading last = client(ACK, 1002, 5002, 0);
    assertThat(states(last)).containsExactly(TcpState.TIME_WAIT, TcpState.CLOSED);
    assertThat(last.connection().summary())
        .contains(
            "the client, 10.0.0.1:40000, closed first, in four segments: FIN, ACK, FIN, ACK; it is the"
                + " one that waits in TIME-WAIT");
  }

  @Test
  void finsThatCross() {
    client(FIN | ACK, 1001, 5001, 0);
    Reading r = server(FIN | ACK, 5001, 1001, 0);
    assertThat(text(r, Finding.FIN)).contains("both FINs cross");
    assertThat(states(r)).containsExactly(TcpState.CLOSING, TcpState.CLOSING);
    client(ACK, 1002, 5002, 0);
    assertThat(states(server(ACK, 5002, 1002, 0)))
        .containsExactly(TcpState.TIME_WAIT, TcpState.TIME_WAIT);
  }

  @Test
  void kindsOfReset() {
    client(ACK, 1001, 5001, 10);
    server(ACK, 5001, 1011, 0);
    assertThat(text(client(RST, 1500, 0, 0), Finding.RST)).contains("challenge ACK");
    assertThat(text(client(RST, 9000, 0, 0), Finding.RST)).contains("outside the window");
    Reading exact = client(RST, 1011, 0, 0);
    assertThat(text(exact, Finding.RST)).contains("exactly the one expected");
    assertThat(states(exact)).containsExactly(TcpState.CLOSED, TcpState.CLOSED);
  }

  @Test
  void aNewConnectionOfTheSameSockets() {
    client(RST, 1001, 0, 0);
    Reading r = client(SYN, 700_000, 0, 0);
    assertThat(r.connection().number()).isEqualTo(2);
    Reading refused = server(RST | ACK, 0, 700_001, 0);
    assertThat(text(refused, Finding.RST))
        .isEqualTo("refuses the connection: nobody listens there");
    assertThat(refused.connection().summary()).contains("10.0.0.2:80 refused it");
    assertThat(analyzer.connections()).hasSize(2);
  }

  @Test
  void aRepeatedSynIsTheSameConnection() {
    TcpAnalyzer fresh = new TcpAnalyzer(false);
    assertThat(fresh.connections()).isEmpty();
    Reading r = client(SYN, 1000, 0, 0);
    assertThat(r.connection().number()).isEqualTo(1);
    assertThat(r.has(Finding.NEEDLESS_RETRANSMISSION)).isTrue();
  }

  @Test
  void numbersThatWrap() {
    TcpAnalyzer fresh = analyzer;
    client(RST, 1001, 0, 0);
    client(SYN, -50, 0, 0);
    server(SYN | ACK, 5000, -49, 0);
    client(ACK, -49, 5001, 100);
    assertThat(texts(server(ACK, 5001, 51, 0)).getFirst())
        .startsWith("acknowledges bytes 1 to 100 (100)");
    assertThat(fresh.connections().getLast().client().dataBytes()).isEqualTo(100);
  }

  @Test
  void whatIsNotTcpIsNotRead() {
    MemorySegment m = Arena.ofAuto().allocate(40);
    assertThat(analyzer.read(0, m, 0, 40)).isNull();
    assertThat(analyzer.read(0, m, 0, 0)).isNull();
  }
}
