package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** HyStart++ (RFC 9406 section 4.2 and the constants of 4.3). */
class HyStartTest {
  private static final long MS = 1_000_000L;

  private final HyStart h = new HyStart();

  /** A round of so many samples; true when congestion avoidance is to begin. */
  private boolean round(int samples, long rtt) {
    boolean leave = h.onAck(true, rtt, false);
    for (int i = 1; i < samples; i++) {
      leave |= h.onAck(false, rtt, false);
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
      far.onAck(i == 0, 300 * MS, false);
    }
    for (int i = 0; i < 8; i++) {
      far.onAck(i == 0, 316 * MS, false);
    }
    assertThat(far.growth(4)).isEqualTo(1);
  }

  @Test
  void sevenSamplesAreTooFew() {
    round(8, 80 * MS);
    round(7, 200 * MS);
    assertThat(conservative()).isFalse();
    h.onAck(false, 200 * MS, false);
    assertThat(conservative()).isTrue();
  }

  /** Four delayed acknowledgements are eight segments. */
  @Test
  void anAcknowledgementOfTwoSegmentsCountsForTwo() {
    round(8, 80 * MS);
    for (int i = 0; i < 3; i++) {
      assertThat(h.onAck(i == 0, 200 * MS, true)).isFalse();
    }
    assertThat(conservative()).isFalse();
    assertThat(h.onAck(false, 200 * MS, true)).isFalse();
    assertThat(conservative()).isTrue();
  }

  @Test
  void oneLowSampleOfARoundIsEnoughToStay() {
    round(8, 80 * MS);
    round(7, 200 * MS);
    h.onAck(false, 80 * MS, false);
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
    assertThat(h.onAck(true, 100 * MS, false)).isTrue();
  }

  /** A queue of less than a window fills within a round whose first samples are low. */
  @Test
  void fourHighSamplesInARowBeginItWithinARound() {
    round(8, 80 * MS);
    round(8, 80 * MS);
    for (int i = 0; i < 3; i++) {
      assertThat(h.onAck(false, 90 * MS, false)).isFalse();
    }
    assertThat(conservative()).isFalse();
    assertThat(h.onAck(false, 90 * MS - 1, false)).isFalse();
    for (int i = 0; i < 3; i++) {
      assertThat(h.onAck(false, 90 * MS, false)).isFalse();
    }
    assertThat(conservative()).as("interrupted by one that is lower").isFalse();
    assertThat(h.onAck(false, 90 * MS, false)).isFalse();
    assertThat(conservative()).isTrue();
  }

  /** Three at a round's end and one at the next one's beginning are no four in a row. */
  @Test
  void highSamplesAreOfOneRound() {
    round(8, 80 * MS);
    round(8, 80 * MS);
    for (int i = 0; i < 3; i++) {
      assertThat(h.onAck(false, 90 * MS, false)).isFalse();
    }
    assertThat(h.onAck(true, 95 * MS, false)).isFalse();
    assertThat(conservative()).isFalse();
  }

  /** A round that begins as low as ever shows that it was a burst, not a standing queue. */
  @Test
  void aBurstThatIsOverResumesSlowStart() {
    round(8, 80 * MS);
    round(8, 80 * MS);
    for (int i = 0; i < 4; i++) {
      assertThat(h.onAck(false, 90 * MS, false)).isFalse();
    }
    assertThat(conservative()).isTrue();
    assertThat(round(7, 80 * MS)).isFalse();
    assertThat(conservative()).isTrue();
    assertThat(h.onAck(false, 80 * MS, false)).isFalse();
    assertThat(conservative()).isFalse();
  }
}
