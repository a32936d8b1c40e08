package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * RFC 6675 as it is written: without RACK and without PRR. The round trip is 100 ms, cwnd is ten
 * segments.
 */
class SackCountingTest {
  private static final int MSS = 1460;
  private static final Profile COUNTING =
      Profile.STANDARD.with(v -> {
        v.congestionControl = "reno";
        v.rack = false;
        v.prr = false;
        v.pacing = false;
      });

  private static Peer connected() {
    return connected(COUNTING);
  }

  private static Peer connected(Profile profile) {
    Peer p = new Peer(profile);
    p.listen();
    p.in("S 0:0(0) <mss 1460,sackOK>");
    p.next();
    p.run(100);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    return p;
  }

  private static Peer sending(int written) {
    Peer p = connected();
    p.write(written * MSS);
    assertThat(p.all()).hasSize(Math.min(10, written));
    p.run(100);
    return p;
  }

  private static int seq(int segment) {
    return 1 + segment * MSS;
  }

  /** ACK of all before {@code segment}, with SACK blocks of segments {from, to (exclusive)}. */
  private static Peer ack(Peer p, int segment, int... blocks) {
    StringBuilder s = new StringBuilder(". 1:1(0) ack " + seq(segment));
    for (int i = 0; i < blocks.length; i += 2) {
      s.append(i == 0 ? " <nop,nop,sack" : "")
          .append(' ')
          .append(seq(blocks[i]))
          .append(':')
          .append(seq(blocks[i + 1]));
    }
    return p.in(s + (blocks.length > 0 ? ">" : ""));
  }

  private static List<Integer> sent(Peer p) {
    return p.all().stream().map(s -> (s.seq - 1) / MSS).toList();
  }

  /**
   * Segments 0 and 4 are lost: pipe is nothing, half of the flight is five segments, so both go
   * again and three new ones with them.
   */
  @Test
  @Tag("RFC6675-4-d")
  @Tag("RFC6675-4-e")
  @Tag("RFC6675-4-f")
  @Tag("RFC6675-5-d")
  @Tag("RFC6675-5-g")
  @Tag("RFC6675-5-h")
  @Tag("RFC6675-5-l")
  void whatIsLostGoesFirstAndThenNewData() {
    Peer p = sending(20);
    ack(p, 0, 1, 4, 5, 10);
    assertThat(p.info().ssthresh()).isEqualTo(5L * MSS);
    assertThat(sent(p)).containsExactly(0, 4, 10, 11, 12);
    p.quietFor(50 * Peer.MS);
  }

  /** New data that only waits for the pace is no reason to send old data again. */
  @Test
  @Tag("RFC6675-4-f")
  void whileThePaceHoldsNewDataNothingIsSentInItsPlace() {
    Peer p = connected(Peer.profile(COUNTING, "pacing", true));
    p.write(20 * MSS);
    assertThat(p.all()).hasSize(10);
    p.run(100);
    ack(p, 0, 1, 4, 5, 10);
    p.run(90);
    assertThat(sent(p)).containsExactly(0, 4, 10, 11, 12);
  }

  /** What was sent again is in the network once more, and what is SACKed is not. */
  @Tag("RFC9937-6.2-c")
  @Test
  @Tag("RFC6675-3")
  @Tag("RFC6675-4-a")
  @Tag("RFC6675-4-d")
  @Tag("RFC6675-5-a")
  @Tag("RFC6675-5-k")
  void eachBlockMakesRoomForItsBytes() {
    Peer p = sending(20);
    // Seven are in the network beside the retransmission: more than the five allowed.
    ack(p, 0, 1, 4);
    assertThat(sent(p)).containsExactly(0);
    ack(p, 0, 1, 5).quiet();
    ack(p, 0, 1, 6).quiet();
    ack(p, 0, 1, 7);
    assertThat(sent(p)).containsExactly(10);
    ack(p, 0, 1, 9);
    assertThat(sent(p)).containsExactly(11, 12);
    // A block that says what is known makes none.
    ack(p, 0, 1, 9).quiet();
  }

  /** Three ACKs that SACK a few bytes each: neither blocks nor bytes enough, but three of them. */
  @Test
  @Tag("RFC6675-5-c")
  void theThirdAckThatReportsSomethingNewStartsRecovery() {
    Peer p = tiny();
    p.in(". 1:1(0) ack 1 <nop,nop,sack 11:21>").quiet();
    p.in(". 1:1(0) ack 1 <nop,nop,sack 11:31>").quiet();
    // One that reports nothing new is none.
    p.in(". 1:1(0) ack 1 <nop,nop,sack 11:31>").quiet();
    p.in(". 1:1(0) ack 1 <nop,nop,sack 11:41>");
    p.out(". 1:11(10) ack 1");
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(1);
    // There is nothing new: the rescue goes too.
    p.out("P. 71:81(10) ack 1");
    p.quietFor(50 * Peer.MS);
  }

  @Test
  @Tag("RFC6675-5-b")
  void aCumulativeAckBeginsTheCountAnew() {
    Peer p = tiny();
    p.in(". 1:1(0) ack 1 <nop,nop,sack 11:21>").quiet();
    p.in(". 1:1(0) ack 1 <nop,nop,sack 11:31>").quiet();
    p.in(". 1:1(0) ack 31").quiet();
    p.in(". 1:1(0) ack 31 <nop,nop,sack 41:51>").quiet();
    p.in(". 1:1(0) ack 31 <nop,nop,sack 41:61>").quiet();
    p.in(". 1:1(0) ack 31 <nop,nop,sack 41:71>");
    p.out(". 31:41(10) ack 1");
  }

  private static Peer tiny() {
    Peer p = connected();
    p.app().setNoDelay(true);
    for (int i = 0; i < 8; i++) {
      p.write(10);
    }
    assertThat(p.all()).hasSize(8);
    p.run(100);
    return p;
  }

  /** One segment goes to keep the ACK clock, and then nothing until something is heard. */
  @Test
  @Tag("RFC6675-4-h")
  @Tag("RFC6675-4-i")
  void theRescueGoesOnceAndThenNothing() {
    Peer p = sending(10);
    ack(p, 0, 1, 7);
    assertThat(sent(p)).containsExactly(0, 9);
    ack(p, 0, 1, 8).quiet();
    p.run(50);
    ack(p, 1, 1, 8).quiet();
  }

  /** A partial ACK is none of the end; the ACK of RecoveryPoint is. */
  @Test
  @Tag("RFC6675-5-f")
  @Tag("RFC6675-5-i")
  void recoveryEndsWithWhatWasSentBeforeIt() {
    Peer p = sending(40);
    ack(p, 0, 1, 4, 5, 10);
    assertThat(sent(p)).contains(12);
    p.run(100);
    long ssthresh = p.info().ssthresh();
    ack(p, 4, 5, 10, 10, 12);
    p.discard();
    // Still the same recovery: what was lost after it began is not seen as a new one.
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(1);
    ack(p, 10, 10, 12);
    assertThat(p.info().cwnd()).isLessThanOrEqualTo(ssthresh);
    p.discard();
    p.run(100);
    ack(p, 12);
    p.discard();
    // What is lost of the next flight is a loss of its own.
    p.run(100);
    ack(p, 12, 13, 16);
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(2);
    assertThat(sent(p)).startsWith(12);
  }

  /** What lies above RecoveryPoint and is SACKed stays known. */
  @Test
  @Tag("RFC6675-5-j")
  void theScoreboardOutlivesTheRecovery() {
    Peer p = sending(30);
    ack(p, 0, 1, 10);
    assertThat(sent(p)).containsExactly(0, 10, 11, 12, 13);
    p.run(100);
    // 10 is missing; two of the others are here, which is no loss yet.
    ack(p, 0, 1, 10, 11, 13);
    p.discard();
    ack(p, 10);
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(1);
    p.discard();
    // The third one that is reported makes it one, together with the two of before.
    ack(p, 10, 13, 14);
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(2);
    assertThat(sent(p)).startsWith(10);
  }

  @Test
  @Tag("RFC6675-4-b")
  @Tag("RFC6675-5.1-a")
  @Tag("RFC6675-5.1-b")
  @Tag("RFC6675-5.1-c")
  void aTimeoutEndsRecoveryAndNoneBeginsBeforeItIsRepaired() {
    Peer p = sending(10);
    ack(p, 0, 1, 4);
    p.discard();
    p.network.runUntil(() -> p.count(Counter.TcpExtTCPTimeouts) > 0, 10 * Peer.S);
    assertThat(sent(p)).containsExactly(0);
    assertThat(p.info().cwnd()).isEqualTo(MSS);
    long ssthresh = p.info().ssthresh();
    // All of it but the first two is here, which would be a loss.
    ack(p, 1, 2, 10);
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(1);
    assertThat(p.info().ssthresh()).isEqualTo(ssthresh);
    // And it is known which: only what is missing is sent.
    assertThat(sent(p)).containsExactly(1);
    ack(p, 10).quietFor(Peer.S);
    assertThat(p.app().unacknowledged()).isZero();
  }
}
