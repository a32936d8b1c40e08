package dev.sinew.bench.flood;

import dev.sinew.base.Counter;
import dev.sinew.base.TcpState;
import dev.sinew.bench.Arguments;
import dev.sinew.bench.Report;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.NamedRandom;
import dev.sinew.sim.PacketGenerator;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A simulated server under SYNs from forged addresses, 200,000 a second, with honest clients beside
 * them, on eight hosts behind a router: each connects, sends a byte, waits for it to come back and
 * closes.
 */
public final class SimSynFlood {
  private static final int SYNS_PER_SECOND = 200_000;
  private static final int CLIENTS_PER_SECOND = 100;
  private static final int CLIENT_HOSTS = 8;
  private static final long SECOND = 1_000_000_000L;
  private static final long PATIENCE_NANOS = 3 * SECOND;
  private static final String USAGE =
      """
      dev/bench simflood [COUNT] [--checks] [--json]
        COUNT forged SYNs (10000000), 200000 a second of virtual time, and 100 honest clients a
        second beside them: how many are connected within 3 s.
        --checks  with the simulation's checks, which remember every forged address
        --json    one JSON object instead of text\
      """;

  private final Simulation sim;
  private final SimHost server;
  private final SimHost gateway;
  private final SimLink link;
  private final List<SimHost> clients = new ArrayList<>();
  private final byte[] octet = new byte[1];
  private @Nullable ForgedSyn syns;
  private int begun;
  private int connected;
  private int answered;
  private long slowest;

  private SimSynFlood(boolean checks) {
    sim = Simulation.of(1);
    if (!checks) {
      sim.withoutChecks();
    }
    server = sim.host("server");
    gateway = sim.router("gateway");
    link = sim.link(gateway, server, "delay 1ms");
    sim.defaultRoute(server, link, gateway);
    for (int i = 0; i < CLIENT_HOSTS; i++) {
      SimHost client = sim.host("client" + i);
      sim.defaultRoute(client, sim.link(client, gateway, "delay 10ms"), gateway);
      clients.add(client);
    }
  }

  private void listen() {
    TcpListener listener =
        Objects.requireNonNull(server.stack().listen(IpAddress.ANY_V6, 80, 1024, true, false));
    listener.attach(
        (EndpointListener)
            (x, readiness) -> {
              for (TcpEndpoint e = listener.accept(); e != null; e = listener.accept()) {
                TcpEndpoint end = e;
                end.attach((EndpointListener) (y, r) -> echo(end));
                echo(end);
              }
            });
  }

  private void echo(TcpEndpoint e) {
    int n = e.read(octet, 0, 1);
    if (n == 1) {
      int unused = e.write(octet, 0, 1);
    } else if (e.state() == TcpState.CLOSE_WAIT) {
      e.close();
    }
  }

  private void connect(SimHost client) {
    begun++;
    long start = sim.now();
    TcpEndpoint e = client.stack().tcp();
    boolean[] open = new boolean[1];
    e.attach(
        (EndpointListener)
            (x, readiness) -> {
              if (!open[0] && e.state() == TcpState.ESTABLISHED) {
                open[0] = true;
                long took = sim.now() - start;
                slowest = Math.max(slowest, took);
                connected += took <= PATIENCE_NANOS ? 1 : 0;
                int unused = e.write(octet, 0, 1);
              }
              if (open[0] && e.read(octet, 0, 1) == 1) {
                answered++;
                e.close();
              }
            });
    int unused = e.connect(server.address(), 80);
  }

  private ForgedSyn syns(NamedRandom random) {
    ForgedSyn s = syns;
    if (s == null) {
      s = new ForgedSyn((int) server.address().low(), 80, random::nextLong);
      syns = s;
    }
    return s;
  }

  private void run(int syns, Report report) {
    long nanos = syns * SECOND / SYNS_PER_SECOND;
    server.at(0, this::listen);
    PacketGenerator flood =
        sim.generator(link.from(gateway), "SYN flood", random -> syns(random).next())
            .send(SYNS_PER_SECOND, 1, nanos);
    int begins = 0;
    for (long at = SECOND / 2; at < nanos; at += SECOND / CLIENTS_PER_SECOND) {
      SimHost client = clients.get(begins++ % CLIENT_HOSTS);
      client.at(at, () -> connect(client));
    }
    long begin = System.nanoTime();
    sim.runFor(nanos + 2 * PATIENCE_NANOS);
    double seconds = (System.nanoTime() - begin) / 1e9;
    var counters = server.stack().counters();
    report.add("syns", flood.sentCount(), "forged SYNs");
    report.add("cookies", counters.get(Counter.TcpExtSyncookiesSent), "answered with a cookie");
    report.add("cookiesReturned", counters.get(Counter.TcpExtSyncookiesRecv), "cookies returned");
    report.add("clients", begun, "honest clients");
    report.add("connected", connected, "connected within 3 s");
    report.add("connectedShare", connected / (double) Math.max(1, begun), "of all");
    report.add("answered", answered, "and got their byte back");
    report.add("slowestMillis", slowest / 1e6, "ms of virtual time, the slowest to connect");
    report.add("seconds", seconds, "seconds of real time");
    report.add("synsPerSecond", flood.sentCount() / seconds, "forged SYNs per second of real time");
    report.end();
  }

  public static void main(String[] args) {
    Arguments a = Arguments.parse(args, 10_000_000, USAGE, "--checks", "--json");
    new SimSynFlood(a.has("--checks")).run(a.count(), new Report(a.has("--json")));
  }
}
