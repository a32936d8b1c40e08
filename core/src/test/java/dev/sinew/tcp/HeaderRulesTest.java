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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checksum and options as a whole connection shows them (RFC 9293 sections 3.1, 3.2, 3.7.1). */
class HeaderRulesTest {
  private static final String[] OFFERS = {
    "", "mss 1460", "mss 1460,sackOK", "mss 1460,sackOK,TS val 1 ecr 0", Peer.SYN_OPTIONS
  };

  // ---- checksum

  /** Of every kind of segment and of odd lengths; the checksum is computed anew here. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Tag("MUST-2")
  void everySegmentCarriesItsChecksum(boolean v4) {
    Peer p = new Peer(v4, Profile.STANDARD, Limits.DEFAULT);
    List<byte[]> sent = new ArrayList<>();
    p.accept();
    p.app().setNoDelay(true);
    p.link.setLost(packet -> {
      sent.add(packet);
      p.link.sent().clear();
      return true;
    });
    for (int n = 1; n <= 40; n++) {
      p.write(n);
    }
    p.in("P. 2:11(9) ack 1");
    p.shutdown();
    p.app().abort();
    p.pump();
    // The data, a duplicate ACK and the reset; the FIN waits behind the congestion window.
    assertThat(sent).hasSizeGreaterThan(10);
    for (byte[] packet : sent) {
      byte[] tcp = Packets.payload(packet);
      int checksum = Packets.u16(tcp, 16);
      Packets.put16(tcp, 16, 0);
      assertThat(checksum)
          .isEqualTo(Packets.transportChecksum(p.stackAddress, p.peerAddress, 6, tcp));
    }
  }

  /** Any bit of header, options and data, and of the addresses. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Tag("MUST-3")
  void aSegmentWithABitWrongIsDropped(boolean v4) {
    Peer p = new Peer(v4, Profile.STANDARD, Limits.DEFAULT);
    p.accept();
    byte[] good = p.packet("P. 1:12(11) ack 1");
    int from = good.length - Packets.payload(good).length;
    for (int bit = from * 8; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      p.network.inject(p.link, bad);
    }
    byte[] fromAnother = good.clone();
    fromAnother[from - (v4 ? 5 : 17)] ^= 1;
    if (v4) {
      Packets.fixIpv4Checksum(fromAnother);
    }
    p.network.inject(p.link, fromAnother);
    p.quietFor(Peer.S).state(TcpState.ESTABLISHED).readGives(TcpError.WOULD_BLOCK);
    assertThat(p.count(Counter.TcpInCsumErrors)).isGreaterThan(8 * 40);
    p.network.inject(p.link, good);
    p.read(11);
  }

  // ---- options that come

  /**
   * Unknown ones and known ones, in any segment, begin anywhere; what does not belong is ignored.
   */
  @Test
  @Tag("MUST-5")
  @Tag("MUST-6")
  @Tag("MUST-64")
  void optionsComeInAnySegment() {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:0(0) <nop,hex fd05abcdef,mss 1000,hex fe02>");
    p.out("S. 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1 <hex fd03ab,nop>");
    p.endpoint = p.listener.accept();
    p.in("P. 1:11(10) ack 1 <mss 100,nop,wscale 3,sackOK>");
    p.read(10);
    p.write(3000);
    p.out(". 1:1001(1000) ack 11");
    p.out(". 1001:2001(1000) ack 11");
    p.discard();
    p.in(". 11:11(0) ack 3001 win 1000 <hex fd04abcd>");
    assertThat(p.info().sendWindow()).isEqualTo(1000);
    p.in("F. 11:11(0) ack 3001 <nop,nop,hex fd06abcdabcd>");
    p.out(". 3001:3001(0) ack 12");
    p.in("R. 12:12(0) ack 3001 <hex fd04abcd>").state(TcpState.CLOSED);
  }

  /** Lengths that can't be: the segment is dropped in silence, the connection lives. */
  @ParameterizedTest
  @ValueSource(
      strings = {"hex 0200", "hex 0201", "hex 0205abcd", "hex fd00", "hex fd01", "hex fd50"})
  @Tag("MUST-7")
  void anImpossibleLengthDoesNoHarm(String option) {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:0(0) <" + option + ">").quiet();
    p.acceptPlain();
    p.in("P. 1:11(10) ack 1 <" + option + ">").in("R 1:1(0) <" + option + ">").quiet();
    p.state(TcpState.ESTABLISHED).readGives(TcpError.WOULD_BLOCK);
    assertThat(p.count(Counter.SinewTcpBadOptions)).isEqualTo(3);
    p.in("P. 1:11(10) ack 1").read(10);
  }

  // ---- options that go

  /**
   * Over whole lives of connections of every make: MSS on each SYN and nowhere else. {@link Seg}
   * fails on an option whose length is wrong (MUST-68) and on padding that is not zero (MUST-69).
   */
  @ParameterizedTest
  @ValueSource(strings = {"standard", "linux", "freebsd"})
  @Tag("MUST-65")
  @Tag("MUST-68")
  @Tag("MUST-69")
  @Tag("SHLD-5")
  void mssIsOnSynsAlone(String name) {
    Profile profile = Profile.named(name);
    assertThat(profile).isNotNull();
    int padded = 0;
    for (String offer : OFFERS) {
      for (boolean active : new boolean[] {true, false}) {
        Peer p = new Peer(profile);
        List<Seg> sent = new ArrayList<>();
        if (active) {
          p.connect();
          sent.add(p.next());
          p.in("S. 0:0(0) ack 1 <" + offer + ">");
        } else {
          p.listen();
          p.in("S 0:0(0) <" + offer + ">");
          sent.add(p.next());
        }
        p.timestamps = offer.contains("TS");
        if (!active) {
          p.in(". 1:1(0) ack 1");
          p.endpoint = p.listener.accept();
        }
        p.write(3000);
        p.in("P. 101:201(100) ack 1");
        p.in("P. 301:401(100) ack 1");
        p.shutdown();
        sent.addAll(p.all());
        p.app().abort();
        sent.addAll(p.all());
        assertThat(sent).hasSizeGreaterThan(5);
        for (Seg s : sent) {
          assertThat(s.value("mss")).as("%s", s).isEqualTo(s.has(Seg.SYN) ? 1460 : -1);
          padded += s.options != null && s.options.endsWith("eol") ? 1 : 0;
        }
      }
    }
    assertThat(padded).as("segments with an end of list").isEqualTo(name.equals("freebsd") ? 1 : 0);
  }

  /** What the interface can take less both headers, also where that is the default. */
  @ParameterizedTest
  @CsvSource({
    "true, 576, 536",
    "true, 1500, 1460",
    "true, 9000, 8960",
    "true, 65535, 65495",
    "false, 1280, 1220",
    "false, 9000, 8940",
    "false, 65535, 65475"
  })
  @Tag("MUST-67")
  @Tag("MAY-3")
  void theMssIsWhatTheInterfaceTakes(boolean v4, int mtu, int mss) {
    Peer p = Peer.withMtu(v4, mtu);
    p.connect();
    assertThat(p.next().value("mss")).isEqualTo(mss);
    p.peerPort = 4001;
    p.stackPort = 80;
    p.listen();
    p.in("S 0:0(0)");
    assertThat(p.out("S. 0:0(0) ack 1").value("mss")).isEqualTo(mss);
  }

  /** An option of IP that nobody knows does not keep a segment from its connection. */
  @Test
  @Tag("MUST-50")
  void unknownOptionsOfIpAreIgnored() {
    Peer p = new Peer();
    p.acceptPlain();
    byte[] tcp = Packets.payload(p.packet("P. 1:11(10) ack 1"));
    byte[] option = {(byte) 0x9e, 4, 1, 2};
    p.network.inject(p.link, Packets.ipv4(p.peerAddress, p.stackAddress, 6, 64, 1, 0, option, tcp));
    p.read(10);
    p.outAfter(40, ". 1:1(0) ack 11");
  }
}
