package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What TCP does about ICMP errors (RFC 9293 section 3.9.2.2, RFC 5927, RFC 1191, RFC 8201). */
class IcmpTest {
  private static final int UNREACHABLE = 3;
  private static final int NEEDS_FRAGMENTATION = 4;

  private static Peer withData(int bytes) {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(bytes);
    p.discard();
    return p;
  }

  // ---- while connecting

  /** Hard errors end the attempt (SHLD-26), soft ones do not (MUST-56). */
  @ParameterizedTest
  @CsvSource({
    "0, , standard",
    "1, , standard",
    "2, PROTOCOL_UNREACHABLE, standard",
    "3, REFUSED, standard",
    "5, , standard",
    "0, NET_UNREACHABLE, linux",
    "1, HOST_UNREACHABLE, linux",
    "13, HOST_UNREACHABLE, linux"
  })
  @Tag("MUST-54")
  @Tag("MUST-56")
  @Tag("SHLD-26")
  @Tag("SHLD-25")
  void anErrorAboutTheSyn(int code, TcpError ends, String profile) {
    Profile used = Profile.named(profile);
    assertThat(used).isNotNull();
    Peer p = new Peer(used);
    p.connect();
    p.out("S 0:0(0)");
    p.icmp(UNREACHABLE, code, 0, 0);
    if (ends == null) {
      p.state(TcpState.SYN_SENT);
      assertThat(p.app().softError()).isIn(TcpError.NET_UNREACHABLE, TcpError.HOST_UNREACHABLE);
      p.run(181_000);
      assertThat(p.app().takeError()).isIn(TcpError.NET_UNREACHABLE, TcpError.HOST_UNREACHABLE);
    } else {
      p.state(TcpState.CLOSED);
      assertThat(p.app().takeError()).isEqualTo(ends);
      p.nothingLeft();
    }
  }

  @Tag("RFC5927-4.1-b")
  @ParameterizedTest
  @ValueSource(ints = {1, -1, 1000})
  void anErrorThatQuotesAnotherNumberIsForged(int seq) {
    Peer p = new Peer();
    p.connect();
    p.out("S 0:0(0)");
    p.icmp(UNREACHABLE, 3, 0, seq).state(TcpState.SYN_SENT);
    assertThat(p.app().softError()).isNull();
    assertThat(p.count(Counter.TcpExtOutOfWindowIcmps)).isEqualTo(1);
  }

  @Test
  void aHardErrorAboutASynAckForgetsTheRecord() {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.icmp(UNREACHABLE, 3, 0, 1);
    p.icmp(UNREACHABLE, 1, 0, 0);
    assertThat(p.listener.synQueueLength()).isEqualTo(1);
    p.icmp(UNREACHABLE, 3, 0, 0);
    assertThat(p.listener.synQueueLength()).isZero();
  }

  // ---- in synchronized states

  /** RFC 5927 section 5.2: no ICMP error ends an established connection. */
  @Tag("RFC1122-3.2.2.1-c")
  @Tag("RFC5927-5.2")
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 6, 9, 10, 13})
  @Tag("MUST-47")
  @Tag("MUST-56")
  @Tag("SHLD-25")
  void anErrorAboutAnEstablishedConnectionIsSoft(int code) {
    Peer p = withData(100);
    p.icmp(UNREACHABLE, code, 0, 1).quiet().state(TcpState.ESTABLISHED);
    assertThat(p.app().softError()).isNotNull();
    p.in(". 1:1(0) ack 101");
    assertThat(p.app().softError()).isNull();
  }

  @Test
  void theSoftErrorNamesTheReasonOfATimeout() {
    Peer p = withData(100);
    p.icmp(UNREACHABLE, 1, 0, 1);
    p.run(1_000_000);
    p.state(TcpState.CLOSED);
    assertThat(p.app().takeError()).isEqualTo(TcpError.HOST_UNREACHABLE);
  }

  @Tag("RFC5927-4.1-a")
  @ParameterizedTest
  @ValueSource(ints = {0, 101, -1000, 100_000})
  void anErrorThatQuotesWhatIsNotInFlightIsForged(int seq) {
    Peer p = withData(100);
    p.icmp(UNREACHABLE, 1, 0, seq);
    assertThat(p.app().softError()).isNull();
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 600, seq);
    assertThat(p.info().sendMss()).isEqualTo(1460);
    assertThat(p.count(Counter.TcpExtOutOfWindowIcmps)).isEqualTo(2);
  }

  /** Time exceeded and parameter problem are soft as well, in every state (section 3.9.2.2). */
  @ParameterizedTest
  @CsvSource({
    "true, 11, 0",
    "true, 11, 1",
    "true, 12, 0",
    "false, 1, 0",
    "false, 1, 3",
    "false, 3, 0",
    "false, 3, 1",
    "false, 4, 0",
    "false, 4, 1",
    "false, 4, 2"
  })
  @Tag("MUST-56")
  @Tag("SHLD-25")
  void otherSoftErrors(boolean v4, int type, int code) {
    Peer p = new Peer(v4, Profile.STANDARD, Limits.DEFAULT);
    p.connect();
    p.out("S 0:0(0)");
    p.icmp(type, code, 0, 0).quiet().state(TcpState.SYN_SENT);
    assertThat(p.app().softError()).isNotNull();
    p.in("S. 0:0(0) ack 1 <mss 1220>");
    p.out(". 1:1(0) ack 1");
    assertThat(p.app().softError()).as("of the attempt").isNull();
    p.write(100);
    p.discard();
    p.icmp(type, code, 0, 1).quiet().state(TcpState.ESTABLISHED);
    assertThat(p.app().softError()).isNotNull();
  }

  @Test
  @Tag("MUST-54")
  void anErrorReachesTheConnectionThatItIsAboutAlone() {
    Peer p = withData(100);
    TcpEndpoint other = p.app();
    p.peerPort = 4001;
    p.acceptPlain();
    p.write(100);
    p.discard();
    p.icmp(UNREACHABLE, 1, 0, 1);
    assertThat(p.app().softError()).isEqualTo(TcpError.HOST_UNREACHABLE);
    assertThat(other.softError()).isNull();
    p.peerPort = 4002;
    p.icmp(UNREACHABLE, 0, 0, 1);
    assertThat(p.app().softError()).isEqualTo(TcpError.HOST_UNREACHABLE);
    assertThat(other.softError()).isNull();
  }

  /** Who does not ask for soft errors never hears of them. */
  @Test
  @Tag("SHLD-20")
  void aSoftErrorDisturbsNobody() {
    Peer p = withData(100);
    while (p.stack.takeReady() != null) {
      // what happened before
    }
    int readiness = p.app().readiness();
    p.icmp(UNREACHABLE, 1, 0, 1);
    assertThat(p.app().softError()).isEqualTo(TcpError.HOST_UNREACHABLE);
    assertThat(p.stack.takeReady()).isNull();
    assertThat(p.app().readiness()).isEqualTo(readiness);
    assertThat(p.app().takeError()).isNull();
    p.readGives(TcpError.WOULD_BLOCK).write(10);
  }

  /** MUST-55. */
  @Tag("RFC5927-6")
  @Test
  @Tag("MUST-55")
  void sourceQuenchIsIgnored() {
    Peer p = withData(100);
    long cwnd = p.info().cwnd();
    p.icmp(4, 0, 0, 1).quiet();
    assertThat(p.info().cwnd()).isEqualTo(cwnd);
    assertThat(p.app().softError()).isNull();
  }

  // ---- path MTU

  @Tag("RFC7323-5.7")
  @Test
  void tooBigCutsWhatIsInFlightAnewAndSendsItAtOnce() {
    Peer p = withData(4380);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1000, 1);
    // 960 bytes a segment; that is nobody's congestion.
    assertThat(p.info().ssthresh()).isGreaterThan(1 << 30);
    p.out(". 1:961(960) ack 1");
    int next = 961;
    for (Seg s : p.all()) {
      assertThat(s.length).isLessThanOrEqualTo(960);
      assertThat(s.seq).isEqualTo(next);
      next = s.seq + s.length;
    }
    while (next < 4381) {
      p.in(". 1:1(0) ack " + next);
      for (Seg s : p.all()) {
        assertThat(s.length).isLessThanOrEqualTo(960);
        assertThat(s.seq).isEqualTo(next);
        next = s.seq + s.length;
      }
    }
    p.in(". 1:1(0) ack 4381");
    p.write(2000);
    assertThat(p.next().length).isEqualTo(960);
  }

  @Test
  void theFloorHolds() {
    Peer p = withData(1460);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 68, 1);
    assertThat(p.info().sendMss()).isEqualTo(552 - 40);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1, 1);
    assertThat(p.info().sendMss()).isEqualTo(552 - 40);
  }

  @Test
  void anMtuThatIsNoSmallerChangesNothing() {
    Peer p = withData(1460);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1500, 1).quiet();
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 65_535, 1).quiet();
    assertThat(p.info().sendMss()).isEqualTo(1460);
  }

  @Test
  void overIpv6AnMtuBelow1280IsForged() {
    Peer p = new Peer(false, Profile.STANDARD, Limits.DEFAULT);
    p.acceptPlain();
    p.write(1440);
    p.discard();
    p.icmp(2, 0, 1279, 1).quiet();
    assertThat(p.info().sendMss()).isEqualTo(1440);
    p.icmp(2, 0, 1280, 1);
    p.out(". 1:1221(1220) ack 1");
  }

  @Test
  void afterTenMinutesTheOldMtuIsTriedAgain() {
    Peer p = withData(1460);
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1000, 1);
    p.discard();
    p.in(". 1:1(0) ack 1461");
    p.discard();
    p.run(601_000);
    p.write(1460);
    p.out("P. 1461:2921(1460) ack 1");
  }

  @Test
  void aFinSurvivesBeingCut() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(1000);
    p.discard();
    p.write(1400);
    p.close();
    p.discard();
    p.icmp(UNREACHABLE, NEEDS_FRAGMENTATION, 600, 1);
    int next = 1;
    boolean fin = false;
    for (int i = 0; i < 20 && !fin; i++) {
      for (Seg s : p.all()) {
        if (s.seq == next) {
          next = s.seq + s.length;
          fin = s.has(Seg.FIN);
        }
        assertThat(s.length).isLessThanOrEqualTo(560);
      }
      if (!fin) {
        p.in(". 1:1(0) ack " + next);
      }
    }
    assertThat(fin).isTrue();
    assertThat(next).isEqualTo(2401);
  }
}
