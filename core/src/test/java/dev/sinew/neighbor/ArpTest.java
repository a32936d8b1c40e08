package dev.sinew.neighbor;

import static dev.sinew.neighbor.EthernetHost.OTHER_MAC;
import static dev.sinew.neighbor.EthernetHost.OUR_MAC;
import static dev.sinew.neighbor.EthernetHost.PEER_MAC;
import static dev.sinew.neighbor.EthernetHost.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import dev.sinew.wire.EthernetHeader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resolution of IPv4 addresses: RFC 826, RFC 1122 section 2.3.2. */
class ArpTest {
  private static final String PEER = "10.0.0.1";
  private static final String OURS = "10.0.0.2";

  private final EthernetHost host = EthernetHost.ready("10.0.0.2/24");

  @Test
  void aPacketToAnUnknownNeighborWaitsForTheAnswerToABroadcast() {
    host.send(PEER);
    List<EthernetHost.Frame> asked = host.sent();
    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst().to()).isEqualTo(EthernetHeader.BROADCAST);
    assertThat(asked.getFirst().from()).isEqualTo(OUR_MAC);
    assertThat(asked.getFirst().arp()).isEqualTo("request 10.0.0.2 -> 10.0.0.1");
    assertThat(host.neighbor(PEER)).isEqualTo("INCOMPLETE");

    host.arpReply(PEER_MAC, PEER, OURS);
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().to()).isEqualTo(PEER_MAC);
    assertThat(sent.getFirst().from()).isEqualTo(OUR_MAC);
    assertThat(sent.getFirst().type()).isEqualTo(EthernetHost.IPV4);
    assertThat(Packets.isSound(sent.getFirst().packet())).isTrue();
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:01 REACHABLE");

    host.send(PEER);
    assertThat(host.sent()).extracting(EthernetHost.Frame::to).containsExactly(PEER_MAC);
  }

  @Test
  void theLatestThreePacketsWaitAndTheOlderGo() {
    // RFC 1122 section 2.3.2.2: at least the latest is kept; here three, the oldest goes.
    for (int port = 1; port <= 5; port++) {
      host.stack.tick(host.now);
      host.udp().send(new byte[] {(byte) port}, 0, 1, Packets.address(PEER), port);
    }
    assertThat(host.count(Counter.SinewNeighborQueueDrops)).isEqualTo(2);
    assertThat(host.drops).containsExactly(DropReason.NEIGHBOR_QUEUE, DropReason.NEIGHBOR_QUEUE);
    host.sent();
    host.arpReply(PEER_MAC, PEER, OURS);
    assertThat(host.sent())
        .extracting(f -> Packets.u16(f.packet(), 22))
        .as("ports, in order")
        .containsExactly(3, 4, 5);
    assertThat(host.stack.pool().usedBytes()).isZero();
  }

  @Test
  void itAsksOnceASecondThreeTimesThenSaysThatTheHostIsUnreachable() {
    host.udp().connect(Packets.address(PEER), 9);
    long begin = host.now;
    assertThat(host.udp().send(new byte[3], 0, 3, null, 0)).isEqualTo(3);
    host.pass(0);
    host.pass(3 * SECOND - 1);
    assertThat(host.sent())
        .extracting(f -> f.at() - begin)
        .as("RFC 1122 section 2.3.2.1: one a second")
        .containsExactly(0L, SECOND, 2 * SECOND);
    assertThat(host.neighbor(PEER)).isEqualTo("INCOMPLETE");
    assertThat(host.udp().softError()).isNull();
    host.pass(1);
    assertThat(host.neighbor(PEER)).isEqualTo("none");
    assertThat(host.udp().softError()).isEqualTo(dev.sinew.base.TcpError.HOST_UNREACHABLE);
    assertThat(host.drops).containsExactly(DropReason.NEIGHBOR_UNREACHABLE);
    assertThat(host.count(Counter.SinewNeighborFailures)).isEqualTo(1);
    assertThat(host.stack.pool().usedBytes()).isZero();
    host.pass(60 * SECOND);
    assertThat(host.sent()).as("nothing waits, nobody asks").isEmpty();
  }

  @Test
  void aLateAnswerIsNobodysAndALaterPacketAsksAnew() {
    host.send(PEER);
    host.pass(3 * SECOND);
    host.sent();
    host.arpReply(PEER_MAC, PEER, OURS);
    assertThat(host.neighbor(PEER)).isEqualTo("none");
    host.send(PEER);
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::arp)
        .containsExactly("request 10.0.0.2 -> 10.0.0.1");
  }

  @Test
  void aRequestForOurAddressIsAnsweredAndTheAskerRemembered() {
    host.arp(false, 1, PEER_MAC, PEER, OURS);
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().to()).isEqualTo(PEER_MAC);
    assertThat(sent.getFirst().arp()).isEqualTo("reply 10.0.0.2 -> 10.0.0.1");
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:01 STALE");
  }

  @Test
  void aRequestForAnotherIsNotAnsweredAndNobodyIsRemembered() {
    host.arp(false, 1, PEER_MAC, PEER, "10.0.0.3");
    assertThat(host.sent()).isEmpty();
    assertThat(host.neighbor(PEER)).isEqualTo("none");
  }

  @Test
  void whoIsKnownAndShowsAnotherAddressIsBelievedUntilUsed() {
    // RFC 826: a pair that is in the table is updated by whatever shows it, requests for others
    // too.
    known();
    host.arp(false, 1, OTHER_MAC, PEER, "10.0.0.77");
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:03 STALE");
  }

  @Test
  void aReplyNobodyAskedForIsNoProofThatItReachesUs() {
    known();
    host.arpReply(OTHER_MAC, PEER, OURS);
    assertThat(host.neighbor(PEER)).isEqualTo("02:00:00:00:00:03 STALE");
    host.arpReply(OTHER_MAC, "10.0.0.9", OURS);
    assertThat(host.neighbor("10.0.0.9"))
        .as("who is not known is not remembered")
        .isEqualTo("none");
  }

  private void known() {
    host.send(PEER);
    host.arpReply(PEER_MAC, PEER, OURS);
    host.sent();
  }

  @Test
  void aProbeOfOurAddressIsAnsweredAndNobodyRemembered() {
    // RFC 5227 section 2.5.
    host.arp(false, 1, PEER_MAC, "0.0.0.0", OURS);
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::arp)
        .containsExactly("reply 10.0.0.2 -> 0.0.0.0");
    assertThat(host.neighborhood().size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 6, hardware type 6", "2, 0x86dd, protocol", "4, 0x0804, hardware length",
    "4, 0x0610, protocol length", "6, 0, operation 0", "6, 3, operation 3",
    "8, 0x0100, a group as sender"
  })
  void whatIsNotIpv4OverEthernetIsCountedAndDropped(int at, String value, String what) {
    byte[] p = EthernetHost.arpPacket(1, PEER_MAC, PEER, 0, OURS);
    Packets.put16(p, at, Integer.decode(value));
    host.receive(EthernetHeader.BROADCAST, PEER_MAC, EthernetHost.ARP, p);
    assertThat(host.sent()).as(what).isEmpty();
    assertThat(host.neighborhood().size()).isZero();
    assertThat(host.count(Counter.SinewNeighborInErrors)).isEqualTo(1);
  }

  @Test
  void aShortPacketIsDroppedAndAPaddedOneTaken() {
    byte[] p = EthernetHost.arpPacket(1, PEER_MAC, PEER, 0, OURS);
    host.receive(OUR_MAC, PEER_MAC, EthernetHost.ARP, java.util.Arrays.copyOf(p, 27));
    assertThat(host.sent()).isEmpty();
    host.receive(OUR_MAC, PEER_MAC, EthernetHost.ARP, java.util.Arrays.copyOf(p, 46));
    assertThat(host.sent()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"10.0.1.1", "192.0.2.1", "255.255.255.255", "224.0.0.1", "0.0.0.0", "10.0.0.2"})
  void aSenderThatCantBeANeighborIsNotRemembered(String sender) {
    host.arp(false, 1, PEER_MAC, sender, OURS);
    assertThat(host.neighborhood().size()).isZero();
  }

  @Test
  void ourOwnFrameThatComesBackSaysNothing() {
    host.arp(false, 1, OUR_MAC, OURS, OURS);
    assertThat(host.count(Counter.SinewAddressConflicts)).isZero();
    assertThat(host.sent()).isEmpty();
  }

  @Test
  void theGatewayIsAskedForInsteadOfWhoLiesBehindIt() {
    host.stack.addRoute(
        java.util.Objects.requireNonNull(dev.sinew.ip.Prefix.parse("0.0.0.0/0")),
        host.itf,
        Packets.address(PEER));
    host.send("192.0.2.7");
    assertThat(host.sent())
        .extracting(EthernetHost.Frame::arp)
        .containsExactly("request 10.0.0.2 -> 10.0.0.1");
    host.arpReply(PEER_MAC, PEER, OURS);
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent).extracting(EthernetHost.Frame::to).containsExactly(PEER_MAC);
    assertThat(Packets.destination(sent.getFirst().packet())).hasToString("192.0.2.7");
  }
}
