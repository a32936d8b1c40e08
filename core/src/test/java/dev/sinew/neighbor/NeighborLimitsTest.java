package dev.sinew.neighbor;

import static dev.sinew.neighbor.EthernetHost.OUR_MAC;
import static dev.sinew.neighbor.EthernetHost.PEER_MAC;
import static dev.sinew.neighbor.EthernetHost.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.testing.Packets;
import dev.sinew.udp.UdpEndpoint;
import org.junit.jupiter.api.Test;

/** Somebody on the link makes addresses up, by the thousand: memory and neighbours in use stay. */
class NeighborLimitsTest {
  private static final int ENTRIES = 16;
  private static final String PEER = "10.0.0.1";

  private final EthernetHost host =
      EthernetHost.ready(
          Limits.DEFAULT.with(v -> v.neighborEntries = ENTRIES), "10.0.0.2/16", "fd00::2/64");

  private static String madeUp(int i) {
    return "10.0." + (1 + i / 250) + "." + (1 + i % 250);
  }

  private void know(String address) {
    host.send(address);
    host.arpReply(PEER_MAC, address, "10.0.0.2");
    host.sent();
  }

  @Test
  void aFloodOfRequestsFillsHalfOfTheCacheAndLeavesTheOthersAlone() {
    for (int i = 1; i <= 5; i++) {
      know("10.0.0." + (10 + i));
    }
    for (int i = 0; i < 10_000; i++) {
      host.arp(false, 1, 0x0200_0001_0000L + i, madeUp(i), "10.0.0.2");
    }
    host.sent();
    assertThat(host.neighborhood().size()).isEqualTo(5 + ENTRIES / 2);
    for (int i = 1; i <= 5; i++) {
      assertThat(host.neighbor("10.0.0." + (10 + i))).endsWith("REACHABLE");
    }
    assertThat(host.neighbor(madeUp(9_999))).as("the newest are there").endsWith("STALE");
    assertThat(host.neighbor(madeUp(9_991))).as("the older are gone").isEqualTo("none");
  }

  @Test
  void aFloodOfSolicitationsDoesNoMore() {
    know(PEER);
    for (int i = 0; i < 10_000; i++) {
      String source = "fd00::1:" + Integer.toHexString(i + 1);
      host.receive(
          OUR_MAC,
          0x0200_0001_0000L + i,
          EthernetHost.IPV6,
          EthernetHost.solicitation(source, "fd00::2", "fd00::2", 0x0200_0001_0000L + i));
    }
    assertThat(host.neighborhood().size()).isEqualTo(1 + ENTRIES / 2);
    assertThat(host.neighbor(PEER)).endsWith("REACHABLE");
    assertThat(host.sent()).as("each got its answer").hasSize(10_000);
    host.pass(60 * SECOND);
    assertThat(host.sent()).as("and no probe").isEmpty();
  }

  @Test
  void packetsToMadeUpAddressesWaitInAQuarterOfTheCache() {
    for (int i = 1; i <= 5; i++) {
      know("10.0.0." + (10 + i));
    }
    for (int i = 0; i < 10_000; i++) {
      host.send(madeUp(i));
    }
    assertThat(host.neighborhood().size()).isEqualTo(5 + ENTRIES / 4);
    assertThat(host.stack.pool().usedBytes())
        .as("what waits")
        .isLessThanOrEqualTo(ENTRIES / 4 * 3 * 2048L);
    assertThat(host.sent().size()).as("broadcasts at once").isLessThanOrEqualTo(100);
    for (int i = 1; i <= 5; i++) {
      assertThat(host.neighbor("10.0.0." + (10 + i))).endsWith("REACHABLE");
    }
    assertThat(host.count(Counter.SinewNeighborQueueDrops)).isEqualTo(10_000 - ENTRIES / 4);
    host.pass(10 * SECOND);
    assertThat(host.neighborhood().size()).isEqualTo(5);
    assertThat(host.stack.pool().usedBytes()).isZero();
  }

  @Test
  void broadcastsToMadeUpAddressesAreAThousandASecondAtMost() {
    for (int i = 0; i < 10_000; i++) {
      host.send(madeUp(i));
      host.pass(SECOND / 10_000);
    }
    assertThat(host.sent().size()).isBetween(900, 1_100);
  }

  @Test
  void whenAllAreInUseTheOneNotUsedForLongestGoes() {
    for (int i = 0; i < ENTRIES; i++) {
      know(madeUp(i));
    }
    // A full cache: the first newcomer makes everybody show whether he is used.
    know(madeUp(100));
    for (int i = 1; i < ENTRIES; i++) {
      if (i != 7) {
        host.send(madeUp(i));
      }
    }
    host.sent();
    know(madeUp(101));
    assertThat(host.neighborhood().size()).isEqualTo(ENTRIES);
    assertThat(host.neighbor(madeUp(0))).isEqualTo("none");
    assertThat(host.neighbor(madeUp(7))).isEqualTo("none");
    assertThat(host.neighbor(madeUp(6))).endsWith("REACHABLE");
    assertThat(host.neighbor(madeUp(101))).endsWith("REACHABLE");
    assertThat(host.count(Counter.SinewNeighborEvictions)).isEqualTo(2);
  }

  @Test
  void aFlowThatRemembersAnEvictedNeighborAsksAgain() {
    UdpEndpoint flow = host.stack.udp();
    flow.connect(Packets.address(PEER), 9);
    host.stack.tick(host.now);
    flow.send(new byte[1], 0, 1, null, 0);
    host.arpReply(PEER_MAC, PEER, "10.0.0.2");
    for (int i = 0; i < 4 * ENTRIES; i++) {
      know(madeUp(i));
    }
    assertThat(host.neighbor(PEER)).isEqualTo("none");
    host.stack.tick(host.now);
    flow.send(new byte[1], 0, 1, null, 0);
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::arp)
        .containsExactly("request 10.0.0.2 -> 10.0.0.1");
  }

  @Test
  void aRemovedInterfaceLeavesNothingBehind() {
    host.send(PEER);
    host.stack.removeInterface(host.itf);
    assertThat(host.stack.pool().usedBytes()).isZero();
    host.pass(60 * SECOND);
    assertThat(host.sent()).hasSizeLessThanOrEqualTo(1);
  }
}
