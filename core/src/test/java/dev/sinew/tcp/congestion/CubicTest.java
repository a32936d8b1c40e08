package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sinew.tcp.congestion.CongestionControl.Cause;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** CUBIC (RFC 9438). */
class CubicTest {
  private static final int MSS = 1000;
  private static final long MS = 1_000_000L;
  private static final long S = 1_000 * MS;

  private final AckSample ack = new AckSample();
  private Cubic c = new Cubic(false, false);
  private long now;
  private long rtt = 100 * MS;

  private void ack(long bytes, boolean used) {
    ack.now = now;
    ack.ackedBytes = bytes;
    ack.deliveredBytes = bytes;
    ack.windowLimited = used;
    ack.srttNanos = rtt;
    c.onAck(ack);
  }

  /** A window's worth of ACKs, two segments each, spread over a round-trip time. */
  private void round() {
    long acks = Math.max(1, c.window() / (2 * MSS));
    for (long i = 0; i < acks; i++) {
      now += rtt / acks;
      ack(2 * MSS, true);
    }
  }

  private Cubic at(long segments) {
    c = new Cubic(false, false);
    c.start(MSS, 10 * MSS);
    while (c.window() < segments * MSS) {
      ack(Math.min(2 * MSS, segments * MSS - c.window()), true);
    }
    return c;
  }

  private void loss() {
    long w = c.window();
    c.onCongestion(Cause.LOSS, w, now);
    c.onRecovered(c.threshold());
  }

  /** Seconds of congestion avoidance by the formula of section 4.2, in segments. */
  private static double curve(double t, double wMax, double start) {
    double k = Math.cbrt((wMax - start) / 0.4);
    return 0.4 * Math.pow(t - k, 3) + wMax;
  }

  // ---- multiplicative decrease (section 4.6)

  @Tag("RFC9438-4.6-a")
  @Tag("RFC9438-4.6-b")
  @Test
  void aLossTakesThreeTenths() {
    at(1000);
    c.onCongestion(Cause.LOSS, 1000 * MSS, now);
    assertThat(c.threshold()).isEqualTo(700 * MSS);
    assertThat(c.window()).isEqualTo(700 * MSS);
  }

  @Tag("RFC9438-4.6-c")
  @Test
  void theThresholdIsTwoSegmentsAtLeast() {
    at(10);
    for (int i = 0; i < 20; i++) {
      c.onCongestion(Cause.LOSS, c.window(), now);
    }
    assertThat(c.threshold()).isEqualTo(2 * MSS);
    assertThat(c.window()).isEqualTo(2 * MSS);
  }

  /** The window may go down to one segment by marks, the threshold to two. */
  @Tag("RFC9438-4.6-c")
  @Tag("RFC9438-4.6-e")
  @Test
  void marksReduceDownToOneSegment() {
    at(10);
    c.onCongestion(Cause.ECN, 10 * MSS, now);
    assertThat(c.window()).isEqualTo(7 * MSS);
    for (int i = 0; i < 20; i++) {
      c.onCongestion(Cause.ECN, c.window(), now);
    }
    assertThat(c.window()).isEqualTo(MSS);
    assertThat(c.threshold()).isEqualTo(2 * MSS);
  }

  // ---- the cubic function (sections 4.2, 4.4, 4.5)

  @Tag("RFC9438-4.4")
  @Tag("RFC9438-4.5")
  @Tag("RFC9438-5.1")
  @Test
  @Tag("MAY-18")
  void theWindowFollowsTheCurve() {
    at(1000);
    loss();
    round();
    long begin = now - rtt;
    for (int i = 0; i < 140; i++) {
      round();
      double t = (now - begin) / 1e9;
      double expected = curve(t + 0.1, 1000, 700);
      if (expected > 1000 + 40) {
        break;
      }
      assertThat(c.window() / (double) MSS)
          .as("after " + t + " s")
          .isCloseTo(expected, within(expected * 0.02));
    }
    assertThat(now - begin).isGreaterThan(9 * S);
  }

  /** The plateau: K seconds after the reduction it is where it was. */
  @Tag("RFC9438-4.4")
  @Test
  void afterKItIsWhereItWas() {
    at(1000);
    loss();
    long begin = now;
    double k = Math.cbrt(300 / 0.4);
    while ((now - begin) / 1e9 < k) {
      round();
    }
    assertThat(c.window() / (double) MSS).isCloseTo(1000, within(5.0));
  }

  /** Section 4.2: the target is at most half of the window above it. */
  @Tag("RFC9438-4.2-b")
  @Test
  void noRoundGrowsByMoreThanHalf() {
    at(20);
    loss();
    rtt = S;
    for (int i = 0; i < 60; i++) {
      long before = c.window();
      round();
      assertThat(c.window()).isLessThanOrEqualTo(before + before / 2 + before / 8 + 2 * MSS);
      assertThat(c.window()).isGreaterThanOrEqualTo(before);
    }
  }

  // ---- the Reno-friendly region (section 4.3)

  /**
   * With a short round trip the curve is slower than Reno: the window grows by 9/17 of a segment
   * per round until it is back where it was, then by one.
   */
  @Tag("RFC9438-4.3-a")
  @Tag("RFC9438-4.3-b")
  @Tag("RFC9438-4.3-c")
  @Test
  @Tag("MAY-18")
  void onAShortPathItGrowsLikeReno() {
    at(100);
    rtt = MS;
    loss();
    int back = 0;
    long start = c.window();
    while (c.window() < 100 * MSS) {
      round();
      back++;
    }
    double slope = (100 * MSS - start) / (double) back / MSS;
    assertThat(slope).isCloseTo(9 / 17.0, within(0.03));
    long w = c.window();
    for (int i = 0; i < 10; i++) {
      round();
    }
    assertThat((c.window() - w) / 10.0 / MSS).isCloseTo(1, within(0.1));
  }

  // ---- fast convergence (section 4.7)

  @Tag("RFC9438-4.7-a")
  @Test
  void aSecondLossBelowTheOldMaximumGivesMoreAway() {
    at(1000);
    loss();
    for (int i = 0; i < 20; i++) {
      round();
    }
    double w = c.window() / (double) MSS;
    assertThat(w).isLessThan(1000);
    loss();
    double wMax = w * 0.85;
    long begin = now;
    double k = Math.cbrt((wMax - w * 0.7) / 0.4);
    while ((now - begin) / 1e9 < k) {
      round();
    }
    assertThat(c.window() / (double) MSS).isCloseTo(wMax, within(wMax * 0.01));
  }

  // ---- timeout (section 4.8)

  @Tag("RFC9438-4.8-a")
  @Test
  void afterATimeoutTheCurveBeginsOnItsPlateau() {
    at(1000);
    c.onCongestion(Cause.TIMEOUT, 1000 * MSS, now);
    assertThat(c.window()).isEqualTo(MSS);
    assertThat(c.threshold()).isEqualTo(700 * MSS);
    while (c.window() < 700 * MSS) {
      now += MS;
      ack(MSS, true);
    }
    c.onRecovered(c.window());
    long begin = now;
    while (now - begin < 4 * S) {
      round();
    }
    double t = (now - begin) / 1e9 + 0.1;
    assertThat(c.window() / (double) MSS).isCloseTo(700 + 0.4 * t * t * t, within(5.0));
  }

  /** Reno's window begins there as well: on a short path it goes on from it by 9/17 a round. */
  @Tag("RFC9438-4.8-b")
  @Test
  void afterATimeoutRenosWindowBeginsWhereTheCurveDoes() {
    at(1000);
    rtt = MS;
    c.onCongestion(Cause.TIMEOUT, 1000 * MSS, now);
    while (c.window() < 700 * MSS) {
      now += MS;
      ack(MSS, true);
    }
    c.onRecovered(c.window());
    for (int i = 0; i < 34; i++) {
      round();
    }
    assertThat(c.window() / (double) MSS).isCloseTo(718, within(0.5));
  }

  // ---- undo (section 4.9)

  @Tag("RFC9438-4.9.2-a")
  @Test
  void aSpuriousLossLeavesNoTrace() {
    at(1000);
    loss();
    for (int i = 0; i < 30; i++) {
      round();
    }
    long w = c.window();
    long t = c.threshold();
    c.onCongestion(Cause.LOSS, w, now);
    now += rtt;
    c.onUndo(w);
    assertThat(c.window()).isEqualTo(w);
    assertThat(c.threshold()).isGreaterThanOrEqualTo(t);
    // It goes on along the curve of the first loss.
    for (int i = 0; i < 10; i++) {
      round();
    }
    double elapsed = 41 * 0.1 + 0.1;
    assertThat(c.window() / (double) MSS).isCloseTo(curve(elapsed, 1000, 700), within(12.0));
  }

  @Tag("RFC9438-4.9.2-b")
  @Test
  void whatHasGrownBeyondItStays() {
    at(10);
    c.onCongestion(Cause.LOSS, 10 * MSS, now);
    c.onRecovered(7 * MSS);
    for (int i = 0; i < 60; i++) {
      round();
    }
    long w = c.window();
    assertThat(w).isGreaterThan(10 * MSS);
    c.onUndo(w);
    assertThat(c.window()).isEqualTo(w);
  }

  // ---- time that does not count (sections 4.2 and 5.8)

  @Tag("RFC9438-4.2-a")
  @Tag("RFC9438-4.6-d")
  @Test
  void timeWithoutUseDoesNotCount() {
    at(1000);
    loss();
    round();
    long w = c.window();
    for (int i = 0; i < 1000; i++) {
      now += rtt;
      ack(2 * MSS, false);
    }
    assertThat(c.window()).isEqualTo(w);
    round();
    assertThat(c.window()).isLessThan(w + w / 10);
  }

  @Tag("RFC9438-4.2-a")
  @Test
  void aPauseDoesNotCount() {
    at(1000);
    loss();
    for (int i = 0; i < 5; i++) {
      round();
    }
    long w = c.window();
    now += 3 * 24 * 3600 * S;
    c.onTransmitAfterIdle(now);
    now += rtt;
    round();
    assertThat(c.window()).isLessThan(w + w / 10);
  }

  // ---- slow start (section 4.10)

  @Tag("RFC9438-4.10-a")
  @Test
  void belowTheThresholdThereIsSlowStart() {
    at(1000);
    c.onCongestion(Cause.TIMEOUT, 1000 * MSS, now);
    for (int segments = 1; segments < 512; segments *= 2) {
      assertThat(c.window()).isEqualTo(segments * (long) MSS);
      for (int i = 0; i < segments; i++) {
        ack(MSS, true);
      }
    }
  }

  @Tag("RFC9438-4.10-b")
  @Test
  void hyStartLeavesSlowStartOntoThePlateau() {
    c = new Cubic(false, true);
    c.start(MSS, 10 * MSS);
    for (int round = 0; round < 12; round++) {
      long delay = round < 3 ? 100 * MS : 150 * MS;
      for (int i = 0; i < 10; i++) {
        ack.roundStart = i == 0;
        ack.rttNanos = delay;
        now += 10 * MS;
        ack(2 * MSS, true);
      }
    }
    ack.roundStart = false;
    assertThat(c.threshold()).isLessThanOrEqualTo(c.window()).isGreaterThan(60 * MSS);
    long w = c.window();
    round();
    assertThat(c.window()).isLessThan(w + 2 * MSS);
  }

  // ---- arithmetic

  @Test
  void cubeRootsAreExact() {
    for (long r = 0; r < 1 << 20; r += 997) {
      long cube = r * r * r;
      assertThat(Cubic.cubeRoot(cube)).isEqualTo(r);
      assertThat(Cubic.cubeRoot(cube + r)).isEqualTo(r);
      if (r > 0) {
        assertThat(Cubic.cubeRoot(cube - 1)).isEqualTo(r - 1);
      }
    }
    assertThat(Cubic.cubeRoot(Long.MAX_VALUE)).isEqualTo(1 << 20);
  }

  /** 100 Gbit/s over 300 ms is more than TCP's sequence numbers carry; nothing may overflow. */
  @Test
  void hugeWindowsAndTimesDoNotOverflow() {
    for (int mss : new int[] {216, 1460, 9000, 65_000}) {
      c = new Cubic(true, true);
      c.start(mss, 10L * mss);
      rtt = 300 * MS;
      long bdp = 3_750_000_000L;
      long last = c.window();
      for (int i = 0; i < 400; i++) {
        now += rtt;
        ack(Math.min(c.window(), bdp), true);
        assertThat(c.window()).isBetween(last, WindowControl.MAX_WINDOW);
        last = c.window();
      }
      assertThat(last).isEqualTo(WindowControl.MAX_WINDOW);
      assertThat(c.pacingRate()).isBetween(last, 20 * last);
      c.onCongestion(Cause.LOSS, bdp, now);
      c.onRecovered(bdp);
      last = c.window();
      now += 40L * 24 * 3600 * S;
      for (int i = 0; i < 1000; i++) {
        now += (long) i * i * S;
        ack(bdp, true);
        assertThat(c.window()).isBetween(last, WindowControl.MAX_WINDOW);
        last = c.window();
      }
      assertThat(last).isEqualTo(WindowControl.MAX_WINDOW);
    }
  }

  @Test
  void whateverHappensTheWindowStaysSane() {
    Random r = new Random(5);
    int mss = MSS;
    c = new Cubic(true, true);
    c.start(MSS, 10 * MSS);
    for (int i = 0; i < 200_000; i++) {
      now += (long) (Math.pow(10, r.nextDouble() * 12));
      switch (r.nextInt(14)) {
        case 0 -> c.onCongestion(Cause.LOSS, (long) (c.window() * r.nextDouble() * 2), now);
        case 1 -> c.onCongestion(Cause.TIMEOUT, r.nextInt(100 * MSS), now);
        case 2 -> c.onRepeatedTimeout();
        case 3 -> c.onRecovered(r.nextInt(100 * MSS));
        case 4 -> c.onIdleRestart();
        case 5 -> c.onUndo(r.nextInt(100 * MSS));
        case 6 -> c.onTransmitAfterIdle(now);
        case 7 -> c.onCongestion(Cause.ECN, c.window(), now);
        case 8 -> {
          mss = 216 + r.nextInt(9000);
          c.mss(mss);
        }
        default -> {
          rtt = 1 + r.nextLong(S);
          ack.inRecovery = r.nextInt(4) == 0;
          ack.afterTimeout = ack.inRecovery && r.nextBoolean();
          ack.roundStart = r.nextInt(10) == 0;
          ack.rttNanos = r.nextInt(100_000_000);
          ack.inFlightBytes = r.nextInt(100 * MSS);
          ack.priorInFlightBytes = r.nextInt(100 * MSS);
          ack(r.nextInt(64 * MSS), r.nextBoolean());
        }
      }
      assertThat(c.window()).isBetween(216L, WindowControl.MAX_WINDOW);
      assertThat(c.threshold()).isGreaterThanOrEqualTo(2 * 216);
      assertThat(c.pacingRate()).isNotNegative();
    }
  }
}
