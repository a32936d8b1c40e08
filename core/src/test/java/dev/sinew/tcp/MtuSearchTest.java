package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which sizes are tried, and when (RFC 4821 section 7, RFC 8899 section 5). */
class MtuSearchTest {
  private static final int BASE = 1064;
  private static final int LEAST = 256;

  /** Probes until the search is over; returns how many were lost. */
  private static int search(MtuSearch s, int path, long now) {
    int lost = 0;
    for (int n = 0; ; n++) {
      assertThat(n).as("probes of a path of %d", path).isLessThan(100);
      int size = s.next(now);
      if (size == 0) {
        return lost;
      }
      assertThat(size).isGreaterThan(s.plpmtu());
      if (size <= path) {
        s.delivered(size);
      } else {
        s.lost(size);
        lost++;
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1500, 1500, 0",
    "1500, 1492, 3",
    "1500, 1480, 9",
    "1500, 1400, 15",
    "1500, 1280, 15",
    "1500, 1100, 18",
    "1500, 1064, 24",
    "9000, 1500, 27",
    "9000, 8166, 27",
    "65535, 1500, 36",
  })
  void theSizeOfThePathIsFound(int ceiling, int path, int lostAtMost) {
    MtuSearch s = new MtuSearch(BASE, ceiling);
    assertThat(search(s, path, 0)).isLessThanOrEqualTo(lostAtMost);
    assertThat(s.plpmtu()).isBetween(path - Math.max(8, path / 128), path);
    assertThat(s.complete()).isTrue();
  }

  /** Whatever the size of the path, the search ends within a 128th of it. */
  @Test
  void everySizeIsFoundToAHundredth() {
    for (int path = BASE; path <= 9000; path += 37) {
      MtuSearch s = new MtuSearch(BASE, 9000);
      search(s, path, 0);
      assertThat(s.plpmtu()).isBetween(path - Math.max(8, path / 128), path);
    }
  }

  @Test
  void oneLostProbeProvesNothing() {
    MtuSearch s = new MtuSearch(BASE, 1500);
    s.lost(1500);
    assertThat(s.next(0)).isEqualTo(1500);
    s.lost(1500);
    assertThat(s.next(0)).isEqualTo(1500);
    s.delivered(1500);
    assertThat(s.plpmtu()).isEqualTo(1500);
  }

  @Test
  void afterTenMinutesItBeginsAnew() {
    MtuSearch s = new MtuSearch(BASE, 1500);
    search(s, 1400, 7);
    assertThat(s.next(6 + MtuSearch.RAISE_NANOS)).isZero();
    assertThat(s.next(7 + MtuSearch.RAISE_NANOS)).isEqualTo(1500);
    search(s, 1500, 7 + MtuSearch.RAISE_NANOS);
    assertThat(s.plpmtu()).isEqualTo(1500);
  }

  /** RFC 4821 section 7.7: to the base, then to the half, never below the least. */
  @Test
  void timeoutsLeadDownStepByStep() {
    MtuSearch s = new MtuSearch(1500, 1500);
    int[] steps = {BASE, 532, 266, LEAST, LEAST};
    for (int step : steps) {
      s.blackHole(BASE, LEAST);
      assertThat(s.plpmtu()).isEqualTo(step);
    }
    assertThat(s.next(0)).as("what worked before").isEqualTo(1500);
  }

  @Test
  void theSizeBeforeTheBlackHoleIsTriedFirst() {
    MtuSearch s = new MtuSearch(1400, 9000);
    s.blackHole(BASE, LEAST);
    assertThat(s.next(0)).isEqualTo(1400);
  }

  /** RFC 8899 section 4.6.2: what a router names is where the search goes on. */
  @Test
  void aRoutersWordBoundsTheSearch() {
    MtuSearch s = new MtuSearch(BASE, 1500);
    s.limit(1430);
    assertThat(s.plpmtu()).isEqualTo(BASE);
    assertThat(s.next(0)).isEqualTo(1430);
    s.delivered(1430);
    assertThat(s.next(0)).isZero();
    s.limit(600);
    assertThat(s.plpmtu()).isEqualTo(600);
  }

  @ParameterizedTest
  @ValueSource(ints = {1300, 1500})
  void whatTheInterfaceTakesIsTheEndOfIt(int ceiling) {
    MtuSearch s = new MtuSearch(BASE, ceiling);
    search(s, 9000, 0);
    assertThat(s.plpmtu()).isEqualTo(ceiling);
    s.ceiling(1200);
    assertThat(s.plpmtu()).isEqualTo(1200);
    s.ceiling(ceiling);
    assertThat(s.next(0)).isEqualTo(ceiling);
  }
}
