package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpState;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The referee must let good packets pass and catch each kind of bad one: a referee that sees
 * nothing proves nothing.
 */
class RefereeTest {
  private static final int ISN_A = 0xffff_ff00;
  private static final int ISN_B = 5000;
  private static final int ACK = TcpHeader.ACK;

  private final Simulation sim = Simulation.of(1);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final SimLink link = sim.link(a, b);
  private final Referee referee = new Referee();
  private final MemorySegment m = Arena.ofAuto().allocate(2048);
  private int length;

  // ---- segments

  private void build(
      boolean fromA, int seq, int ack, int flags, int window, int[] options, int data, int fill) {
    int header = 20 + options.length;
    length = 20 + header + data;
    long from = fromA ? a.address().low() : b.address().low();
    long to = fromA ? b.address().low() : a.address().low();
    Ipv4Header.write(m, 0, 0, length, 1, 0, 64, 6, from, to);
    Bytes.put16(m, 20, fromA ? 4000 : 80);
    Bytes.put16(m, 22, fromA ? 80 : 4000);
    Bytes.put32(m, 24, seq);
    Bytes.put32(m, 28, ack);
    Bytes.put8(m, 32, header / 4 << 4);
    Bytes.put8(m, 33, flags);
    Bytes.put16(m, 34, window);
    Bytes.put16(m, 36, 0);
    Bytes.put16(m, 38, 0);
    for (int i = 0; i < options.length; i++) {
      Bytes.put8(m, 40 + i, options[i]);
    }
    for (int i = 0; i < data; i++) {
      m.set(ValueLayout.JAVA_BYTE, 20 + header + i, (byte) (fill + i));
    }
    sum(fromA);
  }

  private void sum(boolean fromA) {
    Bytes.put16(m, 36, 0);
    long from = fromA ? a.address().low() : b.address().low();
    long to = fromA ? b.address().low() : a.address().low();
    long sum = Checksum.addPseudoHeader(0, true, 0, from, 0, to, 6, length - 20);
    Bytes.put16(m, 36, Checksum.finish(Checksum.add(sum, m, 20, length - 20)));
  }

  private @Nullable String judge(boolean fromA) {
    return referee.sent(fromA ? link.forward() : link.backward(), m, 0, length);
  }

  private @Nullable String send(
      boolean fromA, int seq, int ack, int flags, int window, int data, int fill) {
    build(fromA, seq, ack, flags, window, new int[0], data, fill);
    return judge(fromA);
  }

  private void arrive(boolean fromA) {
    referee.delivered(fromA ? link.forward() : link.backward(), m, 0, length);
  }

  private static int[] synOptions(int mss) {
    return new int[] {2, 4, mss >> 8, mss & 0xff};
  }

  /** Both SYNs and the third segment; each end offers a window of 1000 bytes and an MSS of 500. */
  private void handshake() {
    build(true, ISN_A, 0, TcpHeader.SYN, 1000, synOptions(500), 0, 0);
    assertThat(judge(true)).isNull();
    arrive(true);
    build(false, ISN_B, ISN_A + 1, TcpHeader.SYN | ACK, 1000, synOptions(500), 0, 0);
    assertThat(judge(false)).isNull();
    arrive(false);
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 0, 0)).isNull();
    arrive(true);
  }

  // ---- the good

  @Test
  void aConnectionThatWrapsItsNumbersAndClosesInOrderPasses() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 500, 1)).isNull();
    arrive(true);
    assertThat(send(false, ISN_B + 1, ISN_A + 501, ACK, 1000, 0, 0)).isNull();
    arrive(false);
    assertThat(send(true, ISN_A + 501, ISN_B + 1, ACK | TcpHeader.FIN, 1000, 100, 2)).isNull();
    assertThat(send(true, ISN_A + 501, ISN_B + 1, ACK | TcpHeader.FIN, 1000, 100, 2)).isNull();
    assertThat(send(false, ISN_B + 1, ISN_A + 602, ACK | TcpHeader.FIN, 900, 0, 0)).isNull();
    assertThat(send(true, ISN_A + 602, ISN_B + 2, ACK, 1000, 0, 0)).isNull();
  }

  @Test
  void aWindowProbeOfOneByteAndAKeepalivePass() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 500, 0)).isNull();
    assertThat(send(true, ISN_A + 501, ISN_B + 1, ACK, 1000, 500, 9)).isNull();
    assertThat(send(true, ISN_A + 1001, ISN_B + 1, ACK, 1000, 1, 7)).isNull();
    assertThat(send(true, ISN_A, ISN_B + 1, ACK, 1000, 0, 0)).isNull();
  }

  @Test
  void aNewConnectionBetweenTheSameEndsBeginsAnew() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, TcpHeader.RST | ACK, 0, 0, 0)).isNull();
    build(true, 77, 0, TcpHeader.SYN, 1000, synOptions(500), 0, 0);
    assertThat(judge(true)).isNull();
    build(false, 99, 78, TcpHeader.SYN | ACK, 1000, synOptions(500), 0, 0);
    assertThat(judge(false)).isNull();
  }

  @Test
  void anEndThatIsStillInTheOldConnectionMayAnswerForItWhenAnOldSynHasMadeThePeerBeginAnew() {
    handshake();
    assertThat(send(false, ISN_B + 1, ISN_A + 1, ACK, 1000, 100, 0)).isNull();
    build(false, 999_999, ISN_A + 1, TcpHeader.SYN | ACK, 1000, synOptions(500), 0, 0);
    assertThat(judge(false)).isNull();
    assertThat(send(true, ISN_A + 1, ISN_B + 101, ACK, 1000, 0, 0)).isNull();
    assertThat(send(true, ISN_A + 1, ISN_B + 102, ACK, 1000, 0, 0))
        .contains("acknowledges position");
  }

  // ---- the bad: IP

  @Test
  void everyDamagedByteOfHeaderOrDataIsSeen() {
    handshake();
    for (int i = 0; i < 20 + 20 + 30; i++) {
      build(true, ISN_A + 1, ISN_B + 1, ACK, 1000, new int[0], 30, 0);
      Bytes.put8(m, i, Bytes.u8(m, i) ^ 0x11);
      assertThat(judge(true)).as("byte %d", i).isNotNull();
    }
  }

  @Test
  void aLengthThatIsNotThePacketsAndOneBeyondTheMtuAreSeen() {
    handshake();
    build(true, ISN_A + 1, ISN_B + 1, ACK, 1000, new int[0], 30, 0);
    length++;
    assertThat(judge(true)).contains("total length");
    length = 1501;
    assertThat(judge(true)).contains("a packet of 1501 bytes on a link with MTU 1500");
  }

  @Test
  void hopLimitZeroIsSeen() {
    handshake();
    build(true, ISN_A + 1, ISN_B + 1, ACK, 1000, new int[0], 0, 0);
    Bytes.put8(m, 8, 0);
    Ipv4Header.fillChecksum(m, 0, 20);
    assertThat(judge(true)).contains("TTL");
  }

  // ---- the bad: TCP

  @Test
  void otherBytesForTheSameNumbersAreSeen() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 100, 1)).isNull();
    assertThat(send(true, ISN_A + 51, ISN_B + 1, ACK, 1000, 50, 51)).isNull();
    assertThat(send(true, ISN_A + 51, ISN_B + 1, ACK, 1000, 50, 52))
        .contains("another byte at position 51");
  }

  @Test
  void dataBeyondTheWindowIsSeenToTheByte() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 500, 0)).isNull();
    assertThat(send(true, ISN_A + 501, ISN_B + 1, ACK, 1000, 500, 0)).isNull();
    assertThat(send(true, ISN_A + 1001, ISN_B + 1, ACK, 1000, 2, 0))
        .contains("beyond the peer's window");
  }

  @Test
  void aWindowThatHasNotArrivedYetIsNoPermission() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 500, 0)).isNull();
    arrive(true);
    assertThat(send(true, ISN_A + 501, ISN_B + 1, ACK, 1000, 500, 0)).isNull();
    assertThat(send(false, ISN_B + 1, ISN_A + 501, ACK, 1000, 0, 0)).isNull();
    assertThat(send(true, ISN_A + 1001, ISN_B + 1, ACK, 1000, 100, 0))
        .contains("beyond the peer's window");
    build(false, ISN_B + 1, ISN_A + 501, ACK, 1000, new int[0], 0, 0);
    arrive(false);
    assertThat(send(true, ISN_A + 1001, ISN_B + 1, ACK, 1000, 100, 0)).isNull();
  }

  @Test
  void moreThanTheMssIsSeenOptionsCounted() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 501, 0))
        .contains("more than the peer's MSS 500");
    build(true, ISN_A + 1, ISN_B + 1, ACK, 1000, new int[] {1, 1, 1, 1}, 497, 0);
    assertThat(judge(true)).contains("497 bytes and 4 of options");
  }

  @Test
  void aGapInTheNumbersIsSeen() {
    handshake();
    assertThat(send(true, ISN_A + 2, ISN_B + 1, ACK, 1000, 10, 0)).contains("leaves out");
  }

  @Test
  void anAcknowledgmentOfWhatWasNotSentOrThatGoesBackIsSeen() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 2, ACK, 1000, 0, 0))
        .contains("acknowledges position 2 of 1 sent");
    assertThat(send(false, ISN_B + 1, ISN_A + 1, ACK, 1000, 100, 0)).isNull();
    assertThat(send(true, ISN_A + 1, ISN_B + 101, ACK, 1000, 0, 0)).isNull();
    assertThat(send(true, ISN_A + 1, ISN_B + 51, ACK, 1050, 0, 0))
        .contains("goes back from 101 to 51");
  }

  @Test
  void aRightEdgeThatGoesBackIsSeenToTheByte() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 0, 0)).isNull();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 999, 0, 0))
        .contains("right edge goes back from 1001 to 1000");
  }

  @Test
  void aFinThatMovesAndDataAfterItAreSeen() {
    handshake();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK | TcpHeader.FIN, 1000, 10, 0)).isNull();
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK | TcpHeader.FIN, 1000, 9, 0))
        .contains("FIN at position 10");
    assertThat(send(true, ISN_A + 11, ISN_B + 1, ACK, 1000, 1, 0)).contains("data after the FIN");
  }

  @Test
  void impossibleFlagsAreSeen() {
    build(true, ISN_A, 0, TcpHeader.SYN | TcpHeader.FIN, 1000, synOptions(500), 0, 0);
    assertThat(judge(true)).contains("SYN with FIN");
    build(true, ISN_A, 0, TcpHeader.SYN, 1000, synOptions(500), 5, 0);
    assertThat(judge(true)).contains("data on a SYN");
    handshake();
    assertThat(send(true, ISN_A + 1, 0, 0, 1000, 0, 0)).contains("neither SYN, RST nor ACK");
    assertThat(send(true, ISN_A + 1, ISN_B + 1, TcpHeader.PSH, 1000, 0, 0)).contains("without ACK");
    assertThat(send(true, ISN_A + 1, ISN_B + 1, TcpHeader.RST | TcpHeader.FIN | ACK, 0, 0, 0))
        .contains("RST with");
  }

  @Test
  void optionsThatWereNotAgreedOnOrDoNotFitAreSeen() {
    handshake();
    build(
        true,
        ISN_A + 1,
        ISN_B + 1,
        ACK,
        1000,
        new int[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1},
        0,
        0);
    assertThat(judge(true)).contains("a timestamp that was not agreed on");
    build(
        true,
        ISN_A + 1,
        ISN_B + 1,
        ACK,
        1000,
        new int[] {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9},
        0,
        0);
    assertThat(judge(true)).contains("SACK");
    build(true, ISN_A + 1, ISN_B + 1, ACK, 1000, new int[] {1, 1, 1, 8}, 0, 0);
    assertThat(judge(true)).contains("option 8 does not fit");
  }

  @Test
  void aConnectionThatNobodyOpenedIsSeen() {
    assertThat(send(true, ISN_A + 1, ISN_B + 1, ACK, 1000, 10, 0)).contains("never opened");
  }

  // ---- states

  @Test
  void theStateTableKnowsTheWayOfBothEndsAndNoShortcut() {
    StateTable states = new StateTable();
    TcpState[] client = {
      TcpState.CLOSED,
      TcpState.SYN_SENT,
      TcpState.ESTABLISHED,
      TcpState.FIN_WAIT_1,
      TcpState.CLOSING,
      TcpState.TIME_WAIT,
      TcpState.CLOSED
    };
    for (int i = 1; i < client.length; i++) {
      assertThat(states.judge(a, 1, client[i - 1], client[i])).isNull();
    }
    assertThat(states.judge(a, 2, TcpState.LISTEN, TcpState.ESTABLISHED))
        .contains("LISTEN to ESTABLISHED");
    assertThat(states.judge(a, 3, TcpState.CLOSE_WAIT, TcpState.TIME_WAIT)).contains("I2");
    assertThat(states.judge(a, 4, TcpState.CLOSED, TcpState.SYN_SENT)).isNull();
    assertThat(states.judge(a, 4, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT))
        .contains("but the connection was in SYN-SENT");
    assertThat(states.judge(b, 4, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED)).isNull();
    assertThat(states.judge(b, 4, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT)).isNull();
  }

  @Test
  void aResetEndsAConnectionInEveryStateAndOnlyOnce() {
    TcpState[][] ways = {
      {TcpState.CLOSED, TcpState.LISTEN},
      {TcpState.CLOSED, TcpState.SYN_SENT},
      {TcpState.LISTEN, TcpState.SYN_RECEIVED},
      {TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSING},
      {TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2},
      {TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT, TcpState.LAST_ACK},
      {TcpState.SYN_RECEIVED, TcpState.FIN_WAIT_1, TcpState.TIME_WAIT}
    };
    long connection = 0;
    for (TcpState[] way : ways) {
      for (int length = 2; length <= way.length; length++) {
        StateTable states = new StateTable();
        connection++;
        for (int i = 1; i < length; i++) {
          assertThat(states.judge(a, connection, way[i - 1], way[i])).isNull();
        }
        TcpState s = way[length - 1];
        assertThat(states.judge(a, connection, s, TcpState.CLOSED)).as(s.name()).isNull();
        if (s != TcpState.LISTEN && s != TcpState.SYN_RECEIVED) {
          assertThat(states.judge(a, connection, s, TcpState.CLOSED)).as(s.name()).contains("I8");
        }
      }
    }
  }
}
