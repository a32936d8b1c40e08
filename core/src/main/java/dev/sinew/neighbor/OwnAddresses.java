package dev.sinew.neighbor;

import dev.sinew.base.Counter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The addresses of this stack on one link. */
final class OwnAddresses {
  private final Neighborhood home;
  private final List<OwnAddress> all = new ArrayList<>();

  OwnAddresses(Neighborhood home) {
    this.home = home;
  }

  void add(long high, long low, int prefixBits, boolean check, long now) {
    OwnAddress a = new OwnAddress(this, home, high, low, prefixBits);
    all.add(a);
    if (!check) {
      a.state = AddressState.PREFERRED;
    }
    long most = a.v4 ? OwnAddress.PROBE_WAIT_NANOS : OwnAddress.MAX_RTR_SOLICITATION_DELAY_NANOS;
    arm(a, now + (check ? random(most) : 0));
  }

  @Nullable OwnAddress find(long high, long low) {
    for (int i = 0; i < all.size(); i++) {
      OwnAddress a = all.get(i);
      if (a.low == low && a.high == high) {
        return a;
      }
    }
    return null;
  }

  boolean isUsable(long high, long low) {
    OwnAddress a = find(high, low);
    return a != null && a.state == AddressState.PREFERRED;
  }

  boolean isTentative(long high, long low) {
    OwnAddress a = find(high, low);
    return a != null && a.state == AddressState.TENTATIVE;
  }

  /** True for an address that we have or mean to have. */
  boolean isOurs(long high, long low) {
    OwnAddress a = find(high, low);
    return a != null && a.state != AddressState.DUPLICATE;
  }

  /** True when one of our networks has the address. */
  boolean isOnLink(long high, long low) {
    for (int i = 0; i < all.size(); i++) {
      OwnAddress a = all.get(i);
      if (sharedBits(a, high, low) >= a.prefixBits) {
        return true;
      }
    }
    return false;
  }

  private static int sharedBits(OwnAddress a, long high, long low) {
    return a.high == high
        ? 64 + Long.numberOfLeadingZeros(a.low ^ low)
        : Long.numberOfLeadingZeros(a.high ^ high);
  }

  /**
   * From which address a neighbour is asked for: the one that the packet has which wants it, if it
   * is one of ours here, else any (RFC 4861 section 7.2.2); null when there is none.
   */
  @Nullable OwnAddress sourceFor(Neighbor n) {
    OwnAddress same = find(n.sourceHigh, n.sourceLow);
    if (same != null && same.state == AddressState.PREFERRED) {
      return same;
    }
    boolean v4 = Neighborhood.isV4(n.high, n.low);
    OwnAddress best = null;
    for (int i = 0; i < all.size(); i++) {
      OwnAddress a = all.get(i);
      if (a.v4 == v4
          && a.state == AddressState.PREFERRED
          && (best == null || sharedBits(a, n.high, n.low) > sharedBits(best, n.high, n.low))) {
        best = a;
      }
    }
    return best;
  }

  /** Somebody else speaks as the one who has the address. */
  void conflict(long high, long low, long mac, long now) {
    OwnAddress a = find(high, low);
    if (a != null && a.state != AddressState.DUPLICATE) {
      home.with.counters().inc(Counter.SinewAddressConflicts);
      a.conflict(mac, now);
    }
  }

  /** Somebody else asks for the address to have it. It is a conflict while it is not ours yet. */
  void probed(long high, long low, long mac, long now) {
    if (isTentative(high, low)) {
      conflict(high, low, mac, now);
    }
  }

  void arm(OwnAddress a, long at) {
    home.with.timers().arm(a, at);
  }

  void disarm(OwnAddress a) {
    home.with.timers().disarm(a);
  }

  void changed() {
    home.with.events().addressesChanged();
  }

  /** 0 to {@code mostNanos}. */
  long random(long mostNanos) {
    return Math.floorMod(home.with.entropy().nextLong(), mostNanos + 1);
  }

  void close() {
    for (OwnAddress a : all) {
      home.with.timers().remove(a);
    }
    all.clear();
  }
}
