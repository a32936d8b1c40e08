package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accurate ECN (RFC 9768): the handshake, from both ends. Feedback: {@link AccEcnFeedbackTest}. */
class AccEcnTest {
  static final Profile ASKING = Peer.profile(Profile.STANDARD, "ecn", Profile.Ecn.REQUEST);

  /** The option of a handshake. */
  static final String FIRST = "ECN e0b 1 ceb 0 e1b 1,nop";

  private static Peer listening() {
    Peer p = new Peer();
    p.listen();
    return p;
  }

  /** The listener hands its connection over. */
  static Peer accepted(Peer p) {
    p.endpoint = Objects.requireNonNull(p.listener).accept();
    assertThat(p.endpoint).isNotNull();
    p.app().setNoDelay(true);
    return p;
  }

  private static void dataIs(Peer p, String field, String flags) {
    p.write(10);
    p.out("[" + field + "] " + flags + " 1:11(10)");
  }

  // ---- the responder

  /** Table 2, first block: the answer says how the SYN has arrived. */
  @ParameterizedTest
  @CsvSource({"[noecn],SW.", "[ect1],SEW.", "[ect0],SA.", "[ce],SWA."})
  void theAnswerReflectsTheSynsField(String field, String flags) {
    Peer p = listening();
    p.in(field + " SEWA 0:0(0) <mss 1460>");
    p.out("[noecn] " + flags + " 0:0(0) ack 1 <mss 1460," + FIRST + ">");
    p.in("W. 1:1(0) ack 1");
    dataIs(accepted(p), "ect0", "PEA.");
  }

  /** Section 3.1.3: combinations of the future ask for it, too. */
  @ParameterizedTest
  @ValueSource(strings = {"SE", "SW", "SA", "SEA", "SWA"})
  void unknownCombinationsAskForIt(String flags) {
    Peer p = listening();
    p.in(flags + " 0:0(0) <mss 1460>");
    p.out("SW. 0:0(0) ack 1");
  }

  @Test
  void olderPeersGetWhatTheyKnow() {
    Peer p = listening();
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("SE. 0:0(0) ack 1 <mss 1460>");
    p.peerPort++;
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1 <mss 1460>");
  }

  /** Beside timestamps and all the rest there is room for it. */
  @Test
  void theOptionFitsBesideTheOthers() {
    Peer p = listening();
    p.in("SEWA 0:0(0) <" + Peer.SYN_OPTIONS + ">");
    assertThat(p.next().options)
        .startsWith("mss 1460,sackOK,TS val ")
        .endsWith(",nop,wscale 7," + FIRST);
  }

  /** Section 3.1.5: the latest SYN is reflected; the option may be what was dropped. */
  @Test
  void aRepeatedSynIsAnsweredWithoutTheOption() {
    Peer p = listening();
    p.in("SEWA 0:0(0) <mss 1460>");
    p.next();
    p.in("[ce] SEWA 0:0(0) <mss 1460>");
    p.out("SWA. 0:0(0) ack 1 <mss 1460>");
  }

  @Test
  void afterAPlainSynNothingIsCapableButFeedbackGoesOn() {
    Peer p = listening();
    p.in("SEWA 0:0(0) <mss 1460>");
    p.next();
    p.in("S 0:0(0) <mss 1460>");
    p.out("SW. 0:0(0) ack 1 <mss 1460>");
    p.in("W. 1:1(0) ack 1");
    dataIs(accepted(p), "noecn", "PEA.");
    p.in("[ce] PEA. 1:101(100) ack 11");
    p.out("WA. 11:11(0) ack 101 <ECN e0b 1 ceb 100>");
  }

  /** Section 3.1.5: nobody may ask for both. */
  @ParameterizedTest
  @CsvSource({"SEWA,SEW", "SEW,SEWA", "SEW,SA"})
  void aSynOfTheOtherKindResets(String first, String second) {
    Peer p = listening();
    p.in(first + " 0:0(0) <mss 1460>");
    p.next();
    p.in(second + " 0:0(0) <mss 1460>");
    Seg reset = p.next();
    assertThat(reset.flags).isEqualTo(Seg.RST | Seg.ACK);
    assertThat(reset.ack).isEqualTo(1);
    p.in("W. 1:1(0) ack 1");
    p.out("R 1:1(0)");
    Objects.requireNonNull(p.listener).close();
    p.nothingLeft();
  }

  /** Section 3.2.3.2.2: first the option is left out, then all of it. */
  @Test
  void aLostSynAckFallsBackStepByStep() {
    Peer p = listening();
    p.in("SEWA 0:0(0) <mss 1460>");
    p.out("SW. 0:0(0) ack 1 <mss 1460," + FIRST + ">");
    p.outAfter(1000, "SW. 0:0(0) ack 1 <mss 1460>");
    p.outAfter(2000, "S. 0:0(0) ack 1 <mss 1460>");
    p.in("W. 1:1(0) ack 1");
    dataIs(accepted(p), "noecn", "PEA.");
  }

  /** Table 4, and what it says of mangling: our SYN-ACK was not-ECT (section 3.2.2.3). */
  @ParameterizedTest
  @CsvSource({
    "., noecn",
    "E., ect0",
    "W., ect0",
    "EW., noecn",
    "A., noecn",
    "EA., ect0",
    "WA., noecn",
    "EWA., ect0"
  })
  void theThirdSegment(String flags, String field) {
    Peer p = listening();
    p.in("SEWA 0:0(0) <mss 1460>");
    p.next();
    p.in(flags + " 1:1(0) ack 1");
    accepted(p);
    assertThat(p.info().cwnd() < 14_600).isEqualTo(flags.equals("WA."));
    dataIs(p, field, "PEA.");
    // The counter goes on from there: 6 where a mark was counted.
    p.in((flags.equals("WA.") ? "WA." : "EA.") + " 1:1(0) ack 11");
    assertThat(p.info().unsent()).isZero();
    assertThat(marks(p)).isEqualTo(flags.equals("WA.") ? 1 : 0);
  }

  /** With data it is a counter; zero means that somebody clears it (section 3.2.2.4). */
  @ParameterizedTest
  @CsvSource({"PEA., ect0", "P., noecn", "PW., ect0"})
  void theThirdSegmentWithData(String flags, String field) {
    Peer p = listening();
    p.in("SEWA 0:0(0) <mss 1460>");
    p.next();
    p.in(flags + " 1:11(10) ack 1");
    dataIs(accepted(p), field, "PEA.");
  }

  /** Section 5.1: the ACE field itself remembers what a cookie forgot. */
  @ParameterizedTest
  @CsvSource({
    "W., 0, ect0, PEA.",
    "EA., 0, ect0, PEA.",
    "., 0, noecn, P.",
    "E., 0, noecn, P.",
    "PEA., 10, noecn, P."
  })
  void cookies(String flags, int data, String field, String out) {
    Peer p = new Peer(true, Profile.STANDARD, Peer.limits("synBacklog", 0));
    p.listen();
    p.in("[ect1] SEWA 0:0(0) <mss 1460>");
    p.out("SEW. 0:0(0) ack 1 <mss 1460," + FIRST + ">");
    p.in(flags + " 1:" + (1 + data) + "(" + data + ") ack 1");
    dataIs(accepted(p), field, out);
  }

  static int marks(Peer p) {
    Ecn e = Objects.requireNonNull(Objects.requireNonNull(p.app().connection).ecn);
    return Objects.requireNonNull(e.counters).reportedMarks();
  }

  // ---- the initiator

  private static Peer client() {
    Peer p = new Peer(ASKING);
    p.connect().setNoDelay(true);
    p.out("[noecn] SEWA 0:0(0)");
    return p;
  }

  /** Table 2: what each answer means for the first ACK and for data. */
  @ParameterizedTest
  @CsvSource({
    "SW.,   W.,   ect0,  PEA.",
    "SEW.,  W.,   noecn, PEA.",
    "SA.,   W.,   noecn, PEA.",
    "SWA.,  W.,   noecn, PEA.",
    "SEA.,  W.,   ect0,  PEA.",
    "SE.,   .,    ect0,  P.",
    "S.,    .,    noecn, P.",
    "SEWA., .,    noecn, P."
  })
  void whatTheAnswerMeans(String answer, String ack, String field, String data) {
    Peer p = client();
    p.in(answer + " 0:0(0) ack 1 <mss 1460>");
    p.out("[noecn] " + ack + " 1:1(0) ack 1");
    dataIs(p, field, data);
  }

  /** Marked on its way: the first answer to congestion, and s.cep stays (section 3.2.2.2). */
  @Test
  void aMarkOnOurSynReducesTheWindow() {
    Peer p = client();
    p.in("SWA. 0:0(0) ack 1 <mss 1460>");
    assertThat(p.info().cwnd()).isLessThan(14_600);
    assertThat(marks(p)).isZero();
  }

  /** Table 3: the first ACK says how the SYN-ACK has arrived; a mark on it is counted once. */
  @ParameterizedTest
  @CsvSource({"[noecn],W.,PEA.", "[ect1],EW.,PEA.", "[ect0],A.,PEA.", "[ce],WA.,PWA."})
  void theFirstAckReflectsTheSynAcksField(String field, String ack, String data) {
    Peer p = client();
    p.in(field + " SW. 0:0(0) ack 1 <mss 1460,ECN e0b 1 ceb 0 e1b 1>");
    p.out(ack + " 1:1(0) ack 1 <" + FIRST + ">");
    // The SYN-ACK comes again: reflected again, counted no more.
    p.in(field + " SW. 0:0(0) ack 1 <mss 1460>");
    p.out(ack + " 1:1(0) ack 1");
    dataIs(p, "ect0", data);
  }

  /** Section 3.2.2.1: before data a pure ACK goes; the first data tests the option again. */
  @Test
  void dataThatWaitsComesAfterAPureAck() {
    Peer p = client();
    p.write(2920);
    p.in("SW. 0:0(0) ack 1 <mss 1460>");
    p.out("[noecn] W. 1:1(0) ack 1 <" + FIRST + ">");
    p.out("[ect0] EA. 1:1449(1448) ack 1 <" + FIRST + ">");
    p.out("[ect0] EA. 1449:2909(1460) ack 1 <>");
    p.out("[ect0] PEA. 2909:2921(12) ack 1 <>");
  }

  /** Section 3.2.3.2.2: what carried the option is lost; options are no more sent. */
  @Test
  void whenTheFirstDataIsLostNoOptionIsSentAgain() {
    Peer p = client();
    p.in("SW. 0:0(0) ack 1 <mss 1460>");
    p.next();
    p.write(10);
    p.out("PEA. 1:11(10) ack 1 <" + FIRST + ">");
    p.run(250);
    p.out("[noecn] PEA. 1:11(10) ack 1 <>");
    p.in("[ect0] PEA. 1:101(100) ack 11");
    p.run(50);
    p.out("EA. 11:11(0) ack 101 <>");
  }

  @Test
  void theSecondRetransmissionAsksNoMoreAndTheAnswerStillCounts() {
    Peer p = client();
    p.outAfter(1000, "SEWA 0:0(0)");
    p.outAfter(2000, "S 0:0(0)");
    p.in("SW. 0:0(0) ack 1 <mss 1460>");
    p.out("W. 1:1(0) ack 1");
    dataIs(p, "ect0", "PEA.");
  }

  @Test
  void bothOpenAtOnce() {
    Peer p = client();
    p.in("[ect0] SEWA 0:0(0) <mss 1460>");
    p.out("[noecn] SA. 0:0(0) ack 1");
    p.in("SW. 0:0(0) ack 1 <mss 1460>").state(TcpState.ESTABLISHED);
    p.discard();
    dataIs(p, "ect0", "PEA.");
  }

  /** A peer that only knows RFC 3168 has crossed our SYN. */
  @Test
  void bothOpenAtOnceAndOneIsOlder() {
    Peer p = client();
    p.in("SEW 0:0(0) <mss 1460>");
    p.out("SE. 0:0(0) ack 1");
    p.in("SE. 0:0(0) ack 1 <mss 1460>").discard();
    dataIs(p, "ect0", "P.");
  }

  @Test
  void timeWaitKeepsTheCounter() {
    Peer p = client();
    p.in("[ce] SW. 0:0(0) ack 1 <mss 1460>");
    p.discard();
    p.close();
    p.out("FWA. 1:1(0) ack 1");
    p.in("FEA. 1:1(0) ack 2");
    p.out("WA. 2:2(0) ack 2");
    p.in("FEA. 1:1(0) ack 2");
    p.out("WA. 2:2(0) ack 2");
  }
}
