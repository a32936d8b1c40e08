package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.auth.AuthKey;
import dev.sinew.tcp.auth.AuthKey.Algorithm;
import dev.sinew.testing.Packets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signed segments between two stacks: TCP-MD5 (RFC 2385) and TCP-AO (RFC 5925), and attacks. */
class AuthenticationTest {
  private static final long MS = 1_000_000L;
  private static final long S = 1000 * MS;
  private static final int MD5 = 19;
  private static final int AO = 29;

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.US_ASCII);
  }

  private static Prefix net(String text) {
    Prefix p = Prefix.parse(text);
    assertThat(p).isNotNull();
    return p;
  }

  private static AuthKey md5(String network, String secret) {
    return AuthKey.md5(net(network), bytes(secret));
  }

  private static AuthKey ao(int send, int receive, String secret) {
    return AuthKey.ao(net("10.0.0.0/24"), send, receive, Algorithm.HMAC_SHA_1_96, bytes(secret));
  }

  /** Two stacks, and every packet that either has sent. */
  private static final class Scene {
    final TcpPair pair;
    final List<byte[]> wire = new ArrayList<>();
    final TcpListener listener;
    TcpEndpoint client;
    TcpEndpoint server;

    Scene() {
      this(true, Limits.DEFAULT);
    }

    Scene(boolean v4, Limits limits) {
      pair = new TcpPair(v4, MS, Profile.STANDARD, limits);
      pair.linkA.setLost(p -> !wire.add(p));
      pair.linkB.setLost(p -> !wire.add(p));
      listener = pair.listen(80);
      client = pair.a.tcp();
      server = client;
    }

    Scene keys(AuthKey atClient, AuthKey atServer) {
      assertThat(client.addKey(atClient)).isZero();
      assertThat(listener.addKey(atServer)).isZero();
      return this;
    }

    Scene open() {
      connect();
      TcpEndpoint accepted = listener.accept();
      assertThat(accepted).as("accepted").isNotNull();
      server = accepted;
      assertThat(client.state()).isEqualTo(TcpState.ESTABLISHED);
      return this;
    }

    void connect() {
      assertThat(TcpError.of(client.connect(pair.addressB, 80))).isEqualTo(TcpError.IN_PROGRESS);
      pair.network.runFor(50 * MS);
    }

    void exchange(int bytes) {
      pair.transfer(client, server, bytes, 60 * S);
      pair.transfer(server, client, bytes, 60 * S);
    }

    long count(Stack s, Counter c) {
      return s.counters().get(c);
    }

    void allCarry(int kind) {
      assertThat(wire).isNotEmpty().allMatch(p -> option(p, kind) >= 0);
    }
  }

  /** Where an option begins in a packet's TCP segment, or -1. */
  private static int option(byte[] packet, int kind) {
    byte[] t = Packets.payload(packet);
    int end = (t[12] >> 4 & 0xf) * 4;
    for (int i = 20; i < end && t[i] != 0; i += t[i] == 1 ? 1 : t[i + 1]) {
      if (t[i] == kind) {
        return i;
      }
    }
    return -1;
  }

  /** RFC 2385 section 2.0, by hand. */
  private static byte[] digest(byte[] packet, String secret) {
    byte[] t = Packets.payload(packet).clone();
    byte[] fixed = Arrays.copyOf(t, 20);
    fixed[16] = 0;
    fixed[17] = 0;
    byte[] data = Arrays.copyOfRange(t, (t[12] >> 4 & 0xf) * 4, t.length);
    byte[] addresses =
        Packets.isV4(packet)
            ? Arrays.copyOfRange(packet, 12, 20)
            : Arrays.copyOfRange(packet, 8, 40);
    byte[] rest =
        Packets.isV4(packet)
            ? new byte[] {0, 6, (byte) (t.length >> 8), (byte) t.length}
            : new byte[] {0, 0, (byte) (t.length >> 8), (byte) t.length, 0, 0, 0, 6};
    try {
      return MessageDigest.getInstance("MD5")
          .digest(Packets.concat(addresses, rest, fixed, data, bytes(secret)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  // ---- TCP-MD5

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everySegmentOfALifeIsSigned(boolean v4) {
    Scene s = new Scene(v4, Limits.DEFAULT);
    String all = v4 ? "0.0.0.0/0" : "::/0";
    s.keys(md5(all, "secret"), md5(all, "secret")).open();
    s.exchange(100_000);
    s.client.close();
    s.pair.network.runFor(S);
    s.server.close();
    s.pair.network.runFor(S);
    assertThat(s.client.state()).isEqualTo(TcpState.TIME_WAIT);
    // TIME-WAIT signs too: the last ACK again for a repeated FIN.
    byte[] fin =
        s.wire.stream()
            .filter(p -> Packets.source(p).equals(s.pair.addressB))
            .filter(p -> (Packets.payload(p)[13] & 1) != 0)
            .findFirst()
            .orElseThrow();
    int before = s.wire.size();
    s.pair.network.inject(s.pair.linkA, fin);
    assertThat(s.wire).hasSize(before + 1);
    for (byte[] p : s.wire) {
      int at = option(p, MD5);
      assertThat(at).isPositive();
      byte[] t = Packets.payload(p);
      assertThat(Arrays.copyOfRange(t, at + 2, at + 18)).isEqualTo(digest(p, "secret"));
      // 40 bytes hold no timestamps beside the signature and a block of SACK.
      assertThat(option(p, 8)).isEqualTo(-1);
      assertThat(p.length).isLessThanOrEqualTo(1500);
    }
    assertThat(s.wire.stream().mapToInt(p -> p.length).max().orElse(0)).isEqualTo(1500);
  }

  @Test
  void wrongMissingAndUnexpectedSignaturesAreDroppedAndNeverAnswered() {
    Scene wrong = new Scene().keys(md5("0.0.0.0/0", "one"), md5("0.0.0.0/0", "two"));
    wrong.connect();
    assertThat(wrong.wire).hasSize(1);
    assertThat(wrong.count(wrong.pair.b, Counter.TcpExtTCPMD5Failure)).isEqualTo(1);

    Scene missing = new Scene();
    missing.listener.addKey(md5("0.0.0.0/0", "two"));
    missing.connect();
    assertThat(missing.wire).hasSize(1);
    assertThat(missing.count(missing.pair.b, Counter.TcpExtTCPMD5NotFound)).isEqualTo(1);

    Scene unexpected = new Scene();
    unexpected.client.addKey(md5("0.0.0.0/0", "one"));
    unexpected.connect();
    assertThat(unexpected.wire).hasSize(1);
    assertThat(unexpected.count(unexpected.pair.b, Counter.TcpExtTCPMD5Unexpected)).isEqualTo(1);
  }

  /** Keys are for networks and ports: others on the same port need none. */
  @Test
  void aKeyIsForItsPeersAlone() {
    Scene s = new Scene();
    s.listener.addKey(md5("10.0.0.99", "other"));
    s.listener.addKey(md5("10.0.0.1", "port").port(1));
    s.open();
    s.exchange(1000);
    assertThat(s.wire).allMatch(p -> option(p, MD5) < 0);
  }

  @Test
  void theMostExactKeyCounts() {
    Scene s = new Scene();
    s.client.addKey(md5("10.0.0.2", "exact"));
    s.client.addKey(md5("10.0.0.0/8", "wide"));
    s.listener.addKey(md5("10.0.0.0/8", "wide"));
    s.listener.addKey(md5("10.0.0.1", "exact"));
    s.open();
    assertThat(s.server.keys()).hasSize(2);
    s.exchange(1000);
  }

  /** RFC 2385 section 1.0: what the option is for. Exact numbers do not help without the key. */
  @Test
  void forgedSegmentsWithExactNumbersChangeNothing() {
    Scene s = new Scene().keys(md5("0.0.0.0/0", "k"), md5("0.0.0.0/0", "k")).open();
    Connection c = s.server.connection;
    int before = s.wire.size();
    for (int flags : new int[] {Seg.RST, Seg.RST | Seg.ACK, Seg.SYN, Seg.ACK, Seg.FIN | Seg.ACK}) {
      for (byte[] options : new byte[][] {{}, forgedMd5()}) {
        byte[] tcp =
            Packets.tcp(
                "10.0.0.1",
                s.client.localPort(),
                "10.0.0.2",
                80,
                c.rcvNxt,
                c.sndNxt,
                flags,
                1000,
                options,
                new byte[] {1});
        s.pair.network.inject(s.pair.linkB, Packets.ip("10.0.0.1", "10.0.0.2", 6, tcp));
      }
    }
    assertThat(s.wire).as("nothing is answered").hasSize(before);
    assertThat(s.count(s.pair.b, Counter.TcpExtTCPMD5NotFound)).isEqualTo(5);
    assertThat(s.count(s.pair.b, Counter.TcpExtTCPMD5Failure)).isEqualTo(5);
    s.exchange(1000);
  }

  private static byte[] forgedMd5() {
    byte[] o = new byte[20];
    o[0] = 1;
    o[1] = 1;
    o[2] = MD5;
    o[3] = 18;
    return o;
  }

  @Test
  void aSignedAckToAListenerIsAnsweredByASignedReset() {
    Scene s = new Scene().keys(md5("0.0.0.0/0", "k"), md5("0.0.0.0/0", "k")).open();
    // The server's stack forgets the connection: a restart.
    s.pair.linkB.setLost(p -> true);
    s.server.abort();
    s.pair.network.runFor(MS);
    s.pair.linkB.setLost(p -> !s.wire.add(p));
    s.client.write(new byte[10], 0, 10);
    s.pair.network.runFor(100 * MS);
    assertThat(s.client.error()).isEqualTo(TcpError.RESET);
    s.allCarry(MD5);
  }

  @Test
  void aKeyChangesWhileTheConnectionLives() {
    Scene s = new Scene().keys(md5("10.0.0.2", "old"), md5("10.0.0.1", "old")).open();
    assertThat(s.client.addKey(md5("10.0.0.2", "new"))).isZero();
    s.client.write(new byte[10], 0, 10);
    s.pair.network.runFor(50 * MS);
    assertThat(s.server.available()).isZero();
    assertThat(s.server.addKey(md5("10.0.0.1", "new"))).isZero();
    s.pair.network.runFor(S);
    assertThat(s.server.available()).isEqualTo(10);
    assertThat(s.server.skip(10)).isEqualTo(10);
    s.exchange(1000);
    assertThat(s.client.keys()).hasSize(1);
    assertThat(s.listener.keys()).containsExactly(md5("10.0.0.1", "old"));
    assertThat(s.server.keys()).containsExactly(md5("10.0.0.1", "new"));
    // Both give it up: the connection goes on unsigned.
    assertThat(s.client.removeKey(s.client.keys().getFirst())).isZero();
    assertThat(s.server.removeKey(s.server.keys().getFirst())).isZero();
    s.wire.clear();
    s.exchange(1000);
    assertThat(s.wire).allMatch(p -> option(p, MD5) < 0);
  }

  // ---- TCP-AO

  @ParameterizedTest
  @EnumSource(value = Algorithm.class, names = "MD5", mode = EnumSource.Mode.EXCLUDE)
  void aLifeUnderTcpAo(Algorithm algorithm) {
    for (boolean v4 : new boolean[] {true, false}) {
      for (boolean options : new boolean[] {true, false}) {
        Scene s = new Scene(v4, Limits.DEFAULT);
        Prefix all = net(v4 ? "0.0.0.0/0" : "::/0");
        AuthKey client = AuthKey.ao(all, 1, 2, algorithm, bytes("a secret"));
        AuthKey server = AuthKey.ao(all, 2, 1, algorithm, bytes("a secret"));
        s.keys(
            options ? client : client.withoutOptions(), options ? server : server.withoutOptions());
        s.open();
        s.exchange(100_000);
        s.client.close();
        s.pair.network.runFor(S);
        s.server.close();
        s.pair.network.runFor(S);
        assertThat(s.client.state()).isEqualTo(TcpState.TIME_WAIT);
        s.allCarry(AO);
        assertThat(s.wire).allMatch(p -> option(p, 8) > 0);
        assertThat(s.wire.stream().mapToInt(p -> p.length).max().orElse(0)).isEqualTo(1500);
        assertThat(s.count(s.pair.a, Counter.TcpExtTCPAOBad)).isZero();
        assertThat(s.count(s.pair.b, Counter.TcpExtTCPAOGood)).isPositive();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, other, TcpExtTCPAOBad", "3, 3, secret, TcpExtTCPAOKeyNotFound"})
  void wrongKeysOfTcpAo(int send, int receive, String secret, Counter counter) {
    Scene s = new Scene().keys(ao(send, receive, secret), ao(1, 1, "secret"));
    s.connect();
    assertThat(s.wire).hasSize(1);
    assertThat(s.count(s.pair.b, counter)).isEqualTo(1);
  }

  @Test
  void unsignedIsNotEnoughWhereAKeyMatches() {
    Scene s = new Scene();
    s.listener.addKey(ao(1, 1, "secret"));
    s.connect();
    assertThat(s.wire).hasSize(1);
    assertThat(s.count(s.pair.b, Counter.TcpExtTCPAORequired)).isEqualTo(1);
    // RFC 5925 section 7.3: without a matching key the option is as good as absent.
    Scene ignorant = new Scene();
    ignorant.client.addKey(ao(1, 1, "secret"));
    ignorant.connect();
    assertThat(ignorant.count(ignorant.pair.a, Counter.TcpExtTCPAORequired)).isEqualTo(1);
    assertThat(ignorant.client.state()).isEqualTo(TcpState.SYN_SENT);
  }

  /** Section 6.1: the receiver asks by RNextKeyID, the sender follows, no segment is lost. */
  @Test
  void keysRotateWithoutLosingASegment() {
    Scene s = new Scene().keys(ao(1, 1, "old"), ao(1, 1, "old")).open();
    s.exchange(1000);
    AuthKey next = AuthKey.ao(net("10.0.0.0/8"), 7, 8, Algorithm.AES_128_CMAC_96, bytes("new"));
    AuthKey peers = AuthKey.ao(net("10.0.0.0/8"), 8, 7, Algorithm.AES_128_CMAC_96, bytes("new"));
    assertThat(s.client.addKey(next)).isZero();
    assertThat(s.client.chooseKeys(1, 8)).isZero();
    // The server lacks the key: asking for it is no error (section 7.5.2).
    s.exchange(1000);
    assertThat(s.server.currentKey()).isEqualTo(1);
    assertThat(s.server.addKey(peers)).isZero();
    s.exchange(1000);
    assertThat(s.server.currentKey()).isEqualTo(8);
    assertThat(s.client.currentKey()).isEqualTo(1);
    assertThat(s.server.chooseKeys(8, 7)).isZero();
    s.exchange(1000);
    assertThat(s.client.currentKey()).isEqualTo(7);
    // What is in use stays; what is not may go, and is refused from then on.
    assertThat(TcpError.of(s.client.removeKey(next))).isEqualTo(TcpError.INVALID);
    assertThat(TcpError.of(s.client.removeKey(ao(1, 1, "other")))).isEqualTo(TcpError.INVALID);
    assertThat(s.client.removeKey(ao(1, 1, "old"))).isZero();
    assertThat(s.server.removeKey(s.server.keys().getFirst())).isZero();
    s.exchange(1000);
    assertThat(s.count(s.pair.a, Counter.TcpExtTCPAOBad)).isZero();
    assertThat(s.count(s.pair.b, Counter.TcpExtTCPAOKeyNotFound)).isZero();
    assertThat(TcpError.of(s.client.chooseKeys(1, 1))).isEqualTo(TcpError.INVALID);
  }

  /** Section 3.1: one number twice, or both mechanisms for one peer, is a contradiction. */
  @Test
  void contradictingKeysAreRefused() {
    Scene s = new Scene().keys(ao(1, 1, "a"), ao(1, 1, "a"));
    assertThat(TcpError.of(s.client.addKey(ao(1, 2, "b")))).isEqualTo(TcpError.INVALID);
    assertThat(TcpError.of(s.client.addKey(ao(2, 1, "b")))).isEqualTo(TcpError.INVALID);
    assertThat(TcpError.of(s.client.addKey(md5("10.0.0.2", "b")))).isEqualTo(TcpError.INVALID);
    assertThat(s.client.addKey(md5("10.9.9.9", "b"))).isZero();
    Scene plain = new Scene().open();
    assertThat(TcpError.of(plain.client.addKey(ao(1, 1, "a")))).isEqualTo(TcpError.INVALID);
  }

  /**
   * Section 6.2: an old segment of 4 GiB ago has the right numbers, but not the right extension.
   */
  @Test
  void theExtensionGrowsWhenNumbersWrap() {
    Scene s = new Scene();
    // The clock part of the ISN: wait until the client's comes shortly before the wrap.
    TcpEndpoint probe = s.pair.a.tcp();
    probe.setReuseAddress(true);
    probe.bind(Packets.address("10.0.0.1"), 5000);
    probe.connect(s.pair.addressB, 80);
    long since = s.pair.network.now();
    int iss = probe.connection.iss;
    probe.abort();
    s.pair.network.runFor(S);
    long due = since + Integer.toUnsignedLong(-20_000 - iss) * 4000;
    s.pair.network.runFor(due - s.pair.network.now());
    s.client.setReuseAddress(true);
    s.client.bind(Packets.address("10.0.0.1"), 5000);
    TcpEndpoint old = s.listener.accept();
    s.keys(ao(1, 1, "k"), ao(1, 1, "k"));
    if (old != null) {
      old.abort();
    }
    s.open();
    assertThat(s.client.connection.iss).isEqualTo(-20_000);
    s.exchange(100_000);
    assertThat(s.client.connection.sndNxt).isPositive();
    assertThat(s.count(s.pair.b, Counter.TcpExtTCPAOBad)).isZero();
    Connection c = s.client.connection;
    int before = 0;
    int behind = 0;
    for (byte[] p : s.wire) {
      byte[] segment = Packets.payload(p);
      if (!Packets.source(p).equals(s.pair.addressB) && (segment[13] & Seg.SYN) == 0) {
        boolean wrapped = Packets.i32(segment, 4) >= 0;
        int at = option(p, AO);
        assertThat(Arrays.copyOfRange(segment, at + 4, at + 16))
            .isEqualTo(aoMac(p, "k", wrapped ? 1 : 0, c.iss, c.irs));
        before += wrapped ? 0 : 1;
        behind += wrapped ? 1 : 0;
      }
    }
    assertThat(before).isPositive();
    assertThat(behind).isPositive();
  }

  /** RFC 5925 sections 5.1 and 5.2 with RFC 5926's HMAC-SHA-1-96, by hand, for IPv4. */
  private static byte[] aoMac(byte[] packet, String secret, int sne, int fromIsn, int toIsn) {
    byte[] t = Packets.payload(packet).clone();
    byte[] addresses = Arrays.copyOfRange(packet, 12, 20);
    byte[] context =
        ByteBuffer.allocate(29)
            .put((byte) 1)
            .put(bytes("TCP-AO"))
            .put(addresses)
            .put(t, 0, 4)
            .putInt(fromIsn)
            .putInt(toIsn)
            .putShort((short) 160)
            .array();
    t[16] = 0;
    t[17] = 0;
    int at = option(packet, AO);
    Arrays.fill(t, at + 4, at + 16, (byte) 0);
    byte[] message =
        ByteBuffer.allocate(16 + t.length)
            .putInt(sne)
            .put(addresses)
            .putShort((short) 6)
            .putShort((short) t.length)
            .put(t)
            .array();
    return Arrays.copyOf(hmac(hmac(bytes(secret), context), message), 12);
  }

  private static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(key, "HmacSHA1"));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Section 5.2: the initial numbers are in the traffic key, so an old connection's is no good. */
  @Test
  void segmentsOfAnEarlierConnectionAreForgeries() {
    Scene s = new Scene();
    s.client.setReuseAddress(true);
    s.client.bind(Packets.address("10.0.0.1"), 5000);
    s.keys(ao(1, 1, "k"), ao(1, 1, "k")).open();
    s.client.write(new byte[100], 0, 100);
    s.pair.network.runFor(100 * MS);
    byte[] data =
        s.wire.stream().filter(p -> Packets.payload(p).length > 130).findFirst().orElseThrow();
    s.client.abort();
    s.pair.network.runFor(S);
    s.client = s.pair.a.tcp();
    s.client.setReuseAddress(true);
    s.client.bind(Packets.address("10.0.0.1"), 5000);
    s.client.addKey(ao(1, 1, "k"));
    s.open();
    int before = s.wire.size();
    s.pair.network.inject(s.pair.linkB, data);
    assertThat(s.count(s.pair.b, Counter.TcpExtTCPAOBad)).isEqualTo(1);
    assertThat(s.wire).hasSize(before);
  }

  /** Section 7.8: hard errors are not believed in a synchronized state, unless asked for. */
  @Test
  void icmpIsIgnoredUnderTcpAo() {
    Scene s = new Scene().keys(ao(1, 1, "k"), ao(1, 1, "k")).open();
    s.pair.linkA.setLost(p -> true);
    s.client.write(new byte[3000], 0, 3000);
    s.pair.network.runFor(MS);
    Connection c = s.client.connection;
    tooBig(s, c);
    assertThat(s.count(s.pair.a, Counter.TcpExtTCPAODroppedIcmps)).isEqualTo(1);
    assertThat(c.effectiveMss).isEqualTo(1460);
    s.client.setAcceptIcmpUnderAo(true);
    tooBig(s, c);
    assertThat(c.effectiveMss).isEqualTo(960);
  }

  private static void tooBig(Scene s, Connection c) {
    byte[] quoted =
        Packets.tcp(
            "10.0.0.1",
            c.localPort,
            "10.0.0.2",
            80,
            c.sndUna,
            0,
            Seg.ACK,
            0,
            new byte[0],
            new byte[1460]);
    byte[] ip = Packets.ip("10.0.0.1", "10.0.0.2", 6, quoted);
    s.pair.network.inject(s.pair.linkA, Packets.icmpPacket("10.0.0.3", "10.0.0.1", 3, 4, 1000, ip));
  }

  // ---- both

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void synCookiesAreSigned(boolean ao) {
    Scene s = new Scene(true, Limits.DEFAULT.with(v -> v.synBacklog = 1));
    AuthKey key = ao ? ao(1, 1, "k") : md5("10.0.0.1", "k");
    // One half-open record fills the queue.
    byte[] syn =
        Packets.tcp("10.0.0.9", 9, "10.0.0.2", 80, 1, 0, Seg.SYN, 1000, new byte[0], new byte[0]);
    s.pair.network.inject(s.pair.linkB, Packets.ip("10.0.0.9", "10.0.0.2", 6, syn));
    s.wire.clear();
    s.keys(ao ? key : md5("10.0.0.2", "k"), key).open();
    assertThat(s.count(s.pair.b, Counter.TcpExtSyncookiesRecv)).isEqualTo(1);
    s.exchange(10_000);
    s.wire.removeIf(p -> !Packets.source(p).equals(IpAddress.parse("10.0.0.1")));
    s.allCarry(ao ? AO : MD5);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void lossIsRepairedBesideASignature(boolean ao) {
    Scene s = new Scene();
    s.keys(ao ? ao(1, 1, "k") : md5("10.0.0.2", "k"), ao ? ao(1, 1, "k") : md5("10.0.0.1", "k"));
    int[] n = {0};
    s.pair.linkA.setLost(p -> {
      s.wire.add(p);
      return n[0]++ % 20 == 19;
    });
    s.open();
    s.exchange(300_000);
    s.allCarry(ao ? AO : MD5);
    assertThat(s.wire).anyMatch(p -> option(p, 5) > 0);
    assertThat(s.pair.a.violation(s.pair.network.now())).isNull();
  }
}
