package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sinew.link.PacketSink;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.PacketLink;
import dev.sinew.linux.PacketOptions;
import dev.sinew.wire.Bytes;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The memory that a packet socket shares with the kernel, looked into by hand. */
@ExtendWith(KernelCases.class)
class PacketRingTest {
  private static final int PORT = 4000;

  /** More than any ring has frames. */
  private static final int MANY = 8_000;

  private NetworkNamespace peer;
  private NetworkNamespace ours;
  private PacketLink link;

  @BeforeEach
  void open() throws Exception {
    peer = Lab.namespace("peer");
    ours = Lab.namespace("ours");
    EthernetLab.cable(peer, ours);
    for (Version v : Version.values()) {
      Program.must(
          peer,
          "ip",
          "neigh",
          "add",
          EthernetLab.ourAddress(v),
          "lladdr",
          EthernetLab.OUR_MAC,
          "dev",
          EthernetLab.DEVICE);
    }
    link =
        ours.call(
            () -> PacketLink.open(PacketOptions.of(EthernetLab.DEVICE, EthernetLab.addresses())));
  }

  @AfterEach
  void close() throws Exception {
    link.close();
    ours.close();
    peer.close();
  }

  /** Datagrams with their number in them. */
  private void send(Version v, int first, int count, int length) throws Exception {
    try (DatagramSocket s = peer.call(() -> new DatagramSocket())) {
      byte[] data = new byte[length];
      for (int i = first; i < first + count; i++) {
        data[0] = (byte) (i >> 8);
        data[1] = (byte) i;
        s.send(new DatagramPacket(data, length, EthernetLab.stack(v, PORT)));
      }
    }
  }

  /** The numbers of the datagrams that have arrived; the kernel has more to say than these. */
  private List<Integer> receive(Version v) {
    List<Integer> numbers = new ArrayList<>();
    int header = v.isV4() ? 20 : 40;
    while (link.receive(
            (m, at, length, flags) -> {
              boolean udp = Bytes.u8(m, at + (v.isV4() ? 9 : 6)) == 17;
              if (length > header + 9 && udp && Bytes.u16(m, at + header + 2) == PORT) {
                numbers.add(Bytes.u16(m, at + header + 8));
              }
            },
            7)
        > 0) {}
    return numbers;
  }

  @ParameterizedTest
  @EnumSource
  void frames_come_once_and_in_order_round_after_round(Version v) throws Exception {
    int all = 0;
    for (int round = 0; round < 15; round++) {
      send(v, all, 1_000, 2 + round * 100);
      for (int number : receive(v)) {
        assertThat(number).isEqualTo(all++);
      }
    }
    assertThat(all).isEqualTo(15_000);
    assertThat(link.receiveErrorCount()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void what_a_full_ring_has_no_room_for_is_counted(Version v) throws Exception {
    send(v, 0, MANY, 2);
    List<Integer> kept = receive(v);
    assertThat(kept).hasSizeBetween(MANY / 2, MANY - 1).isSorted();
    assertThat(kept.getFirst()).isZero();
    long lost = link.receiveErrorCount();
    assertThat(kept.size() + lost).isGreaterThanOrEqualTo(MANY);
    send(v, 9_999, 1, 2);
    assertThat(receive(v)).containsExactly(9_999);
    assertThat(link.receiveErrorCount()).isEqualTo(lost);
  }

  /** An MTU that is raised later does not make the ring's frames longer. */
  @ParameterizedTest
  @EnumSource
  void a_frame_that_is_too_long_for_the_ring_keeps_its_place(Version v) throws Exception {
    Program.must(ours, "ip", "link", "set", EthernetLab.DEVICE, "mtu", "9000");
    Program.must(peer, "ip", "link", "set", EthernetLab.DEVICE, "mtu", "9000");
    for (int i = 0; i < 60; i++) {
      send(v, i, 1, i % 3 == 1 ? 8_000 : 100);
    }
    assertThat(receive(v)).hasSize(60).isSorted();
    assertThat(link.receiveErrorCount()).isZero();
  }

  @Test
  void receiving_leaves_no_garbage() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int[] seen = new int[1];
    PacketSink sink = (m, at, length, flags) -> seen[0]++;
    long garbage = 0;
    for (int round = 0; round < 3; round++) { // the first links and loads
      send(Version.V4, 0, 1_000, 500);
      long before = threads.getCurrentThreadAllocatedBytes();
      while (link.receive(sink, 64) > 0) {}
      garbage = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(seen[0]).isGreaterThanOrEqualTo(3_000);
    assertThat(garbage).isLessThan(1_000);
  }

  @Test
  void closing_from_within_a_sink_ends_it_and_the_memory_goes_afterwards() throws Exception {
    send(Version.V4, 0, 10, 2);
    int[] seen = new int[1];
    assertThat(
            link.receive(
                (m, at, length, flags) -> {
                  link.close();
                  seen[0] += Bytes.u8(m, at) >>> 4 != 0 ? 1 : 0;
                },
                64))
        .isOne();
    assertThat(seen[0]).isOne();
    assertThat(link.receive((m, at, length, flags) -> seen[0]++, 64)).isZero();
    assertThat(link.receiveErrorCount()).isZero();
    assertThat(seen[0]).isOne();
  }

  @Test
  void without_a_wait_too_a_deleted_interface_is_noticed() throws Exception {
    Program.must(ours, "ip", "link", "set", EthernetLab.DEVICE, "down");
    spin();
    assertThat(link.failure()).isNull();
    Program.must(ours, "ip", "link", "del", EthernetLab.DEVICE);
    Waiting.until(
        "a failure",
        10,
        () -> {
          spin();
          return String.valueOf(link.failure());
        },
        s -> s.contains("deleted"));
  }

  private void spin() {
    for (int i = 0; i < 200_000; i++) {
      int unused = link.receive((m, at, length, flags) -> {}, 1);
    }
  }

  /** An error of the socket stays until somebody asks for it, and ends each wait. */
  @Test
  void waiting_for_an_interface_that_is_down_waits() throws Exception {
    Program.must(ours, "ip", "link", "set", EthernetLab.DEVICE, "down");
    spin();
    Program.must(ours, "ip", "link", "set", EthernetLab.DEVICE, "up");
    Program.must(ours, "ip", "link", "set", EthernetLab.DEVICE, "down");
    link.await(0);
    while (!receive(Version.V4).isEmpty()) {}
    long begin = System.nanoTime();
    link.await(200_000_000);
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(200_000_000);
  }
}
