package dev.sinew.sim.sweep;

import dev.sinew.sim.NamedRandom;
import java.util.Locale;

/** Choices out of one random stream. */
final class Draws {
  private final NamedRandom random;

  Draws(long seed, String name) {
    random = new NamedRandom(seed, "sweep/" + name);
  }

  int between(int low, int high) {
    return low + (int) Math.floorMod(random.nextLong(), (long) high - low + 1);
  }

  boolean chance(double p) {
    return random.nextDouble() < p;
  }

  /** Mostly small numbers, sometimes large ones. */
  int size(int max) {
    double u = random.nextDouble();
    return (int) (max * u * u * u * u);
  }

  @SafeVarargs
  final <T> T pick(T... of) {
    return of[between(0, of.length - 1)];
  }

  /** A percentage of about {@code max} at most, not 0, as netem's words have it. */
  String percent(double max) {
    return String.format(Locale.ROOT, "%.2f%%", 0.01 + max * random.nextDouble());
  }
}
