package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A router between a network of MTU 1500 and one of 1280. */
class ForwarderTest {
  private static final int UDP = 17;
  private final IpHarness h = new IpHarness(true);

  private static byte[] udp(String source, String destination, int size) {
    return Packets.ip(
        source, destination, UDP, Packets.udp(source, 5, destination, 6, Packets.pattern(size)));
  }

  @Tag("RFC1122-3.1-b")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,10.0.1.9,0",
    "10.0.0.9,10.0.1.9,1000",
    "fd00:a::9,fd00:b::9,3",
    "fd00:a::9,fd00:b::9,1000"
  })
  void aPacketGoesOnWithOneHopLess(String source, String destination, int size) {
    byte[] packet = udp(source, destination, size);
    h.in(packet);
    assertThat(h.out()).isEmpty();
    byte[] passed = h.otherOut().getFirst();
    assertThat(Packets.isSound(passed)).isTrue();
    assertThat(Packets.ttl(passed)).isEqualTo(63);
    byte[] expected = packet.clone();
    expected[Packets.isV4(packet) ? 8 : 7]--;
    if (Packets.isV4(packet)) {
      Packets.fixIpv4Checksum(expected);
    }
    assertThat(passed).isEqualTo(expected);
    assertThat(h.count(Counter.IpForwDatagrams)).isOne();
    assertThat(h.delivered).isEmpty();
    assertThat(h.used()).isZero();
  }

  @Test
  void theChecksumIsRightForEveryTtlAndIdentification() {
    for (int id = 0; id < 65_536; id += 251) {
      int ttl = 2 + id % 254;
      h.in(Packets.ipv4("10.0.0.9", "10.0.1.9", 200, ttl, id, 0x4000, new byte[0], new byte[4]));
      byte[] passed = h.otherOut().getFirst();
      assertThat(Packets.sum(passed, 0, 20, 0)).isEqualTo(0xffff);
      assertThat(Packets.ttl(passed)).isEqualTo(ttl - 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,10.0.1.9,1",
    "10.0.0.9,10.0.1.9,0",
    "fd00:a::9,fd00:b::9,1",
    "fd00:a::9,fd00:b::9,0"
  })
  void aPacketWhoseHopsAreUsedUpIsReported(String source, String destination, int ttl) {
    byte[] payload = Packets.udp(source, 1, destination, 2, new byte[5]);
    boolean v4 = !source.contains(":");
    byte[] packet =
        v4
            ? Packets.ipv4(source, destination, UDP, ttl, 1, 0, new byte[0], payload)
            : Packets.ipv6(source, destination, UDP, ttl, payload);
    h.in(packet);
    assertThat(h.otherOut()).isEmpty();
    byte[] error = h.out().getFirst();
    assertThat(Packets.isSound(error)).isTrue();
    assertThat(Packets.source(error)).hasToString(v4 ? "10.0.0.1" : "fd00:a::1");
    byte[] icmp = Packets.payload(error);
    assertThat(icmp).startsWith(v4 ? 11 : 3, 0);
    assertThat(Arrays.copyOfRange(icmp, 8, icmp.length)).isEqualTo(packet);
    assertThat(h.drops).containsExactly(DropReason.TTL_EXCEEDED);
  }

  @Test
  void aPacketWithItsLastHopForUsIsDelivered() {
    h.in(
        Packets.ipv4(
            "10.0.0.9",
            "10.0.0.1",
            UDP,
            1,
            1,
            0,
            new byte[0],
            Packets.udp("10.0.0.9", 1, "10.0.0.1", 2, new byte[1])));
    assertThat(h.delivered).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.9,192.0.2.1,3,0", "fd00:a::9,2001:db8::1,1,0"})
  void withoutARouteTheSourceHearsOfIt(String source, String destination, int type, int code) {
    h.in(udp(source, destination, 5));
    assertThat(Packets.payload(h.out().getFirst())).startsWith(type, code);
    assertThat(h.drops).containsExactly(DropReason.NO_ROUTE);
    assertThat(h.count(Counter.IpOutNoRoutes)).isPositive();
  }

  @Test
  void aPacketThatFitsExactlyPasses() {
    h.in(udp("fd00:a::9", "fd00:b::9", 1280 - 48));
    assertThat(h.otherOut()).hasSize(1);
    h.in(Packets.ipv4("10.0.0.9", "10.0.1.9", 200, 9, 1, 0x4000, new byte[0], new byte[1260]));
    assertThat(h.otherOut()).hasSize(1);
  }

  @Test
  void anIpv6PacketOneByteTooLongIsTooBig() {
    h.in(udp("fd00:a::9", "fd00:b::9", 1281 - 48));
    assertThat(h.otherOut()).isEmpty();
    byte[] icmp = Packets.payload(h.out().getFirst());
    assertThat(icmp).startsWith(2, 0);
    assertThat(Packets.i32(icmp, 4)).isEqualTo(1280);
    assertThat(h.drops).containsExactly(DropReason.PACKET_TOO_BIG);
  }

  @Test
  void alsoAnIpv6FragmentThatIsNotTheFirstIsToldThatItIsTooBig() {
    byte[] piece = Packets.fragmentHeader(UDP, 1400, true, 1, new byte[1400]);
    h.in(Packets.ipv6("fd00:a::9", "fd00:b::9", 44, 64, piece));
    assertThat(Packets.payload(h.out().getFirst())).startsWith(2, 0);
  }

  @Test
  void anIpv4PacketThatMayNotBeFragmentedIsReportedWithTheMtu() {
    h.in(Packets.ipv4("10.0.0.9", "10.0.1.9", 200, 9, 1, 0x4000, new byte[0], new byte[1261]));
    assertThat(h.otherOut()).isEmpty();
    byte[] icmp = Packets.payload(h.out().getFirst());
    assertThat(icmp).startsWith(3, 4);
    assertThat(Packets.i32(icmp, 4)).isEqualTo(1280);
  }

  @Test
  void anIpv4PacketThatMayBeFragmentedIs() {
    byte[] data = Packets.pattern(1480);
    h.in(Packets.ipv4("10.0.0.9", "10.0.1.9", 200, 9, 77, 0, new byte[0], data));
    assertPieces(h.otherOut(), data, 0, false);
    assertThat(h.count(Counter.IpFragCreates)).isEqualTo(2);
    assertThat(h.used()).isZero();
  }

  @Test
  void aFragmentIsFragmentedFurther() {
    byte[] data = Packets.pattern(1480);
    h.in(Packets.ipv4("10.0.0.9", "10.0.1.9", 200, 9, 77, 0x2000 | 185, new byte[0], data));
    assertPieces(h.otherOut(), data, 185 * 8, true);
    h.in(Packets.ipv4("10.0.0.9", "10.0.1.9", 200, 9, 77, 370, new byte[0], data));
    assertPieces(h.otherOut(), data, 370 * 8, false);
  }

  private static void assertPieces(
      List<byte[]> pieces, byte[] data, int offset, boolean moreAfter) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    assertThat(pieces).hasSize(2);
    for (int i = 0; i < pieces.size(); i++) {
      byte[] p = pieces.get(i);
      assertThat(Packets.isSound(p)).isTrue();
      assertThat(Packets.u16(p, 4)).isEqualTo(77);
      assertThat(Packets.ttl(p)).isEqualTo(8);
      assertThat((Packets.u16(p, 6) & 0x1fff) * 8).isEqualTo(offset + all.size());
      assertThat((Packets.u16(p, 6) & 0x2000) != 0).isEqualTo(moreAfter || i == 0);
      all.writeBytes(Packets.payload(p));
    }
    assertThat(all.toByteArray()).isEqualTo(data);
  }

  @Test
  void onlyOptionsThatAskForItAreInLaterFragments() {
    // Record route (not copied), then stream id (copied), then no-operation.
    byte[] options = {7, 7, 4, 0, 0, 0, 0, (byte) 136, 4, 1, 2, 1};
    byte[] data = Packets.pattern(1400);
    h.in(Packets.ipv4("10.0.0.9", "10.0.1.9", 200, 9, 77, 0, options, data));
    List<byte[]> pieces = h.otherOut();
    assertPieces(pieces, data, 0, false);
    assertThat(Arrays.copyOfRange(pieces.get(0), 20, 32)).isEqualTo(options);
    assertThat(pieces.get(1)[0]).isEqualTo((byte) 0x46);
    assertThat(Arrays.copyOfRange(pieces.get(1), 20, 24)).containsExactly((byte) 136, 4, 1, 2);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,10.0.1.9",
    "10.0.0.1,10.0.1.9",
    "10.0.0.255,10.0.1.9",
    "0.0.0.0,10.0.1.9",
    "224.0.0.1,10.0.1.9",
    "::1,fd00:b::9",
    "ff02::1,fd00:b::9",
    "::,fd00:b::9",
    "10.0.0.9,127.0.0.1",
    "fd00:a::9,::1",
    "10.0.0.9,240.0.0.1"
  })
  void martiansArePassedToNobody(String source, String destination) {
    h.ip.addRoute(IpHarness.prefix("0.0.0.0/0"), h.otherItf, null);
    h.ip.addRoute(IpHarness.prefix("::/0"), h.otherItf, null);
    h.in(udp(source, destination, 3));
    assertThat(h.drops).containsExactly(DropReason.MARTIAN);
    assertThat(h.otherOut()).isEmpty();
    assertThat(h.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"239.1.1.1", "224.0.0.251", "ff0e::1", "ff02::2"})
  void groupsAreNotPassedOn(String group) {
    h.ip.addRoute(IpHarness.prefix("0.0.0.0/0"), h.otherItf, null);
    h.ip.addRoute(IpHarness.prefix("::/0"), h.otherItf, null);
    h.in(udp(group.contains(":") ? "fd00:a::9" : "10.0.0.9", group, 3));
    assertThat(h.otherOut()).isEmpty();
    assertThat(h.out()).isEmpty();
  }

  @Test
  void aDirectedBroadcastEndsHere() {
    h.in(udp("10.0.0.9", "10.0.1.255", 3));
    assertThat(h.otherOut()).isEmpty();
  }

  @Test
  void linkLocalPacketsStayOnTheirLink() {
    h.in(udp("fe80::9", "fd00:b::9", 3));
    h.in(udp("fd00:a::9", "fe80::77", 3));
    assertThat(h.otherOut()).isEmpty();
    assertThat(h.out()).isEmpty();
    assertThat(h.drops).containsOnly(DropReason.NOT_MINE);
  }

  @Test
  void aFullQueueDropsAndCounts() {
    int capacity = Limits.DEFAULT.txQueuePackets();
    for (int i = 0; i < capacity + 5; i++) {
      h.in(udp("10.0.0.9", "10.0.1.9", 500));
    }
    assertThat(h.drops).hasSize(5).containsOnly(DropReason.TX_QUEUE_FULL);
    assertThat(h.count(Counter.SinewTxQueueDrops)).isEqualTo(5);
    assertThat(h.otherOut()).hasSize(capacity);
    assertThat(h.used()).isZero();
  }

  @Test
  void withoutMemoryAPacketIsDroppedAndCounted() {
    IpHarness poor = new IpHarness(true, Limits.DEFAULT, new dev.sinew.base.BufferPool(0));
    poor.in(udp("10.0.0.9", "10.0.1.9", 500));
    assertThat(poor.drops).containsExactly(DropReason.MEMORY);
    assertThat(poor.otherOut()).isEmpty();
    poor.in(Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[8]));
    assertThat(poor.drops).hasSize(2).endsWith(DropReason.MEMORY);
    assertThat(poor.ip.openIcmp(true).send(new byte[8], Packets.address("10.0.0.9"), 9))
        .isEqualTo(dev.sinew.base.TcpError.NO_BUFFERS.code());
  }

  @Test
  void longExtensionHeadersPassUnharmed() {
    byte[] options = new byte[240];
    options[0] = UDP;
    options[1] = 29;
    options[2] = 1;
    options[3] = (byte) 236;
    byte[] packet =
        Packets.ipv6(
            "fd00:a::9",
            "fd00:b::9",
            60,
            64,
            Packets.concat(
                options, Packets.udp("fd00:a::9", 1, "fd00:b::9", 2, Packets.pattern(300))));
    h.in(packet);
    byte[] passed = h.otherOut().getFirst();
    packet[7]--;
    assertThat(passed).isEqualTo(packet);
  }
}
