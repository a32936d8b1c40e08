package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.ip.IpAddress;
import dev.sinew.udp.Datagram;
import dev.sinew.udp.UdpEndpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What links do to packets, seen with datagrams in the style of events: no thread but the test's
 * own.
 */
class LinkTest {
  private final Simulation sim = Simulation.of(7);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final List<Long> arrivals = new ArrayList<>();
  private final List<Integer> numbers = new ArrayList<>();

  private SimLink link(String words) {
    SimLink link = sim.link(a, b, words);
    sim.observe(
        new SimObserver() {
          @Override
          public void packetDelivered(
              long now, Direction direction, long number, PacketView packet) {
            arrivals.add(now);
            numbers.add((int) number);
          }
        });
    UdpEndpoint sink = b.stack().udp();
    assertThat(sink.bind(IpAddress.ANY_V6, 9)).isZero();
    return link;
  }

  private void send(int count, int bytes) {
    UdpEndpoint e = a.stack().udp();
    for (int i = 0; i < count; i++) {
      assertThat(e.send(new byte[bytes], 0, bytes, b.address(), 9)).isEqualTo(bytes);
    }
    e.close();
  }

  @Test
  void aPacketArrivesAfterTheDelayToTheNanosecond() {
    link("delay 20ms");
    sim.at(5, () -> send(1, 10));
    sim.runUntilQuiet();
    assertThat(arrivals).containsExactly(20_000_005L);
    assertThat(sim.now()).isEqualTo(20_000_005L);
  }

  @Test
  void aRateSpacesPacketsByTheirLength() {
    // 1000 bytes with IP and UDP headers are 8000 bits: 8 ms each at 1 Mbit/s.
    link("delay 1ms rate 1mbit");
    sim.at(0, () -> send(3, 972));
    sim.runUntilQuiet();
    assertThat(arrivals).containsExactly(9_000_000L, 17_000_000L, 25_000_000L);
  }

  @Test
  void aFullQueueDropsWhatComesLaterAndCountsIt() {
    SimLink link = link("rate 1mbit limit 3");
    sim.at(0, () -> send(10, 972));
    sim.at(8_000_000, () -> send(1, 972));
    sim.runUntilQuiet();
    assertThat(arrivals).hasSize(4);
    assertThat(link.forward().queueDropCount()).isEqualTo(7);
    assertThat(link.forward().queueLength()).isZero();
  }

  @Test
  void aQueueLimitInBytesCountsBytes() {
    SimLink link = link("rate 1mbit limit 2500b");
    sim.at(0, () -> send(10, 972));
    sim.runUntilQuiet();
    assertThat(arrivals).hasSize(2);
    assertThat(link.forward().queueDropCount()).isEqualTo(8);
  }

  @Test
  void theNthPacketIsDroppedAndTheFaultSaysSo() {
    SimLink link = link("");
    List<Fault> faults = link.forward().dropPackets(2, 4, 99);
    sim.at(0, () -> send(5, 10));
    sim.runUntilQuiet();
    assertThat(numbers).containsExactly(1, 3, 5);
    assertThat(faults).extracting(Fault::firedCount).containsExactly(1L, 1L, 0L);
    assertThat(sim.unfiredFaults())
        .extracting(Fault::name)
        .containsExactly("a-b a>b: drop packet 99");
  }

  @Test
  void lossDuplicationAndCorruptionHappenAboutAsOftenAsTheyShould() {
    SimLink link = link("delay 1ms loss 10% duplicate 5% corrupt 20%");
    for (int i = 0; i < 100; i++) {
      sim.at(i * 1_000_000L, () -> send(20, 100));
    }
    sim.runUntilQuiet();
    Direction d = link.forward();
    assertThat(d.sentCount()).isEqualTo(2000);
    assertThat(d.lostCount()).isBetween(160L, 240L);
    assertThat(d.duplicatedCount()).isBetween(60L, 120L);
    assertThat(d.corruptedCount()).isBetween(300L, 420L);
    assertThat(d.deliveredCount()).isEqualTo(2000 - d.lostCount() + d.duplicatedCount());
    long good =
        b.stack().counters().get(Counter.UdpInDatagrams)
            + b.stack().counters().get(Counter.UdpRcvbufErrors);
    // A damaged packet is caught by the checksums of IP or UDP; no damaged one passes.
    assertThat(good).isLessThanOrEqualTo(d.deliveredCount() - d.corruptedCount());
  }

  @Test
  void oneKindOfAccidentDoesNotMoveAnother() {
    List<Integer> plain = lostNumbers("delay 1ms loss 10%");
    assertThat(plain).isNotEmpty();
    assertThat(lostNumbers("delay 1ms 1ms loss 10% duplicate 10% corrupt 10% reorder 10% 3ms"))
        .isEqualTo(plain);
  }

  private static List<Integer> lostNumbers(String words) {
    Simulation s = Simulation.of(99);
    SimHost from = s.host("x");
    SimHost to = s.host("y");
    s.link(from, to, words);
    List<Integer> lost = new ArrayList<>();
    s.observe(
        new SimObserver() {
          @Override
          public void packetLost(
              long now, Direction d, long number, PacketView packet, String why) {
            lost.add((int) (number));
          }
        });
    UdpEndpoint sink = to.stack().udp();
    sink.bind(IpAddress.ANY_V6, 9);
    UdpEndpoint e = from.stack().udp();
    for (int i = 0; i < 300; i++) {
      s.at(i * 10_000_000L, () -> e.send(new byte[10], 0, 10, to.address(), 9));
    }
    s.runUntilQuiet();
    return lost;
  }

  @Test
  void jitterAndReorderingLetPacketsOvertakeEachOther() {
    SimLink link = link("delay 10ms 5ms reorder 10%");
    for (int i = 0; i < 200; i++) {
      sim.at(i * 1_000_000L, () -> send(1, 10));
    }
    sim.runUntilQuiet();
    assertThat(numbers).hasSize(200);
    assertThat(numbers.stream().sorted().toList()).isNotEqualTo(numbers);
    assertThat(link.forward().reorderedCount()).isBetween(8L, 40L);
  }

  @Test
  void aCutLinkLosesPacketsAndThoseUnderWayAsItIsTold() {
    SimLink link = link("delay 10ms");
    sim.at(0, () -> send(1, 10));
    sim.at(5_000_000, () -> link.partition(Direction.InFlight.DELIVER));
    sim.at(6_000_000, () -> send(1, 10));
    sim.at(20_000_000, link::heal);
    sim.at(21_000_000, () -> send(1, 10));
    sim.at(22_000_000, () -> link.partition(Direction.InFlight.DROP));
    sim.runUntilQuiet();
    assertThat(numbers).containsExactly(1);
    assertThat(link.forward().cutDropCount()).isEqualTo(2);
  }

  @Test
  void aSmallerMtuThanTheHostBelievesIsABlackHole() {
    SimLink link = link("mtu 1500");
    link.forward().impair("mtu 1400");
    sim.at(
        0,
        () -> {
          send(1, 1400 - 28);
          send(1, 1401 - 28);
        });
    sim.runUntilQuiet();
    assertThat(numbers).containsExactly(1);
    assertThat(link.forward().mtuDropCount()).isEqualTo(1);
  }

  @Test
  void aRouterPassesPacketsOn() {
    SimHost r = sim.router("r");
    SimLink left = sim.link(a, r, "delay 10ms");
    SimLink right = sim.link(r, b, "delay 5ms");
    sim.defaultRoute(a, left, r);
    sim.defaultRoute(b, right, r);
    UdpEndpoint server = b.stack().udp();
    assertThat(server.bind(IpAddress.ANY_V6, 7)).isZero();
    for (boolean v4 : new boolean[] {true, false}) {
      UdpEndpoint client = a.stack().udp();
      assertThat(client.send(new byte[] {1, 2, 3}, 0, 3, b.address(v4), 7)).isEqualTo(3);
      long start = sim.now();
      sim.runUntilQuiet();
      assertThat(sim.now() - start).isEqualTo(15_000_000);
      byte[] buffer = new byte[10];
      assertThat(server.receive(buffer, 0, 10).source()).isEqualTo(a.address(v4));
      client.close();
    }
    server.close();
    sim.finish();
  }

  /** What a card completes and cuts on the way out arrives as it was sent, one by one. */
  @Test
  void datagramsFromAHostThatOffloadsArriveOneByOne() {
    a.offload();
    SimLink link = link("");
    UdpEndpoint sink = b.stack().udp();
    assertThat(sink.bind(IpAddress.ANY_V6, 10)).isZero();
    int[] sizes = {3, 3, 40, 40, 39, 0, 1000, 1000, 1000, 7, 1473};
    sim.at(
        0,
        () -> {
          UdpEndpoint e = a.stack().udp();
          for (int i = 0; i < sizes.length; i++) {
            byte[] data = new byte[sizes[i]];
            Arrays.fill(data, (byte) (i + 1));
            assertThat(e.send(data, 0, data.length, b.address(), 10)).isEqualTo(data.length);
          }
        });
    sim.runUntilQuiet();
    assertThat(numbers).hasSize(sizes.length + 1);
    assertThat(link.forward().queueDropCount()).isZero();
    byte[] buffer = new byte[2000];
    for (int i = 0; i < sizes.length; i++) {
      Datagram d = sink.receive(buffer, 0, buffer.length);
      assertThat(d).as("datagram %d", i).isNotNull();
      byte[] data = new byte[sizes[i]];
      Arrays.fill(data, (byte) (i + 1));
      assertThat(Arrays.copyOf(buffer, d.length())).isEqualTo(data);
    }
    assertThat(b.stack().counters().get(Counter.UdpInErrors)).isZero();
  }
}
