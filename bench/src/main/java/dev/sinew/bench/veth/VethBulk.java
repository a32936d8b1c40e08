package dev.sinew.bench.veth;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.PacketLink;
import dev.sinew.linux.PacketOptions;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * {@code dev/bench veth [ROUNDS [SECONDS [offload|plain]]]}, as root: one connection over a veth
 * cable, both ways, all modes (or those of one kind of cable) in turn in each round, each on a
 * fresh cable; medians. The client is a kernel socket in all of them.
 */
public final class VethBulk {
  private static final String CLIENT = "10.95.0.1";
  private static final String SERVER = "10.95.0.2";
  private static final int PORT = 5001;
  private static final int WRITE_BYTES = 128 << 10;
  private static final int READ_BYTES = 256 << 10;
  private static final long WARM_UP_NANOS = 500_000_000L;

  /** What crosses the cable, as the client's end has it. */
  private enum Cable {
    OFFLOAD,
    PLAIN
  }

  /** Who is at the server's end; of packet sockets also what they send, and how they receive. */
  private enum Mode {
    KERNEL("kernel, super-segments", Cable.OFFLOAD, true, false),
    READS("packet socket, super-segments, no ring", Cable.OFFLOAD, true, false),
    RING("packet socket, super-segments", Cable.OFFLOAD, true, true),
    KERNEL_PLAIN("kernel, 1,500 bytes", Cable.PLAIN, false, false),
    READS_MIXED("packet socket, super-segments sent, no ring", Cable.PLAIN, true, false),
    RING_MIXED("packet socket, super-segments sent", Cable.PLAIN, true, true),
    READS_PLAIN("packet socket, 1,500 bytes, no rings", Cable.PLAIN, false, false),
    RING_PLAIN("packet socket, 1,500 bytes", Cable.PLAIN, false, true);

    final String text;
    final Cable cable;
    final boolean offload;
    final boolean ring;

    Mode(String text, Cable cable, boolean offload, boolean ring) {
      this.text = text;
      this.cable = cable;
      this.offload = offload;
      this.ring = ring;
    }

    boolean isKernel() {
      return this == KERNEL || this == KERNEL_PLAIN;
    }
  }

  private VethBulk() {}

  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    Cable only = args.length > 2 ? Cable.valueOf(args[2].toUpperCase(Locale.ROOT)) : null;
    List<Mode> modes =
        Arrays.stream(Mode.values()).filter(m -> only == null || m.cable == only).toList();
    for (Mode mode : modes) { // compiles what is to be measured
      for (boolean receiving : new boolean[] {true, false}) {
        double unused = mode.isKernel() ? 0 : run(mode, receiving, 2);
      }
    }
    Map<Mode, double[]> received = new EnumMap<>(Mode.class);
    Map<Mode, double[]> sent = new EnumMap<>(Mode.class);
    for (int round = 0; round < rounds; round++) {
      for (Mode mode : modes) {
        received.computeIfAbsent(mode, m -> new double[rounds])[round] = run(mode, true, seconds);
        sent.computeIfAbsent(mode, m -> new double[rounds])[round] = run(mode, false, seconds);
      }
    }
    System.out.println(
        "Gbit/s at the server's end, median (least to most); ratio to the first row");
    System.out.printf(Locale.ROOT, "%-46s %-32s %s%n", "", "receiving", "sending");
    for (Mode mode : modes) {
      System.out.printf(
          Locale.ROOT, "%-46s %-32s %s%n", mode.text, cell(received, mode), cell(sent, mode));
    }
  }

  private static String cell(Map<Mode, double[]> all, Mode mode) {
    double[] v = sorted(all, mode);
    double base =
        median(sorted(all, all.containsKey(Mode.KERNEL) ? Mode.KERNEL : Mode.KERNEL_PLAIN));
    return String.format(
        Locale.ROOT,
        "%.1f (%.1f to %.1f) %.2f",
        median(v),
        v[0],
        v[v.length - 1],
        median(v) / base);
  }

  private static double[] sorted(Map<Mode, double[]> all, Mode mode) {
    double[] v = Objects.requireNonNull(all.get(mode)).clone();
    Arrays.sort(v);
    return v;
  }

  private static double median(double[] sorted) {
    return sorted[sorted.length / 2];
  }

  private static double run(Mode mode, boolean receiving, int seconds) throws Exception {
    try (NetworkNamespace client = NetworkNamespace.create("client");
        NetworkNamespace server = NetworkNamespace.create("server")) {
      cable(client, server, mode);
      if (mode.isKernel()) {
        must(server, "ip", "addr", "add", SERVER + "/24", "dev", "eth0");
        cubic(server);
        ServerSocket listener = server.call(VethBulk::listener);
        return transfer(client, listener, receiving, seconds);
      }
      List<Prefix> ours = List.of(Objects.requireNonNull(Prefix.parse(SERVER + "/24")));
      PacketOptions options =
          PacketOptions.of("eth0", ours).withOffload(mode.offload).withRing(mode.ring);
      PacketLink link = server.call(() -> PacketLink.open(options));
      Stack stack = Stack.builder().entropy(new SecureRandom()::nextLong).build();
      var unused = stack.addInterface(link, false, ours.getFirst());
      try (RealTimeRunner runner = RealTimeRunner.start(stack)) {
        ServerSocket listener = StackSockets.of(runner).serverSocket();
        listener.bind(new InetSocketAddress(PORT));
        return transfer(client, listener, receiving, seconds);
      }
    }
  }

  private static ServerSocket listener() throws IOException {
    return new ServerSocket(PORT);
  }

  private static void cable(NetworkNamespace client, NetworkNamespace server, Mode mode)
      throws Exception {
    // A process is what iproute2 finds a nameless namespace by.
    Process inside = server.start(new ProcessBuilder("sleep", "60"));
    try {
      must(client, ("ip link add eth0 type veth peer name eth0 netns " + inside.pid()).split(" "));
    } finally {
      inside.destroyForcibly();
    }
    for (NetworkNamespace ns : List.of(client, server)) {
      if (mode.cable == Cable.PLAIN) {
        must(ns, "ethtool -K eth0 tso off gso off gro off".split(" "));
      }
      // A veth cable drops what comes too fast; a queue holds it back.
      must(ns, "tc qdisc add dev eth0 root pfifo limit 2000".split(" "));
      must(ns, "ip", "link", "set", "eth0", "up");
    }
    must(client, "ip", "addr", "add", CLIENT + "/24", "dev", "eth0");
    cubic(client);
  }

  /** The same congestion control at both ends, whatever this machine prefers. */
  private static void cubic(NetworkNamespace ns) throws Exception {
    must(ns, "ip route replace 10.95.0.0/24 dev eth0 congctl cubic".split(" "));
  }

  private static void must(NetworkNamespace ns, String... command) throws Exception {
    Process p = ns.start(new ProcessBuilder(command).redirectErrorStream(true));
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!p.waitFor(10, TimeUnit.SECONDS) || p.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + out.strip());
    }
  }

  private static double transfer(
      NetworkNamespace client, ServerSocket listener, boolean receiving, int seconds)
      throws Exception {
    List<Socket> open = new ArrayList<>();
    try (listener) {
      InetAddress to =
          InetAddress.getByAddress(Objects.requireNonNull(IpAddress.parse(SERVER)).bytes());
      Socket near = client.call(() -> new Socket(to, PORT));
      open.add(near);
      Socket far = listener.accept();
      open.add(far);
      Socket from = receiving ? near : far;
      Thread writer = Thread.ofPlatform().daemon().start(() -> write(from));
      double rate = read(receiving ? far : near, seconds * 1_000_000_000L);
      for (Socket s : open) {
        s.setSoLinger(true, 0);
        s.close();
      }
      writer.join();
      return rate;
    }
  }

  private static void write(Socket s) {
    byte[] data = new byte[WRITE_BYTES];
    try {
      while (true) {
        s.getOutputStream().write(data);
      }
    } catch (IOException e) {
      // The reader has seen enough.
    }
  }

  /** Gbit/s after a short while. */
  private static double read(Socket s, long nanos) throws IOException {
    byte[] buffer = new byte[READ_BYTES];
    long start = System.nanoTime() + WARM_UP_NANOS;
    long begin = 0;
    long bytes = 0;
    while (true) {
      int n = s.getInputStream().read(buffer);
      if (n < 0) {
        throw new IOException("the connection ended early");
      }
      long now = System.nanoTime();
      if (begin == 0) {
        begin = now - start >= 0 ? now : 0;
        continue;
      }
      bytes += n;
      if (now - begin >= nanos) {
        return bytes * 8.0 / (now - begin);
      }
    }
  }
}
