package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.testing.Packets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TCP Fast Open (RFC 7413): the server. */
class FastOpenServerTest {
  private static final long HOUR = 3600L * Peer.S;

  private static Peer server(int maxPending) {
    return server(new Peer(), maxPending);
  }

  private static Peer server(Peer p, int maxPending) {
    p.listen().setFastOpen(maxPending);
    return p;
  }

  /** Asks for a cookie (section 4.2.1) and leaves the half-open record to its fate. */
  private static String cookie(Peer p) {
    int port = p.peerPort;
    p.peerPort = 999;
    p.in("S 0:0(0) <mss 1460,FO>");
    String options = p.out("S. 0:0(0) ack 1").options;
    assertThat(options).contains("FO ");
    p.in("R 1:1(0)").discard();
    p.peerPort = port;
    return options.replaceAll(".*FO (\\w+).*", "$1");
  }

  private static TcpEndpoint early(Peer p, String options, int bytes) {
    p.in("S 0:" + bytes + "(" + bytes + ") win 65535 <" + options + ">");
    TcpEndpoint e = p.listener.accept();
    assertThat(e).as("accepted before the handshake is done").isNotNull();
    p.endpoint = e;
    return e;
  }

  @Test
  void aCookieIsGivenToWhoAsks() {
    Peer p = server(5);
    p.in("S 0:10(10) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7,FO>");
    assertThat(p.out("S. 0:0(0) ack 1").options)
        .matches("mss 1460,sackOK,TS val \\d+ ecr 1,nop,wscale 7,FO \\w{16},nop,nop");
    assertThat(p.listener.accept()).isNull();
    assertThat(p.count(Counter.TcpExtTCPFastOpenCookieReqd)).isEqualTo(1);
    // The same again for a repeated SYN; none for who does not ask.
    p.in("S 0:10(10) <mss 1460,FO>");
    assertThat(p.out("S. 0:0(0) ack 1").options).contains("FO ");
    p.peerPort++;
    p.in("S 0:0(0) <mss 1460>");
    assertThat(p.out("S. 0:0(0) ack 1").options).isEqualTo("mss 1460");
  }

  @Test
  void offUnlessAskedFor() {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:10(10) <mss 1460,FO>");
    assertThat(p.out("S. 0:0(0) ack 1").options).isEqualTo("mss 1460");
    Peer on = new Peer(Profile.STANDARD.with(v -> v.fastOpenServer = true));
    assertThat(on.listen(7).fastOpen()).isEqualTo(7);
    on.listener.setFastOpen(0);
    on.in("S 0:10(10) <mss 1460,FO>");
    assertThat(on.out("S. 0:0(0) ack 1").options).isEqualTo("mss 1460");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void dataOnTheSynIsReadAndAnsweredBeforeTheHandshakeIsDone(boolean v4) {
    Peer p = server(new Peer(v4, Profile.STANDARD, Limits.DEFAULT), 5);
    String cookie = cookie(p);
    early(p, Peer.SYN_OPTIONS + ",FO " + cookie, 100);
    Seg synAck = p.out("S. 0:0(0) ack 101 win 65535");
    assertThat(synAck.options).doesNotContain("FO");
    p.state(TcpState.SYN_RECEIVED);
    assertThat(p.listener.fastOpenPending()).isEqualTo(1);
    p.read(100);
    p.write(20);
    p.timestamps = true;
    p.out("P. 1:21(20) ack 101");
    assertThat(p.stack.violation(p.network.now())).isNull();
    p.in(". 101:101(0) ack 21");
    p.state(TcpState.ESTABLISHED);
    assertThat(p.listener.fastOpenPending()).isZero();
    assertThat(p.listener.acceptQueueLength()).isZero();
    p.in("P. 101:111(10) ack 21").read(10);
    p.discard();
    p.write(5);
    p.out("P. 21:26(5) ack 111");
    assertThat(p.count(Counter.TcpExtTCPFastOpenPassive)).isEqualTo(1);
    assertThat(p.stack.violation(p.network.now())).isNull();
  }

  /** Section 4.2.2: within the window that the SYN offers, unscaled, and the initial one. */
  @Test
  void theAnswerKeepsWithinBothWindows() {
    Peer p = server(5);
    String cookie = cookie(p);
    p.in("S 0:10(10) win 3000 <mss 1000,nop,wscale 7,FO " + cookie + ">");
    p.endpoint = p.listener.accept();
    p.out("S. 0:0(0) ack 11");
    p.write(10_000);
    p.out(". 1:1001(1000) ack 11");
    p.out(". 1001:2001(1000) ack 11");
    p.out(". 2001:3001(1000) ack 11");
    p.quiet();
    p.in(". 11:11(0) ack 1 win 100");
    for (int i = 3; i < 10; i++) {
      p.next();
    }
    p.quiet();
    assertThat(p.info().inFlight()).isEqualTo(10_000);
    Peer wide = server(5);
    wide.in("S 0:10(10) win 65535 <mss 1000,FO " + cookie(wide) + ">");
    wide.endpoint = wide.listener.accept();
    wide.out("S. 0:0(0) ack 11");
    wide.write(20_000);
    assertThat(wide.all()).hasSize(10);
  }

  /** The answer was lost: it is sent again once the handshake is done, and is acknowledged. */
  @Test
  void aLostAnswerIsRepaired() {
    Peer p = server(5);
    early(p, "mss 1460,FO " + cookie(p), 10);
    p.out("S. 0:0(0) ack 11");
    p.write(1000);
    p.out("P. 1:1001(1000) ack 11");
    p.outAfter(1000, "S. 0:0(0) ack 11");
    p.in(". 11:11(0) ack 1");
    p.state(TcpState.ESTABLISHED);
    p.network.runFor(5 * Peer.S);
    p.out("P. 1:1001(1000) ack 11");
    p.in(". 11:11(0) ack 1001");
    assertThat(p.app().unacknowledged()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0102030405060708", "01020304", "000102030405060708090a0b0c0d0e0f"})
  void aWrongCookieFallsBackAndGetsARightOne(String wrong) {
    Peer p = server(5);
    String right = cookie(p);
    p.in("S 0:10(10) <mss 1460,FO " + wrong + ">");
    assertThat(p.out("S. 0:0(0) ack 1").options).contains("FO " + right);
    assertThat(p.listener.accept()).isNull();
    p.in("P. 1:11(10) ack 1");
    p.endpoint = p.listener.accept();
    p.read(10);
    assertThat(p.count(Counter.TcpExtTCPFastOpenPassiveFail)).isEqualTo(1);
  }

  /** Section 5: a cookie is for one address. */
  @Test
  void anotherHostsCookieIsNoGood() {
    Peer p = server(5);
    String cookie = cookie(p);
    byte[] options = java.util.HexFormat.of().parseHex("220a" + cookie + "0101");
    byte[] syn =
        Packets.tcp("10.0.0.7", 4000, p.stackAddress, 80, 5, 0, 2, 1000, options, new byte[10]);
    p.network.inject(p.link, Packets.ip("10.0.0.7", p.stackAddress, 6, syn));
    assertThat(p.listener.accept()).isNull();
    assertThat(p.count(Counter.TcpExtTCPFastOpenPassiveFail)).isEqualTo(1);
  }

  /** Section 4.1.2: the key changes, and the cookie before the last is no good. */
  @Test
  void cookiesExpire() {
    Peer p = server(5);
    String old = cookie(p);
    p.network.runFor(12 * HOUR);
    early(p, "mss 1460,FO " + old, 10);
    String options = p.out("S. 0:0(0) ack 11").options;
    assertThat(options).contains("FO ").doesNotContain(old);
    p.in(". 11:11(0) ack 1");
    p.network.runFor(12 * HOUR);
    p.peerPort++;
    p.in("S 0:10(10) <mss 1460,FO " + old + ">");
    p.out("S. 0:0(0) ack 1");
    p.peerPort++;
    early(p, options, 10);
    p.out("S. 0:0(0) ack 11");
  }

  /** Section 5.1: the number of such connections is limited; the rest shake hands as ever. */
  @Test
  void pendingConnectionsAreLimited() {
    Peer p = server(2);
    String cookie = "mss 1460,FO " + cookie(p);
    TcpEndpoint first = early(p, cookie, 10);
    p.peerPort++;
    early(p, cookie, 10);
    p.peerPort++;
    p.discard();
    p.in("S 0:10(10) <" + cookie + ">");
    p.out("S. 0:0(0) ack 1");
    assertThat(p.listener.accept()).isNull();
    assertThat(p.count(Counter.TcpExtTCPFastOpenListenOverflow)).isEqualTo(1);
    // A place is free when the handshake is done, or the application gives up.
    first.abort();
    p.discard();
    p.peerPort++;
    early(p, cookie, 10);
  }

  /** Section 5.1: RSTs of spoofed hosts do not make room for more. */
  @Test
  void aResetConnectionKeepsItsPlaceForAMinute() {
    Peer p = server(1);
    String cookie = "mss 1460,FO " + cookie(p);
    early(p, cookie, 10);
    p.out("S. 0:0(0) ack 11");
    p.in("R 11:11(0)");
    p.read(10);
    p.readGives(TcpError.RESET);
    p.close();
    assertThat(p.listener.fastOpenPending()).isZero();
    p.peerPort++;
    p.in("S 0:10(10) <" + cookie + ">");
    p.out("S. 0:0(0) ack 1");
    p.network.runFor(60 * Peer.S);
    p.discard();
    p.peerPort++;
    early(p, cookie, 10);
  }

  /** A RST that is not exact is challenged in this state, too. */
  @Test
  void aForgedResetChangesNothing() {
    Peer p = server(5);
    early(p, "mss 1460,FO " + cookie(p), 10);
    p.out("S. 0:0(0) ack 11");
    p.in("R 12:12(0)");
    p.out(". 1:1(0) ack 11");
    p.in("R 70000:70000(0)").quiet();
    p.in(". 11:11(0) ack 2");
    p.out("R 2:2(0)");
    p.state(TcpState.SYN_RECEIVED);
    p.in(". 11:11(0) ack 1");
    p.state(TcpState.ESTABLISHED);
  }

  @Test
  void aRepeatedSynGetsTheSynAckAgainAndDeliversNothingTwice() {
    Peer p = server(5);
    String options = "mss 1460,FO " + cookie(p);
    early(p, options, 10);
    p.out("S. 0:0(0) ack 11");
    p.in("S 0:10(10) <" + options + ">");
    p.out("S. 0:0(0) ack 11");
    p.in("S 0:0(0) <mss 1460>");
    p.out("S. 0:0(0) ack 11");
    p.read(10);
    p.readGives(TcpError.WOULD_BLOCK);
    p.outAfter(1000, "S. 0:0(0) ack 11");
    p.outAfter(2000, "S. 0:0(0) ack 11");
    p.in(". 11:11(0) ack 1");
    p.state(TcpState.ESTABLISHED);
    // Later it is an intruder (RFC 5961 section 4).
    p.in("S 0:10(10) <" + options + ">");
    p.out(". 1:1(0) ack 11");
  }

  @Test
  void aClientThatNeverAnswersIsGivenUp() {
    Peer p = server(1);
    early(p, "mss 1460,FO " + cookie(p), 10);
    p.network.runFor(200 * Peer.S);
    assertThat(p.all()).hasSize(6);
    p.read(10);
    p.readGives(TcpError.TIMED_OUT);
    assertThat(p.listener.fastOpenPending()).isZero();
    p.close();
    p.nothingLeft();
  }

  /** Section 2.1, the documented risk: an old SYN that comes again opens another connection. */
  @Test
  void aDuplicateOfAClosedConnectionsSynIsTakenAgain() {
    Peer p = server(5);
    String options = "mss 1460,FO " + cookie(p);
    for (int i = 0; i < 2; i++) {
      early(p, options, 10);
      byte[] got = new byte[10];
      assertThat(p.app().read(got, 0, 10)).isEqualTo(10);
      assertThat(got).isEqualTo(Pattern.peer(0, 10));
      p.app().abort();
      p.discard();
    }
  }

  @Test
  void aCloseBeforeTheHandshakeIsDoneSendsFinAfterIt() {
    Peer p = server(5);
    early(p, "mss 1460,FO " + cookie(p), 10);
    p.read(10);
    p.out("S. 0:0(0) ack 11");
    p.write(10);
    p.out("P. 1:11(10) ack 11");
    p.close();
    p.quiet();
    p.in(". 11:11(0) ack 11");
    p.out("F. 11:11(0) ack 11");
    assertThat(p.listener.fastOpenPending()).isZero();
  }

  /** ECN is agreed on as in any other handshake (RFC 3168 section 6.1.1). */
  @Test
  void ecnIsAgreedOnTheWay() {
    TcpPair pair =
        new TcpPair(
            true,
            TcpPair.MS,
            Profile.STANDARD.with(v -> {
              v.ecn = Profile.Ecn.REQUEST;
              v.fastOpenServer = true;
            }),
            Limits.DEFAULT);
    TcpListener l = pair.listen(80);
    for (int i = 0; i < 2; i++) {
      TcpEndpoint client = pair.a.tcp();
      client.connect(pair.addressB, 80, new byte[10], 0, 10);
      pair.network.runFor(100 * TcpPair.MS);
      TcpEndpoint server = l.accept();
      assertThat(server).isNotNull();
      pair.transfer(server, client, 50_000, TcpPair.S);
      for (TcpEndpoint e : new TcpEndpoint[] {client, server}) {
        TcpInfo info = e.info();
        assertThat(info).isNotNull();
        assertThat(info.path().ecn()).isEqualTo("accecn");
        assertThat(info.path().fastOpen()).isEqualTo(i == 1);
      }
    }
  }

  @Test
  void synCookiesExcludeIt() {
    Peer p =
        server(new Peer(true, Profile.STANDARD, Limits.DEFAULT.with(v -> v.synBacklog = 1)), 5);
    String cookie = cookie(p);
    p.peerPort = 3999;
    p.in("S 0:0(0) <mss 1460>");
    p.discard();
    p.peerPort = 4000;
    p.in("S 0:10(10) <mss 1460,FO " + cookie + ">");
    assertThat(p.out("S. 0:0(0) ack 1").options).isEqualTo("mss 1460");
    assertThat(p.count(Counter.TcpExtSyncookiesSent)).isEqualTo(1);
  }

  @Test
  void aClosedListenerResetsThem() {
    Peer p = server(5);
    p.in("S 0:10(10) <mss 1460,FO " + cookie(p) + ">");
    p.out("S. 0:0(0) ack 11");
    p.listener.close();
    p.out("R. 1:1(0) ack 11");
    p.nothingLeft();
  }
}
