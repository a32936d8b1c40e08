package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which errors about a packet that was too big are believed (RFC 1191, RFC 8201, RFC 5927, RFC 8899
 * section 4.6), and what follows.
 */
class PathMtuDiscoveryTest {
  private static final int UNREACHABLE = 3;
  private static final int NEEDS_FRAGMENTATION = 4;

  /** A connection whose full-sized segments are known to arrive, with more of them in flight. */
  private static Peer proven(int inFlight) {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(1460);
    p.discard();
    p.in(". 1:1(0) ack 1461");
    p.write(inFlight);
    p.discard();
    return p;
  }

  private static Peer tooBig(Peer p, int mtu, int seq) {
    return p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, mtu, seq, 1460);
  }

  // ---- a message that contradicts what arrives

  @Tag("RFC5927-7-a")
  @Test
  void aMessageAgainstTheEvidenceWaitsAndAnAcknowledgmentRefutesIt() {
    Peer p = proven(4380);
    tooBig(p, 600, 1461).quiet();
    assertThat(p.info().sendMss()).isEqualTo(1460);
    assertThat(p.count(Counter.SinewTcpTooBigDeferred)).isEqualTo(1);
    p.in(". 1:1(0) ack 2921");
    p.run(700);
    for (Seg s : p.all()) {
      assertThat(s.length).as("the timeout has nothing to do with size").isEqualTo(1460);
    }
  }

  @Tag("RFC5927-7-b")
  @Test
  void aMessageAgainstTheEvidenceIsBelievedAtTheTimeoutAndCostsNoWindow() {
    Peer p = proven(4380);
    long cwnd = p.info().cwnd();
    tooBig(p, 1000, 1461).quiet();
    p.run(250);
    assertThat(p.info().sendMss()).isEqualTo(960);
    int next = 1461;
    for (Seg s : p.all()) {
      assertThat(s.length).isLessThanOrEqualTo(960);
      assertThat(s.seq).isEqualTo(next);
      next = s.seq + s.length;
      if (next == 5841) {
        break;
      }
    }
    assertThat(next).isEqualTo(5841);
    assertThat(p.info().ssthresh()).as("nobody's congestion").isGreaterThan(1 << 30);
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(cwnd);
  }

  @Test
  void aMessageAboutARetransmissionNeedsNoFurtherEvidence() {
    Peer p = proven(4380);
    p.run(900);
    p.discard();
    tooBig(p, 1000, 1461);
    assertThat(p.info().sendMss()).isEqualTo(960);
    assertThat(p.next().length).isEqualTo(960);
  }

  @Tag("RFC7323-5.7")
  @Test
  void aMessageThatFitsTheEvidenceIsBelievedAtOnce() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(900);
    p.discard();
    p.in(". 1:1(0) ack 901");
    p.write(2920);
    p.discard();
    tooBig(p, 1000, 901);
    assertThat(p.info().sendMss()).isEqualTo(960);
  }

  // ---- a message that does not fit the segment it quotes

  /** A packet of 140 bytes is not too big for 600; with options it could have had 180. */
  @ParameterizedTest
  @CsvSource({"100, 600, false", "1460, 1499, true", "600, 680, false", "600, 679, true"})
  void aPacketIsNotTooBigForAnMtuThatHoldsIt(int written, int mtu, boolean believed) {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(written);
    p.discard();
    tooBig(p, mtu, 1);
    assertThat(p.info().sendMss()).isEqualTo(believed ? mtu - 40 : 1460);
    assertThat(p.count(Counter.SinewTcpTooBigIgnored)).isEqualTo(believed ? 0 : 1);
  }

  @Test
  void aSynAckIsTooBigForNobody() {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    tooBig(p, 600, 0);
    assertThat(p.count(Counter.SinewTcpTooBigIgnored)).isEqualTo(1);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    p.write(1460);
    assertThat(p.next().length).isEqualTo(1460);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 68, 1279})
  void overIpv6NoLinkIsSmallerThan1280(int mtu) {
    Peer p = new Peer(false, Profile.STANDARD, Limits.DEFAULT);
    p.acceptPlain();
    p.write(4320);
    p.discard();
    p.icmp(2, 0, mtu, 1, 1440).quiet();
    assertThat(p.info().sendMss()).isEqualTo(1440);
    assertThat(p.count(Counter.SinewTcpTooBigIgnored)).isEqualTo(1);
  }

  // ---- routers older than RFC 1191

  /** Each of ten packets in flight draws a message without an MTU: that is one step, not ten. */
  @Test
  void aFlightOfMessagesWithoutAnMtuIsOneStepDownTheTable() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(14_600);
    p.discard();
    for (int i = 0; i < 10; i++) {
      tooBig(p, 0, 1 + i * 1460);
    }
    assertThat(p.info().sendMss()).isEqualTo(1492 - 40);
    assertThat(p.count(Counter.SinewTcpTooBigIgnored)).isEqualTo(9);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 0, 1, 1452);
    assertThat(p.info().sendMss()).isEqualTo(1006 - 40);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 0, 1, 966);
    assertThat(p.info().sendMss()).isEqualTo(552 - 40);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 0, 1, 512);
    assertThat(p.info().sendMss()).isEqualTo(552 - 40);
  }

  // ---- what follows

  /** A new connection to the same host begins with what was learnt. */
  @Test
  void theNextConnectionProfits() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(1460);
    p.discard();
    tooBig(p, 1000, 1);
    p.discard();
    p.peerPort++;
    p.peerIss += 1000;
    p.acceptPlain();
    p.write(2000);
    assertThat(p.next().length).isEqualTo(960);
  }

  /** The window is counted in bytes: smaller segments do not make it smaller. */
  @Test
  void theCongestionWindowKeepsItsBytes() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(14_600);
    p.discard();
    long cwnd = p.info().cwnd();
    tooBig(p, 600, 1);
    int bytes = 0;
    for (Seg s : p.all()) {
      assertThat(s.length).isLessThanOrEqualTo(560);
      bytes += s.length;
    }
    assertThat(bytes).as("everything that was too large is sent again at once").isEqualTo(14_600);
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(cwnd);
  }
}
