package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.Profile.MtuProbing;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/**
 * Paths whose MTU changes at random without a word, each way for itself, while they lose packets
 * too: every transfer ends with the right bytes, and no invariant is broken on the way.
 */
class PathMtuSweepTest {
  private static final long MS = 1_000_000;
  private static final long S = 1_000_000_000;

  @Test
  void noPathStopsATransfer() {
    int seeds = Integer.getInteger("sinew.sweep.seeds", 300) / 10;
    long first = Long.getLong("sinew.sweep.first", 1);
    long holes = 0;
    long arrived = 0;
    for (long seed = first; seed < first + seeds; seed++) {
      try (Simulation sim = Simulation.of(seed)) {
        NamedRandom random = sim.random("paths");
        boolean v4 = random.chance(0.5);
        MtuProbing mode = random.chance(0.5) ? MtuProbing.ALWAYS : MtuProbing.BLACK_HOLE;
        boolean sack = random.chance(0.7);
        Profile profile =
            Profile.STANDARD.with(v -> {
              v.mtuProbing = mode;
              v.sack = sack;
            });
        SimHost a = sim.host("a", s -> s.profile(profile));
        SimHost b = sim.host("b", s -> s.profile(profile));
        SimLink link = sim.link(a, b, "delay 5ms rate 20mbit");
        for (long at = 0; at < 40 * S; at += between(random, 500, 8000) * MS) {
          String words =
              "delay "
                  + between(random, 1, 40)
                  + "ms rate 20mbit loss "
                  + between(random, 0, 10) / 10.0
                  + "% mtu "
                  + between(random, v4 ? 400 : 1280, 1500);
          Direction way = random.chance(0.5) ? link.forward() : link.backward();
          sim.at(at + 1, () -> way.impair(words));
        }
        sim.at(41 * S, () -> link.impair("delay 5ms rate 20mbit"));
        long[] got = new long[2];
        b.start(
            "b",
            () -> {
              try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80);
                  Socket s = l.accept()) {
                b.start("b writes", () -> writeAll(s, 2));
                got[0] = TcpTest.read(s.getInputStream(), new Payload(1));
              }
            });
        a.start(
            "a",
            () -> {
              try (Socket s = a.sockets().socket()) {
                s.connect(TcpTest.address(b, v4, 80));
                a.start("a writes", () -> writeAll(s, 1));
                got[1] = TcpTest.read(s.getInputStream(), new Payload(2));
              }
            });
        sim.runUntil(400 * S);
        assertThat(got).as("seed %d", seed).containsOnly(400_000);
        holes += count(a, Counter.SinewTcpBlackHoles) + count(b, Counter.SinewTcpBlackHoles);
        arrived += count(a, Counter.TcpExtTCPMTUPSuccess) + count(b, Counter.TcpExtTCPMTUPSuccess);
        sim.run();
        sim.finish();
      }
    }
    assertThat(holes).isGreaterThan(seeds / 2);
    assertThat(arrived).isGreaterThan(seeds / 2);
  }

  private static void writeAll(Socket s, long payload) throws Exception {
    TcpTest.write(s.getOutputStream(), new Payload(payload), 400_000);
    s.shutdownOutput();
  }

  private static int between(NamedRandom random, int low, int high) {
    return low + (int) Math.floorMod(random.nextLong(), (long) high - low + 1);
  }

  private static long count(SimHost host, Counter c) {
    return host.stack().counters().get(c);
  }
}
