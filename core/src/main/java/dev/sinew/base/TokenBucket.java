package dev.sinew.base;

import org.jspecify.annotations.Nullable;

/**
 * Allows so many events per second on average and so many at once. Integer arithmetic on
 * nanoseconds: credit grows with time and one event costs {@code 1 s / perSecond} of it.
 *
 * <p>A limit that everybody shares is a side channel: who counts exactly how many answers a burst
 * gets learns whether somebody else used some (CVE-2020-25705). With a source of randomness the
 * bucket therefore never holds a predictable number: each time it fills up its size is drawn
 * between half of and the full burst, and one event in four costs double.
 */
public final class TokenBucket {
  private static final long SECOND = 1_000_000_000L;

  private final long cost;
  private final int burst;
  private final @Nullable EntropySource entropy;
  private long capacity;
  private long credit;
  private long last;

  /**
   * @param perSecond events per second on average, 1 to 1,000,000,000; 0 allows none
   * @param burst events at once, at least 1
   * @param entropy blurs the limit, or null for an exact one
   */
  public TokenBucket(int perSecond, int burst, @Nullable EntropySource entropy) {
    this.cost = perSecond == 0 ? 0 : SECOND / perSecond;
    this.burst = burst;
    this.entropy = entropy;
    this.capacity = drawCapacity();
    this.credit = capacity;
  }

  /** True when an event is allowed at {@code now}; it is charged. */
  public boolean take(long now) {
    if (cost == 0) {
      return false;
    }
    if (now > last) {
      long room = capacity - credit;
      if (now - last >= room) {
        capacity = drawCapacity();
        credit = capacity;
      } else {
        credit += now - last;
      }
      last = now;
    }
    if (credit < cost) {
      return false;
    }
    credit -= cost;
    if (entropy != null && entropy.nextInt(4) == 0) {
      credit = Math.max(0, credit - cost);
    }
    return true;
  }

  private long drawCapacity() {
    int size = entropy == null || burst < 2 ? burst : burst - entropy.nextInt(burst / 2 + 1);
    return size * cost;
  }
}
