package dev.sinew.tcp;

/**
 * The search for the largest packet that a path delivers (RFC 4821 section 7, RFC 8899 section
 * 5.3), as numbers alone. Between a size that is known to arrive, the PLPMTU, and the largest that
 * may, it proposes what to try next: first the size in use before, or the largest, for a path is
 * more often one of these than anything else; then the middle, moved up to a size that paths really
 * have. All sizes are those of whole packets in bytes.
 */
final class MtuSearch {
  /** A size is given up after this many lost probes of it, for one may have been lost otherwise. */
  static final int MAX_PROBES = 3;

  /** When the search is over, it begins anew after this long (PMTU_RAISE_TIMER). */
  static final long RAISE_NANOS = 600_000_000_000L;

  /** No search for fewer bytes than this, or less than a 128th. */
  private static final int LEAST_GAIN = 8;

  /** Tunnels, PPPoE, Ethernet, jumbo frames and older links. */
  private static final int[] COMMON = {
    576, 1006, 1280, 1360, 1400, 1420, 1440, 1454, 1472, 1480, 1492, 1500, 2002, 4352, 8166, 9000,
    17_914, 32_000, 65_535
  };

  private int plpmtu;
  private int ceiling;

  /** The greatest size that may arrive. */
  private int high;

  /** What to try first, or 0. */
  private int hint;

  private int lostCount;

  /** Nothing has been delivered since a black hole was found. */
  private boolean falling;

  /** The search is over until then; 0 while it goes on. */
  private long raiseAt;

  /**
   * @param size what arrives, or is thought to
   * @param ceiling what the interface and the peer take at most
   */
  MtuSearch(int size, int ceiling) {
    this.plpmtu = Math.min(size, ceiling);
    this.ceiling = ceiling;
    restart(ceiling);
  }

  /** The largest packet that is not a probe. */
  int plpmtu() {
    return plpmtu;
  }

  /** The size of the next probe, or 0 when there is nothing to try now. */
  int next(long now) {
    if (raiseAt != 0) {
      if (now < raiseAt) {
        return 0;
      }
      restart(ceiling);
    }
    if (hint > plpmtu && hint <= high) {
      return hint;
    }
    if (high - plpmtu < Math.max(LEAST_GAIN, plpmtu >> 7)) {
      raiseAt = now + RAISE_NANOS;
      return 0;
    }
    int middle = plpmtu + (high - plpmtu + 1) / 2;
    for (int size : COMMON) {
      if (size >= middle && size <= high) {
        return size;
      }
    }
    return middle;
  }

  /** No probe is sent before {@link #RAISE_NANOS} are over. */
  boolean complete() {
    return raiseAt != 0;
  }

  /** A probe of that size arrived. */
  void delivered(int size) {
    lostCount = 0;
    falling = false;
    plpmtu = Math.max(plpmtu, Math.min(size, ceiling));
    high = Math.max(high, plpmtu);
  }

  /** A probe of that size, and nothing else, was lost. */
  void lost(int size) {
    if (++lostCount >= MAX_PROBES) {
      lostCount = 0;
      hint = 0;
      high = Math.max(plpmtu, size - 1);
    }
  }

  /** A router has said that no larger packet passes; it may well be the size that does. */
  void limit(int mtu) {
    lostCount = 0;
    plpmtu = Math.min(plpmtu, mtu);
    high = Math.min(high, mtu);
    hint = high;
    raiseAt = 0;
  }

  /** What the interface and the peer take at most has changed. */
  void ceiling(int bytes) {
    if (bytes != ceiling) {
      ceiling = bytes;
      plpmtu = Math.min(plpmtu, bytes);
      restart(bytes);
    }
  }

  /**
   * Nothing of the present size arrives any more (RFC 4821 section 7.7): to the base, and from
   * there to the half.
   *
   * @param least not below this
   */
  void blackHole(int base, int least) {
    int before = plpmtu;
    plpmtu = Math.min(before, Math.max(least, before > base ? base : before / 2));
    restart(falling ? hint : before);
    falling = true;
  }

  private void restart(int first) {
    high = ceiling;
    hint = first;
    lostCount = 0;
    raiseAt = 0;
  }
}
