package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When segments are acknowledged (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2) and how blind
 * attackers are (RFC 5961).
 */
class AcknowledgingTest {
  private static Peer plain() {
    Peer p = new Peer();
    p.acceptPlain();
    return p;
  }

  // ---- delayed ACK

  @Tag("RFC5681-4.2-a")
  @Tag("RFC5681-4.2-c")
  @Test
  @Tag("MUST-40")
  @Tag("SHLD-18")
  void aSingleSegmentIsAcknowledgedAfterFortyMilliseconds() {
    Peer p = plain();
    p.in("P. 1:101(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 101");
    assertThat(p.count(Counter.TcpExtDelayedACKs)).isEqualTo(1);
  }

  @Tag("RFC5681-4.2-b")
  @Test
  @Tag("SHLD-19")
  void everySecondFullSegmentIsAcknowledgedAtOnce() {
    Peer p = plain();
    for (int i = 0; i < 10; i += 2) {
      int seq = 1 + i * 1460;
      p.in(". " + seq + ":" + (seq + 1460) + "(1460) ack 1").quiet();
      p.in(". " + (seq + 1460) + ":" + (seq + 2920) + "(1460) ack 1");
      p.out(". 1:1(0) ack " + (seq + 2920));
    }
  }

  /**
   * MUST-58, MUST-59: over a link that makes a queue of it, a batch is processed before its ACK.
   */
  @Test
  @Tag("MUST-58")
  @Tag("MUST-59")
  void aBatchGetsOneAckWhereTheLinkAsksForIt() {
    Peer p = Peer.overBatchingLink();
    p.acceptPlain();
    batch(p, 0, 10);
    p.out(". 1:1(0) ack 14601");
    p.quiet();
  }

  /** SHLD-19: over any other, what the driver collected makes no difference. */
  @Test
  @Tag("SHLD-19")
  void everySecondSegmentOfABatchIsAcknowledgedOverOtherLinks() {
    Peer p = plain();
    batch(p, 0, 10);
    for (int i = 2; i <= 10; i += 2) {
      p.out(". 1:1(0) ack " + (1 + i * 1460));
    }
    p.quiet();
    batch(p, 10, 13);
    p.out(". 1:1(0) ack " + (1 + 12 * 1460));
    p.outAfter(40, ". 1:1(0) ack " + (1 + 13 * 1460));
  }

  /** What recovery counts is sent one by one even there, until the gap is filled. */
  @Test
  void behindAGapEachSegmentOfABatchIsAcknowledged() {
    Peer p = Peer.overBatchingLink();
    p.accept("mss 1460,sackOK,nop,nop");
    batch(p, 1, 4);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 1461:2921>");
    p.out(". 1:1(0) ack 1 <nop,nop,sack 1461:4381>");
    p.out(". 1:1(0) ack 1 <nop,nop,sack 1461:5841>");
    p.quiet();
    batch(p, 0, 1);
    batch(p, 4, 10);
    p.out(". 1:1(0) ack " + (1 + 10 * 1460));
    p.quiet();
  }

  /** A segment without data changes nothing about what is owed. */
  @Test
  void anAckInABatchDoesNotForceOne() {
    Peer p = plain();
    batch(p, 0, 2);
    p.inLater(". 2921:2921(0) ack 1 win 6000");
    p.out(". 1:1(0) ack 2921");
    p.quiet();
  }

  private static void batch(Peer p, int from, int to) {
    for (int i = from; i < to; i++) {
      int seq = 1 + i * 1460;
      p.inLater(". " + seq + ":" + (seq + 1460) + "(1460) ack 1");
    }
  }

  // ---- quick ACKs

  @Test
  void quickAckAcknowledgesWhatWaitsAndTheNextSixteen() {
    Peer p = plain();
    p.in("P. 1:101(100) ack 1").quiet();
    p.app().setQuickAck(true);
    p.out(". 1:1(0) ack 101");
    for (int i = 1; i < 16; i++) {
      p.in("P. " + (1 + i * 100) + ":" + (101 + i * 100) + "(100) ack 1");
      p.out(". 1:1(0) ack " + (101 + i * 100));
    }
    p.in("P. 1601:1701(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 1701");
  }

  @Test
  void quickAckEndsWhenTheApplicationSaysSo() {
    Peer p = plain();
    p.app().setQuickAck(true);
    p.in("P. 1:101(100) ack 1");
    p.out(". 1:1(0) ack 101");
    p.app().setQuickAck(false);
    p.in("P. 101:201(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 201");
  }

  /** Asked for before there is a connection, it holds for the first segments. */
  @Test
  void quickAckMayBeAskedForBeforeConnecting() {
    Peer p = new Peer();
    TcpEndpoint e = p.connect();
    e.setQuickAck(true);
    p.next();
    p.in("S. 0:0(0) ack 1 <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.in("P. 1:101(100) ack 1");
    p.out(". 1:1(0) ack 101");
  }

  /** Who answers at once needs no quick ACKs: the answer carries the ACK. */
  @Test
  void quickAcksEndWithAConversation() {
    Peer p = new Peer(Profile.LINUX);
    p.acceptPlain();
    p.in("P. 1:101(100) ack 1");
    p.out(". 1:1(0) ack 101");
    p.write(10);
    p.out("P. 1:11(10) ack 101");
    p.in("P. 101:201(100) ack 11");
    p.outAfter(40, ". 11:11(0) ack 201");
  }

  @Test
  @Tag("MUST-58")
  void dataCarriesTheAckThatWaits() {
    Peer p = plain();
    p.in("P. 1:101(100) ack 1");
    p.run(20);
    p.write(10);
    p.out("P. 1:11(10) ack 101");
    p.quietFor(100 * Peer.MS);
  }

  @Test
  void linuxAcknowledgesTheFirstSegmentsAtOnce() {
    Peer p = new Peer(Profile.LINUX);
    p.acceptPlain();
    for (int i = 0; i < 16; i++) {
      int seq = 1 + i * 100;
      p.in("P. " + seq + ":" + (seq + 100) + "(100) ack 1");
      p.out(". 1:1(0) ack " + (seq + 100));
    }
    p.in("P. 1601:1701(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 1701");
  }

  @Tag("RFC5681-3.2-a")
  @Tag("RFC5681-3.2-b")
  @Test
  @Tag("MAY-13")
  void aGapIsReportedAtOnceAndSoIsItsFilling() {
    Peer p = plain();
    p.in(". 1461:2921(1460) ack 1");
    p.out(". 1:1(0) ack 1");
    p.in(". 2921:4381(1460) ack 1");
    p.out(". 1:1(0) ack 1");
    p.in(". 1:1461(1460) ack 1");
    p.out(". 1:1(0) ack 4381");
  }

  /** RFC 5681 section 4.2: also what fills a part of a gap, wherever. */
  @Tag("RFC5681-3.2-b")
  @Test
  void fillingAPartOfAGapIsAcknowledgedAtOnce() {
    Peer p = plain();
    p.in(". 5841:7301(1460) ack 1");
    p.out(". 1:1(0) ack 1");
    p.in(". 1:1461(1460) ack 1");
    p.out(". 1:1(0) ack 1461");
    p.in(". 2921:4381(1460) ack 1");
    p.out(". 1:1(0) ack 1461");
    p.in(". 1461:1471(10) ack 1");
    p.out(". 1:1(0) ack 1471");
    p.in(". 1471:5841(4370) ack 1");
    p.out(". 1:1(0) ack 7301");
    p.quietFor(Peer.S);
  }

  /** RFC 5681 section 4.2: whatever comes, in whatever order, no segment gets two ACKs. */
  @Tag("RFC5681-4.2-d")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void noSegmentGetsTwoAcks(int seed) {
    Random r = new Random(seed);
    Peer p = new Peer();
    p.accept();
    int sent = 0;
    int acks = 0;
    int next = 0;
    for (int i = 0; i < 400; i++) {
      int from = Math.max(0, next - 500 + r.nextInt(r.nextBoolean() ? 501 : 3000));
      int length = r.nextInt(3) == 0 ? 0 : 1 + r.nextInt(600);
      p.in("P. " + (1 + from) + ":" + (1 + from + length) + "(" + length + ") ack 1");
      sent++;
      int now = p.all().size();
      assertThat(now).isLessThanOrEqualTo(1);
      acks += now;
      next = from <= next ? Math.max(next, from + length) : next;
      if (r.nextInt(4) == 0) {
        p.run(r.nextInt(100));
        acks += p.all().size();
      }
      assertThat(acks).isLessThanOrEqualTo(sent);
    }
    assertThat(acks).isGreaterThan(100);
  }

  @Test
  void oldDataIsAcknowledgedEachTime() {
    Peer p = plain();
    p.in("P. 1:101(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 101");
    for (int i = 0; i < 50; i++) {
      p.in("P. 1:101(100) ack 1");
      p.out(". 1:1(0) ack 101");
    }
  }

  @Test
  void aPureAckIsNotAcknowledged() {
    Peer p = plain();
    p.in(". 1:1(0) ack 1").in(". 1:1(0) ack 1 win 100").quietFor(Peer.S);
  }

  @Test
  void keepaliveProbesAreAnswered() {
    Peer p = plain();
    for (int i = 0; i < 3; i++) {
      p.in(". 0:0(0) ack 1");
      p.out(". 1:1(0) ack 1");
      p.run(1000);
      p.in(". 0:1(1) ack 1");
      p.out(". 1:1(0) ack 1");
      p.run(1000);
    }
  }

  // ---- RFC 5961

  @Tag("RFC5961-3.2-a")
  @Tag("RFC5961-3.2-b")
  @Tag("RFC5961-3.2-c")
  @Tag("RFC5961-3.2-d")
  @Test
  @Tag("RFC9293-3.10.7.4-d")
  @Tag("RFC9293-3.10.7.4-e")
  @Tag("RFC9293-3.10.7.4-f")
  void aBlindResetInTheWindowIsChallenged() {
    Peer p = plain();
    p.in("R 2:2(0)");
    p.out(". 1:1(0) ack 1");
    p.in("R 65535:65535(0)");
    p.out(". 1:1(0) ack 1");
    p.in("R 0:0(0)")
        .in("R 65536:65536(0)")
        .in("R. 70000:70000(0) ack 1")
        .in("R 65537:65637(100)")
        .quiet()
        .state(TcpState.ESTABLISHED);
    p.in("R 1:1(0)").state(TcpState.CLOSED);
    assertThat(p.app().error()).isEqualTo(TcpError.RESET);
  }

  /** SHLD-2: a reset may carry words. */
  @Test
  @Tag("SHLD-2")
  void aResetWithDataIsAReset() {
    Peer p = plain();
    p.in("R. 1:11(10) ack 1").quiet().state(TcpState.CLOSED);
  }

  @Tag("RFC5961-4.2-a")
  @Tag("RFC5961-4.2-b")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 0, -100_000, 65_535, 70_000})
  @Tag("RFC9293-3.10.7.4-g")
  void aSynIsChallengedWhateverItsNumber(int seq) {
    Peer p = plain();
    p.in("S " + seq + ":" + seq + "(0) <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.in("S. " + seq + ":" + seq + "(0) ack 1 <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.state(TcpState.ESTABLISHED);
  }

  @Tag("RFC5961-4.2-c")
  @Test
  void aRebootedPeerLearnsOfItAndResetsUs() {
    Peer p = plain();
    p.peerIss += 12345;
    p.in("S 0:0(0) <mss 1460>");
    Seg challenge = p.next();
    assertThat(challenge.flags).isEqualTo(Seg.ACK);
    // It knows nothing of that ACK and answers with a RST that has its number.
    p.peerIss -= 12345;
    p.in("R 1:1(0)").state(TcpState.CLOSED);
  }

  @Tag("RFC5961-5.2-a")
  @Tag("RFC5961-5.2-b")
  @Test
  @Tag("MAY-12")
  @Tag("RFC9293-3.10.7.4-j")
  void dataWithAnAckOfWhatWasNeverSentIsDroppedAndChallenged() {
    Peer p = plain();
    p.in("P. 1:11(10) ack 2");
    p.out(". 1:1(0) ack 1");
    p.readGives(TcpError.WOULD_BLOCK);
  }

  /** Ghost ACKs: below ISS + 1 nothing was ever sent, however large MAX.SND.WND is. */
  @Test
  void dataWithAnAckBelowOurIssIsDroppedAndChallenged() {
    Peer p = plain();
    p.in("P. 1:11(10) ack 0");
    p.out(". 1:1(0) ack 1");
    p.in("P. 1:11(10) ack -1000");
    p.out(". 1:1(0) ack 1");
    p.readGives(TcpError.WOULD_BLOCK);
  }

  @Tag("RFC5961-5.2-a")
  @Tag("RFC5961-5.2-b")
  @Test
  @Tag("MAY-12")
  @Tag("RFC9293-3.10.7.4-j")
  void dataWithAnOldAckIsTakenDownToTheLargestWindow() {
    Peer p = plain();
    p.app().setNoDelay(true);
    for (int i = 0; i < 100; i++) {
      p.write(1000);
      p.discard();
      p.in(". 1:1(0) ack " + (1 + (i + 1) * 1000));
    }
    // SND.UNA = 100001, MAX.SND.WND = 65535.
    p.in("P. 1:11(10) ack " + (100_001 - 65_536));
    p.out(". 100001:100001(0) ack 1");
    p.readGives(TcpError.WOULD_BLOCK);
    p.in("P. 1:11(10) ack " + (100_001 - 65_535));
    p.read(10);
  }

  /** MAX.SND.WND is the largest window ever offered: one that shrinks later takes nothing back. */
  @Tag("RFC5961-5.2-c")
  @Test
  void theLargestWindowCountsNotTheLast() {
    Peer p = plain();
    p.app().setNoDelay(true);
    for (int i = 0; i < 100; i++) {
      p.write(1000);
      p.discard();
      p.in(". 1:1(0) ack " + (1 + (i + 1) * 1000) + " win 2000");
    }
    p.in("P. 1:11(10) ack " + (100_001 - 65_536) + " win 2000");
    p.out(". 100001:100001(0) ack 1");
    p.in("P. 1:11(10) ack " + (100_001 - 65_535) + " win 2000");
    p.read(10);
  }

  @Test
  @Tag("RFC9293-3.10.7.4-i")
  void dataWithoutAckIsDropped() {
    Peer p = plain();
    p.in("P 1:11(10)").quiet().readGives(TcpError.WOULD_BLOCK);
  }

  /** Section 7 of RFC 5961: three at once, then two a second, per connection. */
  @Tag("RFC5961-7-a")
  @Test
  void challengesAreLimitedPerConnection() {
    Peer p = plain();
    for (int i = 0; i < 1000; i++) {
      p.in("S 1:1(0)");
    }
    assertThat(p.all()).hasSize(3);
    assertThat(p.count(Counter.TcpExtTCPACKSkippedChallenge)).isEqualTo(997);
    p.run(500);
    p.in("S 1:1(0)").in("S 1:1(0)");
    assertThat(p.all()).hasSize(1);
    p.run(100_000);
    for (int i = 0; i < 1000; i++) {
      p.in("S 1:1(0)");
    }
    assertThat(p.all()).hasSize(3);
  }

  @Tag("RFC5961-7-b")
  @Test
  void theProfileSaysHowManyChallenges() {
    Peer p =
        new Peer(
            Peer.profile(
                Profile.STANDARD,
                "challengeAckBurst",
                7,
                "challengeAckIntervalNanos",
                100 * Peer.MS));
    p.acceptPlain();
    for (int i = 0; i < 100; i++) {
      p.in("S 1:1(0)");
    }
    assertThat(p.all()).hasSize(7);
    p.run(200);
    for (int i = 0; i < 100; i++) {
      p.in("S 1:1(0)");
    }
    assertThat(p.all()).hasSize(2);
  }

  /** CVE-2016-5696: what happens on one connection changes nothing on another. */
  @Test
  void oneConnectionsChallengesAreNoOthersBusiness() {
    Peer p = plain();
    int first = p.stackIss;
    for (int i = 0; i < 1000; i++) {
      p.in("S 1:1(0)");
    }
    p.discard();
    p.peerPort = 4001;
    p.acceptPlain();
    for (int i = 0; i < 1000; i++) {
      p.in("S 1:1(0)");
    }
    assertThat(p.all()).hasSize(3);
    assertThat(p.stackIss).isNotEqualTo(first);
  }

  @Test
  void floodsOfBadSegmentsLeaveNothingBehind() {
    Peer p = plain();
    for (int i = 0; i < 2_000; i++) {
      p.in("S 5:5(0)");
      p.in("P. 1:11(10) ack 99999");
      p.in("R 77:77(0)");
    }
    p.discard();
    assertThat(p.pool.usedBytes()).isZero();
    p.in("R 1:1(0)");
    p.nothingLeft();
  }

  // ---- section 3.8.6.3 and windows on old segments: SND.WL1, SND.WL2

  @Test
  @Tag("RFC9293-3.10.7.4-l")
  void anOldSegmentDoesNotChangeTheWindow() {
    Peer p = plain();
    p.write(100);
    p.discard();
    p.in("P. 1:11(10) ack 101 win 5000");
    assertThat(p.info().sendWindow()).isEqualTo(5000);
    // Sent earlier, arrives later.
    p.in(". 1:1(0) ack 101 win 60000");
    assertThat(p.info().sendWindow()).isEqualTo(5000);
    p.in(". 11:11(0) ack 101 win 6000");
    assertThat(p.info().sendWindow()).isEqualTo(6000);
    p.in(". 11:11(0) ack 1 win 7000");
    assertThat(p.info().sendWindow()).isEqualTo(6000);
  }
}
