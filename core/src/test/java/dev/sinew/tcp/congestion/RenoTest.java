package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.tcp.congestion.CongestionControl.Cause;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Slow start, congestion avoidance and the reactions to loss (RFC 5681, RFC 3465, RFC 6928). */
class RenoTest {
  private static final int MSS = 1000;

  private static Reno started() {
    Reno c = new Reno();
    c.start(MSS, 10 * MSS);
    return c;
  }

  private static void ack(Reno c, long bytes, boolean limited) {
    AckSample a = new AckSample();
    a.ackedBytes = bytes;
    a.deliveredBytes = bytes;
    a.windowLimited = limited;
    c.onAck(a);
  }

  private static Reno grown(int segments) {
    Reno c = started();
    while (c.window() < (long) segments * MSS) {
      ack(c, 2 * MSS, true);
    }
    return c;
  }

  private static Reno avoiding(int segments) {
    Reno c = grown(2 * segments);
    c.onCongestion(Cause.LOSS, 2L * segments * MSS, 0);
    c.onRecovered((long) segments * MSS);
    assertThat(c.window()).isEqualTo((long) segments * MSS);
    return c;
  }

  /** RFC 5681 equation 4: ssthresh is two segments at least, also when these become larger. */
  @Test
  void theThresholdIsTwoSegmentsOfTheSizeThatIsSentNow() {
    Reno c = started();
    c.mss(36);
    c.onCongestion(Cause.LOSS, 36, 0);
    assertThat(c.threshold()).isEqualTo(72);
    c.mss(MSS);
    assertThat(c.threshold()).isEqualTo(2 * MSS);
    c.onRecovered(0);
    assertThat(c.window()).isEqualTo(2 * MSS);
  }

  /** RFC 3465 sections 2.2 and 2.3: by what is acknowledged, up to two segments per ACK. */
  @Test
  void slowStartGrowsByWhatIsAcknowledged() {
    Reno c = started();
    ack(c, 2 * MSS, true);
    assertThat(c.window()).isEqualTo(12 * MSS);
    ack(c, 1, true);
    assertThat(c.window()).isEqualTo(12 * MSS + 1);
    ack(c, 10 * MSS, true);
    assertThat(c.window()).isEqualTo(14 * MSS + 1);
  }

  /** RFC 9406 section 4.3: eight with HyStart++, any number where a pace spreads them. */
  @Test
  void withHyStartOneAckMayCountForMore() {
    Reno c = new Reno(false, true);
    c.start(MSS, 10 * MSS);
    ack(c, 10 * MSS, true);
    assertThat(c.window()).isEqualTo(18 * MSS);
    Reno paced = new Reno(true, true);
    paced.start(MSS, 10 * MSS);
    ack(paced, 10 * MSS, true);
    assertThat(paced.window()).isEqualTo(20 * MSS);
  }

  /** Savage's ACK division: a thousand ACKs for one segment open the window by one segment. */
  @Tag("RFC5681-3.1-i")
  @Test
  void dividedAcksGainNothing() {
    Reno c = started();
    for (int i = 0; i < MSS; i++) {
      ack(c, 1, true);
    }
    assertThat(c.window()).isEqualTo(11 * MSS);
  }

  /**
   * Half of the window in flight is enough in slow start (draft-ietf-ccwg-ratelimited-increase
   * section 3), less is not.
   */
  @Test
  void slowStartStopsAtTwiceWhatIsInFlight() {
    Reno c = started();
    for (int i = 0; i < 20; i++) {
      AckSample a = new AckSample();
      a.roundStart = true;
      a.ackedBytes = 2 * MSS;
      a.priorInFlightBytes = 6 * MSS;
      c.onAck(a);
    }
    assertThat(c.window()).isEqualTo(12 * MSS);
  }

  /** One full window makes the round after it count, however the sender was held back in it. */
  @Test
  void aWindowUsedOnceCountsForARound() {
    Reno c = avoiding(10);
    AckSample a = new AckSample();
    a.ackedBytes = MSS;
    a.inFlightBytes = 9 * MSS;
    a.windowLimited = true;
    c.onAck(a);
    a.windowLimited = false;
    for (int i = 0; i < 9; i++) {
      assertThat(c.window()).isEqualTo(10 * MSS);
      c.onAck(a);
    }
    assertThat(c.window()).isEqualTo(11 * MSS);
    for (int i = 0; i < 50; i++) {
      c.onAck(a);
    }
    assertThat(c.window()).isEqualTo(11 * MSS);
  }

  /** RFC 5681 equation 4: what limited transmit or SACKed data add to FlightSize does not count. */
  @Test
  void theThresholdIsNeverMoreThanHalfOfTheWindow() {
    Reno c = started();
    c.onCongestion(Cause.LOSS, 19 * MSS, 0);
    assertThat(c.threshold()).isEqualTo(5 * MSS);
  }

  /** RFC 3168 section 6.1.2: no growth by an ACK that echoes congestion. */
  @Tag("RFC3168-6.1.2-c")
  @Test
  void noGrowthWhileCongestionIsEchoed() {
    Reno c = started();
    AckSample a = new AckSample();
    a.ackedBytes = MSS;
    a.windowLimited = true;
    a.congestionEchoed = true;
    c.onAck(a);
    assertThat(c.window()).isEqualTo(10 * MSS);
  }

  @Test
  void aSpuriousRecoveryIsTakenBack() {
    Reno c = grown(40);
    long before = c.window();
    c.onCongestion(Cause.LOSS, before, 0);
    c.onRecovered(c.window());
    c.onUndo(0);
    assertThat(c.window()).isEqualTo(before);
    c.onCongestion(Cause.LOSS, before, 0);
    c.onUndo(0);
    c.onUndo(0);
    assertThat(c.window()).as("once").isEqualTo(before);
  }

  /**
   * RFC 4015 section 3.4 (step 9): after a spurious timeout slow start leads back from what is in
   * flight, and stops where the window was.
   */
  @Test
  void aSpuriousTimeoutIsTakenBackWithoutABurst() {
    Reno c = avoiding(40);
    c.onCongestion(Cause.TIMEOUT, 40 * MSS, 0);
    c.onUndo(15 * MSS);
    assertThat(c.window()).isEqualTo(25 * MSS);
    assertThat(c.threshold()).isEqualTo(40 * MSS);
    ack(c, 5 * MSS, true);
    assertThat(c.window()).as("two segments per ACK again").isEqualTo(27 * MSS);
  }

  @Test
  void aSecondTimeoutOrAMarkIsNotTakenBack() {
    Reno c = grown(40);
    c.onCongestion(Cause.TIMEOUT, 40 * MSS, 0);
    c.onRepeatedTimeout();
    c.onUndo(0);
    assertThat(c.window()).isEqualTo(MSS);
    c = grown(40);
    c.onCongestion(Cause.ECN, 40 * MSS, 0);
    c.onUndo(0);
    assertThat(c.window()).isEqualTo(20 * MSS);
  }

  /** What a pace is for: twice the window per round trip in slow start, 6/5 of it later. */
  @Tag("RFC9937-6.4-b")
  @Test
  void theWindowIsSpreadOverTheRoundTrip() {
    Reno c = new Reno(true, true);
    c.start(MSS, 10 * MSS);
    assertThat(c.pacingRate()).as("nothing is known yet").isZero();
    AckSample a = new AckSample();
    a.srttNanos = 100_000_000L;
    c.onAck(a);
    assertThat(c.pacingRate()).isEqualTo(200 * MSS);
    c.onCongestion(Cause.LOSS, 10 * MSS, 0);
    assertThat(c.pacingRate()).isEqualTo(60 * MSS);
    a.srttNanos = 999_999;
    c.onAck(a);
    assertThat(c.pacingRate()).as("finer than timers are").isZero();
    assertThat(started().pacingRate()).isZero();
  }

  @Test
  void whoIsNotLimitedDoesNotGrow() {
    Reno c = started();
    ack(c, 10 * MSS, false);
    assertThat(c.window()).isEqualTo(10 * MSS);
    Reno avoiding = avoiding(20);
    for (int i = 0; i < 100; i++) {
      ack(avoiding, MSS, false);
    }
    assertThat(avoiding.window()).isEqualTo(20 * MSS);
  }

  @Tag("RFC5681-3.1-a")
  @Tag("RFC5681-3.1-j")
  @Test
  @Tag("MUST-19")
  void congestionAvoidanceAddsOneSegmentPerWindow() {
    Reno c = avoiding(20);
    long before = c.window();
    for (int acked = 0; acked < 19 * MSS; acked += MSS) {
      ack(c, MSS, true);
      assertThat(c.window()).isEqualTo(before);
    }
    ack(c, MSS, true);
    assertThat(c.window()).isEqualTo(before + MSS);
  }

  /** Whatever the size of the ACKs, a window's worth of them adds one segment and no more. */
  @Tag("RFC5681-3.1-k")
  @Test
  void aHugeAckAddsOneSegmentOnly() {
    Reno c = avoiding(20);
    ack(c, 1000L * MSS, true);
    assertThat(c.window()).isEqualTo(21 * MSS);
    long w = c.window();
    for (int i = 0; i < 10; i++) {
      ack(c, 1, true);
    }
    assertThat(c.window())
        .as("what one ACK covered does not count again and again")
        .isLessThanOrEqualTo(w + MSS);
  }

  @Tag("RFC5681-3.1-p")
  @Test
  void slowStartEndsExactlyAtTheThreshold() {
    Reno c = grown(40);
    c.onCongestion(Cause.TIMEOUT, 40 * MSS, 0);
    assertThat(c.window()).isEqualTo(MSS);
    assertThat(c.threshold()).isEqualTo(20 * MSS);
    for (int i = 0; i < 19; i++) {
      ack(c, 5 * MSS, true);
      assertThat(c.window()).isEqualTo((2L + i) * MSS);
    }
    ack(c, MSS, true);
    assertThat(c.window()).isEqualTo(20 * MSS);
  }

  @Tag("RFC5681-3.1-g")
  @Tag("RFC5681-3.1-m")
  @Tag("RFC5681-3.2-g")
  @Test
  void theThresholdIsHalfOfWhatIsInFlightAndAtLeastTwoSegments() {
    Reno c = started();
    c.onCongestion(Cause.LOSS, 9 * MSS, 0);
    assertThat(c.threshold()).isEqualTo(4500);
    c.onCongestion(Cause.LOSS, MSS, 0);
    assertThat(c.threshold()).isEqualTo(2 * MSS);
  }

  @Test
  void aRepeatedTimeoutKeepsTheThreshold() {
    Reno c = started();
    c.onCongestion(Cause.TIMEOUT, 10 * MSS, 0);
    ack(c, MSS, true);
    c.onRepeatedTimeout();
    assertThat(c.threshold()).isEqualTo(5 * MSS);
    assertThat(c.window()).isEqualTo(MSS);
  }

  @Test
  void leavingRecoveryNeverBursts() {
    Reno c = grown(20);
    c.onCongestion(Cause.LOSS, 20 * MSS, 0);
    c.onRecovered(0);
    assertThat(c.window()).isEqualTo(2 * MSS);
    c = grown(20);
    c.onCongestion(Cause.LOSS, 20 * MSS, 0);
    c.onRecovered(15 * MSS);
    assertThat(c.window()).isEqualTo(10 * MSS);
  }

  @Tag("RFC5681-4.1")
  @Test
  void theRestartWindowIsTheInitialOneAndNeverMore() {
    Reno c = grown(100);
    c.onIdleRestart();
    assertThat(c.window()).isEqualTo(10 * MSS);
    c.onCongestion(Cause.LOSS, 6 * MSS, 0);
    c.onIdleRestart();
    assertThat(c.window()).isEqualTo(3 * MSS);
  }

  @Test
  void theWindowIsAlwaysAtLeastASegment() {
    Random r = new Random(3);
    Reno c = started();
    int mss = MSS;
    for (int i = 0; i < 100_000; i++) {
      switch (r.nextInt(8)) {
        case 0 -> c.onCongestion(Cause.LOSS, r.nextInt(100 * MSS), i);
        case 1 -> c.onCongestion(Cause.TIMEOUT, r.nextInt(100 * MSS), i);
        case 2 -> c.onRepeatedTimeout();
        case 3 -> c.onRecovered(r.nextInt(100 * MSS));
        case 4 -> c.onIdleRestart();
        case 5 -> {
          mss = 216 + r.nextInt(9000);
          c.mss(mss);
        }
        default -> ack(c, r.nextInt(20 * MSS), r.nextBoolean());
      }
      assertThat(c.window()).isBetween((long) Math.min(mss, 216), 1L << 40);
      assertThat(c.threshold()).isPositive();
    }
  }
}
