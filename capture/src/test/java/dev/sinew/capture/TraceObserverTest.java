package dev.sinew.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.ConnectionFigures;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer.RecoveryEvent;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TraceObserverTest {
  private final List<String> lines = new ArrayList<>();

  private TraceObserver trace(String filter) {
    return new TraceObserver(lines::add, PacketFilter.parse(filter));
  }

  private static void receive(TraceObserver t, long now, MemorySegment m) {
    t.packetReceived(now, 0, m, 0, (int) m.byteSize());
  }

  private static void send(
      TraceObserver t, long now, long connection, SendCause cause, MemorySegment m, int shown) {
    t.segmentSent(now, connection, 0, 0, cause);
    t.packetSent(now, 0, m, 0, shown, (int) m.byteSize());
  }

  @Test
  void aHandshakeWithItsStates() {
    TraceObserver t = trace("");
    receive(t, 10_113_000, Packets.tcp(true, 32896, 80, TcpHeader.SYN, 17, 0, 0));
    t.stateChanged(10_113_000, 1, 80, 32896, TcpState.LISTEN, TcpState.SYN_RECEIVED);
    send(
        t,
        10_113_000,
        1,
        SendCause.NEW,
        Packets.tcp(false, 80, 32896, TcpHeader.SYN | TcpHeader.ACK, 99, 18, 0),
        40);
    receive(t, 20_000_000, Packets.tcp(true, 32896, 80, TcpHeader.ACK, 18, 100, 0));
    t.stateChanged(20_000_000, 1, 80, 32896, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED);
    assertThat(lines)
        .containsExactly(
            "0.010113 In  IP 10.0.0.1.32896 > 10.0.0.2.80: Flags [S], seq 17, win 1000, length 0",
            "             #1 LISTEN -> SYN-RECEIVED",
            "0.010113 Out IP 10.0.0.2.80 > 10.0.0.1.32896: Flags [S.], seq 99, ack 18, win 1000, length 0",
            "0.020000 In  IP 10.0.0.1.32896 > 10.0.0.2.80: Flags [.], ack 1, win 1000, length 0",
            "             #1 SYN-RECEIVED -> ESTABLISHED");
  }

  @Test
  void whyASegmentWasDroppedOrSentAgain() {
    TraceObserver t = trace("");
    receive(t, 0, Packets.tcp(true, 1, 2, TcpHeader.ACK, 18, 100, 5));
    t.packetDropped(0, DropReason.OUT_OF_WINDOW);
    t.timerFired(1_000_000_000, 7, TimerKind.RETRANSMIT);
    send(
        t,
        1_000_000_000,
        7,
        SendCause.RETRANSMIT_TIMEOUT,
        Packets.tcp(false, 2, 1, TcpHeader.ACK, 100, 18, 700),
        40);
    t.recovery(1_000_000_000, 7, RecoveryEvent.TIMEOUT_RECOVERY_ENTERED, 1460, 2920);
    t.connectionEnded(2_000_000_000, 7, TcpError.TIMED_OUT);
    assertThat(lines.get(1)).isEqualTo("             dropped: outside the window");
    assertThat(lines.get(2)).isEqualTo("1.000000     #7 timer: retransmit");
    assertThat(lines.get(3))
        .startsWith("1.000000 Out IP ")
        .endsWith("length 700")
        .doesNotContain("cksum")
        .doesNotContain("[|tcp]");
    assertThat(lines.get(4)).isEqualTo("             retransmission after a timeout");
    assertThat(lines.get(5))
        .isEqualTo("             #7 timeout recovery entered, cwnd 1460, ssthresh 2920");
    assertThat(lines.get(6)).isEqualTo("2.000000     #7 ended: Connection timed out");
  }

  @Test
  void ordinarySegmentsAndTimersSayNothingMore() {
    TraceObserver t = trace("");
    t.timerFired(0, 7, TimerKind.DELAYED_ACK);
    send(t, 0, 7, SendCause.ACK, Packets.tcp(false, 2, 1, TcpHeader.ACK, 100, 18, 0), 40);
    t.connectionEnded(0, 7, null);
    assertThat(lines).hasSize(1);
  }

  @Test
  void whatTheApplicationCausedHasItsOwnTime() {
    TraceObserver t = trace("");
    receive(t, 1_000_000, Packets.tcp(true, 1, 80, TcpHeader.ACK, 18, 100, 0));
    t.stateChanged(3_000_000, 1, 80, 1, TcpState.CLOSE_WAIT, TcpState.LAST_ACK);
    send(
        t,
        3_000_000,
        1,
        SendCause.NEW,
        Packets.tcp(false, 80, 1, TcpHeader.ACK | TcpHeader.FIN, 100, 18, 0),
        40);
    assertThat(lines.get(1)).isEqualTo("0.003000     #1 CLOSE-WAIT -> LAST-ACK");
    assertThat(lines.get(2)).startsWith("0.003000 Out IP ");
  }

  @Test
  void withAFilterOnlyWhatHappensAtTheTimeOfAShownPacketIsItsDoing() {
    TraceObserver t = trace("port 80");
    receive(t, 1_000_000, Packets.tcp(true, 1, 80, TcpHeader.ACK, 18, 100, 0));
    t.stateChanged(3_000_000, 5, 443, 1, TcpState.CLOSE_WAIT, TcpState.LAST_ACK);
    assertThat(lines).hasSize(1);
  }

  @Test
  void aFilterHidesWhatBelongsToHiddenPacketsToo() {
    TraceObserver t = trace("port 80");
    receive(t, 0, Packets.tcp(true, 1, 443, TcpHeader.SYN, 18, 100, 0));
    t.stateChanged(0, 1, 443, 1, TcpState.LISTEN, TcpState.SYN_RECEIVED);
    t.packetDropped(0, DropReason.NO_SOCKET);
    send(t, 0, 1, SendCause.NEW, Packets.tcp(false, 443, 1, TcpHeader.ACK, 1, 1, 0), 40);
    t.timerFired(5, 1, TimerKind.RETRANSMIT);
    t.stateChanged(5, 1, 443, 1, TcpState.SYN_RECEIVED, TcpState.CLOSED);
    assertThat(lines).isEmpty();

    receive(t, 10, Packets.tcp(true, 1, 80, TcpHeader.SYN, 18, 0, 0));
    t.stateChanged(10, 2, 80, 1, TcpState.LISTEN, TcpState.SYN_RECEIVED);
    receive(t, 11, Packets.tcp(true, 1, 443, TcpHeader.SYN, 18, 100, 0));
    t.timerFired(12_000, 2, TimerKind.SYN_ACK);
    t.stateChanged(12_000, 2, 80, 1, TcpState.SYN_RECEIVED, TcpState.CLOSED);
    assertThat(lines).hasSize(4);
    assertThat(lines.get(2)).isEqualTo("0.000012     #2 timer: syn ack");
    assertThat(lines.get(3)).endsWith("#2 SYN-RECEIVED -> CLOSED");
  }

  @Test
  void badChecksumsOfReceivedPacketsAreMarked() {
    TraceObserver t = trace("");
    MemorySegment m = Packets.tcp(true, 1, 80, TcpHeader.ACK, 18, 1, 4);
    m.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 41, (byte) 9);
    receive(t, 0, m);
    assertThat(lines.getFirst()).contains("(incorrect -> ");
  }

  @Test
  void aConsumerThatFailsEndsTheTraceAndNothingElse() {
    int[] calls = {0};
    TraceObserver t =
        new TraceObserver(
            s -> {
              calls[0]++;
              throw new IllegalStateException("broken pipe");
            },
            null);
    receive(t, 0, Packets.tcp(true, 1, 80, TcpHeader.SYN, 18, 0, 0));
    t.stateChanged(0, 1, 80, 1, TcpState.LISTEN, TcpState.SYN_RECEIVED);
    receive(t, 1, Packets.tcp(true, 1, 80, TcpHeader.SYN, 18, 0, 0));
    assertThat(calls[0]).isEqualTo(1);
  }

  private record Figures(
      long srttNanos,
      long rttvarNanos,
      long rtoNanos,
      int sendMss,
      long cwnd,
      long ssthresh,
      long inFlight,
      long bytesSent,
      long bytesRetransmitted,
      long bytesAcked,
      long bytesReceived,
      long segmentsOut,
      long segmentsIn)
      implements ConnectionFigures {}

  @Test
  void figuresAreInTheWordsOfSs() {
    TraceObserver t = trace("");
    assertThat(t.wantsFigures()).isTrue();
    receive(t, 0, Packets.tcp(true, 1, 80, TcpHeader.ACK, 18, 1, 0));
    t.figures(
        0,
        7,
        new Figures(
            20_300_000, 100_000_000, 220_000_000, 1448, 14_480, 10_136, 1449, 5, 6, 7, 8, 9, 10));
    t.figures(
        0, 7, new Figures(0, 0, 1_000_000_000, 536, 5360, Long.MAX_VALUE / 2, 0, 0, 0, 0, 0, 2, 1));
    t.figures(0, 7, new Figures(0, 0, 1_000_000_000, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0));
    assertThat(lines.subList(1, lines.size()))
        .containsExactly(
            "             #7 rto:220 rtt:20.3/100 mss:1448 cwnd:10 ssthresh:7 unacked:2 bytes_sent:5"
                + " bytes_retrans:6 bytes_acked:7 bytes_received:8 segs_out:9 segs_in:10",
            "             #7 rto:1000 mss:536 cwnd:10 segs_out:2 segs_in:1");
  }

  /** A connection of which the filter shows nothing has no figures either. */
  @Test
  void figuresObeyTheFilter() {
    TraceObserver t = trace("port 80");
    receive(t, 0, Packets.tcp(true, 1, 443, TcpHeader.ACK, 18, 1, 0));
    t.figures(0, 7, new Figures(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
    assertThat(lines).isEmpty();
  }
}
