package dev.sinew.bench;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Endpoint;
import dev.sinew.base.Limits;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.PacketSink;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/** A client and a server in one process and one thread, joined by a wire in memory. */
final class TwoStacks {
  private static final int PER_PORT = 10_000;
  private static final int FIRST_PORT = 1000;
  private static final long MICROSECOND = 1000;
  private static final IpAddress SERVER = Objects.requireNonNull(IpAddress.parse("10.0.0.2"));

  final BufferPool pool = new BufferPool(1L << 30);
  final Stack client = stack(1);
  final Stack server = stack(2);
  private final MemoryLink clientLink = new MemoryLink("client");
  private final MemoryLink serverLink = new MemoryLink("server");
  private final NetworkInterface clientInterface;
  private final NetworkInterface serverInterface;
  private final PacketSink toClient;
  private final PacketSink toServer;
  private final List<TcpListener> listeners = new ArrayList<>();
  private long now;
  private int opened;

  TwoStacks() {
    MemoryLink.join(clientLink, serverLink);
    clientInterface = client.addInterface(clientLink, prefix("10.0.0.1/24"));
    serverInterface = server.addInterface(serverLink, prefix("10.0.0.2/24"));
    toClient = (m, o, n, f) -> client.receive(clientInterface, m, o, n, f, now);
    toServer = (m, o, n, f) -> server.receive(serverInterface, m, o, n, f, now);
  }

  private Stack stack(long seed) {
    return Stack.builder()
        .entropy(new SplittableRandom(seed)::nextLong)
        .pool(pool)
        .limits(
            Limits.DEFAULT.with(v -> {
              v.connections = 1 << 21;
              v.timeWaitRecords = 1 << 21;
              v.orphans = 1 << 21;
            }))
        .build();
  }

  private static Prefix prefix(String text) {
    return Objects.requireNonNull(Prefix.parse(text));
  }

  /** Opens one more connection; both ends are established on return. */
  TcpEndpoint[] open() {
    int port = FIRST_PORT + opened / PER_PORT;
    if (opened++ % PER_PORT == 0) {
      listeners.add(Objects.requireNonNull(server.listen(IpAddress.ANY_V6, port, 16, true, false)));
    }
    TcpEndpoint e = client.tcp();
    int code = e.connect(SERVER, port);
    if (code != TcpError.IN_PROGRESS.code()) {
      throw new IllegalStateException("connection " + opened + ": " + TcpError.of(code));
    }
    settle();
    return new TcpEndpoint[] {e, Objects.requireNonNull(listeners.getLast().accept())};
  }

  /** Packets, timers and output of both stacks, until both are quiet. */
  void settle() {
    long before;
    do {
      before = clientLink.transmitted + serverLink.transmitted;
      now += MICROSECOND;
      clientLink.receive(toClient, 64);
      client.advance(now);
      clientInterface.txQueue().drainTo(clientLink);
      serverLink.receive(toServer, 64);
      server.advance(now);
      serverInterface.txQueue().drainTo(serverLink);
    } while (clientLink.transmitted + serverLink.transmitted > before);
    forgetReady(client);
    forgetReady(server);
  }

  /** Time passes, and whatever it brings is done. */
  void pass(long nanos) {
    now += nanos;
    settle();
  }

  /** As a driver does, who would tell somebody. */
  private static void forgetReady(Stack stack) {
    Endpoint e;
    do {
      e = stack.takeReady();
    } while (e != null);
  }

  /** The client's sockets in a state. */
  long count(TcpState state) {
    long[] n = new long[1];
    client.forEachSocket(s -> n[0] += s.state() == state ? 1 : 0);
    return n[0];
  }
}
