package dev.sinew.bench;

import dev.sinew.base.TcpState;
import dev.sinew.tcp.TcpEndpoint;

/**
 * What records in TIME-WAIT weigh: connections are opened and closed by the client, one after
 * another, and 2 MSL do not pass before they are weighed.
 */
public final class TimeWaitRecords {
  private static final long SECONDS_120 = 120_000_000_000L;
  private static final String USAGE =
      """
      dev/bench timewait [COUNT] [--histogram] [--json]
        COUNT records in TIME-WAIT (1000000) in one stack: live heap after full collections, and
        native memory, per record; and what is left when 2 MSL are over.
        --histogram  the classes that the heap consists of
        --json       one JSON object instead of text\
      """;

  private TimeWaitRecords() {}

  public static void main(String[] args) {
    Arguments a = Arguments.parse(args, 1_000_000, USAGE, "--histogram", "--json");
    Report report = new Report(a.has("--json"));
    MemoryFigures empty = MemoryFigures.now();
    TwoStacks net = new TwoStacks();
    long begin = System.nanoTime();
    for (int i = 0; i < a.count(); i++) {
      TcpEndpoint[] ends = net.open();
      ends[0].close();
      net.settle();
      ends[1].close();
      net.settle();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    long records = net.count(TcpState.TIME_WAIT);
    MemoryFigures m = MemoryFigures.now().since(empty);
    report.add("records", records, "records in TIME-WAIT");
    report.add(
        "connectionsPerSecond",
        a.count() / seconds,
        "connections opened and closed per second, one thread");
    report.add("heapBytes", m.heapBytes(), "bytes of live heap, the rest of both stacks included");
    report.add("nativeBytes", m.nativeBytes(), "bytes of native memory, the JVM's growth included");
    report.add("bytesPerRecord", m.total() / Math.max(1, records), "bytes per record, all of it");
    if (a.has("--histogram") && !a.has("--json")) {
      MemoryFigures.print(MemoryFigures.histogram());
    }
    net.pass(SECONDS_120);
    report.add("recordsAfter", net.count(TcpState.TIME_WAIT), "records 120 s later");
    report.add(
        "heapBytesAfter", MemoryFigures.now().since(empty).heapBytes(), "bytes of live heap then");
    report.end();
  }
}
