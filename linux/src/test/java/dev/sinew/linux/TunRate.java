package dev.sinew.linux;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;

/**
 * How many packets per second pass a TUN device and this module, run by hand: {@code java -cp …
 * dev.sinew.linux.TunRate [SECONDS]}. The kernel's side is a UDP socket that sends or a closed port
 * that drops, so the figures are ceilings for a stack on top.
 */
final class TunRate {
  private static final int DATAGRAM = 1472;

  private TunRate() {}

  public static void main(String[] args) throws Exception {
    double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 2;
    try (NetworkNamespace ns = NetworkNamespace.create("rate");
        TunLink link = ns.call(() -> TunLink.open(TunOptions.of("rate0", Lab.HOST)))) {
      for (int round = 0; round < 3; round++) {
        receive(ns, link, seconds, true);
        receive(ns, link, seconds, false);
        transmit(link, seconds, 1);
        transmit(link, seconds, 2);
        turnAround(ns, link, seconds);
      }
    }
  }

  private static void receive(NetworkNamespace ns, TunLink link, double seconds, boolean spin)
      throws Exception {
    long[] bytes = new long[1];
    PacketSink sink = (m, at, length, flags) -> bytes[0] += length;
    DatagramSocket socket = ns.call(DatagramSocket::new);
    Thread sender = Thread.ofPlatform().daemon().start(() -> send(socket));
    long cpu = cpuNanos();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    long packets = 0;
    long batches = 0;
    while (System.nanoTime() < end) {
      int n = link.receive(sink, 64);
      packets += n;
      if (n > 0) {
        batches++;
      } else if (!spin) {
        link.await(100_000_000);
      }
    }
    double took = (System.nanoTime() - start) / 1e9;
    cpu = cpuNanos() - cpu;
    socket.close();
    sender.join();
    print(
        spin ? "receive, spinning" : "receive, waiting",
        packets,
        bytes[0],
        took,
        cpu,
        "packets a batch " + packets / Math.max(1, batches));
  }

  private static void send(DatagramSocket socket) {
    try {
      DatagramPacket p =
          new DatagramPacket(
              new byte[DATAGRAM],
              DATAGRAM,
              new InetSocketAddress(InetAddress.ofLiteral(Lab.STACK_V4), 9));
      while (true) {
        socket.send(p);
      }
    } catch (java.io.IOException e) {
      // The socket was closed: the end.
    }
  }

  private static void transmit(TunLink link, double seconds, int slices) {
    TxQueue queue = new TxQueue(64);
    BufferPool pool = new BufferPool(1 << 20);
    Block block = pool.takeSmall();
    if (block == null) {
      throw new IllegalStateException();
    }
    long packets = 0;
    long cpu = cpuNanos();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    while (System.nanoTime() < end) {
      for (int i = 0; i < 64; i++) {
        fillDatagram(queue.reserve(), block, slices);
        queue.commit();
      }
      packets += queue.size();
      if (!queue.drainTo(link)) {
        throw new IllegalStateException("busy");
      }
    }
    double took = (System.nanoTime() - start) / 1e9;
    cpu = cpuNanos() - cpu;
    block.release();
    print(
        "transmit, " + slices + " slices",
        packets,
        packets * (DATAGRAM + 28),
        took,
        cpu,
        "refused " + queue.failedCount());
  }

  /** An IPv4 UDP packet to the kernel's discard port; the checksum of UDP is absent. */
  private static void fillDatagram(TxPacket p, Block block, int slices) {
    var be16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
    var be32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
    MemorySegment h = p.header();
    long at = p.headerOffset();
    h.set(be32, at, 0x4500_0000 | (DATAGRAM + 28));
    h.set(be32, at + 4, 0);
    h.set(be32, at + 8, 0x4011_0000);
    h.set(be32, at + 12, 0x0a4d_0002);
    h.set(be32, at + 16, 0x0a4d_0001);
    long sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += h.get(be16, at + i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    h.set(be16, at + 10, (short) ~((sum & 0xffff) + (sum >>> 16)));
    h.set(be32, at + 20, 4000 << 16 | 9);
    h.set(be32, at + 24, (DATAGRAM + 8) << 16);
    p.headerLength(28);
    for (int i = 0; i < slices; i++) {
      p.addSlice(block, 0, DATAGRAM / slices);
    }
  }

  private static void turnAround(NetworkNamespace ns, TunLink link, double seconds)
      throws Exception {
    try (EchoResponder echo = new EchoResponder(link)) {
      Process ping =
          ns.start(
              new ProcessBuilder(
                      "ping",
                      "-q",
                      "-f",
                      "-w",
                      Integer.toString((int) Math.ceil(seconds)),
                      Lab.STACK_V4)
                  .redirectErrorStream(true));
      String out =
          new String(
              ping.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
      System.out.println(
          "ping -f: "
              + out.lines().filter(l -> l.contains("received") || l.contains("rtt")).toList());
    }
    link.receive((m, at, length, flags) -> {}, 64);
  }

  /** On a machine with other work, the processor's time says more than the rate. */
  private static long cpuNanos() {
    return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void print(
      String what, long packets, long bytes, double seconds, long cpuNanos, String more) {
    System.out.printf(
        Locale.ROOT,
        "%-20s %7.0f packets/s  %5.2f Gbit/s  CPU %4.0f %%, %5.2f us a packet  %s%n",
        what,
        packets / seconds,
        bytes * 8e-9 / seconds,
        cpuNanos / seconds / 1e7,
        cpuNanos / 1e3 / packets,
        more);
  }
}
