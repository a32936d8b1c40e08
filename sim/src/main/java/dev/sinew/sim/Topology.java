package dev.sinew.sim;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.stack.Stack;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The hosts, links and switches of a simulation, their names and addresses. */
final class Topology {
  /** As many as {@code 10.n.m.0/24} has segments. */
  private static final int MOST_SEGMENTS = 65_535;

  private static final int MOST_AT_A_SWITCH = 253;

  private final Simulation simulation;
  private final List<SimHost> hosts = new ArrayList<>();
  private final Map<String, SimHost> names = new HashMap<>();
  private final Map<String, SimLink> links = new LinkedHashMap<>();
  private int switchCount;
  private int segmentCount;
  private int directionCount;

  Topology(Simulation simulation) {
    this.simulation = simulation;
  }

  List<SimHost> hosts() {
    return hosts;
  }

  Map<String, SimLink> links() {
    return links;
  }

  @Nullable SimHost findHost(String name) {
    return names.get(name);
  }

  private void requireNewName(String name) {
    if (names.containsKey(name)) {
      throw new IllegalArgumentException("there is a host " + name + " already");
    }
  }

  SimHost host(String name, UnaryOperator<Stack.Builder> configure) {
    requireNewName(name);
    SimHost h = new SimHost(simulation, name, hosts.size(), configure);
    hosts.add(h);
    names.put(name, h);
    return h;
  }

  SimSwitch lan(String name, Impairments both, SimHost... members) {
    requireNewName(name);
    if (members.length > MOST_AT_A_SWITCH) {
      throw new IllegalArgumentException(
          members.length + " hosts at the switch " + name + ", more than 253; use several");
    }
    int n = nextSegment();
    SimHost self = new SimHost(simulation, name, -1 - ++switchCount, b -> b);
    names.put(name, self);
    SimSwitch lan = new SimSwitch(simulation, self);
    for (int i = 0; i < members.length; i++) {
      SimHost h = members[i];
      String port = h.name() + "-" + name;
      if (links.containsKey(port)) {
        throw new IllegalArgumentException(h + " is at the switch " + name + " already");
      }
      Direction forward = direction(h, self, port, both);
      Direction backward = direction(self, h, port, both);
      LinkEnd end = new LinkEnd(h, forward, port);
      forward.exit(lan::arrived);
      backward.exit(end);
      h.plug(end, prefixes(addresses(n, i + 1, both.mtu())));
      SimLink link = new SimLink(port, forward, backward, end, null);
      links.put(port, link);
      lan.add(link);
    }
    return lan;
  }

  SimLink link(SimHost a, SimHost b, Impairments both) {
    int n = segmentCount + 1;
    return link(a, b, both, addresses(n, 1, both.mtu()), addresses(n, 2, both.mtu()));
  }

  SimLink link(
      SimHost a,
      SimHost b,
      Impairments both,
      List<String> addressesOfA,
      List<String> addressesOfB) {
    Prefix[] prefixesOfA = prefixes(addressesOfA);
    Prefix[] prefixesOfB = prefixes(addressesOfB);
    nextSegment();
    String base = a.name() + "-" + b.name();
    String name = base;
    for (int i = 2; links.containsKey(name); i++) {
      name = base + "#" + i;
    }
    Direction forward = direction(a, b, name, both);
    Direction backward = direction(b, a, name, both);
    LinkEnd first = new LinkEnd(a, forward, name);
    LinkEnd second = new LinkEnd(b, backward, name);
    forward.exit(second);
    backward.exit(first);
    a.plug(first, prefixesOfA);
    b.plug(second, prefixesOfB);
    SimLink link = new SimLink(name, forward, backward, first, second);
    links.put(name, link);
    return link;
  }

  private Direction direction(SimHost from, SimHost to, String link, Impairments both) {
    return new Direction(simulation, directionCount++, from, to, link, both);
  }

  private int nextSegment() {
    if (segmentCount == MOST_SEGMENTS) {
      throw new IllegalStateException("more than " + MOST_SEGMENTS + " links and switches");
    }
    return ++segmentCount;
  }

  /** The addresses of the {@code host}-th host of the n-th link or switch. */
  private static List<String> addresses(int n, int host, int mtu) {
    String v4 = "10." + (n >>> 8) + "." + (n & 0xff) + "." + host + "/24";
    // Readable in decimal while there are few.
    String net = n <= 255 ? "0:" + n : "1:" + Integer.toHexString(n);
    String v6 = "fd00:0:" + net + "::" + Integer.toHexString(host) + "/64";
    return mtu >= 1280 ? List.of(v4, v6) : List.of(v4);
  }

  private static Prefix[] prefixes(List<String> texts) {
    Prefix[] result = new Prefix[texts.size()];
    for (int i = 0; i < result.length; i++) {
      Prefix p = Prefix.parse(texts.get(i));
      if (p == null) {
        throw new IllegalArgumentException(
            "\"" + texts.get(i) + "\" is no address with a prefix length");
      }
      result[i] = p;
    }
    return result;
  }

  void defaultRoute(SimHost host, SimLink link, SimHost gateway) {
    NetworkInterface itf = gatewayInterface(link, gateway);
    for (boolean v4 : new boolean[] {true, false}) {
      for (Prefix p : itf.addresses()) {
        if (p.address().isV4() == v4) {
          Prefix all = new Prefix(v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, 0);
          host.addRoute(all, link, p.address());
          break;
        }
      }
    }
  }

  /** Where the gateway is plugged in: at the link itself, or at another port of its switch. */
  private NetworkInterface gatewayInterface(SimLink link, SimHost gateway) {
    SimHost other = link.backward().from();
    SimLink port = links.get(gateway.name() + "-" + other.name());
    return port != null && !link.touches(gateway) ? port.at(gateway) : link.at(gateway);
  }
}
