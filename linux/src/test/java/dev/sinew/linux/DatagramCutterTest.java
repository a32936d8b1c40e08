package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.link.PacketSink;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.SuperSegments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Super-datagrams of UDP: a header that tells of one is believed when it fits its packet. */
class DatagramCutterTest {
  private static final int LINK = 14;
  private static final int PACKET = VirtioNetHeader.BYTES + LINK + 22;
  private static final long AT = 22;
  private final MemorySegment m = Arena.ofAuto().allocate(70_000, 64);

  /** A super-datagram with its virtio-net header at 22; returns the packet's length. */
  private int build(boolean v4, int payload, int size) {
    int ip = v4 ? 20 : 40;
    long sourceLow = v4 ? Ipv4Header.MAPPED | 0x0a000001L : 1;
    long destinationLow = v4 ? Ipv4Header.MAPPED | 0x0a000002L : 2;
    if (v4) {
      Ipv4Header.write(m, PACKET, 0, ip + 8 + payload, 77, 0, 64, 17, sourceLow, destinationLow);
    } else {
      Ipv6Header.write(m, PACKET, 0, 0, 8 + payload, 17, 64, 5, sourceLow, 5, destinationLow);
    }
    Bytes.put16(m, PACKET + ip, 1111);
    Bytes.put16(m, PACKET + ip + 2, 2222);
    Bytes.put16(m, PACKET + ip + 4, 8 + payload);
    long high = v4 ? 0 : 5;
    Bytes.put16(
        m,
        PACKET + ip + 6,
        Checksum.fold(
            Checksum.addPseudoHeader(
                0, v4, high, sourceLow, high, destinationLow, IpProtocol.UDP, 8 + payload)));
    for (int i = 0; i < payload; i++) {
      Bytes.put8(m, PACKET + ip + 8 + i, i * 31);
    }
    header(1, 5, size, LINK + ip, 6);
    return ip + 8 + payload;
  }

  private void header(int flags, int gso, int size, int start, int offset) {
    m.set(ValueLayout.JAVA_BYTE, AT, (byte) flags);
    m.set(ValueLayout.JAVA_BYTE, AT + 1, (byte) gso);
    m.set(ValueLayout.JAVA_SHORT_UNALIGNED, AT + 4, (short) size);
    m.set(ValueLayout.JAVA_SHORT_UNALIGNED, AT + 6, (short) start);
    m.set(ValueLayout.JAVA_SHORT_UNALIGNED, AT + 8, (short) offset);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 3000, 1000, 3",
    "true, 3001, 1000, 4",
    "true, 999, 1000, 1",
    "true, 1, 1, 1",
    "false, 3000, 1000, 3",
    "false, 2999, 1000, 3",
    "false, 1001, 1000, 2"
  })
  void eachPieceIsADatagramOfItsOwn(boolean v4, int payload, int size, int pieces) {
    int length = build(v4, payload, size);
    assertThat(VirtioNetHeader.flags(m, AT, LINK, length)).isEqualTo(VirtioNetHeader.MALFORMED);
    assertThat(VirtioNetHeader.datagramSize(m, AT, LINK, length)).isEqualTo(size);
    int ip = VirtioNetHeader.checksumStart(m, AT, LINK);
    List<Integer> payloads = new ArrayList<>();
    List<Integer> ids = new ArrayList<>();
    byte[] all = new byte[payload];
    new DatagramCutter(Arena.ofAuto(), LINK)
        .cut(
            m,
            PACKET,
            ip,
            length,
            size,
            (s, at, n, flags) -> {
              assertThat(flags)
                  .isEqualTo(PacketSink.CHECKSUM_VERIFIED | PacketSink.CHECKSUM_PARTIAL);
              IpPacket p = new IpPacket();
              assertThat(p.parse(s, at, n)).isEqualTo(IpPacket.OK);
              assertThat(p.totalLength).isEqualTo(n);
              assertThat(!v4 || IpPacket.headerChecksumOk(s, at, p.headerLength)).isTrue();
              assertThat(Bytes.u16(s, p.payloadOffset + 4)).isEqualTo(p.payloadLength);
              SuperSegments.finishChecksum(s, at, p.headerLength, n, IpProtocol.UDP);
              long pseudo =
                  Checksum.addPseudoHeader(
                      0,
                      v4,
                      p.sourceHigh,
                      p.sourceLow,
                      p.destinationHigh,
                      p.destinationLow,
                      17,
                      p.payloadLength);
              assertThat(Checksum.isGood(Checksum.add(pseudo, s, p.payloadOffset, p.payloadLength)))
                  .isTrue();
              int from = payloads.stream().mapToInt(Integer::intValue).sum();
              int data = p.payloadLength - 8;
              MemorySegment.copy(s, ValueLayout.JAVA_BYTE, p.payloadOffset + 8, all, from, data);
              payloads.add(data);
              if (v4) {
                ids.add(Bytes.u16(s, at + 4));
              }
            });
    assertThat(payloads).hasSize(pieces);
    assertThat(payloads.subList(0, pieces - 1)).allMatch(n -> n == size);
    for (int i = 0; i < payload; i++) {
      assertThat(all[i]).isEqualTo((byte) (i * 31));
    }
    assertThat(ids.stream().distinct().count()).isEqualTo(v4 ? pieces : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 1000, 34, 6, no unfinished checksum", "1, 5, 0, 34, 6, no size",
    "1, 5, 1000, 34, 16, the checksum of TCP", "1, 5, 1000, 35, 6, beside the header",
    "1, 5, 1000, 13, 6, within the Ethernet header", "1, 3, 1000, 34, 6, the old kind",
    "1, 5, 2, 34, 6, thousands of pieces", "1, 5, 1000, 65000, 6, beyond the end"
  })
  void whatDoesNotFitIsNone(int flags, int gso, int size, int start, int offset, String what) {
    int length = build(true, 3000, 1000);
    header(flags, gso, size, start, offset);
    assertThat(VirtioNetHeader.datagramSize(m, AT, LINK, length)).as(what).isZero();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aPacketWithoutPayloadIsNone(boolean v4) {
    int length = build(v4, 0, 1000);
    for (int n = 1; n <= length; n++) {
      assertThat(VirtioNetHeader.datagramSize(m, AT, LINK, n)).isZero();
    }
  }
}
