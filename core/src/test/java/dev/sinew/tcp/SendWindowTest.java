package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the peer's window does to the sender: limits, shrinking, probes, silly windows, Nagle (RFC
 * 9293 sections 3.7.4, 3.8.6).
 */
class SendWindowTest {
  private static Peer plain() {
    Peer p = new Peer();
    p.acceptPlain();
    return p;
  }

  /** The peer's window is {@code window} from now on. */
  private static Peer offering(int window) {
    Peer p = plain();
    p.in(". 1:1(0) ack 1 win " + window);
    return p;
  }

  @Tag("RFC5681-2-a")
  @Tag("RFC9937-3-a")
  @Test
  void noMoreThanTheWindowIsSent() {
    Peer p = offering(4000);
    p.write(10_000);
    p.out(". 1:1461(1460) ack 1");
    p.out(". 1461:2921(1460) ack 1");
    // 1080 bytes are left of the window: less than a segment and than half of the largest window.
    p.quiet();
    p.in(". 1:1(0) ack 2921 win 4000");
    p.out(". 2921:4381(1460) ack 1");
    p.out(". 4381:5841(1460) ack 1");
    p.quiet();
  }

  /** MUST-1: the window is unsigned; scaled it may be more than 2^31 / 2. */
  @Test
  @Tag("MUST-1")
  @Tag("REC-1")
  void theLargestScaledWindowIsPositive() {
    Peer p = new Peer();
    p.accept("mss 1460,nop,wscale 14");
    p.in(". 1:1(0) ack 1 win 65535");
    assertThat(p.info().sendWindow()).isEqualTo(65_535L << 14);
    p.write(100_000);
    assertThat(p.pending()).isEqualTo(10);
  }

  @Tag("RFC7323-2.3-a")
  @Tag("RFC7323-2.3-c")
  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "7, 7", "14, 14", "15, 14", "255, 14"})
  void shiftsAreTakenUpToFourteen(int offered, int used) {
    Peer p = new Peer();
    p.accept("mss 1460,nop,wscale " + offered);
    assertThat(p.info().sendScale()).isEqualTo(used);
    assertThat(p.info().receiveScale()).isEqualTo(7);
    p.in(". 1:1(0) ack 1 win 3");
    assertThat(p.info().sendWindow()).isEqualTo(3L << used);
  }

  @Tag("RFC7323-2.2-a")
  @Test
  void withoutThePeersScaleThereIsNone() {
    Peer p = new Peer();
    p.connected("mss 1460");
    assertThat(p.info().sendScale()).isZero();
    assertThat(p.info().receiveScale()).isZero();
    p.in("P. 1:11(10) ack 1 win 100");
    assertThat(p.info().sendWindow()).isEqualTo(100);
    p.outAfter(40, ". 1:1(0) ack 11 win 65535");
  }

  /** RFC 7323 section 2.2: the shift is fixed by the SYNs; nobody changes it later. */
  @Tag("RFC7323-2.2-b")
  @Test
  void aScaleOnAnyOtherSegmentIsIgnored() {
    Peer p = new Peer();
    p.accept("mss 1460,nop,wscale 2");
    p.in(". 1:1(0) ack 1 win 100 <nop,wscale 9>");
    assertThat(p.info().sendScale()).isEqualTo(2);
    assertThat(p.info().sendWindow()).isEqualTo(400);
    Peer none = plain();
    none.in(". 1:1(0) ack 1 win 100 <nop,wscale 9>");
    assertThat(none.info().sendWindow()).isEqualTo(100);
    assertThat(none.info().receiveScale()).isZero();
  }

  /** RFC 7323 section 2.2: the window of a SYN is not scaled, in either direction. */
  @Tag("RFC7323-2.2-c")
  @Tag("RFC7323-2.3-a")
  @Test
  void theWindowOfASynIsNotScaled() {
    Peer p = new Peer();
    p.connect();
    assertThat(p.next().window).isEqualTo(65_535);
    p.in("S. 0:0(0) ack 1 win 1000 <mss 1460,nop,wscale 7>");
    assertThat(p.info().sendWindow()).isEqualTo(1000);
    p.discard();
    p.in(". 1:1(0) ack 1 win 1000");
    assertThat(p.info().sendWindow()).isEqualTo(128_000);
  }

  // ---- the window shrinks

  /**
   * MUST-34: what was sent beyond the new edge stays sent; nothing new goes until there is room.
   */
  @Tag("RFC7323-2.4")
  @Test
  @Tag("MUST-34")
  @Tag("SHLD-15")
  void aShrunkWindowStopsNewDataOnly() {
    Peer p = plain();
    p.write(20_000);
    assertThat(p.all()).hasSize(10);
    p.in(". 1:1(0) ack 1461 win 1460");
    p.quiet().state(TcpState.ESTABLISHED);
    p.in(". 1:1(0) ack 14601 win 65535");
    assertThat(p.all()).hasSize(3);
    p.in(". 1:1(0) ack 18981");
    p.out("P. 18981:20001(1020) ack 1");
  }

  /**
   * MUST-35: shrunk to zero with data in flight: the retransmission is the probe, and the
   * connection does not end while they are answered.
   */
  @Tag("RFC7323-2.4")
  @Test
  @Tag("MUST-35")
  @Tag("SHLD-17")
  void aWindowShrunkToZeroIsProbedForAsLongAsThePeerAnswers() {
    Peer p = plain();
    p.write(1000);
    p.out("P. 1:1001(1000) ack 1");
    p.in(". 1:1(0) ack 1 win 0");
    for (int i = 0; i < 40; i++) {
      p.network.runUntil(() -> p.pending() > 0, 61 * Peer.S);
      Seg probe = p.next();
      assertThat(probe.seq).isEqualTo(1);
      p.in(". 1:1(0) ack 1 win 0");
    }
    p.state(TcpState.ESTABLISHED);
    p.in(". 1:1(0) ack 1 win 1000");
    p.out("P. 1:1001(1000) ack 1");
    p.outAfter(200, "P. 1:1001(1000) ack 1");
    p.in(". 1:1(0) ack 1001");
    assertThat(p.app().unacknowledged()).isZero();
  }

  /**
   * The peer takes no segment beyond its window (section 3.4), so an ACK at SND.NXT would not reach
   * it: what it has sent would stay unacknowledged for as long as its window is shut, and for ever
   * if it waits for that before it reads.
   */
  @Test
  @Tag("MUST-34")
  void anAckLiesWithinTheShrunkWindow() {
    Peer p = plain();
    p.write(14_600);
    assertThat(p.all()).hasSize(10);
    p.in(". 1:1(0) ack 1461 win 2920");
    p.in("P. 1:11(10) ack 1461 win 2920");
    p.outAfter(40, ". 4381:4381(0) ack 11");
    p.in("P. 11:21(10) ack 1461 win 0");
    p.outAfter(40, ". 1461:1461(0) ack 21");
    p.in("P. 21:31(10) ack 14601 win 0");
    p.outAfter(40, ". 14601:14601(0) ack 31");
  }

  /** A shift rounds the window down: up to one step of it is no retreat. */
  @Test
  void anEdgeRoundedByTheShiftIsNoShrunkWindow() {
    Peer p = new Peer();
    p.window = 100;
    p.accept("mss 1460,nop,wscale 7");
    p.app().setNoDelay(true);
    p.write(12_800);
    int sent = p.all().stream().mapToInt(s -> s.length).sum();
    assertThat(sent).isEqualTo(12_800);
    p.in("P. 1:11(10) ack 101 win 99");
    p.outAfter(40, ". 12801:12801(0) ack 11");
  }

  /** What lies in the smaller window is sent again as ever, and whole segments beyond its edge. */
  @Test
  @Tag("SHLD-16")
  @Tag("MAY-7")
  void whatAShrunkWindowHoldsIsSentAgain() {
    Peer p = plain();
    p.write(4 * 1460);
    assertThat(p.all()).hasSize(4);
    p.in(". 1:1(0) ack 1 win 2000");
    p.outAfter(200, ". 1:1461(1460) ack 1");
    p.outAfter(400, ". 1:1461(1460) ack 1");
    p.in(". 1:1(0) ack 1461 win 540");
    p.outAfter(800, ". 1461:2921(1460) ack 1");
    p.in(". 1:1(0) ack 2921 win 2920");
    p.out(". 2921:4381(1460) ack 1");
    p.out("P. 4381:5841(1460) ack 1");
    p.quiet();
  }

  // ---- zero windows and probes

  @Test
  void withoutDataThereAreNoProbes() {
    offering(0).quietFor(3600 * Peer.S);
  }

  /**
   * SHLD-29, SHLD-30: the first after an RTO, then doubled; SEQ = SND.UNA - 1 so that the peer must
   * answer.
   */
  @Test
  @Tag("MUST-36")
  @Tag("MUST-37")
  @Tag("SHLD-29")
  @Tag("SHLD-30")
  void aZeroWindowIsProbedAtGrowingIntervals() {
    Peer p = offering(0);
    p.write(100);
    for (int ms = 200; ms <= 51_200; ms *= 2) {
      p.outAfter(ms, ". 0:0(0) ack 1");
      p.in(". 1:1(0) ack 1 win 0");
    }
    for (int i = 0; i < 100; i++) {
      p.outAfter(60_000, ". 0:0(0) ack 1");
      p.in(". 1:1(0) ack 1 win 0");
    }
    p.in(". 1:1(0) ack 1 win 1000");
    p.out("P. 1:101(100) ack 1");
  }

  @Test
  void probesThatNobodyAnswersEndTheConnection() {
    Peer p = offering(0);
    p.write(100);
    p.run(3_600_000);
    p.state(TcpState.CLOSED);
    assertThat(p.app().takeError()).isEqualTo(TcpError.TIMED_OUT);
    // As many probes as data would have been sent again, then RST.
    assertThat(p.all()).hasSize(17).last().satisfies(s -> assertThat(s.has(Seg.RST)).isTrue());
    p.nothingLeft();
  }

  @Test
  @Tag("MUST-36")
  void aFinBehindAZeroWindowIsProbedToo() {
    Peer p = offering(0);
    p.close();
    p.outAfter(200, ". 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1 win 1");
    p.out("F. 1:1(0) ack 1");
  }

  @Test
  void whenTheWindowOpensAfterProbesTheNextShutIsProbedFromTheStart() {
    Peer p = offering(0);
    p.write(2000);
    p.outAfter(200, ". 0:0(0) ack 1");
    p.outAfter(400, ". 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1 win 1460");
    p.out(". 1:1461(1460) ack 1");
    p.in(". 1:1(0) ack 1461 win 0");
    p.outAfter(200, ". 1460:1460(0) ack 1");
  }

  @Test
  @Tag("RFC9293-3.10.8-a")
  void theUserTimeoutEndsProbingToTheMoment() {
    Peer p = offering(0);
    p.app().setUserTimeout(10 * Peer.S);
    p.write(100);
    long start = p.network.now();
    p.run(5000);
    p.discard();
    p.in(". 1:1(0) ack 1 win 0");
    p.network.runUntil(() -> p.app().state() == TcpState.CLOSED, 20 * Peer.S);
    assertThat((p.network.now() - start) / 1e9).isBetween(10.0, 10.3);
    assertThat(p.app().takeError()).isEqualTo(TcpError.TIMED_OUT);
  }

  /** Row 60: the update that opens the window is lost; the next probe brings it again. */
  @Test
  void aLostWindowUpdateIsMadeGoodByTheProbe() {
    Peer p = offering(0);
    p.write(100);
    p.outAfter(200, ". 0:0(0) ack 1");
    p.outAfter(400, ". 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1 win 65535");
    p.out("P. 1:101(100) ack 1");
  }

  // ---- silly windows (MUST-38)

  @Test
  @Tag("MUST-38")
  void aTinyWindowIsUsedOnlyAfterTheOverrideTime() {
    Peer p = plain();
    p.in(". 1:1(0) ack 1 win 10");
    p.write(1000);
    p.quiet();
    p.outAfter(200, ". 1:11(10) ack 1");
    p.in(". 1:1(0) ack 11 win 10");
    p.outAfter(200, ". 11:21(10) ack 1");
  }

  /** Row 61: a window of 1 to MSS - 1 for ever still lets everything through. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100, 700, 1459})
  void aWindowSmallerThanASegmentForEverStillTransfers(int window) {
    Peer p = offering(window);
    int total = Math.min(20 * window, 5000);
    p.write(total);
    int acked = 0;
    while (acked < total) {
      p.network.runUntil(() -> p.pending() > 0, 61 * Peer.S);
      for (Seg s : p.all()) {
        assertThat(s.length).isLessThanOrEqualTo(window);
        acked = Math.max(acked, s.seq + s.length - 1);
      }
      p.in(". 1:1(0) ack " + (acked + 1) + " win " + window);
    }
  }

  @Test
  @Tag("MUST-38")
  void halfOfTheLargestWindowIsWorthASegment() {
    Peer p = new Peer();
    p.window = 1000;
    p.acceptPlain();
    p.write(5000);
    p.out(". 1:1001(1000) ack 1");
    p.in(". 1:1(0) ack 1001 win 400");
    p.quiet();
    p.in(". 1:1(0) ack 1001 win 500");
    p.out(". 1001:1501(500) ack 1");
  }

  // ---- Nagle (section 3.7.4)

  @Test
  @Tag("MUST-60")
  @Tag("SHLD-7")
  @Tag("SHLD-27")
  @Tag("MAY-16")
  void whileSomethingIsUnacknowledgedSmallSegmentsWait() {
    Peer p = plain();
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.write(10);
    p.write(10);
    p.quiet();
    p.in(". 1:1(0) ack 11");
    p.out("P. 11:31(20) ack 1");
  }

  @Test
  @Tag("SHLD-7")
  @Tag("SHLD-28")
  void aFullSegmentDoesNotWait() {
    Peer p = plain();
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.write(1470);
    p.out(". 11:1471(1460) ack 1");
    p.quiet();
    p.in(". 1:1(0) ack 1471");
    p.out("P. 1471:1481(10) ack 1");
  }

  /** What counts as full is the payload beside this segment's options. */
  @Test
  void aFullSegmentIsOneBesideItsOptions() {
    Peer p = new Peer();
    p.accept();
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.write(1448);
    p.out("P. 11:1459(1448) ack 1");
  }

  @Test
  @Tag("MUST-17")
  void noDelaySendsAtOnce() {
    Peer p = plain();
    p.app().setNoDelay(true);
    for (int i = 0; i < 5; i++) {
      p.write(10);
      p.out("P. " + (1 + i * 10) + ":" + (11 + i * 10) + "(10) ack 1");
    }
  }

  @Test
  @Tag("MUST-17")
  void switchingNagleOffSendsWhatWaits() {
    Peer p = plain();
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.write(5);
    p.quiet();
    p.app().setNoDelay(true);
    p.out("P. 11:16(5) ack 1");
  }

  @Test
  void aFinDoesNotWaitForNagle() {
    Peer p = plain();
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.write(5);
    p.close();
    p.out("FP. 11:16(5) ack 1");
  }

  @Test
  @Tag("MUST-60")
  void aCorkHoldsBackForOneTimeout() {
    Peer p = plain();
    p.app().setCork(true);
    p.write(10);
    p.outAfter(200, "P. 1:11(10) ack 1");
    p.in(". 1:1(0) ack 11");
    p.write(2000);
    p.out(". 11:1471(1460) ack 1");
    p.quiet();
    p.app().setCork(false);
    p.in(". 1:1(0) ack 1471");
    p.out("P. 1471:2011(540) ack 1");
  }

  /** MUST-61: PSH on the last of what was written. */
  @Test
  @Tag("MUST-61")
  void pushIsOnTheLastSegmentOnly() {
    Peer p = plain();
    p.write(5000);
    assertThat(p.all()).extracting(s -> s.has(Seg.PSH)).containsExactly(false, false, false);
    p.in(". 1:1(0) ack 4381");
    p.out("P. 4381:5001(620) ack 1");
  }

  // ---- segment sizes (section 3.7.1)

  @ParameterizedTest
  @CsvSource({
    "'', 536",
    "mss 0, 536",
    "mss 10, 216",
    "mss 216, 216",
    "mss 500, 500",
    "mss 1460, 1460",
    "mss 9000, 1460"
  })
  @Tag("MUST-14")
  @Tag("MUST-15")
  @Tag("MUST-16")
  void theSegmentSizeIsThePeersWithinBounds(String options, int size) {
    Peer p = new Peer();
    p.accept(options);
    p.write(3000);
    assertThat(p.next().length).isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({"'', 1220", "mss 0, 1220", "mss 1000, 1000", "mss 1440, 1440", "mss 9000, 1440"})
  @Tag("MUST-14")
  @Tag("MUST-15")
  @Tag("MUST-16")
  void theSameOverIpv6(String options, int size) {
    Peer p = new Peer(false, dev.sinew.base.Profile.STANDARD, dev.sinew.base.Limits.DEFAULT);
    p.accept(options);
    p.write(3000);
    assertThat(p.next().length).isEqualTo(size);
  }

  @Test
  void linuxGoesDownToFortyEight() {
    Peer p = new Peer(dev.sinew.base.Profile.LINUX);
    p.accept("mss 1");
    p.write(1000);
    assertThat(p.next().length).isEqualTo(48);
  }

  /** MUST-16: options take from the payload, SACK blocks of this segment too. */
  @Test
  @Tag("MUST-16")
  void optionsReduceThePayload() {
    Peer p = new Peer();
    p.accept();
    p.write(3000);
    p.out(". 1:1449(1448) ack 1");
    p.discard();
    p.in(". 1449:2897(1448) ack 1449");
    p.discard();
    p.app().setNoDelay(true);
    p.in(". 5000:5100(100) ack 2897");
    p.discard();
    p.write(3000);
    Seg s = p.next();
    assertThat(s.options).contains("sack 5000:5100 1449:2897");
    assertThat(s.length).isEqualTo(1460 - 12 - 20);
  }

  // ---- urgent data (section 3.8.5)

  @Test
  @Tag("MUST-30")
  @Tag("MUST-62")
  void theUrgentPointerPointsBehindTheUrgentByte() {
    Peer p = plain();
    p.rawData = true;
    p.write(5);
    p.discard();
    assertThat(p.app().writeUrgent('!')).isEqualTo(1);
    p.pump();
    p.app().setNoDelay(true);
    p.out("PU. 6:7(1) ack 1 urg 1");
    p.app().write(new byte[10], 0, 10);
    p.out("P. 7:17(10) ack 1");
  }

  @Test
  @Tag("MUST-30")
  @Tag("MUST-62")
  void everySegmentBeforeTheUrgentByteAnnouncesIt() {
    Peer p = plain();
    p.rawData = true;
    p.app().write(new byte[3000], 0, 3000);
    p.app().writeUrgent('!');
    p.out("U. 1:1461(1460) ack 1 urg 3001");
    p.out("U. 1461:2921(1460) ack 1 urg 1541");
    p.in(". 1:1(0) ack 2921");
    p.out("PU. 2921:3002(81) ack 1 urg 81");
  }
}
