package dev.sinew.neighbor;

import static dev.sinew.neighbor.EthernetHost.IPV6;
import static dev.sinew.neighbor.EthernetHost.OTHER_MAC;
import static dev.sinew.neighbor.EthernetHost.OUR_MAC;
import static dev.sinew.neighbor.EthernetHost.PEER_MAC;
import static dev.sinew.neighbor.EthernetHost.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.TcpError;
import dev.sinew.testing.Packets;
import dev.sinew.wire.EthernetHeader;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Is an address somebody else's: IPv4 address conflict detection (RFC 5227) and IPv6 duplicate
 * address detection (RFC 4862 section 5.4).
 */
class AddressConflictTest {
  private static final String PROBE = "request 0.0.0.0 -> 10.0.0.2";
  private static final String ANNOUNCEMENT = "request 10.0.0.2 -> 10.0.0.2";

  private static EthernetHost checking(String... prefixes) {
    return new EthernetHost(Limits.DEFAULT, true, false, prefixes);
  }

  private static AddressState state(EthernetHost h, String address) {
    return h.itf.addressState(Packets.address(address));
  }

  @Test
  void anIpv4AddressIsProbedThreeTimesAndThenAnnouncedTwice() {
    EthernetHost host = checking("10.0.0.2/24");
    host.pass(20 * SECOND);
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent)
        .extracting(EthernetHost.Frame::arp)
        .containsExactly(PROBE, PROBE, PROBE, ANNOUNCEMENT, ANNOUNCEMENT);
    assertThat(sent).allMatch(f -> f.to() == EthernetHeader.BROADCAST && f.from() == OUR_MAC);
    // RFC 5227 section 2.1.1: PROBE_WAIT, PROBE_MIN to PROBE_MAX, ANNOUNCE_WAIT; section 2.3.
    assertThat(sent.get(0).at()).isBetween(0L, SECOND);
    assertThat(sent.get(1).at() - sent.get(0).at()).isBetween(SECOND, 2 * SECOND);
    assertThat(sent.get(2).at() - sent.get(1).at()).isBetween(SECOND, 2 * SECOND);
    assertThat(sent.get(3).at() - sent.get(2).at()).isEqualTo(2 * SECOND);
    assertThat(sent.get(4).at() - sent.get(3).at()).isEqualTo(2 * SECOND);
    host.pass(3600 * SECOND);
    assertThat(host.sent()).as("never again").isEmpty();
  }

  @Test
  void untilThenTheAddressIsNotUsed() {
    EthernetHost host = checking("10.0.0.2/24");
    host.pass(SECOND);
    host.sent();
    assertThat(state(host, "10.0.0.2")).isEqualTo(AddressState.TENTATIVE);
    assertThat(host.itf.addresses()).isEmpty();
    assertThat(host.send("10.0.0.1")).isEqualTo(TcpError.NET_UNREACHABLE.code());
    host.arp(false, 1, PEER_MAC, "10.0.0.1", "10.0.0.2");
    host.receive(
        OUR_MAC,
        PEER_MAC,
        EthernetHost.IPV4,
        Packets.icmpPacket("10.0.0.1", "10.0.0.2", 8, 0, 1, new byte[8]));
    assertThat(host.sent()).isEmpty();
    host.pass(8 * SECOND);
    host.sent();
    assertThat(state(host, "10.0.0.2")).isEqualTo(AddressState.PREFERRED);
    assertThat(host.send("10.0.0.1")).isPositive();
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::arp)
        .containsExactly("request 10.0.0.2 -> 10.0.0.1");
  }

  @Test
  void whoHasTheAddressOrProbesForItTooKeepsUsFromIt() {
    for (String conflict : List.of("reply", "request", "probe")) {
      EthernetHost host = checking("10.0.0.2/24");
      host.pass(2 * SECOND);
      switch (conflict) {
        case "reply" -> host.arp(true, 2, PEER_MAC, "10.0.0.2", "0.0.0.0");
        case "request" -> host.arp(false, 1, PEER_MAC, "10.0.0.2", "10.0.0.9");
        default -> host.arp(false, 1, PEER_MAC, "0.0.0.0", "10.0.0.2");
      }
      assertThat(state(host, "10.0.0.2")).as(conflict).isEqualTo(AddressState.DUPLICATE);
      assertThat(host.neighborhood().rival(0, Packets.address("10.0.0.2").low()))
          .isEqualTo(PEER_MAC);
      host.sent();
      host.pass(60 * SECOND);
      assertThat(host.sent()).as("nothing more is asked or announced").isEmpty();
      assertThat(host.send("10.0.0.1")).isEqualTo(TcpError.NET_UNREACHABLE.code());
      assertThat(host.count(Counter.SinewAddressConflicts)).isEqualTo(1);
    }
  }

  @Test
  void theLastMomentCountsAndOurOwnProbeThatComesBackDoesNot() {
    EthernetHost host = checking("10.0.0.2/24");
    long end = 0;
    for (EthernetHost.Frame f : probesOf(checking("10.0.0.2/24"))) {
      end = f.at() + 2 * SECOND; // ANNOUNCE_WAIT after the last probe
    }
    host.pass(end - 1);
    host.arp(false, 1, OUR_MAC, "0.0.0.0", "10.0.0.2");
    assertThat(state(host, "10.0.0.2")).isEqualTo(AddressState.TENTATIVE);
    host.arp(false, 1, PEER_MAC, "0.0.0.0", "10.0.0.2");
    assertThat(state(host, "10.0.0.2")).isEqualTo(AddressState.DUPLICATE);

    EthernetHost later = checking("10.0.0.2/24");
    later.pass(end);
    later.arp(false, 1, PEER_MAC, "0.0.0.0", "10.0.0.2");
    assertThat(state(later, "10.0.0.2")).as("ours by now").isEqualTo(AddressState.PREFERRED);
  }

  private static List<EthernetHost.Frame> probesOf(EthernetHost host) {
    host.pass(6 * SECOND);
    return host.sent().stream().filter(f -> f.arp().equals(PROBE)).toList();
  }

  @Test
  void anAddressInUseIsDefendedAtMostOnceInTenSecondsAndNeverGivenUp() {
    // RFC 5227 section 2.4 (c).
    EthernetHost host = EthernetHost.ready("10.0.0.2/24");
    for (int i = 0; i < 100; i++) {
      host.arp(false, 1, PEER_MAC, "10.0.0.2", "10.0.0.9");
      host.pass(SECOND / 10 - (i == 99 ? 1 : 0));
    }
    assertThat(host.sent()).extracting(EthernetHost.Frame::arp).containsExactly(ANNOUNCEMENT);
    host.arp(false, 2, PEER_MAC, "10.0.0.2", "10.0.0.2");
    assertThat(host.sent()).isEmpty();
    host.pass(1);
    host.arp(false, 2, PEER_MAC, "10.0.0.2", "10.0.0.2");
    assertThat(host.sent()).extracting(EthernetHost.Frame::arp).containsExactly(ANNOUNCEMENT);
    assertThat(state(host, "10.0.0.2")).isEqualTo(AddressState.PREFERRED);
    assertThat(host.count(Counter.SinewAddressConflicts)).isEqualTo(102);
    assertThat(host.neighborhood().size()).as("a rival is no neighbour").isZero();
  }

  @Test
  void withoutACheckAnAddressIsOursAndAnnouncedAtOnce() {
    EthernetHost host = new EthernetHost(Limits.DEFAULT, false, false, "10.0.0.2/24", "fd00::2/64");
    assertThat(host.itf.addresses()).hasSize(3);
    host.pass(0);
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent.getFirst().arp()).isEqualTo(ANNOUNCEMENT);
    assertThat(sent.subList(1, sent.size()))
        .extracting(EthernetHost.Frame::ndp)
        .containsExactly(
            "advertisement fd00::2 -> ff02::1: fd00::2",
            "advertisement fe80::ff:fe00:2 -> ff02::1: fe80::ff:fe00:2");
  }

  @Test
  void anIpv6AddressIsAskedForOnceAndOursASecondLater() {
    EthernetHost host = checking("fe80::7/64");
    host.pass(20 * SECOND);
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent)
        .extracting(EthernetHost.Frame::ndp)
        .containsExactly(
            "solicitation :: -> ff02::1:ff00:7: fe80::7",
            "advertisement fe80::7 -> ff02::1: fe80::7");
    EthernetHost.Frame ns = sent.getFirst();
    assertThat(ns.at()).as("RFC 4862 section 5.4.2: a random delay").isBetween(0L, SECOND);
    assertThat(ns.packet()).as("no link-layer address").hasSize(64);
    assertThat(Packets.ttl(ns.packet())).isEqualTo(255);
    assertThat(Packets.isSound(ns.packet())).isTrue();
    assertThat(sent.getLast().at() - ns.at()).isEqualTo(SECOND);
  }

  private static EthernetHost asking() {
    EthernetHost host = checking("fe80::7/64");
    host.pass(SECOND);
    assertThat(host.sent()).hasSize(1);
    assertThat(state(host, "fe80::7")).isEqualTo(AddressState.TENTATIVE);
    return host;
  }

  @Test
  void anAdvertisementOfATentativeAddressMakesItADuplicate() {
    EthernetHost host = asking();
    host.receive(
        0x3333_0000_0001L,
        PEER_MAC,
        IPV6,
        EthernetHost.advertisement("fe80::7", "ff02::1", 0x20, "fe80::7", OTHER_MAC));
    assertThat(state(host, "fe80::7")).isEqualTo(AddressState.DUPLICATE);
    host.pass(60 * SECOND);
    assertThat(host.sent()).isEmpty();
    assertThat(host.itf.addresses()).isEmpty();
  }

  @Test
  void anotherWhoAsksForItAtTheSameTimeMakesItADuplicate() {
    // RFC 4862 section 5.4.3.
    EthernetHost host = asking();
    host.receive(
        0x3333_ff00_0007L,
        PEER_MAC,
        IPV6,
        EthernetHost.solicitation("::", "ff02::1:ff00:7", "fe80::7", 0));
    assertThat(state(host, "fe80::7")).isEqualTo(AddressState.DUPLICATE);
    assertThat(host.neighborhood().rival(Packets.address("fe80::7").high(), 7)).isEqualTo(PEER_MAC);
  }

  @Test
  void whoLooksForTheOwnerOfATentativeAddressGetsNoAnswerFromUs() {
    EthernetHost host = asking();
    host.receive(
        0x3333_ff00_0007L,
        PEER_MAC,
        IPV6,
        EthernetHost.solicitation("fe80::1", "ff02::1:ff00:7", "fe80::7", PEER_MAC));
    assertThat(host.sent()).isEmpty();
    assertThat(state(host, "fe80::7")).isEqualTo(AddressState.TENTATIVE);
    assertThat(host.neighborhood().size()).isZero();
  }

  @Test
  void whatARouterHasPassedOnIsNoConflict() {
    EthernetHost host = asking();
    host.receive(
        0x3333_0000_0001L,
        PEER_MAC,
        IPV6,
        EthernetHost.ndp(
            "fe80::7", "ff02::1", 254, 136, 0, 0x20, "fe80::7", EthernetHost.option(2, PEER_MAC)));
    assertThat(state(host, "fe80::7")).isEqualTo(AddressState.TENTATIVE);
  }

  @Test
  void afterAConflictTheOwnerIsANeighborLikeOthers() {
    EthernetHost host = checking("10.0.0.2/24", "10.0.0.3/24");
    host.pass(SECOND);
    host.arp(false, 1, PEER_MAC, "10.0.0.2", "10.0.0.9");
    host.pass(10 * SECOND);
    host.sent();
    assertThat(host.send("10.0.0.2")).isPositive();
    host.arpReply(PEER_MAC, "10.0.0.2", "10.0.0.3");
    assertThat(host.sentPackets()).extracting(EthernetHost.Frame::to).containsExactly(PEER_MAC);
  }
}
