package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class IpPacketTest {
  private final IpPacket ip = new IpPacket();

  private int parse(byte[] bytes) {
    return parse(bytes, bytes.length);
  }

  private int parse(byte[] bytes, int length) {
    // The collector frees it: the parsed packet still refers to it.
    return ip.parse(PacketCorpus.place(Arena.ofAuto(), bytes), 0, length);
  }

  private static byte[] v4(int headerLength, int totalLength, int flagsAndOffset, int size) {
    byte[] b = new byte[size];
    b[0] = (byte) (0x40 | headerLength / 4);
    b[2] = (byte) (totalLength >> 8);
    b[3] = (byte) totalLength;
    b[6] = (byte) (flagsAndOffset >> 8);
    b[7] = (byte) flagsAndOffset;
    b[9] = 17;
    Arrays.fill(
        b, Math.min(20, size), Math.clamp(headerLength, Math.min(20, size), size), (byte) 1);
    return b;
  }

  /** An IPv6 packet to a unicast address whose first extension header is of {@code kind}. */
  private static byte[] v6(int kind, int... payload) {
    byte[] b = new byte[40 + payload.length];
    b[0] = 0x60;
    b[4] = (byte) (payload.length >> 8);
    b[5] = (byte) payload.length;
    b[6] = (byte) kind;
    b[24] = 0x20;
    for (int i = 0; i < payload.length; i++) {
      b[40 + i] = (byte) payload[i];
    }
    return b;
  }

  @Test
  void fieldsOfIpv4() {
    byte[] b = v4(24, 40, 0x4000, 46);
    b[1] = (byte) 0xb9;
    b[4] = (byte) 0xfe;
    b[5] = 3;
    b[8] = 61;
    System.arraycopy(new byte[] {(byte) 192, 0, 2, 1, (byte) 198, 51, 100, 7}, 0, b, 12, 8);
    assertThat(parse(b)).isEqualTo(IpPacket.OK);
    assertThat(ip.v4).isTrue();
    assertThat(ip.sourceHigh).isZero();
    assertThat(ip.sourceLow).isEqualTo(0x0000_ffff_c000_0201L);
    assertThat(ip.destinationLow).isEqualTo(0x0000_ffff_c633_6407L);
    assertThat(ip.protocol).isEqualTo(17);
    assertThat(ip.protocolField).isEqualTo(9);
    assertThat(ip.ttl).isEqualTo(61);
    assertThat(ip.trafficClass).isEqualTo(0xb9);
    assertThat(ip.fragmentId).isEqualTo(0xfe03);
    assertThat(ip.headerLength).isEqualTo(24);
    assertThat(ip.totalLength).isEqualTo(40);
    assertThat(ip.payloadOffset).isEqualTo(24);
    assertThat(ip.payloadLength).as("link padding is not payload").isEqualTo(16);
    assertThat(ip.dontFragment).isTrue();
    assertThat(ip.fragment).isFalse();
  }

  @Test
  void fieldsOfIpv6() {
    byte[] b = v6(58, 1, 2, 3, 4, 5);
    b[0] = 0x6b;
    b[1] = (byte) 0x9a;
    b[2] = (byte) 0xbc;
    b[3] = (byte) 0xde;
    b[7] = 5;
    b[8] = (byte) 0xfe;
    b[23] = 9;
    assertThat(parse(b)).isEqualTo(IpPacket.OK);
    assertThat(ip.v4).isFalse();
    assertThat(ip.trafficClass).isEqualTo(0xb9);
    assertThat(ip.flowLabel).isEqualTo(0xabcde);
    assertThat(ip.protocol).isEqualTo(58);
    assertThat(ip.protocolField).isEqualTo(6);
    assertThat(ip.ttl).isEqualTo(5);
    assertThat(ip.sourceHigh).isEqualTo(0xfe00_0000_0000_0000L);
    assertThat(ip.sourceLow).isEqualTo(9);
    assertThat(ip.destinationHigh).isEqualTo(0x2000_0000_0000_0000L);
    assertThat(ip.headerLength).isEqualTo(40);
    assertThat(ip.totalLength).isEqualTo(45);
    assertThat(ip.payloadLength).isEqualTo(5);
  }

  @Test
  void otherVersionsAndNothingAtAll() {
    assertThat(parse(new byte[0])).isEqualTo(IpPacket.TRUNCATED);
    for (int version = 0; version < 16; version++) {
      byte[] b = new byte[60];
      b[0] = (byte) (version << 4);
      int expected =
          version == 4 ? IpPacket.BAD_HEADER : version == 6 ? IpPacket.OK : IpPacket.BAD_VERSION;
      if (version == 6) {
        b[6] = 17;
      }
      assertThat(parse(b)).as("version %d", version).isEqualTo(expected);
    }
  }

  @Test
  void ipv4LengthsAtTheirBoundaries() {
    assertThat(parse(v4(16, 40, 0, 40))).as("IHL 4").isEqualTo(IpPacket.BAD_HEADER);
    assertThat(parse(v4(20, 19, 0, 40))).as("total below header").isEqualTo(IpPacket.BAD_HEADER);
    assertThat(parse(v4(20, 20, 0, 20))).as("no payload").isEqualTo(IpPacket.OK);
    assertThat(ip.payloadLength).isZero();
    assertThat(parse(v4(20, 41, 0, 40))).as("one byte short").isEqualTo(IpPacket.TRUNCATED);
    assertThat(parse(v4(20, 40, 0, 40))).isEqualTo(IpPacket.OK);
    assertThat(parse(v4(20, 40, 0, 41))).as("one byte of padding").isEqualTo(IpPacket.OK);
    assertThat(ip.payloadLength).isEqualTo(20);
  }

  @Test
  void ipv4OptionsAreWalked() {
    int[][] bad = {{7, 0, 0, 0}, {7, 1, 0, 0}, {7, 5, 0, 0}, {1, 1, 1, 7}, {1, 1, 7, 3}};
    for (int[] o : bad) {
      byte[] b = v4(24, 24, 0, 24);
      for (int i = 0; i < 4; i++) {
        b[20 + i] = (byte) o[i];
      }
      assertThat(parse(b)).as(Arrays.toString(o)).isEqualTo(IpPacket.BAD_HEADER);
    }
    int[][] good = {{1, 1, 1, 1}, {0, 7, 0, 0}, {7, 4, 0, 0}, {1, 1, 7, 2}, {99, 3, 0, 1}};
    for (int[] o : good) {
      byte[] b = v4(24, 24, 0, 24);
      for (int i = 0; i < 4; i++) {
        b[20 + i] = (byte) o[i];
      }
      assertThat(parse(b)).as(Arrays.toString(o)).isEqualTo(IpPacket.OK);
      assertThat(ip.sourceRouted).isFalse();
    }
    for (int kind : new int[] {131, 137}) {
      byte[] b = v4(24, 24, 0, 24);
      b[20] = (byte) kind;
      b[21] = 3;
      b[22] = 4;
      assertThat(parse(b)).isEqualTo(IpPacket.OK);
      assertThat(ip.sourceRouted).as("option %d", kind).isTrue();
    }
  }

  @Test
  void ipv4Fragments() {
    assertThat(parse(v4(20, 36, 0x2000, 36))).isEqualTo(IpPacket.OK);
    assertThat(ip.fragment).isTrue();
    assertThat(ip.moreFragments).isTrue();
    assertThat(ip.fragmentOffset).isZero();
    assertThat(parse(v4(20, 35, 0x2001, 36)))
        .as("only the last piece may end between eights")
        .isEqualTo(IpPacket.BAD_HEADER);
    assertThat(parse(v4(20, 35, 1, 36))).isEqualTo(IpPacket.OK);
    assertThat(ip.fragment).isTrue();
    assertThat(ip.moreFragments).isFalse();
    assertThat(ip.fragmentOffset).isEqualTo(8);
    assertThat(parse(v4(20, 20, 1, 20))).as("an empty piece").isEqualTo(IpPacket.BAD_HEADER);
    assertThat(parse(v4(20, 20 + 3, 8189, 40))).as("ends at 65535").isEqualTo(IpPacket.OK);
    assertThat(parse(v4(20, 20 + 4, 8189, 40)))
        .as("ends at 65536: the ping of death")
        .isEqualTo(IpPacket.BAD_HEADER);
    assertThat(parse(v4(20, 40, 0x8000, 40))).as("reserved bit").isEqualTo(IpPacket.OK);
    assertThat(ip.fragment).isFalse();
  }

  @Test
  void ipv6LengthsAndJumbograms() {
    byte[] b = v6(17, 1, 2, 3);
    assertThat(parse(b)).isEqualTo(IpPacket.OK);
    assertThat(parse(Arrays.copyOf(b, 42))).isEqualTo(IpPacket.TRUNCATED);
    assertThat(parse(Arrays.copyOf(b, 44))).as("padding").isEqualTo(IpPacket.OK);
    assertThat(ip.payloadLength).isEqualTo(3);
    assertThat(parse(v6(17))).as("no payload").isEqualTo(IpPacket.OK);
    assertThat(parse(v6(0))).as("length 0 and hop-by-hop").isEqualTo(IpPacket.BAD_HEADER);
    assertThat(parse(v6(0, 17, 0, 0xc2, 4, 0, 1, 0, 0)))
        .as("jumbo option")
        .isEqualTo(IpPacket.BAD_EXTENSION);
  }

  @Test
  void unknownOptionsSayThemselvesWhatToDo() {
    for (int kind : new int[] {IpProtocol.HOP_BY_HOP, IpProtocol.DESTINATION_OPTIONS}) {
      for (boolean multicast : new boolean[] {false, true}) {
        for (int action = 0; action < 4; action++) {
          byte[] b = v6(kind, 17, 0, 0, action << 6 | 0x1e, 2, 0, 0, 0);
          if (multicast) {
            b[24] = (byte) 0xff;
          }
          boolean error = action == 2 || action == 3 && !multicast;
          assertThat(parse(b))
              .as("header %d action %d", kind, action)
              .isEqualTo(action == 0 ? IpPacket.OK : IpPacket.BAD_EXTENSION);
          assertThat(ip.errorCode).isEqualTo(error ? 2 : -1);
          assertThat(ip.errorPointer).isEqualTo(error ? 43 : 0);
        }
      }
    }
  }

  @Test
  void malformedOptionsOfIpv6() {
    assertThat(parse(v6(60, 17, 0, 1, 4, 0, 0, 0, 0))).isEqualTo(IpPacket.OK);
    assertThat(parse(v6(60, 17, 0, 1, 5, 0, 0, 0, 0)))
        .as("one too long")
        .isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(ip.errorCode).isEqualTo(-1);
    assertThat(parse(v6(60, 17, 0, 1, 3, 0, 0, 0, 1)))
        .as("no length byte")
        .isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(parse(v6(60, 17, 0, 0, 0, 0, 0, 0, 0))).as("six Pad1").isEqualTo(IpPacket.OK);
  }

  @Test
  void hopByHopOnlyFirst() {
    assertThat(parse(v6(60, 0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0)))
        .isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(ip.errorCode).isEqualTo(1);
    assertThat(ip.errorPointer).isEqualTo(40);
  }

  @Test
  void routingHeaderIsSkippedWhenDoneAndRefusedWhenNot() {
    for (int type : new int[] {0, 2, 4, 200}) {
      assertThat(parse(v6(43, 17, 0, type, 0, 0, 0, 0, 0))).isEqualTo(IpPacket.OK);
      assertThat(ip.protocol).isEqualTo(17);
      assertThat(parse(v6(43, 17, 0, type, 1, 0, 0, 0, 0))).isEqualTo(IpPacket.BAD_EXTENSION);
      assertThat(ip.errorCode).isZero();
      assertThat(ip.errorPointer).isEqualTo(42);
    }
  }

  @Test
  void extensionHeadersMustFitIntoTheDeclaredLength() {
    byte[] b = v6(60, 17, 1, 1, 4, 0, 0, 0, 0);
    assertThat(parse(b)).as("16 bytes announced, 8 there").isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(parse(Arrays.copyOf(b, 64)))
        .as("padding does not count")
        .isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(parse(v6(60, 17, 0, 1, 4, 0, 0, 0))).as("7 bytes").isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(parse(v6(44, 17, 0, 0, 0, 0, 0, 0)))
        .as("7 bytes of Fragment")
        .isEqualTo(IpPacket.BAD_EXTENSION);
  }

  @Test
  void nothingFollows() {
    assertThat(parse(v6(59, 1, 2))).isEqualTo(IpPacket.OK);
    assertThat(ip.protocol).isEqualTo(59);
  }

  @Test
  void atMostEightExtensionHeadersAnd512Bytes() {
    for (int n : new int[] {7, 8, 9}) {
      int[] chain = new int[n * 8];
      for (int i = 0; i < n; i++) {
        chain[i * 8] = i == n - 1 ? 17 : 60;
        chain[i * 8 + 2] = 1;
        chain[i * 8 + 3] = 4;
      }
      assertThat(parse(v6(60, chain)))
          .as("%d headers", n)
          .isEqualTo(n <= 8 ? IpPacket.OK : IpPacket.BAD_EXTENSION);
    }
    for (int size : new int[] {512, 520}) {
      int[] header = new int[size];
      header[0] = 17;
      header[1] = size / 8 - 1;
      assertThat(parse(v6(60, header)))
          .as("%d bytes", size)
          .isEqualTo(size == 512 ? IpPacket.OK : IpPacket.BAD_EXTENSION);
    }
  }

  @Test
  void ipv6Fragments() {
    assertThat(parse(v6(44, 60, 0, 0, 1, 1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9)))
        .isEqualTo(IpPacket.OK);
    assertThat(ip.fragment).isTrue();
    assertThat(ip.moreFragments).isTrue();
    assertThat(ip.fragmentId).isEqualTo(0x01020304);
    assertThat(ip.fragmentNextHeaderField).isEqualTo(6);
    assertThat(ip.protocol).as("a piece is not looked into").isEqualTo(60);
    assertThat(ip.payloadOffset).isEqualTo(48);
    assertThat(ip.payloadLength).isEqualTo(8);

    assertThat(parse(v6(60, 44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 16, 0, 0, 0, 7, 1)))
        .isEqualTo(IpPacket.OK);
    assertThat(ip.fragmentOffset).isEqualTo(16);
    assertThat(ip.moreFragments).isFalse();
    assertThat(ip.fragmentNextHeaderField).isEqualTo(40);
    assertThat(ip.protocolField).isEqualTo(48);
    assertThat(ip.payloadOffset).isEqualTo(56);
    assertThat(ip.payloadLength).isEqualTo(1);
  }

  @Test
  void anAtomicFragmentIsAWholePacket() {
    assertThat(parse(v6(44, 60, 0, 0, 6, 0, 0, 0, 7, 17, 0, 1, 4, 0, 0, 0, 0, 1)))
        .as("the reserved bits are ignored")
        .isEqualTo(IpPacket.OK);
    assertThat(ip.fragment).isFalse();
    assertThat(ip.protocol).isEqualTo(17);
    assertThat(ip.payloadLength).isEqualTo(1);
  }

  @Test
  void impossibleIpv6Fragments() {
    assertThat(parse(v6(44, 17, 0, 0, 1, 0, 0, 0, 7, 1, 2, 3))).isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(ip.errorCode).as("not a multiple of 8, more to come").isZero();
    assertThat(ip.errorPointer).isEqualTo(4);
    assertThat(parse(v6(44, 17, 0, 0xff, 0xf8, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7)))
        .as("ends at 65535")
        .isEqualTo(IpPacket.OK);
    assertThat(parse(v6(44, 17, 0, 0xff, 0xf8, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8)))
        .isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(ip.errorCode).as("ends at 65536").isZero();
    assertThat(ip.errorPointer).isEqualTo(42);
    assertThat(parse(v6(44, 17, 0, 0, 8, 0, 0, 0, 7)))
        .as("empty")
        .isEqualTo(IpPacket.BAD_EXTENSION);
    assertThat(ip.errorCode).isEqualTo(-1);
  }

  @Test
  void aQuotedPacketIsReadAsFarAsItGoes() {
    byte[] b = v4(20, 1500, 0x4000, 28);
    MemorySegment m = PacketCorpus.place(Arena.ofAuto(), b);
    assertThat(ip.parse(m, 0, 28)).isEqualTo(IpPacket.TRUNCATED);
    assertThat(ip.parseCut(m, 0, 28)).isEqualTo(IpPacket.OK);
    assertThat(ip.totalLength).isEqualTo(1500);
    assertThat(ip.payloadLength).isEqualTo(8);
    assertThat(ip.parseCut(m, 0, 19)).isEqualTo(IpPacket.TRUNCATED);
    MemorySegment withOptions = PacketCorpus.place(Arena.ofAuto(), v4(24, 1500, 0, 23));
    assertThat(ip.parseCut(withOptions, 0, 23)).isEqualTo(IpPacket.TRUNCATED);

    byte[] six = v6(60, 17, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7);
    assertThat(ip.parseCut(PacketCorpus.place(Arena.ofAuto(), Arrays.copyOf(six, 57)), 0, 57))
        .isEqualTo(IpPacket.OK);
    assertThat(ip.payloadLength).isEqualTo(1);
    assertThat(ip.parseCut(PacketCorpus.place(Arena.ofAuto(), Arrays.copyOf(six, 55)), 0, 55))
        .isEqualTo(IpPacket.TRUNCATED);
    assertThat(ip.parseCut(PacketCorpus.place(Arena.ofAuto(), Arrays.copyOf(six, 44)), 0, 44))
        .isEqualTo(IpPacket.TRUNCATED);
  }

  @Test
  void headerChecksumAndTtl() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(20);
      Ipv4Header.write(m, 0, 0, 20, 9, 0, 64, 6, 0xffff_0a00_0001L, 0xffff_0a00_0002L);
      for (int ttl = 64; ttl > 0; ttl--) {
        assertThat(Bytes.u8(m, Ipv4Header.TTL)).isEqualTo(ttl);
        assertThat(IpPacket.headerChecksumOk(m, 0, 20)).isTrue();
        Ipv4Header.decrementTtl(m, 0);
      }
      assertThat(IpPacket.headerChecksumOk(m, 0, 20)).isTrue();
      Bytes.put8(m, 4, 77);
      assertThat(IpPacket.headerChecksumOk(m, 0, 20)).isFalse();
    }
  }

  @Test
  void writersAndParserAgreeOnIpv6() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(60);
      Ipv6Header.write(m, 0, 0x1b9, 0x1abcde, 20, 44, 63, 1, 2, 3, 4);
      Ipv6Header.writeFragment(m, 40, 17, 1448, false, -2);
      assertThat(ip.parse(m, 0, 60)).isEqualTo(IpPacket.OK);
      assertThat(ip.trafficClass).isEqualTo(0xb9);
      assertThat(ip.flowLabel).isEqualTo(0xabcde);
      assertThat(ip.sourceHigh).isEqualTo(1);
      assertThat(ip.sourceLow).isEqualTo(2);
      assertThat(ip.destinationHigh).isEqualTo(3);
      assertThat(ip.destinationLow).isEqualTo(4);
      assertThat(ip.fragmentOffset).isEqualTo(1448);
      assertThat(ip.fragmentId).isEqualTo(-2);
      assertThat(ip.payloadLength).isEqualTo(12);
    }
  }
}
