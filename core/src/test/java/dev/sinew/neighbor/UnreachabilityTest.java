package dev.sinew.neighbor;

import static dev.sinew.neighbor.EthernetHost.OTHER_MAC;
import static dev.sinew.neighbor.EthernetHost.OUR_MAC;
import static dev.sinew.neighbor.EthernetHost.PEER_MAC;
import static dev.sinew.neighbor.EthernetHost.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpState;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.testing.Packets;
import dev.sinew.wire.EthernetHeader;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Neighbor unreachability detection (RFC 4861 section 7.3), which IPv4 has too: there unicast ARP
 * requests are the probes (RFC 1122 section 2.3.2.1 (2)).
 */
class UnreachabilityTest {
  /** REACHABLE lasts 15 to 45 s (RFC 4861 section 6.3.2). */
  private static final long SURELY_STALE = 45 * SECOND + 1;

  private final EthernetHost host = EthernetHost.ready("10.0.0.2/24", "fd00::2/64");

  private static String peer(boolean v4) {
    return v4 ? "10.0.0.1" : "fd00::1";
  }

  private void answer(boolean v4, long mac) {
    if (v4) {
      host.arpReply(mac, "10.0.0.1", "10.0.0.2");
    } else {
      host.receive(
          OUR_MAC,
          mac,
          EthernetHost.IPV6,
          EthernetHost.advertisement("fd00::1", "fd00::2", 0x60, "fd00::1", mac));
    }
  }

  private void resolve(boolean v4) {
    host.send(peer(v4));
    answer(v4, PEER_MAC);
    host.sent();
    assertThat(state(v4)).isEqualTo("REACHABLE");
  }

  private String state(boolean v4) {
    return host.neighbor(peer(v4)).replaceFirst(".* ", "");
  }

  private static boolean isProbe(EthernetHost.Frame f, boolean v4) {
    return v4
        ? f.isArp() && f.arp().equals("request 10.0.0.2 -> 10.0.0.1")
        : f.ndp().equals("solicitation fd00::2 -> fd00::1: fd00::1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reachableLastsHalfToOneAndAHalfTimesThirtySeconds(boolean v4) {
    resolve(v4);
    host.pass(15 * SECOND - 1);
    host.send(peer(v4));
    assertThat(state(v4)).isEqualTo("REACHABLE");
    host.pass(30 * SECOND + 2);
    host.send(peer(v4));
    assertThat(state(v4)).isEqualTo("DELAY");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nobodyAsksAboutANeighborThatIsNotUsed(boolean v4) {
    resolve(v4);
    host.pass(3600 * SECOND);
    assertThat(host.sent()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPacketToAStaleNeighborGoesOutAndFiveSecondsLaterItIsAskedItself(boolean v4) {
    resolve(v4);
    host.pass(SURELY_STALE);
    host.send(peer(v4));
    List<EthernetHost.Frame> sent = host.sent();
    assertThat(sent).as("not held up").extracting(EthernetHost.Frame::to).containsExactly(PEER_MAC);
    assertThat(state(v4)).isEqualTo("DELAY");
    host.pass(5 * SECOND - 1);
    assertThat(host.sent()).isEmpty();
    host.pass(1);
    List<EthernetHost.Frame> probe = host.sent();
    assertThat(probe).hasSize(1).allMatch(f -> isProbe(f, v4) && f.to() == PEER_MAC);
    assertThat(state(v4)).isEqualTo("PROBE");
    answer(v4, PEER_MAC);
    assertThat(state(v4)).isEqualTo("REACHABLE");
    host.pass(14 * SECOND);
    assertThat(host.sent()).as("its timer has ended").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterThreeProbesASecondApartItIsForgottenAndTheNextPacketAsksEverybody(boolean v4) {
    resolve(v4);
    host.pass(SURELY_STALE);
    host.send(peer(v4));
    host.sent();
    long begin = host.now;
    host.pass(8 * SECOND - 1);
    List<EthernetHost.Frame> probes = host.sent();
    assertThat(probes).allMatch(f -> isProbe(f, v4) && f.to() == PEER_MAC);
    assertThat(probes)
        .extracting(f -> f.at() - begin)
        .containsExactly(5 * SECOND, 6 * SECOND, 7 * SECOND);
    assertThat(state(v4)).isEqualTo("PROBE");
    host.pass(1);
    assertThat(state(v4)).isEqualTo("none");

    host.send(peer(v4));
    assertThat(host.sent().getFirst().to())
        .isEqualTo(v4 ? EthernetHeader.BROADCAST : 0x3333_ff00_0001L);
    answer(v4, OTHER_MAC);
    assertThat(host.sentPackets()).extracting(EthernetHost.Frame::to).containsExactly(OTHER_MAC);
    assertThat(host.neighbor(peer(v4))).isEqualTo("02:00:00:00:00:03 REACHABLE");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whileItIsBeingProbedPacketsGoToTheKnownAddress(boolean v4) {
    resolve(v4);
    host.pass(SURELY_STALE);
    host.send(peer(v4));
    host.pass(6 * SECOND);
    host.sent();
    host.send(peer(v4));
    assertThat(host.sent()).extracting(EthernetHost.Frame::to).containsExactly(PEER_MAC);
    assertThat(state(v4)).isEqualTo("PROBE");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAcknowledgementOfNewDataProvesThatTheNeighborHears(boolean v4) {
    // RFC 4861 section 7.3.1: forward progress of TCP is proof.
    String peer = peer(v4);
    String ours = v4 ? "10.0.0.2" : "fd00::2";
    host.stack.tick(host.now);
    TcpEndpoint tcp = host.stack.tcp();
    tcp.connect(Packets.address(peer), 80);
    host.pass(0);
    answer(v4, PEER_MAC);
    byte[] syn = host.sentPackets().getLast().packet();
    int port = Packets.u16(Packets.payload(syn), 0);
    int iss = Packets.i32(Packets.payload(syn), 4);
    segment(peer, ours, port, 1000, iss + 1, 0x12);
    assertThat(tcp.state()).isEqualTo(TcpState.ESTABLISHED);
    host.pass(SURELY_STALE);
    host.stack.tick(host.now);
    tcp.write(new byte[] {1}, 0, 1);
    host.pass(0);
    assertThat(state(v4)).isEqualTo("DELAY");

    segment(peer, ours, port, 1001, iss + 1, 0x10);
    assertThat(state(v4)).as("an old acknowledgement proves nothing").isEqualTo("DELAY");
    segment(peer, ours, port, 1001, iss + 2, 0x10);
    assertThat(state(v4)).isEqualTo("REACHABLE");
    host.sent();
    host.pass(14 * SECOND);
    assertThat(host.sent()).as("no probe").noneMatch(f -> isProbe(f, v4));
  }

  private void segment(String from, String to, int port, int seq, int ack, int flags) {
    byte[] tcp = Packets.tcp(from, 80, to, port, seq, ack, flags, 65_000, new byte[0], new byte[0]);
    boolean v4 = Objects.requireNonNull(Packets.address(from)).isV4();
    host.receive(
        OUR_MAC,
        PEER_MAC,
        v4 ? EthernetHost.IPV4 : EthernetHost.IPV6,
        Packets.ip(from, to, 6, tcp));
  }
}
