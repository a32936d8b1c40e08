package dev.sinew.sim;

import dev.sinew.base.EntropySource;

/**
 * A stream of random numbers that belongs to one thing: its name and the simulation's seed
 * determine it, so a draw more in one stream moves no other. The generator is SplitMix64, written
 * out here because a run must be the same on every JDK.
 */
public final class NamedRandom implements EntropySource {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  /** The stream of that name. */
  public NamedRandom(long seed, String name) {
    long h = mix(seed + GAMMA);
    for (int i = 0; i < name.length(); i++) {
      h = mix((h ^ name.charAt(i)) + GAMMA);
    }
    state = h;
  }

  @Override
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** A number in {@code [0, 1)}. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** True with probability {@code p}. Where {@code p} is 0 nothing is drawn. */
  public boolean chance(double p) {
    return p > 0 && nextDouble() < p;
  }

  /** A number in {@code [-range, range]}. */
  public long nextAround(long range) {
    return range == 0 ? 0 : Math.floorMod(nextLong(), 2 * range + 1) - range;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
