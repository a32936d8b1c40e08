package dev.sinew.neighbor;

import static dev.sinew.neighbor.EthernetHost.IPV4;
import static dev.sinew.neighbor.EthernetHost.IPV6;
import static dev.sinew.neighbor.EthernetHost.OTHER_MAC;
import static dev.sinew.neighbor.EthernetHost.OUR_MAC;
import static dev.sinew.neighbor.EthernetHost.PEER_MAC;
import static dev.sinew.neighbor.EthernetHost.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import dev.sinew.wire.EthernetHeader;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which frames are for us, and where frames go that need no asking. */
class EthernetFrameTest {
  private final EthernetHost host = EthernetHost.ready("10.0.0.2/24", "fd00::2/64");

  private static byte[] ping(String from, String to) {
    boolean v4 = Packets.address(from).isV4();
    return Packets.icmpPacket(from, to, v4 ? 8 : 128, 0, 1, new byte[8]);
  }

  @Test
  void anEchoFromAnUnknownNeighborIsAnsweredWhenItsAddressIsKnown() {
    host.receive(OUR_MAC, PEER_MAC, IPV4, ping("10.0.0.1", "10.0.0.2"));
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::arp)
        .containsExactly("request 10.0.0.2 -> 10.0.0.1");
    host.arpReply(OTHER_MAC, "10.0.0.1", "10.0.0.2");
    assertThat(host.sent()).extracting(EthernetHost.Frame::to).containsExactly(OTHER_MAC);
  }

  @Test
  void framesForOthersOrFromGroupsAreDropped() {
    host.receive(OTHER_MAC, PEER_MAC, IPV4, ping("10.0.0.1", "10.0.0.2"));
    host.receive(OUR_MAC, EthernetHeader.BROADCAST, IPV4, ping("10.0.0.1", "10.0.0.2"));
    host.receive(OUR_MAC, OUR_MAC, IPV4, ping("10.0.0.1", "10.0.0.2"));
    assertThat(host.sent()).isEmpty();
    assertThat(host.drops).containsOnly(DropReason.NOT_MINE).hasSize(3);
  }

  @Test
  void otherTypesAreDropped() {
    host.receive(OUR_MAC, PEER_MAC, 0x88cc, ping("10.0.0.1", "10.0.0.2"));
    assertThat(host.sent()).isEmpty();
    assertThat(host.drops).containsExactly(DropReason.NOT_IP);
  }

  @Test
  void aUnicastIpv4PacketInABroadcastFrameIsDropped() {
    // RFC 1122 section 3.3.6.
    host.receive(EthernetHeader.BROADCAST, PEER_MAC, IPV4, ping("10.0.0.1", "10.0.0.2"));
    assertThat(host.sent()).isEmpty();
    assertThat(host.drops).containsExactly(DropReason.NOT_FOR_UNICAST);
  }

  @Test
  void aDatagramToManyIsTakenFromABroadcastFrame() {
    host.bind(9);
    byte[] udp = Packets.udp("10.0.0.1", 9, "10.0.0.255", 9, new byte[1]);
    host.receive(
        EthernetHeader.BROADCAST, PEER_MAC, IPV4, Packets.ip("10.0.0.1", "10.0.0.255", 17, udp));
    assertThat(host.udp().queuedBytes()).isEqualTo(1);
  }

  @Test
  void groupsHaveHardwareAddressesOfTheirOwn() {
    host.udp().setBroadcast(true);
    for (String to : List.of("10.0.0.255", "255.255.255.255", "239.129.2.3", "ff02::fb")) {
      host.send(to);
    }
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::to)
        .containsExactly(
            EthernetHeader.BROADCAST,
            EthernetHeader.BROADCAST,
            0x0100_5e01_0203L,
            0x3333_0000_00fbL);
    assertThat(host.neighborhood().size()).isZero();
  }

  @Test
  void aPacketThatIsPassedOnToNobodyIsToldToItsSender() {
    EthernetHost router =
        new EthernetHost(Limits.DEFAULT, false, true, "10.0.0.2/24", "fd00::2/64");
    router.pass(10 * SECOND);
    router.arp(false, 1, PEER_MAC, "10.0.0.1", "10.0.0.2");
    router.sent();
    byte[] udp = Packets.udp("10.0.0.1", 9, "10.0.0.7", 9, new byte[1400]);
    router.receive(OUR_MAC, PEER_MAC, IPV4, Packets.ip("10.0.0.1", "10.0.0.7", 17, udp));
    assertThat(router.sent())
        .extracting(EthernetHost.Frame::arp)
        .containsExactly("request 10.0.0.2 -> 10.0.0.7");
    router.pass(3 * SECOND);
    List<EthernetHost.Frame> told = router.sentPackets();
    assertThat(told).hasSize(1);
    byte[] p = told.getFirst().packet();
    assertThat(told.getFirst().to()).isEqualTo(PEER_MAC);
    assertThat(Packets.destination(p)).hasToString("10.0.0.1");
    assertThat(Packets.u16(p, 20)).as("host unreachable").isEqualTo(0x0301);
    assertThat(router.stack.pool().usedBytes()).isZero();
  }

  /** The way back may have to be asked for too: what is said then waits for the answer. */
  @Test
  void theSenderHearsOfItAlsoWhenItsAddressHasToBeAskedFor() {
    EthernetHost router =
        new EthernetHost(Limits.DEFAULT, false, true, "10.0.0.2/24", "fd00::2/64");
    router.pass(10 * SECOND);
    router.sent();
    for (int i = 0; i < 3; i++) {
      byte[] udp = Packets.udp("10.0.0.1", 9, "10.0.0.7", 9 + i, new byte[8]);
      router.receive(OUR_MAC, PEER_MAC, IPV4, Packets.ip("10.0.0.1", "10.0.0.7", 17, udp));
    }
    router.pass(3 * SECOND);
    assertThat(router.sent().getLast().arp()).isEqualTo("request 10.0.0.2 -> 10.0.0.1");
    router.arpReply(PEER_MAC, "10.0.0.1", "10.0.0.2");
    List<EthernetHost.Frame> told = router.sentPackets();
    assertThat(told).hasSize(3);
    for (int i = 0; i < 3; i++) {
      byte[] p = told.get(i).packet();
      assertThat(Packets.u16(p, 20)).as("host unreachable").isEqualTo(0x0301);
      assertThat(Packets.u16(p, 28 + 20 + 2)).as("port of the packet").isEqualTo(9 + i);
    }
    assertThat(router.stack.pool().usedBytes()).isZero();
  }

  @Test
  void anIpv6PacketThatIsPassedOnToNobodyIsToldToItsSender() {
    EthernetHost router = new EthernetHost(Limits.DEFAULT, false, true, "fd00::2/64", "fd01::2/64");
    router.pass(10 * SECOND);
    router.receive(
        OUR_MAC,
        PEER_MAC,
        IPV6,
        EthernetHost.solicitation("fd00::1", "fd00::2", "fd00::2", PEER_MAC));
    router.sent();
    byte[] udp = Packets.udp("fd00::1", 9, "fd01::7", 9, new byte[8]);
    router.receive(OUR_MAC, PEER_MAC, IPV6, Packets.ip("fd00::1", "fd01::7", 17, udp));
    router.pass(3 * SECOND);
    byte[] p = router.sentPackets().getFirst().packet();
    assertThat(Packets.u16(p, 40)).as("address unreachable").isEqualTo(0x0103);
  }

  @Test
  void aConnectionToNobodyHearsThatTheHostIsUnreachable() {
    dev.sinew.tcp.TcpEndpoint tcp = host.stack.tcp();
    host.stack.tick(host.now);
    tcp.connect(Packets.address("10.0.0.1"), 80);
    host.pass(3 * SECOND);
    assertThat(tcp.softError()).isEqualTo(dev.sinew.base.TcpError.HOST_UNREACHABLE);
  }
}
