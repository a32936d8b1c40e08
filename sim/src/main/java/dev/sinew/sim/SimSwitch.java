package dev.sinew.sim;

import dev.sinew.base.Block;
import dev.sinew.ip.NetworkInterface;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A switch: any number of hosts on one segment, each at a port of its own, which is a link of two
 * directions with impairments. A packet goes to the port whose host has its destination address; a
 * broadcast or multicast goes to all others; what belongs elsewhere goes to the {@linkplain
 * #gateway gateway}, and is lost when there is none.
 */
public final class SimSwitch {
  private final Simulation simulation;
  private final SimHost self;
  private final List<SimLink> ports = new ArrayList<>();
  private @Nullable SimLink gateway;

  SimSwitch(Simulation simulation, SimHost self) {
    this.simulation = simulation;
    this.self = self;
  }

  /** Its name. */
  public String name() {
    return self.name();
  }

  SimHost self() {
    return self;
  }

  void add(SimLink port) {
    ports.add(port);
  }

  /** The ports in the order of the hosts. */
  public List<SimLink> ports() {
    return List.copyOf(ports);
  }

  /** The link between a host and this switch; forward is towards the switch. */
  public SimLink port(SimHost host) {
    for (SimLink p : ports) {
      if (p.forward().from() == host) {
        return p;
      }
    }
    throw new IllegalArgumentException(host + " is not at the switch " + name());
  }

  /** The place of the segment in a host's stack, for routes. */
  public NetworkInterface at(SimHost host) {
    return port(host).at(host);
  }

  /**
   * Makes a host of the segment the one that gets what belongs to no other; all others' default
   * route leads to it.
   */
  public SimSwitch gateway(SimHost router) {
    gateway = port(router);
    for (SimLink p : ports) {
      if (p != gateway) {
        simulation.defaultRoute(p.forward().from(), p, router);
      }
    }
    return this;
  }

  /** All ports, both directions, from now on. */
  public SimSwitch impair(String words) {
    ports.forEach(p -> p.impair(words));
    return this;
  }

  /** A packet has come in at a port. */
  void arrived(Direction in, Block block, int length, long number) {
    PacketView view = in.delivered(block, length, number);
    SimLink to = null;
    if (view.isIp()) {
      long high = view.ip().destinationHigh;
      long low = view.ip().destinationLow;
      if (isGroup(high, low)) {
        flood(in, block, length, number);
        return;
      }
      for (SimLink p : ports) {
        if (p.forward().from().owns(high, low)) {
          to = p;
          break;
        }
      }
    }
    if (to == null && gateway != null && gateway.forward() != in) {
      to = gateway;
    }
    if (to == null) {
      in.refused(block, length, number, "nobody there");
    } else {
      to.backward().pass(block, length, number);
    }
  }

  private static boolean isGroup(long high, long low) {
    int v4 = (int) low;
    boolean mapped = high == 0 && low >>> 32 == 0xffff;
    return mapped ? (v4 >>> 28) == 0xe || (v4 & 0xff) == 0xff : high >>> 56 == 0xff;
  }

  private void flood(Direction in, Block block, int length, long number) {
    for (SimLink p : ports) {
      Block copy = p.forward() == in ? null : simulation.wire().take(length);
      if (copy != null) {
        MemorySegment.copy(block.memory(), block.base(), copy.memory(), copy.base(), length);
        p.backward().pass(copy, length, number);
      }
    }
    block.release();
  }

  @Override
  public String toString() {
    return name();
  }
}
