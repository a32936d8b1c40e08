package dev.sinew.neighbor;

import static dev.sinew.neighbor.EthernetHost.IPV6;
import static dev.sinew.neighbor.EthernetHost.OTHER_MAC;
import static dev.sinew.neighbor.EthernetHost.OUR_MAC;
import static dev.sinew.neighbor.EthernetHost.PEER_MAC;
import static dev.sinew.neighbor.EthernetHost.SECOND;
import static dev.sinew.neighbor.EthernetHost.advertisement;
import static dev.sinew.neighbor.EthernetHost.ndp;
import static dev.sinew.neighbor.EthernetHost.option;
import static dev.sinew.neighbor.EthernetHost.solicitation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.testing.Packets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Neighbor Discovery: RFC 4861 sections 7.1 and 7.2. */
class NdpTest {
  private static final String PEER = "fd00::1";
  private static final String OURS = "fd00::2";
  private static final String OUR_GROUP = "ff02::1:ff00:2";
  private static final long OUR_GROUP_MAC = 0x3333_ff00_0002L;
  private static final int SOLICITED = 0x40;
  private static final int OVERRIDE = 0x20;

  private final EthernetHost host = EthernetHost.ready("fd00::2/64");

  @Test
  void aPacketToAnUnknownNeighborWaitsForTheAnswerOfItsGroup() {
    host.send(PEER);
    List<EthernetHost.Frame> asked = host.sent();
    assertThat(asked).hasSize(1);
    EthernetHost.Frame ns = asked.getFirst();
    assertThat(ns.to()).isEqualTo(0x3333_ff00_0001L);
    assertThat(ns.ndp()).isEqualTo("solicitation fd00::2 -> ff02::1:ff00:1: fd00::1");
    assertThat(Packets.ttl(ns.packet())).isEqualTo(255);
    assertThat(Packets.isSound(ns.packet())).isTrue();
    assertThat(Packets.u16(ns.packet(), 64)).as("source link-layer address").isEqualTo(0x0101);
    assertThat(Packets.i32(ns.packet(), 68)).isEqualTo((int) OUR_MAC);

    peer(advertisement(PEER, OURS, SOLICITED | OVERRIDE, PEER, PEER_MAC));
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent).extracting(EthernetHost.Frame::to).containsExactly(PEER_MAC);
    assertThat(sent.getFirst().type()).isEqualTo(IPV6);
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:01 REACHABLE");
  }

  private void peer(byte[] packet) {
    host.receive(OUR_MAC, PEER_MAC, IPV6, packet);
  }

  @Test
  void threeSolicitationsASecondApartThenAddressUnreachable() {
    host.udp().connect(Packets.address(PEER), 9);
    long begin = host.now;
    assertThat(host.udp().send(new byte[3], 0, 3, null, 0)).isEqualTo(3);
    host.pass(0);
    host.pass(3 * SECOND - 1);
    assertThat(host.sent()).extracting(f -> f.at() - begin).containsExactly(0L, SECOND, 2 * SECOND);
    assertThat(host.udp().softError()).isNull();
    host.pass(1);
    assertThat(host.udp().softError()).isEqualTo(dev.sinew.base.TcpError.HOST_UNREACHABLE);
    assertThat(host.neighbor(PEER)).isEqualTo("none");
  }

  @Test
  void aSolicitationIsAnsweredAndTheAskerRemembered() {
    host.receive(OUR_GROUP_MAC, PEER_MAC, IPV6, solicitation(PEER, OUR_GROUP, OURS, PEER_MAC));
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent).hasSize(1);
    EthernetHost.Frame na = sent.getFirst();
    assertThat(na.to()).isEqualTo(PEER_MAC);
    assertThat(na.ndp()).isEqualTo("advertisement fd00::2 -> fd00::1: fd00::2");
    assertThat(Packets.u8(na.packet(), 44)).isEqualTo(SOLICITED | OVERRIDE);
    assertThat(Packets.ttl(na.packet())).isEqualTo(255);
    assertThat(Packets.isSound(na.packet())).isTrue();
    assertThat(Packets.u16(na.packet(), 64)).as("target link-layer address").isEqualTo(0x0201);
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:01 STALE");
    host.pass(60 * SECOND);
    assertThat(host.sent()).as("an answer alone makes no neighbour worth probing").isEmpty();
  }

  @Test
  void aRouterSaysThatItIsOne() {
    EthernetHost router =
        new EthernetHost(dev.sinew.base.Limits.DEFAULT, false, true, "fd00::2/64");
    router.pass(SECOND);
    router.sent();
    router.receive(OUR_MAC, PEER_MAC, IPV6, solicitation(PEER, OURS, OURS, PEER_MAC));
    assertThat(Packets.u8(router.sent().getFirst().packet(), 44))
        .isEqualTo(0x80 | SOLICITED | OVERRIDE);
  }

  @Test
  void whoLooksForDuplicatesIsAnsweredBeforeAll() {
    // RFC 4861 section 7.2.4: the source is unspecified, so all nodes hear it, and it is
    // unsolicited.
    host.receive(OUR_GROUP_MAC, PEER_MAC, IPV6, solicitation("::", OUR_GROUP, OURS, 0));
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent)
        .extracting(EthernetHost.Frame::ndp)
        .containsExactly("advertisement fd00::2 -> ff02::1: fd00::2");
    assertThat(sent.getFirst().to()).isEqualTo(0x3333_0000_0001L);
    assertThat(Packets.u8(sent.getFirst().packet(), 44)).isEqualTo(OVERRIDE);
    assertThat(host.neighborhood().size()).isZero();
  }

  @Test
  void aSolicitationWithoutAnAddressIsAnsweredByWayOfTheCache() {
    peer(solicitation(PEER, OURS, OURS, 0));
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::ndp)
        .containsExactly("solicitation fd00::2 -> ff02::1:ff00:1: fd00::1");
    peer(advertisement(PEER, OURS, SOLICITED | OVERRIDE, PEER, PEER_MAC));
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::ndp)
        .containsExactly("advertisement fd00::2 -> fd00::1: fd00::2");
  }

  /**
   * RFC 4861 section 7.1.1 and 7.1.2: what a router has passed on, or is malformed, is not heard.
   */
  @ParameterizedTest
  @CsvSource({
    "135, 254, 0, fd00::2, hop limit", "135, 255, 1, fd00::2, code",
    "135, 255, 0, ff02::1, target a group", "136, 254, 0, fd00::1, hop limit",
    "136, 255, 1, fd00::1, code", "136, 255, 0, ff02::1, target a group"
  })
  void invalidMessagesAreDropped(int type, int hopLimit, int code, String target, String what) {
    host.send(PEER);
    host.sent();
    peer(ndp(PEER, OURS, hopLimit, type, code, SOLICITED, target, option(type - 134, PEER_MAC)));
    assertThat(host.sent()).as(what).isEmpty();
    assertThat(host.neighbor(PEER)).isEqualTo("INCOMPLETE");
    assertThat(host.count(Counter.SinewNeighborInErrors)).isEqualTo(1);
  }

  @Test
  void optionsAreWalkedAndALengthOfZeroSpoilsTheMessage() {
    byte[] strange = Packets.concat(new byte[] {14, 1, 0, 0, 0, 0, 0, 0}, option(1, PEER_MAC));
    peer(ndp(PEER, OURS, 255, 135, 0, 0, OURS, strange));
    assertThat(host.sent()).hasSize(1);
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:01 STALE");
    byte[] zero = Packets.concat(option(1, OTHER_MAC), new byte[] {14, 0, 0, 0, 0, 0, 0, 0});
    byte[] beyond = Packets.concat(option(1, OTHER_MAC), new byte[] {14, 2, 0, 0, 0, 0, 0, 0});
    byte[] half = java.util.Arrays.copyOf(option(1, OTHER_MAC), 1);
    byte[] group = option(1, 0x3333_0000_0001L);
    for (byte[] bad : List.of(zero, beyond, half, group)) {
      peer(ndp(PEER, OURS, 255, 135, 0, 0, OURS, bad));
    }
    assertThat(host.sent()).isEmpty();
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:01 STALE");
    assertThat(host.count(Counter.SinewNeighborInErrors)).isEqualTo(4);
  }

  @Test
  void aSolicitationFromNobodyMustGoToTheGroupAndNameNoAddress() {
    host.receive(OUR_GROUP_MAC, PEER_MAC, IPV6, solicitation("::", OUR_GROUP, OURS, PEER_MAC));
    host.receive(0x3333_0000_0001L, PEER_MAC, IPV6, solicitation("::", "ff02::1", OURS, 0));
    assertThat(host.sent()).isEmpty();
    assertThat(host.count(Counter.SinewNeighborInErrors)).isEqualTo(2);
  }

  @Test
  void anAdvertisementToAGroupCannotBeSolicited() {
    host.send(PEER);
    host.receive(
        0x3333_0000_0001L,
        PEER_MAC,
        IPV6,
        advertisement(PEER, "ff02::1", SOLICITED, PEER, PEER_MAC));
    assertThat(host.neighbor(PEER)).isEqualTo("INCOMPLETE");
  }

  @Test
  void aBadChecksumIsNotLookedAt() {
    byte[] p = solicitation(PEER, OURS, OURS, PEER_MAC);
    p[50] ^= 1;
    peer(p);
    assertThat(host.sent()).isEmpty();
    assertThat(host.neighborhood().size()).isZero();
  }

  /** RFC 4861 section 7.2.5, the entry being REACHABLE or STALE at PEER_MAC. */
  @ParameterizedTest
  @CsvSource({
    // solicited, override, another address: after REACHABLE, after STALE
    "false, false, none,  01 REACHABLE, 01 STALE",
    "true,  false, none,  01 REACHABLE, 01 REACHABLE",
    "false, false, same,  01 REACHABLE, 01 STALE",
    "true,  false, same,  01 REACHABLE, 01 REACHABLE",
    "false, true,  same,  01 REACHABLE, 01 STALE",
    "false, false, other, 01 STALE,     01 STALE",
    "true,  false, other, 01 STALE,     01 STALE",
    "false, true,  other, 03 STALE,     03 STALE",
    "true,  true,  other, 03 REACHABLE, 03 REACHABLE"
  })
  void anAdvertisementChangesWhatTheTableSays(
      boolean solicited, boolean override, String mac, String afterReachable, String afterStale) {
    int flags = (solicited ? SOLICITED : 0) | (override ? OVERRIDE : 0);
    long option = mac.equals("none") ? 0 : mac.equals("same") ? PEER_MAC : OTHER_MAC;
    host.send(PEER);
    peer(advertisement(PEER, OURS, SOLICITED, PEER, PEER_MAC));
    peer(advertisement(PEER, OURS, flags, PEER, option));
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:" + afterReachable);

    String second = "fd00::5";
    peer(solicitation(second, OURS, OURS, PEER_MAC));
    peer(advertisement(second, OURS, flags, second, option));
    assertThat(host.neighbor(second)).isEqualTo("02:00:00:00:00:" + afterStale);
  }

  @Test
  void anIncompleteEntryWantsAnAddressAndUnsolicitedLeavesItUnproved() {
    host.send(PEER);
    peer(advertisement(PEER, OURS, SOLICITED, PEER, 0));
    assertThat(host.neighbor(PEER)).isEqualTo("INCOMPLETE");
    host.sent();
    peer(advertisement(PEER, OURS, 0, PEER, PEER_MAC));
    assertThat(host.neighbor(PEER))
        .as("STALE, and used at once")
        .isEqualTo("02:00:00:00:00:01 DELAY");
    assertThat(host.sentPackets()).hasSize(1);
  }

  @Test
  void aSolicitationResolvesWhoIsBeingAskedFor() {
    host.send(PEER);
    host.sent();
    peer(solicitation(PEER, OURS, OURS, PEER_MAC));
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:01 DELAY");
    assertThat(host.sentPackets()).extracting(EthernetHost.Frame::to).containsExactly(PEER_MAC);
  }

  @Test
  void anAdvertisementNobodyAskedForIsNotRemembered() {
    peer(advertisement(PEER, OURS, OVERRIDE, PEER, PEER_MAC));
    assertThat(host.neighborhood().size()).isZero();
  }

  @Test
  void anInterfaceWithIpv6HasALinkLocalAddress() {
    assertThat(host.itf.configuredAddresses())
        .extracting(Object::toString)
        .containsExactly("fd00::2/64", "fe80::ff:fe00:2/64");
    assertThat(EthernetHost.ready("10.0.0.2/24").itf.configuredAddresses()).hasSize(1);
    assertThat(EthernetHost.ready("fe80::7/64").itf.configuredAddresses()).hasSize(1);
    host.send("fe80::1");
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::ndp)
        .containsExactly("solicitation fe80::ff:fe00:2 -> ff02::1:ff00:1: fe80::1");
  }

  @Test
  void aLinkWithoutFramesIgnoresNeighbors() {
    dev.sinew.stack.Stack tun = dev.sinew.testing.TestStacks.stack(1);
    assertThat(tun.interfaces().getFirst().neighborhood()).isNull();
  }
}
