package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.TxPacket;
import dev.sinew.observe.Observer;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestEntropy;
import dev.sinew.testing.TestLink;
import dev.sinew.wire.Bytes;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the internet layer writes into the queue of an interface. */
class IpOutputTest {
  private static final int TCP = 6;
  private static final int UDP = 17;

  private final StackContext context =
      new StackContext(
          new TestEntropy(1),
          new BufferPool(16L << 20),
          Limits.DEFAULT,
          Profile.STANDARD,
          new Observer() {},
          1);
  private final IpLayer ip = new IpLayer(context, false);
  private final TestLink link = new TestLink("t0", 1500);
  private final NetworkInterface itf =
      ip.addInterface(link, prefix("10.0.0.1/24"), prefix("fd00::1/64"));

  private static Prefix prefix(String text) {
    Prefix p = Prefix.parse(text);
    if (p == null) {
      throw new AssertionError(text);
    }
    return p;
  }

  private static Flow flow(String source, String destination) {
    IpAddress s = Packets.address(source);
    IpAddress d = Packets.address(destination);
    Flow f = new Flow();
    f.set(d.isV4(), s.high(), s.low(), d.high(), d.low());
    return f;
  }

  private List<byte[]> drain() {
    itf.txQueue().drainTo(link);
    return link.takeAll();
  }

  private Block block(byte[] bytes) {
    Block b = context.pool.take(bytes.length);
    if (b == null) {
      throw new AssertionError("pool");
    }
    MemorySegment.copy(bytes, 0, b.memory(), ValueLayout.JAVA_BYTE, b.base(), bytes.length);
    return b;
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0,10.0.0.9", "::,fd00::9"})
  @Tag("MUST-2")
  void aSegmentOfOddSlicesHasTheRightChecksum(String source, String destination) {
    Flow flow = flow(source, destination);
    byte[] data = Packets.pattern(77);
    Block block = block(data);
    TxPacket p = ip.begin(flow, TCP, 20, 77);
    assertThat(p).isNotNull();
    long at = ip.transportOffset(p);
    for (int i = 0; i < 20; i++) {
      Bytes.put8(p.header(), at + i, i * 3);
    }
    p.addSlice(block, 0, 1);
    p.addSlice(block, 1, 33);
    p.addSlice(block, 34, 43);
    ip.commit(flow, p, 16, 5);
    block.release();

    byte[] sent = drain().getFirst();
    assertThat(Packets.isSound(sent)).isTrue();
    assertThat(Packets.protocol(sent)).isEqualTo(TCP);
    assertThat(Packets.destination(sent)).isEqualTo(Packets.address(destination));
    assertThat(Packets.source(sent).toString()).isIn("10.0.0.1", "fd00::1");
    assertThat(Arrays.copyOfRange(sent, sent.length - 77, sent.length)).isEqualTo(data);
    assertThat(context.pool.usedBytes()).isZero();
    assertThat(context.counters.get(Counter.IpOutRequests)).isOne();
  }

  @Test
  void aPacketThatMayNotBeFragmentedHasNoIdentification() {
    Flow flow = flow("0.0.0.0", "10.0.0.9");
    sendEmpty(flow);
    byte[] sent = drain().getFirst();
    assertThat(Packets.u16(sent, 4)).isZero();
    assertThat(Packets.u16(sent, 6)).isEqualTo(0x4000);
  }

  @Test
  void packetsThatMayBeFragmentedNeverShareAnIdentificationSoon() {
    Flow flow = flow("0.0.0.0", "10.0.0.9");
    flow.dontFragment = false;
    int[] ids = new int[500];
    for (int i = 0; i < ids.length; i++) {
      sendEmpty(flow);
      byte[] sent = drain().getFirst();
      ids[i] = Packets.u16(sent, 4);
      assertThat(Packets.u16(sent, 6)).isZero();
    }
    assertThat(Arrays.stream(ids).distinct().count()).isEqualTo(ids.length);
    // Not a plain counter: what one peer sees says nothing about the others' packets.
    assertThat(ids[499] - ids[0] & 0xffff).isNotEqualTo(499);
  }

  private void sendEmpty(Flow flow) {
    TxPacket p = ip.begin(flow, TCP, 20, 0);
    assertThat(p).isNotNull();
    ip.commit(flow, p, 16, 0);
  }

  @Tag("RFC1122-3.2.1.6-a")
  @Tag("RFC1122-3.2.1.7-c")
  @Test
  void theFieldsOfTheFlowStandInTheHeader() {
    Flow v4 = flow("10.0.0.1", "10.0.0.9");
    v4.ttl = 3;
    v4.trafficClass = 0xb9;
    sendEmpty(v4);
    byte[] sent = drain().getFirst();
    assertThat(Packets.ttl(sent)).isEqualTo(3);
    assertThat(Packets.u8(sent, 1)).isEqualTo(0xb9);

    Flow v6 = flow("fd00::1", "fd00::9");
    v6.ttl = 255;
    v6.trafficClass = 0x2e;
    v6.flowLabel = 0xabcde;
    sendEmpty(v6);
    sent = drain().getFirst();
    assertThat(Packets.i32(sent, 0)).isEqualTo(0x62eabcde);
    assertThat(Packets.ttl(sent)).isEqualTo(255);
  }

  @Test
  void aLinkThatCompletesChecksumsGetsThePseudoHeadersSum() {
    TestLink offload = new TestLink(new LinkProperties("o", 1500, true, false, false, false));
    NetworkInterface o = ip.addInterface(offload, prefix("10.9.0.1/24"));
    Flow flow = flow("0.0.0.0", "10.9.0.2");
    TxPacket p = ip.begin(flow, TCP, 20, 0);
    assertThat(p).isNotNull();
    ip.commit(flow, p, 16, 0);
    assertThat(p.checksumStart()).isEqualTo(20);
    assertThat(p.checksumOffset()).isEqualTo(16);
    o.txQueue().drainTo(offload);
    byte[] sent = offload.take();
    int all = Packets.sum(Packets.payload(sent), 0, 20, 0);
    Packets.put16(sent, 36, ~all & 0xffff);
    assertThat(Packets.isSound(sent)).isTrue();
  }

  @Test
  void withoutARouteNothingIsBegun() {
    Flow flow = flow("0.0.0.0", "192.0.2.1");
    assertThat(ip.begin(flow, TCP, 20, 0)).isNull();
    assertThat(flow.out()).isNull();
    assertThat(context.counters.get(Counter.IpOutNoRoutes)).isOne();
  }

  @Test
  void aFullQueueTakesNothingAndTheFlowTellsWhy() {
    Flow flow = flow("0.0.0.0", "10.0.0.9");
    for (int i = 0; i < Limits.DEFAULT.txQueuePackets(); i++) {
      sendEmpty(flow);
    }
    assertThat(ip.begin(flow, TCP, 20, 0)).isNull();
    assertThat(flow.out()).isSameAs(itf);
    drain();
    sendEmpty(flow);
  }

  @Test
  void aPacketBegunAndForgottenDoesNotBlockTheNext() {
    Flow flow = flow("0.0.0.0", "10.0.0.9");
    Block block = block(new byte[10]);
    TxPacket p = ip.begin(flow, TCP, 20, 10);
    assertThat(p).isNotNull();
    p.addSlice(block, 0, 10);
    block.release();
    sendEmpty(flow);
    assertThat(drain()).hasSize(1);
    assertThat(context.pool.usedBytes()).isZero();
  }

  @Test
  void anotherPayloadThanAnnouncedIsAProgrammingErrorAndLeavesNothingBehind() {
    Flow flow = flow("0.0.0.0", "10.0.0.9");
    TxPacket p = ip.begin(flow, TCP, 20, 10);
    assertThat(p).isNotNull();
    assertThatThrownBy(() -> ip.commit(flow, p, 16, 0)).isInstanceOf(IllegalStateException.class);
    sendEmpty(flow);
    assertThat(drain()).hasSize(1);
  }

  @Test
  void aHeaderThatTheHeaderAreaDoesNotHoldIsAProgrammingError() {
    Flow flow = flow("0.0.0.0", "10.0.0.9");
    assertThat(ip.begin(flow, TCP, TxPacket.HEADER_CAPACITY - 20, 0)).isNotNull();
    assertThatThrownBy(() -> ip.begin(flow, TCP, TxPacket.HEADER_CAPACITY - 19, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ip.begin(flow, TCP, 20, 65_496))
        .isInstanceOf(IllegalArgumentException.class);
    sendEmpty(flow);
    assertThat(drain()).hasSize(1);
  }

  // ---- whole datagrams

  private int send(Flow flow, byte[] datagram) {
    Block block = block(datagram);
    int result = ip.send(flow, UDP, block, 0, datagram.length, 6, 0);
    block.release();
    return result;
  }

  private byte[] udp(Flow f, byte[] data) {
    String s = new IpAddress(f.sourceHigh, f.sourceLow).toString();
    String d = new IpAddress(f.destinationHigh, f.destinationLow).toString();
    return Packets.udp(s, 1111, d, 2222, data);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 164, 165, 1471, 1472})
  void aDatagramThatFitsIsOnePacket(int size) {
    Flow flow = flow("10.0.0.1", "10.0.0.9");
    byte[] datagram = udp(flow, Packets.pattern(size));
    assertThat(send(flow, datagram)).isEqualTo(8 + size);
    List<byte[]> sent = drain();
    assertThat(sent).hasSize(1);
    assertThat(Packets.isSound(sent.getFirst())).isTrue();
    assertThat(Packets.payload(sent.getFirst())).isEqualTo(datagram);
    assertThat(context.pool.usedBytes()).isZero();
  }

  @Tag("RFC1122-3.3.3-b")
  @Test
  void aDatagramOneByteTooLongThatMayNotBeFragmentedIsRefused() {
    Flow flow = flow("10.0.0.1", "10.0.0.9");
    assertThat(send(flow, new byte[1481])).isEqualTo(TcpError.MESSAGE_SIZE.code());
    assertThat(drain()).isEmpty();
    assertThat(context.counters.get(Counter.IpFragFails)).isOne();
    assertThat(context.pool.usedBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1473, 2952, 2953, 65_507})
  void ipv4FragmentsCoverTheDatagramWithoutOverlap(int size) {
    Flow flow = flow("10.0.0.1", "10.0.0.9");
    flow.dontFragment = false;
    byte[] datagram = udp(flow, Packets.pattern(size));
    assertThat(send(flow, datagram)).isEqualTo(datagram.length);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    List<byte[]> sent = drain();
    for (int i = 0; i < sent.size(); i++) {
      byte[] f = sent.get(i);
      boolean last = i == sent.size() - 1;
      assertThat(Packets.isSound(f)).isTrue();
      assertThat((Packets.u16(f, 6) & 0x1fff) * 8).isEqualTo(all.size());
      assertThat((Packets.u16(f, 6) & 0x2000) != 0).isEqualTo(!last);
      assertThat(Packets.u16(f, 4)).isEqualTo(Packets.u16(sent.getFirst(), 4));
      all.writeBytes(Packets.payload(f));
    }
    assertThat(all.toByteArray()).isEqualTo(datagram);
    assertThat(context.counters.get(Counter.IpFragCreates)).isEqualTo(sent.size());
    assertThat(context.pool.usedBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1453, 5000, 65_527})
  void ipv6FragmentsAreMadeAtTheSource(int size) {
    Flow flow = flow("fd00::1", "fd00::9");
    byte[] datagram = udp(flow, Packets.pattern(size));
    assertThat(send(flow, datagram)).isEqualTo(datagram.length);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    List<byte[]> sent = drain();
    for (int i = 0; i < sent.size(); i++) {
      byte[] f = sent.get(i);
      assertThat(f.length).isLessThanOrEqualTo(1500);
      assertThat(Packets.protocol(f)).isEqualTo(44);
      assertThat(Packets.u8(f, 40)).isEqualTo(UDP);
      assertThat(Packets.u16(f, 42) & 0xfff8).isEqualTo(all.size());
      assertThat(Packets.u16(f, 42) & 1).isEqualTo(i == sent.size() - 1 ? 0 : 1);
      assertThat(Packets.i32(f, 44)).isEqualTo(Packets.i32(sent.getFirst(), 44));
      all.write(f, 48, f.length - 48);
    }
    assertThat(all.toByteArray()).isEqualTo(datagram);
    assertThat(context.pool.usedBytes()).isZero();
  }

  @Test
  void aDatagramThatNoPacketHoldsIsRefused() {
    Flow flow = flow("10.0.0.1", "10.0.0.9");
    flow.dontFragment = false;
    assertThat(send(flow, new byte[65_516])).isEqualTo(TcpError.MESSAGE_SIZE.code());
    assertThat(send(flow, new byte[65_515])).isEqualTo(65_515);
  }

  @Test
  void fragmentsAreSentAllOrNone() {
    Flow flow = flow("10.0.0.1", "10.0.0.9");
    for (int i = 0; i < Limits.DEFAULT.txQueuePackets() - 2; i++) {
      sendEmpty(flow);
    }
    flow.dontFragment = false;
    assertThat(send(flow, new byte[3000])).isEqualTo(TcpError.WOULD_BLOCK.code());
    assertThat(itf.txQueue().size()).isEqualTo(Limits.DEFAULT.txQueuePackets() - 2);
    assertThat(context.counters.get(Counter.SinewTxQueueDrops)).isOne();
    assertThat(send(flow, new byte[2900])).isEqualTo(2900);
  }

  @Test
  void aUdpChecksumThatIsZeroIsSentAsAllOnes() {
    Flow flow = flow("10.0.0.1", "10.0.0.9");
    byte[] datagram = Packets.udp("10.0.0.1", 1111, "10.0.0.9", 2222, new byte[2]);
    // Data that completes the sum to 0xffff makes the computed checksum 0.
    Packets.put16(datagram, 8, Packets.u16(datagram, 6));
    assertThat(send(flow, datagram)).isEqualTo(10);
    assertThat(Packets.u16(drain().getFirst(), 26)).isEqualTo(0xffff);
  }

  @Test
  void theObserverSeesTheTransportHeaderOfADatagramThatStaysInItsBlock() {
    int[] seen = new int[4];
    Observer observer =
        new Observer() {
          @Override
          public void packetSent(
              long now, int index, MemorySegment header, long offset, int headerLength, int total) {
            seen[0] = index;
            seen[1] = headerLength;
            seen[2] = total;
            seen[3] = Bytes.u16(header, offset + 22);
          }
        };
    StackContext c =
        new StackContext(
            new TestEntropy(1), context.pool, Limits.DEFAULT, Profile.STANDARD, observer, 1);
    IpLayer layer = new IpLayer(c, false);
    NetworkInterface i = layer.addInterface(link, prefix("10.0.0.1/24"));
    Flow flow = flow("10.0.0.1", "10.0.0.9");
    Block block = block(udp(flow, new byte[1000]));
    layer.send(flow, UDP, block, 0, 1008, 6, 0);
    block.release();
    assertThat(seen).containsExactly(2, 28, 1028, 2222);
    i.txQueue().clear();
    assertThat(c.pool.usedBytes()).isZero();
  }
}
