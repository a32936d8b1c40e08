package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.link.PacketSink;
import dev.sinew.observe.DropReason;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A router between a network of MTU 1500 and one of 1280: super-datagrams go on as the datagrams
 * that they are.
 */
class ForwardedSuperSegmentsTest {
  private final IpHarness h = new IpHarness(true);

  private static byte[] datagram(boolean v4, int id, int ttl, int flags, byte[] data) {
    String from = v4 ? "10.0.0.9" : "fd00:a::9";
    String to = v4 ? "10.0.1.9" : "fd00:b::9";
    byte[] udp = Packets.udp(from, 5, to, 6, data);
    return v4
        ? Packets.ipv4(from, to, 17, ttl, id, flags, new byte[0], udp)
        : Packets.ipv6(from, to, 17, ttl, udp);
  }

  /** What forwarding makes of them one by one, and what of all in one packet. */
  private void assertSameAsOneByOne(boolean v4, int payload, int size, int packets) {
    byte[] data = Packets.pattern(payload);
    IpHarness single = new IpHarness(true);
    List<byte[]> expected = new ArrayList<>();
    for (int i = 0, at = 0; at < payload; i++, at += size) {
      byte[] piece = Arrays.copyOfRange(data, at, Math.min(payload, at + size));
      single.in(datagram(v4, 70 + i, 64, 0, piece));
      expected.addAll(single.otherOut());
    }
    superDatagram(datagram(v4, 70, 64, 0, data), size);
    List<byte[]> got = h.otherOut();
    assertThat(got).hasSize(packets).hasSameSizeAs(expected);
    for (int i = 0; i < packets; i++) {
      assertThat(got.get(i)).as("packet %d", i).isEqualTo(expected.get(i));
      assertThat(Packets.isSound(got.get(i))).isTrue();
    }
    for (Counter c : List.of(Counter.IpForwDatagrams, Counter.IpFragCreates, Counter.IpFragOKs)) {
      assertThat(h.count(c)).as(c.name()).isEqualTo(single.count(c));
    }
    assertThat(h.drops).isEmpty();
    assertThat(h.used()).isZero();
  }

  private void superDatagram(byte[] packet, int size) {
    h.link.setReceiveFlags(
        PacketSink.CHECKSUM_VERIFIED | PacketSink.CHECKSUM_PARTIAL | PacketSink.superSegment(size));
    h.in(packet);
  }

  @ParameterizedTest
  @CsvSource({
    "true,3000,1000,3",
    "true,3001,1000,4",
    "true,2504,1252,2",
    "false,3001,1000,4",
    "false,2464,1232,2",
    "true,64,1,64"
  })
  void theyGoOnAsSentOneByOne(boolean v4, int payload, int size, int packets) {
    assertSameAsOneByOne(v4, payload, size, packets);
  }

  @Test
  void thoseTooLongForTheNextLinkAreFragmented() {
    assertSameAsOneByOne(true, 2 * 1253 + 7, 1253, 2 + 2 + 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thoseThatNobodyMayFragmentAreReportedOnce(boolean v4) {
    superDatagram(datagram(v4, 1, 64, v4 ? 0x4000 : 0, new byte[3000]), 1400);
    assertThat(h.otherOut()).isEmpty();
    List<byte[]> errors = h.out();
    assertThat(errors).hasSize(1);
    assertThat(Packets.protocol(errors.getFirst())).isEqualTo(v4 ? 1 : 58);
    assertThat(h.drops).containsExactly(DropReason.PACKET_TOO_BIG);
    assertThat(h.used()).isZero();
  }

  /** The link says that it is one; its headers say something else. */
  @Test
  void whatCannotBeCutIsDropped() {
    superDatagram(
        Packets.ip(
            "10.0.0.9", "10.0.1.9", 1, Packets.udp("1.1.1.1", 1, "2.2.2.2", 2, new byte[99])),
        10);
    superDatagram(datagram(true, 1, 64, 0x2000, new byte[96]), 10);
    superDatagram(datagram(true, 1, 64, 0, new byte[0]), 10);
    superDatagram(Packets.ip("10.0.0.9", "10.0.1.9", 17, new byte[5]), 10);
    byte[] tcp = new byte[40];
    tcp[12] = (byte) 0xf0;
    superDatagram(Packets.ip("10.0.0.9", "10.0.1.9", 6, tcp), 10);
    assertThat(h.drops).hasSize(5).containsOnly(DropReason.BAD_HEADER);
    assertThat(h.count(Counter.IpInHdrErrors)).isEqualTo(5);
    assertThat(h.otherOut()).isEmpty();
    assertThat(h.used()).isZero();
  }

  @Test
  void aQueueWithoutRoomForAllTakesNone() {
    int capacity = Limits.DEFAULT.txQueuePackets();
    for (int i = 0; i < capacity - 2; i++) {
      h.in(datagram(true, i, 64, 0, new byte[5]));
    }
    superDatagram(datagram(true, 1, 64, 0, new byte[30]), 10);
    assertThat(h.drops).containsExactly(DropReason.TX_QUEUE_FULL);
    superDatagram(datagram(true, 1, 64, 0, new byte[20]), 10);
    assertThat(h.otherOut()).hasSize(capacity);
  }
}
