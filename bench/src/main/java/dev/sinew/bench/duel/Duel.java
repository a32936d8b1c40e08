package dev.sinew.bench.duel;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.TunLink;
import dev.sinew.linux.TunOptions;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Completion times of transfers over an impaired path: the kernel's TCP as the sender, and ours, in
 * turn, with a kernel receiver.
 *
 * <pre>
 *   namespace S                                    this process                namespace R
 *   kernel sender ──────────────┐
 *   our stack ── tun0 ── (forwarded by the kernel) ── pathS ── impairment ── pathR ── kernel receiver
 * </pre>
 *
 * Both senders go through the same device, queue and drop lists; ours takes one hop more. Nothing
 * here has offloads: each packet holds one segment. The kernel's congestion control is set by its
 * route, its metrics cache is off.
 *
 * <p>{@code Duel [--runs N] [--cells NAME,…] [--bbr]}, as root.
 */
public final class Duel {
  private static final int PORT = 9;
  private static final byte[] PIECE = new byte[1 << 16];

  private final NetworkNamespace senders = NetworkNamespace.create("duel-senders");
  private final NetworkNamespace receivers = NetworkNamespace.create("duel-receivers");
  private final TunLink pathS;
  private final TunLink pathR;
  private final Impairment impairment;
  private final StackSockets ours;
  private final RealTimeRunner runner;
  private final ServerSocket listener;

  private Duel(String controller) throws Exception {
    pathS = open(senders, "pathS", "10.77.1.1/24");
    pathR = open(receivers, "pathR", "10.77.2.1/24");
    TunLink tun0 = open(senders, "tun0", "10.77.0.1/24");
    command(senders, "ip route add 10.77.2.0/24 dev pathS congctl " + controller);
    command(receivers, "ip route add 10.77.0.0/16 dev pathR");
    sysctl(senders, "net/ipv4/ip_forward", "1");
    for (NetworkNamespace n : List.of(senders, receivers)) {
      sysctl(n, "net/ipv4/tcp_no_metrics_save", "1");
      sysctl(n, "net/ipv4/tcp_rmem", "4096 8388608 16777216");
      sysctl(n, "net/ipv4/tcp_wmem", "4096 4194304 16777216");
    }
    impairment = new Impairment(pathS, pathR);
    Stack stack =
        Stack.builder()
            .entropy(new SecureRandom()::nextLong)
            .profile(Profile.STANDARD.with(v -> v.congestionControl = controller))
            .limits(Limits.DEFAULT.with(v -> v.sendBufferBytes = 4 << 20))
            .pool(new BufferPool(256L << 20))
            .build();
    NetworkInterface itf = stack.addInterface(tun0, prefix("10.77.0.2/24"));
    stack.addRoute(prefix("0.0.0.0/0"), itf, IpAddress.parse("10.77.0.1"));
    runner = RealTimeRunner.start(stack);
    ours = StackSockets.of(runner);
    listener =
        receivers.call(() -> {
          ServerSocket s = new ServerSocket();
          s.bind(new InetSocketAddress(PORT), 16);
          return s;
        });
    Thread unused = Thread.ofPlatform().daemon().name("receiver").start(this::receive);
  }

  private static TunLink open(NetworkNamespace n, String name, String address) throws Exception {
    TunOptions options = TunOptions.of(name, List.of(prefix(address))).withOffload(false);
    return n.call(() -> TunLink.open(options));
  }

  private static Prefix prefix(String text) {
    return Objects.requireNonNull(Prefix.parse(text), text);
  }

  private static void command(NetworkNamespace n, String line) throws Exception {
    Process p = n.start(new ProcessBuilder(line.split(" ")).redirectErrorStream(true));
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (p.waitFor() != 0) {
      throw new IOException(line + ": " + out);
    }
  }

  private static void sysctl(NetworkNamespace n, String name, String value) throws Exception {
    n.call(() -> Files.writeString(Path.of("/proc/sys", name), value));
  }

  private void receive() {
    byte[] buffer = new byte[1 << 18];
    while (true) {
      try (Socket s = listener.accept()) {
        InputStream in = s.getInputStream();
        while (in.read(buffer) >= 0) {
          // Read to the end, then the close answers it.
        }
      } catch (IOException e) {
        if (listener.isClosed()) {
          return;
        }
      }
    }
  }

  /** Seconds from connect to the receiver's FIN, which says that everything has arrived. */
  private static double transfer(Socket s, int bytes) throws IOException {
    long start = System.nanoTime();
    try (s) {
      s.connect(new InetSocketAddress(InetAddress.ofLiteral("10.77.2.1"), PORT), 20_000);
      OutputStream out = s.getOutputStream();
      for (int left = bytes; left > 0; left -= PIECE.length) {
        out.write(PIECE, 0, Math.min(left, PIECE.length));
      }
      s.shutdownOutput();
      s.setSoTimeout(120_000);
      if (s.getInputStream().read() >= 0) {
        throw new IOException("the receiver sent data");
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private double kernel(Cell cell, int run) throws Exception {
    impairment.begin(cell, run);
    return senders.call(() -> transfer(new Socket(), cell.bytes()));
  }

  private double sinew(Cell cell, int run) throws Exception {
    impairment.begin(cell, run);
    return transfer(ours.socket(), cell.bytes());
  }

  private double logRatioSum;

  private void cell(Cell cell, int runs) throws Exception {
    double[] k = new double[runs];
    double[] o = new double[runs];
    for (int i = -1; i < runs; i++) {
      boolean first = (i & 1) == 0;
      double kernel = first ? kernel(cell, Math.max(i, 0)) : 0;
      String kernelDrops = first ? impairment.drops() : "";
      double sinew = sinew(cell, Math.max(i, 0));
      String sinewDrops = impairment.drops();
      if (!first) {
        kernel = kernel(cell, Math.max(i, 0));
        kernelDrops = impairment.drops();
      }
      if (i >= 0) {
        k[i] = kernel;
        o[i] = sinew;
      }
      System.err.printf(
          Locale.ROOT,
          "%s run %d: kernel %.3f s (drops %s), sinew %.3f s (drops %s)%n",
          cell.name(),
          i,
          kernel,
          kernelDrops,
          sinew,
          sinewDrops);
    }
    double ratio = median(o) / median(k);
    logRatioSum += Math.log(ratio);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d Mbit/s, %d ms, %d packets, %.1f MB | %.3f [%.3f..%.3f] | %.3f [%.3f..%.3f] | %.2f |%n",
        cell.name(),
        cell.megabits(),
        cell.rttMillis(),
        cell.queuePackets(),
        cell.bytes() / 1e6,
        median(k),
        Arrays.stream(k).min().orElse(0),
        Arrays.stream(k).max().orElse(0),
        median(o),
        Arrays.stream(o).min().orElse(0),
        Arrays.stream(o).max().orElse(0),
        ratio);
  }

  private static double median(double[] values) {
    double[] v = values.clone();
    Arrays.sort(v);
    int n = v.length;
    return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
  }

  private void close() throws Exception {
    listener.close();
    runner.close();
    impairment.close();
    pathS.close();
    pathR.close();
    senders.close();
    receivers.close();
  }

  public static void main(String[] args) throws Exception {
    int runs = 10;
    List<String> names = List.of();
    boolean bbr = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--runs" -> runs = Integer.parseInt(args[++i]);
        case "--cells" -> names = Arrays.asList(args[++i].split(","));
        case "--bbr" -> bbr = true;
        default -> {
          System.err.println("usage: Duel [--runs N] [--cells NAME,...] [--bbr]");
          System.exit(2);
        }
      }
    }
    List<Cell> cells = new ArrayList<>(bbr ? Cell.bbr() : Cell.cubic());
    if (!names.isEmpty()) {
      List<String> known = cells.stream().map(Cell::name).toList();
      for (String name : names) {
        if (!known.contains(name)) {
          System.err.println(name + ": no such cell; there are " + String.join(", ", known));
          System.exit(2);
        }
      }
      List<String> wanted = names;
      cells.removeIf(c -> !wanted.contains(c.name()));
    }
    Duel duel = new Duel(bbr ? "bbr" : "cubic");
    System.out.println("| cell | path | kernel, s | sinew, s | ratio |");
    System.out.println("|---|---|---|---|---|");
    for (Cell c : cells) {
      duel.cell(c, runs);
    }
    System.out.printf(
        Locale.ROOT,
        "geometric mean of the ratios: %.3f%n",
        Math.exp(duel.logRatioSum / cells.size()));
    duel.close();
    System.exit(0);
  }
}
