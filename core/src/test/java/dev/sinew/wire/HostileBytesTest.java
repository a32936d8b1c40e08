package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Whatever the bytes are, the parsers answer with a code and look at nothing outside the packet:
 * the memory ends where it ends.
 */
class HostileBytesTest {
  private final IpPacket ip = new IpPacket();
  private final Segment segment = new Segment();
  private final RelativeSequences relative = new RelativeSequences();

  /** Parses as far as it goes and checks that the packet offers nothing but its own bytes. */
  private void feed(MemorySegment m, int length) {
    if (ip.parse(m, 0, length) == IpPacket.OK) {
      check(length);
      assertThat(ip.headerLength + ip.payloadLength).isEqualTo(ip.totalLength);
      assertThat(ip.totalLength).isLessThanOrEqualTo(length);
    }
    if (ip.parseCut(m, 0, length) == IpPacket.OK) {
      check(length);
    }
    assertThat(PacketText.ip(m, 0, length, length, relative)).isNotEmpty().doesNotContain("\n");
    PacketText.ip(m, 0, length, length + 40, null);
    PacketText.ethernet(m, 0, length, length, relative);
    PacketText.arp(m, 0, length);
  }

  private void check(int length) {
    if (ip.payloadLength < 0
        || ip.payloadOffset < ip.offset + ip.headerLength
        || ip.payloadOffset + ip.payloadLength > ip.offset + length
        || ip.headerLength < 20) {
      fail("payload outside of the packet");
    }
    if (segment.parse(ip.memory, ip.payloadOffset, ip.payloadLength) == Segment.OK) {
      assertThat(segment.headerLength + segment.dataLength).isEqualTo(ip.payloadLength);
      assertThat(segment.dataOffset).isEqualTo(ip.payloadOffset + segment.headerLength);
      assertThat(segment.sackCount).isBetween(0, 4);
    }
  }

  private void feed(byte[] bytes, String what) {
    try (Arena arena = Arena.ofConfined()) {
      feed(PacketCorpus.place(arena, bytes), bytes.length);
    } catch (RuntimeException e) {
      throw new AssertionError(what + ": " + java.util.HexFormat.of().formatHex(bytes), e);
    }
  }

  @Test
  void theCorpusItselfIsValid() {
    for (PacketCorpus.Packet p : PacketCorpus.ip()) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment m = PacketCorpus.place(arena, p.bytes());
        assertThat(ip.parse(m, 0, p.bytes().length)).as(p.name()).isEqualTo(IpPacket.OK);
        if (ip.v4) {
          assertThat(IpPacket.headerChecksumOk(m, 0, ip.headerLength)).as(p.name()).isTrue();
        }
        if (ip.protocol == IpProtocol.TCP && !ip.fragment) {
          assertThat(segment.parse(m, ip.payloadOffset, ip.payloadLength)).as(p.name()).isZero();
          assertThat(Checksum.isGood(TransportText.sum(ip, 6))).as(p.name()).isTrue();
        }
      }
    }
  }

  @Test
  void everyPrefixOfEveryPacket() {
    for (PacketCorpus.Packet p : PacketCorpus.ip()) {
      for (int n = 0; n < p.bytes().length; n++) {
        feed(Arrays.copyOf(p.bytes(), n), p.name() + " cut to " + n);
      }
    }
    for (PacketCorpus.Packet p : PacketCorpus.ethernet()) {
      for (int n = 0; n < p.bytes().length; n++) {
        feed(Arrays.copyOf(p.bytes(), n), p.name() + " cut to " + n);
      }
    }
  }

  @Test
  void everySingleBitOfEveryPacket() {
    for (PacketCorpus.Packet p : PacketCorpus.ip()) {
      byte[] b = p.bytes();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment m = PacketCorpus.place(arena, b);
        for (int bit = 0; bit < b.length * 8; bit++) {
          Bytes.put8(m, bit / 8, b[bit / 8] ^ 1 << bit % 8);
          try {
            feed(m, b.length);
          } catch (RuntimeException e) {
            throw new AssertionError(p.name() + " bit " + bit, e);
          }
          Bytes.put8(m, bit / 8, b[bit / 8]);
        }
        assertThat(m.toArray(ValueLayout.JAVA_BYTE)).as("parsing writes nothing").isEqualTo(b);
      }
    }
  }

  @Test
  void everySingleBitOfEveryFrame() {
    for (PacketCorpus.Packet p : PacketCorpus.ethernet()) {
      for (int bit = 0; bit < p.bytes().length * 8; bit++) {
        byte[] b = p.bytes().clone();
        b[bit / 8] ^= (byte) (1 << bit % 8);
        feed(b, p.name() + " bit " + bit);
      }
    }
  }

  @Test
  void everyIhlDataOffsetAndLength() {
    for (int ihl = 0; ihl < 16; ihl++) {
      for (int dataOffset = 0; dataOffset < 16; dataOffset++) {
        for (int length = 0; length <= 130; length++) {
          byte[] b = new byte[length];
          Arrays.fill(b, (byte) 1);
          set(b, 0, 0x40 | ihl);
          set(b, 2, 0);
          set(b, 3, length);
          set(b, 6, 0);
          set(b, 7, 0);
          set(b, 9, 6);
          set(b, ihl * 4 + 12, dataOffset << 4);
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment m = PacketCorpus.place(arena, b);
            int expected =
                length < 20
                    ? IpPacket.TRUNCATED
                    : ihl < 5 || ihl * 4 > length ? IpPacket.BAD_HEADER : IpPacket.OK;
            if (ihl * 4 + 12 < 20) {
              // The data offset's byte lies inside the IP header here.
              expected = ip.parse(m, 0, length);
              assertThat(expected).isNotEqualTo(IpPacket.OK);
            }
            assertThat(ip.parse(m, 0, length)).isEqualTo(expected);
            if (expected != IpPacket.OK) {
              continue;
            }
            int room = length - ihl * 4;
            boolean ok = room >= 20 && dataOffset >= 5 && dataOffset * 4 <= room;
            assertThat(segment.parse(m, ip.payloadOffset, ip.payloadLength))
                .as("ihl %d offset %d length %d", ihl, dataOffset, length)
                .isEqualTo(ok ? Segment.OK : Segment.BAD_HEADER);
          }
        }
      }
    }
  }

  private static void set(byte[] b, int at, int value) {
    if (at < b.length) {
      b[at] = (byte) value;
    }
  }

  @Test
  void randomBytesThatBeginLikeAPacket() {
    Random random = new Random(2026);
    int[] chain = {0, 6, 17, 43, 44, 58, 59, 60, 1};
    for (int i = 0; i < 40_000; i++) {
      byte[] b = new byte[random.nextInt(120)];
      random.nextBytes(b);
      boolean v4 = random.nextBoolean();
      set(b, 0, v4 ? 0x40 | 5 + random.nextInt(11) : 0x60);
      if (v4) {
        set(b, 2, 0);
        set(b, 3, random.nextInt(120));
        set(b, 9, chain[random.nextInt(chain.length)]);
        if (random.nextBoolean()) {
          set(b, 6, 0);
          set(b, 7, 0);
        }
      } else {
        set(b, 4, 0);
        set(b, 5, Math.max(0, b.length - 40));
        for (int at : new int[] {6, 40, 48, 56, 64}) {
          set(b, at, chain[random.nextInt(chain.length)]);
        }
        for (int at : new int[] {41, 49, 57}) {
          set(b, at, random.nextInt(3));
        }
      }
      feed(b, "random " + i);
    }
  }
}
