package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Test;

/** Timestamps and PAWS (RFC 7323 sections 3 to 5). */
class TimestampsTest {
  private static Peer peer() {
    Peer p = new Peer();
    p.accept();
    return p;
  }

  private static String ts(int val, long ecr) {
    return "<nop,nop,TS val " + (val & 0xffff_ffffL) + " ecr " + ecr + ">";
  }

  @Test
  void everySegmentCarriesAndEchoesThem() {
    Peer p = peer();
    p.run(10);
    p.in("P. 1:11(10) ack 1");
    int sent = p.clock();
    p.run(30);
    p.write(10);
    Seg s = p.out("P. 1:11(10) ack 11");
    assertThat(s.options).matches("nop,nop,TS val \\d+ ecr " + sent);
  }

  @Test
  void withoutThePeersOfferThereAreNone() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(10);
    p.out("P. 1:11(10) ack 1 <>");
    // What comes with one all the same is not looked at.
    p.in("P. 1:11(10) ack 11 " + ts(1, 0));
    p.in("P. 11:21(10) ack 11 " + ts(0, 0));
    p.read(20);
    p.run(50);
    p.out(". 11:11(0) ack 21 <>");
  }

  @Test
  void aResetCarriesNone() {
    Peer p = peer();
    p.app().abort();
    p.pump();
    p.out("R. 1:1(0) ack 1 <>");
  }

  /**
   * Section 4.3: the echo is that of the segment which the ACK is about; of several, the earliest.
   */
  @Test
  void theEchoIsThatOfTheEarliestUnacknowledgedSegment() {
    Peer p = peer();
    p.run(10);
    int first = p.clock();
    p.in("P. 1:11(10) ack 1");
    p.run(20);
    p.in("P. 11:21(10) ack 1");
    Seg ack = p.outAfter(20, ". 1:1(0) ack 21");
    assertThat(ack.value("ecr")).isEqualTo(first);
  }

  /** Section 4.3: out-of-order segments do not move TS.Recent; the one that fills the gap does. */
  @Test
  void outOfOrderSegmentsAreNotEchoed() {
    Peer p = peer();
    p.run(10);
    int before = p.clock();
    p.in("P. 1:11(10) ack 1");
    p.run(50);
    p.discard();
    p.run(50);
    p.in("P. 21:31(10) ack 1");
    assertThat(p.next().value("ecr")).isEqualTo(before);
    p.run(50);
    int filling = p.clock();
    p.in("P. 11:21(10) ack 1");
    assertThat(p.next().value("ecr")).isEqualTo(filling);
  }

  /** Section 5.3 R1: an old duplicate is dropped and acknowledged. */
  @Test
  void anOlderTimestampIsDroppedAndAnswered() {
    Peer p = peer();
    p.run(100);
    p.in("P. 1:11(10) ack 1");
    p.run(50);
    p.discard();
    int recent = p.clock() - 50;
    p.in("P. 11:21(10) ack 1 " + ts(recent - 1, p.lastTsVal));
    assertThat(p.out(". 1:1(0) ack 11").value("ecr")).isEqualTo(recent);
    p.read(10).readGives(TcpError.WOULD_BLOCK);
    assertThat(p.count(Counter.TcpExtPAWSEstab)).isEqualTo(1);
    p.in("P. 11:21(10) ack 1 " + ts(recent, p.lastTsVal));
    p.read(10);
  }

  /**
   * Section 5.3's example of what its rules discard unnecessarily: a retransmission has moved
   * TS.Recent on, and then an original that is older than it comes late, for a gap behind.
   */
  @Test
  void whatComesLateForAGapIsTaken() {
    Peer p = peer();
    p.run(100);
    p.in("P. 1:11(10) ack 1");
    int sent = p.clock();
    p.run(50);
    // 11:21 and 31:41 are missing, the first of which comes again.
    p.in("P. 21:31(10) ack 1 " + ts(sent, p.lastTsVal));
    p.in("P. 41:51(10) ack 1 " + ts(sent, p.lastTsVal));
    p.in("P. 11:21(10) ack 1");
    p.discard();
    p.in("P. 31:41(10) ack 1 " + ts(sent, p.lastTsVal));
    assertThat(p.out(". 1:1(0) ack 51").value("ecr")).isEqualTo(sent + 50);
    p.read(50);
    assertThat(p.count(Counter.TcpExtPAWSEstab)).isZero();
  }

  /**
   * The floor for that lags by one to two windows, here 20 to 40 ms: what is older cannot have been
   * sent for the gap.
   */
  @Test
  void anOldDuplicateForAGapIsDropped() {
    Limits small =
        Limits.DEFAULT.with(
            v -> {
              v.receiveBufferBytes = 20_000;
              v.maxReceiveBufferBytes = 20_000;
            });
    Peer p = new Peer(true, Profile.STANDARD, small);
    p.accept();
    int at = 1;
    for (int i = 0; i < 200; i++) {
      p.run(1);
      p.in("P. " + at + ":" + (at + 1000) + "(1000) ack 1");
      p.read(1000);
      at += 1000;
    }
    p.run(1);
    p.in("P. " + (at + 1000) + ":" + (at + 2000) + "(1000) ack 1");
    String late = "P. " + at + ":" + (at + 1000) + "(1000) ack 1 ";
    for (int age : new int[] {201, 100, 50}) {
      p.in(late + ts(p.clock() - age, p.lastTsVal));
      assertThat(p.app().available()).as("%d ms old", age).isZero();
    }
    assertThat(p.count(Counter.TcpExtPAWSEstab)).isEqualTo(3);
    p.in(late + ts(p.clock() - 15, p.lastTsVal));
    p.read(2000);
  }

  /** Behind everything that has come there is no gap: the strict rule holds. */
  @Test
  void behindTheLastGapAnOlderTimestampIsDropped() {
    Peer p = peer();
    p.run(100);
    p.in("P. 1:11(10) ack 1");
    int sent = p.clock();
    p.run(50);
    p.in("P. 11:21(10) ack 1");
    p.in("P. 31:41(10) ack 1");
    p.in("P. 41:51(10) ack 1 " + ts(sent, p.lastTsVal));
    assertThat(p.count(Counter.TcpExtPAWSEstab)).isEqualTo(1);
    // Nor does a bare ACK pass, or a repetition of what is here.
    p.in(". 21:21(0) ack 1 " + ts(sent, p.lastTsVal));
    p.in("P. 11:21(10) ack 1 " + ts(sent, p.lastTsVal));
    assertThat(p.count(Counter.TcpExtPAWSEstab)).isEqualTo(3);
  }

  @Test
  void timestampsWrap() {
    Peer p = new Peer();
    p.timestampBase = -1050;
    p.accept("mss 1460,sackOK,TS val " + (p.clock() & 0xffff_ffffL) + " ecr 0,nop,wscale 7");
    int at = 0;
    for (int i = 0; i < 20; i++) {
      p.in("P. " + (1 + at) + ":" + (11 + at) + "(10) ack 1");
      at += 10;
      p.run(10);
    }
    p.read(200);
    assertThat(p.clock()).isPositive();
    p.in("P. 201:211(10) ack 1 " + ts(-20, p.lastTsVal));
    p.readGives(TcpError.WOULD_BLOCK);
  }

  /** CVE-2005-0356: a forged far-future timestamp outside the window must not poison TS.Recent. */
  @Test
  void aSegmentOutsideTheWindowDoesNotPoisonTsRecent() {
    Peer p = peer();
    p.in("P. 100000:100010(10) ack 1 " + ts(0x7000_0000, p.lastTsVal));
    p.in("P. 65536:65546(10) ack 1 " + ts(0x7000_0000, p.lastTsVal));
    // In the window, but beyond Last.ACK.sent.
    p.in("P. 1000:1010(10) ack 1 " + ts(0x7000_0000, p.lastTsVal));
    p.discard();
    p.in("P. 1:11(10) ack 1");
    p.read(10);
  }

  /** Section 5.2: a reset needs no timestamp and is not judged by it. */
  @Test
  void resetsAreExempt() {
    for (String options : new String[] {"<noTS>", ts(1, 0)}) {
      Peer p = peer();
      p.run(1000);
      p.in("R 1:1(0) " + options).quiet().state(TcpState.CLOSED);
    }
  }

  /** Section 5.5: after 24 days of silence TS.Recent says nothing any more. */
  @Test
  void afterTwentyFourDaysAnyTimestampIsTaken() {
    for (int days : new int[] {23, 25}) {
      Peer p = peer();
      p.network.runFor(days * 86_400L * Peer.S);
      p.in("P. 1:11(10) ack 1 " + ts(1, p.lastTsVal));
      assertThat(p.app().available()).isEqualTo(days > 24 ? 10 : 0);
    }
  }

  /**
   * Section 3.2 lets a segment without timestamp be dropped; everybody takes it, unless the profile
   * says otherwise.
   */
  @Test
  void aSegmentWithoutTimestampIsTakenUnlessTheProfileForbidsIt() {
    Peer p = peer();
    p.in("P. 1:11(10) ack 1 <noTS>");
    p.read(10);
    p = new Peer(Peer.profile(Profile.STANDARD, "dropSegmentsWithoutTimestamp", true));
    p.accept();
    p.in("P. 1:11(10) ack 1 <noTS>");
    p.readGives(TcpError.WOULD_BLOCK);
    p.in("P. 1:11(10) ack 1");
    p.read(10);
  }

  @Test
  void aRepeatedFinWithAnOldTimestampIsAnsweredInTimeWaitAndBefore() {
    Peer p = peer();
    p.run(1000);
    p.in("F. 1:1(0) ack 1");
    p.out(". 1:1(0) ack 2");
    p.in("F. 1:1(0) ack 1 " + ts(5, p.lastTsVal));
    p.out(". 1:1(0) ack 2");
  }

  /** The clock of one pair of hosts goes on from connection to connection, as RFC 6191 needs. */
  @Test
  void theClockGoesOnFromConnectionToConnection() {
    Peer p = peer();
    p.write(1);
    long first = p.next().value("TS val");
    p.peerPort = 4001;
    p.run(500);
    p.discard();
    p.accept();
    p.write(0);
    p.app().write(new byte[] {1}, 0, 1);
    p.rawData = true;
    long second = p.next().value("TS val");
    assertThat((int) (second - first)).isEqualTo(500);
  }
}
