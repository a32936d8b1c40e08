package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel demands of a ring: packet_set_ring refuses another. */
class RingGeometryTest {
  private static final int PAGE = 65_536;

  @ParameterizedTest
  @ValueSource(ints = {68, 1500, 1604, 1664, 1665, 9_104, 65_639})
  void framesLieWithinBlocksOneBehindTheOther(int least) {
    RingGeometry g = RingGeometry.of(least, 8 << 20);
    assertThat(g.frameBytes()).isGreaterThanOrEqualTo(least).isLessThan(least + 64);
    assertThat(g.frameBytes() % 16).isZero();
    assertThat(g.blockBytes() % PAGE).isZero();
    assertThat(Integer.bitCount(g.blockBytes())).isOne();
    assertThat(g.totalBytes()).isEqualTo(8 << 20);
    assertThat(g.frameCount()).isEqualTo(g.blockCount() * (g.blockBytes() / g.frameBytes()));
    long end = 0;
    for (int i = 0; i < g.frameCount(); i++) {
      long begin = g.offset(i);
      assertThat(begin).isGreaterThanOrEqualTo(end);
      end = begin + g.frameBytes();
      assertThat((end - 1) / g.blockBytes()).isEqualTo(begin / g.blockBytes());
    }
    assertThat(end).isLessThanOrEqualTo(g.totalBytes());
  }

  @Test
  void theFirstFollowsTheLast() {
    RingGeometry g = RingGeometry.of(1604, 1 << 20);
    assertThat(g.next(0)).isEqualTo(1);
    assertThat(g.next(g.frameCount() - 2)).isEqualTo(g.frameCount() - 1);
    assertThat(g.next(g.frameCount() - 1)).isZero();
  }
}
