package dev.sinew.sim.sweep;

import dev.sinew.base.Seq;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.Direction;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimObserver;
import dev.sinew.sim.Simulation;
import dev.sinew.tcp.TcpEndpoint;
import java.util.function.LongConsumer;

/**
 * Makes a connection's initial sequence number lie just before the wrap: between the same ends it
 * follows a clock (RFC 6528 section 3), so one attempt shows where it stands, and the next one
 * waits until it is nearly round.
 */
final class NearWrap implements SimObserver {
  /** The clock's longest way round: 2^32 steps of 4 µs. */
  static final long LONGEST_NANOS = 17_200_000_000_000L;

  private static final long PROBE_NANOS = 5_000_000_000L;

  private final Simulation sim;
  private final SimHost client;
  private final SimHost server;
  private final boolean v4;
  private final boolean ofServer;
  private final int before;
  private int port;
  private int localPort;
  private boolean seen;
  @Seq private int isn;
  private long seenAt;
  private long tickNanos = 1;

  NearWrap(Simulation sim, SimHost client, SimHost server, boolean v4, Draws draws) {
    this.sim = sim;
    this.client = client;
    this.server = server;
    this.v4 = v4;
    this.ofServer = draws.chance(0.5);
    this.before = draws.chance(0.3) ? draws.between(0, 3) : draws.between(0, 500_000);
  }

  /** Says when to connect from {@code localPort} to {@code port}. */
  void arrange(int toPort, int fromPort, LongConsumer connectAt) {
    port = toPort;
    localPort = fromPort;
    tickNanos = (ofServer ? server : client).stack().profile().isnTickNanos();
    sim.observe(this);
    sim.at(
        0,
        () -> {
          TcpEndpoint e = client.stack().tcp();
          e.bind(IpAddress.ANY_V6, localPort);
          e.connect(server.address(v4), port);
          sim.at(
              PROBE_NANOS,
              () -> {
                e.abort();
                e.close();
                connectAt.accept(time());
              });
        });
  }

  private long time() {
    long earliest = sim.now() + 1_000_000_000L;
    if (!seen) {
      return earliest;
    }
    long steps = (-before - isn) & 0xffff_ffffL;
    long at = seenAt + steps * tickNanos;
    return at < earliest ? at + (tickNanos << 32) : at;
  }

  @Override
  public void packetSent(long now, Direction direction, long number, PacketView packet) {
    if (seen || now >= PROBE_NANOS || !(ofServer ? packet.isSynAck() : packet.isSyn())) {
      return;
    }
    int mine = ofServer ? packet.tcp().destinationPort : packet.tcp().sourcePort;
    if (direction.from() == (ofServer ? server : client) && mine == localPort) {
      seen = true;
      isn = packet.tcp().seq;
      seenAt = now;
    }
  }
}
