package dev.sinew.bench;

import dev.sinew.tcp.TcpEndpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * What idle connections weigh: two stacks in one process, both ends of every connection ours, so
 * that 500,000 connections are 1,000,000 endpoints. They are weighed when all are established, and
 * again after each has carried {@value #MESSAGE} bytes in both directions and all is acknowledged,
 * and when it has rested from that.
 */
public final class ManyConnections {
  private static final int MESSAGE = 100;
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60_000_000_000L;
  private static final String USAGE =
      """
      dev/bench connections [COUNT] [--histogram] [--json]
        COUNT connections (500000), both ends in this process: live heap after full collections, and
        native memory, per endpoint; when idle since the handshake, after an exchange of 100 bytes,
        and when the stacks have had time to put away what that has left.
        --histogram  the classes that the heap consists of
        --json       one JSON object instead of text\
      """;

  private ManyConnections() {}

  public static void main(String[] args) {
    Arguments a = Arguments.parse(args, 500_000, USAGE, "--histogram", "--json");
    Report report = new Report(a.has("--json"));
    MemoryFigures empty = MemoryFigures.now();
    TwoStacks net = new TwoStacks();
    List<TcpEndpoint> ends = new ArrayList<>(2 * a.count());
    long begin = System.nanoTime();
    for (int i = 0; i < a.count(); i++) {
      ends.addAll(List.of(net.open()));
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    report.add("endpoints", ends.size(), "established endpoints");
    report.add(
        "connectionsPerSecond", a.count() / seconds, "connections opened per second, one thread");
    net.pass(MINUTE);
    weigh("idle", "idle since the handshake", ends.size(), empty, net, a, report);
    exchange(ends, net);
    net.pass(SECOND);
    weigh("exchanged", "after 100 bytes each way", ends.size(), empty, net, a, report);
    net.pass(MINUTE);
    for (int i = 0; i < a.count(); i++) {
      net.settle();
    }
    weigh(
        "rested", "and a minute later, with a flush for each", ends.size(), empty, net, a, report);
    report.end();
  }

  private static void weigh(
      String key,
      String text,
      int endpoints,
      MemoryFigures empty,
      TwoStacks net,
      Arguments a,
      Report report) {
    MemoryFigures m = MemoryFigures.now().since(empty);
    String histogram = MemoryFigures.histogram();
    report.heading(text + ":");
    report.add(key + "HeapBytes", m.heapBytes(), "bytes of live heap");
    report.add(
        key + "NativeBytes", m.nativeBytes(), "bytes of native memory, the JVM's growth included");
    report.add(key + "BlockBytes", net.pool.usedBytes(), "bytes of buffers in use, part of that");
    report.add(key + "BytesPerEndpoint", m.total() / endpoints, "bytes per endpoint, all of it");
    report.add(
        key + "ApiBytesPerEndpoint",
        MemoryFigures.bytesOf(TcpEndpoint.class, histogram) / endpoints,
        "of these the API's objects (TcpEndpoint)");
    if (a.has("--histogram") && !a.has("--json")) {
      MemoryFigures.print(histogram);
    }
  }

  /** Each connection carries a message in both directions. */
  private static void exchange(List<TcpEndpoint> ends, TwoStacks net) {
    byte[] message = new byte[MESSAGE];
    for (int i = 0; i < ends.size(); i += 2) {
      TcpEndpoint client = ends.get(i);
      TcpEndpoint server = ends.get(i + 1);
      send(client, server, message, net);
      send(server, client, message, net);
    }
  }

  private static void send(TcpEndpoint from, TcpEndpoint to, byte[] message, TwoStacks net) {
    if (from.write(message, 0, MESSAGE) != MESSAGE) {
      throw new IllegalStateException("nothing written");
    }
    net.settle();
    if (to.read(message, 0, MESSAGE) != MESSAGE) {
      throw new IllegalStateException("nothing arrived");
    }
  }
}
