package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeqNumTest {
  private static final int HALF = 1 << 31;

  /**
   * Every pair of a 16-bit number circle, carried into the 32-bit one by shifting: the order must
   * be that of the distance around the circle.
   */
  @Test
  void everyPairOfTheSixteenBitCircleIsOrderedByTheShorterWayRound() {
    int wrong = 0;
    for (int a = 0; a < 65_536; a += 1) {
      for (int step = 0; step < 65_536; step += a % 257 == 0 ? 1 : 251) {
        int b = (a + step) & 0xffff;
        int x = a << 16;
        int y = b << 16;
        boolean after = step > 0 && step < 0x8000;
        boolean opposite = step == 0x8000;
        if (SeqNum.lt(x, y) != (after || opposite)
            || SeqNum.leq(x, y) != (after || opposite || step == 0)
            || SeqNum.gt(x, y) != (!after && !opposite && step != 0)
            || SeqNum.geq(x, y) != (!after && !opposite)) {
          wrong++;
        }
      }
    }
    assertThat(wrong).isZero();
  }

  @Test
  void theOrderHoldsAcrossTheWrap() {
    assertThat(SeqNum.lt(0xffff_ffff, 0)).isTrue();
    assertThat(SeqNum.lt(0, 0xffff_ffff)).isFalse();
    assertThat(SeqNum.gt(5, 0xffff_fff0)).isTrue();
    assertThat(SeqNum.lt(0x7fff_ffff, 0x8000_0000)).isTrue();
    assertThat(SeqNum.diff(4, 0xffff_fffe)).isEqualTo(6);
    assertThat(SeqNum.diff(0xffff_fffe, 4)).isEqualTo(-6);
    assertThat(SeqNum.max(0xffff_fffe, 4)).isEqualTo(4);
    assertThat(SeqNum.min(0xffff_fffe, 4)).isEqualTo(0xffff_fffe);
    assertThat(SeqNum.max(7, 7)).isEqualTo(7);
    assertThat(SeqNum.min(7, 7)).isEqualTo(7);
  }

  @Test
  void theFarthestNumbersThatCanBeComparedAreOneLessThanHalfTheCircleApart() {
    for (int base : new int[] {0, 1, -1, HALF, HALF - 1, 12_345}) {
      assertThat(SeqNum.lt(base, base + (HALF - 1))).isTrue();
      assertThat(SeqNum.gt(base + (HALF - 1), base)).isTrue();
      assertThat(SeqNum.lt(base, base - (HALF - 1))).isFalse();
      assertThat(SeqNum.max(base, base + (HALF - 1))).isEqualTo(base + (HALF - 1));
      assertThat(SeqNum.min(base, base + (HALF - 1))).isEqualTo(base);
    }
  }

  @Test
  void aWindowHoldsItsFirstNumberAndNotTheOneAfterItsLast() {
    for (int low : new int[] {0, 100, -10, HALF - 5, HALF}) {
      assertThat(SeqNum.inWindow(low, low, 1)).isTrue();
      assertThat(SeqNum.inWindow(low + 1, low, 1)).isFalse();
      assertThat(SeqNum.inWindow(low - 1, low, 20)).isFalse();
      assertThat(SeqNum.inWindow(low + 19, low, 20)).isTrue();
      assertThat(SeqNum.inWindow(low + 20, low, 20)).isFalse();
      assertThat(SeqNum.inWindow(low, low, 0)).isFalse();
      assertThat(SeqNum.inWindow(low + (1 << 30) - 1, low, 1L << 30)).isTrue();
      assertThat(SeqNum.inWindow(low + (1 << 30), low, 1L << 30)).isFalse();
      assertThat(SeqNum.inWindow(low + HALF - 1, low, 1L << 31)).isTrue();
      assertThat(SeqNum.inWindow(low + HALF, low, 1L << 31)).isFalse();
    }
  }

  @Test
  void anAcceptableAckLiesAfterUnaAndNotAfterNxt() {
    for (int una : new int[] {0, -3, HALF - 3}) {
      int nxt = una + 6;
      assertThat(SeqNum.inOpenClosed(una, una, nxt)).isFalse();
      assertThat(SeqNum.inOpenClosed(una + 1, una, nxt)).isTrue();
      assertThat(SeqNum.inOpenClosed(nxt, una, nxt)).isTrue();
      assertThat(SeqNum.inOpenClosed(nxt + 1, una, nxt)).isFalse();
      assertThat(SeqNum.inOpenClosed(una - 1, una, nxt)).isFalse();
    }
  }
}
