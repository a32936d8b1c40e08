package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The tail loss probe on the wire (RFC 8985 section 7); the round trip is 100 ms. */
class TailLossProbeTest {
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

  private static Peer connected() {
    return connected(RENO);
  }

  private static int seq(int segment) {
    return 1 + segment * MSS;
  }

  private static String ack(int segment) {
    return ". 1:1(0) ack " + seq(segment);
  }

  /** Section 7.2: two round trips after the last segment; section 7.3: that one again. */
  @Tag("RFC8985-7.2-b")
  @Tag("RFC8985-7.3-c")
  @Tag("RFC8985-7.3-d")
  @Test
  void theLastSegmentGoesAgainAfterTwoRoundTrips() {
    Peer p = connected();
    p.write(4 * MSS);
    assertThat(p.all()).hasSize(4);
    p.outAfter(200, "P. 4381:5841(1460) ack 1");
    assertThat(p.count(Counter.TcpExtTCPLossProbes)).isEqualTo(1);
    assertThat(p.count(Counter.TcpRetransSegs)).isEqualTo(1);
    assertThat(p.info().cwnd()).isEqualTo(10L * MSS);
    // One probe; then the retransmission timer, begun anew (section 7.3).
    p.outAfter(p.info().rtoNanos() / (double) Peer.MS, ". 1:1461(1460) ack 1");
    assertThat(p.count(Counter.TcpExtTCPTimeouts)).isEqualTo(1);
  }

  /** Each new segment and each cumulative acknowledgement begins the timer anew. */
  @Tag("RFC8985-7.2-a")
  @Test
  void newDataAndAcknowledgementsBeginTheTimerAnew() {
    Peer p = connected();
    p.write(2 * MSS);
    p.discard();
    p.run(90);
    p.write(2 * MSS);
    p.discard();
    p.run(90);
    p.in(ack(2));
    p.outAfter(2 * p.info().srttNanos() / (double) Peer.MS, "P. 4381:5841(1460) ack 1");
  }

  /** Section 7.2: the acknowledgement of one segment may be delayed, but the timer bounds it. */
  @Tag("RFC8985-7.2-b")
  @Test
  @Tag("RFC8985-8")
  void aSegmentAloneWaitsForADelayedAcknowledgementOrTheTimer() {
    Peer p = connected(Peer.profile(RENO, "minRtoNanos", 3 * Peer.S));
    p.write(MSS);
    p.discard();
    p.outAfter(400, "P. 1:1461(1460) ack 1");
    Peer q = connected();
    q.write(MSS);
    q.discard();
    // The timer would run out after 300 ms; the probe goes instead, and the window stays.
    q.outAfter(300, "P. 1:1461(1460) ack 1");
    assertThat(q.count(Counter.TcpExtTCPTimeouts)).isZero();
    assertThat(q.info().cwnd()).isEqualTo(10L * MSS);
    q.outAfter(300, "P. 1:1461(1460) ack 1");
    assertThat(q.count(Counter.TcpExtTCPTimeouts)).isEqualTo(1);
  }

  /** Section 7.3: new data rather than old, although the congestion window is full. */
  @Tag("RFC8985-7.3-b")
  @Tag("RFC8985-9.3-c")
  @Test
  void newDataGoesRatherThanOld() {
    Peer p = connected();
    p.write(20 * MSS);
    assertThat(p.all()).hasSize(10);
    p.outAfter(200, ". " + seq(10) + ":" + seq(11) + "(1460) ack 1");
    p.run(100);
    p.in(ack(11));
    p.discard();
    assertThat(p.info().ssthresh()).isGreaterThan(1 << 30);
  }

  /** But not beyond the peer's window. */
  @Tag("RFC8985-7.3-b")
  @Tag("RFC8985-7.3-c")
  @Test
  void aFullWindowHasTheLastSegmentSentAgain() {
    Peer p = connected();
    p.window = 4 * MSS;
    p.in(". 1:1(0) ack 1");
    p.write(6 * MSS);
    assertThat(p.all()).hasSize(4);
    p.outAfter(200, ". 4381:5841(1460) ack 1");
  }

  @Test
  void aWindowOfZeroIsNotProbedThus() {
    Peer p = connected();
    p.write(2 * MSS);
    p.discard();
    p.in(". 1:1(0) ack 1 win 0");
    p.quietFor(250 * Peer.MS);
    assertThat(p.count(Counter.TcpExtTCPLossProbes)).isZero();
  }

  /** Section 7.2: not once something was SACKed; the reordering timer is there then. */
  @Tag("RFC8985-7.2-a")
  @Test
  @Tag("RFC8985-8")
  void afterASackThereIsNoProbe() {
    Peer p = connected();
    p.write(4 * MSS);
    p.discard();
    p.run(100);
    p.in(". 1:1(0) ack 1 <nop,nop,sack 2921:4381>");
    p.run(200);
    assertThat(p.count(Counter.TcpExtTCPLossProbes)).isZero();
    assertThat(p.count(Counter.TcpExtTCPSackRecovery)).isEqualTo(1);
  }

  /** Section 7.3: the next probe needs a measurement since the last. */
  @Tag("RFC8985-7.3-a")
  @Test
  void thereIsOneProbeUntilTheNextMeasurement() {
    Peer p = connected();
    p.write(2 * MSS);
    p.discard();
    p.outAfter(200, "P. 1461:2921(1460) ack 1");
    p.in(ack(2)); // Ambiguous: no measurement.
    p.write(2 * MSS);
    p.discard();
    p.run(250);
    assertThat(p.count(Counter.TcpExtTCPLossProbes)).isEqualTo(1);
    p.in(ack(4));
    p.discard();
    p.write(2 * MSS);
    p.discard();
    p.run(1000);
    assertThat(p.count(Counter.TcpExtTCPLossProbes)).isEqualTo(2);
  }

  // ---- what the probe's answer means (section 7.4)

  /** Case 1: the peer had it already and reports a duplicate: nothing was lost. */
  @Tag("RFC8985-7.4.2-a")
  @Test
  void aReportedDuplicateIsNoLoss() {
    Peer p = probed();
    p.in(ack(4));
    p.in(ack(4) + " <nop,nop,sack " + seq(3) + ":" + seq(4) + ">");
    p.write(MSS);
    p.discard();
    p.run(100);
    p.in(ack(5));
    assertThat(p.count(Counter.TcpExtTCPLossProbeRecovery)).isZero();
    assertThat(p.info().ssthresh()).isGreaterThan(1 << 30);
  }

  /** Case 2: an acknowledgement of more, and no such report: the probe repaired a loss. */
  @Tag("RFC8985-7.4.2-a")
  @Tag("RFC8985-7.4.2-b")
  @Test
  void aRepairedLossReducesTheWindow() {
    Peer p = probed();
    p.in(ack(4));
    p.write(MSS);
    p.discard();
    p.run(100);
    p.in(ack(5));
    assertThat(p.count(Counter.TcpExtTCPLossProbeRecovery)).isEqualTo(1);
    assertThat(p.info().ssthresh()).isLessThan(1 << 30);
    assertThat(p.count(Counter.TcpExtTCPTimeouts)).isZero();
  }

  /** Case 3: a duplicate acknowledgement without any block is an answer to the probe too. */
  @Tag("RFC8985-7.4.2-a")
  @Test
  void aDuplicateAcknowledgementIsNoLoss() {
    Peer p = probed();
    p.write(MSS);
    p.discard();
    p.in(ack(4));
    p.in(ack(4));
    p.run(50);
    p.in(ack(5));
    assertThat(p.count(Counter.TcpExtTCPLossProbeRecovery)).isZero();
  }

  /** Section 7.1: a timeout forgets the probe; what comes later is not its doing. */
  @Tag("RFC8985-7.1")
  @Test
  void aTimeoutForgetsTheProbe() {
    Peer p = probed();
    p.network.runUntil(() -> p.count(Counter.TcpExtTCPTimeouts) > 0, Peer.S);
    long threshold = p.info().ssthresh();
    p.discard();
    p.in(ack(4));
    p.write(MSS);
    p.discard();
    p.run(100);
    p.in(ack(5));
    assertThat(p.count(Counter.TcpExtTCPLossProbeRecovery)).isZero();
    assertThat(p.info().ssthresh()).isGreaterThanOrEqualTo(threshold);
  }

  /** A report of another duplicate is not the probe's. */
  @Tag("RFC8985-7.4.2-a")
  @Test
  void aReportOfAnotherSegmentExplainsNothing() {
    Peer p = probed();
    p.in(ack(4));
    p.in(ack(4) + " <nop,nop,sack " + seq(1) + ":" + seq(2) + ">");
    p.write(MSS);
    p.discard();
    p.run(100);
    p.in(ack(5));
    assertThat(p.count(Counter.TcpExtTCPLossProbeRecovery)).isEqualTo(1);
  }

  private static Peer probed() {
    Peer p = connected();
    p.write(4 * MSS);
    assertThat(p.all()).hasSize(4);
    p.outAfter(200, "P. 4381:5841(1460) ack 1");
    p.run(100);
    return p;
  }

  /**
   * A tail of two is lost: the probe repairs one, and its SACK tells of the other, which was sent
   * so long before that no window is left to wait for. Within 2 SRTT and two round trips, without a
   * timeout.
   */
  @Tag("RFC8985-7.4.1")
  @Test
  void aLostTailIsRepairedWithoutATimeout() {
    Peer p = connected();
    p.write(6 * MSS);
    assertThat(p.all()).hasSize(6);
    long sent = p.network.now();
    p.run(100);
    p.in(ack(4));
    double pto = 2 * p.info().srttNanos() / (double) Peer.MS;
    p.outAfter(pto, "P. " + seq(5) + ":" + seq(6) + "(1460) ack 1");
    p.run(100);
    p.in(ack(4) + " <nop,nop,sack " + seq(5) + ":" + seq(6) + ">");
    p.out(". " + seq(4) + ":" + seq(5) + "(1460) ack 1");
    p.run(100);
    p.in(ack(6));
    long took = p.network.now() - sent - 100 * Peer.MS;
    assertThat(took).isLessThanOrEqualTo(400 * Peer.MS);
    assertThat(p.count(Counter.TcpExtTCPTimeouts)).isZero();
  }

  /** A FIN behind a gap is seldom reported, so it takes the last data along. */
  @Test
  void aFinTakesTheLastDataAlong() {
    Peer p = connected();
    p.write(2 * MSS);
    p.close();
    assertThat(p.all()).hasSize(3);
    p.outAfter(200, "FP. 1461:2921(1460) ack 1");
    p.run(100);
    p.in(". 1:1(0) ack 2922");
    p.quietFor(Peer.S);
    assertThat(p.count(Counter.TcpExtTCPTimeouts)).isZero();
  }

  @Test
  void aFinThatIsAllThatIsLeftIsProbedAlone() {
    Peer p = connected();
    p.write(MSS);
    p.close();
    assertThat(p.all()).hasSize(2);
    p.run(100);
    p.in(ack(1));
    p.network.runUntil(() -> p.pending() > 0, Peer.S);
    p.out("F. 1461:1461(0) ack 1");
    assertThat(p.count(Counter.TcpExtTCPLossProbes)).isEqualTo(1);
  }

  @Tag("RFC8985-4-a")
  @Tag("RFC8985-4-d")
  @Test
  void withoutRackOrWithoutSackThereIsNoProbe() {
    Peer p = connected(Peer.profile(RENO, "rack", false));
    p.write(2 * MSS);
    p.discard();
    p.quietFor(250 * Peer.MS);
    Peer q = connected(Peer.profile(RENO, "tailLossProbe", false));
    q.write(2 * MSS);
    q.discard();
    q.quietFor(250 * Peer.MS);
    Peer r = new Peer();
    r.acceptPlain();
    r.write(2 * MSS);
    r.discard();
    r.quietFor(150 * Peer.MS);
  }
}
