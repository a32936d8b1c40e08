package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.link.PacketSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Super-segments in both directions: what is sent, and how what comes is counted. */
class SuperSegmentTest {
  private static final int MSS = 1460;
  private static final Profile RENO = Profile.STANDARD.with(v -> v.congestionControl = "reno");

  private static Peer connected(String options, Profile profile) {
    Peer p = Peer.overCuttingLink(profile);
    p.listen();
    p.in("S 0:0(0) win 65535 <" + options + ">");
    p.next();
    p.run(100);
    p.in(". 1:1(0) ack 1 win 65535");
    p.endpoint = p.listener.accept();
    return p;
  }

  private static Peer connected() {
    return connected("mss 1460,sackOK", RENO);
  }

  private static int seq(int segment) {
    return 1 + segment * MSS;
  }

  private static String data(String flags, int from, int to) {
    return flags + " " + seq(from) + ":" + seq(to) + "(" + (to - from) * MSS + ") ack 1";
  }

  // ---- sending

  @Test
  void whatTheCongestionWindowLetsGoLeavesAtOnce() {
    Peer p = connected();
    p.write(30 * MSS);
    p.out(data(".", 0, 10));
    assertThat(p.link.lastSegmentSize()).isEqualTo(MSS);
    p.quiet();
    assertThat(p.count(Counter.TcpExtTCPOrigDataSent)).isEqualTo(10);
    // The rest at the pace that one window a round trip makes (100 ms here), two segments at least.
    p.in(". 1:1(0) ack " + seq(10));
    p.out(data(".", 10, 12));
    p.quiet();
  }

  @Test
  void theLastBytesWaitForNagleAndGoAlongWithoutHim() {
    Peer p = connected();
    p.write(3 * MSS + 1);
    p.out(data(".", 0, 3));
    p.quiet();
    p.in(". 1:1(0) ack " + seq(3));
    p.out("P. 4381:4382(1) ack 1");
    assertThat(p.link.lastSegmentSize()).isZero();
    p.in(". 1:1(0) ack 4382");
    p.endpoint.setNoDelay(true);
    p.run(1000);
    p.write(MSS + 1);
    p.out("P. 4382:5843(1461) ack 1");
    assertThat(p.link.lastSegmentSize()).isEqualTo(MSS);
  }

  @Test
  void aFinGoesWithTheLastSegment() {
    Peer p = connected();
    p.write(2 * MSS);
    p.out(data("P.", 0, 2));
    p.in(". 1:1(0) ack " + seq(2));
    p.endpoint.setCork(true);
    p.write(MSS + 9);
    p.discard();
    p.endpoint.shutdownOutput();
    p.endpoint.setCork(false);
    p.out("FP. 4381:4390(9) ack 1");
  }

  @Test
  void thePeersWindowEndsASuperSegmentAtAWholeSegment() {
    Peer p = connected();
    p.in(". 1:1(0) ack 1 win 4000");
    p.write(20 * MSS);
    p.out(data(".", 0, 2));
    p.quiet();
  }

  @Test
  void oneSegmentIsNoSuperSegment() {
    Peer p = connected();
    p.write(MSS);
    p.out(data("P.", 0, 1));
    assertThat(p.link.lastSegmentSize()).isZero();
  }

  @Test
  void urgentDataGoesSegmentBySegment() {
    Peer p = connected();
    p.in(". 1:1(0) ack 1 win 0");
    p.write(3 * MSS);
    p.endpoint.writeUrgent(7);
    p.in(". 1:1(0) ack 1 win 20000");
    assertThat(p.next().length).isEqualTo(MSS);
  }

  /** An IP packet holds 65,535 bytes with its headers. */
  @Test
  void noneIsLongerThanAnIpPacket() {
    Peer p =
        connected("mss 1460,sackOK,nop,wscale 7", RENO.with(v -> v.initialWindowSegments = 60));
    p.endpoint.setSendBuffer(200_000);
    p.write(60 * MSS);
    int first = p.next().length;
    assertThat(first).isEqualTo(44 * MSS);
    assertThat(p.next().length).isEqualTo(16 * MSS);
  }

  // ---- loss

  /** A hole inside of a super-segment is repaired alone. */
  @Test
  void sackCutsTheRecord() {
    Peer p = connected();
    p.write(10 * MSS);
    p.out(data("P.", 0, 10));
    p.run(100);
    p.in(". 1:1(0) ack " + seq(3) + " <nop,nop,sack " + seq(4) + ":" + seq(10) + ">");
    p.out(data(".", 3, 4));
    p.quiet();
    p.run(100);
    p.in(". 1:1(0) ack " + seq(10));
    assertThat(p.count(Counter.TcpRetransSegs)).isOne();
    assertThat(p.stack.violation(p.network.now())).isNull();
  }

  /** RFC 6582: without SACK the first segment of it goes again, not all. */
  @Test
  void threeDuplicatesSendOneSegmentAgain() {
    Peer p = connected("mss 1460", RENO);
    p.write(10 * MSS);
    p.out(data("P.", 0, 10));
    for (int i = 0; i < 3; i++) {
      p.in(". 1:1(0) ack 1");
    }
    p.out(data(".", 0, 1));
    p.quiet();
    p.in(". 1:1(0) ack " + seq(2));
    p.out(data(".", 2, 3));
    p.quiet();
  }

  /** RFC 6298 section 5.4: the earliest segment. */
  @Test
  void aTimeoutSendsOneSegmentAgain() {
    Peer p = connected("mss 1460", RENO);
    p.write(10 * MSS);
    p.out(data("P.", 0, 10));
    p.outAfter(p.info().rtoNanos() / (double) Peer.MS, data(".", 0, 1));
    p.quiet();
    p.in(". 1:1(0) ack " + seq(1));
    p.out(data(".", 1, 2));
  }

  /** RFC 8985 section 7.3: the last segment. */
  @Test
  void aTailLossProbeIsTheLastSegmentOfIt() {
    Peer p = connected();
    p.write(4 * MSS);
    p.out(data("P.", 0, 4));
    p.outAfter(200, data("P.", 3, 4));
    assertThat(p.count(Counter.TcpExtTCPLossProbes)).isOne();
  }

  /** A partial acknowledgement measures the round trip by the segments that it covers. */
  @Test
  void segmentsOfItAreAcknowledgedOneByOne() {
    Peer p = connected();
    p.write(10 * MSS);
    p.discard();
    long before = p.info().srttNanos();
    p.run(300);
    p.discard();
    p.in(". 1:1(0) ack " + seq(1));
    assertThat(p.info().srttNanos()).isGreaterThan(before);
    assertThat(p.stack.violation(p.network.now())).isNull();
  }

  // ---- receiving

  private static Peer receiving(int segmentSize) {
    Peer p = connected("mss 1460", RENO);
    p.link.setReceiveFlags(PacketSink.superSegment(segmentSize));
    return p;
  }

  /** RFC 5681 section 4.2: every second segment, and it is several. */
  @Test
  void oneIsAcknowledgedAsTheSegmentsThatItIs() {
    Peer p = receiving(MSS);
    p.in("P. 1:5841(5840) ack 1");
    p.out(". 1:1(0) ack 5841");
    p.read(5840);
    assertThat(p.info().segmentsIn()).isEqualTo(1 + 4);
  }

  @Test
  void aSingleOneWaitsForTheSecond() {
    Peer p = receiving(MSS);
    p.in("P. 1:1461(1460) ack 1");
    p.quiet();
    p.outAfter(40, ". 1:1(0) ack 1461");
  }

  /** What the peer's segments measure is not mistaken for what one packet held. */
  @Test
  void itsSizeIsNotThePeersSegmentSize() {
    Peer p = receiving(700);
    p.in("P. 1:2101(2100) ack 1");
    p.out(". 1:1(0) ack 2101");
    assertThat(p.info().receiveMss()).isEqualTo(700);
  }

  @Test
  void whatLiesBeyondTheWindowIsCutOff() {
    Peer p = receiving(MSS);
    int begun = 0;
    p.endpoint.setReceiveBuffer(50_000);
    for (int i = 0; i < 4; i++) {
      p.in(". " + (1 + begun) + ":" + (1 + begun + 14_600) + "(14600) ack 1");
      begun += 14_600;
    }
    p.discard();
    assertThat(p.info().receiveWindow()).isBetween(1L, 14_599L);
    int room = (int) p.info().receiveWindow();
    p.in(". " + (1 + begun) + ":" + (1 + begun + 14_600) + "(14600) ack 1");
    p.out(". 1:1(0) ack " + (1 + begun + room) + " win 0");
    assertThat(p.stack.violation(p.network.now())).isNull();
  }

  /**
   * The MTU bounds what is sent: longer than that and without a word about cutting is one segment.
   */
  @ParameterizedTest
  @ValueSource(ints = {1461, 30_000})
  void aLongPacketWithoutASegmentSizeIsOneSegment(int bytes) {
    Peer p = connected("mss 1460", RENO);
    p.in("P. 1:" + (1 + bytes) + "(" + bytes + ") ack 1");
    assertThat(p.info().receiver().dataSegments()).isOne();
    String ack = ". 1:1(0) ack " + (1 + bytes);
    if (bytes < 2 * MSS) {
      p.outAfter(40, ack);
    } else {
      p.out(ack); // Two full segments' worth is acknowledged at once.
    }
  }

  /** Two small segments that came as one are a second segment all the same. */
  @Test
  void aProfileThatAcknowledgesEachSecondSegmentCountsThem() {
    Profile second = Profile.STANDARD.with(v -> v.ackSecondSegment = true);
    Peer p = connected("mss 1460", second);
    p.link.setReceiveFlags(PacketSink.superSegment(300));
    p.in("P. 1:601(600) ack 1");
    p.out(". 1:1(0) ack 601");
    p.in("P. 601:901(300) ack 1");
    p.outAfter(40, ". 1:1(0) ack 901");
  }
}
