package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.tcp.recovery.RttEstimator;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The retransmission timeout (RFC 6298), Karn's algorithm, R1 and R2 (RFC 9293 sections 3.8.1,
 * 3.8.3).
 */
class RetransmissionTimerTest {
  private static final long MS = Peer.MS;
  private static final long S = Peer.S;

  private static Peer plain() {
    Peer p = new Peer();
    p.acceptPlain();
    return p;
  }

  /** A plain connection whose peer answered the SYN-ACK after this time. */
  private static Peer withRtt(double millis) {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.run(millis);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    return p;
  }

  // ---- the estimator against the RFC's equations, computed in floating point

  @Tag("RFC6298-2.1")
  @Tag("RFC6298-2.2")
  @Tag("RFC6298-2.3-a")
  @Tag("RFC6298-2.3-b")
  @Tag("RFC6298-2.3-c")
  @Tag("RFC6298-2.3-d")
  @Test
  @Tag("MUST-18")
  @Tag("RFC6298-1")
  void theEstimatorFollowsTheEquations() {
    Profile profile = Peer.profile(Profile.STANDARD, "minRtoNanos", 1L, "maxRtoNanos", 3600 * S);
    RttEstimator e = new RttEstimator(profile);
    assertThat(e.rto(profile)).isEqualTo(S);
    Random r = new Random(1);
    double srtt = 0;
    double rttvar = 0;
    for (int i = 0; i < 1000; i++) {
      long sample = 1 + r.nextLong(i % 100 == 0 ? 5 * S : 100 * MS);
      if (i == 0) {
        srtt = sample;
        rttvar = sample / 2.0;
      } else {
        rttvar = 0.75 * rttvar + 0.25 * Math.abs(srtt - sample);
        srtt = 0.875 * srtt + 0.125 * sample;
      }
      e.sample(sample, 1000, profile);
      assertThat((double) e.srtt()).isCloseTo(srtt, org.assertj.core.data.Offset.offset(20.0));
      assertThat((double) e.rto(profile))
          .isCloseTo(srtt + Math.max(1000, 4 * rttvar), org.assertj.core.data.Offset.offset(200.0));
    }
  }

  @Tag("RFC6298-2.5")
  @Test
  void theTimeoutHasBounds() {
    RttEstimator e = new RttEstimator(Profile.STANDARD);
    e.sample(MS, 1, Profile.STANDARD);
    assertThat(e.rto(Profile.STANDARD)).isEqualTo(200 * MS);
    for (int i = 0; i < 100; i++) {
      e.backOff();
      assertThat(e.rto(Profile.STANDARD)).isBetween(200 * MS, 60 * S);
    }
    assertThat(e.rto(Profile.STANDARD)).isEqualTo(60 * S);
    e.sample(100 * S, 1, Profile.STANDARD);
    assertThat(e.rto(Profile.STANDARD)).isEqualTo(60 * S);
  }

  /** Section 4: a round trip that never changes leaves no variance; the clock's tick remains. */
  @Tag("RFC6298-4")
  @Test
  void withoutVarianceTheGranularityRemains() {
    Profile profile = Peer.profile(Profile.STANDARD, "minRtoNanos", 1L);
    RttEstimator e = new RttEstimator(profile);
    for (int i = 0; i < 200; i++) {
      e.sample(100 * MS, 15 * MS, profile);
    }
    assertThat(4 * e.rttvar()).isLessThan(20);
    assertThat(e.rto(profile)).isEqualTo(115 * MS);
  }

  @Test
  void freebsdAddsItsSlop() {
    RttEstimator e = new RttEstimator(Profile.FREEBSD);
    e.sample(100 * MS, 1, Profile.FREEBSD);
    assertThat(e.rto(Profile.FREEBSD)).isEqualTo(500 * MS);
  }

  // ---- sampling

  @Tag("RFC6298-2.2")
  @Tag("RFC6298-5.1")
  @Test
  void theHandshakeIsTheFirstSample() {
    Peer p = withRtt(100);
    assertThat(p.info().srttNanos()).isEqualTo(100 * MS);
    assertThat(p.info().rtoNanos()).isEqualTo(300 * MS);
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.outAfter(300, "P. 1:11(10) ack 1");
  }

  @Test
  void dataIsMeasuredFromItsTransmission() {
    Peer p = withRtt(100);
    p.write(10);
    p.discard();
    p.run(180);
    p.in(". 1:1(0) ack 11");
    assertThat(p.info().srttNanos()).isEqualTo(110 * MS);
  }

  /**
   * Karn: an ACK of what was sent twice measures nothing, and keeps the timeout that was backed
   * off, until fresh data is measured.
   */
  @Tag("RFC6298-3-a")
  @Tag("RFC6298-3-b")
  @Test
  @Tag("MUST-18")
  void anAmbiguousAckMeasuresNothingAndKeepsTheBackoff() {
    Peer p = withRtt(100);
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.outAfter(300, "P. 1:11(10) ack 1");
    p.outAfter(600, "P. 1:11(10) ack 1");
    p.run(50);
    p.in(". 1:1(0) ack 11");
    assertThat(p.info().srttNanos()).isEqualTo(100 * MS);
    assertThat(p.info().rtoNanos()).isEqualTo(1200 * MS);
    p.write(10);
    p.out("P. 11:21(10) ack 1");
    p.outAfter(1200, "P. 11:21(10) ack 1");
    p.in(". 1:1(0) ack 21");
    p.write(10);
    p.out("P. 21:31(10) ack 1");
    p.run(100);
    p.in(". 1:1(0) ack 31");
    assertThat(p.info().rtoNanos()).isLessThanOrEqualTo(300 * MS);
  }

  /**
   * Without the second half of Karn's algorithm a path that got slower than the timeout would never
   * be measured again.
   */
  @Test
  void aPathThatGetsSlowIsMeasuredInTheEnd() {
    Peer p = withRtt(100);
    long rtt = 2000 * MS;
    int seq = 1;
    int spurious = 0;
    for (int i = 0; i < 12; i++) {
      p.write(10);
      p.run(rtt / (double) MS);
      int copies = p.all().size();
      spurious = copies - 1;
      seq += 10;
      p.in(". 1:1(0) ack " + seq);
    }
    assertThat(spurious).isZero();
    assertThat(p.info().srttNanos()).isGreaterThan(1000 * MS);
  }

  @Test
  void timestampsMeasureWhatWasSentTwice() {
    Peer p = new Peer();
    p.accept();
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.outAfter(200, "P. 1:11(10) ack 1");
    p.run(60);
    p.in(". 1:1(0) ack 11");
    assertThat(p.info().srttNanos()).isBetween(7 * MS, 8 * MS);
    assertThat(p.info().rtoNanos()).isLessThan(400 * MS);
  }

  @Test
  void anEchoOfWhatWasNeverSentMeasuresNothing() {
    Peer p = new Peer();
    p.accept();
    p.write(10);
    p.discard();
    p.outAfter(200, "P. 1:11(10) ack 1");
    for (long ecr : new long[] {p.lastTsVal + 1000, p.lastTsVal - 100_000, 0}) {
      p.lastTsVal = ecr & 0xffff_ffffL;
      p.in(". 1:1(0) ack 11");
      assertThat(p.info().srttNanos()).isLessThanOrEqualTo(1);
    }
  }

  // ---- the timer (RFC 6298 section 5)

  @Tag("RFC6298-5")
  @Tag("RFC6298-5.5")
  @Tag("RFC6298-5.6")
  @Tag("RFC6298-2.5")
  @ParameterizedTest
  @CsvSource({"standard, 15, 60", "linux, 15, 120", "freebsd, 12, 64"})
  @Tag("MUST-19")
  @Tag("MUST-20")
  @Tag("SHLD-11")
  @Tag("RFC9293-3.10.8-b")
  void timeoutsDoubleUpToTheMaximumAndEndInReset(String name, int retries, int maxSeconds) {
    Profile profile = Profile.named(name);
    assertThat(profile).isNotNull();
    Peer p = new Peer(profile);
    p.acceptPlain();
    p.write(10);
    long start = p.out("P. 1:11(10) ack 1").time;
    double ms = p.info().rtoNanos() / (double) MS;
    double slop = profile.rtoSlopNanos() / (double) MS;
    for (int i = 0; i < retries; i++) {
      p.outAfter(ms, "P. 1:11(10) ack 1");
      ms = Math.min((ms - slop) * 2 + slop, maxSeconds * 1000);
    }
    p.outAfter(ms, "R. 11:11(0) ack 1");
    p.state(TcpState.CLOSED);
    assertThat(p.network.now() - start).isGreaterThanOrEqualTo(100 * S);
    assertThat(p.app().takeError()).isEqualTo(TcpError.TIMED_OUT);
    p.nothingLeft();
  }

  /** SHLD-9: between R1 and R2 the application can learn that something is wrong. */
  @Test
  @Tag("SHLD-9")
  @Tag("SHLD-10")
  @Tag("MUST-47")
  void afterThreeRetransmissionsTheApplicationMayKnow() {
    Peer p = plain();
    p.write(10);
    p.discard();
    p.run(200 + 400);
    assertThat(p.app().softError()).as("after two").isNull();
    p.run(800);
    assertThat(p.app().softError()).isEqualTo(TcpError.TIMED_OUT);
    p.in(". 1:1(0) ack 11");
    assertThat(p.app().softError()).isNull();
  }

  @Test
  @Tag("MUST-21")
  @Tag("RFC9293-3.10.8-a")
  void theUserTimeoutEndsItEarlierAndToTheMoment() {
    Peer p = plain();
    p.app().setUserTimeout(5 * S);
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    for (int ms = 200; ms <= 1600; ms *= 2) {
      p.outAfter(ms, "P. 1:11(10) ack 1");
    }
    p.outAfter(2000, "R. 11:11(0) ack 1");
    assertThat(p.app().takeError()).isEqualTo(TcpError.TIMED_OUT);
  }

  @Test
  void theUserTimeoutCountsFromTheLastProgress() {
    Peer p = plain();
    p.app().setUserTimeout(5 * S);
    for (int i = 0; i < 10; i++) {
      p.write(10);
      p.run(3000);
      p.discard();
      p.in(". 1:1(0) ack " + (11 + i * 10));
      p.state(TcpState.ESTABLISHED);
      p.run(20_000);
    }
    p.state(TcpState.ESTABLISHED);
  }

  /** (5.3): an ACK of new data restarts the timer from now. */
  @Tag("RFC6298-5")
  @Tag("RFC6298-5.3")
  @Test
  void anAckOfPartRestartsTheTimer() {
    Peer p = withRtt(100);
    p.write(4000);
    p.discard();
    p.run(250);
    p.in(". 1:1(0) ack 1461");
    p.discard();
    double rto = p.info().rtoNanos() / (double) MS;
    p.outAfter(rto, ". 1461:2921(1460) ack 1");
  }

  @Test
  void aDuplicateAckDoesNotRestartTheTimer() {
    Peer p = withRtt(100);
    p.write(4000);
    p.discard();
    p.run(200);
    p.in(". 1:1(0) ack 1");
    p.discard();
    p.outAfter(100, ". 1:1461(1460) ack 1");
  }

  /** (5.1): a timer that runs is not started anew by what is sent meanwhile. */
  @Tag("RFC6298-5")
  @Tag("RFC6298-5.1")
  @Test
  void dataSentLaterDoesNotRestartTheTimer() {
    Peer p = withRtt(100);
    p.app().setNoDelay(true);
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.run(200);
    p.write(10);
    p.out("P. 11:21(10) ack 1");
    // Without PSH: there is more behind it.
    p.outAfter(100, ". 1:11(10) ack 1");
  }

  /** (5.2): nothing outstanding, no timer. */
  @Tag("RFC6298-5.2")
  @Test
  void whenAllIsAcknowledgedTheTimerIsOff() {
    Peer p = plain();
    p.write(10);
    p.discard();
    p.in(". 1:1(0) ack 11");
    p.quietFor(3600 * S);
  }

  @Test
  void anAckBeyondWhatWasSentAgainEndsRecovery() {
    Peer p = plain();
    p.write(14_600);
    p.discard();
    p.outAfter(200, ". 1:1461(1460) ack 1");
    p.in(". 1:1(0) ack 14601");
    p.quietFor(10 * S);
    assertThat(p.app().unacknowledged()).isZero();
  }

  /**
   * Lore 17: a pure ACK or a reset after a timeout has SND.NXT, not the number of what is being
   * sent again.
   */
  @Test
  void acksDuringRetransmissionCarrySndNxt() {
    Peer p = plain();
    p.write(5000);
    p.in(". 1:1(0) ack 4381");
    p.discard();
    p.outAfter(200, "P. 4381:5001(620) ack 1");
    p.in("P. 1:11(10) ack 4381");
    p.outAfter(40, ". 5001:5001(0) ack 11");
  }

  @Test
  void theFinIsSentAgainWithItsData() {
    Peer p = plain();
    p.write(10);
    p.close();
    p.out("P. 1:11(10) ack 1");
    p.out("F. 11:11(0) ack 1");
    p.outAfter(200, "P. 1:11(10) ack 1");
    p.in(". 1:1(0) ack 11");
    p.out("F. 11:11(0) ack 1");
  }
}
