package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumTest {
  private final Random random = new Random(7);

  /** The definition of RFC 1071 section 1, one byte at a time. */
  private static int reference(byte[] bytes) {
    int sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      int b = bytes[i] & 0xff;
      sum += (i & 1) == 0 ? b << 8 : b;
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }

  private byte[] bytes(int length) {
    byte[] b = new byte[length];
    random.nextBytes(b);
    return b;
  }

  /** Native memory that ends with the bytes: a read past them throws. */
  private static MemorySegment place(Arena arena, byte[] bytes, int offset) {
    MemorySegment s = arena.allocate(offset + bytes.length);
    MemorySegment.copy(bytes, 0, s, ValueLayout.JAVA_BYTE, offset, bytes.length);
    return s;
  }

  @Test
  void everyLengthAtEveryAlignment() {
    try (Arena arena = Arena.ofConfined()) {
      for (int length = 0; length <= 70; length++) {
        for (int offset = 0; offset < 9; offset++) {
          byte[] b = bytes(length);
          MemorySegment s = place(arena, b, offset);
          assertThat(Checksum.fold(Checksum.add(0, s, offset, length)))
              .as("length %d at %d", length, offset)
              .isEqualTo(reference(b));
        }
      }
    }
  }

  @Test
  void largeOnesOfAllOnesDoNotOverflow() {
    try (Arena arena = Arena.ofConfined()) {
      for (int length : new int[] {1480, 9000, 65535, 1 << 20}) {
        for (byte fill : new byte[] {-1, 0, 1, (byte) 0x80}) {
          byte[] b = new byte[length];
          java.util.Arrays.fill(b, fill);
          MemorySegment s = place(arena, b, 3);
          assertThat(Checksum.fold(Checksum.add(0, s, 3, length))).isEqualTo(reference(b));
        }
      }
    }
  }

  @Test
  void randomLargeOnes() {
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 300; i++) {
        byte[] b = bytes(random.nextInt(10_000));
        int offset = random.nextInt(16);
        MemorySegment s = place(arena, b, offset);
        assertThat(Checksum.fold(Checksum.add(0, s, offset, b.length))).isEqualTo(reference(b));
      }
    }
  }

  @Test
  void piecesOfAnyLengthGiveTheSumOfTheWhole() {
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 500; i++) {
        byte[] b = bytes(1 + random.nextInt(400));
        MemorySegment s = place(arena, b, 0);
        long sum = 0;
        int at = 0;
        while (at < b.length) {
          int piece = Math.min(b.length - at, random.nextInt(60));
          sum =
              (at & 1) == 0 ? Checksum.add(sum, s, at, piece) : Checksum.addOdd(sum, s, at, piece);
          at += piece;
        }
        assertThat(Checksum.fold(sum)).isEqualTo(reference(b));
      }
    }
  }

  @Test
  void pseudoHeaderOfIpv4() {
    byte[] b = {10, 1, 2, 3, (byte) 192, (byte) 168, (byte) 254, 9, 0, 6, (byte) 0xab, (byte) 0xcd};
    long sum =
        Checksum.addPseudoHeader(
            0, true, 0, 0x0000_ffff_0a01_0203L, 0, 0x0000_ffff_c0a8_fe09L, 6, 0xabcd);
    assertThat(Checksum.fold(sum)).isEqualTo(reference(b));
  }

  @Test
  void pseudoHeaderOfIpv6() {
    for (int i = 0; i < 200; i++) {
      byte[] b = bytes(40);
      for (int z = 36; z < 39; z++) {
        b[z] = 0;
      }
      b[32] = 0;
      java.nio.ByteBuffer v = java.nio.ByteBuffer.wrap(b);
      long sum =
          Checksum.addPseudoHeader(
              0,
              false,
              v.getLong(0),
              v.getLong(8),
              v.getLong(16),
              v.getLong(24),
              b[39] & 0xff,
              v.getInt(32));
      assertThat(Checksum.fold(sum)).isEqualTo(reference(b));
    }
  }

  @Test
  void whatCarriesItsChecksumIsGoodUntilABitFlips() {
    try (Arena arena = Arena.ofConfined()) {
      byte[] b = bytes(61);
      b[10] = 0;
      b[11] = 0;
      MemorySegment s = place(arena, b, 0);
      Bytes.put16(s, 10, Checksum.finish(Checksum.add(0, s, 0, 61)));
      assertThat(Checksum.isGood(Checksum.add(0, s, 0, 61))).isTrue();
      for (int bit = 0; bit < 61 * 8; bit++) {
        Bytes.put8(s, bit / 8, Bytes.u8(s, bit / 8) ^ 1 << bit % 8);
        assertThat(Checksum.isGood(Checksum.add(0, s, 0, 61))).as("bit %d", bit).isFalse();
        Bytes.put8(s, bit / 8, Bytes.u8(s, bit / 8) ^ 1 << bit % 8);
      }
    }
  }

  @Test
  void updateEqualsComputingItAnewForEveryValueOfAWord() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = place(arena, bytes(20), 0);
      for (int i = 0; i < 20_000; i++) {
        int old = Bytes.u16(s, 6);
        Bytes.put16(s, 10, 0);
        int before = Checksum.finish(Checksum.add(0, s, 0, 20));
        int now = i % 3 == 0 ? 0xffff : i % 3 == 1 ? 0 : random.nextInt(0x10000);
        Bytes.put16(s, 6, now);
        int after = Checksum.finish(Checksum.add(0, s, 0, 20));
        assertThat(Checksum.update(before, old, now)).isEqualTo(after);
      }
    }
  }

  @Test
  void updateGivesTheResultOfTheExampleInRfc1624() {
    // Section 4: HC = 0xDD2F, a word changes from 0x5555 to 0x3285, HC' = 0x0000.
    assertThat(Checksum.update(0xdd2f, 0x5555, 0x3285)).isZero();
  }
}
