package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Explicit congestion notification of RFC 3168, in both roles. */
class EcnTest {
  private static final Profile CLASSIC =
      Peer.profile(Profile.STANDARD, "accEcn", false, "congestionControl", "reno");
  private static final Profile ASKING = Peer.profile(CLASSIC, "ecn", Profile.Ecn.REQUEST);

  /** A peer that asked for ECN and got it, without options. */
  private static Peer server() {
    return server(CLASSIC, "mss 1460");
  }

  private static Peer server(Profile profile, String options) {
    Peer p = new Peer(profile);
    p.listen();
    p.in("SEW 0:0(0) <" + options + ">");
    assertThat(p.out("[noecn] SE. 0:0(0) ack 1").ecn).isZero();
    p.timestamps = options.contains("TS");
    p.in(". 1:1(0) ack 1");
    p.endpoint = Objects.requireNonNull(p.listener).accept();
    assertThat(p.endpoint).isNotNull();
    p.app().setNoDelay(true);
    return p.quiet();
  }

  // ---- 6.1.1, who answers

  @Tag("RFC3168-5-a")
  @Tag("RFC3168-6.1.2-a")
  @Test
  @Tag("SHLD-8")
  void aPeerThatAsksIsAnsweredAndDataIsCapable() {
    Peer p = server();
    p.write(1000);
    p.out("[ect0] P. 1:1001(1000) ack 1");
  }

  /** Neither bit alone asks for anything. */
  @Tag("RFC3168-6.1.1-a")
  @Tag("RFC3168-6.1.1-g")
  @ParameterizedTest
  @ValueSource(strings = {"S", "SE", "SW", "SA"})
  void oneBitIsNoRequest(String flags) {
    Peer p = new Peer(CLASSIC);
    p.listen();
    p.in(flags + " 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1");
    p.endpoint = Objects.requireNonNull(p.listener).accept();
    p.write(10);
    p.out("[noecn] P. 1:11(10) ack 1");
  }

  @Tag("RFC3168-6.1.1-f")
  @Test
  void whoHasItOffAnswersAsOneThatDoesNotKnowIt() {
    Peer p = new Peer(Peer.profile(Profile.STANDARD, "ecn", Profile.Ecn.OFF));
    p.listen();
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
  }

  @Test
  void aListenersOptionDecides() {
    Peer p = new Peer(CLASSIC);
    p.listen().setEcn(Profile.Ecn.OFF);
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.peerPort++;
    Objects.requireNonNull(p.listener).setEcn(Profile.Ecn.ANSWER);
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("SE. 0:0(0) ack 1");
  }

  /** A SYN may not be ECN-capable: where it is, somebody writes into the field. */
  @ParameterizedTest
  @ValueSource(strings = {"[ect0]", "[ect1]", "[ce]"})
  void aSynThatCameMarkedGetsNoEcn(String field) {
    Peer p = new Peer(CLASSIC);
    p.listen();
    p.in(field + " SEW 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
  }

  /** Section 6.1.1.1: a SYN without the flags gets an answer without, and nobody sends ECT. */
  @Tag("RFC3168-6.1.1-b")
  @Tag("RFC3168-6.1.1-c")
  @Test
  void aSecondSynWithoutTheFlagsEndsIt() {
    Peer p = new Peer(CLASSIC);
    p.listen();
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("SE. 0:0(0) ack 1");
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1");
    p.endpoint = Objects.requireNonNull(p.listener).accept();
    p.write(10);
    p.out("[noecn] P. 1:11(10) ack 1");
  }

  @Tag("RFC3168-6.1.1-h")
  @Test
  void theSynAckComesAgainAsItWas() {
    Peer p = new Peer(CLASSIC);
    p.listen();
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("SE. 0:0(0) ack 1");
    p.outAfter(1000, "[noecn] SE. 0:0(0) ack 1");
    p.outAfter(2000, "[noecn] SE. 0:0(0) ack 1");
    p.outAfter(4000, "[noecn] SE. 0:0(0) ack 1");
  }

  /** A cookie remembers it in the timestamp. */
  @ParameterizedTest
  @CsvSource({"'mss 1460,sackOK,TS val 1 ecr 0', SE., ect0", "mss 1460, S., noecn"})
  void cookiesRememberIt(String options, String answer, String field) {
    Peer p = new Peer(true, CLASSIC, Peer.limits("synBacklog", 0));
    p.listen();
    p.in("SEW 0:0(0) <" + options + ">");
    p.out(answer + " 0:0(0) ack 1");
    p.timestamps = options.contains("TS");
    p.in(". 1:1(0) ack 1");
    p.endpoint = Objects.requireNonNull(p.listener).accept();
    p.write(10);
    p.out("[" + field + "] P. 1:11(10) ack 1");
    assertThat(p.count(Counter.TcpExtSyncookiesRecv)).isEqualTo(1);
  }

  // ---- 6.1.1, who asks

  private static Peer client(Profile profile) {
    Peer p = new Peer(profile);
    p.connect().setNoDelay(true);
    return p;
  }

  @Tag("RFC3168-6.1.1-h")
  @Tag("RFC3168-6.1.2-a")
  @Test
  void ourSynAsksAndTheAnswerAgrees() {
    Peer p = client(ASKING);
    p.out("[noecn] SEW 0:0(0)");
    p.in("SE. 0:0(0) ack 1 <mss 1460>");
    p.out("[noecn] . 1:1(0) ack 1");
    p.write(10);
    p.out("[ect0] P. 1:11(10) ack 1");
  }

  @Test
  void theEndpointsOptionAsks() {
    Peer p = new Peer(CLASSIC);
    TcpEndpoint e = p.stack.tcp();
    e.setEcn(Profile.Ecn.REQUEST);
    assertThat(TcpError.of(e.connect(dev.sinew.testing.Packets.address(p.peerAddress), 4000)))
        .isEqualTo(TcpError.IN_PROGRESS);
    p.out("SEW 0:0(0)");
    assertThat(e.ecn()).isEqualTo(Profile.Ecn.REQUEST);
  }

  /** Section 6.1.1.2: only ECE alone agrees; a peer that reflects all flags does not. */
  @Tag("RFC3168-6.1.1-b")
  @Tag("RFC3168-6.1.1-c")
  @Tag("RFC3168-6.1.1-g")
  @ParameterizedTest
  @CsvSource({"S., noecn", "SW., noecn", "SEW., noecn", "SE., ect0", "SEA., ect0", "SA., noecn"})
  void whatTheAnswerMeans(String answer, String field) {
    Peer p = client(ASKING);
    p.next();
    p.in(answer + " 0:0(0) ack 1 <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.write(10);
    p.out("[" + field + "] P. 1:11(10) ack 1");
  }

  /** Section 6.1.1.1: some drop such a SYN. */
  @Tag("RFC3168-6.1.1.1-b")
  @Test
  void theSecondRetransmissionAsksNoMore() {
    Peer p = client(ASKING);
    p.out("SEW 0:0(0)");
    p.outAfter(1000, "SEW 0:0(0)");
    p.outAfter(2000, "S 0:0(0)");
    p.outAfter(4000, "S 0:0(0)");
    p.in("S. 0:0(0) ack 1 <mss 1460>").state(TcpState.ESTABLISHED);
  }

  @Test
  void linuxAsksOnce() {
    Peer p = client(Peer.profile(Profile.LINUX, "ecn", Profile.Ecn.REQUEST, "accEcn", false));
    p.out("SEW 0:0(0)");
    p.outAfter(1000, "S 0:0(0)");
  }

  /** A host that has sent both kinds of SYN does not set ECT, whatever the answer is to. */
  @Tag("RFC3168-6.1.1-b")
  @Tag("RFC3168-6.1.1-e")
  @Test
  void theAnswerToTheFirstSynComesLate() {
    Peer p = client(ASKING);
    p.next();
    p.outAfter(1000, "SEW 0:0(0)");
    p.outAfter(2000, "S 0:0(0)");
    p.in("SE. 0:0(0) ack 1 <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.write(10);
    p.out("[noecn] P. 1:11(10) ack 1");
    // Its marks are echoed all the same.
    p.in("[ce] P. 1:1461(1460) ack 11");
    p.out("E. 11:11(0) ack 1461");
  }

  /** Others answer with a reset. */
  @Tag("RFC3168-6.1.1.1-a")
  @Test
  void aResetIsAnsweredWithAPlainSyn() {
    Peer p = client(ASKING);
    p.out("SEW 0:0(0)");
    p.in("R. 0:0(0) ack 1");
    p.out("S 0:0(0)");
    p.state(TcpState.SYN_SENT);
    p.in("R. 0:0(0) ack 1").state(TcpState.CLOSED);
    assertThat(p.app().error()).isEqualTo(TcpError.REFUSED);
    p.nothingLeft();
  }

  @Test
  void aResetThatAcknowledgesNothingOfOursIsNone() {
    Peer p = client(ASKING);
    p.next();
    p.in("R. 0:0(0) ack 7").in("R 0:0(0)").quiet().state(TcpState.SYN_SENT);
  }

  @Test
  void linuxTakesTheResetForAnAnswer() {
    Peer p = client(Peer.profile(Profile.LINUX, "ecn", Profile.Ecn.REQUEST));
    p.next();
    p.in("R. 0:0(0) ack 1").quiet().state(TcpState.CLOSED);
  }

  @Test
  void bothOpenAtOnceAndAgree() {
    Peer p = client(ASKING);
    p.next();
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("[noecn] SE. 0:0(0) ack 1");
    p.in("SE. 0:0(0) ack 1 <mss 1460>").state(TcpState.ESTABLISHED);
    p.discard();
    p.write(10);
    p.out("[ect0] P. 1:11(10) ack 1");
  }

  /** TIME-WAIT knows nothing of what was agreed before. */
  @Tag("RFC3168-6.1.1-i")
  @Test
  void aNewConnectionOutOfTimeWaitAgreesAnew() {
    Peer p = server();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in("F. 1:1(0) ack 2");
    p.out(". 2:2(0) ack 2");
    p.in("S 100000:100000(0) <mss 1460>");
    assertThat(p.next().flags).isEqualTo(Seg.SYN | Seg.ACK);
  }

  // ---- 6.1.3, the receiver

  @Tag("RFC3168-6.1.1-e")
  @Tag("RFC3168-6.1.3-a")
  @Tag("RFC3168-6.1.3-b")
  @Test
  @Tag("SHLD-8")
  void aMarkIsEchoedUntilCwr() {
    Peer p = server();
    p.in("[ce] P. 1:1461(1460) ack 1");
    p.out("[noecn] E. 1:1(0) ack 1461");
    p.in("[ect0] P. 1461:2921(1460) ack 1");
    p.in("[ect0] P. 2921:4381(1460) ack 1");
    p.out("E. 1:1(0) ack 4381");
    p.write(10);
    p.out("[ect0] PE. 1:11(10) ack 4381");
    p.in("[ect0] PW. 4381:5841(1460) ack 11");
    p.out(". 11:11(0) ack 5841");
    p.in("[ect0] P. 5841:7301(1460) ack 11");
    p.in("[ect0] P. 7301:8761(1460) ack 11");
    p.out(". 11:11(0) ack 8761");
  }

  /** CWR and CE on one segment: the mark is younger than the reduction. */
  @Test
  void aMarkedCwrIsEchoed() {
    Peer p = server();
    p.in("[ce] P. 1:1461(1460) ack 1");
    p.out("E. 1:1(0) ack 1461");
    p.in("[ce] PW. 1461:2921(1460) ack 1");
    p.out("E. 1:1(0) ack 2921");
  }

  /** A delayed ACK covers both segments: one mark is enough. */
  @Tag("RFC3168-6.1.3-a")
  @Test
  void eitherOfTwoSegments() {
    Peer p = server();
    p.in("[ect0] P. 1:1461(1460) ack 1");
    p.in("[ce] P. 1461:2921(1460) ack 1");
    p.out("E. 1:1(0) ack 2921");
  }

  /** Section 6.1.5: from outside of the window anybody could send it. */
  @Tag("RFC3168-6.1.5-b")
  @Test
  void marksOutsideOfTheWindowAreIgnored() {
    Peer p = server();
    p.in("[ect0] P. 1:101(100) ack 1").run(50).discard();
    p.in("[ce] P. 1:101(100) ack 1");
    p.out(". 1:1(0) ack 101");
    p.in("[ce] P. 100001:100101(100) ack 1");
    p.out(". 1:1(0) ack 101");
    p.in("[ce] P. 101:201(100) ack 77");
    p.out(". 1:1(0) ack 101");
    p.in("[ect0] P. 101:201(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 201");
  }

  /** Section 6.1.6: a probe of our closed window has an exact number, so its mark is believed. */
  @Tag("RFC3168-6.1.6-b")
  @Test
  void aMarkedWindowProbeIsEchoed() {
    Peer p = server(CLASSIC.with(v -> v.autoTuneReceive = false), "mss 1460");
    p.app().setReceiveBuffer(4380);
    int at = 1;
    while (p.app().available() < 4000 || p.app().available() < at - 1) {
      p.in("[ect0] P. " + at + ":" + (at + 1460) + "(1460) ack 1");
      at += 1460;
      p.run(50);
    }
    while (p.info().receiveWindow() > 0) {
      int n = (int) Math.min(1460, p.info().receiveWindow());
      p.in("[ect0] P. " + at + ":" + (at + n) + "(" + n + ") ack 1").run(50);
      at += n;
    }
    assertThat(p.all().getLast().window).isZero();
    p.in("[ce] P. " + at + ":" + (at + 1) + "(1) ack 1");
    p.out("E. 1:1(0) ack " + at);
  }

  @Test
  void marksOnAcksAndWithoutAgreementMeanNothing() {
    Peer p = server();
    p.in("[ce] . 1:1(0) ack 1");
    p.in("P. 1:101(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 101");
    Peer plain = new Peer();
    plain.acceptPlain();
    plain.in("[ce] P. 1:101(100) ack 1");
    plain.outAfter(40, ". 1:1(0) ack 101");
    plain.in("PEWA. 101:201(100) ack 1");
    plain.outAfter(40, ". 1:1(0) ack 201");
  }

  // ---- 6.1.2, the sender

  /** ECT(0) on new data alone: 6.1.4 to 6.1.6. */
  @Tag("RFC3168-5.2")
  @Tag("RFC3168-6.1.4")
  @Tag("RFC3168-6.1.5-a")
  @Tag("RFC3168-6.1.6-a")
  @Tag("RFC3168-6.1.2-g")
  @Test
  void retransmissionsAcksProbesAndFinsAreNotCapable() {
    Peer p = server();
    p.write(1460);
    p.out("[ect0] P. 1:1461(1460) ack 1");
    p.outAfter(200, "[noecn] P. 1:1461(1460) ack 1");
    p.in(". 1:1(0) ack 1461 win 0");
    p.write(100);
    p.outAfter(400, "[noecn] . 1460:1460(0) ack 1");
    p.in(". 1:1(0) ack 1461 win 60000");
    p.out("[ect0] PW. 1461:1561(100) ack 1");
    p.in("P. 1:101(100) ack 1561");
    p.outAfter(40, "[noecn] . 1561:1561(0) ack 101");
    p.shutdown();
    p.out("[noecn] F. 1561:1561(0) ack 101");
  }

  @Test
  void ecnSparesTheTrafficClass() {
    Peer p = server();
    p.app().setTrafficClass(0xb8 | 3);
    p.write(10);
    Seg s = p.out("[ect0] P. 1:11(10) ack 1");
    assertThat(s.time).isPositive();
    assertThat(p.app().trafficClass()).isEqualTo(0xb8);
  }

  /** One reduction for what one window held; CWR on the first new data after it. */
  @Tag("RFC3168-5-b")
  @Tag("RFC3168-6.1.1-d")
  @Tag("RFC3168-6.1.2-b")
  @Tag("RFC3168-6.1.2-d")
  @Tag("RFC3168-6.1.2-f")
  @Tag("RFC3168-6.1.2-h")
  @Test
  @Tag("SHLD-8")
  void theWindowIsHalvedOncePerWindow() {
    Peer p = server();
    p.write(30_000);
    for (int i = 0; i < 10; i++) {
      p.next();
    }
    p.quiet();
    assertThat(p.info().cwnd()).isEqualTo(14_600);
    p.in("E. 1:1(0) ack 1461");
    assertThat(p.info().cwnd()).isEqualTo(7_300);
    for (int i = 2; i <= 5; i++) {
      p.in("E. 1:1(0) ack " + (1 + i * 1460)).quiet();
    }
    assertThat(p.info().cwnd()).as("no second time").isEqualTo(7_300);
    p.in("E. 1:1(0) ack " + (1 + 6 * 1460));
    p.out("[ect0] W. 14601:16061(1460) ack 1");
    p.in("E. 1:1(0) ack " + (1 + 7 * 1460));
    p.out("[ect0] . 16061:17521(1460) ack 1");
    // Everything up to the reduction is acknowledged; the next mark is a new one.
    p.in("E. 1:1(0) ack 14601");
    long cwnd = p.info().cwnd();
    p.discard();
    p.in("E. 1:1(0) ack 16061");
    assertThat(p.info().cwnd()).isLessThan(cwnd);
  }

  /** Also after a loss: the peer learns of each reduction. */
  @Tag("RFC3168-6.1.2-f")
  @Tag("RFC3168-6.1.2-g")
  @Test
  void aTimeoutIsToldByCwr() {
    Peer p = server();
    p.write(1460);
    p.next();
    p.outAfter(200, "[noecn] P. 1:1461(1460) ack 1");
    p.write(1460);
    p.in(". 1:1(0) ack 1461");
    p.out("[ect0] PW. 1461:2921(1460) ack 1");
    p.in(". 1:1(0) ack 2921");
    p.write(10);
    p.out("[ect0] P. 2921:2931(10) ack 1");
  }

  /** While a loss is repaired the window has been reduced already. */
  @Tag("RFC3168-6.1.2-d")
  @Test
  void anEchoDuringRecoveryReducesNothing() {
    Peer p = server();
    p.write(14_600);
    p.discard();
    p.in(". 1:1(0) ack 1461");
    for (int i = 0; i < 3; i++) {
      p.in(". 1:1(0) ack 1461");
    }
    Seg again = p.next();
    assertThat(again.seq).isEqualTo(1461);
    assertThat(again.ecn).isZero();
    long threshold = p.info().ssthresh();
    p.in("E. 1:1(0) ack 1461");
    p.in("E. 1:1(0) ack 2921");
    assertThat(p.info().ssthresh()).isEqualTo(threshold);
  }

  /** Nor is a loss of a flight that a mark has reduced the window for: it is only repaired. */
  @Tag("RFC3168-6.1.2-d")
  @Test
  void aLossAfterAnEchoReducesNothing() {
    Peer p = server(Peer.profile(CLASSIC, "prr", false), "mss 1460,sackOK,nop,nop");
    p.write(14_600);
    p.discard();
    p.in("E. 1:1(0) ack 1461");
    assertThat(p.info().cwnd()).isEqualTo(7_300);
    long threshold = p.info().ssthresh();
    p.in(". 1:1(0) ack 1461 <nop,nop,sack 2921:7301>");
    assertThat(p.next().seq).isEqualTo(1461);
    assertThat(p.info().cwnd()).isEqualTo(7_300);
    assertThat(p.info().ssthresh()).isEqualTo(threshold);
    p.in(". 1:1(0) ack 14601").discard();
    assertThat(p.info().ssthresh()).isEqualTo(threshold);
    // A later flight is another matter.
    p.app().setSendBuffer(1 << 20);
    p.write(100_000);
    int una = 14_601;
    for (int i = 0; i < 4; i++) {
      Seg last = p.all().getLast();
      una = last.seq + last.length;
      p.in(". 1:1(0) ack " + una);
    }
    p.discard();
    p.in(". 1:1(0) ack " + una + " <nop,nop,sack " + (una + 1460) + ":" + (una + 5840) + ">");
    assertThat(p.info().ssthresh()).isLessThan(threshold);
  }

  /** An old ACK's flag says nothing. */
  @Test
  void anAckFromThePastIsNotHeard() {
    Peer p = server();
    p.write(2920);
    p.discard();
    p.in(". 1:1(0) ack 2921");
    long cwnd = p.info().cwnd();
    p.in("E. 1:1(0) ack 1461");
    assertThat(p.info().cwnd()).isEqualTo(cwnd);
  }

  /** Section 6.1.2: a window of one segment is reduced by waiting for the timer. */
  @Tag("RFC3168-6.1.2-e")
  @Tag("RFC9438-4.6-f")
  @Test
  void aMarkAtOneSegmentWaitsForTheTimer() {
    Peer p = server();
    p.write(1460);
    p.next();
    p.outAfter(200, "P. 1:1461(1460) ack 1");
    assertThat(p.info().cwnd()).isEqualTo(1460);
    p.write(2920);
    long rto = p.info().rtoNanos();
    p.in("E. 1:1(0) ack 1461");
    p.outAfter(rto / 1e6, "[ect0] W. 1461:2921(1460) ack 1");
  }

  /** The peer echoes until a CWR reaches it: one that was lost must have a successor. */
  @Test
  void aWindowThatCannotFallFurtherSaysCwrAgain() {
    Peer p = server();
    p.write(1460);
    p.next();
    p.outAfter(200, "P. 1:1461(1460) ack 1");
    p.write(4380);
    long rto = p.info().rtoNanos();
    p.in("E. 1:1(0) ack 1461");
    p.outAfter(rto / 1e6, "[ect0] W. 1461:2921(1460) ack 1");
    rto = p.info().rtoNanos();
    p.in("E. 1:1(0) ack 2921");
    assertThat(p.info().cwnd()).isEqualTo(1460);
    p.outAfter(rto / 1e6, "[ect0] W. 2921:4381(1460) ack 1");
  }

  /** All that is sent for four rounds comes back as marked: the marks mean nothing. */
  @Test
  void aPathThatMarksEverythingIsNotHeard() {
    Peer p = server();
    p.app().setSendBuffer(1 << 20);
    p.write(200_000);
    int acked = 1;
    int rounds = 0;
    boolean capable = true;
    while (capable && rounds < 20) {
      rounds++;
      p.run(500);
      for (Seg seg : p.all()) {
        if (seg.seq + seg.length > acked) {
          capable = seg.ecn == 2;
          acked = seg.seq + seg.length;
        }
      }
      p.in("E. 1:1(0) ack " + acked);
    }
    assertThat(rounds).isBetween(5, 7);
    // From now on they are not heard either.
    long cwnd = p.info().cwnd();
    for (Seg seg : p.all()) {
      assertThat(seg.ecn).isZero();
      acked = seg.seq + seg.length;
    }
    p.in("E. 1:1(0) ack " + acked);
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(cwnd);
  }
}
