package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.SeqNum;
import dev.sinew.testing.TestEntropy;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The numbers that must not be guessed (RFC 6528, RFC 7323 section 5.4, RFC 4987). */
class NumbersTest {
  private static final long TICK = 4000;

  private static Record.Key key(int port) {
    Record.Key k = new Record.Key();
    k.set(0, 0xffff_0a00_0001L, 80, 0, 0xffff_0a00_0002L, port);
    return k;
  }

  @Tag("RFC6528-3-a")
  @Test
  @Tag("MUST-8")
  @Tag("SHLD-1")
  void theIsnOfOneTupleFollowsTheClock() {
    SequenceSecrets s = new SequenceSecrets(new TestEntropy(3));
    int last = s.initialSequence(key(1000), 0, TICK);
    for (long now = TICK; now < 100_000_000_000L; now = now * 3 / 2 + TICK) {
      int next = s.initialSequence(key(1000), now, TICK);
      assertThat(SeqNum.gt(next, last)).isTrue();
      last = next;
    }
    assertThat(s.initialSequence(key(1000), 5 * TICK, TICK) - s.initialSequence(key(1000), 0, TICK))
        .isEqualTo(5);
  }

  @Tag("RFC6528-3-a")
  @Tag("RFC6528-3-c")
  @Test
  @Tag("MUST-9")
  @Tag("SHLD-1")
  void isnsOfDifferentTuplesSpreadEvenly() {
    SequenceSecrets s = new SequenceSecrets(new TestEntropy(4));
    int[] bins = new int[256];
    Set<Integer> all = new HashSet<>();
    int n = 60_000;
    for (int port = 1; port <= n; port++) {
      int isn = s.initialSequence(key(port), 0, TICK);
      all.add(isn);
      bins[isn >>> 24]++;
    }
    double chi = 0;
    for (int b : bins) {
      chi += (b - n / 256.0) * (b - n / 256.0) / (n / 256.0);
    }
    // 255 degrees of freedom: mean 255, standard deviation 22.6.
    assertThat(chi).isBetween(160.0, 360.0);
    assertThat(all.size()).isGreaterThan(n - 10);
  }

  @Tag("RFC6528-3-c")
  @Tag("RFC6528-3-d")
  @Test
  @Tag("MUST-9")
  void twoStacksHaveDifferentSecrets() {
    SequenceSecrets a = new SequenceSecrets(new TestEntropy(1));
    SequenceSecrets b = new SequenceSecrets(new TestEntropy(2));
    assertThat(a.initialSequence(key(1), 0, TICK)).isNotEqualTo(b.initialSequence(key(1), 0, TICK));
    assertThat(a.timestampOffset(0, 1, 0, 2)).isNotEqualTo(b.timestampOffset(0, 1, 0, 2));
    assertThat(a.cookie(key(1), 5, 1460, 0)).isNotEqualTo(b.cookie(key(1), 5, 1460, 0));
  }

  @Tag("RFC7323-4.1-a")
  @Tag("RFC7323-5.4-a")
  @Tag("RFC7323-5.4-b")
  @Test
  void timestampsTickOnceAMillisecondForYears() {
    assertThat(SequenceSecrets.timestamp(1_000_000, 7) - SequenceSecrets.timestamp(0, 7))
        .isEqualTo(1);
    assertThat(SequenceSecrets.timestamp(999_999, 7)).isEqualTo(7);
    long years = 50L * 365 * 86_400 * 1_000_000_000L;
    assertThat(
            SequenceSecrets.elapsedSince(
                SequenceSecrets.timestamp(years, -5), years + 3_000_000, -5))
        .isEqualTo(3_000_000);
    assertThat(
            SequenceSecrets.elapsedSince(
                SequenceSecrets.timestamp(years, -5), years - 3_000_000, -5))
        .isNegative();
  }

  @Test
  void cookiesLiveForOneToTwoTicks() {
    SequenceSecrets s = new SequenceSecrets(new TestEntropy(5));
    for (long start = 0;
        start < 40 * SequenceSecrets.COOKIE_TICK_NANOS;
        start += SequenceSecrets.COOKIE_TICK_NANOS / 2) {
      int cookie = s.cookie(key(9), 77, 1460, start);
      assertThat(s.cookieMss(key(9), 77, cookie, start)).isEqualTo(1460);
      assertThat(s.cookieMss(key(9), 77, cookie, start + SequenceSecrets.COOKIE_TICK_NANOS))
          .isEqualTo(1460);
      assertThat(s.cookieMss(key(9), 77, cookie, start + 2 * SequenceSecrets.COOKIE_TICK_NANOS))
          .isEqualTo(-1);
      assertThat(s.cookieMss(key(9), 78, cookie, start)).isEqualTo(-1);
      assertThat(s.cookieMss(key(10), 77, cookie, start)).isEqualTo(-1);
      // 32 ticks later the clock's bits are the same again; the hash is not.
      assertThat(s.cookieMss(key(9), 77, cookie, start + 32 * SequenceSecrets.COOKIE_TICK_NANOS))
          .isEqualTo(-1);
    }
  }
}
