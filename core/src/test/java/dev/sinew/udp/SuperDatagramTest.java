package dev.sinew.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.ip.IpAddress;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Datagrams that wait for a device that cuts super-datagrams leave together, and a super-datagram
 * that comes is as many datagrams; nobody but the device can tell.
 */
class SuperDatagramTest {
  private static final String[] OURS = {"10.0.0.1/24", "fd00::1/64"};
  private static final IpAddress B4 = Packets.address("10.0.0.2");
  private static final IpAddress C4 = Packets.address("10.0.0.3");
  private static final IpAddress B6 = Packets.address("fd00::2");

  private final BufferPool pool = new BufferPool(16 << 20);
  private final UdpHost a = new UdpHost(1, pool, device(1500), OURS);
  private final UdpHost plain = new UdpHost(1, pool, 1500, OURS);
  private final byte[] data = Packets.pattern(70_000);

  private static LinkProperties device(int mtu) {
    return new LinkProperties("card0", mtu, true, true, false, false).withDatagramOffload();
  }

  @AfterEach
  void everythingIsGivenBack() {
    for (UdpHost h : List.of(a, plain)) {
      h.udp.close();
      h.drain();
      h.ip.close();
    }
    assertThat(pool.usedBytes()).isZero();
  }

  private static UdpEndpoint bound(UdpHost host, int port) {
    UdpEndpoint e = host.udp.open();
    assertThat(e.bind(IpAddress.ANY_V6, port)).isZero();
    return e;
  }

  /** Sends bytes that differ from datagram to datagram. */
  private int send(UdpEndpoint e, int number, int size, IpAddress to, int port) {
    return e.send(data, number % 200, size, to, port);
  }

  private void sendAll(UdpHost host, IpAddress to, int... sizes) {
    UdpEndpoint e = bound(host, 1000);
    for (int i = 0; i < sizes.length; i++) {
      assertThat(send(e, i, sizes[i], to, 2000)).isEqualTo(sizes[i]);
    }
    host.drain();
  }

  private static int[] times(int count, int size) {
    int[] sizes = new int[count];
    Arrays.fill(sizes, size);
    return sizes;
  }

  /** Without what IPv4's identification changes. */
  private static byte[] unidentified(byte[] packet) {
    byte[] p = packet.clone();
    if (Packets.isV4(p)) {
      Arrays.fill(p, 4, 6, (byte) 0);
      Arrays.fill(p, 10, 12, (byte) 0);
    }
    return p;
  }

  private void assertSameAsPlain() {
    assertThat(a.sent).hasSameSizeAs(plain.sent);
    for (int i = 0; i < a.sent.size(); i++) {
      assertThat(unidentified(a.sent.get(i)))
          .as("packet %d", i)
          .isEqualTo(unidentified(plain.sent.get(i)));
      assertThat(Packets.isSound(a.sent.get(i))).isTrue();
    }
    assertThat(a.uncut).allMatch(Packets::isSound);
    assertThat(a.announced).isEqualTo(plain.announced);
    assertThat(a.count(Counter.UdpOutDatagrams)).isEqualTo(plain.count(Counter.UdpOutDatagrams));
    assertThat(a.count(Counter.IpOutRequests)).isEqualTo(plain.count(Counter.IpOutRequests));
  }

  // ---- joining

  /** Payload in the header area, in it through a block, in a block; sizes odd and even. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 40, 41, 99, 136, 163, 164, 165, 1000, 1452})
  void equalDatagramsThatWaitLeaveAsOne(int size) {
    for (IpAddress to : List.of(B4, B6)) {
      sendAll(a, to, times(5, size));
      sendAll(plain, to, times(5, size));
      a.udp.close();
      plain.udp.close();
    }
    assertThat(a.pieces).containsExactly(5, 5);
    assertSameAsPlain();
  }

  @Test
  void identificationsCountOnAndAreNobodyElses() {
    UdpEndpoint e = bound(a, 1000);
    for (int i = 0; i < 400; i++) {
      for (int n = 0; n < 3 + i % 5; n++) {
        assertThat(send(e, n, 8, B4, 2000)).isPositive();
      }
      a.drain();
    }
    assertThat(a.pieces).startsWith(3, 4, 5, 6, 7, 3);
    int at = 0;
    int before = Packets.u16(a.sent.getFirst(), 4) - 1;
    for (int count : a.pieces) {
      int first = Packets.u16(a.sent.get(at), 4);
      assertThat(first - before & 0xffff).isBetween(1, 30);
      for (int i = 0; i < count; i++) {
        before = Packets.u16(a.sent.get(at++), 4);
        assertThat(before - first & 0xffff).isEqualTo(i);
      }
    }
  }

  /** Sizes, and how many leave together. */
  @ParameterizedTest
  @CsvSource({
    "'100,100,40,100', '3,1'",
    "'100,40,40', '2,1'",
    "'100,100,101,101,100', '2,3'",
    "'1,2,3', '1,1,1'",
    "'100,0,100,100', '1,1,2'",
    "'0,0', '1,1'",
    "'100,1', '2'",
    "'100', '1'",
    "'1473,1473', '1,1,1,1'",
    "'1472,1473,1472,1472', '1,1,1,2'",
    "'100,1473,100', '1,1,1,1'"
  })
  void theLastMayBeShorterAndFragmentsGoAlone(String sizes, String together) {
    int[] all = Stream.of(sizes.split(",")).mapToInt(Integer::parseInt).toArray();
    sendAll(a, B4, all);
    sendAll(plain, B4, all);
    assertThat(a.pieces).isEqualTo(Stream.of(together.split(",")).map(Integer::valueOf).toList());
    assertSameAsPlain();
  }

  @Test
  void fragmentsOfIpv6GoAlone() {
    sendAll(a, B6, 1453, 1453, 1452, 1452);
    assertThat(a.pieces).containsExactly(1, 1, 1, 1, 2);
  }

  @Test
  void noMoreLeaveTogetherThanTheKernelTakes() {
    sendAll(a, B4, times(130, 10));
    sendAll(plain, B4, times(130, 10));
    assertThat(a.pieces).containsExactly(64, 64, 2);
    assertSameAsPlain();
  }

  @Test
  void noPacketIsLongerThanItsLengthField() {
    sendAll(a, B4, times(46, 1472));
    sendAll(plain, B4, times(46, 1472));
    assertThat(a.pieces).containsExactly(44, 2);
    assertSameAsPlain();
  }

  @ParameterizedTest
  @CsvSource({
    "false,32754,32753,2",
    "false,32754,32754,1",
    "true,32744,32743,2",
    "true,32744,32744,1"
  })
  void theLengthFieldIsUsedToItsEnd(boolean v6, int first, int second, int together) {
    UdpHost wide = new UdpHost(3, pool, device(40_000), OURS);
    sendAll(wide, v6 ? B6 : B4, first, second);
    assertThat(wide.pieces.getFirst()).isEqualTo(together);
    assertThat(wide.sent).hasSize(2).allMatch(Packets::isSound);
    wide.udp.close();
  }

  /** Another address, port, own port, TTL, class, version: each in its turn, nothing overtakes. */
  @Test
  void whatDiffersIsNotJoinedAndNothingOvertakes() {
    for (UdpHost h : List.of(a, plain)) {
      UdpEndpoint e = bound(h, 1000);
      UdpEndpoint other = bound(h, 1001);
      int n = 0;
      for (int round = 0; round < 2; round++) {
        send(e, n++, 50, B4, 2000);
        send(e, n++, 50, C4, 2000);
        send(e, n++, 50, B4, 2001);
        send(other, n++, 50, B4, 2001);
        send(e, n++, 50, B6, 2001);
        e.setTtl(9);
        send(e, n++, 50, B6, 2001);
        send(e, n++, 50, B4, 2001);
        e.setTtl(0);
        send(e, n++, 50, B4, 2001);
        e.setTrafficClass(4);
        send(e, n++, 50, B4, 2001);
        send(e, n++, 50, B6, 2001);
        e.setTrafficClass(0);
        send(e, n++, 50, B6, 2001);
      }
      h.drain();
    }
    assertThat(a.pieces).isEqualTo(Collections.nCopies(22, 1));
    assertSameAsPlain();
  }

  @Test
  void nothingWaitsForMore() {
    UdpEndpoint e = bound(a, 1000);
    for (int i = 1; i <= 3; i++) {
      send(e, i, 50, B4, 2000);
      a.drain();
      assertThat(a.sent).hasSize(i);
    }
    assertThat(a.pieces).containsExactly(1, 1, 1);
  }

  @Test
  void aBusyDeviceFindsThemAllWhenItIsReady() {
    UdpEndpoint e = bound(a, 1000);
    a.room = 0;
    for (int i = 0; i < 3; i++) {
      send(e, i, 500, B4, 2000);
      a.drain();
    }
    assertThat(a.itf.txQueue().size()).isEqualTo(3);
    assertThat(a.sent).isEmpty();
    a.room = 1;
    a.drain();
    assertThat(a.pieces).containsExactly(3);
    assertThat(a.itf.txQueue().size()).isZero();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void eachOfThoseThatADeviceRefusesCounts() {
    a.result = Link.FAILED;
    sendAll(a, B4, 500, 500, 500, 7, 7);
    assertThat(a.pieces).containsExactly(4, 1);
    assertThat(a.itf.txQueue().failedCount()).isEqualTo(5);
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void aDeviceThatOnlyCompletesChecksumsGetsThemOneByOne() {
    LinkProperties sums = new LinkProperties("card1", 1500, true, true, false, false);
    UdpHost h = new UdpHost(4, pool, sums, OURS);
    sendAll(h, B4, 0, 1, 40, 100, 1000, 1000, 1473);
    assertThat(h.pieces).containsExactly(1, 1, 1, 1, 1, 1, 1, 1);
    assertThat(h.sent).allMatch(Packets::isSound);
    h.udp.close();
  }

  // ---- a super-datagram comes in

  private void receive(IpAddress from, int payload, int size) {
    boolean v4 = from.isV4();
    String source = from.toString();
    String to = v4 ? "10.0.0.1" : "fd00::1";
    byte[] udp = Packets.udp(source, 2000, to, 1000, Arrays.copyOf(data, payload));
    Packets.put16(udp, 6, 0x1234);
    a.receive(
        Packets.ip(source, to, 17, udp),
        PacketSink.CHECKSUM_VERIFIED | PacketSink.CHECKSUM_PARTIAL | PacketSink.superSegment(size));
  }

  private List<byte[]> receiveAll(UdpEndpoint e) {
    List<byte[]> all = new ArrayList<>();
    byte[] buffer = new byte[70_000];
    for (Datagram d = e.receive(buffer, 0, buffer.length); d != null; ) {
      assertThat(d.sourcePort()).isEqualTo(2000);
      assertThat(d.ttl()).isEqualTo(64);
      all.add(Arrays.copyOf(buffer, d.length()));
      d = e.receive(buffer, 0, buffer.length);
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "3000, 1000, 3, 1000", "3001, 1000, 4, 1", "1001, 1000, 2, 1", "1000, 1000, 1, 1000",
    "999, 1000, 1, 999", "128, 2, 64, 2", "60000, 33000, 2, 27000", "0, 5, 1, 0"
  })
  void itIsAsManyDatagrams(int payload, int size, int count, int last) {
    UdpEndpoint e = bound(a, 1000);
    for (IpAddress from : List.of(B4, B6)) {
      receive(from, payload, size);
      List<byte[]> got = receiveAll(e);
      assertThat(got).hasSize(count);
      assertThat(got.subList(0, count - 1)).allMatch(d -> d.length == size);
      assertThat(got.getLast()).hasSize(last);
      assertThat(Packets.concat(got.toArray(byte[][]::new)))
          .isEqualTo(Arrays.copyOf(data, payload));
    }
    assertThat(a.count(Counter.UdpInDatagrams)).isEqualTo(2L * count);
    assertThat(a.drops).isEmpty();
  }

  @Test
  void aFullReceiveQueueTakesWhatItHasRoomForAndCountsTheRest() {
    UdpEndpoint e = bound(a, 1000);
    e.setReceiveBuffer(4096);
    receive(B4, 10_000, 1000);
    List<byte[]> got = receiveAll(e);
    assertThat(got).hasSize(3);
    assertThat(e.dropCount()).isEqualTo(7);
    assertThat(a.count(Counter.UdpRcvbufErrors)).isEqualTo(7);
    assertThat(a.drops).isEqualTo(Collections.nCopies(7, DropReason.SOCKET_BUFFER));
  }

  @Test
  void aClosedPortIsReportedOnce() {
    receive(B4, 3000, 1000);
    a.drain();
    assertThat(a.sent).hasSize(1);
    assertThat(Packets.protocol(a.sent.getFirst())).isEqualTo(1);
    assertThat(a.count(Counter.UdpNoPorts)).isOne();
  }

  @Test
  void whatLiesBehindTheLengthOfUdpIsNoDatagram() {
    UdpEndpoint e = bound(a, 1000);
    byte[] udp = Packets.udp("10.0.0.2", 2000, "10.0.0.1", 1000, Arrays.copyOf(data, 2500));
    Packets.put16(udp, 4, 8 + 1500);
    a.receive(
        Packets.ip("10.0.0.2", "10.0.0.1", 17, udp),
        PacketSink.CHECKSUM_VERIFIED | PacketSink.superSegment(1000));
    assertThat(receiveAll(e)).extracting(d -> d.length).containsExactly(1000, 500);
  }
}
