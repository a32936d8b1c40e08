package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import java.util.ArrayDeque;

/**
 * The way from a stack to itself. Packets are copied and wait here until they are received, so that
 * a layer is never called out of itself. Bounded; the transmit queue before it holds what does not
 * fit.
 */
final class LoopbackLink implements Link {
  static final int MTU = 65_535;

  private static final int CAPACITY = 256;
  private static final LinkProperties PROPERTIES =
      new LinkProperties("lo", MTU, false, false, true, true);

  private final BufferPool pool;
  private final ArrayDeque<Block> blocks = new ArrayDeque<>();
  private final int[] lengths = new int[CAPACITY];
  private int first;

  LoopbackLink(BufferPool pool) {
    this.pool = pool;
  }

  @Override
  public LinkProperties properties() {
    return PROPERTIES;
  }

  @Override
  public int transmit(TxPacket packet) {
    if (blocks.size() == CAPACITY) {
      return BUSY;
    }
    int length = packet.totalLength();
    Block block = length > BufferPool.DATAGRAM ? null : pool.take(length);
    if (block == null) {
      return FAILED;
    }
    lengths[(first + blocks.size()) & (CAPACITY - 1)] = packet.copyTo(block.memory(), block.base());
    blocks.add(block);
    return SENT;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    int count = 0;
    while (count < max && !blocks.isEmpty()) {
      Block block = blocks.remove();
      int length = lengths[first];
      first = (first + 1) & (CAPACITY - 1);
      count++;
      try {
        sink.packet(block.memory(), block.base(), length, PacketSink.CHECKSUM_VERIFIED);
      } finally {
        block.release();
      }
    }
    return count;
  }

  /** Packets that wait to be received. */
  int pending() {
    return blocks.size();
  }

  /** Never waits: the stack itself moves loopback packets whenever it is flushed. */
  @Override
  public void await(long timeoutNanos) {}

  @Override
  public void wakeup() {}

  @Override
  public void close() {
    while (!blocks.isEmpty()) {
      blocks.remove().release();
    }
  }
}
