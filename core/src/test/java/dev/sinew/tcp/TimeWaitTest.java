package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * TIME-WAIT: old duplicates, assassination, new connections of the same sockets (RFC 9293 section
 * 3.6.1, RFC 1337, RFC 6191).
 */
class TimeWaitTest {
  private static Peer inTimeWait(Peer p, String options) {
    p.accept(options);
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in("F. 1:1(0) ack 2");
    p.out(". 2:2(0) ack 2");
    p.state(TcpState.TIME_WAIT);
    return p;
  }

  private static Peer plain() {
    return inTimeWait(new Peer(), "mss 1460");
  }

  private static Peer withTimestamps() {
    return inTimeWait(new Peer(), Peer.SYN_OPTIONS);
  }

  /** RFC 1337 section 3. */
  @Test
  void aResetDoesNotEndIt() {
    Peer p = plain();
    p.in("R 2:2(0)").in("R. 2:2(0) ack 2").in("R 100:100(0)").quiet().state(TcpState.TIME_WAIT);
  }

  @Test
  void linuxLetsAnExactResetEndIt() {
    Peer p = inTimeWait(new Peer(Profile.LINUX), "mss 1460");
    p.in("R 3:3(0)").quiet().state(TcpState.TIME_WAIT);
    p.in("R 2:2(0)").quiet().state(TcpState.CLOSED).nothingLeft();
  }

  @Test
  void oldDataIsAcknowledgedAtALimitedRate() {
    Peer p = plain();
    for (int i = 0; i < 1000; i++) {
      p.in("P. -99:1(100) ack 2");
    }
    assertThat(p.pending()).isEqualTo(1);
    p.out(". 2:2(0) ack 2");
    p.state(TcpState.TIME_WAIT);
  }

  @Test
  @Tag("RFC9293-3.10.7.4-r")
  void onlyThePeersFinBeginsTheTimeAnew() {
    Peer p = plain();
    p.run(30_000);
    // An old FIN, of no byte near; an ACK; data.
    p.in("F. -100000:-100000(0) ack 2").in(". 2:2(0) ack 2").in("P. 2:12(10) ack 2");
    p.discard();
    p.quietFor(30 * Peer.S);
    p.state(TcpState.CLOSED);
  }

  @Test
  void aFinWithItsDataAgainBeginsTheTimeAnew() {
    Peer p = new Peer();
    p.acceptPlain();
    p.shutdown();
    p.out("F. 1:1(0) ack 1");
    p.in("FP. 1:101(100) ack 2");
    p.out(". 2:2(0) ack 102");
    p.read(100);
    p.run(30_000);
    p.in("FP. 1:101(100) ack 2");
    p.out(". 2:2(0) ack 102");
    p.quietFor(59 * Peer.S).state(TcpState.TIME_WAIT);
  }

  @Test
  void aDuplicateAckIsNotAnswered() {
    Peer p = plain();
    p.in(". 2:2(0) ack 2").in(". 2:2(0) ack 1").quiet();
  }

  @Test
  void anAckOfWhatWasNeverSentIsAnswered() {
    Peer p = plain();
    p.in(". 2:2(0) ack 100");
    p.out(". 2:2(0) ack 2");
  }

  /** MAY-2. */
  @Test
  @Tag("MAY-2")
  void aSynAboveTheOldNumbersBeginsANewConnectionWithAHigherIss() {
    Peer p = plain();
    int oldNext = p.stackIss + 2;
    p.in("S 1000:1000(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1001");
    assertThat(p.stackIss - oldNext).isPositive();
    assertThat(p.count(Counter.TcpExtTWRecycled)).isEqualTo(1);
    p.in(". 1001:1001(0) ack 1");
    assertThat(p.listener.accept()).isNotNull();
  }

  @Test
  @Tag("MAY-2")
  void anOldSynIsAnsweredWithTheOldAck() {
    Peer p = plain();
    p.in("S 2:2(0) <mss 1460>");
    p.out(". 2:2(0) ack 2");
    p.state(TcpState.TIME_WAIT);
    p.run(1000);
    p.in("S -1000:-1000(0) <mss 1460>");
    p.out(". 2:2(0) ack 2");
  }

  /** RFC 6191 section 2: a newer timestamp outranks the sequence number. */
  @Test
  @Tag("SHLD-4")
  void aSynWithANewerTimestampBeginsANewConnectionWhateverItsNumber() {
    Peer p = withTimestamps();
    p.in("S -5000:-5000(0) <mss 1460,sackOK,TS val " + (p.clock() + 1) + " ecr 0,nop,wscale 7>");
    p.out("S. 0:0(0) ack -4999");
  }

  @Test
  @Tag("SHLD-4")
  void aSynWithAnOlderTimestampIsAnOldDuplicate() {
    Peer p = withTimestamps();
    p.in("S 5000:5000(0) <mss 1460,sackOK,TS val " + (p.clock() - 1000) + " ecr 0,nop,wscale 7>");
    p.out(". 2:2(0) ack 2");
    p.state(TcpState.TIME_WAIT);
  }

  @Test
  void aSynWithTheSameTimestampNeedsAHigherNumber() {
    Peer p = withTimestamps();
    p.in("S 2:2(0) <TS val " + p.clock() + " ecr 0,nop,nop>");
    p.out(". 2:2(0) ack 2");
    p.in("S 3:3(0) <TS val " + p.clock() + " ecr 0,nop,nop>");
    p.out("S. 0:0(0) ack 4");
  }

  @Test
  void aSynThatNobodyCanTakeDoesNotEndIt() {
    Peer p = plain();
    p.listener.close();
    p.in("S 1000:1000(0) <mss 1460>");
    p.discard();
    p.state(TcpState.TIME_WAIT);
  }

  @Test
  void aSynForAFullAcceptQueueDoesNotEndIt() {
    Peer p = new Peer();
    p.listen(1);
    inTimeWait(p, "mss 1460");
    int issOfOld = p.stackIss;
    p.peerPort = 4001;
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1");
    p.peerPort = 4000;
    p.stackIss = issOfOld;
    p.in("S 1000:1000(0) <mss 1460>").quiet();
    p.state(TcpState.TIME_WAIT);
    p.in("F. 1:1(0) ack 2");
    p.out(". 2:2(0) ack 2");
  }

  @Test
  void pawsHoldsHereToo() {
    Peer p = withTimestamps();
    p.in("F. 1:1(0) ack 2 <nop,nop,TS val 1 ecr 0>");
    p.out(". 2:2(0) ack 2");
    assertThat(p.count(Counter.TcpExtPAWSEstab)).isEqualTo(1);
  }

  @Test
  void theOldestGoesWhenThereAreTooMany() {
    Peer p =
        new Peer(
            true,
            Profile.STANDARD,
            Limits.DEFAULT.with(v -> {
              v.timeWaitRecords = 2;
              v.orphans = 100;
              v.connections = 100;
            }));
    for (int i = 0; i < 5; i++) {
      p.peerPort = 4000 + i;
      inTimeWait(p, "mss 1460");
    }
    int[] rows = {0};
    p.stack.forEachSocket(r -> rows[0] += r.state() == TcpState.TIME_WAIT ? 1 : 0);
    assertThat(rows[0]).isEqualTo(2);
    p.run(61_000);
    p.nothingLeft();
  }

  @Test
  void neverAWindowUpdate() {
    Peer p = new Peer();
    p.acceptPlain();
    p.shutdown();
    p.out("F. 1:1(0) ack 1");
    for (int i = 0; i < 40; i++) {
      int seq = 1 + i * 1460;
      p.in("P. " + seq + ":" + (seq + 1460) + "(1460) ack 2");
    }
    p.in("F. 58401:58401(0) ack 2");
    p.discard();
    p.read(58_400);
    p.quiet();
  }
}
