package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestLink;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an open may do, and the address and number it begins with (RFC 9293 section 3.9.1.1). */
class OpenRulesTest {
  private static @Nullable TcpListener listen(Peer p, boolean sharePort) {
    return p.stack.listen(IpAddress.ANY_V4, 80, 0, true, sharePort);
  }

  // ---- passive opens beside what is there

  @Test
  @Tag("MUST-41")
  void aListenerLeavesOlderRecordsAlone() {
    Peer p = new Peer();
    p.acceptPlain();
    p.in("P. 1:11(10) ack 1");
    TcpListener first = Objects.requireNonNull(p.listener);
    assertThat(listen(p, false)).isNull();
    assertThat(TcpError.of(p.stack.lastError())).isEqualTo(TcpError.ADDRESS_IN_USE);
    p.read(10);
    int established = p.stackIss;
    // The listener that was there still takes SYNs.
    p.peerPort = 4001;
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1");
    assertThat(first.accept()).isNotNull();
    // A new one in its place: the connection does not notice.
    first.close();
    assertThat(listen(p, false)).isNotNull();
    p.peerPort = 4000;
    p.stackIss = established;
    p.write(100);
    p.out("P. 1:101(100) ack 11");
    p.in("P. 11:21(10) ack 101").read(10).state(TcpState.ESTABLISHED);
  }

  @Test
  @Tag("MUST-42")
  void aPortIsListenedOnWhileItConnects() {
    Peer p = new Peer();
    TcpEndpoint e = p.stack.tcp();
    p.endpoint = e;
    e.setReusePort(true);
    assertThat(e.bind(Packets.address(p.stackAddress), 80)).isZero();
    e.connect(Packets.address(p.peerAddress), 4000);
    p.pump();
    p.out("S 0:0(0)");
    TcpListener l = listen(p, true);
    assertThat(l).as("beside SYN-SENT").isNotNull();
    int connecting = p.stackIss;
    p.peerPort = 4001;
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    assertThat(listen(p, true)).as("beside SYN-RECEIVED").isNotNull();
    p.in(". 1:1(0) ack 1");
    assertThat(l.accept()).isNotNull();
    p.peerPort = 4000;
    p.stackIss = connecting;
    p.in("S. 0:0(0) ack 1 <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.state(TcpState.ESTABLISHED);
  }

  /** A port that the stack has chosen for a connection is no other matter. */
  @Test
  @Tag("MUST-42")
  void anEphemeralPortIsListenedOnWhileItConnects() {
    Peer p = new Peer();
    p.connect();
    p.out("S 0:0(0)");
    assertThat(p.stack.listen(IpAddress.ANY_V4, p.stackPort, 0, true, false)).isNotNull();
    p.in("S. 0:0(0) ack 1 <mss 1460>");
    p.out(". 1:1(0) ack 1");
    p.state(TcpState.ESTABLISHED);
  }

  // ---- the local address

  /**
   * The address that IP chose for the SYN is the connection's for good, whatever way its packets
   * take; after R1 the way is looked for anew.
   */
  @Test
  @Tag("MUST-20")
  @Tag("MUST-44")
  @Tag("MUST-45")
  void theAddressStaysWhenTheWayChanges() {
    Peer p = new Peer();
    p.connected("mss 1460");
    assertThat(String.valueOf(p.app().localAddress())).isEqualTo("10.0.0.1");
    TestLink second = new TestLink("second", 1500);
    NetworkInterface itf = p.network.addInterface(p.stack, second, "10.1.0.1/24");
    Prefix way = Objects.requireNonNull(Prefix.parse("10.0.0.2/32"));
    p.stack.addRoute(way, itf, null);
    p.write(10);
    p.quiet();
    byte[] packet = second.take();
    assertThat(String.valueOf(Packets.source(packet))).isEqualTo("10.0.0.1");
    p.run(200 + 400 + 800 + 1600);
    assertThat(second.sent()).hasSize(4);
    for (byte[] again : second.takeAll()) {
      assertThat(String.valueOf(Packets.source(again))).isEqualTo("10.0.0.1");
    }
    TcpEndpoint next = p.stack.tcp();
    next.connect(Packets.address(p.peerAddress), 81);
    assertThat(String.valueOf(next.localAddress())).as("chosen by IP").isEqualTo("10.1.0.1");
  }

  /** A listener on any address answers from the one that was asked. */
  @Test
  @Tag("MUST-43")
  @Tag("MUST-45")
  void aPassiveOpenTakesTheAddressThatTheSynWasSentTo() {
    Peer p = new Peer();
    p.network.addInterface(p.stack, new TestLink("second", 1500), "10.1.0.1/24");
    TcpListener l = p.listen();
    byte[][] seen = {null};
    p.link.setLost(packet -> {
      seen[0] = packet;
      p.link.sent().clear();
      return true;
    });
    byte[] none = {};
    byte[] syn = Packets.tcp("10.0.0.2", 4000, "10.1.0.1", 80, 7, 0, Seg.SYN, 1000, none, none);
    p.network.inject(p.link, Packets.ip("10.0.0.2", "10.1.0.1", 6, syn));
    assertThat(String.valueOf(Packets.source(seen[0]))).isEqualTo("10.1.0.1");
    int iss = Packets.i32(Packets.payload(seen[0]), 4);
    byte[] ack =
        Packets.tcp("10.0.0.2", 4000, "10.1.0.1", 80, 8, iss + 1, Seg.ACK, 1000, none, none);
    p.network.inject(p.link, Packets.ip("10.0.0.2", "10.1.0.1", 6, ack));
    TcpEndpoint e = l.accept();
    assertThat(e).isNotNull();
    assertThat(String.valueOf(e.localAddress())).isEqualTo("10.1.0.1");
    e.write(new byte[10], 0, 10);
    p.pump();
    assertThat(String.valueOf(Packets.source(seen[0]))).isEqualTo("10.1.0.1");
  }

  // ---- the initial sequence number

  /** Of the same sockets: what the clock of 4 microseconds has counted meanwhile. */
  @Tag("RFC6528-3-b")
  @Test
  @Tag("MUST-8")
  void theInitialNumberFollowsTheClockInBothOpens() {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    int passive = p.stackIss;
    p.in("R 1:1(0)").run(10);
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    assertThat(p.stackIss - passive).isEqualTo(2500);
    int[] active = new int[2];
    for (int i = 0; i < 2; i++) {
      TcpEndpoint e = p.stack.tcp();
      p.endpoint = e;
      assertThat(e.bind(Packets.address(p.stackAddress), 5000)).isZero();
      e.connect(Packets.address(p.peerAddress), 4005);
      p.pump();
      p.out("S 0:0(0)");
      active[i] = p.stackIss;
      e.close();
      p.run(10);
    }
    assertThat(active[1] - active[0]).isEqualTo(2500);
  }
}
