package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the internet layer takes in, what not, and what it answers. */
class IpInputTest {
  private static final int UDP = 17;

  private final IpHarness h = new IpHarness(false);

  private static byte[] udp(String source, String destination) {
    return Packets.ip(
        source,
        destination,
        UDP,
        Packets.udp(source, 1000, destination, 2000, Packets.pattern(12)));
  }

  private static byte[] tcp(String source, String destination) {
    return Packets.ip(
        source,
        destination,
        6,
        Packets.tcp(source, 1, destination, 2, 0, 0, 2, 1000, new byte[0], new byte[0]));
  }

  @Tag("RFC1122-3.1-a")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,10.0.0.1",
    "192.0.2.1,10.0.0.1",
    "fd00:a::9,fd00:a::1",
    "2001:db8::1,fd00:a::1"
  })
  void aPacketForUsIsDelivered(String source, String destination) {
    h.in(udp(source, destination));
    assertThat(h.delivered).hasSize(1);
    IpHarness.Delivered d = h.delivered.getFirst();
    assertThat(d.source()).isEqualTo(Packets.address(source));
    assertThat(d.destination()).isEqualTo(Packets.address(destination));
    assertThat(d.payload()).isEqualTo(Packets.payload(udp(source, destination)));
    assertThat(h.count(Counter.IpInReceives)).isOne();
    assertThat(h.count(Counter.IpInDelivers)).isOne();
    assertThat(h.drops).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.9,10.0.1.1", "fd00:a::9,fd00:b::1"})
  void anAddressOfAnotherInterfaceIsOursToo(String source, String destination) {
    h.in(udp(source, destination));
    assertThat(h.delivered).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 40})
  void paddingAfterThePacketIsNotThePackets(int padding) {
    h.in(Packets.concat(udp("10.0.0.9", "10.0.0.1"), Packets.pattern(padding)));
    assertThat(h.delivered.getFirst().payload())
        .isEqualTo(Packets.payload(udp("10.0.0.9", "10.0.0.1")));
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.9,10.0.0.1", "fd00:a::9,fd00:a::1"})
  void noPrefixOfAPacketIsTaken(String source, String destination) {
    byte[] whole = udp(source, destination);
    for (int n = 0; n < whole.length; n++) {
      h.in(Arrays.copyOf(whole, n));
    }
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).hasSize(whole.length);
    assertThat(h.out()).isEmpty();
  }

  @Tag("RFC1122-3.2.1.2")
  @Test
  void everyBitOfTheIpv4HeaderIsCoveredByItsChecksum() {
    for (int bit = 0; bit < 160; bit++) {
      byte[] p = udp("10.0.0.9", "10.0.0.1");
      p[bit / 8] ^= (byte) (1 << (bit % 8));
      h.in(p);
    }
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).hasSize(160).contains(DropReason.IP_CHECKSUM);
    assertThat(h.out()).isEmpty();
  }

  @Tag("RFC1122-3.2.1.3-d")
  @Tag("RFC1122-4.1.3.6-a")
  @Tag("RFC1122-3.1-c")
  @ParameterizedTest
  @CsvSource({
    // sources that are no host's
    "0.0.0.0,10.0.0.1",
    "0.1.2.3,10.0.0.1",
    "127.0.0.1,10.0.0.1",
    "224.0.0.1,10.0.0.1",
    "239.255.255.255,10.0.0.1",
    "240.0.0.1,10.0.0.1",
    "255.255.255.255,10.0.0.1",
    "10.0.0.255,10.0.0.1",
    "10.0.1.255,10.0.0.1",
    "::,fd00:a::1",
    "::1,fd00:a::1",
    "ff02::1,fd00:a::1",
    "ff0e::5,fd00:a::1",
    "::ffff:10.0.0.9,fd00:a::1",
    // our own addresses, from outside
    "10.0.0.1,10.0.0.1",
    "10.0.1.1,10.0.0.1",
    "fd00:a::1,fd00:a::1",
    "fd00:b::1,fd00:a::1",
    // destinations that never come from outside
    "10.0.0.9,0.0.0.0",
    "10.0.0.9,127.0.0.1",
    "10.0.0.9,127.200.0.1",
    "10.0.0.9,250.0.0.1",
    "fd00:a::9,::",
    "fd00:a::9,::1",
    "fd00:a::9,ff01::1",
    "fd00:a::9,::ffff:10.0.0.1"
  })
  @Tag("MUST-63")
  void martiansAreDroppedSilentlyWhateverTheyCarry(String source, String destination) {
    boolean v6 = source.contains(":");
    for (int protocol : new int[] {6, 17, 1, 58, 200}) {
      byte[] payload = new byte[24];
      h.in(
          v6
              ? Packets.ipv6(source, destination, protocol, 64, payload)
              : Packets.ipv4(source, destination, protocol, 64, 1, 0, new byte[0], payload));
    }
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).hasSize(5).containsOnly(DropReason.MARTIAN);
    assertThat(h.count(Counter.SinewIpMartians)).isEqualTo(5);
    assertThat(h.out()).isEmpty();
    assertThat(h.otherOut()).isEmpty();
  }

  @Tag("RFC1122-3.1-b")
  @Tag("RFC1122-3.1-c")
  @Tag("RFC1122-3.2.1.3-c")
  @Tag("RFC1122-3.2.2.2-a")
  @Test
  void aHostDropsWhatIsForOthersWithoutAWord() {
    h.in(udp("10.0.0.9", "10.0.0.2"));
    h.in(udp("10.0.0.9", "192.0.2.1"));
    h.in(udp("fd00:a::9", "2001:db8::1"));
    assertThat(h.drops).containsOnly(DropReason.NOT_MINE).hasSize(3);
    assertThat(h.count(Counter.IpInAddrErrors)).isEqualTo(3);
    assertThat(h.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,255.255.255.255",
    "10.0.0.9,10.0.0.255",
    "10.0.0.9,224.0.0.1",
    "fd00:a::9,ff02::1",
    "fd00:a::9,ff02::1:ff00:1"
  })
  @Tag("MUST-57")
  void broadcastsAndOurGroupsAreHeardByUdpButNotByTcp(String source, String destination) {
    h.in(udp(source, destination));
    assertThat(h.delivered).hasSize(1);
    h.in(tcp(source, destination));
    assertThat(h.delivered).hasSize(1);
    assertThat(h.drops).containsExactly(DropReason.NOT_FOR_UNICAST);
    assertThat(h.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,224.0.0.251",
    "10.0.0.9,239.1.1.1",
    "fd00:a::9,ff02::2",
    "fd00:a::9,ff02::1:ff00:2",
    "fd00:a::9,ff05::1"
  })
  void groupsThatNobodyJoinedAreNotHeard(String source, String destination) {
    h.in(udp(source, destination));
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).containsExactly(DropReason.NOT_MINE);
  }

  @Test
  void aLinkLocalAddressIsOursOnItsOwnLinkOnly() {
    h.in(h.itf, udp("fe80::9", "fe80::1"));
    assertThat(h.delivered).hasSize(1);
    h.in(h.otherItf, udp("fe80::9", "fe80::1"));
    assertThat(h.delivered).hasSize(1);
    assertThat(h.drops).containsExactly(DropReason.NOT_MINE);
  }

  @Test
  void sourceRoutesAreNotFollowedNorAnswered() {
    byte[] lsrr = {(byte) 131, 7, 4, 10, 0, 0, 5, 0};
    byte[] ssrr = {(byte) 137, 7, 8, 10, 0, 0, 5, 0};
    byte[] data = Packets.udp("10.0.0.9", 1, "10.0.0.1", 2, new byte[4]);
    h.in(Packets.ipv4("10.0.0.9", "10.0.0.1", UDP, 64, 1, 0, lsrr, data));
    h.in(Packets.ipv4("10.0.0.9", "10.0.0.1", UDP, 64, 1, 0, ssrr, data));
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).containsOnly(DropReason.BAD_HEADER).hasSize(2);
    byte[] recordRoute = {7, 7, 4, 0, 0, 0, 0, 0};
    h.in(Packets.ipv4("10.0.0.9", "10.0.0.1", UDP, 64, 1, 0, recordRoute, data));
    assertThat(h.delivered).hasSize(1);
  }

  /** RFC 1122 section 3.2.1.8: what is not understood is not looked at. */
  @Tag("RFC1122-3.2.1.8-c")
  @Test
  void unknownIpv4OptionsAreIgnored() {
    byte[] data = Packets.udp("10.0.0.9", 1, "10.0.0.1", 2, new byte[4]);
    byte[][] options = {
      {(byte) 136, 4, 1, 2}, // stream identifier
      {(byte) 130, 4, 1, 2}, // security
      {(byte) 222, 4, 9, 9, (byte) 0x94, 4, 0, 0},
      {1, 1, 1, 0}
    };
    for (byte[] o : options) {
      h.in(Packets.ipv4("10.0.0.9", "10.0.0.1", UDP, 64, 1, 0, o, data));
      assertThat(h.delivered).hasSize(1);
      assertThat(h.delivered.getFirst().payload()).isEqualTo(data);
      h.delivered.clear();
    }
    assertThat(h.out()).isEmpty();
  }

  /** RFC 1122 section 3.2.1.7: hops count for those who forward, not at the end of the way. */
  @Tag("RFC1122-3.2.1.7-b")
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aPacketWhoseHopsAreUsedUpHasArrivedAllTheSame(int ttl) {
    byte[] v4 = Packets.udp("10.0.0.9", 1, "10.0.0.1", 2, new byte[4]);
    h.in(Packets.ipv4("10.0.0.9", "10.0.0.1", UDP, ttl, 1, 0, new byte[0], v4));
    h.in(
        Packets.ipv6(
            "fd00:a::9",
            "fd00:a::1",
            UDP,
            ttl,
            Packets.udp("fd00:a::9", 1, "fd00:a::1", 2, new byte[4])));
    assertThat(h.delivered).hasSize(2);
  }

  @Tag("RFC1122-3.2.2.1-a")
  @Test
  void anUnknownProtocolIsAnsweredWithProtocolUnreachable() {
    byte[] packet = Packets.ip("10.0.0.9", "10.0.0.1", 132, Packets.pattern(40));
    h.in(packet);
    byte[] answer = h.out().getFirst();
    assertThat(Packets.isSound(answer)).isTrue();
    assertThat(Packets.source(answer)).hasToString("10.0.0.1");
    assertThat(Packets.destination(answer)).hasToString("10.0.0.9");
    assertThat(Packets.payload(answer)).startsWith(3, 2);
    assertThat(Arrays.copyOfRange(Packets.payload(answer), 8, 68)).isEqualTo(packet);
    assertThat(h.count(Counter.IpInUnknownProtos)).isOne();
    assertThat(h.drops).containsExactly(DropReason.UNKNOWN_PROTOCOL);
    assertThat(h.used()).isZero();
  }

  @Tag("RFC1122-3.2.2.5-a")
  @Test
  void anUnknownNextHeaderIsAParameterProblemThatPointsToIt() {
    h.in(Packets.ipv6("fd00:a::9", "fd00:a::1", 132, 64, Packets.pattern(40)));
    byte[] answer = h.out().getFirst();
    assertThat(Packets.isSound(answer)).isTrue();
    assertThat(Packets.payload(answer)).startsWith(4, 1);
    assertThat(Packets.i32(Packets.payload(answer), 4)).isEqualTo(6);

    byte[] destinationOptions = {(byte) 132, 0, 1, 4, 0, 0, 0, 0};
    h.in(
        Packets.ipv6(
            "fd00:a::9",
            "fd00:a::1",
            60,
            64,
            Packets.concat(destinationOptions, Packets.pattern(40))));
    assertThat(Packets.i32(Packets.payload(h.out().getFirst()), 4)).isEqualTo(40);
  }

  @Test
  void icmpOfTheOtherVersionIsAnUnknownProtocol() {
    h.in(Packets.ip("10.0.0.9", "10.0.0.1", 58, new byte[] {(byte) 128, 0, 0, 0, 0, 0, 0, 0}));
    assertThat(Packets.payload(h.out().getFirst())).startsWith(3, 2);
    h.in(Packets.ip("fd00:a::9", "fd00:a::1", 1, new byte[] {8, 0, 0, 0, 0, 0, 0, 0}));
    assertThat(Packets.payload(h.out().getFirst())).startsWith(4, 1);
  }

  @Test
  void aPacketThatAnnouncesNothingMoreIsTakenInSilence() {
    h.in(Packets.ipv6("fd00:a::9", "fd00:a::1", 59, 64, new byte[0]));
    assertThat(h.out()).isEmpty();
    assertThat(h.delivered).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // option type, unicast answered, multicast answered (RFC 8200 section 4.2)
    "0x02,false,false",
    "0x42,false,false",
    "0x82,true,true",
    "0xc2,true,false"
  })
  void unknownIpv6OptionsSayThemselvesWhatToDo(
      String type, boolean unicastAnswer, boolean multicastAnswer) {
    int option = Integer.decode(type);
    for (int header : new int[] {0, 60}) {
      for (boolean multicast : new boolean[] {false, true}) {
        byte[] options = {UDP, 0, (byte) option, 4, 1, 2, 3, 4};
        String destination = multicast ? "ff02::1" : "fd00:a::1";
        byte[] packet =
            Packets.ipv6(
                "fd00:a::9",
                destination,
                header,
                64,
                Packets.concat(options, Packets.udp("fd00:a::9", 1, destination, 2, new byte[3])));
        h.delivered.clear();
        h.in(packet);
        assertThat(h.delivered).hasSize(option >> 6 == 0 ? 1 : 0);
        var sent = h.out();
        if (multicast ? multicastAnswer : unicastAnswer) {
          byte[] icmp = Packets.payload(sent.getFirst());
          assertThat(Packets.isSound(sent.getFirst())).isTrue();
          assertThat(icmp).startsWith(4, 2);
          assertThat(Packets.i32(icmp, 4)).isEqualTo(42);
          assertThat(Arrays.copyOfRange(icmp, 8, icmp.length)).isEqualTo(packet);
        } else {
          assertThat(sent).isEmpty();
        }
      }
    }
  }

  @Test
  void noErrorIsSentAboutAnErrorBehindAnUnknownOption() {
    byte[] options = {58, 0, (byte) 0x82, 4, 1, 2, 3, 4};
    byte[] error = Packets.icmp("fd00:a::9", "fd00:a::1", 1, 4, 0, new byte[48]);
    h.in(Packets.ipv6("fd00:a::9", "fd00:a::1", 60, 64, Packets.concat(options, error)));
    assertThat(h.drops).containsExactly(DropReason.BAD_EXTENSION_HEADER);
    assertThat(h.out()).isEmpty();
  }

  @Tag("RFC1122-3.2.1.1")
  @Test
  void everyVersionNibbleButFourAndSixIsNoIp() {
    for (int version = 0; version < 16; version++) {
      byte[] p = udp("10.0.0.9", "10.0.0.1");
      p[0] = (byte) (version << 4 | 5);
      Packets.fixIpv4Checksum(p);
      h.in(p);
    }
    assertThat(h.delivered).hasSize(1);
    assertThat(h.drops.stream().filter(DropReason.NOT_IP::equals)).hasSize(14);
  }
}
