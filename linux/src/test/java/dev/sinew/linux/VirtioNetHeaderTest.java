package dev.sinew.linux;

import static dev.sinew.linux.VirtioNetHeader.MALFORMED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.link.PacketSink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the header before a packet is believed, and what not. */
class VirtioNetHeaderTest {
  private static final int PARTIAL = PacketSink.CHECKSUM_VERIFIED | PacketSink.CHECKSUM_PARTIAL;
  private static final int V4 = 1;
  private static final int V6 = 4;
  private static final int UDP_L4 = 5;
  private static final int ETHERNET = 14;

  private final MemorySegment m = Arena.ofAuto().allocate(10 + 3000);

  private VirtioNetHeaderTest packet(boolean v4, int protocol) {
    m.fill((byte) 0);
    m.set(ValueLayout.JAVA_BYTE, 10, (byte) (v4 ? 0x45 : 0x60));
    m.set(ValueLayout.JAVA_BYTE, v4 ? 19 : 16, (byte) protocol);
    return this;
  }

  private int flags(int flags, int gso, int size, int start, int offset, int length) {
    m.set(ValueLayout.JAVA_BYTE, 0, (byte) flags);
    m.set(ValueLayout.JAVA_BYTE, 1, (byte) gso);
    m.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2, (short) 40);
    m.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, (short) size);
    m.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, (short) start);
    m.set(ValueLayout.JAVA_SHORT_UNALIGNED, 8, (short) offset);
    int result = VirtioNetHeader.flags(m, 0, 0, length);
    if (start + ETHERNET < 65_536) {
      MemorySegment frame = Arena.ofAuto().allocate(10 + ETHERNET + 3000);
      MemorySegment.copy(m, 0, frame, 0, 10);
      frame.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, (short) (start + ETHERNET));
      MemorySegment.copy(m, 10, frame, 10 + ETHERNET, 3000);
      assertThat(VirtioNetHeader.flags(frame, 0, ETHERNET, length))
          .as("behind an Ethernet header")
          .isEqualTo(result);
    }
    return result;
  }

  @Test
  void nothingIsSaidByAnEmptyHeader() {
    assertThat(packet(true, 6).flags(0, 0, 0, 0, 0, 100)).isZero();
  }

  @Test
  void aVerifiedChecksumIsBelieved() {
    assertThat(packet(true, 6).flags(2, 0, 0, 0, 0, 100)).isEqualTo(PacketSink.CHECKSUM_VERIFIED);
  }

  @ParameterizedTest
  @CsvSource({"true,6,20,16", "true,17,20,6", "false,6,40,16", "false,17,40,6"})
  void anUnfinishedChecksumIsAGoodOne(boolean v4, int protocol, int start, int offset) {
    assertThat(packet(v4, protocol).flags(1, 0, 0, start, offset, 100)).isEqualTo(PARTIAL);
  }

  /** That of a packet within the packet says nothing of the outer one. */
  @ParameterizedTest
  @CsvSource({"true,6,40,16", "true,4,40,16", "true,6,20,6", "false,6,60,16", "false,41,80,16"})
  void anUnfinishedChecksumElsewhereProvesNothing(boolean v4, int protocol, int start, int offset) {
    assertThat(packet(v4, protocol).flags(1, 0, 0, start, offset, 200)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"83,false", "82,false", "81,true", "20,true"})
  void anUnfinishedChecksumLiesWithinThePacket(int length, boolean malformed) {
    int result = packet(false, 6).flags(1, 0, 0, 66, 14, length);
    assertThat(result == MALFORMED).isEqualTo(malformed);
  }

  @Test
  void aSuperSegmentHasItsSize() {
    assertThat(packet(true, 6).flags(1, V4, 1448, 20, 16, 3000))
        .isEqualTo(PARTIAL | PacketSink.superSegment(1448));
    assertThat(packet(false, 6).flags(1, V6 | 0x80, 65_535, 40, 16, 3000))
        .isEqualTo(PARTIAL | PacketSink.superSegment(65_535));
    assertThat(PacketSink.segmentSize(PacketSink.superSegment(65_535))).isEqualTo(65_535);
  }

  /**
   * Without a size, of a kind not asked for, of the other version, without a checksum to finish.
   */
  @ParameterizedTest
  @CsvSource({
    "true,1,1,0,20,16",
    "true,1,4,1448,20,16",
    "false,1,1,1448,40,16",
    "true,1,3,1448,20,6",
    "true,1,2,1448,20,6",
    "true,1,2,1448,20,16",
    "true,0,1,1448,20,16",
    "true,2,1,1448,20,16",
    "true,1,1,1448,20,6",
    "true,1,1,1448,24,16",
    "true,1,1,1448,2990,16",
    "true,1,1,1448,65535,65535"
  })
  void otherSuperSegmentsAreMalformed(
      boolean v4, int flags, int gso, int size, int start, int offset) {
    assertThat(packet(v4, offset == 6 ? 17 : 6).flags(flags, gso, size, start, offset, 3000))
        .isEqualTo(MALFORMED);
  }

  @ParameterizedTest
  @CsvSource({
    "true,1000,3000",
    "true,2972,3000",
    "true,1,1052",
    "false,1000,3000",
    "false,2952,3000"
  })
  void aSuperDatagramHasItsSize(boolean v4, int size, int length) {
    assertThat(packet(v4, 17).flags(1, UDP_L4, size, v4 ? 20 : 40, 6, length))
        .isEqualTo(PARTIAL | PacketSink.superSegment(size));
  }

  /** Don't Fragment says nothing against it, and options may stand before it. */
  @Test
  void aSuperDatagramMayForbidFragmentsAndHaveOptions() {
    packet(true, 17).m.set(ValueLayout.JAVA_BYTE, 16, (byte) 0x40);
    assertThat(flags(1, UDP_L4, 1000, 20, 6, 3000)).isPositive();
    packet(true, 17).m.set(ValueLayout.JAVA_BYTE, 10, (byte) 0x46);
    assertThat(flags(1, UDP_L4, 1000, 24, 6, 3000)).isPositive();
  }

  /**
   * No checksum to finish, no size, more than there is, the checksum of TCP, beside the header, of
   * the old kind, thousands of pieces, the mark of TCP's ECN, behind the end, TCP, an extension
   * header, the other version.
   */
  @ParameterizedTest
  @CsvSource({
    "true,17,0,5,1000,20,6",
    "true,17,2,5,1000,20,6",
    "true,17,1,5,0,20,6",
    "true,17,1,5,2973,20,6",
    "false,17,1,5,2953,40,6",
    "true,17,1,5,1000,20,16",
    "true,17,1,5,1000,21,6",
    "true,17,1,3,1000,20,6",
    "true,17,1,5,2,20,6",
    "true,17,1,133,1000,20,6",
    "true,17,1,5,1000,2996,6",
    "true,17,1,5,1000,65000,6",
    "true,6,1,5,1000,20,6",
    "true,6,1,5,1000,20,16",
    "true,47,1,5,1000,20,6",
    "false,0,1,5,1000,48,6",
    "false,60,1,5,1000,48,6",
    "false,44,1,5,1000,48,6",
    "false,17,1,5,1000,48,6",
    "false,17,1,5,1000,20,6",
    "true,17,1,5,1000,40,6",
    "false,41,1,5,1000,80,6"
  })
  void otherSuperDatagramsAreMalformed(
      boolean v4, int protocol, int flags, int gso, int size, int start, int offset) {
    assertThat(packet(v4, protocol).flags(flags, gso, size, start, offset, 3000))
        .isEqualTo(MALFORMED);
  }

  @Test
  void aFragmentIsNoSuperDatagram() {
    for (int bits : new int[] {0x2000, 1, 0x0100, 0x1fff, 0x8000}) {
      packet(true, 17).m.set(ValueLayout.JAVA_BYTE, 16, (byte) (bits >> 8));
      m.set(ValueLayout.JAVA_BYTE, 17, (byte) bits);
      assertThat(flags(1, UDP_L4, 1000, 20, 6, 3000)).isEqualTo(MALFORMED);
    }
  }

  @Test
  void aSuperDatagramWithoutPayloadIsMalformed() {
    for (int length = 1; length <= 28; length++) {
      assertThat(packet(true, 17).flags(1, UDP_L4, 1, 20, 6, length)).isEqualTo(MALFORMED);
    }
    assertThat(packet(true, 17).flags(1, UDP_L4, 1, 20, 6, 29)).isPositive();
    for (int length = 1; length <= 48; length++) {
      assertThat(packet(false, 17).flags(1, UDP_L4, 1, 40, 6, length)).isEqualTo(MALFORMED);
    }
    assertThat(packet(false, 17).flags(1, UDP_L4, 1, 40, 6, 49)).isPositive();
  }

  @Test
  void nothingOutsideOfAShortPacketIsLookedAt() {
    for (int length = 1; length < 60; length++) {
      MemorySegment tight = m.asSlice(0, 10L + length);
      packet(true, 6).flags(1, V4, 1448, 20, 16, length);
      int v4 = VirtioNetHeader.flags(tight, 0, 0, length);
      assertThat(v4).isEqualTo(length < 40 ? MALFORMED : PARTIAL | PacketSink.superSegment(1448));
      packet(false, 6).flags(1, V6, 1448, 40, 16, length);
      assertThat(VirtioNetHeader.flags(tight, 0, 0, length))
          .isEqualTo(length < 60 ? MALFORMED : PARTIAL | PacketSink.superSegment(1448));
    }
  }
}
