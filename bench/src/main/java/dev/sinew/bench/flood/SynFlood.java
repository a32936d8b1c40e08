package dev.sinew.bench.flood;

import com.sun.management.ThreadMXBean;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.base.Limits;
import dev.sinew.bench.Arguments;
import dev.sinew.bench.Report;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.TunLink;
import dev.sinew.linux.TunOptions;
import dev.sinew.sockets.EventHandler;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;

/**
 * A listener on a TUN device under a flood of SYNs, and honest clients of the kernel beside it.
 *
 * <pre>
 *   packet socket (SYNs from anywhere) ──┐
 *   kernel sockets (honest clients) ─────┴── queue of 4000 ── tun0 ── our stack, port 80: echo
 * </pre>
 *
 * Everything but the stack is in a namespace of its own. The rate is what the device's counters
 * say. First the flood is alone for some seconds, in which is measured what the driver's thread
 * allocates for each SYN; then come the clients.
 */
public final class SynFlood {
  private static final String STACK = "10.78.0.2";
  private static final int PORT = 80;
  private static final int SYNS_PER_SECOND = 204_000;
  private static final int CLIENTS_PER_SECOND = 110;
  private static final long SECOND = 1_000_000_000L;
  private static final long WARM_UP_SECONDS = 10;
  private static final long ALONE_SECONDS = 10;
  private static final String USAGE =
      """
      dev/bench synflood [SECONDS] [--json]     as root
        Honest clients, 110 a second for so many SECONDS (60), while SYNs from forged addresses come
        200000 a second through a TUN device. What counts is who is connected within 3 s.
        --json  one JSON object instead of text\
      """;

  private final NetworkNamespace namespace = NetworkNamespace.create("synflood");
  private final TunLink link;
  private final RealTimeRunner runner;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private SynFlood() throws Exception {
    TunOptions options = TunOptions.of("tun0", List.of(prefix("10.78.0.1/24")));
    link = namespace.call(() -> TunLink.open(options));
    Stack stack =
        Stack.builder()
            .entropy(new SecureRandom()::nextLong)
            .limits(Limits.DEFAULT)
            .pool(new BufferPool(64L << 20))
            .build();
    NetworkInterface itf = stack.addInterface(link, prefix(STACK + "/24"));
    stack.addRoute(prefix("0.0.0.0/0"), itf, Objects.requireNonNull(IpAddress.parse("10.78.0.1")));
    runner = RealTimeRunner.start(stack);
    runner.enter();
    try {
      TcpListener listener =
          Objects.requireNonNull(stack.listen(IpAddress.ANY_V6, PORT, 1024, true, false));
      runner.handle(listener, new Echo());
    } finally {
      runner.exit();
    }
  }

  private static Prefix prefix(String text) {
    return Objects.requireNonNull(Prefix.parse(text), text);
  }

  /** Accepts, and sends back the first byte of each connection. */
  private final class Echo implements EventHandler {
    private final byte[] octets = new byte[16];

    @Override
    public void onAccept(TcpListener listener) {
      runner.enter();
      try {
        for (TcpEndpoint e = listener.accept(); e != null; e = listener.accept()) {
          runner.handle(e, this);
        }
      } finally {
        runner.exit();
      }
    }

    @Override
    public void onReadable(Endpoint endpoint) {
      TcpEndpoint e = (TcpEndpoint) endpoint;
      runner.enter();
      try {
        int n = e.read(octets, 0, octets.length);
        if (n > 0) {
          int unused = e.write(octets, 0, n);
        } else if (e.readiness() != 0) {
          e.close();
        }
      } finally {
        runner.exit();
      }
    }
  }

  // ---- what is counted

  /** Of one moment: the device's counters, the stack's, and the driver's thread's. */
  private record Moment(
      long nanos,
      long packets,
      long dropped,
      long cookies,
      long returned,
      long bytes,
      long cpuNanos) {}

  private Moment moment() throws Exception {
    String line =
        namespace.call(() -> Files.readAllLines(Path.of("/proc/thread-self/net/dev"))).stream()
            .map(String::strip)
            .filter(l -> l.startsWith("tun0:"))
            .findFirst()
            .orElseThrow();
    String[] fields = line.substring(5).strip().split("\\s+");
    long bytes = 0;
    long cpu = 0;
    for (long id : threads.getAllThreadIds()) {
      var info = threads.getThreadInfo(id);
      if (info != null && info.getThreadName().startsWith("sinew-driver")) {
        bytes += threads.getThreadAllocatedBytes(id);
        cpu += threads.getThreadCpuTime(id);
      }
    }
    runner.enter();
    try {
      var counters = runner.stack().counters();
      return new Moment(
          System.nanoTime(),
          Long.parseLong(fields[9]),
          Long.parseLong(fields[11]),
          counters.get(Counter.TcpExtSyncookiesSent),
          counters.get(Counter.TcpExtSyncookiesRecv),
          bytes,
          cpu);
    } finally {
      runner.exit();
    }
  }

  private void measure(int seconds, Report report) throws Exception {
    InetSocketAddress server = new InetSocketAddress(InetAddress.ofLiteral(STACK), PORT);
    SynSource source =
        namespace.call(() ->
            new SynSource(
                java.net.NetworkInterface.getByName("tun0").getIndex(),
                10 << 24 | 78 << 16 | 2,
                PORT));
    Thread flood =
        Thread.ofPlatform().daemon().name("flood").start(() -> source.run(SYNS_PER_SECOND));
    Thread.sleep(WARM_UP_SECONDS * 1000);
    Moment a = moment();
    Thread.sleep(ALONE_SECONDS * 1000);
    Moment b = moment();
    HonestClients clients = new HonestClients(server);
    Moment c =
        namespace.call(() -> {
          clients.run(CLIENTS_PER_SECOND, seconds * SECOND);
          return moment();
        });
    source.close();
    flood.join();
    report.heading("the flood alone:");
    report.add("aloneAllocatedBytes", b.bytes - a.bytes, "bytes allocated by the stack's thread");
    report.add("aloneCookies", b.cookies - a.cookies, "SYNs answered with a cookie");
    report.add(
        "aloneBytesPerSyn",
        (double) (b.bytes - a.bytes) / Math.max(1, b.cookies - a.cookies),
        "bytes allocated per SYN");
    report.heading("with honest clients:");
    double time = (c.nanos - b.nanos) / 1e9;
    long offered = c.packets - b.packets + c.dropped - b.dropped;
    report.add("seconds", time, "seconds");
    report.add("packetsPerSecond", offered / time, "packets a second, by the device's counters");
    report.add(
        "droppedShare",
        (double) (c.dropped - b.dropped) / Math.max(1, offered),
        "of them dropped by its queue");
    report.add("cookies", c.cookies - b.cookies, "SYNs answered with a cookie");
    report.add("cookiesReturned", c.returned - b.returned, "cookies returned");
    report.add(
        "driverCpu",
        (c.cpuNanos - b.cpuNanos) / 1e9 / time,
        "processors taken by the stack's thread");
    report.add("clients", clients.begun, "honest clients");
    report.add("clientsPerSecond", clients.begun / (double) seconds, "a second");
    report.add("connected", clients.connected, "connected within 3 s");
    report.add("connectedShare", clients.connected / (double) Math.max(1, clients.begun), "of all");
    report.add("answered", clients.answered, "and got their byte back");
    report.add("connectMillisMedian", clients.millis(0.5), "ms to connect, median");
    report.add("connectMillis99", clients.millis(0.99), "ms to connect, 99 %");
    report.end();
  }

  public static void main(String[] args) throws Exception {
    Arguments a = Arguments.parse(args, 60, USAGE, "--json");
    SynFlood flood;
    try {
      flood = new SynFlood();
    } catch (dev.sinew.linux.LinkException e) {
      System.err.println(e.getMessage());
      System.exit(4);
      return;
    }
    flood.measure(a.count(), new Report(a.has("--json")));
    flood.runner.close();
    flood.link.close();
    flood.namespace.close();
    System.exit(0);
  }
}
