package dev.sinew.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.TcpState;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.wire.EthernetHeader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class PcapLinkTest {
  /** A device whose packets the test gives, and whose answers it chooses. */
  private static final class Device implements Link {
    final Queue<MemorySegment> arriving = new ArrayDeque<>();
    final List<Integer> sentLengths = new ArrayList<>();
    int answer = Link.SENT;
    boolean closed;
    int wakeups;
    int refusedLate;
    long mac;

    @Override
    public LinkProperties properties() {
      return new LinkProperties("tun7", 1500, false, false, false, true, false, mac);
    }

    @Override
    public int receive(PacketSink sink, int max) {
      int n = 0;
      while (n < max && !arriving.isEmpty()) {
        MemorySegment m = arriving.remove();
        int link = mac == 0 ? 0 : 14;
        sink.packet(m, link, (int) m.byteSize() - link, PacketSink.CHECKSUM_VERIFIED);
        n++;
      }
      return n;
    }

    @Override
    public int transmit(TxPacket packet) {
      if (answer == Link.SENT) {
        sentLengths.add(packet.totalLength());
      }
      return answer;
    }

    @Override
    public int endTransmit() {
      return refusedLate;
    }

    @Override
    public void await(long timeoutNanos) {
      wakeups += 100;
    }

    @Override
    public void wakeup() {
      wakeups++;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private final Device device = new Device();
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private long now = 1000;

  private PcapLink link() throws IOException {
    return new PcapLink(device, new CaptureWriter(file, false), () -> now);
  }

  private List<CapturedPacket> recorded() throws IOException {
    List<CapturedPacket> list = new ArrayList<>();
    CaptureReader r = new CaptureReader(new ByteArrayInputStream(file.toByteArray()));
    for (CapturedPacket p = r.next(); p != null; p = r.next()) {
      list.add(p);
    }
    return list;
  }

  /** A packet of 28 bytes of headers and slices of 3 and 4 bytes. */
  private static TxQueue queue() {
    TxQueue q = new TxQueue(4);
    TxPacket p = q.reserve();
    MemorySegment.copy(Packets.udp(true, 7, 8, 7), 0, p.header(), p.headerOffset(), 28);
    p.headerLength(28);
    Block block = new BufferPool(1 << 20).takeSmall();
    for (int i = 0; i < 20; i++) {
      block.memory().set(java.lang.foreign.ValueLayout.JAVA_BYTE, block.base() + i, (byte) i);
    }
    p.addSlice(block, 1, 3);
    p.addSlice(block, 10, 4);
    q.commit();
    return q;
  }

  @Test
  void framesAreRecordedWithTheirEthernetHeader() throws Exception {
    device.mac = 0x0200_0000_0002L;
    PcapLink link = link();
    MemorySegment packet = Packets.udp(true, 5, 6, 9);
    MemorySegment frame = Arena.ofAuto().allocate(14 + packet.byteSize());
    EthernetHeader.write(frame, 0, device.mac, 1, EthernetHeader.TYPE_IPV4);
    frame.asSlice(14).copyFrom(packet);
    device.arriving.add(frame);
    List<Integer> lengths = new ArrayList<>();
    link.receive((m, offset, length, flags) -> lengths.add(length), 1);
    TxQueue q = queue();
    q.drainTo(link);
    assertThat(lengths).containsExactly(37);
    List<CapturedPacket> packets = recorded();
    assertThat(packets).extracting(CapturedPacket::linkType).containsOnly(LinkType.ETHERNET);
    assertThat(packets).extracting(p -> p.bytes().length).containsExactly(14 + 37, 14 + 35);
  }

  @Test
  void bothWaysAreRecordedAndNothingIsChanged() throws Exception {
    PcapLink link = link();
    MemorySegment in = Packets.udp(true, 5, 6, 9);
    device.arriving.add(in);
    device.arriving.add(in);
    List<Integer> lengths = new ArrayList<>();
    PacketSink sink =
        (m, offset, length, flags) -> {
          assertThat(m).isSameAs(in);
          assertThat(flags).isEqualTo(PacketSink.CHECKSUM_VERIFIED);
          lengths.add(length);
        };
    assertThat(link.receive(sink, 1)).isEqualTo(1);
    now = 2000;
    assertThat(link.receive(sink, 5)).isEqualTo(1);
    now = 3000;
    assertThat(queue().drainTo(link)).isTrue();
    assertThat(lengths).containsExactly(37, 37);
    assertThat(device.sentLengths).containsExactly(35);
    List<CapturedPacket> packets = recorded();
    assertThat(packets).extracting(CapturedPacket::timeNanos).containsExactly(1000L, 2000L, 3000L);
    assertThat(packets).allMatch(p -> p.interfaceName().equals("tun7"));
    assertThat(packets.get(0).bytes()).isEqualTo(Packets.bytes(in));
    assertThat(packets.get(2).bytes()).hasSize(35).endsWith(1, 2, 3, 10, 11, 12, 13);
  }

  @Test
  void onlyWhatTheDeviceTookIsRecorded() throws Exception {
    PcapLink link = link();
    device.answer = Link.BUSY;
    TxQueue q = queue();
    assertThat(q.drainTo(link)).isFalse();
    device.answer = Link.FAILED;
    assertThat(q.drainTo(link)).isTrue();
    assertThat(q.failedCount()).isEqualTo(1);
    assertThat(recorded()).isEmpty();
  }

  @Test
  void whatTheStackDidBecomesTheComment() throws Exception {
    PcapLink link = link();
    Observer stack = link.annotator();
    device.arriving.add(Packets.udp(true, 1, 2, 0));
    device.arriving.add(Packets.udp(true, 3, 4, 0));
    device.arriving.add(Packets.udp(true, 5, 6, 0));
    int[] n = {0};
    link.receive(
        (m, offset, length, flags) -> {
          if (n[0] == 0) {
            stack.stateChanged(0, 1, 80, 9, TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2);
            stack.stateChanged(0, 1, 80, 9, TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
          } else if (n[0] == 1) {
            stack.packetDropped(0, DropReason.PAWS);
          }
          n[0]++;
        },
        9);
    stack.stateChanged(0, 2, 81, 9, TcpState.CLOSED, TcpState.SYN_SENT);
    queue().drainTo(link);
    List<CapturedPacket> packets = recorded();
    assertThat(packets.get(0).comments())
        .containsExactly("80: FIN-WAIT-1 -> FIN-WAIT-2\n80: FIN-WAIT-2 -> TIME-WAIT");
    assertThat(packets.get(1).comments()).containsExactly("dropped: PAWS: old timestamp");
    assertThat(packets.get(2).comments()).isEmpty();
    assertThat(packets.get(3).comments()).containsExactly("81: CLOSED -> SYN-SENT");
  }

  @Test
  void notesWithoutAPacketDoNotGrowForEver() throws Exception {
    PcapLink link = link();
    Observer stack = link.annotator();
    for (int i = 0; i < 10_000; i++) {
      stack.packetDropped(0, DropReason.MEMORY);
    }
    queue().drainTo(link);
    assertThat(recorded().getFirst().comments().getFirst().length()).isLessThan(1100);
  }

  @Test
  void aFullDiskEndsTheRecordingOnly() throws Exception {
    boolean[] full = {false};
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] b, int off, int len) throws IOException {
            if (full[0]) {
              throw new IOException("No space left on device");
            }
          }
        };
    PcapLink link = new PcapLink(device, new CaptureWriter(out, true), () -> now);
    full[0] = true;
    device.arriving.add(Packets.udp(true, 1, 2, 0));
    device.arriving.add(Packets.udp(true, 1, 2, 0));
    int[] n = {0};
    assertThat(link.receive((m, o, l, f) -> n[0]++, 1)).isEqualTo(1);
    assertThat(link.failure()).hasMessage("No space left on device");
    assertThat(link.receive((m, o, l, f) -> n[0]++, 1)).isEqualTo(1);
    assertThat(queue().drainTo(link)).isTrue();
    assertThat(n[0]).isEqualTo(2);
    assertThat(device.sentLengths).hasSize(1);
  }

  @Test
  void theRestIsTheDevices() throws Exception {
    PcapLink link = link();
    assertThat(link.properties()).isEqualTo(device.properties());
    link.await(5);
    link.wakeup();
    assertThat(device.wakeups).isEqualTo(101);
    device.refusedLate = 7;
    assertThat(link.endTransmit()).isEqualTo(7);
    link.close();
    assertThat(device.closed).isTrue();
    assertThat(link.failure()).isNull();
  }
}
