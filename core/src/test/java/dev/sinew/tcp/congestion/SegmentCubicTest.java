package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.tcp.congestion.CongestionControl.Cause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CUBIC and the end of slow start as Linux does them (profile value segmentCubic). */
class SegmentCubicTest {
  private static final int MSS = 1000;
  private static final long MS = 1_000_000L;

  private final AckSample ack = new AckSample();
  private SegmentCubic c = started(false);
  private long now;

  private static SegmentCubic started(boolean paced) {
    SegmentCubic c = new SegmentCubic(paced, true);
    c.start(MSS, 10 * MSS);
    return c;
  }

  /** So many segments are acknowledged after so long, and the window was used. */
  private void ack(int segments, double rttMillis) {
    bytes(segments * MSS, rttMillis, true);
  }

  private void bytes(int bytes, double rttMillis, boolean used) {
    ack.now = now;
    ack.ackedBytes = bytes;
    ack.deliveredBytes = bytes;
    ack.rttNanos = Math.round(rttMillis * MS);
    ack.srttNanos = ack.rttNanos;
    ack.windowLimited = used;
    ack.priorInFlightBytes = used ? c.window() : 2 * MSS;
    ack.inFlightBytes = ack.priorInFlightBytes - bytes;
    c.onAck(ack);
  }

  private long segments() {
    assertThat(c.window() % MSS).isZero();
    return c.window() / MSS;
  }

  private boolean slowStart() {
    return c.window() < c.threshold();
  }

  /** In congestion avoidance with so many segments, without a loss. */
  private void avoiding(int window) {
    for (int w = 10; w < window; w++) {
      now += 10 * MS;
      ack(1, 100);
    }
    c.threshold = c.window;
    now += 1000 * MS;
  }

  // ---- slow start

  /** What is acknowledged is added, however much it is. */
  @Test
  void slowStartTakesAllThatIsAcknowledged() {
    ack(10, 100);
    assertThat(segments()).isEqualTo(20);
  }

  /** Eight samples of a round are heard, the ninth decides; the window stays. */
  @ParameterizedTest
  @CsvSource({
    "100, 112.5, false",
    "100, 112.6, true",
    "10, 14, false",
    "10, 14.1, true",
    "400, 416, false",
    "400, 416.1, true"
  })
  void aRoundThatIsLateEndsIt(double least, double late, boolean ends) {
    ack(10, least);
    for (int i = 0; i < 8; i++) {
      now += 3 * MS;
      ack(1, late);
      assertThat(slowStart()).as("sample " + i).isTrue();
    }
    now += 3 * MS;
    ack(1, late);
    assertThat(slowStart()).isEqualTo(!ends);
    assertThat(segments()).isEqualTo(ends ? 28 : 29);
  }

  /** One sample in time clears the whole round, wherever it stands in it. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4, 8})
  void oneSampleInTimeIsEnough(int which) {
    ack(10, 100);
    for (int i = 0; i < 12; i++) {
      now += 3 * MS;
      ack(1, i == which ? 105 : 150);
    }
    assertThat(slowStart()).isTrue();
  }

  /** Below 16 segments nothing is looked at, and a round has not begun. */
  @Test
  void smallWindowsAreLeftAlone() {
    ack(1, 100);
    for (int i = 0; i < 5; i++) {
      now += 1 * MS;
      ack(1, 300);
      assertThat(slowStart()).isTrue();
    }
    assertThat(segments()).isEqualTo(16);
    for (int i = 0; i < 8; i++) {
      now += 3 * MS;
      ack(1, 300);
      assertThat(slowStart()).isTrue();
    }
    now += 3 * MS;
    ack(1, 300);
    assertThat(slowStart()).isFalse();
  }

  /** A train for longer than half of the least round trip and a millisecond, of all with a pace. */
  @ParameterizedTest
  @CsvSource({"false, 10", "true, 21"})
  void aTrainEndsIt(boolean paced, int most) {
    c = started(paced);
    ack(10, 20);
    now += 20 * MS;
    ack(1, 20);
    for (int i = 1; i <= most; i++) {
      now += MS;
      bytes(0, 20, true);
      assertThat(slowStart()).as("after " + i + " ms").isTrue();
    }
    now += MS;
    bytes(0, 20, true);
    assertThat(slowStart()).isFalse();
  }

  /** What comes more than 2 ms after the last of the train is none of it. */
  @Test
  void aGapEndsTheTrain() {
    ack(10, 20);
    now += 20 * MS;
    ack(1, 20);
    for (int i = 1; i <= 4; i++) {
      now += 2 * MS;
      bytes(0, 20, true);
    }
    now += 2 * MS + 1;
    bytes(0, 20, true);
    for (int i = 0; i < 20; i++) {
      now += MS;
      bytes(0, 20, true);
    }
    assertThat(slowStart()).isTrue();
  }

  /** After a timeout slow start is looked at anew, up to half the way. */
  @Test
  void aTimeoutBeginsAnew() {
    ack(10, 100);
    for (int i = 0; i < 9; i++) {
      now += 3 * MS;
      ack(1, 200);
    }
    assertThat(slowStart()).isFalse();
    c.onCongestion(Cause.TIMEOUT, 20 * MSS, now);
    assertThat(segments()).isEqualTo(1);
    assertThat(c.threshold()).isEqualTo(19 * MSS);
    c.onRecovered(MSS);
    ack(15, 100);
    assertThat(segments()).isEqualTo(16);
    for (int i = 0; i < 12 && slowStart(); i++) {
      now += 3 * MS;
      bytes(100, 200, true);
    }
    assertThat(c.threshold()).isLessThan(19 * MSS);
  }

  // ---- congestion avoidance

  /** Before a loss one segment in twenty, however flat the curve. */
  @Test
  void oneInTwentyBeforeALoss() {
    avoiding(50);
    for (int i = 0; i < 19; i++) {
      ack(1, 100);
    }
    assertThat(segments()).isEqualTo(50);
    ack(1, 100);
    assertThat(segments()).isEqualTo(51);
  }

  /** Bytes make a segment before they count; the window is whole segments. */
  @Test
  void whatIsLessThanASegmentAddsUp() {
    avoiding(50);
    for (int i = 0; i < 39; i++) {
      bytes(MSS / 2, 100, true);
    }
    assertThat(segments()).isEqualTo(50);
    bytes(MSS / 2, 100, true);
    assertThat(segments()).isEqualTo(51);
  }

  /** However steep the curve is: one in two. */
  @Test
  void oneInTwoAtMost() {
    avoiding(50);
    ack(1, 100);
    now += 60_000 * MS;
    ack(1, 100);
    long before = segments();
    ack(10, 100);
    assertThat(segments()).isEqualTo(before + 5);
  }

  /** 717/1024 of the window in whole segments, whatever is in flight; two at least. */
  @Test
  void aLossTakesThreeTenths() {
    avoiding(50);
    c.onCongestion(Cause.LOSS, 10 * MSS, now);
    assertThat(c.threshold()).isEqualTo(35 * MSS);
    for (int i = 0; i < 10; i++) {
      c.onCongestion(Cause.LOSS, c.window(), now);
    }
    assertThat(c.threshold()).isEqualTo(2 * MSS);
  }

  /** The curve comes back to where the loss was after K = cube root of (100 - 70) / 0.4 seconds. */
  @Test
  void theCurveIsFlatWhereTheLossWas() {
    avoiding(100);
    c.onCongestion(Cause.LOSS, 100 * MSS, now);
    c.onRecovered(c.threshold());
    long begin = now;
    while (now - begin < 4200 * MS) {
      now += 10 * MS;
      ack(7, 100);
    }
    assertThat(segments()).isBetween(99L, 101L);
  }

  /** A pause is no time of the curve. */
  @Test
  void aPauseDoesNotCount() {
    avoiding(100);
    c.onCongestion(Cause.LOSS, 100 * MSS, now);
    c.onRecovered(c.threshold());
    ack(1, 100);
    long before = segments();
    now += 60_000 * MS;
    c.onTransmitAfterIdle(now);
    for (int i = 0; i < 10; i++) {
      ack(2, 100);
    }
    assertThat(segments()).isBetween(before, before + 3);
  }

  // ---- whether the window is used

  @Test
  void aWindowThatIsNotUsedDoesNotGrow() {
    avoiding(50);
    ack.priorInFlightBytes = 0;
    for (int i = 0; i < 100; i++) {
      bytes(2 * MSS, 100, false);
    }
    assertThat(segments()).isBetween(50L, 53L);
    long after = segments();
    for (int i = 0; i < 100; i++) {
      bytes(2 * MSS, 100, false);
    }
    assertThat(segments()).isEqualTo(after);
  }
}
