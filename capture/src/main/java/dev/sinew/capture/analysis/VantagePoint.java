package dev.sinew.capture.analysis;

import java.util.List;

/** Where a connection was probably captured: unfinished checksums and TTLs give it away. */
final class VantagePoint {
  private VantagePoint() {}

  static void of(Connection c, List<String> lines) {
    for (int i = 0; i < 2; i++) {
      End here = c.end(i);
      End there = c.end(1 - i);
      if (here.offload && !there.offload) {
        lines.add(
            "captured on "
                + here.address()
                + "'s own machine: what it sends has unfinished checksums"
                + (hops(here) > 0
                    ? ", but TTL "
                        + here.ttl
                        + ": forwarded inside of it, as from a container or bridge"
                    : ""));
        distance(there, lines);
        return;
      }
    }
    for (int i = 0; i < 2; i++) {
      distance(c.end(i), lines);
    }
  }

  private static void distance(End e, List<String> lines) {
    int hops = hops(e);
    if (hops > 0) {
      lines.add(
          e.address()
              + " is "
              + hops
              + (hops == 1 ? " hop" : " hops")
              + " away from where it was captured (TTL "
              + e.ttl
              + ", begun as "
              + (e.ttl + hops)
              + ")");
    }
  }

  /** Systems begin with 64, 128 or 255. */
  private static int hops(End e) {
    if (e.ttl <= 0) {
      return -1;
    }
    return e.ttl <= 64 ? 64 - e.ttl : e.ttl <= 128 ? 128 - e.ttl : 255 - e.ttl;
  }
}
