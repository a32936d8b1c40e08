package dev.sinew.testing;

import dev.sinew.base.EntropySource;

/** Randomness that repeats: SplitMix64 from a seed. */
public final class TestEntropy implements EntropySource {
  private long state;

  public TestEntropy(long seed) {
    this.state = seed;
  }

  @Override
  public long nextLong() {
    long z = state += 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
