package dev.sinew.ip;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes, the longest prefix first and equal ones in the order in which they were added. */
final class RouteTable {
  /**
   * One route.
   *
   * @param gateway the next hop, or null when the interface reaches the network itself
   */
  record Route(Prefix destination, NetworkInterface out, @Nullable IpAddress gateway) {}

  private final List<Route> routes = new ArrayList<>();
  private int generation;

  void add(Route route) {
    int at = 0;
    while (at < routes.size()
        && routes.get(at).destination().mappedLength() >= route.destination().mappedLength()) {
      at++;
    }
    routes.add(at, route);
    generation++;
  }

  void removeAll(NetworkInterface out) {
    routes.removeIf(r -> r.out() == out);
    generation++;
  }

  /** What flows remember is looked up again: an address came or went. */
  void touch() {
    generation++;
  }

  /** Grows with every change. */
  int generation() {
    return generation;
  }

  /** The best route, or null. */
  @Nullable Route lookup(long high, long low) {
    for (int i = 0; i < routes.size(); i++) {
      Route r = routes.get(i);
      if (r.destination().contains(high, low)) {
        return r;
      }
    }
    return null;
  }
}
