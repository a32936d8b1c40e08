package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every way in which a connection ends (RFC 9293 sections 3.6, 3.10.4, 3.10.5). */
class ClosingTest {
  private static Peer established() {
    Peer p = new Peer();
    p.acceptPlain();
    return p;
  }

  @Test
  @Tag("MUST-13")
  void activeClose() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.state(TcpState.FIN_WAIT_1);
    p.in(". 1:1(0) ack 2").quiet().state(TcpState.FIN_WAIT_2);
    p.in("F. 1:1(0) ack 2");
    p.out(". 2:2(0) ack 2");
    p.quiet().state(TcpState.TIME_WAIT);
    p.quietFor(60 * Peer.S - 1).state(TcpState.TIME_WAIT);
    p.quietFor(1).state(TcpState.CLOSED).nothingLeft();
  }

  @Test
  @Tag("MUST-12")
  void passiveClose() {
    Peer p = established();
    p.in("F. 1:1(0) ack 1");
    p.out(". 1:1(0) ack 2");
    p.state(TcpState.CLOSE_WAIT).readGives(TcpError.END_OF_STREAM);
    p.write(10);
    p.out("P. 1:11(10) ack 2");
    p.in(". 2:2(0) ack 11");
    p.close();
    p.out("F. 11:11(0) ack 2");
    p.state(TcpState.LAST_ACK);
    p.in(". 2:2(0) ack 12").quiet().state(TcpState.CLOSED).nothingLeft();
    assertThat(p.app().error()).isNull();
  }

  @Test
  void finAndAckInOneSegmentSkipFinWait2() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in("F. 1:1(0) ack 2");
    p.out(". 2:2(0) ack 2");
    p.state(TcpState.TIME_WAIT);
  }

  @Test
  @Tag("RFC9293-3.10.7.4-m")
  @Tag("RFC9293-3.10.7.4-q")
  void simultaneousClose() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in("F. 1:1(0) ack 1");
    p.out(". 2:2(0) ack 2");
    p.state(TcpState.CLOSING);
    p.in(". 2:2(0) ack 2").quiet().state(TcpState.TIME_WAIT);
    p.quietFor(61 * Peer.S).nothingLeft();
  }

  /**
   * The peer's FIN and its ACK of ours come in one batch: the ACK that is owed is not forgotten on
   * the way to TIME-WAIT.
   */
  @Test
  void simultaneousCloseInOneBatchStillAcknowledgesTheFin() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.inLater("F. 1:1(0) ack 1").inLater(". 2:2(0) ack 2");
    p.out(". 2:2(0) ack 2");
    p.state(TcpState.TIME_WAIT);
  }

  @Test
  @Tag("RFC9293-3.10.4-b")
  void finWaitsForTheDataBeforeIt() {
    Peer p = established();
    p.write(100_000);
    p.close();
    p.state(TcpState.FIN_WAIT_1);
    p.discard();
    int acked = 1;
    boolean fin = false;
    while (!fin) {
      acked += 14_600;
      p.in(". 1:1(0) ack " + Math.min(acked, 100_001));
      for (Seg s : p.all()) {
        fin |= s.has(Seg.FIN);
        if (s.has(Seg.FIN)) {
          assertThat(s.seq + s.length).isEqualTo(100_001);
        }
      }
    }
    p.in(". 1:1(0) ack 100002").state(TcpState.FIN_WAIT_2);
  }

  /** SHLD-3: unread data is lost, so the peer must learn it by RST. */
  @Test
  @Tag("SHLD-3")
  void closeWithUnreadDataResets() {
    Peer p = established();
    p.in("P. 1:11(10) ack 1");
    p.close();
    p.out("R. 1:1(0) ack 11");
    p.state(TcpState.CLOSED).nothingLeft();
    assertThat(p.count(Counter.TcpExtTCPAbortOnClose)).isEqualTo(1);
  }

  @Test
  void closeWithUnreadDataAfterFinResetsBehindTheFin() {
    Peer p = established();
    p.shutdown();
    p.out("F. 1:1(0) ack 1");
    p.in("P. 1:11(10) ack 2");
    p.close();
    p.out("R. 2:2(0) ack 11");
    p.nothingLeft();
  }

  @Test
  @Tag("SHLD-3")
  @Tag("MAY-1")
  void dataThatArrivesAfterCloseResets() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.readGives(TcpError.CLOSED);
    p.in("P. 1:11(10) ack 2");
    p.out("R. 2:2(0) ack 1");
    p.state(TcpState.CLOSED).nothingLeft();
    assertThat(p.count(Counter.TcpExtTCPAbortOnData)).isEqualTo(1);
  }

  @Test
  void lingerZeroResets() {
    Peer p = established();
    p.write(100);
    p.out("P. 1:101(100) ack 1");
    p.app().setLinger(0);
    p.close();
    p.out("R. 101:101(0) ack 1");
    p.nothingLeft();
  }

  @Test
  @Tag("RFC9293-3.10.5")
  void abortDiscardsWhatWasNotSent() {
    Peer p = established();
    p.write(100_000);
    p.discard();
    p.app().abort();
    p.pump();
    p.out("R. 14601:14601(0) ack 1");
    p.nothingLeft();
  }

  @Test
  @Tag("RFC9293-3.10.2-a")
  void halfCloseReceivesForAsLongAsThePeerLikes() {
    Peer p = established();
    p.shutdown();
    p.out("F. 1:1(0) ack 1");
    p.in(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);
    p.writeGives(TcpError.PIPE);
    p.quietFor(3600 * Peer.S);
    for (int i = 0; i < 10; i++) {
      int seq = 1 + i * 1000;
      p.in("P. " + seq + ":" + (seq + 1000) + "(1000) ack 2");
      p.read(1000);
    }
    p.discard();
    p.in("F. 10001:10001(0) ack 2");
    p.out(". 2:2(0) ack 10002");
    p.state(TcpState.TIME_WAIT).readGives(TcpError.END_OF_STREAM);
  }

  /** Unread data outlives TIME-WAIT. */
  @Test
  @Tag("RFC9293-3.10.3")
  void unreadDataIsThereAfterTimeWait() {
    Peer p = established();
    p.shutdown();
    p.out("F. 1:1(0) ack 1");
    p.in("FP. 1:101(100) ack 2");
    p.out(". 2:2(0) ack 102");
    p.run(120_000);
    p.state(TcpState.CLOSED).read(100).readGives(TcpError.END_OF_STREAM);
    p.close();
    p.nothingLeft();
  }

  @Test
  @Tag("MUST-12")
  void unreadDataIsThereAfterAReset() {
    Peer p = established();
    p.in("P. 1:101(100) ack 1");
    p.in("R 101:101(0)");
    p.state(TcpState.CLOSED).read(100).readGives(TcpError.RESET);
    p.close();
    p.nothingLeft();
  }

  // ---- loss

  @Test
  void aLostFinIsSentAgainInFinWait1() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.outAfter(200, "F. 1:1(0) ack 1");
    p.outAfter(400, "F. 1:1(0) ack 1");
    p.in(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);
  }

  @Test
  void aLostFinIsSentAgainInClosing() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in("F. 1:1(0) ack 1");
    p.out(". 2:2(0) ack 2");
    p.outAfter(200, "F. 1:1(0) ack 2");
    p.in(". 2:2(0) ack 2").state(TcpState.TIME_WAIT);
  }

  @Test
  void aLostFinIsSentAgainInLastAckAndInTheEndGivenUp() {
    Peer p = established();
    p.in("F. 1:1(0) ack 1");
    p.out(". 1:1(0) ack 2");
    p.close();
    p.out("F. 1:1(0) ack 2");
    for (int i = 0, wait = 200; i < 8; i++, wait *= 2) {
      p.outAfter(wait, "F. 1:1(0) ack 2");
    }
    p.state(TcpState.LAST_ACK);
    p.run(61_000);
    p.discard();
    p.state(TcpState.CLOSED).nothingLeft();
  }

  @Test
  @Tag("MUST-13")
  @Tag("RFC9293-3.10.7.4-r")
  void aLostLastAckIsMadeGoodFromTimeWaitWhichBeginsAnew() {
    Peer p = established();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in("F. 1:1(0) ack 2");
    p.out(". 2:2(0) ack 2");
    p.run(30_000);
    p.in("F. 1:1(0) ack 2");
    p.out(". 2:2(0) ack 2");
    p.quietFor(60 * Peer.S - 1).state(TcpState.TIME_WAIT);
    p.quietFor(1).state(TcpState.CLOSED);
  }

  @Test
  void aRepeatedFinInCloseWaitIsAcknowledgedAgain() {
    Peer p = established();
    p.in("F. 1:1(0) ack 1");
    p.out(". 1:1(0) ack 2");
    p.in("F. 1:1(0) ack 1");
    p.out(". 1:1(0) ack 2");
    p.state(TcpState.CLOSE_WAIT);
  }

  @Test
  @Tag("RFC9293-3.10.7.4-p")
  void afterFinThePeersDataIsIgnored() {
    Peer p = established();
    p.in("F. 1:1(0) ack 1");
    p.out(". 1:1(0) ack 2");
    p.in("P. 2:12(10) ack 1");
    p.state(TcpState.CLOSE_WAIT).readGives(TcpError.END_OF_STREAM);
    p.discard();
    p.in("F. 12:12(0) ack 1");
    p.discard();
    p.write(1);
    p.out("P. 1:2(1) ack 2");
  }

  // ---- orphans

  @ParameterizedTest
  @CsvSource({"standard", "linux", "freebsd"})
  void anOrphanInFinWait2IsForgottenAfterAMinute(String profile) {
    Profile used = Profile.named(profile);
    assertThat(used).isNotNull();
    Peer p = new Peer(used);
    p.acceptPlain();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);
    p.quietFor(60 * Peer.S - 1).state(TcpState.FIN_WAIT_2);
    p.quietFor(1).state(TcpState.CLOSED).nothingLeft();
    p.in("P. 1:11(10) ack 2");
    p.out("R 2:2(0)");
  }

  @Test
  void closeAfterHalfCloseStartsTheOrphansTimer() {
    Peer p = established();
    p.shutdown();
    p.out("F. 1:1(0) ack 1");
    p.in(". 1:1(0) ack 2");
    p.run(600_000);
    p.state(TcpState.FIN_WAIT_2);
    p.close();
    p.quietFor(60 * Peer.S).state(TcpState.CLOSED).nothingLeft();
  }

  @Test
  void tooManyOrphansAreReset() {
    Peer p =
        new Peer(
            true,
            Profile.STANDARD,
            Limits.DEFAULT.with(v -> {
              v.timeWaitRecords = 10;
              v.orphans = 1;
              v.connections = 100;
            }));
    p.acceptPlain();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.peerPort = 4001;
    p.acceptPlain();
    p.close();
    p.out("R. 1:1(0) ack 1");
    assertThat(p.count(Counter.SinewTcpOrphanDrops)).isEqualTo(1);
    p.peerPort = 4000;
    p.run(1_000_000);
    p.discard();
    p.peerPort = 4002;
    p.acceptPlain();
    p.close();
    p.out("F. 1:1(0) ack 1");
  }

  /**
   * gVisor 13393: the state moves at CLOSE, and the orphan ends although the peer's window stays
   * shut and it answers every probe.
   */
  @Test
  void closeBehindAZeroWindowEnds() {
    Peer p = established();
    p.write(1000);
    p.discard();
    p.in(". 1:1(0) ack 1001 win 0");
    p.write(1000);
    p.close();
    p.state(TcpState.FIN_WAIT_1);
    for (int i = 0; i < 40 && p.app().state() != TcpState.CLOSED; i++) {
      p.run(61_000);
      if (p.pending() > 0 && p.app().state() != TcpState.CLOSED) {
        p.discard();
        p.in(". 1:1(0) ack 1001 win 0");
      }
    }
    p.state(TcpState.CLOSED).nothingLeft();
  }

  // ---- resets

  @Test
  @Tag("RFC9293-3.10.7.4-e")
  void resetInEachClosingState() {
    String[] toFinWait1 = {};
    String[] toFinWait2 = {". 1:1(0) ack 2"};
    String[] toClosing = {"F. 1:1(0) ack 1"};
    for (String[] path : new String[][] {toFinWait1, toFinWait2, toClosing}) {
      Peer p = established();
      p.shutdown();
      for (String s : path) {
        p.in(s);
      }
      p.discard();
      int next = path == toClosing ? 2 : 1;
      p.in("R " + next + ":" + next + "(0)").quiet().state(TcpState.CLOSED).nothingLeft();
      assertThat(p.app().error()).isEqualTo(path == toClosing ? null : TcpError.RESET);
    }
  }

  @Test
  void resetInCloseWaitBreaksThePipe() {
    Peer p = established();
    p.in("F. 1:1(0) ack 1");
    p.discard();
    p.in("R 2:2(0)")
        .state(TcpState.CLOSED)
        .writeGives(TcpError.PIPE)
        .readGives(TcpError.END_OF_STREAM);
  }

  @Test
  void shutdownInputAcknowledgesAndForgets() {
    Peer p = established();
    p.in("P. 1:101(100) ack 1");
    p.app().shutdownInput();
    p.readGives(TcpError.END_OF_STREAM);
    p.discard();
    for (int i = 0; i < 1000; i++) {
      int seq = 101 + i * 1000;
      p.in("P. " + seq + ":" + (seq + 1000) + "(1000) ack 1");
    }
    p.discard();
    p.in("F. 1000101:1000101(0) ack 1");
    Seg ack = p.out(". 1:1(0) ack 1000102");
    assertThat(ack.window).isGreaterThan(0);
    p.state(TcpState.CLOSE_WAIT);
    assertThat(p.pool.usedBytes()).isZero();
  }
}
