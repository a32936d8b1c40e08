package dev.sinew.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketFilterTest {
  /** 10.0.0.1 port 4000 to 10.0.0.2 port 80, 40 bytes. */
  private final MemorySegment tcp = Packets.tcp(true, 4000, 80, TcpHeader.ACK, 1, 1, 0);

  /** 2001:db8::1 port 5000 to 2001:db8::2 port 53, 58 bytes. */
  private final MemorySegment udp6 = Packets.udp(false, 5000, 53, 10);

  private static boolean matches(String filter, MemorySegment m) {
    int length = (int) m.byteSize();
    return PacketFilter.parse(filter).matches(m, 0, length, length);
  }

  @ParameterizedTest
  @CsvSource({
    "'', true, true",
    "tcp, true, false",
    "udp, false, true",
    "ip, true, false",
    "ip6, false, true",
    "icmp, false, false",
    "icmp6, false, false",
    "host 10.0.0.1, true, false",
    "10.0.0.2, true, false",
    "host 10.0.0.3, false, false",
    "src host 10.0.0.1, true, false",
    "dst host 10.0.0.1, false, false",
    "dst 10.0.0.2, true, false",
    "src or dst host 10.0.0.2, true, false",
    "src and dst host 10.0.0.2, false, false",
    "host 2001:db8::2, false, true",
    "net 10.0.0.0/30, true, false",
    "src net 10.0.0.0/31, true, false",
    "dst net 10.0.0.0/31, false, false",
    "net 0.0.0.0/0, true, false",
    "net ::/0, false, true",
    "net 2001:db8::/32, false, true",
    "net 2001:db9::/32, false, false",
    "port 80, true, false",
    "port 53, false, true",
    "src port 80, false, false",
    "dst port 80, true, false",
    "tcp port 53, false, false",
    "udp port 53, false, true",
    "tcp src port 4000, true, false",
    "ip6 host 2001:db8::1, false, true",
    "portrange 79-81, true, false",
    "portrange 4000-5000, true, true",
    "src portrange 4001-5000, false, true",
    "port 80 or 53, true, true",
    "dst port 81 or 53, false, true",
    "dst port 80 or 53, true, true",
    "src port 80 or 53, false, false",
    "host 10.0.0.1 or 2001:db8::1, true, true",
    "not tcp, false, true",
    "! tcp, false, true",
    "!tcp, false, true",
    "not not tcp, true, false",
    "tcp and port 80, true, false",
    "tcp && port 81, false, false",
    "tcp or udp, true, true",
    "tcp || udp, true, true",
    "(tcp or udp) and port 53, false, true",
    "tcp or udp and port 53, false, true",
    "udp and port 53 or tcp, true, true",
    "not (tcp or udp), false, false",
    "not tcp or udp, false, true",
    "port 6378 and tcp, false, false",
    "less 40, true, false",
    "less 39, false, false",
    "greater 58, false, true",
    "greater 59, false, false",
    "src 10.0.0.1 or dst 2001:db8::2, true, true"
  })
  void expressions(String filter, boolean tcpMatches, boolean udpMatches) {
    assertThat(matches(filter, tcp)).isEqualTo(tcpMatches);
    assertThat(matches(filter, udp6)).isEqualTo(udpMatches);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "port                | 5 | expected a number after port",
        "port x              | 6 | port wants a number 0 to 65535, not 'x'",
        "port 65536          | 6 | port wants a number 0 to 65535, not '65536'",
        "port -1             | 6 | port wants a number",
        "port 99999999999    | 6 | port wants a number",
        "host                | 5 | expected an address",
        "host example.org    | 6 | 'example.org' is no IP address",
        "host 10.0.0.256     | 6 | no IP address",
        "net 10.0.0.0        | 5 | no network such as",
        "net 10.0.0.0/33     | 14 | a prefix has 0 to 32 bits",
        "net ::/129          | 8 | a prefix has 0 to 128 bits",
        "net 10.0.0.1/8      | 5 | bits set beyond its prefix",
        "portrange 5-4       | 11 | no range such as",
        "portrange 5         | 11 | no range such as",
        "portrange 1-65536   | 11 | no range such as",
        "(tcp                | 5 | ')' is missing",
        "tcp)                | 4 | unexpected ')'",
        "tcp udp             | 5 | unexpected 'udp'",
        "tcp and             | 8 | expected an address",
        "and tcp             | 1 | 'and' is no IP address",
        "not                 | 4 | expected an address",
        "icmp port 5         | 1 | icmp has no ports",
        "foo                 | 1 | 'foo' is no IP address",
        "less x              | 6 | less wants a number",
        "tcp and 80          | 9 | '80' is no IP address"
      })
  void mistakesAreShownWithTheirPlace(String filter, int position, String problem) {
    assertThatThrownBy(() -> PacketFilter.parse(filter))
        .isInstanceOf(FilterException.class)
        .hasMessageContaining(problem)
        .hasMessageEndingWith(" at position " + position + " of '" + filter + "'")
        .extracting(e -> ((FilterException) e).position())
        .isEqualTo(position - 1);
  }

  @Test
  void deepNestingIsRefusedNotAnsweredByAStackOverflow() {
    assertThatThrownBy(() -> PacketFilter.parse("(".repeat(100_000) + "tcp"))
        .isInstanceOf(FilterException.class);
    assertThatThrownBy(() -> PacketFilter.parse("not ".repeat(100_000) + "tcp"))
        .isInstanceOf(FilterException.class);
    assertThat(matches("(".repeat(90) + "tcp" + ")".repeat(90), tcp)).isTrue();
  }

  @Test
  void aLaterPieceOfADatagramHasNoPorts() {
    MemorySegment piece = Packets.udp(true, 5000, 53, 16);
    Bytes.put16(piece, 6, 3);
    assertThat(matches("port 53", piece)).isFalse();
    assertThat(matches("udp", piece)).isTrue();
    assertThat(matches("host 10.0.0.1", piece)).isTrue();
  }

  @Test
  void aTraceThatKnowsTheHeadersOnlyMatchesTheSame() {
    MemorySegment m = Packets.tcp(true, 4000, 80, TcpHeader.ACK, 1, 1, 500);
    assertThat(PacketFilter.parse("tcp port 80 and greater 540").matches(m, 0, 40, 540)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"tcp", "port 80", "host 10.0.0.1", "not udp", "net ::/0", "ip6", "less 10"})
  void anyBytesAreAnswered(String filter) {
    PacketFilter f = PacketFilter.parse(filter);
    Random random = new Random(5);
    for (int i = 0; i < 3000; i++) {
      byte[] b = new byte[random.nextInt(70)];
      random.nextBytes(b);
      if (b.length > 0) {
        b[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment m = arena.allocate(b.length);
        m.copyFrom(MemorySegment.ofArray(b));
        boolean answer = f.matches(m, 0, b.length, b.length);
        assertThat(f.matches(m, 0, b.length, b.length)).isEqualTo(answer);
      }
    }
  }
}
