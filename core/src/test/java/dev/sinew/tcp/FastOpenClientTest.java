package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.tcp.auth.AuthKey;
import dev.sinew.testing.Packets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TCP Fast Open (RFC 7413): the client, and both ends together. */
class FastOpenClientTest {
  private static final long HOUR = 3600L * Peer.S;
  private static final String COOKIE = "0011223344556677";

  private static int open(Peer p, int bytes) {
    TcpEndpoint e = p.stack.tcp();
    p.endpoint = e;
    int n =
        e.connect(Packets.address(p.peerAddress), p.peerPort, Pattern.stack(0, bytes), 0, bytes);
    p.stackPort = e.localPort();
    p.pump();
    return n;
  }

  /** The stack has this peer's cookie. */
  private static Peer client(String synAckOptions) {
    Peer p = new Peer();
    assertThat(open(p, 100)).isEqualTo(100);
    assertThat(p.out("S 0:0(0)").options)
        .matches("mss 1460,sackOK,TS val \\d+ ecr 0,nop,wscale 7,FO,nop,nop");
    p.in("S. 0:0(0) ack 1 <" + synAckOptions + ",FO " + COOKIE + ">");
    p.out("P. 1:101(100) ack 1");
    p.app().abort();
    p.discard();
    p.peerPort++;
    return p;
  }

  @Test
  void theSecondConnectionCarriesItsDataOnTheSyn() {
    Peer p = client("mss 1460");
    open(p, 100);
    Seg syn = p.out("S 0:100(100)");
    assertThat(syn.options).contains("FO " + COOKIE);
    p.in("S. 0:0(0) ack 101 <mss 1460>");
    p.out(". 101:101(0) ack 1");
    p.state(TcpState.ESTABLISHED);
    assertThat(p.app().unacknowledged()).isZero();
    assertThat(p.info().bytesAcked()).isEqualTo(100);
    assertThat(p.count(Counter.TcpExtTCPFastOpenActive)).isEqualTo(1);
    assertThat(p.stack.violation(p.network.now())).isNull();
    byte[] more = Pattern.stack(100, 50);
    p.app().write(more, 0, 50);
    p.out("P. 101:151(50) ack 1");
    p.quietFor(100 * Peer.MS);
  }

  /** Section 4.1.3: the MSS that came with the cookie bounds what goes along. */
  @ParameterizedTest
  @CsvSource({"500, 468", "1460, 1428", "9000, 1428"})
  void onlyWhatFitsGoesAlong(int mss, int taken) {
    Peer p = client("mss " + mss);
    open(p, 5000);
    p.out("S 0:" + taken + "(" + taken + ")");
    p.in("S. 0:0(0) ack " + (1 + taken) + " <mss " + mss + ">");
    assertThat(p.next().seq).isEqualTo(1 + taken);
  }

  /** Section 4.2.2: what the SYN-ACK does not acknowledge follows at once. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 99})
  void dataThatWasNotTakenFollowsTheHandshake(int taken) {
    Peer p = client("mss 1460");
    open(p, 100);
    p.out("S 0:100(100)");
    p.in("S. 0:0(0) ack " + (1 + taken) + " <mss 1460>");
    int from = 1 + taken;
    p.out("P. " + from + ":101(" + (100 - taken) + ") ack 1");
    p.in(". 1:1(0) ack 101");
    assertThat(p.app().unacknowledged()).isZero();
    assertThat(p.count(Counter.TcpExtTCPFastOpenActiveFail)).isEqualTo(taken == 0 ? 1 : 0);
    // A refusal says nothing of the way: the next one tries again.
    p.peerPort++;
    open(p, 10);
    p.out("S 0:10(10)");
  }

  @Test
  void anAckBeyondTheSynsDataIsForSomebodyElse() {
    Peer p = client("mss 1460");
    open(p, 100);
    p.out("S 0:100(100)");
    p.in("S. 0:0(0) ack 102 <mss 1460>");
    p.out("R 102:102(0)");
    p.in("S. 0:0(0) ack 0 <mss 1460>");
    p.out("R 0:0(0)");
    p.state(TcpState.SYN_SENT);
  }

  /** Section 4.1.3.1: where SYNs with data are lost, they are not sent for a while. */
  @Test
  void aBlackHoleIsRememberedAndTriedAgainLater() {
    Peer p = client("mss 1460");
    long blocked = HOUR;
    for (int i = 0; i < 3; i++) {
      open(p, 100);
      p.out("S 0:100(100)");
      assertThat(p.outAfter(1000, "S 0:0(0)").options).doesNotContain("FO");
      p.in("S. 0:0(0) ack 1 <mss 1460>");
      p.out("P. 1:101(100) ack 1");
      p.app().abort();
      p.discard();
      p.network.runFor(blocked - Peer.S);
      p.peerPort++;
      open(p, 100);
      assertThat(p.out("S 0:0(0)").options).doesNotContain("FO");
      p.app().abort();
      p.network.runFor(Peer.S);
      p.peerPort++;
      blocked *= 2;
    }
    assertThat(p.count(Counter.TcpExtTCPFastOpenBlackhole)).isEqualTo(3);
    // One that works makes up for it.
    open(p, 100);
    p.out("S 0:100(100)");
    p.in("S. 0:0(0) ack 101 <mss 1460>");
  }

  /** The SYN was only slow: its SYN-ACK comes after the second SYN. */
  @Test
  void aLateSynAckStillTakesTheData() {
    Peer p = client("mss 1460");
    open(p, 100);
    p.out("S 0:100(100)");
    p.outAfter(1000, "S 0:0(0)");
    p.in("S. 0:0(0) ack 101 <mss 1460>");
    p.out(". 101:101(0) ack 1");
    p.peerPort++;
    open(p, 100);
    p.out("S 0:100(100)");
  }

  @Test
  void aResetMeansNoDataNextTime() {
    Peer p = client("mss 1460");
    open(p, 100);
    p.out("S 0:100(100)");
    p.in("R. 0:0(0) ack 101");
    assertThat(p.app().takeError()).isEqualTo(TcpError.REFUSED);
    p.peerPort++;
    open(p, 100);
    p.out("S 0:0(0)");
  }

  @Test
  void aProfileMayForbidIt() {
    Peer p = new Peer(Profile.STANDARD.with(v -> v.fastOpenClient = false));
    assertThat(open(p, 10)).isEqualTo(10);
    assertThat(p.out("S 0:0(0)").options).doesNotContain("FO");
    p.in("S. 0:0(0) ack 1 <mss 1460,FO " + COOKIE + ">");
    p.out("P. 1:11(10) ack 1");
  }

  /** A SYN crosses ours; its sender may or may not have looked at our data. */
  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void simultaneousOpen(int taken) {
    Peer p = client("mss 1460");
    open(p, 100);
    p.out("S 0:100(100)");
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in("S. 0:0(0) ack " + (1 + taken) + " <mss 1460>");
    p.state(TcpState.ESTABLISHED);
    if (taken == 0) {
      p.out("P. 1:101(100) ack 1");
      p.in(". 1:1(0) ack 101");
    }
    assertThat(p.app().unacknowledged()).isZero();
    assertThat(p.stack.violation(p.network.now())).isNull();
  }

  /** 40 bytes of options don't hold MD5's signature and a cookie beside the rest. */
  @Test
  void aSignatureLeavesNoRoomForIt() {
    Peer p = new Peer();
    TcpEndpoint e = p.stack.tcp();
    e.addKey(AuthKey.md5(new Prefix(IpAddress.ANY_V4, 0), new byte[] {1}));
    e.setCork(false);
    assertThat(e.connect(Packets.address(p.peerAddress), p.peerPort, new byte[10], 0, 10))
        .isEqualTo(10);
    p.rawData = true;
    Seg syn = p.next();
    assertThat(syn.length).isZero();
    assertThat(syn.options).contains("option19");
  }

  @Test
  void theCacheIsBounded() {
    FastOpenCache cache = new FastOpenCache(3);
    for (int i = 0; i < 10; i++) {
      cache.of(0, i);
      cache.of(0, 0);
    }
    assertThat(cache.size()).isEqualTo(3);
    cache.of(0, 0).lost(0, 3600L * 1_000_000_000L);
    assertThat(cache.of(0, 0).blocked(HOUR - 1)).isTrue();
    assertThat(cache.of(0, 0).blocked(HOUR)).isFalse();
    for (int i = 0; i < 20; i++) {
      cache.of(0, 0).lost(0, 3600L * 1_000_000_000L);
    }
    assertThat(cache.of(0, 0).blocked(32 * HOUR)).isFalse();
  }

  /** Two stacks: request, cookie, then data with the SYN, the whole stream intact. */
  @Test
  void betweenTwoStacks() {
    TcpPair pair = new TcpPair(true, 50 * TcpPair.MS);
    TcpListener l = pair.listen(80);
    l.setFastOpen(10);
    for (int i = 0; i < 3; i++) {
      TcpEndpoint client = pair.a.tcp();
      byte[] data = Packets.pattern(1000);
      assertThat(client.connect(pair.addressB, 80, data, 0, 1000)).isEqualTo(1000);
      long start = pair.network.now();
      pair.network.runUntil(() -> l.acceptQueueLength() > 0, TcpPair.S);
      TcpEndpoint server = l.accept();
      assertThat(server).isNotNull();
      pair.network.runUntil(() -> server.available() == 1000, TcpPair.S);
      assertThat(pair.network.now() - start).isEqualTo((i == 0 ? 3 : 1) * 50L * TcpPair.MS);
      byte[] got = new byte[1000];
      assertThat(server.read(got, 0, 1000)).isEqualTo(1000);
      assertThat(got).isEqualTo(data);
      pair.transfer(server, client, 100_000, 10 * TcpPair.S);
      pair.transfer(client, server, 100_000, 10 * TcpPair.S);
      assertThat(pair.a.violation(pair.network.now())).isNull();
      assertThat(pair.b.violation(pair.network.now())).isNull();
    }
  }
}
