package dev.sinew.base;

/**
 * Where a stack gets its randomness and secrets. The caller gives one to each stack: a
 * cryptographic source in production, a seeded one in a simulation. Secrets are drawn once when the
 * stack is built, never kept in statics.
 */
@FunctionalInterface
public interface EntropySource {
  /** 64 fresh random bits. */
  long nextLong();

  /** A number in {@code [0, bound)}, for {@code bound > 0}. */
  default int nextInt(int bound) {
    return (int) ((nextLong() >>> 33) % bound);
  }
}
