package dev.sinew.tests.hunt;

import dev.sinew.sim.Direction;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** The peer is gone, or is there and never closes or never reads. */
final class Vanishing extends Scenario {
  private SimHost client;
  private SimHost server;
  private boolean closed;

  Vanishing(long seed) {
    super(seed);
  }

  @Override
  void play() {
    client = host("client");
    server = host("server", 1 << 15);
    SimLink link = link(client, server, "delay " + between(1, 100) + "ms");
    switch (between(0, 3)) {
      case 0 -> cut(link);
      case 1 -> idle(link);
      case 2 -> peerNeverReads();
      default -> peerNeverCloses();
    }
  }

  /** At some packet of an exchange the network is cut, for good. */
  private void cut(SimLink link) {
    int last = between(1, 60);
    what += "; cut after " + last + " packets";
    new Exchange(this, client, server, 0, 80, size(60_000), size(60_000)).mayFail().start(0);
    sim.runUntil(MINUTE, () -> sim.packetCount() >= last);
    link.partition(Direction.InFlight.DROP);
    finish(4 * HOUR);
  }

  /** An idle connection whose peer is gone: only keepalive can tell (RFC 9293 section 3.8.4). */
  private void idle(SimLink link) {
    what += "; the peer of an idle connection vanishes";
    server.start(
        "server",
        () -> {
          try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            s.setKeepAlive(true);
            try {
              require(s.getInputStream().read() < 0, "a byte out of nothing");
            } catch (IOException e) {
              // As it should be.
            }
          }
        });
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.setKeepAlive(true);
            s.connect(server.socketAddress(80));
            require(s.getInputStream().read() < 0, "a byte out of nothing");
          } catch (IOException e) {
            // As it should be.
          }
          closed = true;
        });
    sim.runUntil(between(1, 7200) * S);
    link.partition(Direction.InFlight.DROP);
    runUntil(6 * HOUR, "keepalive should have found the peer gone", () -> closed);
    sim.run();
    sim.finish();
  }

  /** A peer that keeps its window shut can't hold a closed connection for ever (RFC 6429). */
  private void peerNeverReads() {
    what += "; the peer never reads";
    hold(24 * HOUR, false);
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.connect(server.socketAddress(80));
            s.getOutputStream().write(new byte[between(100_000, 400_000)]);
          }
          closed = true;
        });
    gone(2 * HOUR);
  }

  /** Who has closed does not wait in FIN-WAIT-2 for ever. */
  private void peerNeverCloses() {
    what += "; the peer never closes";
    hold(24 * HOUR, true);
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.connect(server.socketAddress(80));
            s.getOutputStream().write(new byte[between(0, 20_000)]);
          }
          closed = true;
        });
    gone(20 * MINUTE);
  }

  private void hold(long nanos, boolean read) {
    server.start(
        "holder",
        () -> {
          try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept();
              InputStream in = s.getInputStream()) {
            if (read) {
              require(in.readAllBytes().length < 20_001, "I1: more than was sent");
            }
            server.runner().sleep(nanos);
          } catch (IOException e) {
            server.runner().sleep(nanos);
          }
        });
  }

  private void gone(long within) {
    runUntil(MINUTE, "the client should have closed", () -> closed);
    sim.runUntil(sim.now() + within);
    require(
        sim.sockets(client).isEmpty(),
        "I9: closed "
            + within / MINUTE
            + " minutes ago, and there is still "
            + sim.sockets(client));
    sim.run();
    sim.finish();
  }
}
