package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * SYN floods: a bounded queue of half-open records, and cookies when it is full (RFC 4987 sections
 * 3.5, 3.6).
 */
class SynCookieTest {
  /** A listener whose SYN queue is full. */
  private static Peer full() {
    return full(Profile.STANDARD);
  }

  private static Peer full(Profile profile) {
    Peer p =
        new Peer(
            true,
            profile,
            Limits.DEFAULT.with(v -> {
              v.synBacklog = 1;
              v.acceptBacklog = 128;
            }));
    p.listen();
    p.peerPort = 3999;
    p.in("S 0:0(0) <mss 1460>");
    p.discard();
    p.peerPort = 4000;
    return p;
  }

  @Test
  void aCookieSynAckLooksLikeAnyOther() {
    Peer p = full();
    p.in("S 0:0(0) <" + Peer.SYN_OPTIONS + ">");
    assertThat(p.out("S. 0:0(0) ack 1 win 65535").options)
        .matches("mss 1460,sackOK,TS val \\d+ ecr 1,nop,wscale 7");
    assertThat(p.listener.synQueueLength()).isEqualTo(1);
    assertThat(p.count(Counter.TcpExtSyncookiesSent)).isEqualTo(1);
    p.quietFor(Peer.S / 2);
  }

  @Test
  void withoutCookiesASynThatFindsTheQueueFullIsDropped() {
    Peer p = full(Profile.STANDARD.with(v -> v.synCookies = false));
    p.in("S 0:0(0) <" + Peer.SYN_OPTIONS + ">");
    p.quietFor(Peer.S / 2);
    assertThat(p.count(Counter.TcpExtListenDrops)).isEqualTo(1);
    assertThat(p.count(Counter.TcpExtSyncookiesSent)).isZero();
    assertThat(p.listener.synQueueLength()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "1460, 1460",
    "1459, 1440",
    "8960, 8940",
    "1220, 1220",
    "537, 536",
    "536, 536",
    "300, 216",
    "100, 216"
  })
  void withTimestampsMssScaleAndSackSurvive(int mss, int remembered) {
    Peer p = full();
    p.in("S 0:0(0) <mss " + mss + ",sackOK,TS val 1 ecr 0,nop,wscale 9>");
    p.out("S. 0:0(0) ack 1");
    p.timestamps = true;
    p.run(100);
    p.in(". 1:1(0) ack 1 win 100");
    p.endpoint = p.listener.accept();
    assertThat(p.endpoint).isNotNull();
    TcpInfo info = p.info();
    assertThat(info.sendScale()).isEqualTo(9);
    assertThat(info.receiveScale()).isEqualTo(7);
    assertThat(info.sack()).isTrue();
    assertThat(info.timestamps()).isTrue();
    assertThat(info.sendWindow()).isEqualTo(51_200);
    assertThat(info.sendMss() + 12).isEqualTo(Math.min(remembered, 1460));
    p.in("P. 1:11(10) ack 1");
    p.read(10);
    p.discard();
    p.write(10);
    p.out("P. 1:11(10) ack 11");
  }

  @ParameterizedTest
  @CsvSource({
    "'mss 1460', false, 0",
    "'mss 1460,TS val 1 ecr 0,nop,nop', false, 0",
    "'sackOK,TS val 1 ecr 0', true, 0",
    "'TS val 1 ecr 0,nop,wscale 0', false, 7"
  })
  void whatWasNotOfferedIsNotInvented(String options, boolean sack, int scale) {
    Peer p = full();
    p.in("S 0:0(0) <" + options + ">");
    Seg synAck = p.out("S. 0:0(0) ack 1");
    p.timestamps = synAck.options.contains("TS");
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    assertThat(p.info().sack()).isEqualTo(sack);
    assertThat(p.info().receiveScale()).isEqualTo(scale);
    assertThat(p.info().sendMss() + (p.timestamps ? 12 : 0))
        .isEqualTo(options.contains("mss") ? 1460 : 536);
  }

  @Test
  void withoutTimestampsOnlyTheMssSurvives() {
    Peer p = full();
    p.in("S 0:0(0) <mss 1460,sackOK,nop,wscale 7>");
    p.out("S. 0:0(0) ack 1 <mss 1460>");
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    assertThat(p.info().sack()).isFalse();
    assertThat(p.info().receiveScale()).isZero();
  }

  @Test
  void dataAndFinOnTheThirdSegmentAreTaken() {
    Peer p = full();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in("FP. 1:11(10) ack 1");
    p.out(". 1:1(0) ack 12");
    p.endpoint = p.listener.accept();
    p.read(10).readGives(TcpError.END_OF_STREAM).state(TcpState.CLOSE_WAIT);
  }

  @Test
  void aRepeatedSynGetsTheSameCookie() {
    Peer p = full();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    int iss = p.stackIss;
    p.run(1000);
    p.discard();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    assertThat(p.stackIss).isEqualTo(iss);
  }

  @Test
  void anOldCookieIsRefused() {
    for (long age : new long[] {63, 129}) {
      Peer p = full();
      p.in("S 0:0(0) <mss 1460>");
      p.out("S. 0:0(0) ack 1");
      p.run(age * 1000.0);
      p.discard();
      p.in(". 1:1(0) ack 1");
      assertThat(p.listener.acceptQueueLength()).isEqualTo(age < 64 ? 1 : 0);
      if (age > 64) {
        p.out("R 1:1(0)");
      }
    }
  }

  @Test
  void aForgedCookieIsRefused() {
    Peer p = full();
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    // Every bit matters, and so do the ports and the sequence number.
    for (int bit = 0; bit < 32; bit++) {
      int ack = 1 + ((p.stackIss ^ 1 << bit) - p.stackIss);
      p.in(". 1:1(0) ack " + ack);
      assertThat(p.next().flags).isEqualTo(Seg.RST);
    }
    p.in(". 2:2(0) ack 1");
    p.out("R 1:1(0)");
    p.peerPort = 4001;
    p.in(". 1:1(0) ack 1");
    p.out("R 1:1(0)");
    assertThat(p.listener.acceptQueueLength()).isZero();
    assertThat(p.count(Counter.TcpExtSyncookiesFailed)).isEqualTo(34);
    p.peerPort = 4000;
    p.in(". 1:1(0) ack 1");
    assertThat(p.listener.acceptQueueLength()).isEqualTo(1);
  }

  @Test
  void cookiesAreLookedForOnlyWhenSomeWereGivenOut() {
    Peer p = new Peer();
    p.listen();
    p.in(". 1:1(0) ack 1");
    assertThat(p.next().flags).isEqualTo(Seg.RST);
    assertThat(p.count(Counter.TcpExtSyncookiesFailed)).isZero();
  }

  @Test
  void aFullAcceptQueueIgnoresTheCookieUntilThePeerTriesAgain() {
    Peer p =
        new Peer(
            true,
            Profile.STANDARD,
            Limits.DEFAULT.with(v -> {
              v.synBacklog = 0;
              v.acceptBacklog = 1;
            }));
    p.listen(1);
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    int first = p.stackIss;
    p.peerPort = 4001;
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1");
    p.peerPort = 4000;
    p.stackIss = first;
    p.in(". 1:1(0) ack 1").quiet();
    assertThat(p.listener.accept()).isNotNull();
    p.in("P. 1:11(10) ack 1");
    p.endpoint = p.listener.accept();
    p.read(10);
  }

  /**
   * A hundred thousand spoofed SYNs; every honest client succeeds, and the stack holds no more than
   * its queue.
   */
  @Test
  void aFloodShutsNobodyOut() {
    Peer p =
        new Peer(
            true,
            Profile.STANDARD,
            Limits.DEFAULT.with(v -> {
              v.synBacklog = 256;
              v.acceptBacklog = 1000;
            }));
    p.listen(1000);
    byte[] syn = p.packet("S 0:0(0) <mss 1460>");
    Packets.put16(syn, 20, 0);
    Packets.put16(syn, 26, 0);
    Packets.put16(syn, 36, 0);
    int base =
        ~Packets.transportChecksum(p.peerAddress, p.stackAddress, 6, Packets.payload(syn)) & 0xffff;
    List<Integer> honest = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      byte[] spoofed = syn.clone();
      int port = 1024 + i % 60_000;
      int seq = i & 0xffff;
      Packets.put16(spoofed, 20, port);
      Packets.put16(spoofed, 26, seq);
      int sum = base + port + seq;
      sum = (sum & 0xffff) + (sum >>> 16);
      Packets.put16(spoofed, 36, ~((sum & 0xffff) + (sum >>> 16)));
      p.link.inject(spoofed);
      if (i % 1000 == 999) {
        p.discard();
        p.peerPort = 62_000 + i / 1000;
        p.in("S 0:0(0) <mss 1460>");
        p.out("S. 0:0(0) ack 1");
        p.in(". 1:1(0) ack 1");
        honest.add(p.peerPort);
        assertThat(p.listener.acceptQueueLength()).isEqualTo(honest.size());
        assertThat(p.listener.synQueueLength()).isEqualTo(256);
      }
    }
    assertThat(honest).hasSize(100);
    assertThat(p.pool.usedBytes()).isZero();
    for (int i = 0; i < 100; i++) {
      TcpEndpoint e = p.listener.accept();
      assertThat(e).isNotNull();
      e.abort();
    }
    p.run(200_000);
    p.discard();
    p.nothingLeft();
    assertThat(p.listener.synQueueLength()).isZero();
  }
}
