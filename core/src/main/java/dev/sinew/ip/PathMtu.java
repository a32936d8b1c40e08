package dev.sinew.ip;

import dev.sinew.base.TimerHeap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is known about the largest packet on the way to a destination: from ICMP errors (RFC 1191's
 * and RFC 8201's Path MTU Discovery), and from probes of a connection that found a black hole (RFC
 * 4821 section 5.2). Bounded: when full, the entry that was used longest ago goes. Entries are
 * forgotten after ten minutes, so that a path that got better is found again, and say nothing about
 * the way by another interface.
 *
 * <p>Who calls {@link #learn} has checked the ICMP message against a connection: an unchecked store
 * is an attacker's memory (CVE-2023-52340).
 */
final class PathMtu {
  /**
   * The least that an IPv4 path may be talked down to, as Linux's {@code min_pmtu}: tiny segments
   * are a denial of service.
   */
  static final int MIN_V4 = 552;

  /** Every IPv6 link carries this much (RFC 8200 section 5). */
  static final int MIN_V6 = 1280;

  static final long LIFETIME_NANOS = 600_000_000_000L;

  /** MTUs in use, for routers that do not name theirs (the table in RFC 1191). */
  private static final int[] PLATEAUS = {32000, 17914, 8166, 4352, 2002, 1492, 1006, MIN_V4};

  private record Learnt(int mtu, NetworkInterface out, long expires) {}

  private final Map<IpAddress, Learnt> entries;
  private int generation;

  PathMtu(int capacity) {
    this.entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<IpAddress, Learnt> eldest) {
            return size() > capacity;
          }
        };
  }

  /**
   * The path MTU of a routed flow, at most that of its interface. Costs two comparisons while
   * nothing was learnt and nothing has expired.
   *
   * @param linkMtu the interface's MTU
   */
  int get(Flow flow, int linkMtu, long now) {
    if (flow.pathMtuGeneration != generation || now >= flow.pathMtuExpires) {
      refresh(flow, now);
    }
    return flow.pathMtu == 0 ? linkMtu : Math.min(flow.pathMtu, linkMtu);
  }

  private void refresh(Flow flow, long now) {
    flow.pathMtuGeneration = generation;
    flow.pathMtu = 0;
    flow.pathMtuExpires = TimerHeap.NEVER;
    if (entries.isEmpty()) {
      return;
    }
    IpAddress key = new IpAddress(flow.destinationHigh, flow.destinationLow);
    Learnt e = entries.get(key);
    if (e == null) {
      return;
    }
    if (now >= e.expires()) {
      entries.remove(key);
      return;
    }
    if (e.out() != flow.out) {
      return;
    }
    flow.pathMtu = e.mtu();
    flow.pathMtuExpires = e.expires();
  }

  /**
   * Learns that packets of more than {@code mtu} bytes do not reach the destination. Only ever
   * makes the path smaller.
   *
   * @param mtu what the message said; 0 when its router said nothing
   * @param out the interface towards it
   */
  void learn(long high, long low, int mtu, NetworkInterface out, long now) {
    boolean v4 = Addresses.isV4(high, low);
    if (!v4 && mtu < MIN_V6) {
      // No IPv6 link is that small: the message is wrong or forged.
      return;
    }
    IpAddress key = new IpAddress(high, low);
    Learnt old = entries.get(key);
    if (old != null && (now >= old.expires() || old.out() != out)) {
      old = null;
    }
    boolean known = old != null;
    int current = old != null ? Math.min(old.mtu(), out.mtu()) : out.mtu();
    int next = v4 ? Math.max(mtu == 0 ? plateauBelow(current) : mtu, MIN_V4) : mtu;
    if (next < current || (known && next == current)) {
      entries.put(key, new Learnt(next, out, now + LIFETIME_NANOS));
      generation++;
    }
  }

  /** The largest MTU in use that is smaller, where a router does not name its own. */
  static int plateauBelow(int mtu) {
    for (int p : PLATEAUS) {
      if (p < mtu) {
        return p;
      }
    }
    return MIN_V4;
  }
}
