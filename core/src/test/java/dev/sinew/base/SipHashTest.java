package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Against the reference table of SipHash-2-4: key 00 01 .. 0f, message 00 01 .. n-1, result read
 * little-endian.
 */
class SipHashTest {
  private final SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  private static final long W0 = 0x0706050403020100L;
  private static final long W1 = 0x0f0e0d0c0b0a0908L;
  private static final long W2 = 0x1716151413121110L;
  private static final long W3 = 0x1f1e1d1c1b1a1918L;
  private static final long W4 = 0x2726252423222120L;

  @Test
  void eightBytes() {
    assertThat(hash.hash(W0)).isEqualTo(0x93f5f5799a932462L);
  }

  @Test
  void sixteenBytes() {
    assertThat(hash.hash(W0, W1)).isEqualTo(0x3f2acc7f57c29bdbL);
  }

  @Test
  void twentyFourBytes() {
    assertThat(hash.hash(W0, W1, W2)).isEqualTo(0xb8ad50c6f649af94L);
  }

  @Test
  void fortyBytes() {
    assertThat(hash.hash(W0, W1, W2, W3, W4)).isEqualTo(0x0e3ea96b5304a7d0L);
  }

  @Tag("RFC6528-3-d")
  @Test
  void theKeyComesFromTheEntropySource() {
    long[] words = {W0, W1};
    int[] next = {0};
    SipHash drawn = new SipHash(() -> words[next[0]++]);
    assertThat(drawn.hash(W0)).isEqualTo(0x93f5f5799a932462L);
    assertThat(next[0]).isEqualTo(2);
  }

  @Tag("RFC6528-3-c")
  @Test
  @Tag("MUST-9")
  void everyInputBitMovesAboutHalfOfTheResult() {
    long base = hash.hash(1, 2, 3, 4, 5);
    for (int word = 0; word < 5; word++) {
      for (int bit = 0; bit < 64; bit++) {
        long[] w = {1, 2, 3, 4, 5};
        w[word] ^= 1L << bit;
        int moved = Long.bitCount(base ^ hash.hash(w[0], w[1], w[2], w[3], w[4]));
        assertThat(moved).isBetween(12, 52);
      }
    }
  }
}
