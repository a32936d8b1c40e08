package dev.sinew.tests.hunt;

import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * Both ends open towards each other at the same time (RFC 9293 section 3.5), exchange something and
 * close at nearly the same time.
 */
final class Crossing extends Scenario {
  private int over;
  private String failure = "";

  Crossing(long seed) {
    super(seed);
  }

  @Override
  void play() {
    SimHost a = host("a");
    SimHost b = host("b");
    int delay = between(10, 60);
    SimLink link = link(a, b, "delay " + delay + "ms");
    if (random.chance(0.5)) {
      loseSomeOfTheFirst(link, 2, 8);
    }
    long offset = between(0, delay - 1) * MS;
    long close = between(0, 2 * delay) * MS;
    start(a, b, 0, 2 * S);
    start(b, a, offset, 2 * S + close);
    runUntil(HOUR, "both ends should be done", () -> over == 2);
    require(failure.isEmpty(), "a simultaneous open failed: " + failure);
    sim.finish();
  }

  private void start(SimHost me, SimHost peer, long openAt, long closeAt) {
    me.start(
        "end",
        () -> {
          me.runner().sleep(openAt);
          try (Socket s = me.sockets().socket()) {
            s.bind(new InetSocketAddress(5000));
            s.connect(peer.socketAddress(5000));
            s.getOutputStream().write(new byte[100]);
            long wait = closeAt - sim.now();
            if (wait > 0) {
              me.runner().sleep(wait);
            }
            s.shutdownOutput();
            require(s.getInputStream().readAllBytes().length == 100, "I1: the stream is short");
          } catch (IOException e) {
            failure += me.name() + ": " + e.getMessage() + " ";
          } finally {
            over++;
          }
        });
  }
}
