package dev.sinew.sim.sweep;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimObserver;
import dev.sinew.sim.Simulation;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.util.ArrayList;
import java.util.List;

/**
 * Event-style bulk transfers between two hosts: one to four connections, each way some megabytes.
 */
final class BulkTraffic {
  private static final long MS = 1_000_000;
  private static final int FIRST_PORT = 80;
  private static final int CLIENT_PORT = 30_000;

  private final Simulation sim;
  private final SimHost client;
  private final SimHost server;
  private final boolean v4;
  private final Draws draws;
  private final List<BulkEnd> ends = new ArrayList<>();
  private final List<BulkEnd> clientEnds = new ArrayList<>();
  private final List<BulkEnd> serverEnds = new ArrayList<>();
  private final List<TcpListener> listeners = new ArrayList<>();
  private boolean over;

  BulkTraffic(Simulation sim, SimHost client, SimHost server, boolean v4) {
    this.sim = sim;
    this.client = client;
    this.server = server;
    this.v4 = v4;
    this.draws = new Draws(sim.seed(), "bulk");
  }

  void run(long longestNanos, boolean mayHang) {
    int connections = draws.between(1, 4);
    boolean wrap = draws.chance(0.3);
    for (int i = 0; i < connections; i++) {
      connection(i);
      long start = draws.between(0, 1000) * MS;
      int port = FIRST_PORT + i;
      BulkEnd end = clientEnds.get(i);
      if (wrap && i == 0) {
        new NearWrap(sim, client, server, v4, draws)
            .arrange(port, CLIENT_PORT, at -> sim.at(at, () -> connect(end, port, CLIENT_PORT)));
      } else {
        sim.at(start, () -> connect(end, port, 0));
      }
    }
    sim.at(0, this::listen);
    sim.observe(
        new SimObserver() {
          @Override
          public void hostCrashed(long now, SimHost host) {
            (host == client ? clientEnds : serverEnds)
                .forEach(e -> {
                  if (e.hasBegun()) {
                    e.gone();
                  }
                });
            if (host == server) {
              listeners.clear();
            }
          }

          @Override
          public void hostBooted(long now, SimHost host) {
            if (host == server && !over) {
              server.at(now, BulkTraffic.this::listen);
            }
          }
        });
    // A reader may be slower than any network: a few bytes after each pause.
    long reading = ends.stream().mapToLong(BulkEnd::readingNanos).max().orElse(0);
    long limit =
        Math.max(sim.now(), sim.healedAt()) + NearWrap.LONGEST_NANOS + longestNanos + reading;
    sim.runUntil(limit, this::allOver);
    settle(mayHang);
  }

  /** A connection's two ends, each with a way to end of its own. */
  private void connection(int i) {
    int there = draws.size(20_000_000);
    int back = draws.chance(0.5) ? 0 : draws.size(10_000_000);
    BulkEnd.Ending first = draws.chance(0.15) ? BulkEnd.Ending.ABORT : BulkEnd.Ending.HALF_CLOSE;
    BulkEnd.Ending second =
        draws.pick(
            BulkEnd.Ending.HALF_CLOSE,
            BulkEnd.Ending.HALF_CLOSE,
            BulkEnd.Ending.READ_FIRST,
            BulkEnd.Ending.ABORT);
    int mine = 2 * i + 1;
    int theirs = 2 * i + 2;
    clientEnds.add(
        new BulkEnd(
            sim, client, mine, theirs, there, back, first, pause(), draws.between(1, 65_536)));
    serverEnds.add(
        new BulkEnd(
            sim, server, theirs, mine, back, there, second, pause(), draws.between(1, 65_536)));
    ends.add(clientEnds.getLast());
    ends.add(serverEnds.getLast());
  }

  private long pause() {
    return draws.chance(0.15) ? draws.between(1, 50) * MS : 0;
  }

  private void listen() {
    if (!server.isUp() || over) {
      return;
    }
    Stack stack = server.stack();
    for (int i = 0; i < serverEnds.size(); i++) {
      int n = i;
      TcpListener l = stack.listen(IpAddress.ANY_V6, FIRST_PORT + i, 0, true, false);
      if (l != null) {
        listeners.add(l);
        l.attach((EndpointListener) (x, readiness) -> accept(l, serverEnds.get(n)));
      }
    }
  }

  private static void accept(TcpListener l, BulkEnd end) {
    for (TcpEndpoint e = l.accept(); e != null; e = l.accept()) {
      if (end.hasBegun() || e.state() == TcpState.CLOSED) {
        e.abort();
        e.close();
      } else {
        end.accepted(e);
      }
    }
  }

  private void connect(BulkEnd end, int port, int localPort) {
    if (!client.isUp()) {
      end.gone();
      return;
    }
    TcpEndpoint e = client.stack().tcp();
    e.setNoDelay(draws.chance(0.5));
    if (localPort != 0) {
      e.bind(IpAddress.ANY_V6, localPort);
    }
    end.begin(e);
    e.connect(server.address(v4), port);
  }

  /** The ends that never began wait for a connection that failed. */
  private boolean allOver() {
    for (int i = 0; i < clientEnds.size(); i++) {
      BulkEnd c = clientEnds.get(i);
      BulkEnd s = serverEnds.get(i);
      if (!c.isOver() || (s.hasBegun() && !s.isOver())) {
        return false;
      }
    }
    return true;
  }

  private void settle(boolean mayHang) {
    over = true;
    if (!allOver() && !mayHang) {
      throw sim.violation(
          "I5: these have not ended after the network was whole: "
              + ends.stream().filter(e -> e.hasBegun() && !e.isOver()).toList());
    }
    sim.at(
        sim.now(),
        () -> {
          // Who waits for a peer that has crashed waits for ever; it does not ask.
          ends.forEach(BulkEnd::abort);
          listeners.forEach(TcpListener::close);
        });
  }
}
