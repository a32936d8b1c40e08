package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Tag;
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

  @Tag("RFC7323-2.1")
  @Tag("RFC7323-3.2-b")
  @Tag("RFC7323-3.2-e")
  @Tag("RFC7323-4.3-b")
  @Tag("RFC2018-2")
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

  @Tag("RFC7323-3.2-i")
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

  /** Also a reset of the connection's own; one for nobody has nothing to carry. */
  @Tag("RFC7323-3.2-f")
  @Test
  void aResetCarriesThem() {
    Peer p = peer();
    p.run(10);
    p.in("P. 1:11(10) ack 1");
    int recent = p.clock();
    p.run(50).discard();
    p.app().abort();
    p.pump();
    Seg reset = p.out("R. 1:1(0) ack 11");
    assertThat(reset.options).isEqualTo("nop,nop,TS val " + p.lastTsVal + " ecr " + recent);
    p.in("P. 11:21(10) ack 1");
    p.out("R 1:1(0) <>");
    Peer plain = new Peer();
    plain.acceptPlain();
    plain.app().abort();
    plain.pump().out("R. 1:1(0) ack 1 <>");
  }

  /** Section 3.2: a SYN echoes nothing, and of the peer's SYN the echo is not looked at. */
  @Tag("RFC7323-3.2-a")
  @Tag("RFC7323-3.2-c")
  @Test
  void aSynEchoesNothingAndItsEchoIsIgnored() {
    Peer p = new Peer();
    p.connect();
    assertThat(p.next().options).contains(" ecr 0,");
    Peer q = new Peer();
    q.listen();
    q.in("S 0:0(0) <mss 1460,sackOK,TS val 77 ecr 4000000000,nop,wscale 7>");
    assertThat(q.out("S. 0:0(0) ack 1").options).contains(" ecr 77,");
    q.timestamps = true;
    q.run(100);
    q.in(". 1:1(0) ack 1");
    q.endpoint = q.listener.accept();
    assertThat(q.info().srttNanos()).isBetween(100 * Peer.MS, 101 * Peer.MS);
  }

  /** Section 4.1: an ACK that acknowledges nothing new measures nothing. */
  @Tag("RFC7323-4.1-b")
  @Test
  void anAckOfNothingNewMeasuresNothing() {
    Peer p = peer();
    p.write(10);
    p.discard();
    p.run(50);
    p.in(". 1:1(0) ack 11");
    long srtt = p.info().srttNanos();
    p.run(5000);
    for (int i = 0; i < 20; i++) {
      p.in("P. " + (1 + 10 * i) + ":" + (11 + 10 * i) + "(10) ack 11");
    }
    assertThat(p.info().srttNanos()).isEqualTo(srtt);
  }

  /**
   * Section 4.3: the echo is that of the segment which the ACK is about; of several, the earliest.
   */
  @Tag("RFC7323-4.3-a")
  @Tag("RFC7323-4.3-b")
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
  @Tag("RFC7323-4.3-a")
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
  @Tag("RFC7323-5.3-a")
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
        Limits.DEFAULT.with(v -> {
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

  @Tag("RFC7323-5.2-c")
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
  @Tag("RFC7323-4.3-a")
  @Tag("RFC7323-5.3-b")
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
  @Tag("RFC7323-5.2-a")
  @Test
  void resetsAreExempt() {
    for (String options : new String[] {"<noTS>", ts(1, 0)}) {
      Peer p = peer();
      p.run(1000);
      p.in("R 1:1(0) " + options).quiet().state(TcpState.CLOSED);
    }
  }

  /** Section 5.5: after 24 days of silence TS.Recent says nothing any more. */
  @Tag("RFC7323-5.5")
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
  @Tag("RFC7323-3.2-g")
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

  /** Section 3.2: what lacks the option is dropped at most; it never ends the connection. */
  @Tag("RFC7323-3.2-h")
  @Test
  void aMissingTimestampEndsNothing() {
    for (boolean drop : new boolean[] {false, true}) {
      Peer p = new Peer(Peer.profile(Profile.STANDARD, "dropSegmentsWithoutTimestamp", drop));
      p.accept();
      for (String segment :
          new String[] {
            ". 1:1(0) ack 1", "P. 5:10(5) ack 1", "S 1:1(0)", "P. 90000:90010(10) ack 1"
          }) {
        p.in(segment + " <noTS>").state(TcpState.ESTABLISHED);
      }
      p.discard();
      p.in("P. 1:11(10) ack 1");
      p.read(10);
    }
  }

  /** Section 5.2: a reset's timestamp moves nothing. */
  @Tag("RFC7323-5.2-b")
  @Test
  void aResetsTimestampIsNotKept() {
    Peer p = peer();
    p.run(100);
    p.in("P. 1:11(10) ack 1");
    int recent = p.clock();
    p.run(50).discard();
    // Inside the window, but not exact: challenged, and its timestamp forgotten.
    p.in("R 20:20(0) " + ts(recent + 1_000_000, p.lastTsVal));
    assertThat(p.out(". 1:1(0) ack 11").value("ecr")).isEqualTo(recent);
    p.in("P. 11:21(10) ack 1");
    p.read(20);
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
