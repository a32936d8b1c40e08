package dev.sinew.tests.hunt;

import dev.sinew.sim.Direction;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.SimObserver;

/**
 * Clocks and sequence numbers shortly before they wrap: hosts that have been up for 2^31 or 2^32
 * milliseconds, connections whose numbers cross 2^31 or 2^32.
 */
final class Late extends Scenario {
  private static final long TICK = 4_000;

  private final int[] isn = new int[2];

  Late(long seed) {
    super(seed);
  }

  @Override
  void play() {
    SimHost client = host("client", 20_000 + size(100_000));
    SimHost server = host("server", 20_000 + size(100_000));
    SimLink link =
        link(client, server, "delay 10ms loss " + percent(4) + " reorder " + percent(10) + " 5ms");
    if (random.chance(0.5)) {
      long uptime = random.chance(0.5) ? 1L << 31 : 1L << 32;
      long before = between(0, 70_000);
      what += "; up for " + uptime + " ms less " + before;
      sim.runUntil((uptime - before) * MS);
      new Exchange(this, client, server, 0, 80, size(30_000), size(30_000)).start(0);
    } else {
      wrap(link, client, server);
    }
    finish(sim.now() + HOUR);
  }

  /** Sequence numbers follow a clock: who has seen one knows when the next one is where. */
  private void wrap(SimLink link, SimHost client, SimHost server) {
    sim.observe(
        new SimObserver() {
          @Override
          public void packetSent(long now, Direction direction, long number, PacketView p) {
            if (p.isSyn() || p.isSynAck()) {
              isn[direction.from() == client ? 0 : 1] = p.tcp().seq - (int) (now / TICK);
            }
          }
        });
    new Exchange(this, client, server, 4000, 80, 1, 1).start(0);
    finish(HOUR);
    int which = between(0, 1);
    int edge = random.chance(0.5) ? 0 : 1 << 31;
    int before = 1 + size(60_000);
    what += "; host " + which + " begins " + before + " before " + edge;
    long base = Integer.toUnsignedLong(isn[which]);
    long wanted = Integer.toUnsignedLong(edge - before);
    // The first tick after now at which base + tick is the number wanted.
    long now = sim.now() / TICK + 1_000_000;
    long tick = now + Math.floorMod(wanted - base - now, 1L << 32);
    sim.runUntil(tick * TICK);
    exchanges.clear();
    link.impair("delay 10ms loss 2% reorder 10% 5ms");
    new Exchange(this, client, server, 4000, 80, 120_000, 120_000).start(0);
  }
}
