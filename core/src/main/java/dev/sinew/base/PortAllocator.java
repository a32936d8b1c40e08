package dev.sinew.base;

import java.util.function.IntPredicate;

/**
 * Chooses ephemeral ports so that nobody outside can guess the next one (RFC 6056, the double-hash
 * selection): the search for one peer begins at a keyed hash of both ends, and a counter per group
 * of peers moves it on at each use. Ports of one peer follow each other, so a port comes back as
 * late as possible; what one peer sees tells it nothing about another's. Not thread-safe; nothing
 * is allocated by a choice.
 */
public final class PortAllocator {
  /** The first ephemeral port, as on Linux. */
  public static final int FIRST = 32768;

  /** The last ephemeral port, as on Linux. */
  public static final int LAST = 60999;

  private static final int COUNT = LAST - FIRST + 1;
  private static final int COUNTERS = 16;

  private final SipHash offsets;
  private final SipHash groups;
  private final EntropySource entropy;
  private final int[] counters = new int[COUNTERS];

  /** Draws its secrets from {@code entropy}, which it also asks where no peer is known. */
  public PortAllocator(EntropySource entropy) {
    this.entropy = entropy;
    offsets = new SipHash(entropy);
    groups = new SipHash(entropy);
    for (int i = 0; i < COUNTERS; i++) {
      counters[i] = entropy.nextInt(COUNT);
    }
  }

  /**
   * A free port for talking with a known peer; addresses as in {@code IpPacket}.
   *
   * @param free asked for one port after the other, at most once for each
   * @return {@link #FIRST} to {@link #LAST}, or -1 when none is free
   */
  public int choose(
      long localHigh,
      long localLow,
      long remoteHigh,
      long remoteLow,
      int remotePort,
      IntPredicate free) {
    long offset = offsets.hash(localHigh, localLow, remoteHigh, remoteLow, remotePort) >>> 33;
    int group =
        (int)
            (groups.hash(localHigh, localLow, remoteHigh, remoteLow, remotePort) & (COUNTERS - 1));
    int first = (int) ((offset + counters[group]) % COUNT);
    int port = search(first, free);
    if (port >= 0) {
      int passed = (port - FIRST - first + COUNT) % COUNT;
      counters[group] = (counters[group] + passed + 1) % COUNT;
    }
    return port;
  }

  /**
   * A free port where the peer is not known yet: the first one from a random place. {@code FIRST}
   * to {@code LAST}, or -1 when none is free.
   */
  public int choose(IntPredicate free) {
    return search(entropy.nextInt(COUNT), free);
  }

  private static int search(int first, IntPredicate free) {
    for (int i = 0; i < COUNT; i++) {
      int port = FIRST + (first + i) % COUNT;
      if (free.test(port)) {
        return port;
      }
    }
    return -1;
  }
}
