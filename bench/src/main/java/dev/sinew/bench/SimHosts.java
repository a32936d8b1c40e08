package dev.sinew.bench;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.Simulation;
import dev.sinew.stack.SocketInfo;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How much memory many simulated hosts take: {@code SimHosts [HOSTS]} makes them in pairs, each
 * pair with a link and an established connection over which a kilobyte has gone each way, and
 * prints the heap in use and the process's resident memory.
 */
public final class SimHosts {
  private SimHosts() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    long begin = System.nanoTime();
    try (Simulation sim = Simulation.of(1)) {
      List<TcpEndpoint> ends = new ArrayList<>();
      List<TcpListener> listeners = new ArrayList<>();
      byte[] kilobyte = new byte[1024];
      for (int i = 0; i < count; i += 2) {
        SimHost a = sim.host("a" + i);
        SimHost b = sim.host("b" + i);
        sim.link(a, b, "delay 10ms");
        TcpListener l = b.stack().listen(IpAddress.ANY_V6, 80, 0, true, false);
        if (l == null) {
          throw new IllegalStateException("no listener");
        }
        listeners.add(l);
        TcpEndpoint e = a.stack().tcp();
        e.connect(b.address(), 80);
        ends.add(e);
      }
      sim.runFor(1_000_000_000L);
      for (TcpListener l : listeners) {
        TcpEndpoint e = l.accept();
        if (e == null) {
          throw new IllegalStateException("not connected");
        }
        ends.add(e);
      }
      ends.forEach(e -> e.write(kilobyte, 0, kilobyte.length));
      sim.hosts().forEach(SimHost::stack);
      sim.runFor(1_000_000_000L);
      for (TcpEndpoint e : ends) {
        if (e.read(kilobyte, 0, kilobyte.length) != kilobyte.length) {
          throw new IllegalStateException("no data");
        }
      }
      long established = 0;
      for (SimHost h : sim.hosts()) {
        for (SocketInfo s : sim.sockets(h)) {
          established += s.state() == TcpState.ESTABLISHED ? 1 : 0;
        }
      }
      System.gc();
      Runtime r = Runtime.getRuntime();
      System.out.printf(
          Locale.ROOT,
          "%d hosts, %d connections' ends, %.1f s: heap in use %d MiB, resident %s%n",
          sim.hosts().size(),
          established,
          (System.nanoTime() - begin) / 1e9,
          (r.totalMemory() - r.freeMemory()) >> 20,
          resident());
    }
  }

  private static String resident() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmHWM")) {
          return line.substring(6).strip() + " at most";
        }
      }
    }
    return "unknown";
  }
}
