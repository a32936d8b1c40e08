package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import dev.sinew.wire.IpPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMP of both versions: echo, errors sent and received, raw endpoints. */
class IcmpTest {
  private static final String PEER4 = "10.0.0.9";
  private static final String PEER6 = "fd00:a::9";

  private IpHarness h = new IpHarness(false);

  private static String us(String peer) {
    return peer.contains(":") ? "fd00:a::1" : "10.0.0.1";
  }

  private static byte[] echo(String peer, byte[] data) {
    return Packets.icmpPacket(peer, us(peer), peer.contains(":") ? 128 : 8, 0, 0x12340007, data);
  }

  // ---- echo

  @Tag("RFC1122-3.2.2.6-a")
  @Tag("RFC1122-3.1-a")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,0",
    "10.0.0.9,1",
    "10.0.0.9,1472",
    "fd00:a::9,0",
    "fd00:a::9,57",
    "fd00:a::9,1452"
  })
  void aPingIsAnsweredWithItsOwnData(String peer, int size) {
    byte[] request = echo(peer, Packets.pattern(size));
    h.in(request);
    byte[] reply = h.out().getFirst();
    assertThat(Packets.isSound(reply)).isTrue();
    assertThat(Packets.source(reply)).hasToString(us(peer));
    assertThat(Packets.destination(reply)).hasToString(peer);
    byte[] icmp = Packets.payload(reply);
    assertThat(Packets.u8(icmp, 0)).isEqualTo(peer.equals(PEER4) ? 0 : 129);
    assertThat(Arrays.copyOfRange(icmp, 4, icmp.length))
        .isEqualTo(Arrays.copyOfRange(Packets.payload(request), 4, icmp.length));
    assertThat(h.count(Counter.IcmpInEchos)).isOne();
    assertThat(h.count(Counter.IcmpOutEchoReps)).isOne();
    assertThat(h.used()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.9,65507", "fd00:a::9,65527"})
  void theLargestPingIsReassembledAndAnsweredInFragments(String peer, int size) {
    byte[] message =
        Packets.icmp(peer, us(peer), peer.equals(PEER4) ? 8 : 128, 0, 1, Packets.pattern(size));
    boolean v4 = peer.equals(PEER4);
    for (int at = 0; at < message.length; at += 1440) {
      int to = Math.min(message.length, at + 1440);
      byte[] piece = Arrays.copyOfRange(message, at, to);
      boolean more = to < message.length;
      h.in(
          v4
              ? Packets.ipv4(
                  peer, us(peer), 1, 64, 3, at / 8 | (more ? 0x2000 : 0), new byte[0], piece)
              : Packets.ipv6(
                  peer, us(peer), 44, 64, Packets.fragmentHeader(58, at, more, 3, piece)));
    }
    // The peer, another stack with our addresses turned around, puts the answer together.
    IpHarness other = new IpHarness(false);
    IcmpEndpoint ear = other.ip.openIcmp(v4);
    other.ip.addInterface(
        new dev.sinew.testing.TestLink("p", 1500),
        IpHarness.prefix(v4 ? "10.0.0.9/24" : "fd00:a::9/64"));
    other.ip.removeInterface(other.itf);
    NetworkInterface p = other.ip.interfaces().getLast();
    h.out().forEach(packet -> other.in(p, packet));
    IcmpEndpoint.Message reply = ear.receive();
    assertThat(reply).isNotNull();
    assertThat(reply.message()).hasSize(message.length);
    assertThat(Arrays.copyOfRange(reply.message(), 8, message.length))
        .isEqualTo(Packets.pattern(size));
    assertThat(h.used()).isZero();
  }

  @Tag("RFC1122-3.2.2.6-d")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,10.0.0.255",
    "10.0.0.9,255.255.255.255",
    "10.0.0.9,224.0.0.1",
    "fd00:a::9,ff02::1"
  })
  void aPingToManyIsNotAnswered(String peer, String group) {
    h.in(Packets.icmpPacket(peer, group, peer.equals(PEER4) ? 8 : 128, 0, 1, new byte[8]));
    assertThat(h.out()).isEmpty();
    assertThat(h.drops).containsExactly(DropReason.NOT_FOR_UNICAST);
  }

  /** RFC 1122 sections 3.2.2.7 and 3.2.2.9: information and address mask requests. */
  @Tag("RFC1122-3.2.2.7")
  @Tag("RFC1122-3.2.2.9-b")
  @ParameterizedTest
  @ValueSource(ints = {13, 15, 16, 17, 18})
  void requestsOfThePastAreNotAnswered(int type) {
    h.in(Packets.icmpPacket(PEER4, us(PEER4), type, 0, 0x12340007, new byte[12]));
    assertThat(h.out()).isEmpty();
    assertThat(h.otherOut()).isEmpty();
  }

  /** RFC 1122 section 3.2.2: whatever the packet had. */
  @Tag("RFC1122-3.2.2-d")
  @Test
  void anErrorIsOfNoParticularService() {
    byte[] packet = udp(PEER4, "10.0.0.1", 20);
    packet[1] = (byte) 0xb8;
    Packets.fixIpv4Checksum(packet);
    portUnreachable(packet);
    assertThat(Packets.u8(h.out().getFirst(), 1)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {PEER4, PEER6})
  void noBitOfAMessageMayBeWrong(String peer) {
    byte[] good = echo(peer, Packets.pattern(13));
    int from = peer.equals(PEER4) ? 20 : 40;
    for (int bit = from * 8; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      h.in(bad);
    }
    assertThat(h.out()).isEmpty();
    assertThat(h.drops).containsOnly(DropReason.TRANSPORT_CHECKSUM);
    assertThat(h.count(Counter.IcmpInCsumErrors)).isEqualTo((good.length - from) * 8L);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void aMessageShorterThanItsHeaderIsDropped(int size) {
    h.in(Packets.ip(PEER4, "10.0.0.1", 1, new byte[size]));
    h.in(Packets.ip(PEER6, "fd00:a::1", 58, new byte[size]));
    assertThat(h.drops).containsOnly(DropReason.TRANSPORT_HEADER).hasSize(2);
    assertThat(h.out()).isEmpty();
  }

  @Test
  void aFloodOfPingsIsAnsweredAtABoundedRate() {
    int answers = 0;
    for (int i = 0; i < 3000; i++) {
      h.in(echo(PEER4, new byte[8]));
      answers += h.out().size();
    }
    assertThat(answers).isEqualTo(10 * Limits.DEFAULT.icmpErrorBurst());
    h.pass(1_000_000_000L);
    h.in(echo(PEER4, new byte[8]));
    assertThat(h.out()).hasSize(1);
  }

  // ---- errors that we send

  private void portUnreachable(byte[] packet) {
    MemorySegment m = Arena.ofAuto().allocate(packet.length);
    MemorySegment.copy(packet, 0, m, ValueLayout.JAVA_BYTE, 0, packet.length);
    IpPacket p = new IpPacket();
    assertThat(p.parse(m, 0, packet.length)).isEqualTo(IpPacket.OK);
    h.ip.sendPortUnreachable(p, h.now);
  }

  private static byte[] udp(String source, String destination, int size) {
    return Packets.ip(
        source, destination, 17, Packets.udp(source, 5, destination, 6, Packets.pattern(size)));
  }

  @Tag("RFC1122-3.2.2-b")
  @Tag("RFC1122-3.3.8")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,0,28",
    "10.0.0.9,520,548",
    "10.0.0.9,521,548",
    "fd00:a::9,0,48",
    "fd00:a::9,1184,1232",
    "fd00:a::9,1400,1232"
  })
  void aPortUnreachableQuotesAsMuchAsEveryHostTakes(String peer, int size, int quoted) {
    byte[] packet = udp(peer, us(peer), size);
    portUnreachable(packet);
    byte[] error = h.out().getFirst();
    assertThat(Packets.isSound(error)).isTrue();
    byte[] icmp = Packets.payload(error);
    assertThat(icmp)
        .hasSize(8 + quoted)
        .startsWith(peer.equals(PEER4) ? new byte[] {3, 3} : new byte[] {1, 4});
    assertThat(Arrays.copyOfRange(icmp, 8, icmp.length)).isEqualTo(Arrays.copyOf(packet, quoted));
    assertThat(Packets.source(error)).hasToString(us(peer));
    assertThat(h.count(Counter.IcmpOutDestUnreachs)).isOne();
    assertThat(h.used()).isZero();
  }

  @Tag("RFC1122-3.2.2-f")
  @Tag("RFC1122-3.2.2-h")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,10.0.0.255",
    "10.0.0.9,255.255.255.255",
    "10.0.0.9,224.0.0.1",
    "fd00:a::9,ff02::1",
    "0.0.0.0,10.0.0.1",
    "127.0.0.1,10.0.9.9",
    "10.0.0.255,10.0.0.1",
    "224.0.0.5,10.0.0.1",
    "245.0.0.1,10.0.0.1",
    "::,fd00:a::1",
    "ff02::5,fd00:a::1"
  })
  void noErrorGoesToOrAboutManyOrNobody(String source, String destination) {
    portUnreachable(udp(source, destination, 20));
    assertThat(h.out()).isEmpty();
    assertThat(h.otherOut()).isEmpty();
  }

  @Tag("RFC1122-3.2.2-g")
  @Test
  void noErrorIsSentAboutAPieceThatIsNotTheFirst() {
    byte[] data = new byte[24];
    portUnreachable(Packets.ipv4(PEER4, "10.0.0.1", 17, 64, 1, 0x2001, new byte[0], data));
    assertThat(h.out()).isEmpty();
    portUnreachable(Packets.ipv4(PEER4, "10.0.0.1", 17, 64, 1, 0x2000, new byte[0], data));
    assertThat(h.out()).hasSize(1);
  }

  @Tag("RFC1122-3.2.2-e")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,3,false", "10.0.0.9,4,false", "10.0.0.9,5,false", "10.0.0.9,11,false",
        "10.0.0.9,12,false", "10.0.0.9,8,true", "10.0.0.9,0,true",
    "fd00:a::9,1,false", "fd00:a::9,2,false", "fd00:a::9,3,false", "fd00:a::9,4,false",
        "fd00:a::9,127,false", "fd00:a::9,137,false", "fd00:a::9,128,true"
  })
  void noErrorIsSentAboutAnError(String peer, int type, boolean allowed) {
    portUnreachable(Packets.icmpPacket(peer, us(peer), type, 0, 0, new byte[28]));
    assertThat(h.out()).hasSize(allowed ? 1 : 0);
  }

  @Test
  void errorsAreLimitedInNumberAndTheirNumberIsBlurred() {
    List<Integer> counts = new ArrayList<>();
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 200; i++) {
        portUnreachable(udp(PEER4, "10.0.0.1", 10));
      }
      counts.add(h.out().size());
      h.pass(1_000_000_000L);
    }
    assertThat(counts).allMatch(n -> n >= 10 && n <= Limits.DEFAULT.icmpErrorBurst());
    assertThat(counts.stream().distinct().count()).isGreaterThan(5);
    assertThat(h.count(Counter.IcmpOutRateLimitGlobal)).isPositive();
  }

  @Test
  void withoutMemoryNoErrorIsSent() {
    h = new IpHarness(false, Limits.DEFAULT, new BufferPool(0));
    portUnreachable(udp(PEER4, "10.0.0.1", 10));
    assertThat(h.out()).isEmpty();
  }

  // ---- errors that we get

  /** An ICMP error from a router about a packet of ours. */
  private static byte[] error(String peer, int type, int code, int rest, byte[] quoted) {
    String router = peer.equals(PEER4) ? "10.0.0.254" : "fd00:a::fe";
    return Packets.icmpPacket(router, us(peer), type, code, rest, quoted);
  }

  @Tag("RFC1122-3.2.2-c")
  @Tag("RFC1122-3.2.2.1-b")
  @Tag("RFC1122-3.2.2.4")
  @Tag("RFC1122-3.2.2.5-b")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,3,0,NET_UNREACHABLE",
    "10.0.0.9,3,1,HOST_UNREACHABLE",
    "10.0.0.9,3,2,PROTOCOL_UNREACHABLE",
    "10.0.0.9,3,3,PORT_UNREACHABLE",
    "10.0.0.9,3,4,PACKET_TOO_BIG",
    "10.0.0.9,3,5,SOURCE_ROUTE_FAILED",
    "10.0.0.9,3,6,NET_UNREACHABLE",
    "10.0.0.9,3,7,HOST_UNREACHABLE",
    "10.0.0.9,3,8,HOST_UNREACHABLE",
    "10.0.0.9,3,9,NET_PROHIBITED",
    "10.0.0.9,3,10,ADMINISTRATIVELY_PROHIBITED",
    "10.0.0.9,3,11,NET_UNREACHABLE",
    "10.0.0.9,3,12,HOST_UNREACHABLE",
    "10.0.0.9,3,13,ADMINISTRATIVELY_PROHIBITED",
    "10.0.0.9,11,0,TIME_EXCEEDED",
    "10.0.0.9,11,1,REASSEMBLY_TIMEOUT",
    "10.0.0.9,12,0,PARAMETER_PROBLEM",
    "fd00:a::9,1,0,NET_UNREACHABLE",
    "fd00:a::9,1,1,ADMINISTRATIVELY_PROHIBITED",
    "fd00:a::9,1,2,HOST_UNREACHABLE",
    "fd00:a::9,1,3,HOST_UNREACHABLE",
    "fd00:a::9,1,4,PORT_UNREACHABLE",
    "fd00:a::9,1,5,ADMINISTRATIVELY_PROHIBITED",
    "fd00:a::9,1,6,ADMINISTRATIVELY_PROHIBITED",
    "fd00:a::9,2,0,PACKET_TOO_BIG",
    "fd00:a::9,3,0,TIME_EXCEEDED",
    "fd00:a::9,3,1,REASSEMBLY_TIMEOUT",
    "fd00:a::9,4,0,PARAMETER_PROBLEM",
    "fd00:a::9,4,1,PROTOCOL_UNREACHABLE"
  })
  void anErrorReachesTheTransportThatItQuotes(String peer, int type, int code, IcmpErrorKind kind) {
    byte[] ours = udp(us(peer), peer, 30);
    h.in(error(peer, type, code, 1400, ours));
    assertThat(h.told).hasSize(1);
    IpHarness.Told t = h.told.getFirst();
    assertThat(t.kind()).isEqualTo(kind);
    assertThat(t.type()).isEqualTo(type);
    assertThat(t.code()).isEqualTo(code);
    assertThat(t.mtu()).isEqualTo(kind == IcmpErrorKind.PACKET_TOO_BIG ? 1400 : 0);
    assertThat(t.destination()).hasToString(peer);
    assertThat(t.transport()).isEqualTo(Packets.payload(ours));
    assertThat(h.out()).isEmpty();
  }

  @Tag("RFC1122-3.2.2-a")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,3,16",
    "10.0.0.9,3,255",
    "fd00:a::9,1,7",
    "fd00:a::9,100,0",
    "fd00:a::9,127,0",
    "10.0.0.9,44,0",
    "fd00:a::9,200,0"
  })
  void whatNobodyKnowsIsIgnored(String peer, int type, int code) {
    h.in(error(peer, type, code, 0, udp(us(peer), peer, 30)));
    assertThat(h.told).isEmpty();
    assertThat(h.out()).isEmpty();
    assertThat(h.count(Counter.SinewIcmpIgnored)).isOne();
  }

  @Test
  @Tag("MUST-55")
  void sourceQuenchAndRedirectsAreCountedAndIgnored() {
    h.in(error(PEER4, 4, 0, 0, udp("10.0.0.1", PEER4, 30)));
    h.in(error(PEER4, 5, 1, 0x0a0000fe, udp("10.0.0.1", PEER4, 30)));
    h.in(error(PEER6, 137, 0, 0, udp("fd00:a::1", PEER6, 30)));
    assertThat(h.told).isEmpty();
    assertThat(h.count(Counter.IcmpInSrcQuenchs)).isOne();
    assertThat(h.count(Counter.IcmpInRedirects)).isEqualTo(2);
  }

  @Test
  void everyCutOfAQuoteIsReadWithCare() {
    for (String peer : new String[] {PEER4, PEER6}) {
      byte[] ours = udp(us(peer), peer, 4);
      int enough = ours.length - 12 + 8;
      for (int n = 0; n <= ours.length; n++) {
        h.told.clear();
        h.in(
            error(
                peer,
                peer.equals(PEER4) ? 3 : 1,
                peer.equals(PEER4) ? 3 : 4,
                0,
                Arrays.copyOf(ours, n)));
        assertThat(h.told).as("%d bytes quoted", n).hasSize(n >= enough ? 1 : 0);
      }
    }
  }

  @Test
  void aQuoteWithExtensionHeadersIsUnderstood() {
    byte[] options = {44, 0, 1, 4, 0, 0, 0, 0};
    byte[] datagram = Packets.udp("fd00:a::1", 5, PEER6, 6, new byte[4]);
    byte[] first = Packets.concat(options, Packets.fragmentHeader(17, 0, true, 1, datagram));
    h.in(error(PEER6, 2, 0, 1300, Packets.ipv6("fd00:a::1", PEER6, 60, 64, first)));
    assertThat(h.told.getFirst().transport()).isEqualTo(datagram);
    h.told.clear();
    byte[] later = Packets.concat(options, Packets.fragmentHeader(17, 8, true, 1, datagram));
    h.in(error(PEER6, 2, 0, 1300, Packets.ipv6("fd00:a::1", PEER6, 60, 64, later)));
    assertThat(h.told).isEmpty();
  }

  @Test
  void aChainOfHeadersWithoutEndInAQuoteIsLeft() {
    byte[] chain = new byte[8 * 20];
    for (int i = 0; i < 20; i++) {
      chain[8 * i] = 60;
    }
    h.in(error(PEER6, 1, 4, 0, Packets.ipv6("fd00:a::1", PEER6, 60, 64, chain)));
    byte[] huge = {17, (byte) 255, 0, 0, 0, 0, 0, 0};
    h.in(
        error(
            PEER6,
            1,
            4,
            0,
            Packets.ipv6("fd00:a::1", PEER6, 60, 64, Packets.concat(huge, new byte[40]))));
    assertThat(h.told).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.9,10.0.0.8", "10.0.0.1,10.0.0.9"})
  void onlyPacketsOfOursAreBelieved(String quotedSource, String quotedDestination) {
    h.in(error(PEER4, 3, 3, 0, udp(quotedSource, quotedDestination, 30)));
    assertThat(h.told).hasSize(quotedSource.equals("10.0.0.1") ? 1 : 0);
  }

  @Test
  void aQuoteOfTheOtherVersionIsNotBelieved() {
    h.in(error(PEER4, 3, 3, 0, udp("fd00:a::1", PEER6, 30)));
    h.in(error(PEER6, 1, 4, 0, udp("10.0.0.1", PEER4, 30)));
    assertThat(h.told).isEmpty();
  }

  @Test
  void anErrorSentToManyIsNotBelieved() {
    h.in(Packets.icmpPacket("10.0.0.254", "10.0.0.255", 3, 3, 0, udp("10.0.0.1", PEER4, 30)));
    assertThat(h.told).isEmpty();
  }

  @Test
  void anAbsurdMtuFitsIntoTheAnswer() {
    h.in(error(PEER6, 2, 0, -1, udp("fd00:a::1", PEER6, 30)));
    assertThat(h.told.getFirst().mtu()).isEqualTo(Integer.MAX_VALUE);
  }

  // ---- raw endpoints

  private static byte[] request(boolean v4, int size) {
    byte[] m = new byte[8 + size];
    m[0] = (byte) (v4 ? 8 : 128);
    m[5] = 9;
    return m;
  }

  @Tag("RFC1122-3.2.2.6-b")
  @Tag("RFC1122-3.2.2.6-c")
  @ParameterizedTest
  @ValueSource(strings = {PEER4, PEER6})
  void anEndpointPingsAndHearsTheAnswer(String peer) {
    boolean v4 = peer.equals(PEER4);
    IcmpEndpoint e = h.ip.openIcmp(v4);
    assertThat(e.readiness()).isEqualTo(Readiness.WRITABLE);
    assertThat(e.send(request(v4, 56), Packets.address(peer), 17)).isEqualTo(64);
    byte[] sent = h.out().getFirst();
    assertThat(Packets.isSound(sent)).isTrue();
    assertThat(Packets.ttl(sent)).isEqualTo(17);
    assertThat(Packets.destination(sent)).hasToString(peer);

    h.now = 5;
    h.in(Packets.icmpPacket(peer, us(peer), v4 ? 0 : 129, 0, 9, new byte[56]));
    assertThat(h.context.readyList.take()).isSameAs(e);
    assertThat(e.readiness()).isEqualTo(Readiness.WRITABLE | Readiness.READABLE);
    IcmpEndpoint.Message m = e.receive();
    assertThat(m).isNotNull();
    assertThat(m.source()).hasToString(peer);
    assertThat(m.ttl()).isEqualTo(64);
    assertThat(m.receivedNanos()).isEqualTo(5);
    assertThat(m.message()).hasSize(64);
    assertThat(e.receive()).isNull();
    assertThat(h.count(Counter.IcmpOutEchos)).isOne();
    assertThat(h.count(Counter.IcmpInEchoReps)).isOne();
    assertThat(h.used()).isZero();
  }

  @Test
  void anEndpointHearsItsOwnVersionAndNothingWithABadChecksum() {
    IcmpEndpoint e = h.ip.openIcmp(true);
    h.in(echo(PEER6, new byte[3]));
    byte[] bad = echo(PEER4, new byte[3]);
    bad[30] ^= 1;
    h.in(bad);
    assertThat(e.receive()).isNull();
    assertThat(h.context.readyList.take()).isNull();
    h.in(error(PEER4, 3, 1, 0, udp("10.0.0.1", PEER4, 1)));
    assertThat(e.receive()).isNotNull();
  }

  @Test
  void anEndpointThatNobodyReadsKeepsABoundedQueue() {
    IcmpEndpoint e = h.ip.openIcmp(true);
    for (int i = 0; i < 300; i++) {
      h.in(Packets.icmpPacket(PEER4, "10.0.0.1", 0, 0, i, new byte[8]));
    }
    assertThat(e.dropCount()).isEqualTo(44);
    int n = 0;
    while (e.receive() != null) {
      n++;
    }
    assertThat(n).isEqualTo(256);
    for (int i = 0; i < 300; i++) {
      h.in(Packets.icmpPacket(PEER4, "10.0.0.1", 0, 0, i, new byte[1400]));
    }
    assertThat(e.dropCount()).isEqualTo(44 + 300 - Limits.DEFAULT.udpReceiveBytes() / 1408);
  }

  @Tag("RFC1122-3.2.1.7-a")
  @Test
  void whatCannotBeSentIsRefusedWithItsReason() {
    IcmpEndpoint e = h.ip.openIcmp(true);
    IpAddress peer = Packets.address(PEER4);
    assertThat(e.send(new byte[7], peer, 64)).isEqualTo(TcpError.INVALID.code());
    assertThat(e.send(new byte[8], peer, 0)).isEqualTo(TcpError.INVALID.code());
    assertThat(e.send(new byte[8], peer, 256)).isEqualTo(TcpError.INVALID.code());
    assertThat(e.send(new byte[8], Packets.address(PEER6), 64)).isEqualTo(TcpError.INVALID.code());
    assertThat(e.send(new byte[8], Packets.address("192.0.2.1"), 64))
        .isEqualTo(TcpError.NET_UNREACHABLE.code());
    assertThat(e.send(new byte[65_516], peer, 64)).isEqualTo(TcpError.MESSAGE_SIZE.code());
    assertThat(e.send(new byte[70_000], peer, 64)).isEqualTo(TcpError.MESSAGE_SIZE.code());
    assertThat(e.send(new byte[65_515], peer, 64)).isEqualTo(65_515);
    e.close();
    e.close();
    assertThat(e.send(new byte[8], peer, 64)).isEqualTo(TcpError.CLOSED.code());
    assertThat(e.readiness() & Readiness.HANGUP).isNotZero();
    h.in(echo(PEER4, new byte[3]));
    assertThat(e.receive()).isNull();
    assertThat(h.used()).isZero();
  }

  @Test
  void aPingThatWasTooBigTeachesThePathMtuOnlyWhereOneWasSent() {
    IcmpEndpoint e = h.ip.openIcmp(false);
    byte[] message = Packets.icmp("fd00:a::1", PEER6, 128, 0, 1, new byte[1400]);
    byte[] tooBig =
        error(
            PEER6,
            2,
            0,
            1300,
            Arrays.copyOf(Packets.ipv6("fd00:a::1", PEER6, 58, 64, message), 1000));
    Flow flow = new Flow();
    IpAddress peer = Packets.address(PEER6);
    flow.set(false, 0, 0, peer.high(), peer.low());
    assertThat(h.ip.route(flow)).isTrue();
    h.in(tooBig);
    assertThat(h.ip.mtu(flow)).isEqualTo(1500);
    assertThat(e.send(message, peer, 64)).isEqualTo(message.length);
    assertThat(h.out()).hasSize(1);
    h.in(tooBig);
    assertThat(h.ip.mtu(flow)).isEqualTo(1300);
    assertThat(e.send(message, peer, 64)).isEqualTo(message.length);
    assertThat(h.out()).hasSize(2).allMatch(p -> p.length <= 1300);
  }
}
