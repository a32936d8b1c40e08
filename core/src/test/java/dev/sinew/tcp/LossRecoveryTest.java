package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Fast retransmit, NewReno and limited transmit on the wire (RFC 5681 section 3.2, RFC 6582, RFC
 * 3042).
 */
class LossRecoveryTest {
  private static final int MSS = 1460;

  /** The thresholds of these tests are RFC 5681's. */
  private static Peer reno() {
    // Without probing for black holes, which would shrink what is sent for the third time.
    return new Peer(
        Profile.STANDARD.with(v -> {
          v.congestionControl = "reno";
          v.mtuProbing = Profile.MtuProbing.OFF;
        }));
  }

  /** {@code segments} full segments are in flight; cwnd is ten segments. */
  private static Peer sending(int segments, int written) {
    Peer p = reno();
    p.acceptPlain();
    p.write(written * MSS);
    assertThat(p.all()).hasSize(segments);
    return p;
  }

  private static int seq(int segment) {
    return 1 + segment * MSS;
  }

  private static Peer ack(Peer p, int segment) {
    return p.in(". 1:1(0) ack " + seq(segment));
  }

  private static String segment(int i) {
    return ". " + seq(i) + ":" + seq(i + 1) + "(" + MSS + ") ack 1";
  }

  @Tag("RFC5681-3.1-g")
  @Tag("RFC5681-3.2-c")
  @Tag("RFC5681-3.2-g")
  @Tag("RFC5681-3.2-i")
  @Tag("RFC5681-3.2-l")
  @Test
  void theThirdDuplicateAckSendsTheLostSegmentAgain() {
    Peer p = sending(10, 10);
    ack(p, 0).quiet();
    ack(p, 0).quiet();
    ack(p, 0);
    p.out(segment(0));
    p.quiet();
    assertThat(p.info().ssthresh()).isEqualTo(5L * MSS);
    assertThat(p.info().cwnd()).isEqualTo(5L * MSS);
    assertThat(p.count(Counter.TcpExtTCPFastRetrans)).isEqualTo(1);
    for (int i = 0; i < 7; i++) {
      ack(p, 0);
    }
    p.quiet();
    ack(p, 10);
    // RFC 6582 section 3.2 step 3: min(ssthresh, max(FlightSize, SMSS) + SMSS).
    assertThat(p.info().cwnd()).isEqualTo(2L * MSS);
    p.quietFor(Peer.S);
  }

  /** RFC 3042: the first two duplicate ACKs each let one new segment go. */
  @Tag("RFC5681-3.2-d")
  @Test
  void theFirstTwoDuplicateAcksLetNewSegmentsGo() {
    Peer p = sending(10, 20);
    ack(p, 0);
    p.out(segment(10));
    ack(p, 0);
    p.out(segment(11));
    ack(p, 0);
    p.out(segment(0));
    p.quiet();
  }

  @Tag("RFC5681-3.2-e")
  @Tag("RFC5681-3.2-h")
  @Test
  void limitedTransmitLeavesTheWindow() {
    Peer p = sending(10, 20);
    long cwnd = p.info().cwnd();
    ack(p, 0);
    assertThat(p.info().cwnd()).isEqualTo(cwnd);
    ack(p, 0);
    assertThat(p.info().cwnd()).isEqualTo(cwnd);
    assertThat(p.all()).hasSize(2);
    // They do not count: half of ten, not of twelve.
    ack(p, 0);
    assertThat(p.info().ssthresh()).isEqualTo(5L * MSS);
  }

  /** RFC 5681 section 3.1: neither the SYN-ACK nor its ACK is an ACK of data. */
  @Tag("RFC5681-3.1-c")
  @Test
  void theHandshakeDoesNotGrowTheWindow() {
    Peer active = reno();
    active.connected("mss 1460");
    active.write(20 * MSS);
    assertThat(active.all()).hasSize(10);
    Peer passive = reno();
    passive.acceptPlain();
    passive.write(20 * MSS);
    assertThat(passive.all()).hasSize(10);
  }

  @Tag("RFC5681-3.2-d")
  @Test
  void limitedTransmitStaysInsideThePeersWindow() {
    Peer p = reno();
    p.window = 10 * MSS;
    p.acceptPlain();
    p.write(20 * MSS);
    assertThat(p.all()).hasSize(10);
    ack(p, 0).quiet();
    ack(p, 0).quiet();
  }

  /**
   * Step 5 of RFC 5681 section 3.2: each further duplicate ACK is a segment that has left; beyond
   * half the window new ones go.
   */
  @Tag("RFC5681-3.2-i")
  @Tag("RFC5681-3.2-j")
  @Tag("RFC5681-3.2-k")
  @Test
  void duplicateAcksInflateTheWindow() {
    Peer p = sending(10, 40);
    ack(p, 0);
    ack(p, 0);
    ack(p, 0);
    p.discard();
    // 12 in flight, ssthresh 6: after 3 + 3 more duplicate ACKs the network holds 6.
    int sent = 0;
    for (int i = 0; i < 9; i++) {
      ack(p, 0);
      sent += p.all().size();
    }
    assertThat(sent).isBetween(5, 7);
  }

  /**
   * RFC 6582: a partial ACK says that the next segment is lost too; it goes at once, without three
   * more duplicate ACKs.
   */
  @Test
  void eachPartialAckSendsTheNextLostSegment() {
    Peer p = sending(10, 10);
    for (int i = 0; i < 3; i++) {
      ack(p, 0);
    }
    p.out(segment(0));
    for (int i = 0; i < 4; i++) {
      ack(p, 0);
    }
    ack(p, 2);
    p.out(segment(2));
    p.quiet();
    ack(p, 5);
    p.out(segment(5));
    p.quiet();
    ack(p, 10);
    p.quietFor(10 * Peer.S);
    assertThat(p.app().unacknowledged()).isZero();
    assertThat(p.count(Counter.TcpExtTCPTimeouts)).isZero();
  }

  /** RFC 6582 section 3.2 step 2: losses of one window count once. */
  @Test
  void duplicateAcksAfterAFullAckDoNotBeginAgain() {
    Peer p = sending(10, 10);
    for (int i = 0; i < 3; i++) {
      ack(p, 0);
    }
    p.out(segment(0));
    ack(p, 10);
    long ssthresh = p.info().ssthresh();
    p.write(MSS * 2);
    p.discard();
    for (int i = 0; i < 5; i++) {
      ack(p, 10);
    }
    p.quiet();
    assertThat(p.info().ssthresh()).isEqualTo(ssthresh);
  }

  @Test
  void afterATimeoutDuplicateAcksOfTheSameWindowDoNothing() {
    Peer p = sending(10, 10);
    p.outAfter(200, segment(0));
    for (int i = 0; i < 9; i++) {
      ack(p, 0);
    }
    p.quiet();
    assertThat(p.count(Counter.TcpExtTCPFastRetrans)).isZero();
  }

  /** Section 2 of RFC 5681 says what a duplicate ACK is; nothing else is one. */
  @Tag("RFC5681-2-b")
  @Test
  void whatIsNoDuplicateAckDoesNotCount() {
    Peer p = sending(10, 10);
    for (int i = 0; i < 10; i++) {
      p.in(". 1:1(0) ack 1 win " + (60_000 + i));
    }
    p.quiet();
    for (int i = 0; i < 10; i++) {
      p.in("P. " + (1 + i) + ":" + (2 + i) + "(1) ack 1 win 60009");
    }
    p.run(50);
    assertThat(p.all()).noneMatch(s -> s.length > 0);
  }

  @Tag("RFC5681-2-b")
  @Tag("RFC5681-3.1-f")
  @Test
  void duplicateAcksWithNothingOutstandingDoNothing() {
    Peer p = reno();
    p.acceptPlain();
    for (int i = 0; i < 10; i++) {
      p.in(". 1:1(0) ack 1");
    }
    p.quiet();
    p.write(MSS);
    p.out("P. 1:1461(1460) ack 1");
    assertThat(p.info().ssthresh()).isGreaterThan(1 << 30);
  }

  /** xarxa 091. */
  @Test
  void aFinAloneMayBeSentAgainFast() {
    Peer p = reno();
    p.acceptPlain();
    p.close();
    p.out("F. 1:1(0) ack 1");
    for (int i = 0; i < 3; i++) {
      p.in(". 1:1(0) ack 1");
    }
    p.out("F. 1:1(0) ack 1");
    p.in(". 1:1(0) ack 2").quiet();
  }

  /** Smoltcp: fast retransmit ignores cwnd, but not a window of zero. */
  @Test
  void aWindowOfZeroStopsFastRetransmit() {
    Peer p = sending(10, 10);
    p.in(". 1:1(0) ack 1 win 0");
    for (int i = 0; i < 5; i++) {
      p.in(". 1:1(0) ack 1 win 0");
    }
    p.quiet();
  }

  @Tag("RFC6298-5.4")
  @Tag("RFC5681-3.1-m")
  @Tag("RFC5681-3.1-o")
  @Tag("RFC5681-3.1-p")
  @Test
  @Tag("MUST-19")
  void aTimeoutRepairsTheWholeWindowInSlowStart() {
    Peer p = sending(10, 10);
    p.outAfter(200, segment(0));
    assertThat(p.info().cwnd()).isEqualTo(MSS);
    assertThat(p.info().ssthresh()).isEqualTo(5L * MSS);
    p.quiet();
    ack(p, 1);
    p.out(segment(1));
    p.out(segment(2));
    p.quiet();
    ack(p, 3);
    // RFC 3465 section 2.3: one segment per ACK while a timeout is repaired.
    List<Seg> next = p.all();
    assertThat(next).hasSize(3);
    assertThat(next.getFirst().seq).isEqualTo(seq(3));
    ack(p, 10);
    p.quietFor(Peer.S);
  }

  @Tag("RFC5681-3.1-n")
  @Test
  void asecondTimeoutOfTheSameDataKeepsTheThreshold() {
    Peer p = sending(10, 10);
    p.outAfter(200, segment(0));
    p.outAfter(400, segment(0));
    p.outAfter(800, segment(0));
    assertThat(p.info().ssthresh()).isEqualTo(5L * MSS);
    assertThat(p.info().cwnd()).isEqualTo(MSS);
  }

  @Tag("RFC5681-4.3-c")
  @Test
  void aNewTimeoutAfterProgressHalvesAgain() {
    Peer p = sending(10, 10);
    p.outAfter(200, segment(0));
    ack(p, 1);
    p.discard();
    p.network.runUntil(() -> p.pending() > 0, Peer.S);
    assertThat(p.info().ssthresh()).isLessThan(5L * MSS);
  }

  /** Optimistic and divided ACKs (Savage): cwnd grows by bytes, not by ACKs. */
  @Tag("RFC5681-3.1-i")
  @Test
  void dividedAcksGrowNoMoreThanTheirBytes() {
    Peer p = sending(10, 100);
    for (int i = 1; i <= MSS; i += 10) {
      p.in(". 1:1(0) ack " + (1 + i));
    }
    p.in(". 1:1(0) ack " + seq(1));
    assertThat(p.info().cwnd()).isLessThanOrEqualTo(11L * MSS);
  }

  @Tag("RFC5681-2-a")
  @Tag("RFC5681-3")
  @Tag("RFC5681-3.1-a")
  @Test
  @Tag("MUST-19")
  void slowStartDoublesAndApplicationsThatSendLittleDoNotGrow() {
    Peer p = sending(10, 30);
    ack(p, 10);
    assertThat(p.info().cwnd()).isEqualTo(20L * MSS);
    assertThat(p.all()).hasSize(20);
    ack(p, 30);
    p.discard();
    long before = p.info().cwnd();
    for (int i = 0; i < 50; i++) {
      p.write(100);
      p.discard();
      p.in(". 1:1(0) ack " + (seq(30) + 100 * (i + 1)));
    }
    assertThat(p.info().cwnd()).isEqualTo(before);
  }

  /**
   * RFC 5681 section 4.1: after an idle time of an RTO the restart window; ACKs that we send
   * meanwhile do not count as sending.
   */
  @Tag("RFC5681-4.1")
  @Test
  void afterAnIdleTimeTheWindowIsTheInitialOneAgain() {
    for (boolean receiving : new boolean[] {false, true}) {
      Peer p = sending(10, 30);
      ack(p, 10);
      p.discard();
      ack(p, 30);
      p.discard();
      assertThat(p.info().cwnd()).isGreaterThan(10L * MSS);
      for (int i = 0; i < 40; i++) {
        p.run(100);
        if (receiving) {
          p.in("P. " + (1 + i) + ":" + (2 + i) + "(1) ack " + seq(30));
        }
      }
      p.run(50);
      p.discard();
      p.write(40 * MSS);
      assertThat(p.all()).as("receiving %s", receiving).hasSize(10);
    }
  }
}
