package dev.sinew.tests.hunt;

import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;

/** Transfers over a network that delays, loses, doubles, reorders and damages. */
final class Traffic extends Scenario {
  Traffic(long seed) {
    super(seed);
  }

  private String direction() {
    int delay = between(1, 60);
    return "delay " + delay + "ms " + between(0, delay) + "ms loss " + percent(6) + " duplicate " + percent(5)
        + " reorder " + percent(20) + " " + between(1, 40) + "ms corrupt " + percent(2)
        + (random.chance(0.4) ? " rate " + between(1, 50) + "mbit limit " + between(8, 100) : "");
  }

  @Override
  void play() {
    SimHost client = host("client", 4096 + size(300_000));
    SimHost server = host("server", 4096 + size(300_000));
    boolean v4 = random.chance(0.7);
    String mtu = " mtu " + (random.chance(0.3) ? between(v4 ? 576 : 1280, 9000) : 1500);
    SimLink link = link(client, server, direction() + mtu);
    String back = direction() + mtu;
    what += "; back " + back;
    link.backward().impair(back);
    for (int i = between(1, 2); i > 0; i--) {
      Exchange e = new Exchange(this, client, server, 0, 80 + i, size(150_000), size(150_000));
      e.pauses(random.chance(0.3) ? between(1, 40) * MS : 0, random.chance(0.3) ? between(1, 40) * MS : 0);
      (v4 ? e : e.v6()).start(between(0, 500) * MS);
    }
    finish(2 * HOUR);
  }
}
