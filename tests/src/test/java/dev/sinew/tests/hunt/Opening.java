package dev.sinew.tests.hunt;

import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;

/** A short exchange, some of whose first packets are lost or doubled. */
final class Opening extends Scenario {
  Opening(long seed) {
    super(seed);
  }

  @Override
  void play() {
    SimHost client = host("client");
    SimHost server = host("server");
    SimLink link = link(client, server, "delay " + between(1, 400) + "ms duplicate " + percent(20));
    loseSomeOfTheFirst(link, 3, 5);
    Exchange e = new Exchange(this, client, server, 0, 80, size(4000), size(4000));
    (random.chance(0.3) ? e.v6() : e).start(0);
    finish(HOUR);
  }
}
