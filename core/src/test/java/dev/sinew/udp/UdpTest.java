package dev.sinew.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.PortAllocator;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.observe.DropReason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class UdpTest {
  private static final IpAddress A4 = IpAddress.parse("10.0.0.1");
  private static final IpAddress B4 = IpAddress.parse("10.0.0.2");
  private static final IpAddress A6 = IpAddress.parse("fd00::1");
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

  // ---- two ends

  @Tag("RFC1122-3.2.1.6-b")
  @Tag("RFC1122-3.3.4.2-a")
  @Tag("RFC1122-4.1.3.5-a")
  @Tag("RFC1122-4.1.4-a")
  @Tag("RFC1122-4.1.4-b")
  @Tag("RFC1122-3.2.1.6-a")
  @Test
  void aDatagramArrivesWithItsAddressesAndTheAnswerFindsBack() {
    for (IpAddress[] ends : new IpAddress[][] {{A4, B4}, {A6, B6}}) {
      UdpEndpoint server = bound(b, IpAddress.ANY_V6, 53);
      UdpEndpoint client = a.udp.open();
      client.setTrafficClass(0x28);
      client.setTtl(9);
      assertThat(send(client, "question", ends[1], 53)).isEqualTo(8);
      a.exchange(b);
      Datagram d = server.receive(buffer, 0, buffer.length);
      assertThat(d).isNotNull();
      assertThat(d.source()).isEqualTo(ends[0]);
      assertThat(d.sourcePort())
          .isEqualTo(client.localPort())
          .isBetween(PortAllocator.FIRST, PortAllocator.LAST);
      assertThat(d.destination()).isEqualTo(ends[1]);
      assertThat(d.length()).isEqualTo(8);
      assertThat(d.ttl()).isEqualTo(9);
      assertThat(d.trafficClass()).isEqualTo(0x28);
      assertThat(send(server, "answer", d.source(), d.sourcePort())).isEqualTo(6);
      a.exchange(b);
      assertThat(receive(client)).isEqualTo("answer");
      server.close();
      client.close();
    }
    assertThat(b.count(Counter.UdpInDatagrams)).isEqualTo(2);
    assertThat(a.count(Counter.UdpOutDatagrams)).isEqualTo(2);
  }

  /** RFC 1122 section 3.2.1.7: no TTL of zero leaves; 0 asks for the default. */
  @Tag("RFC1122-3.2.1.7-a")
  @Test
  void aTtlOfZeroIsTheDefault() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 53);
    for (IpAddress to : new IpAddress[] {B4, B6}) {
      UdpEndpoint client = a.udp.open();
      client.setTtl(7);
      client.setTtl(0);
      send(client, "x", to, 53);
      a.exchange(b);
      Datagram d = server.receive(buffer, 0, buffer.length);
      assertThat(d).isNotNull();
      assertThat(d.ttl()).isEqualTo(64);
    }
  }

  /** RFC 1122 section 4.1.3.5: a local address may be named, or left open and learnt. */
  @Tag("RFC1122-3.3.4.2-b")
  @Tag("RFC1122-4.1.3.5-b")
  @Tag("RFC1122-4.1.3.5-c")
  @Tag("RFC1122-4.1.3.6-b")
  @Test
  void theLocalAddressIsChosenByTheApplicationOrByTheRoute() {
    UdpEndpoint open = a.udp.open();
    assertThat(open.bind(IpAddress.ANY_V6, 0)).isZero();
    assertThat(open.connect(B4, 53)).isZero();
    assertThat(open.localAddress()).isEqualTo(A4);
    UdpEndpoint named = bound(a, A6, 0);
    assertThat(named.connect(B6, 53)).isZero();
    assertThat(named.localAddress()).isEqualTo(A6);
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 53);
    send(named, "x", null, 0);
    a.exchange(b);
    Datagram d = server.receive(buffer, 0, buffer.length);
    assertThat(d).isNotNull();
    assertThat(d.source()).isEqualTo(A6);
  }

  @Test
  void anEmptyDatagramIsADatagram() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V4, 7);
    assertThat(send(a.udp.open(), "", B4, 7)).isZero();
    a.exchange(b);
    assertThat(server.readiness() & Readiness.READABLE).isNotZero();
    assertThat(receive(server)).isEmpty();
    assertThat(server.readiness() & Readiness.READABLE).isZero();
    assertThat(receive(server)).isNull();
  }

  @Test
  void everyLengthAroundTheBordersOfInlineSlicesAndFragmentsArrivesUnchangedOverBothVersions() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V6, 7);
    UdpEndpoint client = bound(a, IpAddress.ANY_V6, 0);
    SplittableRandom random = new SplittableRandom(3);
    int[] lengths = {
      1, 2, 39, 40, 41, 127, 128, 129, 1451, 1452, 1453, 1472, 1473, 2039, 2040, 2041, 8191, 32_760,
      32_761, 65_507, 65_527
    };
    for (IpAddress to : new IpAddress[] {B4, B6}) {
      for (int length : lengths) {
        if (to.isV4() && length > UdpEndpoint.MAX_PAYLOAD_V4) {
          continue;
        }
        byte[] data = new byte[length];
        random.nextBytes(data);
        assertThat(client.send(data, 0, length, to, 7)).isEqualTo(length);
        a.exchange(b);
        Datagram d = server.receive(buffer, 0, buffer.length);
        assertThat(d).as("%d bytes to %s", length, to).isNotNull();
        assertThat(d.length()).isEqualTo(length);
        assertThat(buffer).startsWith(data);
      }
    }
  }

  @Test
  void oneByteMoreThanTheProtocolCarriesIsRefused() {
    UdpEndpoint e = a.udp.open();
    byte[] data = new byte[65_528];
    assertThat(e.send(data, 0, 65_508, B4, 7)).isEqualTo(TcpError.MESSAGE_SIZE.code());
    assertThat(e.send(data, 0, 65_528, B6, 7)).isEqualTo(TcpError.MESSAGE_SIZE.code());
    a.drain();
    assertThat(a.sent).isEmpty();
  }

  @Test
  void aLongDatagramIsCutToTheBufferAndTheRestIsGone() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V4, 7);
    UdpEndpoint client = a.udp.open();
    send(client, "0123456789", B4, 7);
    send(client, "next", B4, 7);
    a.exchange(b);
    byte[] small = new byte[6];
    assertThat(server.peek(small, 1, 4).length()).isEqualTo(10);
    assertThat(new String(small, StandardCharsets.UTF_8)).isEqualTo("\u00000123\u0000");
    assertThat(server.receive(small, 0, 3).length()).isEqualTo(10);
    assertThat(receive(server)).isEqualTo("next");
  }

  @Test
  void aHostTalksWithItself() {
    UdpEndpoint server = bound(a, IpAddress.ANY_V6, 7);
    UdpEndpoint client = a.udp.open();
    for (String to : new String[] {"127.0.0.1", "::1", "10.0.0.1", "fd00::1"}) {
      IpAddress address = IpAddress.parse(to);
      assertThat(send(client, to, address, 7)).isEqualTo(to.length());
      a.drain();
      Datagram d = server.peek(buffer, 0, buffer.length);
      assertThat(d.source()).isEqualTo(address);
      assertThat(receive(server)).isEqualTo(to);
    }
    assertThat(a.sent).isEmpty();
  }

  // ---- who gets it

  @Test
  void theBestMatchReceivesConnectedBeforeAddressBeforeWildcard() {
    UdpEndpoint any6 = b.udp.open();
    UdpEndpoint any4 = b.udp.open();
    UdpEndpoint exact = b.udp.open();
    UdpEndpoint connected = b.udp.open();
    for (UdpEndpoint e : List.of(any6, any4, exact, connected)) {
      e.setReuseAddress(true);
    }
    assertThat(connected.bind(B4, 7)).isZero();
    assertThat(exact.bind(B4, 7)).isZero();
    assertThat(any4.bind(IpAddress.ANY_V4, 7)).isZero();
    assertThat(any6.bind(IpAddress.ANY_V6, 7)).isZero();
    UdpEndpoint peer = bound(a, A4, 1000);
    UdpEndpoint other = bound(a, A4, 1001);
    assertThat(connected.connect(A4, 1000)).isZero();
    send(peer, "to connected", B4, 7);
    send(other, "to exact", B4, 7);
    send(other, "to any4", IpAddress.parse("10.0.0.22"), 7);
    send(a.udp.open(), "to any6", B6, 7);
    a.exchange(b);
    assertThat(receive(connected)).isEqualTo("to connected");
    assertThat(receive(exact)).isEqualTo("to exact");
    assertThat(receive(any4)).isEqualTo("to any4");
    assertThat(receive(any6)).isEqualTo("to any6");
    for (UdpEndpoint e : List.of(any6, any4, exact, connected)) {
      assertThat(receive(e)).isNull();
    }
    any4.close();
    send(other, "dual", IpAddress.parse("10.0.0.22"), 7);
    a.exchange(b);
    assertThat(receive(any6)).isEqualTo("dual");
  }

  @Test
  void aConnectedEndpointHearsItsPeerOnly() {
    UdpEndpoint e = bound(b, IpAddress.ANY_V4, 7);
    UdpEndpoint peer = bound(a, A4, 1000);
    UdpEndpoint stranger = bound(a, A4, 1001);
    send(stranger, "before", B4, 7);
    a.exchange(b);
    assertThat(e.connect(A4, 1000)).isZero();
    assertThat(e.localAddress()).isEqualTo(B4);
    assertThat(e.remoteAddress()).isEqualTo(A4);
    assertThat(e.remotePort()).isEqualTo(1000);
    assertThat(receive(e)).isNull();
    send(stranger, "stranger", B4, 7);
    send(peer, "peer", B4, 7);
    a.exchange(b);
    assertThat(receive(e)).isEqualTo("peer");
    assertThat(receive(e)).isNull();
    assertThat(b.count(Counter.UdpNoPorts)).isEqualTo(1);
    e.disconnect();
    assertThat(e.remoteAddress()).isNull();
    assertThat(e.localAddress()).isEqualTo(IpAddress.ANY_V4);
    assertThat(e.localPort()).isEqualTo(7);
    send(stranger, "again", B4, 7);
    a.exchange(b);
    assertThat(receive(e)).isEqualTo("again");
  }

  @Test
  void connectingAgainChangesThePeer() {
    UdpEndpoint e = bound(b, IpAddress.ANY_V4, 7);
    UdpEndpoint one = bound(a, A4, 1001);
    UdpEndpoint two = bound(a, A4, 1002);
    assertThat(e.connect(A4, 1001)).isZero();
    assertThat(e.connect(A4, 1002)).isZero();
    send(one, "one", B4, 7);
    send(two, "two", B4, 7);
    a.exchange(b);
    assertThat(receive(e)).isEqualTo("two");
    assertThat(receive(e)).isNull();
    assertThat(send(e, "back", null, 0)).isEqualTo(4);
    a.exchange(b);
    assertThat(receive(two)).isEqualTo("back");
  }

  @Test
  void reusePortSpreadsPeersAndKeepsEachPeerOnOneEndpoint() {
    List<UdpEndpoint> group = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      UdpEndpoint e = b.udp.open();
      e.setReusePort(true);
      assertThat(e.bind(B4, 7)).isZero();
      group.add(e);
    }
    UdpEndpoint outsider = b.udp.open();
    assertThat(outsider.bind(B4, 7)).isEqualTo(TcpError.ADDRESS_IN_USE.code());
    int[] got = new int[4];
    for (int port = 2000; port < 2200; port++) {
      UdpEndpoint peer = bound(a, A4, port);
      int first = -1;
      for (int round = 0; round < 2; round++) {
        send(peer, "x", B4, 7);
        a.exchange(b);
        int who = -1;
        for (int i = 0; i < 4; i++) {
          if (receive(group.get(i)) != null) {
            assertThat(who).isEqualTo(-1);
            who = i;
          }
        }
        assertThat(who).isNotEqualTo(-1);
        if (round == 0) {
          first = who;
          got[who]++;
        } else {
          assertThat(who).isEqualTo(first);
        }
      }
      peer.close();
    }
    for (int n : got) {
      assertThat(n).isBetween(25, 80);
    }
  }

  @Test
  void ofSeveralThatReuseTheAddressTheLatestReceives() {
    UdpEndpoint old = b.udp.open();
    UdpEndpoint latest = b.udp.open();
    old.setReuseAddress(true);
    latest.setReuseAddress(true);
    assertThat(old.bind(B4, 7)).isZero();
    assertThat(latest.bind(B4, 7)).isZero();
    UdpEndpoint client = a.udp.open();
    send(client, "1", B4, 7);
    a.exchange(b);
    assertThat(receive(latest)).isEqualTo("1");
    latest.close();
    send(client, "2", B4, 7);
    a.exchange(b);
    assertThat(receive(old)).isEqualTo("2");
  }

  @Test
  void addressesThatOverlapOnAPortAreInUseAndOthersAreNot() {
    UdpEndpoint first = bound(b, B4, 7);
    assertThat(b.udp.open().bind(B4, 7)).isEqualTo(TcpError.ADDRESS_IN_USE.code());
    assertThat(b.udp.open().bind(IpAddress.ANY_V4, 7)).isEqualTo(TcpError.ADDRESS_IN_USE.code());
    assertThat(b.udp.open().bind(IpAddress.ANY_V6, 7)).isEqualTo(TcpError.ADDRESS_IN_USE.code());
    bound(b, IpAddress.parse("10.0.0.22"), 7);
    bound(b, B6, 7);
    bound(b, B4, 8);
    UdpEndpoint oneSided = b.udp.open();
    oneSided.setReuseAddress(true);
    assertThat(oneSided.bind(B4, 7)).isEqualTo(TcpError.ADDRESS_IN_USE.code());
    first.close();
    assertThat(oneSided.bind(B4, 7)).isZero();
    bound(b, IpAddress.ANY_V4, 9);
    assertThat(b.udp.open().bind(B4, 9)).isEqualTo(TcpError.ADDRESS_IN_USE.code());
    bound(b, B6, 9);
  }

  @Tag("RFC1122-4.1.3.6-b")
  @Test
  void anAddressThatIsNotOursAndAPortThatIsNoneAreRefused() {
    UdpEndpoint e = a.udp.open();
    assertThat(e.bind(B4, 7)).isEqualTo(TcpError.ADDRESS_NOT_AVAILABLE.code());
    assertThat(e.bind(A4, -1)).isEqualTo(TcpError.INVALID.code());
    assertThat(e.bind(A4, 65_536)).isEqualTo(TcpError.INVALID.code());
    assertThat(e.bind(A4, 65_535)).isZero();
    assertThat(e.bind(A4, 7)).isEqualTo(TcpError.INVALID.code());
    assertThat(send(e, "x", B4, 0)).isEqualTo(TcpError.INVALID.code());
    assertThat(send(e, "x", B6, 7)).isEqualTo(TcpError.INVALID.code());
    assertThat(send(e, "x", null, 0)).isEqualTo(TcpError.NOT_CONNECTED.code());
    assertThat(send(e, "x", IpAddress.parse("192.0.2.1"), 7))
        .isEqualTo(TcpError.NET_UNREACHABLE.code());
    assertThat(e.connect(IpAddress.parse("192.0.2.1"), 7))
        .isEqualTo(TcpError.NET_UNREACHABLE.code());
    assertThat(e.connect(B4, 7)).isZero();
    assertThat(send(e, "x", B4, 7)).isEqualTo(TcpError.IS_CONNECTED.code());
  }

  @Test
  void theTableKeepsEveryoneThroughGrowthAndRemoval() {
    List<UdpEndpoint> all = new ArrayList<>();
    for (int port = 1; port <= 500; port++) {
      all.add(bound(b, IpAddress.ANY_V4, port));
      if (port % 3 == 0) {
        assertThat(all.getLast().connect(A4, 10_000 + port)).isZero();
      }
    }
    for (int i = 0; i < 500; i += 2) {
      all.get(i).close();
    }
    UdpEndpoint client = null;
    for (int port = 2; port <= 500; port += 2) {
      UdpEndpoint server = all.get(port - 1);
      client = bound(a, A4, 10_000 + port);
      send(client, "p" + port, B4, port);
      a.exchange(b);
      assertThat(receive(server)).isEqualTo("p" + port);
    }
    List<Integer> seen = new ArrayList<>();
    b.udp.forEach(e -> seen.add(e.localPort()));
    assertThat(seen).hasSize(250).isSorted().startsWith(2).endsWith(500);
  }

  // ---- bounds

  @Test
  void aFullQueueDropsTheArrivingDatagramAndCountsIt() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V4, 7);
    server.setReceiveBuffer(3 * 2048);
    UdpEndpoint client = a.udp.open();
    byte[] data = new byte[1000];
    for (int i = 0; i < 10; i++) {
      data[0] = (byte) i;
      client.send(data, 0, data.length, B4, 7);
    }
    a.exchange(b);
    assertThat(server.queuedMemoryBytes()).isEqualTo(3 * 2048);
    assertThat(server.queuedBytes()).isEqualTo(5000);
    assertThat(server.dropCount()).isEqualTo(5);
    assertThat(b.count(Counter.UdpRcvbufErrors)).isEqualTo(5);
    assertThat(b.drops).containsOnly(DropReason.SOCKET_BUFFER);
    for (int i = 0; i < 5; i++) {
      assertThat(server.receive(buffer, 0, buffer.length)).isNotNull();
      assertThat(buffer[0]).isEqualTo((byte) i);
    }
    assertThat(receive(server)).isNull();
    assertThat(server.queuedMemoryBytes()).isZero();
  }

  @Test
  void manySmallDatagramsAreChargedWhatTheyHoldAndNoMore() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V4, 7);
    UdpEndpoint client = a.udp.open();
    for (int i = 0; i < 1000; i++) {
      send(client, "tiny", B4, 7);
      a.exchange(b);
    }
    assertThat(server.queuedBytes()).isEqualTo(4000);
    assertThat(server.queuedMemoryBytes()).isEqualTo((int) pool.usedBytes()).isLessThan(50_000);
    for (int i = 0; i < 1000; i++) {
      assertThat(receive(server)).isEqualTo("tiny");
    }
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void anEmptyQueueTakesADatagramLargerThanTheBuffer() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V4, 7);
    server.setReceiveBuffer(1);
    assertThat(server.receiveBuffer()).isEqualTo(2048);
    UdpEndpoint client = a.udp.open();
    byte[] data = new byte[20_000];
    client.send(data, 0, data.length, B4, 7);
    client.send(data, 0, 1, B4, 7);
    a.exchange(b);
    assertThat(server.receive(buffer, 0, buffer.length).length()).isEqualTo(20_000);
    assertThat(receive(server)).isNull();
    assertThat(server.dropCount()).isEqualTo(1);
  }

  @Test
  void aPoolWithoutMemoryLosesDatagramsOnBothSidesAndNothingElse() {
    BufferPool tight = new BufferPool(64 * 1024);
    UdpHost c = new UdpHost(3, tight, 1500, "10.0.0.3/24");
    UdpEndpoint server = bound(c, IpAddress.ANY_V4, 7);
    UdpEndpoint client = bound(a, IpAddress.ANY_V4, 0);
    IpAddress c4 = IpAddress.parse("10.0.0.3");
    for (int i = 0; i < 50; i++) {
      client.send(new byte[1400], 0, 1400, c4, 7);
    }
    a.exchange(c);
    assertThat(tight.availableBytes()).isZero();
    assertThat(server.dropCount()).isPositive();
    assertThat(c.drops).containsOnly(DropReason.MEMORY);
    assertThat(server.send(new byte[1400], 0, 1400, A4, client.localPort()))
        .isEqualTo(TcpError.NO_BUFFERS.code());
    assertThat(c.count(Counter.UdpSndbufErrors)).isEqualTo(1);
    assertThat(server.send(new byte[10], 0, 10, A4, client.localPort())).isEqualTo(10);
    int taken = 0;
    while (server.receive(buffer, 0, buffer.length) != null) {
      taken++;
    }
    assertThat(taken + server.dropCount()).isEqualTo(50);
    assertThat(tight.usedBytes()).isZero();
    server.close();
  }

  @Test
  void aFullTransmitQueueLosesTheDatagramAndSaysSo() {
    UdpEndpoint e = a.udp.open();
    a.room = 0;
    int sent = 0;
    int result;
    while ((result = send(e, "x", B4, 7)) == 1) {
      sent++;
    }
    assertThat(result).isEqualTo(TcpError.WOULD_BLOCK.code());
    assertThat(sent).isEqualTo(a.context.limits.txQueuePackets());
    assertThat(e.send(new byte[60_000], 0, 60_000, B4, 7)).isEqualTo(TcpError.WOULD_BLOCK.code());
    assertThat(a.count(Counter.UdpSndbufErrors)).isEqualTo(2);
    a.room = Integer.MAX_VALUE;
    a.drain();
    assertThat(send(e, "x", B4, 7)).isEqualTo(1);
  }

  // ---- the end

  @Test
  void closingGivesThePortAndTheMemoryBackAndLaterCallsSayClosed() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V4, 7);
    UdpEndpoint client = a.udp.open();
    client.send(new byte[5000], 0, 5000, B4, 7);
    a.exchange(b);
    assertThat(pool.usedBytes()).isPositive();
    server.close();
    server.close();
    assertThat(pool.usedBytes()).isZero();
    assertThat(server.isClosed()).isTrue();
    assertThat(server.readiness() & Readiness.HANGUP).isNotZero();
    assertThat(server.bind(B4, 8)).isEqualTo(TcpError.CLOSED.code());
    assertThat(server.connect(A4, 8)).isEqualTo(TcpError.CLOSED.code());
    assertThat(send(server, "x", A4, 8)).isEqualTo(TcpError.CLOSED.code());
    assertThat(receive(server)).isNull();
    bound(b, IpAddress.ANY_V4, 7);
  }

  @Test
  void aDatagramInTheTransmitQueueOutlivesItsEndpoint() {
    UdpEndpoint server = bound(b, IpAddress.ANY_V4, 7);
    UdpEndpoint client = a.udp.open();
    client.send(new byte[5000], 0, 5000, B4, 7);
    client.close();
    assertThat(pool.usedBytes()).isPositive();
    a.exchange(b);
    assertThat(server.receive(buffer, 0, buffer.length).length()).isEqualTo(5000);
    assertThat(pool.usedBytes()).isZero();
  }
}
