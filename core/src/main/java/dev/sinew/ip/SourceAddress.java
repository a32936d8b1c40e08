package dev.sinew.ip;

import org.jspecify.annotations.Nullable;

/**
 * Which of an interface's addresses a packet carries as its source. IPv4: one in the subnet of the
 * next hop, else the first. IPv6: the rules of RFC 6724 that tell addresses of one interface apart:
 * the destination itself, a fitting scope, the longest matching prefix.
 */
final class SourceAddress {
  private SourceAddress() {}

  /**
   * The address to use towards a destination over a next hop, or null when the interface has none
   * of that version.
   */
  static @Nullable IpAddress choose(
      NetworkInterface out, long destinationHigh, long destinationLow, long hopHigh, long hopLow) {
    return Addresses.isV4(destinationHigh, destinationLow)
        ? chooseV4(out, hopHigh, hopLow)
        : chooseV6(out, destinationHigh, destinationLow);
  }

  private static @Nullable IpAddress chooseV4(NetworkInterface out, long hopHigh, long hopLow) {
    Prefix best = null;
    for (int i = 0; i < out.addresses().size(); i++) {
      Prefix p = out.addresses().get(i);
      if (!p.address().isV4()) {
        continue;
      }
      if (p.contains(hopHigh, hopLow)
          && (best == null || !best.contains(hopHigh, hopLow) || p.length() > best.length())) {
        best = p;
      } else if (best == null) {
        best = p;
      }
    }
    return best == null ? null : best.address();
  }

  private static @Nullable IpAddress chooseV6(NetworkInterface out, long high, long low) {
    IpAddress best = null;
    int wanted = Addresses.scope(high, low);
    for (int i = 0; i < out.addresses().size(); i++) {
      IpAddress a = out.addresses().get(i).address();
      if (!a.isV4() && (best == null || isBetter(a, best, high, low, wanted))) {
        best = a;
      }
    }
    return best;
  }

  /** True when {@code a} is a better source than {@code b}; the first of equal ones stays. */
  private static boolean isBetter(IpAddress a, IpAddress b, long high, long low, int wanted) {
    // The destination itself is the best source there is.
    boolean same = a.high() == high && a.low() == low;
    if (same || (b.high() == high && b.low() == low)) {
      return same;
    }
    // The smallest scope that reaches the destination; if none does, the largest.
    int scopeA = Addresses.scope(a.high(), a.low());
    int scopeB = Addresses.scope(b.high(), b.low());
    if (scopeA != scopeB) {
      return scopeA < scopeB ? scopeA >= wanted : scopeB < wanted;
    }
    // The longest matching prefix.
    return Addresses.commonPrefix(a.high(), a.low(), high, low)
        > Addresses.commonPrefix(b.high(), b.low(), high, low);
  }
}
