package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Loss recovery with SACK on the wire: RACK (RFC 8985 section 6), RFC 6675 and PRR (RFC 9937). The
 * round trip is 100 ms and cwnd ten segments.
 */
class SackRecoveryTest {
  private static final int MSS = 1460;
  private static final Profile RENO = Profile.STANDARD.with(v -> v.congestionControl = "reno");

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

  /** {@code written} segments are written, ten of which go out; 100 ms pass. */
  private static Peer sending(Profile profile, int written) {
    Peer p = connected(profile);
    p.write(written * MSS);
    assertThat(p.all()).hasSize(Math.min(10, written));
    p.run(100);
    return p;
  }

  private static Peer sending(int written) {
    return sending(RENO, written);
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

  private static String segment(int i) {
    return ". " + seq(i) + ":" + seq(i + 1) + "(" + MSS + ") ack 1";
  }

  // ---- RACK

  /** Section 6.2 step 4: without reordering seen, three SACKed segments leave no window. */
  @Tag("RFC2018-5-a")
  @Tag("RFC2018-5-b")
  @Tag("RFC8985-3.3.2-a")
  @Test
  void threeSackedSegmentsSendTheLostOneAtOnce() {
    Peer p = sending(10);
    ack(p, 0, 1, 2).quiet();
    ack(p, 0, 1, 3).quiet();
    ack(p, 0, 1, 4);
    p.out(segment(0));
    p.quiet();
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(1);
    assertThat(p.count(Counter.TcpExtTCPFastRetrans)).isEqualTo(1);
    assertThat(p.info().ssthresh()).isEqualTo(5L * MSS);
    ack(p, 0, 1, 10);
    p.quiet();
    p.run(100);
    ack(p, 10);
    assertThat(p.info().cwnd()).isEqualTo(5L * MSS);
    p.quietFor(Peer.S);
    assertThat(p.count(Counter.TcpExtTCPTimeouts)).isZero();
  }

  /** One or two SACKed segments wait for min_RTT / 4: the reordering timer. */
  @Tag("RFC8985-3.3.2-b")
  @Tag("RFC8985-6.2-h")
  @Test
  void oneSackedSegmentSendsTheLostOneAfterTheReorderingWindow() {
    Peer p = sending(2);
    ack(p, 0, 1, 2);
    p.outAfter(25, segment(0));
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(1);
    p.run(100);
    ack(p, 2).quietFor(Peer.S);
  }

  @Tag("RFC2018-5.1-b")
  @Test
  void aSegmentThatComesWithinTheReorderingWindowIsNotSentAgain() {
    Peer p = sending(2);
    ack(p, 0, 1, 2);
    p.run(24);
    ack(p, 2).quietFor(Peer.S);
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isZero();
  }

  /** Section 4: RACK needs SACK; without it time tells nothing. */
  @Tag("RFC8985-4-a")
  @Test
  void withoutSackThereIsNoReorderingTimer() {
    Peer p = new Peer(RENO);
    p.listen();
    p.in("S 0:0(0) <mss 1460>");
    p.next();
    p.run(100);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    p.write(2 * MSS);
    p.discard();
    p.run(100);
    p.in(". 1:1(0) ack 1 <nop,nop,sack 1461:2921>");
    p.quietFor(190 * Peer.MS);
  }

  /** Once reordering was seen, the number of SACKed segments says nothing (section 6.2 step 4). */
  @Tag("RFC8985-6.2-d")
  @Tag("RFC8985-6.2-e")
  @Tag("RFC8985-9.2")
  @Test
  void afterReorderingManySackedSegmentsWait() {
    Peer p = sending(20);
    ack(p, 0, 1, 2);
    p.discard();
    ack(p, 2);
    p.discard();
    p.run(100);
    ack(p, 3, 4, 9);
    p.run(24);
    assertThat(p.all()).noneMatch(s -> s.seq == seq(3));
    p.run(1);
    assertThat(p.all()).anyMatch(s -> s.seq == seq(3));
  }

  /**
   * The timer waits for RACK, which finds a lost retransmission one reordering window after its
   * round trip, unless the profile adds something of its own (RFC 6298 section 2.4).
   */
  @Test
  void theTimeoutComesAfterTheReorderingWindow() {
    assertThat(timeoutBeyondRto(RENO)).isEqualTo(25 * Peer.MS);
    assertThat(timeoutBeyondRto(RENO.with(v -> v.minRttvarNanos = 200 * Peer.MS))).isZero();
    assertThat(timeoutBeyondRto(RENO.with(v -> v.rtoSlopNanos = 200 * Peer.MS))).isZero();
  }

  /** How much later than the RTO after a fast retransmission, once reordering was seen. */
  private static long timeoutBeyondRto(Profile profile) {
    Peer p = sending(profile, 20);
    ack(p, 0, 1, 2);
    ack(p, 2);
    p.run(100);
    ack(p, 3, 4, 9);
    p.run(24);
    p.discard();
    p.run(1);
    assertThat(p.next().seq).isEqualTo(seq(3));
    long began = p.network.now();
    p.network.runUntil(() -> p.count(Counter.TcpExtTCPTimeouts) > 0, 10 * Peer.S);
    // The timeout has doubled it.
    long slop = profile.rtoSlopNanos();
    return p.network.now() - began - (p.info().rtoNanos() - slop) / 2 - slop;
  }

  /** A retransmission that is lost too is sent once more, without a timeout. */
  @Tag("RFC8985-6.1")
  @Tag("RFC8985-9.2")
  @Test
  void aLostRetransmissionIsFound() {
    Peer p = sending(30);
    ack(p, 0, 1, 4);
    assertThat(p.next().seq).isEqualTo(1);
    p.discard();
    for (int i = 5; i <= 10; i++) {
      ack(p, 0, 1, i);
    }
    List<Seg> sent = p.all();
    assertThat(sent).isNotEmpty().allMatch(s -> s.seq >= seq(10));
    p.run(100);
    // What was sent after the retransmission arrived, and the retransmission did not.
    p.discard();
    ack(p, 0, 1, 12);
    assertThat(p.next().seq).isEqualTo(1);
    assertThat(p.count(Counter.TcpExtTCPLostRetransmit)).isEqualTo(1);
    assertThat(p.count(Counter.TcpExtTCPTimeouts)).isZero();
  }

  /** RFC 5681 section 4.3: and it is a second sign of congestion. */
  @Tag("RFC5681-4.3-c")
  @Tag("RFC8985-9.3-b")
  @Test
  void aLostRetransmissionReducesTheWindowAgain() {
    for (boolean prr : new boolean[] {true, false}) {
      lostRetransmission(sending(Peer.profile(RENO, "prr", prr), 30));
    }
  }

  private static void lostRetransmission(Peer p) {
    ack(p, 0, 1, 4);
    long once = p.info().ssthresh();
    assertThat(once).isEqualTo(5L * MSS);
    p.discard();
    for (int i = 5; i <= 10; i++) {
      ack(p, 0, 1, i);
    }
    p.run(100);
    assertThat(p.info().ssthresh()).isEqualTo(once);
    p.discard();
    ack(p, 0, 1, 12);
    assertThat(p.count(Counter.TcpExtTCPLostRetransmit)).isEqualTo(1);
    assertThat(p.info().ssthresh()).isLessThan(once);
    long twice = p.info().ssthresh();
    ack(p, 0, 1, 13);
    assertThat(p.info().ssthresh()).as("once for each").isEqualTo(twice);
  }

  // ---- PRR

  /** Section 6: ssthresh of RecoverFS goes out, spread over the acknowledgements. */
  @Tag("RFC5681-4.3-a")
  @Tag("RFC5681-4.3-b")
  @Tag("RFC2018-5.1-a")
  @Tag("RFC8985-9.3-a")
  @Test
  void aLossHalvesTheFlightEvenly() {
    Peer p = sending(40);
    int sent = 0;
    ack(p, 0, 1, 4);
    int most = p.all().size();
    sent += most;
    for (int i = 5; i <= 10; i++) {
      ack(p, 0, 1, i);
      int now = p.all().size();
      assertThat(now).isLessThanOrEqualTo(1);
      sent += now;
    }
    // Nine of ten were delivered, so 4.5 of ten may go out, the retransmission among them.
    assertThat(sent).isEqualTo(4);
    p.run(100);
    ack(p, 10);
    assertThat(p.info().cwnd()).isEqualTo(5L * MSS);
  }

  /**
   * RFC 9937 section 6.1: RecoverFS leaves out what was SACKed before the ACK that begins recovery:
   * ten of the twelve outstanding. So one goes for two that are delivered; then, from ssthresh on,
   * one for one.
   */
  @Tag("RFC9937-3-b")
  @Tag("RFC9937-6.1-b")
  @Tag("RFC9937-6.2-c")
  @Tag("RFC9937-6.2-e")
  @Tag("RFC9937-6.2-f")
  @Tag("RFC9937-6.3")
  @Tag("RFC9937-6.4-a")
  @Test
  void whatWasSackedBeforeIsNoPartOfTheFlight() {
    Peer p = sending(Peer.profile(RENO, "pacing", false), 40);
    ack(p, 0, 1, 2).out(segment(10));
    ack(p, 0, 1, 3).out(segment(11));
    ack(p, 0, 1, 4).out(segment(0));
    int sent = 1;
    for (int i = 5; i <= 7; i++) {
      ack(p, 0, 1, i);
      sent += p.all().size();
      // i - 3 were delivered.
      assertThat(sent).isEqualTo((i - 3) / 2);
    }
    for (int i = 8; i <= 12; i++) {
      ack(p, 0, 1, i);
      sent += p.all().size();
      int inFlight = 12 - (i - 1) - 1 + sent;
      assertThat(inFlight).isBetween(5, 6);
    }
    assertThat(sent).isEqualTo(5);
    p.run(100);
    ack(p, 12);
    assertThat(p.info().cwnd()).isEqualTo(5L * MSS);
  }

  /** Outside of recovery nothing is held back: what was acknowledged goes out again at once. */
  @Tag("RFC9937-6.4-a")
  @Tag("RFC9937-11.2")
  @Test
  void afterTheRecoveryTheWindowAloneCounts() {
    Peer p = sending(Peer.profile(RENO, "pacing", false), 40);
    ack(p, 0, 1, 4).out(segment(0));
    p.run(100);
    ack(p, 10);
    assertThat(p.all()).hasSize(5);
    assertThat(p.info().cwnd()).isEqualTo(5L * MSS);
    p.run(100);
    ack(p, 12);
    assertThat(p.all()).hasSize(2);
  }

  // ---- RFC 6675

  private static final Profile COUNTING = Peer.profile(RENO, "rack", false);

  /** Section 4, IsLost(): more than two segments of bytes above. */
  @Tag("RFC2018-5.1-b")
  @Tag("RFC6675-4-c")
  @Tag("RFC6675-5-d")
  @Test
  void withoutRackMoreThanTwoSegmentsAboveAreALoss() {
    Peer p = sending(COUNTING, 10);
    ack(p, 0, 1, 2).quiet();
    ack(p, 0, 1, 3).quiet();
    ack(p, 0, 1, 4);
    p.out(segment(0));
    p.quietFor(50 * Peer.MS);
  }

  /** And so are three separate blocks, whatever their size. */
  @Tag("RFC6675-4-c")
  @Test
  void withoutRackThreeBlocksAboveAreALoss() {
    Peer p = connected(COUNTING);
    p.app().setNoDelay(true);
    for (int i = 0; i < 8; i++) {
      p.write(10);
    }
    assertThat(p.all()).hasSize(8);
    p.run(100);
    p.in(". 1:1(0) ack 1 <nop,nop,sack 11:21>").quiet();
    p.in(". 1:1(0) ack 1 <nop,nop,sack 31:41 11:21>").quiet();
    p.in(". 1:1(0) ack 1 <nop,nop,sack 51:61 31:41 11:21>");
    p.out(". 1:11(10) ack 1");
  }

  /** Rule 3: what lies below something SACKed goes when there is nothing new. */
  @Tag("RFC6675-4-g")
  @Test
  void withoutRackWhatIsPerhapsLostGoesWhenNothingElseCan() {
    Peer p = sending(COUNTING, 10);
    ack(p, 0, 1, 4, 5, 6);
    List<Seg> first = p.all();
    assertThat(first.getFirst().seq).isEqualTo(1);
    p.run(100);
    ack(p, 1, 1, 4, 5, 10);
    p.run(10);
    assertThat(p.all()).anyMatch(s -> s.seq == seq(4));
  }

  // ---- limited transmit (RFC 3042) with SACK: what is SACKed makes room

  @Tag("RFC6675-5-e")
  @Test
  void eachSackedSegmentLetsANewOneGo() {
    for (Profile profile : new Profile[] {RENO, COUNTING}) {
      Peer p = sending(profile, 20);
      ack(p, 0, 1, 2);
      p.out(segment(10));
      ack(p, 0, 1, 3);
      p.out(segment(11));
      p.quiet();
    }
  }

  /**
   * RFC 2883 section 5: a block below SND.UNA but above its own packet's ACK is old news, not a
   * duplicate.
   */
  @Tag("RFC2883-5-a")
  @Tag("RFC2883-5-b")
  @Tag("RFC2883-5-c")
  @Test
  void anAckFromThePastReportsNoDuplicate() {
    Peer p = sending(10);
    ack(p, 6);
    p.discard();
    ack(p, 2, 3, 6).quiet();
    assertThat(p.count(Counter.TcpExtTCPDSACKRecv)).isZero();
    assertThat(p.count(Counter.TcpExtTCPDSACKOfoRecv)).isZero();
    ack(p, 6, 3, 6);
    assertThat(p.count(Counter.TcpExtTCPDSACKRecv)).isEqualTo(1);
    // Above the ACK: a duplicate where the second block holds the first, news where not.
    ack(p, 6, 8, 9, 7, 10);
    assertThat(p.count(Counter.TcpExtTCPDSACKOfoRecv)).isEqualTo(1);
    ack(p, 6, 8, 9, 9, 10);
    assertThat(p.count(Counter.TcpExtTCPDSACKOfoRecv)).isEqualTo(1);
  }

  /** RFC 5681 section 3.2: one that reports nothing new says that nothing has left. */
  @Tag("RFC5681-3.2-f")
  @Test
  void aReportOfNothingNewLetsNothingGo() {
    for (Profile profile : new Profile[] {RENO, COUNTING}) {
      Peer p = sending(profile, 20);
      ack(p, 0, 1, 2);
      p.out(segment(10));
      for (int i = 0; i < 10; i++) {
        ack(p, 0, 1, 2).quiet();
      }
      ack(p, 0).quiet();
    }
  }

  // ---- hostile blocks

  @Test
  void blocksBeyondWhatWasSentOrBelowItDoNothing() {
    Peer p = sending(10);
    for (String blocks :
        new String[] {
          "20000:30000", "14601:14602", "1:14601", "1:2", "0:1461", "1461:1461", "2921:1461"
        }) {
      p.in(". 1:1(0) ack 1 <nop,nop,sack " + blocks + ">").quiet();
      assertThat(p.stack.violation(p.network.now())).isNull();
    }
    p.quietFor(10 * Peer.MS);
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isZero();
  }

  /**
   * A byte here and there cuts no record: the list stays small and the data is sent again whole.
   */
  @Test
  void tinyBlocksCutNothing() {
    Peer p = sending(10);
    for (int i = 0; i < 1000; i++) {
      int at = 2 + i * 13;
      p.in(". 1:1(0) ack 1 <nop,nop,sack " + at + ":" + (at + 1) + ">");
    }
    assertThat(p.stack.violation(p.network.now())).isNull();
    p.discard();
    p.run(1000);
    assertThat(p.all()).isNotEmpty().allMatch(s -> s.length == MSS);
  }

  /** RFC 2018 section 8: what was SACKed is kept, and sent again after a timeout. */
  @Tag("RFC2018-5-d")
  @Tag("RFC2018-5.1-c")
  @Tag("RFC2018-8-c")
  @Test
  void aPeerThatDropsWhatItHasSackedGetsItAgain() {
    Peer p = sending(10);
    ack(p, 0, 1, 10);
    p.out(segment(0));
    p.run(100);
    // It acknowledges the first only, and has nothing of the rest any more.
    ack(p, 1);
    int at = 1;
    for (int i = 0; i < 40 && at < 10; i++) {
      p.network.runUntil(() -> p.pending() > 0, 10 * Peer.S);
      for (Seg s : p.all()) {
        at = s.seq == seq(at) ? at + 1 : at;
      }
      ack(p, at);
    }
    assertThat(at).isEqualTo(10);
    assertThat(p.app().unacknowledged()).isZero();
    p.quietFor(Peer.S);
  }
}
