package dev.sinew.demos;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.Direction;
import dev.sinew.sim.Fault;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** One network of an experiment, with everything that happens in it on record. */
final class Net {
  static final long US = 1_000L;
  static final long MS = 1_000_000L;
  static final long S = 1_000_000_000L;

  final Run run;
  final Simulation sim;
  final Recorder log;
  private final List<SimHost> hosts = new ArrayList<>();
  private final List<Server> servers = new ArrayList<>();
  private final List<String> setUp = new ArrayList<>();

  Net(Run run, Simulation sim) {
    this.run = run;
    this.sim = sim;
    this.log = new Recorder(sim);
  }

  // ---- building

  SimHost host(String name) {
    return host(name, b -> b);
  }

  SimHost host(String name, Profile profile) {
    return host(name, b -> b.profile(profile));
  }

  SimHost host(String name, Profile profile, Limits limits) {
    return host(name, b -> b.profile(profile).limits(limits));
  }

  SimHost router(String name) {
    return host(name, b -> b.forwarding(true));
  }

  SimHost host(String name, UnaryOperator<Stack.Builder> configure) {
    Recorder.Watch watch = new Recorder.Watch();
    SimHost h = sim.host(name, b -> configure.apply(b).observer(watch));
    log.watch(h, watch);
    hosts.add(h);
    if (hosts.size() == 2) {
      log.columns(hosts.get(0), hosts.get(1));
    }
    if (hosts.size() == 1) {
      try {
        run.capture(sim, h);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    return h;
  }

  /** A link; what the user set for every link goes before what {@code words} say. */
  SimLink link(SimHost a, SimHost b, String words) {
    String actual = run.linkWords(words);
    SimLink link = sim.link(a, b, actual);
    setUp.add(
        String.format(
            "%s %s ── %s ── %s %s",
            a.name(),
            link.at(a).addresses().getFirst().address(),
            actual.isEmpty() ? run.t("an ideal link", "理想链路") : actual,
            b.name(),
            link.at(b).addresses().getFirst().address()));
    return link;
  }

  /** A client and a server with a link between them. */
  Pair pair(String words) {
    return pair(words, Profile.STANDARD, Profile.STANDARD);
  }

  Pair pair(String words, Profile client, Profile server) {
    SimHost c = host("client", client);
    SimHost s = host("server", server);
    return new Pair(this, c, s, link(c, s, words));
  }

  /** The hosts and links, as text. */
  List<String> setUp() {
    return setUp;
  }

  /**
   * Segments will be forged: the referee, which knows only what hosts have sent, would blame the
   * stack for answering them.
   */
  Net forging(String words) {
    sim.withoutChecks();
    log.injected(words);
    return this;
  }

  // ---- acting

  /** Makes a call at a time, counted from the beginning. */
  void at(long nanos, Runnable call) {
    sim.at(nanos, call);
  }

  /** Makes a call after a time. */
  void after(long nanos, Runnable call) {
    sim.after(nanos, call);
  }

  /** Connects now, from a port that the stack chooses. */
  End connect(SimHost from, SimHost to, int port) {
    return connect(from, to.address(), port, 0);
  }

  /** Connects now, from a port of one's own unless it is 0. */
  End connect(SimHost from, IpAddress to, int port, int localPort) {
    End e = new End(this, from, from.stack().tcp(), true);
    if (localPort != 0) {
      e.tcp.bind(IpAddress.ANY_V4, localPort);
    }
    log.call(from, "connect()");
    e.result(e.tcp.connect(to, port));
    return e;
  }

  /** Connects now with data on the SYN, where that is possible (RFC 7413). */
  End connectWith(SimHost from, SimHost to, int port, int bytes) {
    End e = new End(this, from, from.stack().tcp(), true);
    log.call(from, "connect() with " + bytes + " bytes");
    e.connectWith(to.address(), port, bytes);
    return e;
  }

  /** Listens now; the backlog is 128 unless given. */
  Server listen(SimHost host, int port) {
    return listen(host, port, 0);
  }

  Server listen(SimHost host, int port, int backlog) {
    Server s = new Server(this, host, port, backlog);
    servers.add(s);
    return s;
  }

  /** Holds a data segment back on its way, the n-th of a direction: it arrives so much later. */
  Fault late(Direction d, int nth, long later) {
    return replace(d, nth, later, bytes -> bytes);
  }

  /** Changes a data segment on its way, the n-th of a direction. */
  Fault alter(Direction d, int nth, UnaryOperator<byte[]> change) {
    return replace(d, nth, 0, change);
  }

  private Fault replace(Direction d, int nth, long later, UnaryOperator<byte[]> change) {
    int[] seen = {0};
    return d.drop(
        "data segment " + nth,
        1,
        v -> {
          if (!v.isData() || ++seen[0] != nth) {
            return false;
          }
          byte[] bytes = change.apply(v.bytes());
          sim.after(later, () -> d.inject(bytes));
          return true;
        });
  }

  /** Runs until nothing is left to happen. */
  void runQuiet() {
    sim.runUntilQuiet();
  }

  void runFor(long nanos) {
    sim.runFor(nanos);
  }

  /** Closes the servers, runs to the end, and checks that nothing is left over. */
  void finish() {
    sim.runUntilQuiet();
    servers.forEach(Server::close);
    sim.finish();
  }

  /** Two hosts and their link. */
  record Pair(Net net, SimHost client, SimHost server, SimLink link) {}
}
