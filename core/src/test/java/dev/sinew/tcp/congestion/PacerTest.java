package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Data leaves at the rate that is asked for, in quanta, whatever the clock is like. */
class PacerTest {
  private static final int MSS = 1000;
  private static final long S = 1_000_000_000L;
  private static final long MS = 1_000_000L;

  private final Pacer pacer = new Pacer(1);

  /** Sends what the pacer lets go at {@code now}; returns how many segments. */
  private static int burst(Pacer p, long rate, long now) {
    int sent = 0;
    while (!p.holds(rate, MSS, now)) {
      p.sent(MSS);
      sent++;
    }
    return sent;
  }

  @Tag("RFC9937-6.4-b")
  @Test
  void aQuantumLeavesAtOnceAndTheNextWhenItsTimeHasPassed() {
    // 10 MB/s: a millisecond is ten segments.
    assertThat(burst(pacer, 10_000_000, 0)).isEqualTo(10);
    assertThat(pacer.releaseAt()).isEqualTo(MS);
    assertThat(pacer.holds(10_000_000, MSS, MS - 1)).isTrue();
    assertThat(burst(pacer, 10_000_000, MS)).isEqualTo(10);
    assertThat(pacer.releaseAt()).isEqualTo(2 * MS);
  }

  /** draft-ietf-ccwg-bbr section 5.6.3: two segments at least, 64 KiB at most. */
  @Test
  void theQuantumIsBoundedOnBothSides() {
    assertThat(burst(pacer, 1000, 0)).isEqualTo(2);
    assertThat(burst(new Pacer(1), 10_000_000_000L, 0)).isEqualTo(66);
  }

  /** Over ten seconds the rate is exact to a quantum, for clocks of 1 ns to 15 ms. */
  @Test
  void theRateIsExactOnCoarseClocks() {
    for (long tick : new long[] {1, MS, 4 * MS, 15 * MS}) {
      for (long rate : new long[] {20_000, 1_000_000, 125_000_000, 1_250_000_000}) {
        Pacer p = new Pacer(tick);
        long now = 0;
        long sent = 0;
        while (now < 10 * S) {
          sent += (long) burst(p, rate, now) * MSS;
          // The timer fires at the first tick after its time.
          now = (p.releaseAt() + tick - 1) / tick * tick;
        }
        assertThat(sent)
            .as(rate + " bytes/s at " + tick + " ns")
            .isBetween(
                rate * 10 - Pacing.bytesIn(15 * MS, rate) - 4 * MSS,
                rate * 10 + Pacing.bytesIn(15 * MS, rate) + 66 * MSS);
      }
    }
  }

  @Test
  void aLateTimerLosesNothingUpToAMillisecondAndEarnsNoMore() {
    long rate = 10_000_000;
    burst(pacer, rate, 0);
    assertThat(burst(pacer, rate, MS + MS / 2)).isEqualTo(15);
    assertThat(burst(pacer, rate, 100 * MS)).isEqualTo(20);
  }

  @Test
  void whoHadNothingToSendEarnsNothing() {
    long rate = 10_000_000;
    assertThat(pacer.holds(rate, MSS, 0)).isFalse();
    pacer.sent(MSS);
    assertThat(burst(pacer, rate, 100 * S)).isEqualTo(10);
  }

  /** What is owed is bytes: at ten times the rate it is paid in a tenth of the time. */
  @Test
  void aNewRateCountsAtOnce() {
    burst(pacer, 1000, 0);
    assertThat(pacer.releaseAt()).isEqualTo(2 * S);
    assertThat(pacer.holds(10_000, MSS, S)).isTrue();
    assertThat(pacer.releaseAt()).isEqualTo(S + S / 10);
    assertThat(pacer.holds(100, MSS, S)).isTrue();
    assertThat(pacer.releaseAt()).as("no rate holds for longer").isEqualTo(6 * S);
  }

  @Test
  void productsOf128BitsAreExact() {
    Random r = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      long a = r.nextLong() >>> 1 + r.nextInt(60);
      long b = r.nextLong() >>> 1 + r.nextInt(60);
      long c = 1 + (r.nextLong() >>> 2 + r.nextInt(60));
      BigInteger exact =
          BigInteger.valueOf(a).multiply(BigInteger.valueOf(b)).divide(BigInteger.valueOf(c));
      long expected = exact.bitLength() > 63 ? Long.MAX_VALUE : exact.longValueExact();
      assertThat(Pacing.multiplyDivide(a, b, c)).isEqualTo(expected);
    }
  }
}
