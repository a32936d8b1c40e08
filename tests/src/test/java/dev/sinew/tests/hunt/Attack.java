package dev.sinew.tests.hunt;

import dev.sinew.base.TcpState;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.wire.TcpHeader;

/**
 * Somebody on the way sees everything and adds segments of their own: RST and SYN within the
 * window, timestamps from the future, pieces of what was sent, SACK blocks of what has not arrived,
 * and old segments in TIME-WAIT. None of it may do harm.
 */
final class Attack extends Scenario {
  private SimHost client;
  private SimHost server;
  private Spy spy;

  Attack(long seed) {
    super(seed);
  }

  @Override
  void play() {
    int kind = between(0, 4);
    client = host("client");
    // Timestamps from the future come at the window's far end, where no honest byte may ever be.
    server = host("server", kind == 1 ? 1 << 20 : 70_000 + size(100_000));
    SimLink link =
        link(
            client,
            server,
            "delay "
                + between(5, 30)
                + "ms rate 5mbit limit 1000 loss "
                + percent(kind == 2 ? 10 : 3));
    spy = new Spy(sim, link);
    Exchange e =
        new Exchange(this, client, server, 0, 80, 10_000 + size(300_000), size(20_000))
            .listens(kind == 3 ? 3 * HOUR : 0)
            .start(0);
    what += "; attack " + kind;
    long step = between(1, 20) * MS;
    for (int i = 1; i < 200; i++) {
      sim.at(
          i * step,
          () -> {
            if (!e.isOver() && spy.isOpen()) {
              during(kind);
            }
          });
    }
    if (kind == 3) {
      timeWait();
      return;
    }
    finish(sim.now() + HOUR);
  }

  private void during(int kind) {
    boolean forth = random.chance(0.7);
    int expected = spy.ackOf(!forth);
    int window = spy.windowOf(!forth);
    if (window < 4000) {
      return;
    }
    int inWindow = expected + window / 2 + between(0, window / 4);
    switch (kind) {
      case 0 -> {
        spy.send(forth, TcpHeader.RST, inWindow, 0, new byte[0], 0);
        spy.send(forth, TcpHeader.SYN, inWindow, 0, new byte[0], 0);
      }
      case 1 -> {
        // At the window's far end, where no honest byte will be by then.
        int far = expected + window - between(2, 100);
        spy.send(forth, TcpHeader.ACK, far, spy.ackOf(forth), new byte[0], 1 << between(10, 30));
      }
      case 4 -> {
        // What it reports it does not have: a receiver may renege (RFC 2018 section 8).
        int outstanding = spy.endOf(forth) - expected;
        if (outstanding > 100) {
          int left = expected + between(1, outstanding - 50);
          spy.sendSack(!forth, left, left + between(1, spy.endOf(forth) - left));
        }
      }
      default -> {
        for (int i = between(1, 4); i > 0; i--) {
          spy.sendPiece(forth, random);
        }
      }
    }
  }

  /** Whatever comes in TIME-WAIT, it lasts (RFC 1337; RFC 9293 section 3.10.7.4). */
  private void timeWait() {
    runUntil(HOUR, "the exchange should be over", () -> exchanges.getFirst().isOver());
    sim.runUntil(sim.now() + S);
    for (int i = 0; i < 10; i++) {
      boolean forth = random.chance(0.5);
      int expected = spy.endOf(forth);
      switch (between(0, 2)) {
        case 0 -> spy.send(forth, TcpHeader.RST, expected, 0, new byte[0], 0);
        case 1 ->
            spy.send(
                forth,
                TcpHeader.SYN,
                expected - between(10, 60_000),
                0,
                new byte[0],
                -between(100_000, 200_000));
        default ->
            spy.send(
                forth, TcpHeader.RST | TcpHeader.ACK, expected, spy.endOf(!forth), new byte[0], 0);
      }
      sim.runUntil(sim.now() + between(1, 2000) * MS);
    }
    boolean waits = false;
    for (SimHost h : sim.hosts()) {
      waits |= sim.sockets(h).stream().anyMatch(s -> s.state() == TcpState.TIME_WAIT);
    }
    require(waits, "TIME-WAIT has ended early");
    finish(sim.now() + HOUR);
  }
}
