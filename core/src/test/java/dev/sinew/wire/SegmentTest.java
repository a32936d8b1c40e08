package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SegmentTest {
  private final Segment segment = new Segment();

  /** A segment with the given options, padded by zeros to the header's length. */
  private static byte[] withOptions(int headerLength, int dataLength, int... options) {
    byte[] b = new byte[headerLength + dataLength];
    b[12] = (byte) (headerLength << 2);
    for (int i = 0; i < options.length; i++) {
      b[20 + i] = (byte) options[i];
    }
    return b;
  }

  private int parse(byte[] b) {
    return segment.parse(PacketCorpus.place(Arena.ofAuto(), b), 0, b.length);
  }

  private int parseOptions(int... options) {
    return parse(withOptions(20 + (options.length + 3) / 4 * 4, 0, options));
  }

  @Test
  void fixedFields() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(30);
      TcpHeader.write(m, 3, 65535, 443, -5, 0x80000001, 24, 0x1ff, 40000, 9);
      Bytes.put32(m, 23, 0x01010101);
      assertThat(segment.parse(m, 3, 27)).isEqualTo(Segment.OK);
      assertThat(segment.sourcePort).isEqualTo(65535);
      assertThat(segment.destinationPort).isEqualTo(443);
      assertThat(segment.seq).isEqualTo(-5);
      assertThat(segment.ack).isEqualTo(0x80000001);
      assertThat(segment.flags).isEqualTo(0x1ff);
      assertThat(segment.window).isEqualTo(40000);
      assertThat(segment.urgentPointer).isEqualTo(9);
      assertThat(segment.headerLength).isEqualTo(24);
      assertThat(segment.dataOffset).isEqualTo(27);
      assertThat(segment.dataLength).isEqualTo(3);
      assertThat(segment.sequenceLength()).isEqualTo(5);
      assertThat(segment.dataSeq()).isEqualTo(-4);
      assertThat(segment.endSeq()).isEqualTo(0);
    }
  }

  @Test
  void theThreeReservedBitsAreNoFlags() {
    byte[] b = withOptions(20, 0);
    b[12] |= 0x0e;
    b[13] = TcpHeader.ACK;
    assertThat(parse(b)).isEqualTo(Segment.OK);
    assertThat(segment.flags).isEqualTo(TcpHeader.ACK);
  }

  @Test
  void everyDataOffsetAtEveryLength() {
    for (int dataOffset = 0; dataOffset < 16; dataOffset++) {
      for (int length = 0; length <= 80; length++) {
        byte[] b = new byte[length];
        if (length > 12) {
          b[12] = (byte) (dataOffset << 4);
        }
        boolean ok = length >= 20 && dataOffset >= 5 && dataOffset * 4 <= length;
        assertThat(parse(b))
            .as("offset %d length %d", dataOffset, length)
            .isEqualTo(ok ? Segment.OK : Segment.BAD_HEADER);
        if (ok) {
          assertThat(segment.dataLength).isEqualTo(length - dataOffset * 4);
        }
      }
    }
  }

  @Test
  @Tag("MUST-4")
  void optionsOfALinuxSyn() {
    assertThat(parseOptions(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 0, 0xff, 0, 0, 2, 1, 3, 3, 7))
        .isEqualTo(Segment.OK);
    assertThat(segment.mss).isEqualTo(1460);
    assertThat(segment.sackPermitted).isTrue();
    assertThat(segment.hasTimestamps).isTrue();
    assertThat(segment.tsVal).isEqualTo(256);
    assertThat(segment.tsEcr).isEqualTo(0xff000002);
    assertThat(segment.windowScale).isEqualTo(7);
    assertThat(segment.sackCount).isZero();
    assertThat(segment.fastOpenLength).isEqualTo(Segment.ABSENT);
    assertThat(segment.userTimeout).isEqualTo(Segment.ABSENT);
    assertThat(segment.aoLength).isEqualTo(Segment.ABSENT);
  }

  @Test
  @Tag("MUST-64")
  void timestampsInTheirUsualPlaceAndInAnyOther() {
    assertThat(parseOptions(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8)).isEqualTo(Segment.OK);
    assertThat(segment.tsVal).isEqualTo(0x01020304);
    assertThat(segment.tsEcr).isEqualTo(0x05060708);
    assertThat(parseOptions(1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8)).isEqualTo(Segment.OK);
    assertThat(segment.tsVal).isEqualTo(0x01020304);
    assertThat(parseOptions(8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1)).isEqualTo(Segment.OK);
    assertThat(segment.tsEcr).isEqualTo(0x05060708);
  }

  @Test
  void oneToFourSackBlocks() {
    for (int blocks = 0; blocks <= 4; blocks++) {
      int[] o = new int[2 + blocks * 8];
      o[0] = 5;
      o[1] = o.length;
      for (int i = 0; i < blocks * 2; i++) {
        o[2 + i * 4 + 3] = i + 1;
      }
      assertThat(parseOptions(o)).isEqualTo(blocks == 0 ? Segment.BAD_OPTION : Segment.OK);
      assertThat(segment.sackCount).isEqualTo(blocks);
      for (int i = 0; i < blocks * 2; i++) {
        assertThat(segment.sackEdges[i]).isEqualTo(i + 1);
      }
    }
  }

  /** Every kind with every length in every size of header: only what the rules allow is taken. */
  @Test
  @Tag("MUST-6")
  @Tag("MUST-7")
  @Tag("MUST-68")
  void everyKindWithEveryLengthInEveryRoom() {
    for (int kind = 2; kind < 256; kind++) {
      for (int room = 4; room <= 40; room += 4) {
        for (int lead = 0; lead < 4 && lead < room; lead++) {
          for (int length = 0; length < 60; length++) {
            int[] o = new int[room];
            Arrays.fill(o, 0, lead, 1);
            o[lead] = kind;
            if (lead + 1 < room) {
              o[lead + 1] = length;
            }
            int left = room - lead;
            boolean fits = left >= 2 && length >= 2 && length <= left;
            int expected = fits && lengthAllowed(kind, length) ? Segment.OK : Segment.BAD_OPTION;
            int result = parse(withOptions(20 + room, 0, o));
            if (result != expected) {
              assertThat(result)
                  .as("kind %d length %d at %d of %d", kind, length, lead, room)
                  .isEqualTo(expected);
            }
          }
        }
      }
    }
  }

  private static boolean lengthAllowed(int kind, int length) {
    return switch (kind) {
      case 2, 28 -> length == 4;
      case 3 -> length == 3;
      case 4 -> length == 2;
      case 5 -> length == 10 || length == 18 || length == 26 || length == 34;
      case 8 -> length == 10;
      case 19 -> length == 18;
      case 29 -> length >= 4;
      default -> true;
    };
  }

  @Test
  void theFirstCopyWins() {
    assertThat(parseOptions(2, 4, 0, 1, 2, 4, 0, 2, 3, 3, 1, 3, 3, 2)).isEqualTo(Segment.OK);
    assertThat(segment.mss).isEqualTo(1);
    assertThat(segment.windowScale).isEqualTo(1);
    assertThat(parseOptions(8, 10, 0, 0, 0, 1, 0, 0, 0, 1, 8, 10, 0, 0, 0, 2, 0, 0, 0, 2))
        .isEqualTo(Segment.OK);
    assertThat(segment.tsVal).isEqualTo(1);
    assertThat(parseOptions(5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4))
        .isEqualTo(Segment.OK);
    assertThat(segment.sackCount).isEqualTo(1);
    assertThat(segment.sackEdges[0]).isEqualTo(1);
    assertThat(parseOptions(28, 4, 0, 5, 28, 4, 0, 6, 34, 2, 34, 6, 1, 2, 3, 4))
        .isEqualTo(Segment.OK);
    assertThat(segment.userTimeout).isEqualTo(5);
    assertThat(segment.fastOpenLength).isZero();
    assertThat(parseOptions(29, 4, 1, 2, 29, 8, 1, 2, 3, 4, 5, 6)).isEqualTo(Segment.OK);
    assertThat(segment.aoLength).isEqualTo(4);
    assertThat(segment.aoOffset).isEqualTo(20);
  }

  @Test
  void theFirstOfTwoSignaturesWins() {
    int[] o = new int[36];
    o[0] = 19;
    o[1] = 18;
    o[18] = 19;
    o[19] = 18;
    assertThat(parseOptions(o)).isEqualTo(Segment.OK);
    assertThat(segment.md5Offset).isEqualTo(22);
    assertThat(parseOptions(4, 2, 4, 2)).isEqualTo(Segment.OK);
    assertThat(segment.sackPermitted).isTrue();
  }

  @Test
  @Tag("MUST-4")
  void whatFollowsTheEndOfOptionsIsIgnored() {
    assertThat(parseOptions(0, 2, 0, 0, 2, 4, 1, 1)).isEqualTo(Segment.OK);
    assertThat(segment.mss).isEqualTo(Segment.ABSENT);
  }

  @Test
  void fortyNopsAreFortySteps() {
    int[] o = new int[40];
    Arrays.fill(o, 1);
    assertThat(parseOptions(o)).isEqualTo(Segment.OK);
    o[39] = 2;
    assertThat(parseOptions(o)).as("a kind without its length").isEqualTo(Segment.BAD_OPTION);
  }

  /**
   * Fast Open before an option was assigned to it: 254, then 0xf989; the assigned one counts first.
   */
  @Test
  void fastOpenCookiesOfTheExperiment() {
    assertThat(parseOptions(254, 8, 0xf9, 0x89, 1, 2, 3, 4)).isEqualTo(Segment.OK);
    assertThat(segment.fastOpenExperiment).isTrue();
    assertThat(segment.fastOpenLength).isEqualTo(4);
    assertThat(segment.fastOpenOffset).isEqualTo(24);
    assertThat(parseOptions(254, 4, 0xf9, 0x89)).isEqualTo(Segment.OK);
    assertThat(segment.fastOpenLength).isZero();
    for (int[] other :
        new int[][] {{254, 4, 0xf9, 0x88}, {254, 3, 0xf9, 1}, {254, 7, 0xf9, 0x89, 1, 2, 3, 1}}) {
      assertThat(parseOptions(other)).isEqualTo(Segment.OK);
      assertThat(segment.fastOpenLength).isEqualTo(Segment.ABSENT);
      assertThat(segment.fastOpenExperiment).isFalse();
    }
    assertThat(parseOptions(254, 4, 0xf9, 0x89, 34, 6, 1, 2, 3, 4)).isEqualTo(Segment.OK);
    assertThat(segment.fastOpenExperiment).isFalse();
    assertThat(segment.fastOpenLength).isEqualTo(4);
    assertThat(parseOptions(34, 6, 1, 2, 3, 4, 254, 4, 0xf9, 0x89)).isEqualTo(Segment.OK);
    assertThat(segment.fastOpenExperiment).isFalse();
  }

  @Test
  void fastOpenCookies() {
    for (int cookie = 0; cookie <= 20; cookie++) {
      int[] o = new int[2 + cookie];
      o[0] = 34;
      o[1] = o.length;
      boolean possible = cookie == 0 || cookie >= 4 && cookie <= 16 && cookie % 2 == 0;
      assertThat(parseOptions(o)).isEqualTo(Segment.OK);
      assertThat(segment.fastOpenLength)
          .as("%d bytes", cookie)
          .isEqualTo(possible ? cookie : Segment.ABSENT);
      if (possible) {
        assertThat(segment.fastOpenOffset).isEqualTo(22);
      }
    }
  }

  /**
   * RFC 9768 section 3.2.3: the whole fields that fit, whatever the length; the first copy wins.
   */
  @Test
  void accurateEcnCounters() {
    for (int size = 2; size <= 20; size++) {
      int[] options = new int[40];
      options[0] = 172;
      options[1] = size;
      for (int i = 2; i < size; i++) {
        options[i] = i;
      }
      options[size] = 174;
      options[size + 1] = 5;
      assertThat(parseOptions(options)).isEqualTo(Segment.OK);
      int fields = Math.min(3, (size - 2) / 3);
      assertThat(segment.accEcnFields).as("%d bytes", size).isEqualTo(fields);
      assertThat(segment.accEcnOrder1).isFalse();
      for (int i = 0; i < fields; i++) {
        int first = 2 + 3 * i;
        assertThat(segment.accEcn(i)).isEqualTo(first << 16 | first + 1 << 8 | first + 2);
      }
    }
    assertThat(parseOptions(174, 5, 0xff, 0xfe, 0xfd, 1, 1, 1)).isEqualTo(Segment.OK);
    assertThat(segment.accEcnOrder1).isTrue();
    assertThat(segment.accEcn(0)).isEqualTo(0xfffefd);
    assertThat(parseOptions(1, 1, 1, 0)).isEqualTo(Segment.OK);
    assertThat(segment.accEcnFields).isEqualTo(Segment.ABSENT);
  }

  /** RFC 9768 section 3.2.2: three flags as a number, but not on a SYN. */
  @Test
  void theAceField() {
    byte[] packet = new byte[20];
    packet[12] = 0x50;
    for (int ace = 0; ace < 8; ace++) {
      packet[12] = (byte) (packet[12] & 0xf0 | ace >> 2);
      packet[13] = (byte) (ace << 6 | TcpHeader.ACK);
      assertThat(parse(packet)).isEqualTo(Segment.OK);
      assertThat(segment.ace).isEqualTo(ace);
      packet[13] |= TcpHeader.SYN;
      assertThat(parse(packet)).isEqualTo(Segment.OK);
      assertThat(segment.ace).isEqualTo(Segment.ABSENT);
    }
  }

  @Test
  void nothingIsLeftOfTheSegmentBefore() {
    assertThat(
            parseOptions(
                5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 2, 4, 1, 1, 3, 3, 7, 4, 2, 28, 4, 0, 5, 34, 2, 29, 4,
                1, 1))
        .isEqualTo(Segment.OK);
    byte[] md5 = withOptions(40, 0, 19, 18, 8);
    assertThat(parse(md5)).isEqualTo(Segment.OK);
    assertThat(segment.md5Offset).isEqualTo(22);
    assertThat(segment.sackCount).isZero();
    assertThat(segment.mss).isEqualTo(Segment.ABSENT);
    assertThat(segment.windowScale).isEqualTo(Segment.ABSENT);
    assertThat(segment.sackPermitted).isFalse();
    assertThat(segment.userTimeout).isEqualTo(Segment.ABSENT);
    assertThat(segment.fastOpenLength).isEqualTo(Segment.ABSENT);
    assertThat(segment.aoLength).isEqualTo(Segment.ABSENT);
    assertThat(parse(new byte[5])).isEqualTo(Segment.BAD_HEADER);
    assertThat(segment.md5Offset).isZero();
    assertThat(segment.dataLength).isZero();
    assertThat(segment.headerLength).isZero();
  }

  @Test
  void optionWritersWriteWhatTheParserReads() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(60);
      int at = 20;
      at += TcpOptionWriter.sack(m, at, new int[] {1, 2, -3, 4}, 2);
      at += TcpOptionWriter.windowScale(m, at, 14);
      at += TcpOptionWriter.pad(m, at, at - 20);
      at += TcpOptionWriter.userTimeout(m, at, 0x8001);
      at += TcpOptionWriter.mss(m, at, 65535);
      assertThat(at % 4).isZero();
      TcpHeader.write(m, 0, 1, 2, 3, 4, at, 0, 5, 6);
      assertThat(segment.parse(m, 0, at)).isEqualTo(Segment.OK);
      assertThat(segment.sackCount).isEqualTo(2);
      assertThat(segment.sackEdges).startsWith(1, 2, -3, 4);
      assertThat(segment.windowScale).isEqualTo(14);
      assertThat(segment.userTimeout).isEqualTo(0x8001);
      assertThat(segment.mss).isEqualTo(65535);
    }
  }
}
