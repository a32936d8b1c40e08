package dev.sinew.testing;

import dev.sinew.base.Block;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.PassiveLink;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.SuperSegments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A link in memory. What the stack transmits is kept as byte arrays ({@link #sent}, {@link #take});
 * what the test injects the stack receives. Two of them make a wire: see {@link
 * TestNetwork#connect}.
 */
public final class TestLink extends PassiveLink {
  private static final int MAX_PACKET = 1 << 17;

  private final MemorySegment memory = Arena.ofAuto().allocate(MAX_PACKET, 64);
  private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
  private final List<byte[]> sent = new ArrayList<>();
  private boolean busy;
  private boolean failing;
  private int receiveFlags;
  private int segmentSize;

  /** The other end of the wire, if there is one. */
  @Nullable TestLink peer;

  /** How long a packet is under way to the other end. */
  long delayNanos;

  /** Packets for which this is true never reach the other end. */
  Predicate<byte[]> lost = packet -> false;

  /** Told of every packet that is transmitted, by the network. */
  @Nullable Transmitted transmitted;

  @FunctionalInterface
  interface Transmitted {
    void packet(TestLink from, byte[] packet);
  }

  public TestLink(String name, int mtu) {
    this(new LinkProperties(name, mtu, false, false, false, false));
  }

  public TestLink(LinkProperties properties) {
    super(properties);
  }

  /** A packet arrives: the stack gets it at the next {@link #receive}. */
  public void inject(byte[] packet) {
    arrived.add(packet.clone());
  }

  /** All packets that the stack has transmitted and nobody has taken, the oldest first. */
  public List<byte[]> sent() {
    return sent;
  }

  /** Takes the oldest transmitted packet. */
  public byte[] take() {
    if (sent.isEmpty()) {
      throw new AssertionError("the stack has sent nothing more");
    }
    return sent.removeFirst();
  }

  /** Takes all transmitted packets. */
  public List<byte[]> takeAll() {
    List<byte[]> all = List.copyOf(sent);
    sent.clear();
    return all;
  }

  /** While busy, every transmit is refused with {@link Link#BUSY}. */
  public void setBusy(boolean busy) {
    this.busy = busy;
  }

  /** While failing, every transmit ends with {@link Link#FAILED}. */
  public void setFailing(boolean failing) {
    this.failing = failing;
  }

  /** Flags that arriving packets carry, see {@link PacketSink}. */
  public void setReceiveFlags(int flags) {
    this.receiveFlags = flags;
  }

  /**
   * Packets that this stack transmits from now on are lost when the predicate is true; only on a
   * connected wire.
   */
  public void setLost(Predicate<byte[]> lost) {
    this.lost = lost;
  }

  /** One-way delay of what this stack transmits; only on a connected wire. */
  public void setDelay(long nanos) {
    this.delayNanos = nanos;
  }

  /** How the packet transmitted last is to be cut; 0 when it is not. */
  public int lastSegmentSize() {
    return segmentSize;
  }

  /** Packets that arrived and were not yet handed to the stack. */
  public int pending() {
    return arrived.size();
  }

  @Override
  public int receive(PacketSink sink, int max) {
    int count = 0;
    while (count < max && !arrived.isEmpty()) {
      byte[] packet = arrived.remove();
      Block block = sink.offer();
      MemorySegment m = block == null ? memory : block.memory();
      long at = block == null ? 0 : block.base();
      MemorySegment.copy(packet, 0, m, ValueLayout.JAVA_BYTE, at, packet.length);
      sink.packet(m, at, packet.length, receiveFlags);
      count++;
    }
    return count;
  }

  @Override
  public int transmit(TxPacket packet) {
    if (busy) {
      return BUSY;
    }
    if (failing) {
      return FAILED;
    }
    if (packet.segmentSize() == 0 && packet.totalLength() > properties().mtu()) {
      throw new AssertionError(
          "a packet of " + packet.totalLength() + " bytes on a link of MTU " + properties().mtu());
    }
    int length = packet.copyTo(memory, 0);
    if (properties().segmentationOffload() && packet.checksumStart() != 0) {
      SuperSegments.finishChecksum(
          memory, 0, packet.checksumStart(), length, packet.checksumProtocol());
    }
    segmentSize = packet.segmentSize();
    byte[] bytes = new byte[length];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
    sent.add(bytes);
    if (transmitted != null) {
      transmitted.packet(this, bytes);
    }
    return SENT;
  }
}
