package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.ip.Prefix;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.SuperSegments;
import dev.sinew.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A super-segment goes into a device with offload, the kernel routes it to one without, and has to
 * cut it: into the very packets that {@link SuperSegments} makes of it.
 */
class KernelSegmentationTest {
  private static final int SIZE = 1000;
  private static final List<Prefix> FAR =
      List.of(Lab.prefix("10.78.0.1", 24), Lab.prefix("fd78::1", 64));

  private final Arena arena = Arena.ofAuto();
  private final BufferPool pool = new BufferPool(1 << 20);
  private NetworkNamespace ns;
  private TunLink in;
  private TunLink out;

  @BeforeEach
  void open() throws Exception {
    ns = Lab.namespaceOrSkip("segmentation");
    in = ns.call(() -> TunLink.open(TunOptions.of("t0", Lab.HOST)));
    out = ns.call(() -> TunLink.open(TunOptions.of("t1", FAR).withOffload(false)));
    Lab.run(ns, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
  }

  @AfterEach
  void close() throws Exception {
    if (ns != null) {
      in.close();
      out.close();
      ns.close();
    }
  }

  /** The IP packet with the pseudo-header's sum for a checksum, and 12 bytes of options. */
  private MemorySegment packet(boolean v4, int flags, int payload) {
    int tcpLength = 32 + payload;
    int ip = v4 ? 20 : 40;
    MemorySegment m = arena.allocate(ip + tcpLength);
    long sum;
    if (v4) {
      int source = 0x0a4d_0002;
      int destination = 0x0a4e_0002;
      Ipv4Header.write(m, 0, 0, ip + tcpLength, 0xfffe, 0x4000, 64, 6, source, destination);
      sum = Checksum.addPseudoHeader(0, true, 0, source, 0, destination, 6, tcpLength);
    } else {
      long source = 0xfd77_0000_0000_0000L;
      long destination = 0xfd78_0000_0000_0000L;
      Ipv6Header.write(m, 0, 0, 0x12345, tcpLength, 6, 64, source, 2, destination, 2);
      sum = Checksum.addPseudoHeader(0, false, source, 2, destination, 2, 6, tcpLength);
    }
    Bytes.put16(m, ip, 80);
    Bytes.put16(m, ip + 2, 4000);
    Bytes.put32(m, ip + 4, 0xffff_fc00);
    Bytes.put32(m, ip + 8, 77);
    Bytes.put16(m, ip + 12, 8 << 12 | flags);
    Bytes.put16(m, ip + 14, 5000);
    Bytes.put16(m, ip + 16, Checksum.fold(sum));
    m.asSlice(ip + 20, 12).fill((byte) 1);
    for (int i = 0; i < payload; i++) {
      Bytes.put8(m, ip + 32 + i, i * 7 >> 3);
    }
    return m;
  }

  /** A UDP super-datagram, without payload in its header area. */
  private MemorySegment datagrams(boolean v4, int payload) {
    int udpLength = 8 + payload;
    int ip = v4 ? 20 : 40;
    MemorySegment m = arena.allocate(ip + udpLength);
    long high = v4 ? 0 : 0xfd77_0000_0000_0000L;
    long source = v4 ? 0x0a4d_0002 : 2;
    long far = v4 ? 0 : 0xfd78_0000_0000_0000L;
    long destination = v4 ? 0x0a4e_0002 : 2;
    if (v4) {
      Ipv4Header.write(m, 0, 0, ip + udpLength, 0xfffe, 0, 64, 17, source, destination);
    } else {
      Ipv6Header.write(m, 0, 0, 0x12345, udpLength, 17, 64, high, source, far, destination);
    }
    UdpHeader.write(m, ip, 4000, 5000, udpLength);
    long sum = Checksum.addPseudoHeader(0, v4, high, source, far, destination, 17, udpLength);
    Bytes.put16(m, ip + UdpHeader.CHECKSUM, Checksum.fold(sum));
    for (int i = 0; i < payload; i++) {
      Bytes.put8(m, ip + 8 + i, i * 7 >> 3);
    }
    return m;
  }

  private void send(MemorySegment m, int ip) {
    send(m, ip, ip + 32, 16);
  }

  private void send(MemorySegment m, int ip, int headers, int checksumOffset) {
    TxQueue queue = new TxQueue(4);
    TxPacket p = Objects.requireNonNull(queue.reserve());
    MemorySegment.copy(m, 0, p.header(), p.headerOffset(), headers);
    p.headerLength(headers);
    // Two slices at odd places, as from a send buffer.
    long at = headers;
    for (int n : new int[] {1501, (int) m.byteSize() - headers - 1501}) {
      Block b = Objects.requireNonNull(pool.take(n + 3));
      MemorySegment.copy(m, at, b.memory(), b.base() + 3, n);
      assertThat(p.addSlice(b, 3, n)).isTrue();
      b.release();
      at += n;
    }
    p.checksumByLink(ip, checksumOffset);
    p.segmentSize(SIZE);
    queue.commit();
    assertThat(queue.drainTo(in)).isTrue();
    assertThat(queue.failedCount()).isZero();
    assertThat(pool.usedBytes()).isZero();
  }

  private List<byte[]> received(int count, int protocol) {
    List<byte[]> packets = new ArrayList<>();
    PacketSink sink =
        (memory, offset, length, flags) -> {
          if (Bytes.u8(memory, offset) >> 4 == 4 || Bytes.u8(memory, offset + 6) == protocol) {
            packets.add(memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
          }
        };
    long end = System.nanoTime() + 5_000_000_000L;
    while (packets.size() < count && System.nanoTime() < end) {
      out.await(100_000_000L);
      out.receive(sink, 64);
    }
    return packets;
  }

  @ParameterizedTest
  @CsvSource({"true,24", "true,217", "false,25", "false,217"}) // ACK PSH; CWR ECE ACK PSH FIN
  void softwareCutsAsTheKernelDoes(boolean v4, int flags) {
    int ip = v4 ? 20 : 40;
    MemorySegment whole = packet(v4, flags, 3 * SIZE + 123);
    send(whole, ip);
    assertCut(whole, 6);
  }

  /** The last is shorter, by much and by nothing. */
  @ParameterizedTest
  @CsvSource({"true,3123", "true,4000", "false,3001", "false,4000"})
  void softwareCutsDatagramsAsTheKernelDoes(boolean v4, int payload) {
    assumeTrue(in.properties().datagramOffload(), "the kernel is older than 6.2");
    int ip = v4 ? 20 : 40;
    MemorySegment whole = datagrams(v4, payload);
    send(whole, ip, ip + 8, 6);
    assertCut(whole, 17);
  }

  private void assertCut(MemorySegment whole, int protocol) {
    boolean v4 = Bytes.u8(whole, 0) >> 4 == 4;
    int ip = v4 ? 20 : 40;
    List<byte[]> got = received(4, protocol);
    assertThat(got).hasSize(4);
    for (int i = 0; i < 4; i++) {
      MemorySegment piece = arena.allocate(2000);
      int n = SuperSegments.cut(whole, 0, ip, (int) whole.byteSize(), protocol, SIZE, i, piece, 0);
      if (v4) {
        Ipv4Header.decrementTtl(piece, 0);
      } else {
        Bytes.put8(piece, Ipv6Header.HOP_LIMIT, 63);
      }
      assertThat(got.get(i))
          .as("segment %d", i)
          .isEqualTo(piece.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
