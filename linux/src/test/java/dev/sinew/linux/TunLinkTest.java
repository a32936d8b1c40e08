package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.ip.Prefix;
import dev.sinew.link.Link;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against the kernel, in a namespace of its own. */
@Timeout(60)
class TunLinkTest {
  private static NetworkNamespace ns;

  @BeforeAll
  static void makeNamespace() {
    ns = Lab.namespaceOrSkip("tun-link");
  }

  @AfterAll
  static void dropNamespace() {
    if (ns != null) {
      ns.close();
    }
  }

  @Test
  void theKernelsPingIsAnsweredOnIpv4() throws Exception {
    try (TunLink link = Lab.open(ns, "t0");
        EchoResponder echo = new EchoResponder(link)) {
      String out = Lab.run(ns, "ping", "-n", "-c", "3", "-i", "0.05", "-w", "20", Lab.STACK_V4);
      assertThat(out).contains("3 received").endsWith("exit 0");
      assertThat(echo.echoes()).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void theKernelsPingIsAnsweredOnIpv6() throws Exception {
    try (TunLink link = Lab.open(ns, "t0");
        EchoResponder echo = new EchoResponder(link)) {
      String out =
          Lab.run(ns, "ping", "-6", "-n", "-c", "3", "-i", "0.05", "-w", "20", Lab.STACK_V6);
      assertThat(out).contains("3 received").endsWith("exit 0");
      assertThat(echo.echoes()).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void aPacketOf65535BytesTravelsBothWaysInManySlices() throws Exception {
    try (TunLink link = ns.call(() -> TunLink.open(TunOptions.of("t0", Lab.HOST).withMtu(65535)));
        EchoResponder echo = new EchoResponder(link)) {
      assertThat(link.properties().mtu()).isEqualTo(65535);
      String out =
          Lab.run(
              ns, "ping", "-n", "-c", "2", "-i", "0.05", "-s", "65507", "-w", "20", Lab.STACK_V4);
      assertThat(out).contains("2 received").endsWith("exit 0");
      echo.close();
      assertThat(echo.usedBytes()).as("blocks that a sent packet still holds").isZero();
    }
  }

  @Test
  void theDeviceHasWhatTheOptionsSay() throws Exception {
    TunOptions options =
        new TunOptions(
            "t%d",
            1400,
            1234,
            Lab.HOST,
            List.of(Lab.prefix("192.0.2.77", 24), Lab.prefix("2001:db8::77", 32)),
            false,
            TunOptions.DEFAULT_QUEUES);
    try (TunLink link = ns.call(() -> TunLink.open(options))) {
      String name = link.properties().name();
      assertThat(name).matches("t\\d+");
      assertThat(link.properties().mtu()).isEqualTo(1400);
      assertThat(link.properties().ackPerBatch()).isTrue();
      assertThat(Lab.run(ns, "ip", "-o", "link", "show", name))
          .contains("mtu 1400", "qlen 1234", ",UP");
      assertThat(Lab.run(ns, "ip", "-o", "addr", "show", name))
          .contains("10.77.0.1/24", "fd77::1/64")
          .doesNotContain("tentative", "fe80");
      assertThat(Lab.run(ns, "ip", "-4", "route")).contains("192.0.2.0/24 dev " + name);
      assertThat(Lab.run(ns, "ip", "-6", "route")).contains("2001:db8::/32 dev " + name);
    }
  }

  /** The kernel installs the route to its own IPv6 address from a work queue. */
  @Test
  void theKernelTakesPacketsAsSoonAsTheDeviceIsOpen() throws Exception {
    for (int i = 0; i < 10; i++) {
      ns.call(() -> {
        try (TunLink link = TunLink.open(TunOptions.of("t0", Lab.HOST));
            Netlink netlink = new Netlink()) {
          for (Prefix p : Lab.HOST) {
            assertThat(netlink.isLocal(p.address())).as("%s", p).isTrue();
          }
          assertThat(netlink.isLocal(Lab.prefix("fd77::99", 128).address())).isFalse();
          assertThat(netlink.isLocal(Lab.prefix("2001:db8::99", 128).address())).isFalse();
          assertThat(link.failure()).isNull();
        }
        return null;
      });
    }
  }

  @Test
  void aFreshDeviceIsSilentUntilSomebodyUsesIt() throws Exception {
    try (TunLink link = Lab.open(ns, "t0")) {
      link.await(300_000_000);
      assertThat(link.receive((m, at, length, flags) -> {}, 64)).isZero();
    }
  }

  @Test
  void closingRemovesTheDeviceBeforeItReturns() throws Exception {
    for (int i = 0; i < 3; i++) {
      TunLink link = Lab.open(ns, "t0");
      link.close();
      link.close();
      assertThat(Lab.run(ns, "ip", "link", "show", "t0")).endsWith("exit 1");
    }
  }

  @Test
  void aDeviceInUseIsRefusedByName() throws Exception {
    try (TunLink link = Lab.open(ns, "t0")) {
      assertThatThrownBy(() -> Lab.open(ns, "t0"))
          .isInstanceOfSatisfying(
              LinkException.class,
              e -> assertThat(e.reason()).isEqualTo(LinkException.Reason.IN_USE))
          .hasMessageContaining("t0")
          .hasMessageContaining("EBUSY")
          .hasMessageContaining("another program");
      assertThat(link.failure()).isNull();
    }
  }

  @Test
  void aDeviceThatIsNoTunIsRefused() {
    assertThatThrownBy(() -> Lab.open(ns, "lo"))
        .isInstanceOfSatisfying(
            LinkException.class,
            e -> assertThat(e.reason()).isEqualTo(LinkException.Reason.BAD_OPTION))
        .hasMessageContaining("no TUN device");
  }

  @Test
  void aPersistentDeviceIsUsedAsItIsAndStays() throws Exception {
    assertThat(Lab.run(ns, "ip", "tuntap", "add", "dev", "keep0", "mode", "tun"))
        .endsWith("exit 0");
    assertThat(Lab.run(ns, "ip", "addr", "add", "10.77.0.1/24", "dev", "keep0")).endsWith("exit 0");
    for (int i = 0; i < 2; i++) {
      try (TunLink link = Lab.open(ns, "keep0");
          EchoResponder echo = new EchoResponder(link)) {
        assertThat(Lab.run(ns, "ping", "-n", "-c", "1", "-w", "20", Lab.STACK_V4))
            .contains("1 received");
      }
    }
    assertThat(Lab.run(ns, "ip", "tuntap", "del", "dev", "keep0", "mode", "tun"))
        .endsWith("exit 0");
  }

  @Test
  void ipv6SwitchedOffIsNamedAsTheReason() throws Exception {
    try (NetworkNamespace off = Lab.namespaceOrSkip("no-ipv6")) {
      off.call(() -> {
        java.nio.file.Files.writeString(
            java.nio.file.Path.of("/proc/sys/net/ipv6/conf/default/disable_ipv6"), "1");
        return 0;
      });
      assertThatThrownBy(() -> Lab.open(off, "t0"))
          .isInstanceOfSatisfying(
              LinkException.class,
              e -> assertThat(e.reason()).isEqualTo(LinkException.Reason.UNAVAILABLE))
          .hasMessageContaining("cannot give t0 the address fd77::1/64")
          .hasMessageContaining("disable_ipv6");
      assertThat(Lab.run(off, "ip", "link", "show", "t0"))
          .as("a device left behind")
          .endsWith("exit 1");
    }
  }

  @Test
  void aDeletedDeviceSaysSoAndDoesNotSpin() throws Exception {
    try (TunLink link = Lab.open(ns, "t0")) {
      assertThat(Lab.run(ns, "ip", "link", "del", "t0")).endsWith("exit 0");
      link.await(-1);
      assertThat(link.failure()).contains("t0").contains("deleted");
      assertThat(link.receive((m, at, length, flags) -> {}, 64)).isZero();
      assertThat(transmit(link, 0x45, 20)).isEqualTo(Link.FAILED);
      long before = System.nanoTime();
      link.await(20_000_000);
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(20_000_000);
    }
  }

  @Test
  void aPacketThatIsNoIpIsRefusedAndTheNextOnePasses() throws Exception {
    try (TunLink link = Lab.open(ns, "t0")) {
      assertThat(transmit(link, 0x45, 20)).isEqualTo(Link.SENT);
      assertThat(transmit(link, 0x75, 20)).isEqualTo(Link.FAILED);
      assertThat(transmit(link, 0x45, 20)).isEqualTo(Link.SENT);
      assertThat(link.failure()).isNull();
    }
  }

  @Test
  void aDeviceSetDownRefusesPacketsUntilItIsUpAgain() throws Exception {
    try (TunLink link = Lab.open(ns, "t0")) {
      Lab.run(ns, "ip", "link", "set", "t0", "down");
      assertThat(transmit(link, 0x45, 20)).isEqualTo(Link.FAILED);
      Lab.run(ns, "ip", "link", "set", "t0", "up");
      assertThat(transmit(link, 0x45, 20)).isEqualTo(Link.SENT);
    }
  }

  @Test
  void receiveHandsOverNoMoreThanMax() throws Exception {
    try (TunLink link = Lab.open(ns, "t0")) {
      sendDatagrams(10, 100);
      List<Integer> lengths = new ArrayList<>();
      assertThat(link.receive((m, at, length, flags) -> record(lengths, m, at, length), 3))
          .isEqualTo(3);
      int n;
      while ((n = link.receive((m, at, length, flags) -> record(lengths, m, at, length), 3)) > 0) {
        assertThat(n).isLessThanOrEqualTo(3);
      }
      assertThat(lengths).hasSize(10).containsOnly(128);
    }
  }

  private static void record(List<Integer> lengths, MemorySegment m, long at, int length) {
    boolean udp4 =
        m.get(ValueLayout.JAVA_BYTE, at) == 0x45 && m.get(ValueLayout.JAVA_BYTE, at + 9) == 17;
    if (udp4) {
      lengths.add(length);
    }
  }

  @Test
  void awaitEndsWithAPacketAWakeUpOrTheTime() throws Exception {
    try (TunLink link = Lab.open(ns, "t0")) {
      while (link.receive((m, at, length, flags) -> {}, 64) > 0) {}
      long t = System.nanoTime();
      link.await(0);
      link.wakeup();
      link.wakeup();
      link.await(-1); // the wake-up that came before
      sendDatagrams(1, 10);
      link.await(-1);
      List<Integer> lengths = new ArrayList<>();
      link.receive((m, at, length, flags) -> record(lengths, m, at, length), 64);
      assertThat(lengths).hasSize(1);
      Thread waker = Thread.ofPlatform().start(() -> link.wakeup());
      link.await(-1);
      waker.join();
      assertThat(System.nanoTime() - t).isLessThan(30_000_000_000L);
    }
  }

  @Test
  void closeWakesTheWaitingThreadAndDisarmsEveryMethod() throws Exception {
    TunLink link = Lab.open(ns, "t0");
    CountDownLatch inside = new CountDownLatch(1);
    Thread waiter =
        Thread.ofPlatform()
            .start(() -> {
              inside.countDown();
              while (link.properties() != null && !Thread.currentThread().isInterrupted()) {
                long t = System.nanoTime();
                link.await(5_000_000_000L);
                if (System.nanoTime() - t < 1_000_000_000L
                    && link.receive((m, at, length, flags) -> {}, 64) == 0) {
                  return;
                }
              }
            });
    inside.await();
    link.close();
    assertThat(waiter.join(java.time.Duration.ofSeconds(4))).isTrue();
    assertThat(link.receive((m, at, length, flags) -> {}, 64)).isZero();
    assertThat(transmit(link, 0x45, 20)).isEqualTo(Link.FAILED);
    link.wakeup();
    link.await(-1); // does not wait
    link.close();
  }

  @Test
  void closeFromWithinTheSinkDoesNotWaitForItself() throws Exception {
    TunLink link = Lab.open(ns, "t0");
    sendDatagrams(3, 10);
    int[] seen = new int[1];
    link.await(1_000_000_000);
    link.receive(
        (m, at, length, flags) -> {
          seen[0]++;
          link.close();
        },
        64);
    assertThat(seen[0]).as("packets after the close").isEqualTo(1);
    assertThat(Lab.run(ns, "ip", "link", "show", "t0")).endsWith("exit 1");
  }

  @Test
  void closingWhileManyThreadsUseTheLinkReachesNoForeignDescriptor() throws Exception {
    for (int round = 0; round < 20; round++) {
      TunLink link = Lab.open(ns, "t0");
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int k = 0; k < 200; k++) {
                    link.wakeup();
                  }
                }));
      }
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int k = 0; k < 100; k++) {
                  link.await(1_000_000);
                }
              }));
      link.receive((m, at, length, flags) -> {}, 64);
      link.close();
      // Takes the numbers that were just given back: a late call would be seen as a broken device.
      TunLink next = Lab.open(ns, "t0");
      for (Thread t : threads) {
        t.join();
      }
      assertThat(next.failure()).isNull();
      next.await(0);
      next.close();
    }
  }

  @Test
  void thePacketPathAllocatesNothing() throws Exception {
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    try (TunLink link = Lab.open(ns, "t0")) {
      TxQueue queue = new TxQueue(8);
      long[] bytes = new long[1];
      dev.sinew.link.PacketSink sink = (m, at, length, flags) -> bytes[0] += length;
      long id = Thread.currentThread().threadId();
      long allocated = Long.MAX_VALUE;
      // Until the optimising compiler has seen it, a downcall costs 40 bytes.
      for (int round = 0; round < 400 && allocated > 500; round++) {
        sendDatagrams(500, 1000);
        long before = threads.getThreadAllocatedBytes(id);
        int received = 0;
        int n;
        while ((n = link.receive(sink, 64)) > 0) {
          received += n;
        }
        for (int i = 0; i < 500; i++) {
          fill(queue, 0x45, 20);
          queue.drainTo(link);
        }
        link.wakeup();
        link.await(0);
        allocated = Math.min(allocated, threads.getThreadAllocatedBytes(id) - before);
        assertThat(received).isGreaterThanOrEqualTo(500);
      }
      assertThat(allocated).as("bytes for 500 packets in and 500 out").isLessThan(500);
    }
  }

  /** From the kernel's socket to the stack's address. */
  private static void sendDatagrams(int count, int size) throws Exception {
    ns.call(() -> {
      try (java.net.DatagramSocket s = new java.net.DatagramSocket()) {
        var to = new java.net.InetSocketAddress(java.net.InetAddress.ofLiteral(Lab.STACK_V4), 9);
        for (int i = 0; i < count; i++) {
          s.send(new java.net.DatagramPacket(new byte[size], size, to));
        }
      }
      return 0;
    });
  }

  private static int transmit(Link link, int firstByte, int length) {
    TxQueue queue = new TxQueue(8);
    TxPacket p = fill(queue, firstByte, length);
    try {
      return link.transmit(p);
    } finally {
      queue.clear();
    }
  }

  /** A header to nowhere, which the kernel takes and drops. */
  private static TxPacket fill(TxQueue queue, int firstByte, int length) {
    TxPacket p = queue.reserve();
    if (p == null) {
      throw new AssertionError("full");
    }
    p.header().set(ValueLayout.JAVA_BYTE, p.headerOffset(), (byte) firstByte);
    p.headerLength(length);
    queue.commit();
    return p;
  }
}
