package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sinew.tcp.congestion.Bbr.State;
import dev.sinew.tcp.congestion.Bottleneck.Flow;
import dev.sinew.tcp.congestion.CongestionControl.Cause;
import dev.sinew.testing.TestEntropy;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** BBR version 3 (draft-ietf-ccwg-bbr-06) behind a modelled bottleneck. */
class BbrTest {
  private static final int MSS = Bottleneck.MSS;
  private static final long S = Bottleneck.S;
  private static final long MS = 1_000_000L;
  private static final long RATE = 1_250_000; // 10 Mbit/s
  private static final long RTT = 40 * MS;

  private final Bbr bbr = new Bbr(new TestEntropy(3));

  private static Bottleneck path(double queueInBdp) {
    return new Bottleneck(1, RATE, RTT, (long) (RATE * 0.04 * queueInBdp));
  }

  private static void runUntil(Bottleneck path, Bbr bbr, State state) {
    for (int i = 0; bbr.state != state; i++) {
      assertThat(i).as("to reach " + state).isLessThan(20_000);
      path.runFor(MS);
    }
  }

  // ---- Startup and Drain

  /** Section 5.3.1.1: the rate doubles each round; section 5.3.1.2: three flat ones end it. */
  @Test
  @Tag("MAY-18")
  void startupFindsTheRateAndDrainEmptiesTheQueue() {
    Bottleneck path = path(10);
    path.flow(bbr);
    assertThat(bbr.state).isEqualTo(State.STARTUP);
    runUntil(path, bbr, State.DRAIN);
    assertThat(path.now).isLessThan(12 * 2 * RTT);
    assertThat(bbr.model.maxBw()).isCloseTo(RATE, within(RATE / 20));
    assertThat(bbr.pacingRate()).isCloseTo(RATE / 2, within(RATE / 10));
    long inDrain = 0;
    while (bbr.state == State.DRAIN) {
      path.runFor(MS);
      inDrain += MS;
    }
    assertThat(inDrain).isLessThan(3 * RTT);
    assertThat(path.flows.getFirst().inFlight).isLessThanOrEqualTo(path.bdp() + 7 * MSS);
  }

  /** Section 5.3.1.3: in a shallow queue losses end it, and say how much the path holds. */
  @Test
  void highLossEndsStartup() {
    Bottleneck path = new Bottleneck(1, 10 * RATE, RTT, 20 * MSS);
    path.flow(bbr);
    runUntil(path, bbr, State.DRAIN);
    assertThat(bbr.model.inflightLongterm).isBetween(path.bdp() / 4, 2 * path.bdp());
    assertThat(path.now).isLessThan(20 * RTT);
  }

  /** Section 5.6.2: the first pace is the initial window over the first round-trip time. */
  @Test
  void theFirstPaceComesFromTheInitialWindow() {
    bbr.start(MSS, 10 * MSS);
    assertThat(bbr.pacingRate()).isEqualTo(10L * MSS * 1000 * 277 / 100);
    AckSample ack = new AckSample();
    ack.now = RTT;
    ack.srttNanos = RTT;
    ack.rttNanos = RTT;
    ack.deliveredBytes = MSS;
    ack.totalDeliveredBytes = MSS;
    bbr.onAck(ack);
    assertThat(bbr.pacingRate()).isEqualTo(10L * MSS * 25 * 277 / 100);
    assertThat(bbr.window()).isEqualTo(11 * MSS);
  }

  // ---- steady state

  /** Section 5.3.3: all states of the cycle, the pipe full, the queue short. */
  @Test
  void itCyclesWithAFullPipeAndAShortQueue() {
    Bottleneck path = path(10);
    path.flow(bbr);
    path.runFor(2 * S);
    path.longestQueue = 0;
    Set<State> seen = EnumSet.noneOf(State.class);
    long before = path.flows.getFirst().delivered;
    for (int i = 0; i < 2000; i++) {
      path.runFor(2 * MS);
      seen.add(bbr.state);
    }
    assertThat(seen).contains(State.DOWN, State.CRUISE, State.REFILL, State.UP);
    double share = (path.flows.getFirst().delivered - before) / (4.0 * RATE);
    assertThat(share).isGreaterThan(0.95);
    assertThat(path.longestQueue).isLessThan(path.bdp() * 3 / 2);
    assertThat(path.flows.getFirst().lost).isZero();
  }

  /** Sections 5.3.4 and 5.5.7: every five seconds the queue is drained, for 200 ms. */
  @Test
  void probeRttComesEveryFiveSeconds() {
    Bottleneck path = path(10);
    path.flow(bbr);
    int probes = 0;
    boolean inside = false;
    long insideMs = 0;
    for (int i = 0; i < 31_000; i++) {
      path.runFor(MS);
      boolean now = bbr.state == State.PROBE_RTT;
      probes += now && !inside ? 1 : 0;
      insideMs += now ? 1 : 0;
      inside = now;
      if (now) {
        assertThat(bbr.window()).isLessThanOrEqualTo(path.bdp());
      }
    }
    assertThat(probes).isBetween(3, 6);
    assertThat(insideMs / probes).isBetween(200L, 200 + 3 * 40L);
    assertThat(bbr.rtt.minRtt()).isCloseTo(RTT, within(2 * MS));
  }

  @Test
  void aRateThatGrowsIsFound() {
    Bottleneck path = path(40);
    path.flow(bbr);
    path.runFor(4 * S);
    path.rate = 4 * RATE;
    path.runFor(12 * S);
    assertThat(path.utilisation(4 * S)).isGreaterThan(0.9);
  }

  @Test
  void aRateThatShrinksIsFollowed() {
    Bottleneck path = path(10);
    path.flow(bbr);
    path.runFor(4 * S);
    path.rate = RATE / 2;
    path.runFor(15 * S);
    assertThat(bbr.model.maxBw()).isCloseTo(RATE / 2, within(RATE / 20));
    assertThat(path.utilisation(5 * S)).isGreaterThan(0.9);
  }

  /** A path whose propagation delay grows: after the filter's ten seconds the new one counts. */
  @Test
  void aLongerPathIsLearnt() {
    Bottleneck path = path(20);
    path.flow(bbr);
    path.runFor(4 * S);
    path.rttNanos = 3 * RTT;
    path.runFor(25 * S);
    assertThat(bbr.rtt.minRtt()).isCloseTo(3 * RTT, within(10 * MS));
    assertThat(path.utilisation(5 * S)).isGreaterThan(0.9);
  }

  // ---- losses (section 5.5.10)

  /** The goal of section 3.1: full throughput at a loss of 1 %. */
  @Test
  void onePercentOfLossCostsLittle() {
    Bottleneck path = path(4);
    path.loss = 0.01;
    path.flow(bbr);
    path.runFor(5 * S);
    assertThat(path.utilisation(30 * S)).isGreaterThan(0.85);
  }

  /** Above LossThresh each probe lowers what may be in flight: it must give way. */
  @Test
  void tenPercentOfLossMakesItGiveWay() {
    Bottleneck path = path(4);
    path.loss = 0.1;
    path.flow(bbr);
    path.runFor(5 * S);
    assertThat(path.utilisation(30 * S)).isBetween(0.02, 0.85);
  }

  /** A queue that is too short for a probe bounds inflight_longterm, and losses stay few. */
  @Test
  void aShallowQueueLimitsWhatIsInFlight() {
    Bottleneck path = new Bottleneck(1, RATE * 10, RTT, RATE * 10 / 25 / 10);
    Flow f = path.flow(bbr);
    path.runFor(5 * S);
    long lost = f.lost;
    long delivered = f.delivered;
    assertThat(path.utilisation(30 * S)).isGreaterThan(0.8);
    assertThat((f.lost - lost) / (double) (f.delivered - delivered)).isLessThan(0.02);
    assertThat(bbr.model.inflightLongterm).isLessThan(BbrModel.INFINITY);
  }

  /** LossThresh is 2 % (section 2.8). */
  @Test
  void twoPercentAreTolerated() {
    AckSample ack = new AckSample();
    ack.txInFlightBytes = 100_000;
    ack.lostSinceSentBytes = 2000;
    assertThat(Bbr.tooHigh(ack)).isFalse();
    ack.lostSinceSentBytes = 2001;
    assertThat(Bbr.tooHigh(ack)).isTrue();
    ack.txInFlightBytes = 0;
    assertThat(Bbr.tooHigh(ack)).as("no segment to tell").isFalse();
  }

  /** Section 5.5.10.2: without SACK there may be more than the one that is seen. */
  @Test
  void withoutSackAnyLossIsTooMuch() {
    AckSample ack = new AckSample();
    ack.selective = false;
    ack.txInFlightBytes = 100_000;
    assertThat(Bbr.tooHigh(ack)).isFalse();
    ack.lostSinceSentBytes = 1;
    assertThat(Bbr.tooHigh(ack)).isTrue();
  }

  /** Section 5.5.10.2, InflightAtLoss: what was in flight before the first lost segment. */
  @Test
  void aLossWhileProbingBoundsWhatIsInFlight() {
    Bottleneck path = path(10);
    path.flow(bbr);
    runUntil(path, bbr, State.UP);
    long before = bbr.window() / 2;
    AckSample ack = new AckSample();
    ack.now = bbr.lastAckAt();
    ack.totalDeliveredBytes = 1L << 40;
    ack.inFlightBytes = 1L << 40;
    ack.lostBehindBytes = before;
    ack.lostBytes = before / 50;
    bbr.onAck(ack);
    assertThat(bbr.state).as("2 %").isEqualTo(State.UP);
    ack.lostBytes = before / 50 + 1;
    assertThat(bbr.model.inflightLongterm).isEqualTo(BbrModel.INFINITY);
    long target = Math.min(bbr.bdp(bbr.model.bw, 100), bbr.window());
    bbr.onAck(ack);
    assertThat(bbr.state).isEqualTo(State.DOWN);
    assertThat(bbr.model.inflightLongterm)
        .isEqualTo(Math.max(before, target * BbrModel.BETA_TENTHS / 10));
  }

  /** Section 5.3.1.3: with SACK it takes six losses in a round, and 2 %. */
  @Test
  void withoutSackOneLossInFastRecoveryEndsStartup() {
    path(10).flow(bbr).active = false;
    AckSample ack = jump(1, true);
    ack.lostBytes = MSS;
    ack.selective = false;
    bbr.onAck(ack);
    assertThat(bbr.state).as("a timeout is none").isEqualTo(State.STARTUP);
    ack = jump(1, false);
    ack.inRecovery = true;
    ack.lostBytes = MSS;
    bbr.onAck(ack);
    assertThat(bbr.state).as("with SACK").isEqualTo(State.STARTUP);
    ack.selective = false;
    bbr.onAck(ack);
    assertThat(bbr.pipe.reached).isTrue();
    assertThat(bbr.model.inflightLongterm).isLessThan(BbrModel.INFINITY);
    bbr.onUndo(0);
    assertThat(bbr.state).as("it was none").isEqualTo(State.STARTUP);
  }

  /** While cruising, a round with a loss lowers the short-term model by 30 % at most. */
  @Test
  void lossesWhileCruisingLowerTheShortTermModel() {
    Bottleneck path = path(10);
    path.flow(bbr);
    runUntil(path, bbr, State.CRUISE);
    long bw = bbr.model.maxBw();
    path.dropNext = 1;
    path.runFor(3 * RTT);
    assertThat(bbr.model.bwShortterm).isBetween(bw * 7 / 10, bw);
    assertThat(bbr.model.maxBw()).isEqualTo(bw);
    runUntil(path, bbr, State.REFILL);
    assertThat(bbr.model.bwShortterm).isEqualTo(BbrModel.INFINITY);
  }

  /** A congestion mark counts like a loss (section 3.7). */
  @Test
  void marksCountLikeLosses() {
    Bottleneck path = path(10);
    path.flow(bbr);
    runUntil(path, bbr, State.UP);
    path.runFor(RTT);
    bbr.onCongestion(Cause.ECN, path.bdp(), path.now);
    assertThat(bbr.state).isEqualTo(State.DOWN);
    assertThat(bbr.model.inflightLongterm).isCloseTo(path.bdp(), within(path.bdp() / 10));
  }

  /** Section 5.6.4.4: one segment after a timeout, the old window when all is repaired. */
  @Test
  void aTimeoutLeavesOneSegment() {
    Bottleneck path = path(10);
    path.flow(bbr);
    runUntil(path, bbr, State.CRUISE);
    long before = bbr.window();
    bbr.onCongestion(Cause.TIMEOUT, path.bdp(), path.now);
    assertThat(bbr.window()).isEqualTo(MSS);
    bbr.onRepeatedTimeout();
    assertThat(bbr.window()).isEqualTo(MSS);
    bbr.onRecovered(0);
    assertThat(bbr.window()).isEqualTo(before);
  }

  // ---- undo (section 5.5.11)

  @Test
  void aSpuriousLossReturnsToTheProbeThatItEnded() {
    Bottleneck path = path(10);
    path.flow(bbr);
    runUntil(path, bbr, State.UP);
    path.dropNext = 10;
    runUntil(path, bbr, State.DOWN);
    assertThat(bbr.model.inflightLongterm).isLessThan(BbrModel.INFINITY);
    bbr.onUndo(path.bdp());
    assertThat(bbr.state).isEqualTo(State.REFILL);
    assertThat(bbr.model.inflightLongterm).isEqualTo(BbrModel.INFINITY);
  }

  // ---- timeout

  /** RFC 3465 section 2.3: what a jump of SND.UNA covers then left the network long before. */
  @Test
  void whileATimeoutIsRepairedAnAckIsWorthOneSegment() {
    path(10).flow(bbr).active = false;
    bbr.onCongestion(Cause.TIMEOUT, 100 * MSS, S);
    assertThat(bbr.window()).isEqualTo(MSS);
    bbr.onAck(jump(60, true));
    long repairing = bbr.window();
    assertThat(repairing).isEqualTo(4 * MSS); // BBR.MinPipeCwnd
    bbr.onAck(jump(60, true));
    assertThat(bbr.window()).isEqualTo(repairing + MSS);
    bbr.onAck(jump(60, false));
    assertThat(bbr.window()).as("repaired").isEqualTo(repairing + 61 * MSS);
  }

  /** ProbeRTT falls due while a long timeout runs; its end is not the end of the repair. */
  @Test
  void theEndOfProbeRttDoesNotEndTheRepairOfATimeout() {
    Bottleneck path = path(10);
    Flow f = path.flow(bbr);
    runUntil(path, bbr, State.CRUISE);
    f.active = false;
    long window = bbr.window();
    assertThat(window).isGreaterThan(20 * MSS);
    long now = bbr.lastAckAt();
    bbr.onCongestion(Cause.TIMEOUT, window, now);
    long delivered = 1L << 40;
    boolean probed = false;
    for (int i = 0; i < 30; i++) {
      AckSample ack = jump(1, true);
      now += i == 0 ? 20 * S : RTT;
      ack.now = now;
      ack.priorDeliveredBytes = delivered;
      delivered += MSS;
      ack.totalDeliveredBytes = delivered;
      bbr.onAck(ack);
      probed |= bbr.state == State.PROBE_RTT;
      assertThat(bbr.window()).isLessThanOrEqualTo((4L + i) * MSS);
    }
    assertThat(probed).isTrue();
    assertThat(bbr.state).isNotEqualTo(State.PROBE_RTT);
    bbr.onRecovered(0);
    assertThat(bbr.window()).isGreaterThanOrEqualTo(window);
  }

  private static AckSample jump(int segments, boolean afterTimeout) {
    AckSample ack = new AckSample();
    ack.now = 2 * S;
    ack.deliveredBytes = (long) segments * MSS;
    ack.totalDeliveredBytes = 1000L * MSS;
    ack.inRecovery = afterTimeout;
    ack.afterTimeout = afterTimeout;
    return ack;
  }

  // ---- idle (section 5.4)

  @Test
  void afterAPauseItGoesOnAtItsRate() {
    Bottleneck path = path(10);
    Flow f = path.flow(bbr);
    path.runFor(3 * S);
    f.active = false;
    path.runFor(20 * S);
    f.active = true;
    path.longestQueue = 0;
    bbr.onIdleRestart();
    path.runFor(RTT);
    assertThat(path.longestQueue).as("no burst").isLessThan(4 * MSS);
    assertThat(path.utilisation(S)).isGreaterThan(0.9);
  }

  // ---- fairness

  @Test
  void twoFlowsShare() {
    Bottleneck path = path(2);
    Flow a = path.flow(bbr);
    path.runFor(5 * S);
    Flow b = path.flow(new Bbr(new TestEntropy(9)));
    path.runFor(30 * S);
    long beforeA = a.delivered;
    long beforeB = b.delivered;
    path.runFor(60 * S);
    double x = a.delivered - beforeA;
    double y = b.delivered - beforeB;
    assertThat((x + y) * (x + y) / (2 * (x * x + y * y))).isGreaterThan(0.95);
    assertThat((x + y) / (60.0 * RATE)).isGreaterThan(0.9);
  }
}
