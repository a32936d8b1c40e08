package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.link.Link;
import dev.sinew.link.ReceiveQueue;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A TUN device with several queues, against the kernel, in a namespace of its own. */
@Timeout(60)
class TunQueuesTest {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int SERVICE = 9;

  /** As Linux gives them to connect: even, and close to each other. */
  private static final List<Integer> PORTS =
      IntStream.range(0, 16).mapToObj(i -> 40_000 + 2 * i).toList();

  private static NetworkNamespace ns;

  @BeforeAll
  static void makeNamespace() {
    ns = Lab.namespaceOrSkip("tun-queues");
  }

  @AfterAll
  static void dropNamespace() {
    if (ns != null) {
      ns.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"1,false", "2,false", "2,true", "3,true", "8,true"})
  void notSpreadEverythingArrivesInTheFirstQueue(int count, boolean offload) throws Exception {
    try (TunLink link = open("q0", count, offload)) {
      assertThat(link.sideQueues()).hasSize(count - 1);
      assertThat(link.properties().segmentationOffload()).isEqualTo(offload);
      sendFromKernel(Lab.STACK_V4);
      sendFromKernel(Lab.STACK_V6);
      List<List<Integer>> arrived = takeAll(link);
      assertThat(arrived.getFirst()).hasSize(32).containsAll(PORTS);
      assertThat(arrived.subList(1, count)).allMatch(List::isEmpty);
    }
  }

  @ParameterizedTest
  @CsvSource({"2,false", "2,true", "3,true", "8,true"})
  void aFlowArrivesInTheQueueItWasSentThrough(int count, boolean offload) throws Exception {
    try (TunLink link = open("q0", count, offload)) {
      assertThat(link.spread(true)).isTrue();
      for (String stack : List.of(Lab.STACK_V4, Lab.STACK_V6)) {
        for (int port : PORTS) {
          assertThat(transmitDatagram(link, stack, port)).isEqualTo(Link.SENT);
        }
        sendFromKernel(stack);
        sendFromKernel(stack);
        List<List<Integer>> arrived = takeAll(link);
        for (int i = 0; i < count; i++) {
          List<Integer> twice = new ArrayList<>();
          for (int k = i; k < PORTS.size(); k += count) {
            twice.add(PORTS.get(k));
            twice.add(PORTS.get(k));
          }
          assertThat(arrived.get(i))
              .as("queue %d of %s", i, stack)
              .containsExactlyInAnyOrderElementsOf(twice);
        }
      }
      assertThat(link.receiveErrorCount()).isZero();
    }
  }

  @Test
  void spreadIsTakenBackAndComesAgain() throws Exception {
    try (TunLink link = open("q0", 2, true)) {
      assertThat(link.spread(false)).as("as it was").isTrue();
      for (int round = 0; round < 3; round++) {
        assertThat(link.spread(true)).isTrue();
        assertThat(link.spread(true)).as("again").isTrue();
        for (int port : PORTS) {
          transmitDatagram(link, Lab.STACK_V4, port);
        }
        sendFromKernel(Lab.STACK_V4);
        assertThat(takeAll(link).get(1)).hasSize(8);
        assertThat(link.spread(false)).isTrue();
        assertThat(link.spread(false)).as("again").isTrue();
        sendFromKernel(Lab.STACK_V4);
        List<List<Integer>> arrived = takeAll(link);
        assertThat(arrived.getFirst()).containsExactlyElementsOf(PORTS);
        assertThat(arrived.getLast()).isEmpty();
      }
    }
  }

  @Test
  void withOneQueueNothingCanBeSpread() throws Exception {
    try (TunLink link = open("q0", 1, true)) {
      assertThat(link.spread(true)).isFalse();
      assertThat(link.spread(false)).isTrue();
      assertThat(Lab.run(ns, "ip", "-d", "link", "show", "q0")).doesNotContain("multi_queue");
    }
  }

  @Test
  void aSideQueueIsWaitedForWhetherItTakesPartOrNot() throws Exception {
    try (TunLink link = open("q0", 2, true)) {
      ReceiveQueue side = link.sideQueues().getFirst();
      long t = System.nanoTime();
      side.await(20_000_000);
      assertThat(System.nanoTime() - t).as("shut").isGreaterThanOrEqualTo(20_000_000);
      assertThat(side.receive((m, at, length, flags) -> {}, 64)).isZero();
      side.wakeup();
      side.await(-1);
      Thread waiter = Thread.ofPlatform().start(() -> side.await(-1));
      awaitInside(link, 1);
      // The one that waits already learns of packets that come from now on.
      assertThat(link.spread(true)).isTrue();
      for (int port : PORTS) {
        transmitDatagram(link, Lab.STACK_V4, port);
      }
      assertThat(waiter.isAlive()).isTrue();
      sendFromKernel(Lab.STACK_V4);
      waiter.join();
      assertThat(takeAll(link).get(1)).isNotEmpty();
      assertThat(link.spread(false)).isTrue();
      t = System.nanoTime();
      side.await(20_000_000);
      assertThat(System.nanoTime() - t).as("shut again").isGreaterThanOrEqualTo(20_000_000);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void closeEndsTheWaitInEveryQueueAndGivesTheDeviceBack(boolean spread) throws Exception {
    for (int round = 0; round < 5; round++) {
      TunLink link = open("q0", 3, true);
      assertThat(link.spread(spread)).isTrue();
      List<Thread> waiters = startWaiters(link);
      link.close();
      for (Thread t : waiters) {
        t.join();
      }
      for (ReceiveQueue q : link.sideQueues()) {
        assertThat(q.receive((m, at, length, flags) -> {}, 64)).isZero();
        q.wakeup();
        q.await(-1); // does not wait
      }
      assertThat(link.spread(!spread)).isFalse();
      assertThat(transmitDatagram(link, Lab.STACK_V4, 40_000)).isEqualTo(Link.FAILED);
      assertThat(Lab.run(ns, "ip", "link", "show", "q0")).endsWith("exit 1");
    }
  }

  @Test
  void closeFromWithinASideQueuesSinkDoesNotWaitForItself() throws Exception {
    TunLink link = open("q0", 2, true);
    assertThat(link.spread(true)).isTrue();
    for (int port : PORTS) {
      transmitDatagram(link, Lab.STACK_V4, port);
    }
    sendFromKernel(Lab.STACK_V4);
    int[] seen = new int[1];
    link.sideQueues()
        .getFirst()
        .receive(
            (m, at, length, flags) -> {
              seen[0]++;
              link.close();
            },
            64);
    assertThat(seen[0]).as("packets after the close").isEqualTo(1);
    assertThat(Lab.run(ns, "ip", "link", "show", "q0")).endsWith("exit 1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDeletedDeviceEndsTheWaitInEveryQueueAndNoneSpins(boolean spread) throws Exception {
    try (TunLink link = open("q0", 3, true)) {
      assertThat(link.spread(spread)).isTrue();
      List<Thread> waiters = startWaiters(link);
      assertThat(Lab.run(ns, "ip", "link", "del", "q0")).endsWith("exit 0");
      for (Thread t : waiters) {
        t.join();
      }
      assertThat(link.failure()).contains("q0").contains("deleted");
      assertThat(link.spread(!spread)).isFalse();
      for (ReceiveQueue q : link.sideQueues()) {
        assertThat(q.receive((m, at, length, flags) -> {}, 64)).isZero();
        long t = System.nanoTime();
        q.await(20_000_000);
        assertThat(System.nanoTime() - t).isGreaterThanOrEqualTo(20_000_000);
      }
    }
  }

  /** The kernel lets any program that may open the device have a queue of it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aDeviceThatAnotherProgramHasIsRefusedAndNotDisturbed(int count) throws Exception {
    try (TunLink link = open("q0", 2, true)) {
      assertThatThrownBy(() -> open("q0", count, false))
          .isInstanceOfSatisfying(
              LinkException.class,
              e -> assertThat(e.reason()).isEqualTo(LinkException.Reason.IN_USE))
          .hasMessageContaining("q0")
          .hasMessageContaining("another program");
      sendFromKernel(Lab.STACK_V4);
      assertThat(takeAll(link).getFirst()).containsExactlyElementsOf(PORTS);
      assertThat(Lab.run(ns, "ip", "-d", "link", "show", "q0"))
          .contains("numqueues 1 numdisabled 1");
    }
  }

  @Test
  void aPersistentDeviceOfOneQueueIsUsedWithOne() throws Exception {
    assertThat(Lab.run(ns, "ip", "tuntap", "add", "dev", "one0", "mode", "tun")).endsWith("exit 0");
    try (TunLink link = open("one0", 2, true)) {
      assertThat(link.sideQueues()).isEmpty();
      sendFromKernel(Lab.STACK_V4);
      assertThat(takeAll(link).getFirst()).containsExactlyElementsOf(PORTS);
    } finally {
      assertThat(Lab.run(ns, "ip", "link", "del", "one0")).endsWith("exit 0");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPersistentDeviceOfManyQueuesIsUsedWithAsManyAsAskedFor(int count) throws Exception {
    String[] add = {"ip", "tuntap", "add", "dev", "many0", "mode", "tun", "multi_queue"};
    assertThat(Lab.run(ns, add)).endsWith("exit 0");
    try {
      for (int i = 0; i < 2; i++) {
        try (TunLink link = open("many0", count, true)) {
          assertThat(link.sideQueues()).hasSize(count - 1);
          assertThat(link.spread(true)).isEqualTo(count > 1);
          sendFromKernel(Lab.STACK_V4);
          assertThat(takeAll(link).stream().mapToInt(List::size).sum()).isEqualTo(PORTS.size());
        }
      }
    } finally {
      assertThat(Lab.run(ns, "ip", "link", "del", "many0")).endsWith("exit 0");
    }
  }

  /**
   * Two threads read, the third sends and spreads; nothing is lost but what lay in a shut queue.
   */
  @Test
  void threadsOfTheirOwnReadWhileAnotherSends() throws Exception {
    try (TunLink link = open("q0", 2, true)) {
      assertThat(link.spread(true)).isTrue();
      int[] received = new int[2];
      CountDownLatch done = new CountDownLatch(1);
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        int index = i;
        ReceiveQueue q = queue(link, i);
        readers.add(
            Thread.ofPlatform()
                .start(() -> {
                  while (done.getCount() > 0) {
                    q.await(-1);
                    int n;
                    do {
                      n = q.receive((m, at, length, flags) -> {}, 64);
                      received[index] += n;
                    } while (n > 0);
                  }
                }));
      }
      for (int round = 0; round < 50; round++) {
        for (int port : PORTS) {
          assertThat(transmitDatagram(link, Lab.STACK_V4, port)).isEqualTo(Link.SENT);
        }
        sendFromKernel(Lab.STACK_V4);
      }
      done.countDown();
      link.wakeup();
      link.sideQueues().getFirst().wakeup();
      for (Thread t : readers) {
        t.join();
      }
      assertThat(received[0] + received[1]).isEqualTo(50 * PORTS.size());
      assertThat(received[0]).isPositive();
      assertThat(received[1]).isPositive();
    }
  }

  private static TunLink open(String name, int queues, boolean offload) throws Exception {
    TunOptions options = TunOptions.of(name, Lab.HOST).withOffload(offload).withQueues(queues);
    return ns.call(() -> TunLink.open(options));
  }

  private static ReceiveQueue queue(TunLink link, int i) {
    return i == 0 ? link : link.sideQueues().get(i - 1);
  }

  /** One that waits without end in each queue, all of them inside. */
  private static List<Thread> startWaiters(TunLink link) {
    List<Thread> waiters = new ArrayList<>();
    for (int i = 0; i <= link.sideQueues().size(); i++) {
      ReceiveQueue q = queue(link, i);
      waiters.add(Thread.ofPlatform().start(() -> q.await(-1)));
      awaitInside(link, i);
    }
    return waiters;
  }

  private static void awaitInside(TunLink link, int i) {
    DeviceQueue q = i == 0 ? link.first : (DeviceQueue) link.sideQueues().get(i - 1);
    while (!q.waiting) {
      Thread.onSpinWait();
    }
  }

  /** A datagram from each port to the stack. */
  private static void sendFromKernel(String stack) throws Exception {
    ns.call(() -> {
      var to = new InetSocketAddress(InetAddress.ofLiteral(stack), SERVICE);
      for (int port : PORTS) {
        try (DatagramSocket s = new DatagramSocket(port)) {
          s.send(new DatagramPacket(new byte[100], 100, to));
        }
      }
      return 0;
    });
  }

  /** The kernel's ports of the datagrams that each queue holds. */
  private static List<List<Integer>> takeAll(TunLink link) {
    List<List<Integer>> result = new ArrayList<>();
    for (int i = 0; i <= link.sideQueues().size(); i++) {
      List<Integer> ports = new ArrayList<>();
      while (queue(link, i).receive((m, at, length, flags) -> record(ports, m, at), 64) > 0) {}
      result.add(ports);
    }
    return result;
  }

  private static void record(List<Integer> ports, MemorySegment m, long at) {
    boolean v4 = m.get(ValueLayout.JAVA_BYTE, at) == 0x45;
    if (m.get(ValueLayout.JAVA_BYTE, at + (v4 ? 9 : 6)) == 17) {
      ports.add(m.get(U16, at + (v4 ? 20 : 40)) & 0xffff);
    }
  }

  /** From the stack's address to a port of the kernel. */
  private static int transmitDatagram(TunLink link, String stack, int port) throws Exception {
    byte[] from = InetAddress.ofLiteral(stack).getAddress();
    boolean v4 = from.length == 4;
    byte[] to = Lab.HOST.get(v4 ? 0 : 1).address().bytes();
    TxQueue queue = new TxQueue(1);
    TxPacket p = queue.reserve();
    if (p == null) {
      throw new AssertionError("full");
    }
    MemorySegment m = p.header();
    long ip = p.headerOffset();
    int header = v4 ? 20 : 40;
    m.asSlice(ip, header + 8).fill((byte) 0);
    m.set(ValueLayout.JAVA_BYTE, ip, (byte) (v4 ? 0x45 : 0x60));
    m.set(U16, ip + (v4 ? 2 : 4), (short) (v4 ? 28 : 8));
    m.set(ValueLayout.JAVA_BYTE, ip + (v4 ? 9 : 6), (byte) 17);
    m.set(ValueLayout.JAVA_BYTE, ip + (v4 ? 8 : 7), (byte) 64);
    MemorySegment.copy(from, 0, m, ValueLayout.JAVA_BYTE, ip + (v4 ? 12 : 8), from.length);
    MemorySegment.copy(to, 0, m, ValueLayout.JAVA_BYTE, ip + (v4 ? 16 : 24), to.length);
    m.set(U16, ip + header, (short) SERVICE);
    m.set(U16, ip + header + 2, (short) port);
    m.set(U16, ip + header + 4, (short) 8);
    p.headerLength(header + 8);
    queue.commit();
    try {
      return link.transmit(p);
    } finally {
      queue.clear();
    }
  }
}
