package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.testing.TestEntropy;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final long MS = 1_000_000L;

  private static int takeAll(TokenBucket b, long now) {
    int n = 0;
    while (b.take(now)) {
      n++;
    }
    return n;
  }

  @Test
  void theBurstIsThereAtOnceAndNoMore() {
    TokenBucket b = new TokenBucket(1000, 50, null);
    assertThat(takeAll(b, 0)).isEqualTo(50);
    assertThat(b.take(0)).isFalse();
  }

  @Test
  void creditComesBackToTheNanosecond() {
    TokenBucket b = new TokenBucket(1000, 50, null);
    takeAll(b, 0);
    assertThat(b.take(MS - 1)).isFalse();
    assertThat(b.take(MS)).isTrue();
    assertThat(b.take(MS)).isFalse();
    assertThat(takeAll(b, 11 * MS)).isEqualTo(10);
  }

  @Test
  void aLongSilenceFillsItToTheBurstOnlyEvenAfterYears() {
    TokenBucket b = new TokenBucket(1000, 50, null);
    takeAll(b, 0);
    assertThat(takeAll(b, Long.MAX_VALUE / 2)).isEqualTo(50);
  }

  @Test
  void aClockThatStandsStillGivesNothing() {
    TokenBucket b = new TokenBucket(10, 1, null);
    assertThat(b.take(5)).isTrue();
    assertThat(b.take(5)).isFalse();
    assertThat(b.take(3)).isFalse();
  }

  @Test
  void zeroPerSecondAllowsNothing() {
    assertThat(new TokenBucket(0, 10, null).take(1)).isFalse();
  }

  @Test
  void withRandomnessNobodyCanCountWhatOthersUsed() {
    TokenBucket b = new TokenBucket(1000, 50, new TestEntropy(3));
    Set<Integer> sizes = new HashSet<>();
    long total = 0;
    for (int i = 0; i < 200; i++) {
      int n = takeAll(b, i * 1_000_000_000L);
      assertThat(n).isBetween(10, 50);
      sizes.add(n);
      total += n;
    }
    assertThat(sizes).hasSizeGreaterThan(12);
    assertThat(total / 200).isBetween(20L, 45L);
  }
}
