package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** HyStart++ (RFC 9406 section 4.2 and the constants of 4.3). */
class HyStartTest {
  private static final long MS = 1_000_000L;

  private final HyStart h = new HyStart();
  private final AckSample ack = new AckSample();

  /** An acknowledgement of a path that nothing fills. */
  private boolean onAck(HyStart to, boolean roundStart, long rtt, boolean delayed) {
    ack.now += MS;
    ack.roundStart = roundStart;
    ack.rttNanos = rtt;
    ack.minRttNanos = 80 * MS;
    ack.ackedBytes = 1000;
    ack.deliveredBytes = 1000;
    return to.onAck(ack, delayed, 1000);
  }

  /** A round of so many samples; true when congestion avoidance is to begin. */
  private boolean round(int samples, long rtt) {
    boolean leave = onAck(h, true, rtt, false);
    for (int i = 1; i < samples; i++) {
      leave |= onAck(h, false, rtt, false);
    }
    return leave;
  }

  private boolean conservative() {
    return h.growth(4000) == 1000;
  }

  @Test
  void aSteadyRoundTripTimeNeverEndsSlowStart() {
    for (int i = 0; i < 50; i++) {
      assertThat(round(20, 100 * MS)).isFalse();
      assertThat(conservative()).isFalse();
    }
  }

  /** RttThresh is an eighth of the last round's minimum. */
  @Test
  void anEighthMoreBeginsConservativeSlowStart() {
    round(8, 80 * MS);
    round(8, 90 * MS - 1);
    assertThat(conservative()).isFalse();
    round(8, 90 * MS - 1 + 90 * MS / 8);
    assertThat(conservative()).isTrue();
  }

  /** ... but at least 4 ms and at most 16 ms. */
  @Test
  void theThresholdIsBoundedOnBothSides() {
    round(8, MS);
    round(8, 5 * MS - 1);
    assertThat(conservative()).isFalse();
    HyStart far = new HyStart();
    for (int i = 0; i < 8; i++) {
      onAck(far, i == 0, 300 * MS, false);
    }
    for (int i = 0; i < 8; i++) {
      onAck(far, i == 0, 316 * MS, false);
    }
    assertThat(far.growth(4)).isEqualTo(1);
  }

  @Test
  void sevenSamplesAreTooFew() {
    round(8, 80 * MS);
    round(7, 200 * MS);
    assertThat(conservative()).isFalse();
    onAck(h, false, 200 * MS, false);
    assertThat(conservative()).isTrue();
  }

  /** Four delayed acknowledgements are eight segments. */
  @Test
  void anAcknowledgementOfTwoSegmentsCountsForTwo() {
    round(8, 80 * MS);
    for (int i = 0; i < 3; i++) {
      assertThat(onAck(h, i == 0, 200 * MS, true)).isFalse();
    }
    assertThat(conservative()).isFalse();
    assertThat(onAck(h, false, 200 * MS, true)).isFalse();
    assertThat(conservative()).isTrue();
  }

  @Test
  void oneLowSampleOfARoundIsEnoughToStay() {
    round(8, 80 * MS);
    round(7, 200 * MS);
    onAck(h, false, 80 * MS, false);
    assertThat(conservative()).isFalse();
  }

  /** An acknowledgement without a measurement is none. */
  @Test
  void noSampleCountsForNothing() {
    round(8, 80 * MS);
    round(20, -1);
    round(20, 200 * MS);
    assertThat(conservative()).as("the round before had no minimum").isFalse();
  }

  @Test
  void jitterThatGoesAwayResumesSlowStart() {
    round(8, 80 * MS);
    round(8, 100 * MS);
    assertThat(conservative()).isTrue();
    assertThat(round(8, 99 * MS)).isFalse();
    assertThat(conservative()).isFalse();
  }

  /** CSS_ROUNDS is 5, and the round in which it began counts as one. */
  @Test
  void delayThatStaysEndsSlowStartAfterFiveRounds() {
    round(8, 80 * MS);
    round(8, 100 * MS);
    for (int i = 0; i < 4; i++) {
      assertThat(round(8, 100 * MS)).isFalse();
      assertThat(conservative()).isTrue();
    }
    assertThat(onAck(h, true, 100 * MS, false)).isTrue();
  }

  /** A round of acknowledgements, a gap apart, whose round-trip time grows with each. */
  private void stretch(int count, long gap, long first, long growth, long window) {
    for (int i = 0; i < count; i++) {
      ack.now += gap;
      ack.roundStart = i == 0;
      ack.rttNanos = first + i * growth;
      ack.minRttNanos = first;
      ack.ackedBytes = 1000;
      ack.deliveredBytes = 1000;
      assertThat(h.onAck(ack, false, window)).isFalse();
    }
  }

  /**
   * 1000 bytes a millisecond over 20 ms: 20,000 bytes fill the path, and the round-trip time grows
   * by half of the time, as it does when a window twice as large is sent.
   */
  @Test
  void aWindowThatFillsThePathBeginsItWithinARound() {
    stretch(9, MS, 20 * MS, MS / 2, 19_999);
    assertThat(conservative()).isFalse();
    stretch(9, MS, 20 * MS, MS / 2, 20_000);
    assertThat(conservative()).isTrue();
  }

  /** What comes as fast as it was sent says nothing of the path's rate. */
  @Test
  void aRoundThatIsNotStretchedByAQuarterSaysNothing() {
    stretch(30, MS, 20 * MS, MS / 4 - 1, 100_000);
    assertThat(conservative()).isFalse();
    stretch(30, MS, 20 * MS, MS / 4, 100_000);
    assertThat(conservative()).isTrue();
  }

  /** One that came late, or three, are no stretched round. */
  @Test
  void fourSamplesInARowMustHaveGrown() {
    for (int i = 0; i < 20; i++) {
      ack.now += MS;
      ack.roundStart = i == 0;
      ack.rttNanos = i % 4 == 3 ? 20 * MS : 20 * MS + i * MS;
      ack.minRttNanos = 20 * MS;
      ack.ackedBytes = 1000;
      ack.deliveredBytes = 1000;
      assertThat(h.onAck(ack, false, 100_000)).isFalse();
    }
    assertThat(conservative()).isFalse();
  }

  /** Eight samples, and 4 ms, as for the delay between rounds. */
  @Test
  void aShortRoundSaysNothing() {
    stretch(7, MS, 20 * MS, MS, 100_000);
    assertThat(conservative()).as("seven samples").isFalse();
    stretch(9, MS / 2 - 1, 20 * MS, MS / 2, 100_000);
    assertThat(conservative()).as("less than 4 ms").isFalse();
    stretch(9, MS / 2, 20 * MS, MS / 2, 100_000);
    assertThat(conservative()).isTrue();
  }

  /** The next round begins as low as ever and is not stretched: it was a burst, not the path. */
  @Test
  void aBurstThatIsOverResumesSlowStart() {
    stretch(9, MS, 20 * MS, MS / 2, 100_000);
    assertThat(conservative()).isTrue();
    stretch(9, MS, 20 * MS - 1, 0, 100_000);
    assertThat(conservative()).isFalse();
  }

  /** What comes out of order, as reported by SACK, tells how late it was, not of a queue. */
  @Test
  void whatComesOutOfOrderSaysNothing() {
    for (int i = 0; i < 20; i++) {
      ack.now += MS;
      ack.roundStart = i == 0;
      ack.rttNanos = 20 * MS + i * MS;
      ack.minRttNanos = 20 * MS;
      ack.ackedBytes = 1000;
      ack.deliveredBytes = i % 4 == 3 ? 2000 : 1000;
      assertThat(h.onAck(ack, false, 100_000)).isFalse();
    }
    assertThat(conservative()).isFalse();
  }
}
