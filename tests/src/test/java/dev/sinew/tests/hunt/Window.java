package dev.sinew.tests.hunt;

import dev.sinew.sim.Direction;
import dev.sinew.sim.NamedRandom;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import java.util.List;

/**
 * Small buffers, readers that pause, and a network that loses nothing but bare ACKs: never three in
 * a row, or the retries of an honest end would come to an end.
 */
final class Window extends Scenario {
  Window(long seed) {
    super(seed);
  }

  @Override
  void play() {
    SimHost client = host("client", 6000 + size(12_000));
    SimHost server = host("server", 6000 + size(12_000));
    SimLink link = link(client, server, "delay " + between(1, 50) + "ms mtu " + between(576, 9000));
    double share = 0.6 * random.nextDouble();
    what += "; of bare ACKs lost: " + share;
    for (Direction d : List.of(link.forward(), link.backward())) {
      NamedRandom stream = sim.random(d.name());
      int[] inARow = {0};
      d.dropAll(
          "bare ACK now and then",
          (PacketView p) -> {
            boolean lost = p.isPureAck() && inARow[0] < 2 && stream.chance(share);
            inARow[0] = lost ? inARow[0] + 1 : p.isPureAck() ? 0 : inARow[0];
            return lost;
          });
    }
    new Exchange(this, client, server, 0, 80, size(60_000), size(60_000))
        .pauses(between(0, 3000) * MS, between(0, 3000) * MS)
        .start(0);
    finish(12 * HOUR);
  }
}
