package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keepalive (RFC 9293 section 3.8.4). */
class KeepAliveTest {
  private static final long S = Peer.S;

  private static Peer alive() {
    Peer p = new Peer();
    p.acceptPlain();
    p.app().setKeepAlive(true);
    p.app().setKeepAliveTimes(100 * S, 10 * S, 3);
    return p;
  }

  /** MUST-25, MUST-28. */
  @Test
  @Tag("MUST-24")
  @Tag("MUST-25")
  @Tag("MUST-28")
  @Tag("MAY-5")
  void itIsOffByDefaultAndTwoHoursWhenOn() {
    Peer p = new Peer();
    p.acceptPlain();
    p.quietFor(100_000 * S);
    p.app().setKeepAlive(true);
    p.network.runUntil(() -> p.pending() > 0, 10 * S);
    p.discard();
    p.in(". 1:1(0) ack 1");
    p.outAfter(7_200_000, ". 0:0(0) ack 1");
    assertThat(Profile.STANDARD.keepAliveIdleNanos()).isGreaterThanOrEqualTo(7200 * S);
  }

  @Test
  @Tag("MUST-26")
  @Tag("MUST-27")
  @Tag("SHLD-12")
  void anIdlePeerIsProbedAndItsAnswerBeginsTheTimeAnew() {
    Peer p = alive();
    for (int i = 0; i < 3; i++) {
      p.outAfter(100_000, ". 0:0(0) ack 1");
      p.in(". 1:1(0) ack 1");
    }
  }

  /** MUST-29: one unanswered probe proves nothing. */
  @Test
  @Tag("MUST-29")
  void onlyAfterTheLastUnansweredProbeTheConnectionEnds() {
    Peer p = alive();
    p.outAfter(100_000, ". 0:0(0) ack 1");
    p.outAfter(10_000, ". 0:0(0) ack 1");
    p.outAfter(10_000, ". 0:0(0) ack 1");
    p.outAfter(10_000, "R. 1:1(0) ack 1");
    p.state(TcpState.CLOSED);
    assertThat(p.app().takeError()).isEqualTo(TcpError.TIMED_OUT);
    p.nothingLeft();
  }

  @Test
  @Tag("MUST-29")
  void anAnswerBetweenProbesStartsOver() {
    Peer p = alive();
    p.outAfter(100_000, ". 0:0(0) ack 1");
    p.outAfter(10_000, ". 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1");
    p.outAfter(100_000, ". 0:0(0) ack 1");
  }

  @Test
  void aRebootedPeerAnswersWithReset() {
    Peer p = alive();
    p.outAfter(100_000, ". 0:0(0) ack 1");
    p.in("R 1:1(0)").state(TcpState.CLOSED);
    assertThat(p.app().takeError()).isEqualTo(TcpError.RESET);
  }

  /** MUST-26: not while anything is outstanding; the retransmission timer looks after that. */
  @Test
  @Tag("MUST-26")
  void unacknowledgedDataIsNotProbedFor() {
    Peer p = alive();
    p.app().setKeepAliveTimes(S, S, 1);
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    for (int ms = 200; ms <= 51_200; ms *= 2) {
      p.outAfter(ms, "P. 1:11(10) ack 1");
    }
  }

  @Test
  @Tag("MUST-26")
  void trafficPutsItOff() {
    Peer p = alive();
    for (int i = 0; i < 10; i++) {
      p.run(90_000);
      p.in("P. " + (1 + i) + ":" + (2 + i) + "(1) ack 1");
      p.run(50);
      p.discard();
    }
    p.outAfter(99_950, ". 0:0(0) ack 11");
  }

  @Test
  @Tag("MUST-24")
  void switchedOffItStops() {
    Peer p = alive();
    p.outAfter(100_000, ". 0:0(0) ack 1");
    p.app().setKeepAlive(false);
    p.quietFor(100_000 * S).state(TcpState.ESTABLISHED);
  }

  @Test
  void theUserTimeoutShortensIt() {
    Peer p = alive();
    p.app().setUserTimeout(105 * S);
    p.outAfter(100_000, ". 0:0(0) ack 1");
    p.outAfter(10_000, "R. 1:1(0) ack 1");
  }

  @Test
  void aHalfClosedConnectionIsProbedToo() {
    Peer p = alive();
    p.shutdown();
    p.out("F. 1:1(0) ack 1");
    p.in(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);
    p.outAfter(100_000, ". 1:1(0) ack 1");
    p.in(". 1:1(0) ack 2");
    p.outAfter(100_000, ". 1:1(0) ack 1");
    p.run(100_000);
    p.state(TcpState.CLOSED);
  }

  @Test
  void itCanBeSwitchedOnBeforeConnecting() {
    Peer p = new Peer();
    TcpEndpoint e = p.stack.tcp();
    e.setKeepAlive(true);
    e.setKeepAliveTimes(50 * S, S, 1);
    p.endpoint = e;
    e.connect(dev.sinew.testing.Packets.address(p.peerAddress), 4000);
    p.pump();
    p.out("S 0:0(0)");
    p.in("S. 0:0(0) ack 1 <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.outAfter(50_000, ". 0:0(0) ack 1");
  }
}
