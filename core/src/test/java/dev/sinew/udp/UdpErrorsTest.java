package dev.sinew.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IcmpErrorKind;
import dev.sinew.ip.IpAddress;
import dev.sinew.link.PacketSink;
import dev.sinew.observe.DropReason;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Broken and hostile datagrams, broadcast, and errors that come back. */
class UdpErrorsTest {
  private static final IpAddress A4 = IpAddress.parse("10.0.0.1");
  private static final IpAddress B4 = IpAddress.parse("10.0.0.2");
  private static final IpAddress B6 = IpAddress.parse("fd00::2");

  private final BufferPool pool = new BufferPool(16 << 20);
  private final UdpHost a = new UdpHost(1, pool, 1500, "10.0.0.1/24", "fd00::1/64");
  private final UdpHost b = new UdpHost(2, pool, 1500, "10.0.0.2/24", "10.0.0.22/24", "fd00::2/64");
  private final byte[] buffer = new byte[70_000];

  @AfterEach
  void everythingIsGivenBack() {
    a.udp.close();
    b.udp.close();
    a.exchange(b);
    a.ip.close();
    b.ip.close();
    assertThat(pool.usedBytes()).isZero();
  }

  private static UdpEndpoint bound(UdpHost host, IpAddress address, int port) {
    UdpEndpoint e = host.udp.open();
    assertThat(e.bind(address, port)).isZero();
    return e;
  }

  private static int send(UdpEndpoint e, String text, IpAddress to, int port) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return e.send(bytes, 0, bytes.length, to, port);
  }

  private @Nullable String receive(UdpEndpoint e) {
    Datagram d = e.receive(buffer, 0, buffer.length);
    return d == null ? null : new String(buffer, 0, d.length(), StandardCharsets.UTF_8);
  }

  // ---- hostile and broken datagrams

  private byte[] packetFromA(IpAddress to, int length) {
    UdpEndpoint e = a.udp.open();
    assertThat(e.send(new byte[length], 0, length, to, 7)).isEqualTo(length);
    a.drain();
    byte[] packet = a.sent.removeFirst();
    e.close();
    return packet;
  }

  private static int udpAt(byte[] packet) {
    return packet[0] >>> 4 == 4 ? 20 : 40;
  }

  @Test
  void aLengthBelowTheHeaderOrBeyondThePacketIsDropped() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 7);
    for (IpAddress to : new IpAddress[] {B4, B6}) {
      for (int length : new int[] {0, 1, 7, 19, 65_535}) {
        byte[] packet = packetFromA(to, 10);
        int at = udpAt(packet);
        packet[at + 4] = (byte) (length >> 8);
        packet[at + 5] = (byte) length;
        b.receive(packet, PacketSink.CHECKSUM_VERIFIED);
        assertThat(b.drops.removeLast()).isEqualTo(DropReason.TRANSPORT_HEADER);
      }
    }
    assertThat(b.count(Counter.UdpInErrors)).isEqualTo(10);
    assertThat(receive(server)).isNull();
    b.drain();
    assertThat(b.sent).isEmpty();
  }

  @Test
  void bytesAfterTheDeclaredLengthAreNotDelivered() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 7);
    byte[] packet = packetFromA(B4, 10);
    packet[udpAt(packet) + 5] = 8 + 4;
    b.receive(packet, PacketSink.CHECKSUM_VERIFIED);
    assertThat(server.receive(buffer, 0, buffer.length).length()).isEqualTo(4);
  }

  @Tag("RFC1122-4.1.3.4-a")
  @Tag("RFC1122-4.1.3.4-b")
  @Tag("RFC1122-4.1.3.4-c")
  @Test
  void everyFlippedBitOfADatagramIsCaughtByTheChecksumAndWakesNobody() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 7);
    while (b.context.readyList.take() != null) {}
    for (IpAddress to : new IpAddress[] {B4, B6}) {
      byte[] good = packetFromA(to, 10);
      for (int bit = udpAt(good) * 8; bit < good.length * 8; bit++) {
        byte[] bad = good.clone();
        bad[bit / 8] ^= (byte) (0x80 >> (bit % 8));
        b.receive(bad);
      }
    }
    assertThat(receive(server)).isNull();
    assertThat(b.context.readyList.isEmpty()).isTrue();
    assertThat(b.drops).containsOnly(DropReason.TRANSPORT_CHECKSUM, DropReason.TRANSPORT_HEADER);
    b.drain();
    assertThat(b.sent).isEmpty();
  }

  @Test
  void noChecksumIsFineOverIpv4AndForbiddenOverIpv6() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 7);
    byte[] v4 = packetFromA(B4, 10);
    v4[20 + 6] = 0;
    v4[20 + 7] = 0;
    b.receive(v4);
    assertThat(server.receive(buffer, 0, buffer.length)).isNotNull();
    byte[] v6 = packetFromA(B6, 10);
    v6[40 + 6] = 0;
    v6[40 + 7] = 0;
    b.receive(v6);
    assertThat(receive(server)).isNull();
    assertThat(b.count(Counter.UdpInCsumErrors)).isEqualTo(1);
  }

  @Test
  void aChecksumThatComesOutAsZeroIsSentAsAllOnes() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 7);
    UdpEndpoint e = bound(a, IpAddress.ANY_V6, 1000);
    int allOnes = 0;
    // Over all values of one 16-bit word the sum takes every value once.
    for (int value = 0; value < 65_536; value++) {
      e.send(new byte[] {(byte) (value >> 8), (byte) value}, 0, 2, B6, 7);
      a.drain();
      byte[] packet = a.sent.removeFirst();
      boolean ones = packet[46] == -1 && packet[47] == -1;
      assertThat(packet[46] == 0 && packet[47] == 0).isFalse();
      if (ones) {
        allOnes++;
        b.receive(packet);
        assertThat(server.receive(buffer, 0, buffer.length)).isNotNull();
      }
    }
    assertThat(allOnes).isEqualTo(1);
  }

  @Test
  void everyPrefixOfADatagramIsDroppedWithoutAnException() {
    bound(b, IpAddress.ANY_V6, 7);
    for (IpAddress to : new IpAddress[] {B4, B6}) {
      byte[] good = packetFromA(to, 10);
      for (int n = 0; n < good.length; n++) {
        b.receive(java.util.Arrays.copyOf(good, n));
      }
    }
    assertThat(b.count(Counter.UdpInDatagrams)).isZero();
  }

  // ---- ICMP

  @Tag("RFC1122-3.2.2.1-a")
  @Tag("RFC1122-4.1.3.1")
  @Tag("RFC1122-4.1.3.3")
  @Test
  void aDatagramForAPortThatNobodyHasIsAnsweredWithPortUnreachable() {
    for (IpAddress to : new IpAddress[] {B4, B6}) {
      UdpEndpoint e = a.udp.open();
      assertThat(e.connect(to, 9)).isZero();
      assertThat(send(e, "anybody?", null, 0)).isEqualTo(8);
      a.exchange(b);
      assertThat(e.readiness())
          .isEqualTo(Readiness.READABLE | Readiness.WRITABLE | Readiness.ERROR);
      assertThat(receive(e)).isNull();
      assertThat(e.takeError()).isEqualTo(TcpError.PORT_UNREACHABLE);
      assertThat(e.takeError()).isNull();
      send(e, "again", null, 0);
      a.exchange(b);
      assertThat(send(e, "next", null, 0)).isEqualTo(TcpError.PORT_UNREACHABLE.code());
      assertThat(send(e, "next", null, 0)).isEqualTo(4);
    }
    assertThat(b.count(Counter.UdpNoPorts)).isGreaterThanOrEqualTo(4);
  }

  /** As the kernel's sockets tell it: what routing may repair fails no call. */
  @Tag("RFC1122-3.2.2.1-c")
  @Tag("RFC1122-4.1.3.3")
  @Test
  void anErrorThatMayPassIsKeptAndOneThatStaysIsThrown() {
    UdpEndpoint e = a.udp.open();
    assertThat(e.connect(B4, 9)).isZero();
    e.icmpError(IcmpErrorKind.HOST_UNREACHABLE);
    e.icmpError(IcmpErrorKind.NET_UNREACHABLE);
    assertThat(e.softError()).isEqualTo(TcpError.NET_UNREACHABLE);
    assertThat(e.readiness()).isEqualTo(Readiness.WRITABLE);
    assertThat(send(e, "still goes", null, 0)).isEqualTo(10);
    e.icmpError(IcmpErrorKind.NET_PROHIBITED);
    assertThat(e.takeError()).isEqualTo(TcpError.NET_UNREACHABLE);
    e.icmpError(IcmpErrorKind.ADMINISTRATIVELY_PROHIBITED);
    assertThat(e.takeError()).isEqualTo(TcpError.HOST_UNREACHABLE);
    e.disconnect();
    assertThat(e.softError()).isNull();
    assertThat(e.connect(B6, 9)).isZero();
    e.icmpError(IcmpErrorKind.ADMINISTRATIVELY_PROHIBITED);
    assertThat(e.takeError()).isEqualTo(TcpError.ACCESS_DENIED);
  }

  @Test
  void anEndpointThatIsNotConnectedHearsNothingOfIt() {
    UdpEndpoint e = a.udp.open();
    send(e, "anybody?", B4, 9);
    a.exchange(b);
    assertThat(b.count(Counter.IcmpOutDestUnreachs)).isEqualTo(1);
    assertThat(e.takeError()).isNull();
    assertThat(e.readiness()).isEqualTo(Readiness.WRITABLE);
    assertThat(a.count(Counter.SinewIcmpIgnored)).isEqualTo(1);
  }

  @Test
  void aForgedErrorThatQuotesAnotherConnectionIsIgnored() {
    UdpEndpoint e = bound(a, A4, 1000);
    assertThat(e.connect(B4, 9)).isZero();
    UdpEndpoint decoy = bound(a, A4, 1001);
    send(decoy, "anybody?", B4, 9);
    a.exchange(b);
    assertThat(a.count(Counter.IcmpInDestUnreachs)).isEqualTo(1);
    assertThat(e.takeError()).isNull();
  }

  @Test
  void broadcastNeedsThePermissionAndReachesEveryListenerAndIsNeverAnsweredWithAnError() {
    for (String to : new String[] {"10.0.0.255", "255.255.255.255"}) {
      IpAddress broadcast = IpAddress.parse(to);
      UdpEndpoint e = a.udp.open();
      assertThat(send(e, "x", broadcast, 7)).isEqualTo(TcpError.ACCESS_DENIED.code());
      assertThat(e.connect(broadcast, 7)).isEqualTo(TcpError.ACCESS_DENIED.code());
      e.setBroadcast(true);
      UdpEndpoint one = b.udp.open();
      UdpEndpoint two = b.udp.open();
      one.setReuseAddress(true);
      two.setReuseAddress(true);
      assertThat(one.bind(IpAddress.ANY_V4, 7)).isZero();
      assertThat(two.bind(IpAddress.ANY_V6, 7)).isZero();
      assertThat(send(e, "all", broadcast, 7)).isEqualTo(3);
      a.exchange(b);
      assertThat(receive(one)).isEqualTo("all");
      assertThat(receive(two)).isEqualTo("all");
      one.close();
      two.close();
      assertThat(send(e, "nobody", broadcast, 7)).isEqualTo(6);
      a.exchange(b);
    }
    assertThat(b.count(Counter.UdpNoPorts)).isEqualTo(2);
    assertThat(b.count(Counter.IcmpOutMsgs)).isZero();
  }
}
