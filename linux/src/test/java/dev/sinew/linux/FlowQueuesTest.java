package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowQueuesTest {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int TCP = 6;
  private static final int UDP = 17;

  private static final int PORT = 9;
  private static final int PEER = 40_000;

  private final TxPacket packet = reserve();

  private static TxPacket reserve() {
    TxPacket p = new TxQueue(1).reserve();
    if (p == null) {
      throw new AssertionError("full");
    }
    p.header().fill((byte) 0);
    return p;
  }

  /** Consecutive connections' ports differ by 2 as a rule, and by 1 or more with other systems. */
  @ParameterizedTest
  @CsvSource({"1,2", "2,1", "2,2", "2,4", "3,1", "3,2", "3,16", "4,1", "4,2", "8,2", "8,4"})
  void consecutiveFlowsTakeTurnsAndStayWhereTheyAre(int queues, int step) {
    v4(0x45, TCP);
    for (int start = 32_768; start < 60_000; start += 997) {
      FlowQueues flows = new FlowQueues(queues);
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 64; i++) {
          ports(20, PORT, start + i * step);
          assertThat(flows.queue(packet))
              .as("flow %d from %d by %d", i, start, step)
              .isEqualTo(i % queues);
        }
      }
    }
  }

  @Test
  void everyPairOfPortsHasAQueueAndBothDirectionsHaveTheSame() {
    v4(0x45, UDP);
    FlowQueues flows = new FlowQueues(8);
    int[] count = new int[8];
    for (int port = 0; port <= 0xffff; port += 3) {
      for (int other : new int[] {0, 1, 80, 0x7fff, 0x8000, 0xffff}) {
        ports(20, port, other);
        int queue = flows.queue(packet);
        assertThat(queue).isBetween(0, 7);
        ports(20, other, port);
        assertThat(flows.queue(packet)).isEqualTo(queue);
        count[queue]++;
      }
    }
    for (int n : count) {
      assertThat(n).as("of %d packets", 6 * 21_846).isBetween(16_000, 17_000);
    }
  }

  @Test
  void afterClearTheTurnsBeginAnew() {
    v4(0x45, TCP);
    FlowQueues flows = new FlowQueues(2);
    ports(20, PORT, 1);
    assertThat(flows.queue(packet)).isZero();
    ports(20, PORT, 3);
    assertThat(flows.queue(packet)).isEqualTo(1);
    flows.clear();
    assertThat(flows.queue(packet)).isZero();
    ports(20, PORT, 1);
    assertThat(flows.queue(packet)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"6,1", "17,1", "1,0", "132,0", "50,0"})
  void portsOfTcpAndUdpAreBehindAHeaderOfVersionFour(int protocol, int queue) {
    v4(0x45, protocol);
    assertThat(queueAfterTheFirstFlow()).isEqualTo(queue);
  }

  @ParameterizedTest
  @CsvSource({"6,1", "17,1", "58,0", "0,0", "44,0", "132,0"})
  void portsOfTcpAndUdpAreBehindAHeaderOfVersionSix(int protocol, int queue) {
    v6(protocol);
    assertThat(queueAfterTheFirstFlow()).isEqualTo(queue);
    // Traffic class and flow label change nothing.
    packet.header().set(ValueLayout.JAVA_BYTE, packet.headerOffset(), (byte) 0x6f);
    assertThat(queueAfterTheFirstFlow()).isEqualTo(queue);
  }

  @Test
  void aPacketWithOptionsOrOfAnotherVersionTakesTheFirstQueue() {
    v4(0x46, TCP);
    assertThat(queueAfterTheFirstFlow()).isZero();
    v4(0x55, TCP);
    assertThat(queueAfterTheFirstFlow()).isZero();
  }

  /** Only the first fragment has ports, and the kernel looks at none in it either. */
  @Test
  void fragmentsTakeTheFirstQueueAndDontFragmentIsNone() {
    v4(0x45, UDP);
    long fragment = packet.headerOffset() + 6;
    packet.header().set(U16, fragment, (short) 0x4000);
    assertThat(queueAfterTheFirstFlow()).isEqualTo(1);
    packet.header().set(U16, fragment, (short) 0x2000);
    assertThat(queueAfterTheFirstFlow()).isZero();
    packet.header().set(U16, fragment, (short) 0x0001);
    assertThat(queueAfterTheFirstFlow()).isZero();
  }

  /** What a forwarded packet has behind its IP header lies elsewhere; here are old bytes. */
  @Test
  void portsThatAreNotAmongTheHeadersAreNotRead() {
    v4(0x45, TCP);
    packet.headerLength(24);
    assertThat(queueAfterTheFirstFlow()).isEqualTo(1);
    packet.headerLength(23);
    assertThat(queueAfterTheFirstFlow()).isZero();
    v6(TCP);
    packet.headerLength(44);
    assertThat(queueAfterTheFirstFlow()).isEqualTo(1);
    packet.headerLength(43);
    assertThat(queueAfterTheFirstFlow()).isZero();
  }

  /** 1 for a packet whose ports are seen, and 0 for every other. */
  private int queueAfterTheFirstFlow() {
    FlowQueues flows = new FlowQueues(2);
    FlowQueuesTest before = new FlowQueuesTest();
    before.v4(0x45, TCP);
    before.ports(20, 1, 1);
    assertThat(flows.queue(before.packet)).isZero();
    return flows.queue(packet);
  }

  private void v4(int firstByte, int protocol) {
    MemorySegment m = packet.header();
    long ip = packet.headerOffset();
    m.set(ValueLayout.JAVA_BYTE, ip, (byte) firstByte);
    m.set(ValueLayout.JAVA_BYTE, ip + 9, (byte) protocol);
    ports(20, PORT, PEER);
  }

  private void v6(int protocol) {
    MemorySegment m = packet.header();
    long ip = packet.headerOffset();
    m.set(ValueLayout.JAVA_BYTE, ip, (byte) 0x60);
    m.set(ValueLayout.JAVA_BYTE, ip + 6, (byte) protocol);
    ports(40, PORT, PEER);
  }

  private void ports(int at, int from, int to) {
    long transport = packet.headerOffset() + at;
    packet.header().set(U16, transport, (short) from);
    packet.header().set(U16, transport + 2, (short) to);
    packet.headerLength(at + 20);
  }
}
