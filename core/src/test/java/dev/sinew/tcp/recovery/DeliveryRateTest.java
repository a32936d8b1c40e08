package dev.sinew.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.tcp.congestion.AckSample;
import dev.sinew.tcp.congestion.CongestionControl;
import org.junit.jupiter.api.Test;

/** What a controller that wants rates hears (draft-ietf-ccwg-bbr section 4.1). */
class DeliveryRateTest {
  private static final int MSS = Driver.MSS;
  private static final long MS = Driver.MS;

  /** A window without end, which only listens. */
  private static final class Listener implements CongestionControl {
    @Override
    public String name() {
      return "listener";
    }

    @Override
    public boolean wantsRate() {
      return true;
    }

    @Override
    public void start(int mss, long initialWindow) {}

    @Override
    public long window() {
      return 1 << 20;
    }

    @Override
    public long threshold() {
      return 1 << 20;
    }

    @Override
    public void onAck(AckSample ack) {}

    @Override
    public void onCongestion(Cause cause, long inFlight, long now) {}

    @Override
    public void onRepeatedTimeout() {}

    @Override
    public void onRecovered(long inFlight) {}

    @Override
    public void onUndo(long inFlight) {}

    @Override
    public void onIdleRestart() {}

    @Override
    public void mss(int bytes) {}
  }

  private final Driver d = new Driver(Profile.STANDARD, true, new Listener(), -1);
  private final AckSample s = d.event.sample;

  /** A segment each 10 ms, acknowledged 100 ms later: 100 bytes each millisecond. */
  @Test
  void aSteadyFlowHasItsRate() {
    for (int i = 0; i < 50; i++) {
      d.at(i * 10).send(1);
      if (i >= 10) {
        d.ack((i - 9) * MSS);
        if (i > 20) {
          assertThat((double) s.rateDeliveredBytes / (s.rateIntervalNanos / (double) MS))
              .isBetween(90.0, 110.0);
          assertThat(s.totalDeliveredBytes).isEqualTo((i - 9L) * MSS);
          assertThat(s.txInFlightBytes).isEqualTo(11 * MSS);
        }
      }
    }
  }

  /** A round lasts until what was sent in it is delivered. */
  @Test
  void roundsAreCounted() {
    int rounds = 0;
    for (int i = 0; i < 100; i++) {
      d.at(i * 10).send(1);
      if (i >= 10) {
        d.ack((i - 9) * MSS);
        rounds += s.roundStart ? 1 : 0;
      }
    }
    assertThat(rounds).isBetween(8, 10);
  }

  /** SACKed bytes are delivered, once; the cumulative acknowledgement adds the rest. */
  @Test
  void eachByteIsDeliveredOnce() {
    d.at(0).send(5);
    d.at(100).ack(0, MSS, 3 * MSS);
    assertThat(s.deliveredBytes).isEqualTo(2 * MSS);
    assertThat(s.ackedBytes).isZero();
    d.ack(0, MSS, 3 * MSS);
    assertThat(s.deliveredBytes).isZero();
    d.ack(5 * MSS);
    assertThat(s.deliveredBytes).isEqualTo(3 * MSS);
    assertThat(s.ackedBytes).isEqualTo(5 * MSS);
    assertThat(s.totalDeliveredBytes).isEqualTo(5 * MSS);
  }

  /** What was sent while the application had no more says so, until it is delivered. */
  @Test
  void aPauseOfTheApplicationMarksWhatFollows() {
    d.at(0).send(2);
    d.recovery.applicationLimited();
    d.at(50).send(1);
    d.at(100).ack(2 * MSS);
    assertThat(s.appLimited).isFalse();
    d.at(150).ack(3 * MSS);
    assertThat(s.appLimited).isTrue();
    d.at(160).send(1);
    d.at(260).ack(4 * MSS);
    assertThat(s.appLimited).isFalse();
  }

  @Test
  void lossesAreReportedAndCountedSinceTheSending() {
    d.at(0).send(6);
    d.at(100).ack(0, MSS, 4 * MSS);
    assertThat(s.lostBytes).isEqualTo(MSS);
    assertThat(s.lostSinceSentBytes).isEqualTo(MSS);
    d.ack(0, MSS, 5 * MSS);
    assertThat(s.lostBytes).isZero();
    assertThat(s.priorInFlightBytes).isEqualTo(2 * MSS);
    assertThat(s.inFlightBytes).isEqualTo(MSS);
  }

  /** A timeout holds everything for lost, from the first on: what was before it, the path held. */
  @Test
  void aTimeoutTellsWhatWasInFlightBeforeTheFirstLostSegment() {
    d.at(0).send(6).at(100).ack(2 * MSS);
    assertThat(s.lostBehindBytes).as("nothing is lost").isEqualTo(-1);
    d.send(2).at(500).timeout();
    d.resend();
    d.at(600).ack(3 * MSS);
    assertThat(s.lostBytes).isEqualTo(6 * MSS);
    assertThat(s.lostBehindBytes).isEqualTo(2 * MSS);
    assertThat(s.lostAppLimited).isFalse();
    assertThat(s.selective).isTrue();
    d.at(610).resend();
    d.at(700).ack(4 * MSS);
    assertThat(s.lostBehindBytes).as("nothing more").isEqualTo(-1);
  }

  @Test
  void withoutSackTheFirstSegmentIsTheLostOne() {
    Driver reno = new Driver(Profile.STANDARD, false, new Listener(), -1);
    AckSample sample = reno.event.sample;
    reno.at(0).send(2);
    reno.recovery.applicationLimited();
    reno.send(6).at(100).ack(4 * MSS);
    reno.ack(4 * MSS);
    reno.ack(4 * MSS);
    assertThat(sample.lostBehindBytes).isEqualTo(-1);
    reno.ack(4 * MSS);
    assertThat(reno.recovery.inFastRecovery()).isTrue();
    assertThat(sample.selective).isFalse();
    assertThat(sample.lostAppLimited).isTrue();
    assertThat(sample.lostBehindBytes).isEqualTo(4 * MSS);
  }

  /** A sample shorter than any round trip is none. */
  @Test
  void anImpossiblyShortSampleIsNone() {
    d.at(0).send(1).at(100).ack(MSS);
    assertThat(s.rateIntervalNanos).isEqualTo(100 * MS);
    // The answer to the first transmission comes just after the second.
    d.at(200).send(1).at(500).timeout();
    d.resend();
    d.at(500.5).ack(2 * MSS);
    assertThat(s.deliveredBytes).isEqualTo(MSS);
    assertThat(s.rateIntervalNanos).isZero();
  }

  @Test
  void whoWantsNoRatePaysNothing() {
    Driver plain = new Driver(Profile.STANDARD, true);
    plain.at(0).send(3).at(100).ack(3 * MSS);
    assertThat(plain.recovery.records().snapshots()).isNull();
    assertThat(plain.event.sample.rateIntervalNanos).isZero();
    assertThat(plain.event.sample.roundStart).isTrue();
  }
}
