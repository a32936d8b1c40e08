package dev.sinew.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpState;
import dev.sinew.capture.LadderEvent.ApiCall;
import dev.sinew.capture.LadderEvent.Lost;
import dev.sinew.capture.LadderEvent.Received;
import dev.sinew.capture.LadderEvent.Sent;
import dev.sinew.capture.LadderEvent.Side;
import dev.sinew.capture.LadderEvent.StateChange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LadderTest {
  private static final long MS = 1_000_000;
  private final List<LadderEvent> events = new ArrayList<>();

  private void sent(long ms, Side side, long packet, String text) {
    events.add(new Sent(ms * MS, side, packet, text));
  }

  private void received(long ms, Side side, long packet) {
    events.add(new Received(ms * MS, side, packet));
  }

  private void lost(long ms, long packet, String reason) {
    events.add(new Lost(ms * MS, packet, reason));
  }

  private void state(long ms, Side side, TcpState from, TcpState to) {
    events.add(new StateChange(ms * MS, side, from, to));
  }

  private void call(long ms, Side side, String text) {
    events.add(new ApiCall(ms * MS, side, text));
  }

  private String drawn() {
    return String.join("\n", new Ladder("client", "server").ascii().render(events));
  }

  /** Rows without the head line. */
  private List<String> rows() {
    List<String> lines = new Ladder("client", "server").ascii().render(events);
    return lines.subList(1, lines.size());
  }

  @Test
  void aHandshake() {
    call(0, Side.LEFT, "connect()");
    state(0, Side.LEFT, TcpState.CLOSED, TcpState.SYN_SENT);
    sent(0, Side.LEFT, 1, "[S] seq 0");
    received(10, Side.RIGHT, 1);
    state(10, Side.RIGHT, TcpState.LISTEN, TcpState.SYN_RECEIVED);
    sent(10, Side.RIGHT, 2, "[S.] seq 0 ack 1");
    received(20, Side.LEFT, 2);
    state(20, Side.LEFT, TcpState.SYN_SENT, TcpState.ESTABLISHED);
    sent(20, Side.LEFT, 3, "[.] ack 1");
    received(30, Side.RIGHT, 3);
    state(30, Side.RIGHT, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED);
    call(30, Side.RIGHT, "accept()");
    assertThat(new Ladder("client", "server").ascii().render(events))
        .containsExactly(
            "       ms client                                                              server              ms",
            "          CLOSED                                                              LISTEN",
            "    0.000 * connect()",
            "    0.000 SYN-SENT     -- [S] seq 0 ----------------------------------------> SYN-RECEIVED    10.000",
            "   20.000 ESTABLISHED  <-- [S.] seq 0 ack 1 ---------------------------------                 10.000",
            "   20.000              -- [.] ack 1 ----------------------------------------> ESTABLISHED     30.000",
            "                                                                              * accept()      30.000");
  }

  @Test
  void noRowIsWiderThan100Columns() {
    call(0, Side.LEFT, "x".repeat(200));
    call(0, Side.RIGHT, "y".repeat(200));
    sent(0, Side.LEFT, 1, "z".repeat(200));
    lost(1, 1, "r".repeat(200));
    sent(1, Side.RIGHT, 2, "z".repeat(200));
    received(100_000, Side.LEFT, 2);
    sent(100_000, Side.RIGHT, 3, "z".repeat(200));
    lost(100_000, 3, "r".repeat(200));
    received(99_000_000_000L / MS, Side.RIGHT, 77);
    for (boolean ascii : new boolean[] {true, false}) {
      Ladder ladder = new Ladder("a".repeat(50), "b".repeat(50));
      for (String row : (ascii ? ladder.ascii() : ladder).render(events)) {
        assertThat(row.length()).as(row).isLessThanOrEqualTo(100);
        if (ascii) {
          assertThat(row).matches("\\p{ASCII}*");
        }
      }
    }
  }

  @Test
  void aLostPacketEndsInACrossWithTheReason() {
    sent(0, Side.LEFT, 1, "[P.] seq 1:2");
    lost(3, 1, "loss 1%");
    sent(5, Side.RIGHT, 2, "[.] ack 1");
    lost(6, 2, "queue full");
    assertThat(rows().get(0)).matches(" +0\\.000 +-- \\[P\\.\\] seq 1:2 -+x loss 1%");
    assertThat(rows().get(1)).matches(" +queue full x-- \\[\\.\\] ack 1 -+ +5\\.000");
  }

  @Test
  void whatItsReceiverDroppedHasBothTimes() {
    sent(0, Side.LEFT, 1, "[P.] seq 1:2");
    received(10, Side.RIGHT, 1);
    lost(10, 1, "bad checksum");
    assertThat(rows()).hasSize(1);
    assertThat(rows().getFirst())
        .matches(" +0\\.000 +-- \\[P\\.\\] seq 1:2 -+x bad checksum +10\\.000");
  }

  @Test
  void packetsThatCrossTakeTwoRowsSoThatTimesOnlyGrow() {
    sent(0, Side.LEFT, 1, "one");
    sent(2, Side.RIGHT, 2, "two");
    received(10, Side.RIGHT, 1);
    received(12, Side.LEFT, 2);
    assertThat(rows()).hasSize(3);
    assertThat(rows().get(0)).matches(" +0\\.000 +-- one \\.+");
    assertThat(rows().get(1)).matches(" +12\\.000 +<-- two -+ +2\\.000");
    assertThat(rows().get(2)).matches(" +\\.\\. one -+> +10\\.000");
  }

  @Test
  void packetsThatOvertakeEachOther() {
    sent(0, Side.LEFT, 1, "one");
    sent(0, Side.LEFT, 2, "two");
    received(9, Side.RIGHT, 2);
    received(10, Side.RIGHT, 1);
    assertThat(rows()).hasSize(3);
    assertThat(rows().get(0)).contains("one").doesNotContain("10.000");
    assertThat(rows().get(1)).contains("two").endsWith("9.000");
    assertThat(rows().get(2)).contains("one").endsWith("10.000");
  }

  @Test
  void severalPacketsUnderWayInOrderKeepOneRowEach() {
    for (int i = 0; i < 5; i++) {
      sent(i, Side.LEFT, i, "data " + i);
    }
    for (int i = 0; i < 5; i++) {
      received(10 + i, Side.RIGHT, i);
    }
    assertThat(rows())
        .hasSize(5)
        .allMatch(r -> r.matches(" +\\d\\.000 +-- data \\d -+> +1\\d\\.000"));
  }

  @Test
  void aDoubledPacketArrivesAgain() {
    sent(0, Side.LEFT, 1, "one");
    received(10, Side.RIGHT, 1);
    received(11, Side.RIGHT, 1);
    assertThat(rows()).hasSize(2);
    assertThat(rows().get(0)).contains("-- one ---").endsWith("10.000");
    assertThat(rows().get(1)).contains(".. one (again) ---").endsWith("11.000");
  }

  @Test
  void aPacketStillUnderWayHasNoHead() {
    sent(0, Side.RIGHT, 1, "one");
    assertThat(rows())
        .singleElement()
        .asString()
        .matches(" +\\.\\. one -+ +0\\.000")
        .doesNotContain("<");
  }

  @Test
  void aStateChangeByTimerHasItsOwnRow() {
    sent(0, Side.LEFT, 1, "one");
    received(1, Side.RIGHT, 1);
    state(60_000, Side.LEFT, TcpState.TIME_WAIT, TcpState.CLOSED);
    assertThat(rows().get(0)).as("the state before").contains("TIME-WAIT");
    assertThat(rows().get(2)).contains("59.999 s later");
    assertThat(rows().get(3)).matches("60000\\.000 CLOSED");
  }

  @Test
  void twoStateChangesByOnePacketAreBothShown() {
    sent(0, Side.RIGHT, 1, "[F.]");
    received(1, Side.LEFT, 1);
    state(1, Side.LEFT, TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2);
    state(1, Side.LEFT, TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
    assertThat(rows().get(1)).contains("FIN-WAIT-2").contains("<-- [F.]");
    assertThat(rows().get(2)).matches(" +1\\.000 TIME-WAIT");
  }

  @Test
  void aStateThatChangedEarlierIsNotTakenOverByALaterPacket() {
    state(0, Side.LEFT, TcpState.CLOSED, TcpState.SYN_SENT);
    sent(5, Side.LEFT, 1, "[S]");
    assertThat(rows().get(1)).matches(" +0\\.000 SYN-SENT");
    assertThat(rows().get(2)).doesNotContain("SYN-SENT");
  }

  @Test
  void idleTimesAreMarkedFromTheChosenLengthOn() {
    sent(0, Side.LEFT, 1, "one");
    received(10, Side.RIGHT, 1);
    sent(110, Side.LEFT, 2, "two");
    received(120, Side.RIGHT, 2);
    assertThat(drawn()).doesNotContain("later");
    Ladder ladder = new Ladder("a", "b");
    assertThat(ladder.gap(100 * MS).render(events)).anyMatch(r -> r.contains("0.100 s later"));
    assertThat(ladder.gap(101 * MS).render(events)).noneMatch(r -> r.contains("later"));
  }

  @Test
  void longTimesAreShownInSeconds() {
    call(99_999, Side.LEFT, "a");
    call(100_000, Side.LEFT, "b");
    call(7_200_001, Side.LEFT, "c");
    assertThat(rows().get(0)).startsWith("99999.000 * a");
    assertThat(rows().get(1)).startsWith(" 100.000s * b");
    assertThat(rows().get(3)).startsWith("7200.001s * c");
  }

  @Test
  void hoursAndDaysFitIntoTheColumnOfTimes() {
    call(10_800_000, Side.LEFT, "a");
    call(172_800_123, Side.RIGHT, "b");
    call(2_592_000_000L, Side.RIGHT, "c");
    assertThat(rows().get(0)).startsWith("10800.00s * a");
    assertThat(rows().get(2)).endsWith("172800.1s").hasSize(100);
    assertThat(rows().get(4)).endsWith(" 2592000s").hasSize(100);
  }

  @Test
  void callsOnTheRightBeginWithTheStateColumnWhereTheyFit() {
    call(150, Side.RIGHT, "012345678901");
    call(150, Side.RIGHT, "0123456789012");
    assertThat(rows().get(0)).isEqualTo(" ".repeat(78) + "* 012345678901 150.000");
    assertThat(rows().get(1)).isEqualTo(" ".repeat(75) + "* 0123456789012   150.000");
  }

  @Test
  void nothingToShow() {
    assertThat(new Ladder("a", "b").render(List.of())).hasSize(1);
  }
}
