package dev.sinew.bench;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.TcpState;
import dev.sinew.bench.flood.ForgedSyn;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.stack.Stack;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * What half-open connections weigh: a server whose queue has room for all of them hears SYNs from
 * many addresses and no more.
 */
public final class HalfOpenRecords {
  private static final int PORT = 80;
  private static final int BATCH = 64;
  private static final long MICROSECOND = 1000;
  private static final String USAGE =
      """
      dev/bench halfopen [COUNT] [--histogram] [--json]
        COUNT half-open connections (200000) in one stack: live heap after full collections, and
        native memory, per record.
        --histogram  the classes that the heap consists of
        --json       one JSON object instead of text\
      """;

  private HalfOpenRecords() {}

  public static void main(String[] args) {
    Arguments a = Arguments.parse(args, 200_000, USAGE, "--histogram", "--json");
    Report report = new Report(a.has("--json"));
    MemoryFigures empty = MemoryFigures.now();
    MemoryLink link = new MemoryLink("server"); // nobody hears its answers
    Stack server =
        Stack.builder()
            .entropy(new SplittableRandom(1)::nextLong)
            .pool(new BufferPool(1L << 30))
            .limits(Limits.DEFAULT.with(v -> v.synBacklog = 1 << 22))
            .build();
    IpAddress address = Objects.requireNonNull(IpAddress.parse("10.0.0.2"));
    NetworkInterface itf =
        server.addInterface(link, Objects.requireNonNull(Prefix.parse("10.0.0.2/8")));
    server.addRoute(
        Objects.requireNonNull(Prefix.parse("0.0.0.0/0")), itf, IpAddress.parse("10.0.0.1"));
    Objects.requireNonNull(server.listen(IpAddress.ANY_V6, PORT, 1 << 22, true, false));
    ForgedSyn syns = new ForgedSyn((int) address.low(), PORT, new SplittableRandom(2)::nextLong);
    MemorySegment packet = Arena.ofAuto().allocate(ForgedSyn.LENGTH, 64);
    long now = 0;
    for (int i = 1; i <= a.count(); i++) {
      MemorySegment.copy(syns.next(), 0, packet, ValueLayout.JAVA_BYTE, 0, ForgedSyn.LENGTH);
      server.receive(itf, packet, 0, ForgedSyn.LENGTH, 0, now);
      if (i % BATCH == 0 || i == a.count()) {
        now += MICROSECOND;
        server.advance(now);
        itf.txQueue().drainTo(link);
      }
    }
    long[] records = new long[1];
    server.forEachSocket(s -> records[0] += s.state() == TcpState.SYN_RECEIVED ? 1 : 0);
    MemoryFigures m = MemoryFigures.now().since(empty);
    report.add("records", records[0], "half-open connections");
    report.add("answers", link.transmitted, "SYN-ACKs sent");
    report.add("heapBytes", m.heapBytes(), "bytes of live heap, the rest of the stack included");
    report.add("nativeBytes", m.nativeBytes(), "bytes of native memory, the JVM's growth included");
    report.add(
        "bytesPerRecord", m.total() / Math.max(1, records[0]), "bytes per record, all of it");
    if (a.has("--histogram") && !a.has("--json")) {
      MemoryFigures.print(MemoryFigures.histogram());
    }
    report.end();
  }
}
