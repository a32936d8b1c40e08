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
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What idle connections and TIME-WAIT records weigh: two stacks in one process, both ends of every
 * connection ours. {@code dev/bench connections [COUNT]}; 500,000 connections are 1,000,000
 * endpoints. Live heap is counted after full collections, native memory is the buffer pools'; with
 * {@code --histogram} the classes that the heap consists of.
 */
public final class ManyConnections {
  private static final int PER_PORT = 10_000;
  private static final int FIRST_PORT = 1000;
  private static final long MICROSECOND = 1000;
  private static final long MINUTE = 60_000_000_000L;

  private final int connections;
  private final boolean histogram;
  private final BufferPool pool = new BufferPool(1L << 30);
  private final Stack client = stack(1);
  private final Stack server = stack(2);
  private final MemoryLink clientLink = new MemoryLink("client");
  private final MemoryLink serverLink = new MemoryLink("server");
  private final NetworkInterface clientInterface;
  private final NetworkInterface serverInterface;
  private final PacketSink toClient;
  private final PacketSink toServer;
  private final List<TcpListener> listeners = new ArrayList<>();
  private final List<TcpEndpoint> clientEnds = new ArrayList<>();
  private final List<TcpEndpoint> serverEnds = new ArrayList<>();
  private long now;

  private ManyConnections(int connections, boolean histogram) {
    this.connections = connections;
    this.histogram = histogram;
    MemoryLink.join(clientLink, serverLink);
    clientInterface = client.addInterface(clientLink, prefix("10.0.0.1/24"));
    serverInterface = server.addInterface(serverLink, prefix("10.0.0.2/24"));
    toClient = (m, o, n, f) -> client.receive(clientInterface, m, o, n, f, now);
    toServer = (m, o, n, f) -> server.receive(serverInterface, m, o, n, f, now);
  }

  public static void main(String[] args) {
    boolean histogram = List.of(args).contains("--histogram");
    int connections =
        List.of(args).stream()
            .filter(a -> !a.startsWith("-"))
            .map(Integer::parseInt)
            .findFirst()
            .orElse(500_000);
    new ManyConnections(connections, histogram).run();
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

  /** Packets, timers and output of both stacks, until both are quiet. */
  private void settle() {
    int n;
    do {
      now += MICROSECOND;
      n = clientLink.receive(toClient, 64);
      client.advance(now);
      clientInterface.txQueue().drainTo(clientLink);
      n += serverLink.receive(toServer, 64);
      server.advance(now);
      serverInterface.txQueue().drainTo(serverLink);
    } while (n > 0);
    forgetReady(client);
    forgetReady(server);
  }

  /** As a driver does, who would tell somebody. */
  private static void forgetReady(Stack stack) {
    Endpoint e;
    do {
      e = stack.takeReady();
    } while (e != null);
  }

  private void run() {
    long empty = liveBytes();
    long begin = System.nanoTime();
    for (int i = 0; i < connections; i++) {
      open(i);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    now += MINUTE;
    settle();
    report("established endpoints", 2L * connections, empty);
    System.out.printf(
        Locale.ROOT, "  opened at %,.0f connections per second%n", connections / seconds);
    for (int i = 0; i < connections; i++) {
      clientEnds.get(i).close();
      settle();
      serverEnds.get(i).close();
      settle();
    }
    clientEnds.clear();
    serverEnds.clear();
    long records = count(TcpState.TIME_WAIT);
    report("TIME-WAIT records", records, empty);
    now += 2 * MINUTE;
    settle();
    report("nothing", 0, empty);
  }

  private long count(TcpState state) {
    long[] n = new long[1];
    client.forEachSocket(s -> n[0] += s.state() == state ? 1 : 0);
    return n[0];
  }

  private void open(int i) {
    int port = FIRST_PORT + i / PER_PORT;
    if (i % PER_PORT == 0) {
      listeners.add(Objects.requireNonNull(server.listen(IpAddress.ANY_V6, port, 16, true, false)));
    }
    TcpEndpoint e = client.tcp();
    int code = e.connect(Objects.requireNonNull(IpAddress.parse("10.0.0.2")), port);
    if (code != TcpError.IN_PROGRESS.code()) {
      throw new IllegalStateException("connection " + i + ": " + TcpError.of(code));
    }
    settle();
    clientEnds.add(e);
    serverEnds.add(Objects.requireNonNull(listeners.getLast().accept()));
  }

  // ---- figures

  private static long liveBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private void report(String what, long count, long empty) {
    long heap = liveBytes() - empty;
    long blocks = pool.usedBytes();
    System.out.printf(
        Locale.ROOT,
        "%,d %s: live heap %,.1f MiB, blocks in use %,.1f MiB%s%n",
        count,
        what,
        heap / 1048576.0,
        blocks / 1048576.0,
        count == 0 ? "" : String.format(Locale.ROOT, "; %,d bytes each", (heap + blocks) / count));
    if (histogram && count > 0) {
      printHistogram();
    }
  }

  private static void printHistogram() {
    try {
      Object text =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      text.toString().lines().limit(40).forEach(System.out::println);
    } catch (JMException e) {
      System.out.println("no histogram: " + e);
    }
  }
}
