package dev.sinew.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.EthernetHeader;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.UdpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which packets in a queue are datagrams that may be joined: whatever stands in their headers. */
class SuperDatagramRulesTest {
  private static final long MAC = 0x0200_0000_0001L;
  private final BufferPool pool = new BufferPool(1 << 20);
  private final TxQueue queue = new TxQueue(8);
  private final List<Integer> lengths = new ArrayList<>();

  /** Notes how long the packets are that it gets. */
  private final class Card extends PassiveLink {
    Card(long mac) {
      super(new LinkProperties("card", 1500, true, true, true, false, false, mac));
    }

    @Override
    public int transmit(TxPacket p) {
      lengths.add(p.totalLength());
      if (properties().ethernet()) {
        assertThat(Bytes.u8(p.header(), p.headerOffset() - EthernetHeader.LENGTH)).isEqualTo(2);
      }
      return SENT;
    }
  }

  /** A datagram of 10 bytes of payload, changed by the test. */
  private void put(Consumer<TxPacket> change) {
    TxPacket p = Objects.requireNonNull(queue.reserve());
    long at = p.headerOffset();
    p.header().asSlice(at - TxPacket.HEADROOM, TxPacket.HEADROOM).fill((byte) 2);
    Ipv4Header.write(p.header(), at, 0, 38, 5, 0, 64, 17, 0x0a000001, 0x0a000002);
    UdpHeader.write(p.header(), at + 20, 1000, 2000, 18);
    p.headerLength(38);
    p.checksumByLink(20, UdpHeader.CHECKSUM);
    change.accept(p);
    queue.commit();
  }

  private List<Integer> sent(long mac, Consumer<TxPacket> change) {
    lengths.clear();
    put(p -> {});
    put(change);
    put(p -> {});
    assertThat(queue.drainTo(new Card(mac))).isTrue();
    assertThat(pool.usedBytes()).isZero();
    return List.copyOf(lengths);
  }

  private void assertAlone(Consumer<TxPacket> change) {
    assertThat(sent(0, change)).hasSize(3);
  }

  @Test
  void thoseThatAreAlikeGoTogether() {
    assertThat(sent(0, p -> {})).containsExactly(58);
    assertThat(sent(MAC, p -> {})).containsExactly(58);
  }

  /** For another station, after a neighbour has changed its address. */
  @Test
  void aFrameForAnotherStationGoesAlone() {
    for (int i = 1; i < EthernetHeader.LENGTH; i++) {
      int at = i;
      Consumer<TxPacket> change =
          p -> Bytes.put8(p.header(), p.headerOffset() - EthernetHeader.LENGTH + at, 9);
      assertThat(sent(MAC, change)).as("byte %d", at).containsExactly(38, 38, 38);
      assertThat(sent(0, change)).as("no Ethernet").containsExactly(58);
    }
  }

  /** All of the IP header but length, identification and checksum; the ports. */
  @Test
  void everyOtherByteOfTheHeadersMakesADifference() {
    for (int i = 0; i < 24; i++) {
      int at = i;
      boolean differs = i < 2 || i >= 6 && i < 10 || i >= 12;
      assertThat(
              sent(
                  0,
                  p ->
                      Bytes.put8(
                          p.header(),
                          p.headerOffset() + at,
                          Bytes.u8(p.header(), p.headerOffset() + at) ^ 0x40)))
          .as("byte %d", at)
          .hasSize(differs ? 3 : 1);
    }
  }

  @Test
  void fragmentsGoAloneEvenAmongThemselves() {
    for (int bits : new int[] {Ipv4Header.MORE_FRAGMENTS, 1, 0x1fff}) {
      lengths.clear();
      for (int i = 0; i < 2; i++) {
        put(p -> Bytes.put16(p.header(), p.headerOffset() + Ipv4Header.FLAGS_AND_OFFSET, bits));
      }
      queue.drainTo(new Card(0));
      assertThat(lengths).containsExactly(38, 38);
    }
  }

  @Test
  void whatIsCompleteOrOfTcpOrASuperSegmentGoesAlone() {
    assertAlone(p -> p.checksumByLink(0, 0));
    assertAlone(p -> p.checksumByLink(20, 16));
    assertAlone(p -> p.checksumByLink(24, UdpHeader.CHECKSUM));
    assertAlone(p -> p.segmentSize(5));
    assertAlone(p -> p.headerLength(28));
    assertAlone(p -> p.headerLength(27));
  }

  @Test
  void payloadInSeveralPiecesGoesAlone() {
    Block b = Objects.requireNonNull(pool.takeSmall());
    assertAlone(p -> {
      p.headerLength(28);
      p.addSlice(b, 0, 5);
      p.addSlice(b, 100, 5);
      b.release();
    });
    Block c = Objects.requireNonNull(pool.takeSmall());
    assertAlone(p -> {
      p.headerLength(30);
      p.addSlice(c, 0, 8);
      c.release();
    });
    Block d = Objects.requireNonNull(pool.takeSmall());
    assertThat(
            sent(
                0,
                p -> {
                  p.headerLength(28);
                  p.addSlice(d, 0, 10);
                  d.release();
                }))
        .containsExactly(58);
  }
}
