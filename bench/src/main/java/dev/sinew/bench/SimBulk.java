package dev.sinew.bench;

import dev.sinew.base.Limits;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.Direction;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;
import java.util.Objects;

/**
 * A bulk transfer between two simulated hosts over one link: event-style programs at both ends, an
 * MTU of 1500 bytes, each packet on the link, every checksum computed and verified.
 *
 * <p>As a program: {@code SimBulk [checks] [seconds] [LINK WORDS]} prints data segments a second of
 * real time; pure ACKs are not counted.
 */
public final class SimBulk implements AutoCloseable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int CHUNK = 64 * 1024;

  /** Of both hosts: the default grows until what is under way fits in no cache. */
  private static final int SOCKET_BUFFER = 256 * 1024;

  final Simulation sim;
  final Direction there;
  final SimLink link;
  private final MemorySegment buffer = Arena.ofAuto().allocate(CHUNK, 64);
  private long received;

  SimBulk(boolean checks, String words) {
    sim = Simulation.of(1);
    if (!checks) {
      sim.withoutChecks();
    }
    SimHost client = sim.host("client", SimBulk::stack);
    SimHost server = sim.host("server", SimBulk::stack);
    link = sim.link(client, server, words);
    there = link.forward();
    server.at(0, () -> listen(server));
    client.at(
        0,
        () -> {
          TcpEndpoint e = client.stack().tcp();
          e.attach((EndpointListener) (x, readiness) -> write(e));
          e.connect(server.address(), 80);
        });
  }

  private static Stack.Builder stack(Stack.Builder b) {
    return b.limits(
        Limits.DEFAULT.with(v -> {
          v.sendBufferBytes = SOCKET_BUFFER;
          v.maxSendBufferBytes = SOCKET_BUFFER;
          v.receiveBufferBytes = SOCKET_BUFFER;
          v.maxReceiveBufferBytes = SOCKET_BUFFER;
        }));
  }

  private void listen(SimHost server) {
    TcpListener listener =
        Objects.requireNonNull(server.stack().listen(IpAddress.ANY_V6, 80, 0, true, false));
    listener.attach(
        (EndpointListener)
            (x, readiness) -> {
              TcpEndpoint e = listener.accept();
              if (e != null) {
                e.attach((EndpointListener) (y, r) -> read(e));
                read(e);
              }
            });
  }

  private void write(TcpEndpoint e) {
    if (e.state() == TcpState.ESTABLISHED) {
      int n;
      do {
        n = e.write(buffer, 0, CHUNK);
      } while (n == CHUNK);
    }
  }

  private void read(TcpEndpoint e) {
    for (int n = e.read(buffer, 0, CHUNK); n > 0; n = e.read(buffer, 0, CHUNK)) {
      received += n;
    }
  }

  /** Data segments so far: all packets of the sender but its SYN and the handshake's ACK. */
  long segmentCount() {
    return there.sentCount() - 2;
  }

  /** Runs for a time of virtual nanoseconds and answers how many data segments that took. */
  long runFor(long nanos) {
    long before = segmentCount();
    sim.runFor(nanos);
    return segmentCount() - before;
  }

  long receivedBytes() {
    return received;
  }

  @Override
  public void close() {
    sim.close();
  }

  /** Prints the speed, one line for each second. */
  public static void main(String[] args) {
    boolean checks = args.length > 0 && Boolean.parseBoolean(args[0]);
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    String words = args.length > 2 ? args[2] : "delay 1ms";
    try (SimBulk bulk = new SimBulk(checks, words)) {
      long begin = System.nanoTime();
      for (int i = 0; i < seconds; i++) {
        long start = System.nanoTime();
        long cpu = THREADS.getCurrentThreadCpuTime();
        long segments = 0;
        while (System.nanoTime() - start < 1_000_000_000L) {
          segments += bulk.runFor(10_000_000L);
        }
        double took = (System.nanoTime() - start) / 1e9;
        double worked = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e9;
        System.out.printf(
            Locale.ROOT,
            "%.0f data segments a second of processor time (%.0f ns each), %.0f of real time,"
                + " checks %s, %s, %d bytes read%n",
            segments / worked,
            worked * 1e9 / segments,
            segments / took,
            checks ? "on" : "off",
            words,
            bulk.receivedBytes());
      }
      System.out.printf(
          Locale.ROOT,
          "%d segments in %.1f s%n",
          bulk.segmentCount(),
          (System.nanoTime() - begin) / 1e9);
    }
  }
}
