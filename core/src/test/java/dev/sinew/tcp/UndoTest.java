package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import org.junit.jupiter.api.Test;

/**
 * Recoveries that were about nothing, and are taken back: F-RTO (RFC 5682), Eifel (RFC 3522, RFC
 * 4015) and reports of duplicates (RFC 2883 section 5). The round trip is 100 ms, cwnd ten
 * segments.
 */
class UndoTest {
  private static final int MSS = 1460;
  private static final Profile RENO = Profile.STANDARD.with(v -> v.congestionControl = "reno");
  private static final long NONE = 1 << 30;

  private static Peer connected(String options, Profile profile) {
    Peer p = new Peer(profile);
    p.listen();
    p.in("S 0:0(0) <" + options + ">");
    p.next();
    p.timestamps = options.contains("TS");
    p.run(100);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    return p;
  }

  private static Peer sending(String options, int written) {
    Peer p = connected(options, RENO);
    p.write(written * mss(p));
    assertThat(p.all()).hasSize(Math.min(10, written));
    return p;
  }

  private static int mss(Peer p) {
    return p.timestamps ? MSS - 12 : MSS;
  }

  private static int seq(Peer p, int segment) {
    return 1 + segment * mss(p);
  }

  private static Peer ack(Peer p, int segment, int... blocks) {
    StringBuilder s = new StringBuilder(". 1:1(0) ack " + seq(p, segment));
    for (int i = 0; i < blocks.length; i += 2) {
      s.append(i == 0 ? " <nop,nop,sack" : "")
          .append(' ')
          .append(seq(p, blocks[i]))
          .append(':')
          .append(seq(p, blocks[i + 1]));
    }
    return p.in(s + (blocks.length > 0 ? ">" : ""));
  }

  private static void timeout(Peer p) {
    p.network.runUntil(() -> p.count(Counter.TcpExtTCPTimeouts) > 0, 10 * Peer.S);
    p.discard();
  }

  // ---- F-RTO, basic (RFC 5682 section 2.1)

  /** Two acknowledgements of what was sent before the timeout: it was spurious. */
  @Test
  void withoutSackTwoAcknowledgementsOfOldDataTakeATimeoutBack() {
    Peer p = sending("mss 1460", 20);
    timeout(p);
    assertThat(p.info().cwnd()).isEqualTo(MSS);
    ack(p, 1);
    // Step 2b: two new segments, nothing again.
    assertThat(p.all()).extracting(s -> s.seq).containsExactly(seq(p, 10), seq(p, 11));
    ack(p, 2);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isEqualTo(1);
    assertThat(p.info().ssthresh()).isGreaterThan(NONE);
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(10L * MSS);
    assertThat(p.all()).allMatch(s -> s.seq >= seq(p, 12));
    ack(p, 10);
    assertThat(p.all()).allMatch(s -> s.seq >= seq(p, 12));
    assertThat(p.count(Counter.TcpRetransSegs)).isEqualTo(1);
  }

  /** Step 3a: a duplicate says that the rest is missing. */
  @Test
  void withoutSackADuplicateAfterwardsKeepsTheTimeout() {
    Peer p = sending("mss 1460", 20);
    timeout(p);
    ack(p, 1);
    assertThat(p.all()).extracting(s -> s.seq).containsExactly(seq(p, 10), seq(p, 11));
    ack(p, 1);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isZero();
    ack(p, 1);
    assertThat(p.info().ssthresh()).isLessThan(NONE);
    p.run(1000);
    assertThat(p.all()).anyMatch(s -> s.seq == seq(p, 1));
  }

  /** Step 2a: the first acknowledgement is a duplicate: conventional recovery. */
  @Test
  void withoutSackADuplicateFirstEndsTheMatter() {
    Peer p = sending("mss 1460", 20);
    timeout(p);
    ack(p, 0);
    ack(p, 1);
    assertThat(p.all()).extracting(s -> s.seq).startsWith(seq(p, 1));
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isZero();
  }

  /** Step 2b: without new data the conventional recovery goes on. */
  @Test
  void withoutNewDataTheRepairGoesOn() {
    Peer p = sending("mss 1460", 10);
    timeout(p);
    ack(p, 1);
    assertThat(p.all()).extracting(s -> s.seq).startsWith(seq(p, 1));
  }

  // ---- F-RTO with SACK (section 3.1)

  /** Step 3b: a SACK block for what was sent before the timeout, and not again. */
  @Test
  void withSackABlockOfOldDataTakesATimeoutBack() {
    Peer p = sending("mss 1460,sackOK", 30);
    timeout(p);
    ack(p, 1);
    p.discard();
    ack(p, 1, 2, 3);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isEqualTo(1);
  }

  /** Step 3a: a block of the new data says nothing of the old. */
  @Test
  void withSackABlockOfNewDataKeepsTheTimeout() {
    Peer p = sending("mss 1460,sackOK", 30);
    timeout(p);
    ack(p, 1);
    assertThat(p.all()).isNotEmpty().allMatch(s -> s.seq >= seq(p, 10));
    ack(p, 1, 11, 12);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isZero();
    p.run(100);
    assertThat(p.all()).anyMatch(s -> s.seq == seq(p, 1));
  }

  // ---- Eifel (RFC 3522 section 3.2)

  private static final String STAMPED = "mss 1460,TS val 1 ecr 0";

  /** The first acknowledgement after the timeout echoes the original. */
  @Test
  void anEchoOfTheOriginalTakesATimeoutBack() {
    Peer p = sending(STAMPED, 20);
    long original = p.lastTsVal;
    timeout(p);
    p.lastTsVal = original;
    ack(p, 1);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isEqualTo(1);
    assertThat(p.info().ssthresh()).isGreaterThan(NONE);
    assertThat(p.all()).allMatch(s -> s.seq >= seq(p, 10));
  }

  @Test
  void anEchoOfTheRetransmissionKeepsTheTimeout() {
    Peer p = sending(STAMPED, 10);
    p.network.runUntil(() -> p.count(Counter.TcpExtTCPTimeouts) > 0, 10 * Peer.S);
    p.all();
    p.run(20);
    ack(p, 1);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isZero();
    assertThat(p.info().ssthresh()).isLessThan(NONE);
  }

  /** An echo of what was never sent is no witness. */
  @Test
  void aForgedEchoIsNoWitness() {
    for (long forged : new long[] {-1_000_000, 1_000_000}) {
      Peer p = sending(STAMPED, 10);
      long original = p.lastTsVal;
      timeout(p);
      p.lastTsVal = original + forged & 0xffff_ffffL;
      ack(p, 1);
      assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isZero();
    }
  }

  /** A reordered segment was sent again: the echo tells, and the window returns. */
  @Test
  void anEchoOfTheOriginalTakesAFastRetransmitBack() {
    Peer p = sending("mss 1460,sackOK,TS val 1 ecr 0", 20);
    long original = p.lastTsVal;
    p.run(100);
    ack(p, 0, 1, 4);
    assertThat(p.all()).extracting(s -> s.seq).contains(1);
    assertThat(p.info().cwnd()).isEqualTo(5L * mss(p));
    p.run(10);
    p.lastTsVal = original;
    ack(p, 4);
    assertThat(p.count(Counter.TcpExtTCPPartialUndo)).isEqualTo(1);
    assertThat(p.info().cwnd()).isEqualTo(10L * mss(p));
    assertThat(p.info().ssthresh()).isGreaterThan(NONE);
  }

  /** A timeout within a fast recovery that was about nothing: the recovery goes on. */
  @Test
  void aSpuriousTimeoutWithinAFastRecoveryReducesNothingTwice() {
    Peer p = sending("mss 1460,sackOK,TS val 1 ecr 0", 20);
    p.run(100);
    ack(p, 0, 1, 4);
    assertThat(p.all()).extracting(s -> s.seq).contains(1);
    assertThat(p.info().ssthresh()).isEqualTo(5L * mss(p));
    long fastRetransmission = p.lastTsVal;
    timeout(p);
    p.lastTsVal = fastRetransmission;
    ack(p, 4);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isEqualTo(1);
    p.discard();
    p.run(100);
    ack(p, 4, 5, 9);
    assertThat(p.all()).extracting(s -> s.seq).contains(seq(p, 4));
    assertThat(p.info().ssthresh()).isEqualTo(5L * mss(p));
    ack(p, 10);
    assertThat(p.info().cwnd()).isEqualTo(5L * mss(p));
  }

  // ---- reports of duplicates

  /** The retransmission is reported as a duplicate after the recovery is over. */
  @Test
  void aReportedDuplicateTakesAFastRetransmitBack() {
    Peer p = sending("mss 1460,sackOK", 20);
    p.run(100);
    ack(p, 0, 1, 4);
    assertThat(p.all()).extracting(s -> s.seq).contains(1);
    p.run(10);
    ack(p, 10);
    p.discard();
    assertThat(p.info().cwnd()).isEqualTo(5L * MSS);
    p.run(90);
    ack(p, 10, 0, 1);
    assertThat(p.count(Counter.TcpExtTCPDSACKUndo)).isEqualTo(1);
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(10L * MSS);
  }

  /** Of two retransmissions one is reported: one was needed. */
  @Test
  void oneReportForTwoRetransmissionsTakesNothingBack() {
    Peer p = sending("mss 1460,sackOK", 10);
    p.run(100);
    ack(p, 0, 2, 9);
    p.run(100);
    assertThat(p.all()).extracting(s -> s.seq).contains(1, 1461);
    ack(p, 10);
    ack(p, 10, 0, 1);
    assertThat(p.count(Counter.TcpExtTCPDSACKUndo)).isZero();
    ack(p, 10, 0, 1);
    assertThat(p.count(Counter.TcpExtTCPDSACKUndo)).isZero();
    ack(p, 10, 1, 2);
    assertThat(p.count(Counter.TcpExtTCPDSACKUndo)).isEqualTo(1);
  }

  /** What was not sent again cannot have been a needless retransmission. */
  @Test
  void aForgedReportTakesNothingBack() {
    Peer p = sending("mss 1460,sackOK", 20);
    p.run(100);
    ack(p, 0, 1, 4);
    p.discard();
    p.run(10);
    ack(p, 10);
    for (int i = 1; i < 10; i++) {
      ack(p, 10, i, i + 1);
    }
    p.in(". 1:1(0) ack " + seq(p, 10) + " <nop,nop,sack 1:700>");
    p.in(". 1:1(0) ack " + seq(p, 10) + " <nop,nop,sack " + (1 - 2_000_000) + ":1461>");
    assertThat(p.count(Counter.TcpExtTCPDSACKUndo)).isZero();
    assertThat(p.info().ssthresh()).isEqualTo(5L * MSS);
  }

  /** A report that comes a round trip after the recovery is too late. */
  @Test
  void anOldReportTakesNothingBack() {
    Peer p = sending("mss 1460,sackOK", 40);
    p.run(100);
    ack(p, 0, 1, 4);
    p.discard();
    p.run(10);
    ack(p, 10);
    p.discard();
    p.run(100);
    ack(p, 12);
    p.discard();
    p.run(100);
    int sent = (int) ((p.info().bytesSent() - 1) / MSS);
    ack(p, sent);
    p.discard();
    ack(p, sent, 0, 1);
    assertThat(p.count(Counter.TcpExtTCPDSACKUndo)).isZero();
  }

  @Test
  void theProfileMayForbidIt() {
    Peer p = connected(STAMPED, Peer.profile(RENO, "undo", false));
    p.write(20 * mss(p));
    p.all();
    long original = p.lastTsVal;
    timeout(p);
    p.lastTsVal = original;
    ack(p, 1);
    ack(p, 2);
    assertThat(p.count(Counter.TcpExtTCPSpuriousRTOs)).isZero();
    assertThat(p.info().ssthresh()).isLessThan(NONE);
  }

  /** RFC 4015 section 3.1 step 11: afterwards the timer waits as long as the delay was. */
  @Test
  void afterASpuriousTimeoutTheTimerIsMoreConservative() {
    Peer p = sending(STAMPED, 20);
    long original = p.lastTsVal;
    timeout(p);
    p.lastTsVal = original;
    ack(p, 10);
    p.run(300);
    ack(p, 12);
    assertThat(p.info().srttNanos()).isEqualTo(300 * Peer.MS);
    assertThat(p.info().rttvarNanos()).isEqualTo(150 * Peer.MS);
    assertThat(p.info().rtoNanos()).isEqualTo(900 * Peer.MS);
  }
}
