package dev.sinew.bench.goodput;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Bulk transfers over one path that begin when they are told to and never end by themselves. */
final class Flows implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;

  /** One transfer. */
  static final class Flow {
    final TcpEndpoint sender;
    long receivedBytes;

    Flow(TcpEndpoint sender) {
      this.sender = sender;
    }
  }

  final Simulation sim;
  final List<Flow> flows = new ArrayList<>();
  private final Path path;
  private final SimHost client;
  private final SimHost server;
  private final SimLink link;
  private final MemorySegment buffer = Arena.ofAuto().allocate(CHUNK, 64);

  /**
   * @param checks the invariants are checked, at a third of the speed
   */
  Flows(Path path, Profile profile, long seed, boolean checks) {
    this.path = path;
    sim = Simulation.of(seed);
    if (!checks) {
      sim.withoutChecks();
    }
    client = sim.host("client", b -> stack(b, profile));
    server = sim.host("server", b -> stack(b, profile));
    link = sim.link(client, server);
    link.forward().impair(path.forward());
    link.backward().impair(path.backward());
    server.at(0, this::listen);
  }

  private Stack.Builder stack(Stack.Builder b, Profile profile) {
    int bytes = path.bufferBytes();
    return b.profile(profile)
        .limits(
            Limits.DEFAULT.with(v -> {
              // A queue that drops every second packet leaves as many holes.
              v.outOfOrderRanges = 1 << 15;
              v.sendBufferBytes = bytes;
              v.receiveBufferBytes = bytes;
              v.maxSendBufferBytes = Math.max(v.maxSendBufferBytes, bytes);
              v.maxReceiveBufferBytes = Math.max(v.maxReceiveBufferBytes, bytes);
            }));
  }

  private void listen() {
    TcpListener listener =
        Objects.requireNonNull(server.stack().listen(IpAddress.ANY_V4, 80, 0, true, false));
    listener.attach(
        (EndpointListener)
            (x, readiness) -> {
              TcpEndpoint e = listener.accept();
              if (e != null) {
                Flow f = of(e.remotePort());
                e.attach((EndpointListener) (y, r) -> read(e, f));
                read(e, f);
              }
            });
  }

  private Flow of(int port) {
    return flows.stream().filter(f -> f.sender.localPort() == port).findFirst().orElseThrow();
  }

  /** Begins a transfer at a time. */
  void begin(long atNanos, String controller) {
    client.at(
        atNanos,
        () -> {
          TcpEndpoint e = client.stack().tcp();
          e.setCongestionControl(controller);
          flows.add(new Flow(e));
          e.attach((EndpointListener) (x, readiness) -> write(e));
          e.connect(server.address(), 80);
        });
  }

  private void write(TcpEndpoint e) {
    if (e.state() == TcpState.ESTABLISHED) {
      // Until it would block: only then is a word given when there is room again.
      int n;
      do {
        n = e.write(buffer, 0, CHUNK);
      } while (n > 0);
    }
  }

  private void read(TcpEndpoint e, Flow f) {
    for (int n = e.read(buffer, 0, CHUNK); n > 0; n = e.read(buffer, 0, CHUNK)) {
      f.receivedBytes += n;
    }
  }

  long count(Counter counter) {
    return client.stack().counters().get(counter);
  }

  /** Data packets that the path lost, at random or at the end of its queue. */
  long lostPackets() {
    return link.forward().lostCount() + link.forward().queueDropCount();
  }

  long sentPackets() {
    return link.forward().sentCount();
  }

  /**
   * Goodput of the first flow over a run from its SYN on, as a share of the best possible: the
   * handshake and half a round trip take one and a half.
   */
  double share(long nanos) {
    sim.runFor(nanos);
    double usable = (nanos - 1.5 * path.rttNanos()) / 1e9;
    return flows.getFirst().receivedBytes / (path.bestBytesPerSecond() * usable);
  }

  @Override
  public void close() {
    sim.close();
  }
}
