package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fragments of both versions: put together, contradicted, forged. */
class ReassemblyTest extends ReassemblyScene {
  @Tag("RFC1122-3.2.1.4")
  @ParameterizedTest
  @CsvSource({V4, V6})
  void everyCutOf24BytesInEveryOrderIsPutTogether(String source) {
    byte[] payload = datagram(source, 24);
    int[][] cuts = {{8}, {16}, {8, 16}};
    int id = 1;
    for (int[] cut : cuts) {
      List<int[]> pieces = new ArrayList<>();
      int from = 0;
      for (int at : cut) {
        pieces.add(new int[] {from, at});
        from = at;
      }
      pieces.add(new int[] {from, 24});
      for (List<int[]> order : permutations(pieces)) {
        id++;
        for (int[] p : order) {
          assertThat(h.delivered).isEmpty();
          h.in(piece(source, id, payload, p[0], p[1]));
        }
        assertDelivered(payload);
      }
    }
    assertThat(h.count(Counter.IpReasmOKs)).isEqualTo(2 + 2 + 6);
    assertThat(h.used()).isZero();
  }

  private static <T> List<List<T>> permutations(List<T> items) {
    if (items.isEmpty()) {
      return List.of(List.of());
    }
    List<List<T>> all = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      List<T> rest = new ArrayList<>(items);
      T first = rest.remove(i);
      for (List<T> tail : permutations(rest)) {
        List<T> one = new ArrayList<>(List.of(first));
        one.addAll(tail);
        all.add(one);
      }
    }
    return all;
  }

  @Tag("RFC1122-3.3.2-a")
  @Tag("RFC1122-3.3.2-b")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,65515,1480",
    "10.0.0.9,65515,8184",
    "fd00:a::9,65535,1448",
    "fd00:a::9,65535,16384"
  })
  void theLargestDatagramIsPutTogetherBackwards(String source, int size, int step) {
    byte[] payload = datagram(source, size);
    List<byte[]> pieces = new ArrayList<>();
    for (int at = 0; at < size; at += step) {
      pieces.add(piece(source, 5, payload, at, Math.min(size, at + step)));
    }
    Collections.reverse(pieces);
    pieces.forEach(h::in);
    assertDelivered(payload);
    assertThat(h.used()).isZero();
  }

  @ParameterizedTest
  @CsvSource({V4, V6})
  void anExactDuplicateDoesNoHarm(String source) {
    byte[] payload = datagram(source, 6000);
    h.in(piece(source, 1, payload, 0, 2400));
    h.in(piece(source, 1, payload, 0, 2400));
    h.in(piece(source, 1, payload, 4800, 6000));
    h.in(piece(source, 1, payload, 4800, 6000));
    h.in(piece(source, 1, payload, 2400, 4800));
    assertDelivered(payload);
    assertThat(h.drops).containsExactly(DropReason.FRAGMENT, DropReason.FRAGMENT);
    assertThat(h.count(Counter.IpReasmOverlaps)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    // from, to, more: against pieces 16-32 and 48-64 (the last) of 64 bytes
    "8,24,true",
    "24,40,true",
    "16,24,true",
    "24,32,true",
    "8,40,true",
    "0,64,true",
    "40,56,true",
    "40,56,false",
    "48,64,true",
    "48,72,false",
    "56,64,false",
    "64,72,true",
    "64,72,false",
    "32,40,false"
  })
  void everyContradictionKillsTheDatagramForGood(int from, int to, boolean more) {
    for (String source : new String[] {V4, V6}) {
      h = new IpHarness(false);
      byte[] payload = datagram(source, 64);
      h.in(piece(source, 1, payload, 16, 32));
      h.in(piece(source, 1, payload, 48, 64));
      h.in(piece(source, 1, from, more, Packets.pattern(to - from)));
      assertThat(h.drops).containsExactly(DropReason.FRAGMENT_OVERLAP);
      assertThat(h.count(Counter.IpReasmOverlaps)).isOne();
      assertThat(h.used()).isZero();
      // Pieces yet to come belong to the dead datagram (RFC 5722): it does not rise again.
      h.in(piece(source, 1, payload, 0, 16));
      h.in(piece(source, 1, payload, 32, 48));
      h.in(piece(source, 1, payload, 16, 32));
      h.in(piece(source, 1, payload, 48, 64));
      assertThat(h.delivered).isEmpty();
      assertThat(h.out()).isEmpty();
      h.pass(TIMEOUT);
      assertThat(h.out()).isEmpty();
      assertThat(h.count(Counter.IpReasmOKs)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({V4, V6})
  void aDuplicateWithOtherBytesIsAContradiction(String source) {
    byte[] payload = datagram(source, 5000);
    h.in(piece(source, 1, payload, 0, 4096));
    byte[] forged = payload.clone();
    forged[4000]++;
    h.in(piece(source, 1, forged, 0, 4096));
    h.in(piece(source, 1, payload, 4096, 5000));
    assertThat(h.delivered).isEmpty();
    assertThat(h.count(Counter.IpReasmOverlaps)).isOne();
  }

  @Test
  void datagramsDifferByAddressesProtocolAndIdentification() {
    byte[] payload = datagram(V4, 24);
    h.in(piece(V4, 1, payload, 0, 8));
    h.in(piece(V4, 2, payload, 8, 24));
    h.in(
        Packets.ipv4(
            "10.0.0.8",
            "10.0.0.1",
            UDP,
            64,
            1,
            1,
            new byte[0],
            Arrays.copyOfRange(payload, 8, 24)));
    h.in(
        Packets.ipv4(
            V4, "10.0.1.1", UDP, 64, 1, 1, new byte[0], Arrays.copyOfRange(payload, 8, 24)));
    h.in(
        Packets.ipv4(V4, "10.0.0.1", 1, 64, 1, 1, new byte[0], Arrays.copyOfRange(payload, 8, 24)));
    assertThat(h.delivered).isEmpty();
    h.in(piece(V4, 1, payload, 8, 24));
    assertDelivered(payload);
  }

  @Test
  void ofIpv6HeadersOnlyThoseOfTheFirstPieceCount() {
    byte[] payload = datagram(V6, 24);
    byte[] options = {44, 0, 1, 4, 0, 0, 0, 0};
    byte[] second = Packets.fragmentHeader(6, 8, false, 9, Arrays.copyOfRange(payload, 8, 24));
    byte[] first = Packets.fragmentHeader(UDP, 0, true, 9, Arrays.copyOfRange(payload, 0, 8));
    h.in(Packets.ipv6(V6, us(V6), 44, 3, second));
    h.in(Packets.ipv6(V6, us(V6), 60, 77, Packets.concat(options, first)));
    assertThat(h.delivered.getFirst().ttl()).isEqualTo(77);
    assertDelivered(payload);
  }

  @Test
  void headersBehindTheFragmentHeaderAreReadWhenThePacketIsWhole() {
    byte[] payload = datagram(V6, 24);
    byte[] options = {UDP, 0, 1, 4, 0, 0, 0, 0};
    byte[] whole = Packets.concat(options, payload);
    h.in(
        Packets.ipv6(
            V6,
            us(V6),
            44,
            64,
            Packets.fragmentHeader(60, 0, true, 9, Arrays.copyOfRange(whole, 0, 16))));
    h.in(
        Packets.ipv6(
            V6,
            us(V6),
            44,
            64,
            Packets.fragmentHeader(60, 16, false, 9, Arrays.copyOfRange(whole, 16, 32))));
    assertDelivered(payload);
  }

  @Test
  void aFragmentWithinFragmentsIsDropped() {
    byte[] inner = Packets.fragmentHeader(UDP, 8, true, 77, Packets.pattern(16));
    // The chain of the first piece ends in a fragment without a transport header: already that is
    // refused.
    h.in(
        Packets.ipv6(
            V6, us(V6), 44, 64, Packets.fragmentHeader(44, 0, true, 9, Arrays.copyOf(inner, 8))));
    h.in(
        Packets.ipv6(
            V6,
            us(V6),
            44,
            64,
            Packets.fragmentHeader(44, 8, false, 9, Arrays.copyOfRange(inner, 8, 24))));
    assertThat(h.delivered).isEmpty();
  }

  @Test
  void aFirstFragmentWithinAReassembledPacketIsDroppedToo() {
    byte[] inner = Packets.fragmentHeader(UDP, 0, true, 77, datagram(V6, 24));
    h.in(
        Packets.ipv6(
            V6, us(V6), 44, 64, Packets.fragmentHeader(44, 0, true, 9, Arrays.copyOf(inner, 16))));
    h.in(
        Packets.ipv6(
            V6,
            us(V6),
            44,
            64,
            Packets.fragmentHeader(44, 16, false, 9, Arrays.copyOfRange(inner, 16, 32))));
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).containsExactly(DropReason.BAD_HEADER);
    assertThat(h.out()).isEmpty();
    assertThat(h.used()).isZero();
  }

  @Test
  void anUnknownOptionInsideIsReportedWithItsPlaceInTheWholePacket() {
    byte[] options = {UDP, 0, (byte) 0x82, 4, 1, 2, 3, 4};
    byte[] whole = Packets.concat(options, datagram(V6, 24));
    h.in(
        Packets.ipv6(
            V6, us(V6), 44, 64, Packets.fragmentHeader(60, 0, true, 9, Arrays.copyOf(whole, 16))));
    h.in(
        Packets.ipv6(
            V6,
            us(V6),
            44,
            64,
            Packets.fragmentHeader(60, 16, false, 9, Arrays.copyOfRange(whole, 16, 32))));
    assertThat(h.drops).containsExactly(DropReason.BAD_EXTENSION_HEADER);
    byte[] icmp = Packets.payload(h.out().getFirst());
    assertThat(icmp).startsWith(4, 2);
    assertThat(Packets.i32(icmp, 4)).isEqualTo(42);
    assertThat(Arrays.copyOfRange(icmp, 8, icmp.length))
        .isEqualTo(Packets.ipv6(V6, us(V6), 60, 64, whole));
  }

  @Test
  void anAtomicFragmentStandsAloneBesideOthersOfItsIdentification() {
    byte[] payload = datagram(V6, 24);
    h.in(piece(V6, 1, payload, 8, 24));
    h.in(Packets.ipv6(V6, us(V6), 44, 64, Packets.fragmentHeader(UDP, 0, false, 1, payload)));
    assertDelivered(payload);
    h.in(piece(V6, 1, payload, 0, 8));
    assertDelivered(payload);
  }

  @Tag("RFC1122-3.3.2-c")
  @ParameterizedTest
  @CsvSource({V4, V6})
  void aDatagramWhoseBeginningCameIsReportedWhenItsTimeIsOver(String source) {
    byte[] payload = datagram(source, 24);
    byte[] first = piece(source, 1, payload, 0, 16);
    h.in(first);
    h.pass(TIMEOUT - 1);
    assertThat(h.out()).isEmpty();
    h.pass(1);
    byte[] answer = h.out().getFirst();
    assertThat(Packets.isSound(answer)).isTrue();
    byte[] icmp = Packets.payload(answer);
    assertThat(icmp).startsWith(source.equals(V4) ? 11 : 3, 1);
    assertThat(Arrays.copyOfRange(icmp, 8, icmp.length)).isEqualTo(first);
    assertThat(h.count(Counter.IpReasmTimeout)).isOne();
    h.in(piece(source, 1, payload, 16, 24));
    assertThat(h.delivered).isEmpty();
  }

  @Tag("RFC1122-3.3.2-c")
  @ParameterizedTest
  @CsvSource({V4, V6})
  void withoutItsBeginningItGoesInSilence(String source) {
    h.in(piece(source, 1, datagram(source, 24), 8, 16));
    h.pass(TIMEOUT);
    assertThat(h.out()).isEmpty();
    assertThat(h.count(Counter.IpReasmTimeout)).isOne();
  }

  @Test
  void eachDatagramHasItsOwnTime() {
    byte[] payload = datagram(V4, 24);
    h.in(piece(V4, 1, payload, 8, 16));
    h.pass(TIMEOUT - 10);
    h.in(piece(V4, 2, payload, 8, 24));
    h.pass(10);
    assertThat(h.count(Counter.IpReasmTimeout)).isOne();
    h.in(piece(V4, 2, payload, 0, 8));
    assertDelivered(payload);
  }

  @Test
  void anIpv6PieceThatIsNoMultipleOfEightIsAParameterProblem() {
    byte[] payload = datagram(V6, 24);
    h.in(piece(V6, 1, 0, true, Arrays.copyOf(payload, 15)));
    byte[] icmp = Packets.payload(h.out().getFirst());
    assertThat(icmp).startsWith(4, 0);
    assertThat(Packets.i32(icmp, 4)).isEqualTo(4);
  }

  @Test
  void anIpv6PieceBeyondTheLargestPacketIsAParameterProblemAndKillsItsDatagram() {
    byte[] payload = datagram(V6, 24);
    h.in(piece(V6, 1, payload, 8, 24));
    h.in(piece(V6, 1, 65_528, false, new byte[8]));
    byte[] icmp = Packets.payload(h.out().getFirst());
    assertThat(icmp).startsWith(4, 0);
    assertThat(Packets.i32(icmp, 4)).isEqualTo(42);
    assertThat(h.used()).isZero();
    h.in(piece(V6, 1, payload, 0, 8));
    assertThat(h.delivered).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {65_512, 65_520, 65_528})
  void thePingOfDeathIsRejectedWithItsDatagram(int offset) {
    byte[] payload = datagram(V4, 24);
    h.in(piece(V4, 1, payload, 8, 24));
    h.in(piece(V4, 1, offset, false, new byte[8]));
    assertThat(h.drops).containsExactly(DropReason.BAD_HEADER);
    assertThat(h.used()).isZero();
    h.in(piece(V4, 1, payload, 0, 8));
    assertThat(h.delivered).isEmpty();
    assertThat(h.out()).isEmpty();
  }

  @Test
  void aHeaderWithOptionsMustNotPushTheWholeBeyondTheLargestPacket() {
    byte[] payload = datagram(V4, 65_512);
    byte[] options = new byte[8];
    Arrays.fill(options, (byte) 1);
    int step = 32_000;
    h.in(piece(V4, 1, payload, step, 2 * step));
    h.in(piece(V4, 1, payload, 2 * step, payload.length));
    h.in(Packets.ipv4(V4, us(V4), UDP, 64, 1, 0x2000, options, Arrays.copyOf(payload, step)));
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).containsExactly(DropReason.FRAGMENT);
    assertThat(h.used()).isZero();
  }

  @Test
  void theFirstIpv6PieceMustHoldEveryHeader() {
    byte[] options = {UDP, 1, 1, 12, 0, 0, 0, 0};
    h.in(Packets.ipv6(V6, us(V6), 44, 64, Packets.fragmentHeader(60, 0, true, 9, options)));
    byte[] icmp = Packets.payload(h.out().getFirst());
    assertThat(icmp).startsWith(4, 3);
    assertThat(Packets.i32(icmp, 4)).isZero();
    assertThat(h.used()).isZero();
  }

  @Test
  void piecesThatSplitATcpHeaderAreDropped() {
    byte[] segment = Packets.tcp(V4, 1, us(V4), 2, 0, 0, 2, 0, new byte[0], new byte[20]);
    h.in(Packets.ipv4(V4, us(V4), 6, 64, 1, 0x2000, new byte[0], Arrays.copyOf(segment, 8)));
    h.in(Packets.ipv4(V4, us(V4), 6, 64, 1, 1, new byte[0], Arrays.copyOfRange(segment, 8, 40)));
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).containsExactly(DropReason.FRAGMENT, DropReason.FRAGMENT);
    h.in(Packets.ipv4(V4, us(V4), 6, 64, 2, 0x2000, new byte[0], Arrays.copyOf(segment, 24)));
    h.in(Packets.ipv4(V4, us(V4), 6, 64, 2, 3, new byte[0], Arrays.copyOfRange(segment, 24, 40)));
    assertDelivered(segment);
  }

  @Tag("RFC3168-5.3-a")
  @Tag("RFC3168-5.3-b")
  @ParameterizedTest
  @CsvSource({
    // ECN of two pieces, of the whole (-1: dropped), RFC 3168 section 5.3
    "0,0,0",
    "1,1,1",
    "2,2,2",
    "3,3,3",
    "2,3,3",
    "3,1,3",
    "0,3,-1",
    "3,0,-1"
  })
  void congestionMarksSurvive(int first, int second, int whole) {
    for (String source : new String[] {V4, V6}) {
      byte[] payload = datagram(source, 24);
      h.in(mark(piece(source, 1, payload, 8, 24), second));
      h.in(mark(piece(source, 1, payload, 0, 8), first));
      if (whole < 0) {
        assertThat(h.delivered).isEmpty();
      } else {
        assertThat(h.delivered.getFirst().trafficClass()).isEqualTo(whole);
        assertDelivered(payload);
      }
    }
  }

  private static byte[] mark(byte[] packet, int ecn) {
    if (Packets.isV4(packet)) {
      packet[1] = (byte) ecn;
      Packets.fixIpv4Checksum(packet);
    } else {
      packet[1] = (byte) (ecn << 4);
    }
    return packet;
  }
}
