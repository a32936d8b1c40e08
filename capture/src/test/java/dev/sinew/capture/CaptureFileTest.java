package dev.sinew.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.capture.CaptureWriter.Direction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureFileTest {
  private static final long TIME = 1_763_600_000_123_456_789L;

  private static List<CapturedPacket> read(byte[] file) throws IOException {
    try (CaptureReader r = new CaptureReader(new ByteArrayInputStream(file))) {
      return readAll(r);
    }
  }

  private static List<CapturedPacket> readAll(CaptureReader r) throws IOException {
    List<CapturedPacket> list = new ArrayList<>();
    for (CapturedPacket p = r.next(); p != null; p = r.next()) {
      list.add(p);
    }
    return list;
  }

  /** Two interfaces, packets of all lengths modulo 4, comments. */
  private static byte[] pcapng() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (CaptureWriter w = new CaptureWriter(out, false)) {
      int tun = w.addInterface("tun0", LinkType.RAW);
      int eth = w.addInterface("ethernet", LinkType.ETHERNET);
      for (int i = 0; i < 5; i++) {
        MemorySegment m = Packets.udp(true, 1000 + i, 53, i);
        String comment = i == 2 ? "dropped: bad checksum\n\u4e2d\u6587" : null;
        w.packet(tun, TIME + i, m, 0, 28 + i, 28 + i, Direction.IN, comment);
      }
      w.packet(eth, TIME + 9, new byte[] {1, 2, 3, 4, 5}, 1500, Direction.UNKNOWN, null);
      assertThat(w.packetCount()).isEqualTo(6);
    }
    return out.toByteArray();
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    List<CapturedPacket> packets = read(pcapng());
    assertThat(packets).hasSize(6);
    for (int i = 0; i < 5; i++) {
      CapturedPacket p = packets.get(i);
      assertThat(p.interfaceName()).isEqualTo("tun0");
      assertThat(p.linkType()).isEqualTo(LinkType.RAW);
      assertThat(p.timeNanos()).isEqualTo(TIME + i);
      assertThat(p.bytes()).isEqualTo(Packets.bytes(Packets.udp(true, 1000 + i, 53, i)));
      assertThat(p.length()).isEqualTo(28 + i);
      assertThat(p.ipOffset()).isZero();
    }
    assertThat(packets.get(2).comments()).containsExactly("dropped: bad checksum\n\u4e2d\u6587");
    assertThat(packets.get(1).comments()).isEmpty();
    assertThat(packets.get(5).interfaceName()).isEqualTo("ethernet");
    assertThat(packets.get(5).length()).isEqualTo(1500);
    assertThat(packets.get(5).bytes()).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void aPartOfAMemorySegmentIsWritten() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CaptureWriter w = new CaptureWriter(out, false);
    int itf = w.addInterface("a", LinkType.RAW);
    MemorySegment m = Arena.ofAuto().allocate(70_000);
    MemorySegment.copy(Packets.udp(true, 1, 2, 100), 0, m, 13, 128);
    w.packet(itf, 0, m, 13, 60, 128, Direction.OUT, null);
    w.packet(itf, 0, m, 0, 66_000, 66_000, Direction.OUT, null);
    List<CapturedPacket> packets = read(out.toByteArray());
    assertThat(packets.get(0).bytes())
        .isEqualTo(Arrays.copyOf(Packets.bytes(Packets.udp(true, 1, 2, 100)), 60));
    assertThat(packets.get(1).bytes()).hasSize(66_000);
    assertThatThrownBy(() -> w.packet(1, 0, m, 0, 1, 1, Direction.OUT, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCommentIsCutBetweenCharacters() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CaptureWriter w = new CaptureWriter(out, false);
    w.addInterface("a", LinkType.RAW);
    w.packet(0, 0, new byte[1], 1, Direction.IN, "\u4e2d".repeat(5000));
    assertThat(read(out.toByteArray()).getFirst().comments())
        .containsExactly("\u4e2d".repeat(1365));
  }

  @Test
  void eachBlockLeavesAtOnceForAReaderThatFollows() throws Exception {
    List<Integer> writes = new ArrayList<>();
    int[] flushes = {0};
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("single bytes");
          }

          @Override
          public void write(byte[] b, int off, int len) {
            writes.add(len);
          }

          @Override
          public void flush() {
            flushes[0]++;
          }
        };
    CaptureWriter w = new CaptureWriter(out, true);
    w.addInterface("a", LinkType.RAW);
    w.packet(0, 0, new byte[100], 100, Direction.IN, "x");
    w.packet(0, 0, new byte[100], 100, Direction.IN, null);
    assertThat(writes).hasSize(4).allMatch(n -> n % 4 == 0);
    assertThat(flushes[0]).isEqualTo(2);
  }

  /** An old-format file of two packets in the given order and resolution. */
  private static byte[] pcap(ByteOrder order, boolean nanos, int linkType, byte[] packet) {
    ByteBuffer b = ByteBuffer.allocate(24 + 2 * (16 + packet.length)).order(order);
    b.putInt(nanos ? 0xa1b23c4d : 0xa1b2c3d4).putShort((short) 2).putShort((short) 4);
    b.putInt(0).putInt(0).putInt(65535).putInt(linkType);
    for (int i = 0; i < 2; i++) {
      b.putInt(1_763_600_000).putInt(nanos ? 123_456_789 : 123_456);
      b.putInt(packet.length).putInt(packet.length + i).put(packet);
    }
    return b.array();
  }

  @Test
  void theOlderFormatInBothByteOrdersAndResolutions() throws Exception {
    byte[] packet = Packets.bytes(Packets.udp(false, 1, 2, 3));
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      for (boolean nanos : new boolean[] {true, false}) {
        List<CapturedPacket> packets = read(pcap(order, nanos, LinkType.RAW, packet));
        assertThat(packets).hasSize(2);
        assertThat(packets.get(1).bytes()).isEqualTo(packet);
        assertThat(packets.get(1).length()).isEqualTo(packet.length + 1);
        assertThat(packets.get(1).timeNanos()).isEqualTo(nanos ? TIME : TIME / 1000 * 1000);
      }
    }
  }

  /**
   * A pcapng file in big-endian order with another resolution, an unknown block and a simple
   * packet.
   */
  private static byte[] bigEndian(int resolution, long stamp) {
    ByteBuffer b = ByteBuffer.allocate(500).order(ByteOrder.BIG_ENDIAN);
    b.putInt(0x0a0d0d0a).putInt(28).putInt(0x1a2b3c4d).putInt(0x00010000).putLong(-1).putInt(28);
    b.putInt(0x0bad).putInt(16).putInt(77).putInt(16);
    b.putInt(1).putInt(44).putShort((short) 101).putShort((short) 0).putInt(96);
    b.putShort((short) 9).putShort((short) 1).put((byte) resolution).put(new byte[3]);
    b.putShort((short) 14).putShort((short) 8).putLong(5).putInt(0).putInt(44);
    b.putInt(6)
        .putInt(36)
        .putInt(0)
        .putLong(stamp)
        .putInt(2)
        .putInt(40)
        .put(new byte[] {0x45, 7, 0, 0})
        .putInt(36);
    b.putInt(3).putInt(20).putInt(3).put(new byte[] {0x60, 8, 9, 0}).putInt(20);
    return Arrays.copyOf(b.array(), b.position());
  }

  @Test
  void pcapngInTheOtherByteOrderWithAnyResolution() throws Exception {
    for (int[] r :
        new int[][] {{6, 1_500_000}, {9, 1_500_000_000}, {3, 1500}, {0x80 | 10, 1536}, {0, 1}}) {
      List<CapturedPacket> packets = read(bigEndian(r[0], r[1]));
      assertThat(packets).hasSize(2);
      long seconds = r[0] == 0 ? 1_000_000_000L : 1_500_000_000L;
      assertThat(packets.get(0).timeNanos())
          .as("resolution %d", r[0])
          .isEqualTo(5_000_000_000L + seconds);
      assertThat(packets.get(0).bytes()).containsExactly(0x45, 7);
      assertThat(packets.get(0).length()).isEqualTo(40);
      assertThat(packets.get(1).bytes()).containsExactly(0x60, 8, 9);
    }
  }

  @Test
  void sectionsOfDifferentOrderMayFollowEachOther() throws Exception {
    byte[] first = pcapng();
    byte[] second = bigEndian(9, 1);
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    assertThat(read(both)).hasSize(8);
  }

  @Test
  void aTruncatedFileGivesWhatIsThere() throws Exception {
    byte[] packet = Packets.bytes(Packets.udp(true, 1, 2, 40));
    for (byte[] file :
        List.of(pcapng(), bigEndian(9, 1), pcap(ByteOrder.BIG_ENDIAN, true, 101, packet))) {
      List<CapturedPacket> all = read(file);
      int before = 0;
      for (int n = 48; n < file.length; n++) {
        try (CaptureReader r = new CaptureReader(new ByteArrayInputStream(file, 0, n))) {
          List<CapturedPacket> some = readAll(r);
          assertThat(some.size()).isBetween(before, all.size());
          before = some.size();
          for (int i = 0; i < some.size(); i++) {
            byte[] whole = all.get(i).bytes();
            byte[] got = some.get(i).bytes();
            assertThat(got).isEqualTo(Arrays.copyOf(whole, got.length));
            if (i < some.size() - 1) {
              assertThat(got).hasSize(whole.length);
            }
          }
        }
      }
      try (CaptureReader r =
          new CaptureReader(new ByteArrayInputStream(file, 0, file.length - 7))) {
        readAll(r);
        assertThat(r.isTruncated()).isTrue();
      }
      try (CaptureReader r = new CaptureReader(new ByteArrayInputStream(file))) {
        readAll(r);
        assertThat(r.isTruncated()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void tooShortForAnyFormat(int length) {
    assertThatThrownBy(() -> read(new byte[length]))
        .isInstanceOf(CaptureFormatException.class)
        .hasMessage("not a capture file: only " + length + " bytes");
  }

  @Test
  void noCaptureFile() {
    assertThatThrownBy(
            () -> read("GET / HTTP/1.1".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
        .isInstanceOf(CaptureFormatException.class)
        .hasMessage(
            "not a capture file: neither pcap nor pcapng, nor text with lines of bytes as tcpdump -X prints them (0x0000:  4500 ...)");
  }

  @Test
  void damageIsToldWithItsPlace() throws Exception {
    byte[] file = pcapng();
    file[file.length - 1] ^= 1;
    assertThatThrownBy(() -> read(file))
        .hasMessageMatching("damaged at byte \\d+: the block's two lengths are not the same");
    byte[] huge = pcap(ByteOrder.LITTLE_ENDIAN, true, 101, new byte[4]);
    huge[24 + 11] = 0x7f;
    assertThatThrownBy(() -> read(huge))
        .hasMessage("damaged at byte 24: a packet of 2130706436 bytes");
  }

  @Test
  void everyDamagedByteIsAnAnswerOrAMessageButNoOtherException() throws Exception {
    byte[] packet = Packets.bytes(Packets.udp(true, 1, 2, 4));
    Random random = new Random(11);
    for (byte[] file :
        List.of(pcapng(), bigEndian(9, 1), pcap(ByteOrder.BIG_ENDIAN, true, 1, packet))) {
      for (int i = 0; i < file.length; i++) {
        for (int v : new int[] {0, 0xff, 0x80, random.nextInt(256)}) {
          byte[] b = file.clone();
          b[i] = (byte) v;
          try {
            for (CapturedPacket p : read(b)) {
              p.ipOffset();
            }
          } catch (CaptureFormatException e) {
            assertThat(e.getMessage()).isNotEmpty();
          }
        }
      }
    }
  }

  @Test
  void whereTheIpPacketBeginsInEachKindOfFrame() {
    assertThat(offset(LinkType.RAW, "45")).isZero();
    assertThat(offset(LinkType.IPV6, "60")).isZero();
    assertThat(offset(LinkType.RAW, "")).isEqualTo(-1);
    assertThat(offset(LinkType.RAW, "55")).isEqualTo(-1);
    assertThat(offset(LinkType.NULL, "0200000045")).isEqualTo(4);
    assertThat(offset(LinkType.LOOP, "0000000245")).isEqualTo(4);
    assertThat(offset(LinkType.ETHERNET, "00".repeat(12) + "080045")).isEqualTo(14);
    assertThat(offset(LinkType.ETHERNET, "00".repeat(12) + "86dd60")).isEqualTo(14);
    assertThat(offset(LinkType.ETHERNET, "00".repeat(12) + "080600")).isEqualTo(-1);
    assertThat(offset(LinkType.ETHERNET, "00".repeat(12) + "81000005080045")).isEqualTo(18);
    assertThat(offset(LinkType.ETHERNET, "00".repeat(12) + "88a8000581000006080045")).isEqualTo(22);
    assertThat(offset(LinkType.ETHERNET, "00".repeat(12) + "8100")).isEqualTo(-1);
    assertThat(offset(LinkType.LINUX_SLL, "00".repeat(14) + "080045")).isEqualTo(16);
    assertThat(offset(LinkType.LINUX_SLL2, "0800" + "00".repeat(18) + "45")).isEqualTo(20);
    assertThat(offset(147, "45")).isEqualTo(-1);
  }

  private static int offset(int linkType, String hex) {
    byte[] b = java.util.HexFormat.of().parseHex(hex);
    return new CapturedPacket("", linkType, 0, b, b.length, List.of()).ipOffset();
  }
}
