package dev.sinew.sim.sweep;

import dev.sinew.sim.SimMemory;
import java.util.Locale;

/**
 * Runs random networks and prints their trace hashes, to be compared with those of another run,
 * another JVM or another heap size: {@code TraceHashes [SEEDS] [FIRST SEED] [each]}.
 */
public final class TraceHashes {
  private TraceHashes() {}

  /** The hashes of so many seeds, folded into one. */
  public static long of(long first, long count, boolean print) {
    SimMemory memory = new SimMemory();
    long all = 0;
    for (long seed = first; seed < first + count; seed++) {
      RandomNetwork network = RandomNetwork.of(seed);
      long hash = network.run(network.faults(), memory, "").traceHash();
      all = all * 31 + hash;
      if (print) {
        System.out.printf(Locale.ROOT, "%d %016x%n", seed, hash);
      }
    }
    return all;
  }

  /** Prints one line, and one for each seed where {@code each} is given. */
  public static void main(String[] args) {
    long count = args.length > 0 ? Long.parseLong(args[0]) : 1000;
    long first = args.length > 1 ? Long.parseLong(args[1]) : 1;
    long all = of(first, count, args.length > 2);
    System.out.printf(Locale.ROOT, "%d seeds from %d: %016x%n", count, first, all);
  }
}
