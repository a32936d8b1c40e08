package dev.sinew.tests.hunt;

import dev.sinew.sim.Direction;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimObserver;
import dev.sinew.sim.Simulation;
import java.util.HashMap;
import java.util.Map;

/**
 * RFC 6298 section 5.5: who hears nothing and sends the same again waits longer and longer. The
 * first interval may be that of a probe, so the rule is looked at from the third on.
 */
final class BackoffCheck implements SimObserver {
  /** Above it, the bound of section 2.5 may come into play. */
  private static final long LONG_NANOS = 20_000_000_000L;

  private static final class Flow {
    int seq;
    long lastSent;
    long interval;
    int repeats;
  }

  private final Map<String, Flow> flows = new HashMap<>();
  private String wrong;

  BackoffCheck(Simulation sim) {
    sim.observe(this);
  }

  /** What was wrong first, or null. */
  String wrong() {
    return wrong;
  }

  private static String key(SimHost host, int local, int remote) {
    return host.name() + local + " " + remote;
  }

  @Override
  public void packetSent(long now, Direction direction, long number, PacketView p) {
    if (!p.isTcp() || p.isRst() || p.tcp().sequenceLength() == 0) {
      return;
    }
    Flow f =
        flows.computeIfAbsent(
            key(direction.from(), p.tcp().sourcePort, p.tcp().destinationPort), k -> new Flow());
    if (f.seq != p.tcp().seq) {
      f.seq = p.tcp().seq;
      f.repeats = 0;
      f.interval = 0;
    } else {
      // What a profile adds to each timeout is not doubled (FreeBSD's slop).
      long interval = now - f.lastSent - direction.from().stack().profile().rtoSlopNanos();
      f.repeats++;
      if (f.repeats >= 3
          && f.interval < LONG_NANOS
          && interval < f.interval * 3 / 2
          && wrong == null) {
        wrong =
            direction.from()
                + " sends the same again "
                + interval / 1e9
                + " s later, after it waited "
                + f.interval / 1e9
                + " s before, its profile's slop not counted, and has heard nothing (RFC 6298 section 5.5)";
      }
      f.interval = interval;
    }
    f.lastSent = now;
  }

  @Override
  public void packetDelivered(long now, Direction direction, long number, PacketView p) {
    if (p.isTcp()) {
      flows.remove(key(direction.to(), p.tcp().destinationPort, p.tcp().sourcePort));
    }
  }
}
