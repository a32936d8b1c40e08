package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.testing.Packets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of a stack, of a listener, of a connection: who inherits what, and when it acts. */
class OptionsTest {
  @Test
  void whatAStackBeginsWithIsInEveryEndpointAndListener() {
    Peer p = new Peer();
    p.stack.setDefaults(
        TcpDefaults.STANDARD.with(v -> {
          v.noDelay = true;
          v.cork = true;
          v.keepAlive = true;
          v.userTimeoutNanos = 5 * Peer.S;
          v.lingerNanos = 7;
          v.trafficClass = 0x2b;
          v.maxSegment = 1000;
        }));
    TcpListener l = p.listen();
    for (TcpEndpointOptions e : new TcpEndpointOptions[] {p.stack.tcp(), l, p.accept()}) {
      assertThat(e.noDelay()).isTrue();
      assertThat(e.cork()).isTrue();
      assertThat(e.keepAlive()).isTrue();
      assertThat(e.userTimeoutNanos()).isEqualTo(5 * Peer.S);
      assertThat(e.lingerNanos()).isEqualTo(7);
      assertThat(e.trafficClass()).isEqualTo(0x28);
      assertThat(e.maxSegment()).isEqualTo(1000);
    }
    p.stack.setDefaults(TcpDefaults.STANDARD);
    assertThat(p.stack.tcp().noDelay()).isFalse();
    assertThat(l.noDelay()).isTrue();
  }

  @Test
  void whatAListenerHasItsConnectionsInherit() {
    Peer p = new Peer();
    TcpListener l = p.listen();
    l.setNoDelay(true);
    l.setKeepAlive(true);
    l.setKeepAliveTimes(10 * Peer.S, Peer.S, 2);
    l.setUserTimeout(3 * Peer.S);
    l.setSendBuffer(50_000);
    l.setReceiveBuffer(60_000);
    l.setTtl(9);
    l.setTrafficClass(0x48);
    l.setNotSentLowat(1234);
    l.setQuickAck(true);
    l.setCongestionControl("reno");
    TcpEndpoint first = p.accept();
    assertThat(first.noDelay()).isTrue();
    assertThat(first.keepAliveIdleNanos()).isEqualTo(10 * Peer.S);
    assertThat(first.keepAliveIntervalNanos()).isEqualTo(Peer.S);
    assertThat(first.keepAliveCount()).isEqualTo(2);
    assertThat(first.userTimeoutNanos()).isEqualTo(3 * Peer.S);
    assertThat(first.sendBuffer()).isEqualTo(50_000);
    assertThat(first.receiveBuffer()).isEqualTo(60_000);
    assertThat(first.ttl()).isEqualTo(9);
    assertThat(first.trafficClass()).isEqualTo(0x48);
    assertThat(first.notSentLowat()).isEqualTo(1234);
    assertThat(p.info().congestionControl()).isEqualTo("reno");
    // Each goes its own way from then on.
    first.setNoDelay(false);
    l.setUserTimeout(0);
    assertThat(l.noDelay()).isTrue();
    assertThat(first.userTimeoutNanos()).isEqualTo(3 * Peer.S);
    // Keepalive acts without another word.
    p.outAfter(10_000, ". 0:0(0) ack 1");
  }

  /** The TTL and DSCP of a listener are those of its SYN-ACKs, too (MUST-48, MUST-49). */
  @Test
  @Tag("MUST-48")
  @Tag("MUST-49")
  void aListenersSynAckLooksLikeItsConnections() {
    Peer p = new Peer();
    p.listen().setTtl(17);
    p.listener.setTrafficClass(0x48);
    byte[][] seen = {null};
    p.link.setLost(packet -> {
      seen[0] = packet;
      return true;
    });
    p.in("S 0:0(0) <mss 1460>");
    assertThat(Packets.ttl(seen[0])).isEqualTo(17);
    assertThat(seen[0][1] & 0xfc).isEqualTo(0x48);
  }

  // ---- TCP_MAXSEG

  @ParameterizedTest
  @CsvSource({"1000, 1000, 1000", "1, 88, 88", "9000, 1460, 1460"})
  void theSegmentBoundIsAnnouncedAndKept(int bound, int announced, int kept) {
    Peer p = new Peer();
    p.listen().setMaxSegment(bound);
    p.in("S 0:0(0) <mss 1460>");
    assertThat(p.out("S. 0:0(0) ack 1").options).isEqualTo("mss " + announced);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    p.write(3000);
    assertThat(p.next().length).isEqualTo(kept);
  }

  @Test
  void theSegmentBoundMayChangeLater() {
    Peer p = new Peer();
    p.acceptPlain();
    p.app().setMaxSegment(500);
    p.write(1000);
    assertThat(p.next().length).isEqualTo(500);
    p.discard();
    p.in(". 1:1(0) ack 1001");
    p.app().setMaxSegment(0);
    p.write(1460);
    assertThat(p.next().length).isEqualTo(1460);
  }

  @Test
  void anActiveOpenAnnouncesItsBound() {
    Peer p = new Peer();
    TcpEndpoint e = p.stack.tcp();
    e.setMaxSegment(700);
    e.connect(Packets.address(p.peerAddress), p.peerPort);
    p.endpoint = e;
    assertThat(p.out("S 0:0(0)").options).startsWith("mss 700,");
  }

  // ---- TCP_DEFER_ACCEPT

  @Test
  void acceptWaitsForData() {
    Peer p = new Peer();
    p.listen().setDeferAccept(30 * Peer.S);
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1").quiet();
    assertThat(p.listener.accept()).isNull();
    p.run(100);
    p.in("P. 1:11(10) ack 1");
    p.endpoint = p.listener.accept();
    assertThat(p.app().state()).isEqualTo(TcpState.ESTABLISHED);
    p.read(10);
  }

  /** A peer that has nothing to say, or that leaves again, is accepted in the end. */
  @Test
  void acceptDoesNotWaitForEver() {
    Peer p = new Peer();
    p.listen().setDeferAccept(2 * Peer.S);
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1").quiet();
    p.outAfter(1000, "S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1").quiet();
    p.outAfter(2000, "S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1");
    assertThat(p.listener.accept()).isNotNull();
    p.peerPort++;
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in("F. 1:1(0) ack 1");
    assertThat(p.listener.accept()).isNotNull();
  }

  /** Whoever only shakes hands is forgotten like any other half-open record. */
  @Test
  void aSilentPeerBehindADeferredAcceptGoes() {
    Peer p = new Peer(Profile.STANDARD.with(v -> v.synAckRetries = 1));
    p.listen().setDeferAccept(3600 * Peer.S);
    p.in("S 0:0(0) <mss 1460>");
    p.in(". 1:1(0) ack 1");
    p.run(60_000);
    assertThat(p.listener.synQueueLength()).isZero();
    assertThat(p.count(Counter.TcpAttemptFails)).isEqualTo(1);
    p.discard().nothingLeft();
  }
}
