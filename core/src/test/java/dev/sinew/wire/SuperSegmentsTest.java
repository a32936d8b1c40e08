package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.testing.Packets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What segmentation in software makes of a super-segment: what the kernel's does. */
class SuperSegmentsTest {
  private static final int FIN_PSH_ACK_CWR_ECE = 0xd9;
  private static final int SIZE = 1000;

  /** A TCP packet with 12 bytes of options, a wrong checksum, and payload by position. */
  private static byte[] packet(boolean v4, int flags, int payload) {
    byte[] tcp = new byte[32 + payload];
    MemorySegment m = MemorySegment.ofArray(tcp);
    put16(m, 0, 4000);
    put16(m, 2, 80);
    put32(m, 4, 0xffff_fc00);
    put32(m, 8, 77);
    put16(m, 12, 8 << 12 | flags);
    put16(m, 14, 5000);
    put16(m, 16, 0xbeef);
    Arrays.fill(tcp, 20, 32, (byte) 1);
    System.arraycopy(Packets.pattern(payload), 0, tcp, 32, payload);
    byte[] p = Packets.ip(v4 ? "10.0.0.1" : "fd00::1", v4 ? "10.0.0.2" : "fd00::2", 6, tcp);
    if (v4) {
      p[4] = (byte) 0xff;
      p[5] = (byte) 0xff;
    }
    return p;
  }

  private static void put16(MemorySegment m, int at, int v) {
    m.set(ValueLayout.JAVA_BYTE, at, (byte) (v >> 8));
    m.set(ValueLayout.JAVA_BYTE, at + 1, (byte) v);
  }

  private static void put32(MemorySegment m, int at, int v) {
    put16(m, at, v >>> 16);
    put16(m, at + 2, v & 0xffff);
  }

  private static int u16(byte[] p, int at) {
    return (p[at] & 0xff) << 8 | p[at + 1] & 0xff;
  }

  private static List<byte[]> cut(byte[] p, int size) {
    return cut(p, 6, size);
  }

  private static List<byte[]> cut(byte[] p, int protocol, int size) {
    boolean v4 = p[0] >> 4 == 4;
    int ip = v4 ? 20 : 40;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(p.length);
      MemorySegment.copy(p, 0, source, ValueLayout.JAVA_BYTE, 0, p.length);
      int payload = SuperSegments.payload(source, 0, ip, p.length, protocol);
      List<byte[]> pieces = new ArrayList<>();
      for (int i = 0; i < SuperSegments.count(payload, size); i++) {
        MemorySegment target = arena.allocate(p.length + 7L);
        int n = SuperSegments.cut(source, 0, ip, p.length, protocol, size, i, target, 7);
        pieces.add(target.asSlice(7, n).toArray(ValueLayout.JAVA_BYTE));
      }
      return pieces;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void headersAreThoseOfSegmentsSentOneByOne(boolean v4) {
    int ip = v4 ? 20 : 40;
    byte[] whole = packet(v4, FIN_PSH_ACK_CWR_ECE, 2 * SIZE + 1);
    List<byte[]> pieces = cut(whole, SIZE);
    assertThat(pieces).hasSize(3);
    int[] lengths = {SIZE, SIZE, 1};
    // CWR with the first, FIN and PSH with the last, ECE and ACK with all.
    int[] flags = {0xd0, 0x50, 0x59};
    for (int i = 0; i < 3; i++) {
      byte[] p = pieces.get(i);
      assertThat(Packets.isSound(p)).as("checksums of %d", i).isTrue();
      assertThat(p).hasSize(ip + 32 + lengths[i]);
      assertThat(u16(p, ip + 4) << 16 | u16(p, ip + 6)).isEqualTo(0xffff_fc00 + i * SIZE);
      assertThat(p[ip + 13] & 0xff).isEqualTo(flags[i]);
      assertThat(Arrays.copyOfRange(p, ip + 8, ip + 12)).containsExactly(0, 0, 0, 77);
      assertThat(Arrays.copyOfRange(p, ip + 20, ip + 32)).containsOnly(1);
      assertThat(Arrays.copyOfRange(p, ip + 32, p.length))
          .isEqualTo(
              Arrays.copyOfRange(whole, ip + 32 + i * SIZE, ip + 32 + i * SIZE + lengths[i]));
      if (v4) {
        assertThat(u16(p, 4)).as("identification").isEqualTo(0xffff + i & 0xffff);
      }
    }
  }

  /** AE, which stands beside the flags, belongs to every segment. */
  @Test
  void theNinthFlagStays() {
    for (byte[] p : cut(packet(true, 0x110, 2 * SIZE), SIZE)) {
      assertThat(u16(p, 32) & 0x1ff).isEqualTo(0x110);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, SIZE - 1, SIZE})
  void whatFitsIntoOneSegmentKeepsAllItsFlags(int payload) {
    List<byte[]> pieces = cut(packet(true, FIN_PSH_ACK_CWR_ECE, payload), SIZE);
    assertThat(pieces).hasSize(1);
    assertThat(pieces.getFirst()[33] & 0xff).isEqualTo(FIN_PSH_ACK_CWR_ECE);
    assertThat(Packets.isSound(pieces.getFirst())).isTrue();
  }

  @Test
  void aMultipleOfTheSizeLeavesNoEmptySegment() {
    assertThat(cut(packet(false, 0x10, 4 * SIZE), SIZE)).hasSize(4);
    assertThat(SuperSegments.count(0, SIZE)).isOne();
  }

  private static byte[] datagram(boolean v4, int id, byte[] data) {
    String from = v4 ? "10.0.0.1" : "fd00::1";
    String to = v4 ? "10.0.0.2" : "fd00::2";
    byte[] p = Packets.ip(from, to, 17, Packets.udp(from, 53, to, 5353, data));
    if (v4) {
      Packets.put16(p, 4, id);
      Packets.fixIpv4Checksum(p);
    }
    return p;
  }

  @ParameterizedTest
  @CsvSource({"3000,1000,3", "3001,1000,4", "1999,1000,2", "1000,1000,1", "999,1000,1", "5,1,5"})
  void datagramsAreThoseSentOneByOne(int payload, int size, int count) {
    byte[] data = Packets.pattern(payload);
    for (boolean v4 : new boolean[] {true, false}) {
      byte[] whole = datagram(v4, 0xfffe, data);
      Packets.put16(whole, (v4 ? 20 : 40) + 6, 0xbeef);
      List<byte[]> pieces = cut(whole, 17, size);
      assertThat(pieces).hasSize(count);
      for (int i = 0; i < count; i++) {
        int end = Math.min(payload, (i + 1) * size);
        assertThat(pieces.get(i))
            .as("datagram %d", i)
            .isEqualTo(datagram(v4, 0xfffe + i & 0xffff, Arrays.copyOfRange(data, i * size, end)));
      }
    }
  }

  /** RFC 768: a sum of zero is sent as all ones. */
  @Test
  void aDatagramWhoseSumIsZeroHasOne() {
    byte[] data = new byte[4];
    byte[] whole = datagram(true, 1, data);
    Packets.put16(data, 0, Packets.u16(whole, 26));
    byte[] piece = cut(datagram(true, 1, data), 17, 4).getFirst();
    assertThat(Packets.u16(piece, 26)).isEqualTo(0xffff);
  }
}
