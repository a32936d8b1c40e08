package dev.sinew.udp;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.ip.IpAddress;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams that wait for the application, one after the other in small blocks: a record of
 * what the headers said, then the payload, which may go on in the next block. Datagrams share
 * blocks, so many small ones cost what they are long; what is charged is the memory of the blocks.
 */
final class DatagramQueue {
  // The record before each payload. It never straddles two blocks.
  private static final int LENGTH = 0;
  private static final int SOURCE_PORT = 4;
  private static final int TTL = 6;
  private static final int TRAFFIC_CLASS = 7;
  private static final int SOURCE = 8;
  private static final int DESTINATION = 24;
  private static final int RECORD = 40;

  private static final int BLOCK = BufferPool.SMALL;

  private final BufferPool pool;
  private Block[] ring = new Block[0];
  private int head;
  private int blockCount;
  private int readAt;
  private int writeAt;
  private int datagramCount;
  private int payloadBytes;

  DatagramQueue(BufferPool pool) {
    this.pool = pool;
  }

  boolean isEmpty() {
    return datagramCount == 0;
  }

  /** Payload bytes that wait. */
  int payloadBytes() {
    return payloadBytes;
  }

  /** Bytes of the blocks that are held. */
  int memoryBytes() {
    return blockCount * BLOCK;
  }

  /** What {@link #memoryBytes} would become with one more datagram of {@code length} bytes. */
  long memoryBytesWith(int length) {
    int free = blockCount == 0 ? 0 : BLOCK - writeAt;
    long more = free < RECORD ? RECORD + (long) length : RECORD + (long) length - free;
    return memoryBytes() + (more <= 0 ? 0 : (more + BLOCK - 1) / BLOCK * BLOCK);
  }

  /** Copies a datagram in; false when the pool has no memory, and then nothing has changed. */
  boolean add(IpPacket packet, int sourcePort, MemorySegment memory, long payload, int length) {
    int oldBlocks = blockCount;
    int oldWriteAt = writeAt;
    if ((blockCount == 0 || BLOCK - writeAt < RECORD) && !appendBlock()) {
      return false;
    }
    Block block = tail();
    MemorySegment m = block.memory();
    long at = block.base() + writeAt;
    Bytes.put32(m, at + LENGTH, length);
    Bytes.put16(m, at + SOURCE_PORT, sourcePort);
    Bytes.put8(m, at + TTL, packet.ttl);
    Bytes.put8(m, at + TRAFFIC_CLASS, packet.trafficClass);
    Bytes.put64(m, at + SOURCE, packet.sourceHigh);
    Bytes.put64(m, at + SOURCE + 8, packet.sourceLow);
    Bytes.put64(m, at + DESTINATION, packet.destinationHigh);
    Bytes.put64(m, at + DESTINATION + 8, packet.destinationLow);
    writeAt += RECORD;
    int done = 0;
    while (done < length) {
      if (writeAt == BLOCK && !appendBlock()) {
        while (blockCount > oldBlocks) {
          tail().release();
          blockCount--;
        }
        writeAt = oldWriteAt;
        return false;
      }
      block = tail();
      int n = Math.min(length - done, BLOCK - writeAt);
      MemorySegment.copy(memory, payload + done, block.memory(), block.base() + writeAt, n);
      writeAt += n;
      done += n;
    }
    datagramCount++;
    payloadBytes += length;
    return true;
  }

  /**
   * Copies the oldest datagram out, cut to {@code capacity}, and takes it when {@code take}; null
   * when there is none.
   */
  @Nullable Datagram get(byte[] target, int offset, int capacity, boolean take) {
    if (datagramCount == 0) {
      return null;
    }
    int index = 0;
    int at = readAt;
    if (BLOCK - at < RECORD) {
      index = 1;
      at = 0;
    }
    Block block = block(index);
    MemorySegment m = block.memory();
    long record = block.base() + at;
    int length = Bytes.i32(m, record + LENGTH);
    Datagram result =
        new Datagram(
            new IpAddress(Bytes.i64(m, record + SOURCE), Bytes.i64(m, record + SOURCE + 8)),
            Bytes.u16(m, record + SOURCE_PORT),
            new IpAddress(
                Bytes.i64(m, record + DESTINATION), Bytes.i64(m, record + DESTINATION + 8)),
            length,
            Bytes.u8(m, record + TTL),
            Bytes.u8(m, record + TRAFFIC_CLASS));
    at += RECORD;
    int wanted = Math.min(length, capacity);
    int done = 0;
    int passed = 0;
    while (passed < length) {
      if (at == BLOCK) {
        index++;
        at = 0;
      }
      int n = Math.min(length - passed, BLOCK - at);
      int copied = Math.min(n, wanted - done);
      if (copied > 0) {
        block = block(index);
        MemorySegment.copy(
            block.memory(),
            ValueLayout.JAVA_BYTE,
            block.base() + at,
            target,
            offset + done,
            copied);
        done += copied;
      }
      passed += n;
      at += n;
    }
    if (take) {
      datagramCount--;
      payloadBytes -= length;
      releaseBefore(index);
      readAt = at;
      if (datagramCount == 0) {
        clear();
      }
    }
    return result;
  }

  /** Gives all memory back. */
  void clear() {
    releaseBefore(blockCount);
    readAt = 0;
    writeAt = 0;
    datagramCount = 0;
    payloadBytes = 0;
  }

  private void releaseBefore(int index) {
    for (int i = 0; i < index; i++) {
      ring[head].release();
      head = (head + 1) & (ring.length - 1);
      blockCount--;
    }
  }

  private Block block(int index) {
    return ring[(head + index) & (ring.length - 1)];
  }

  private Block tail() {
    return block(blockCount - 1);
  }

  private boolean appendBlock() {
    Block b = pool.takeSmall();
    if (b == null) {
      return false;
    }
    if (blockCount == ring.length) {
      Block[] bigger = Arrays.copyOf(ring, Math.max(4, ring.length * 2));
      for (int i = 0; i < blockCount; i++) {
        bigger[i] = block(i);
      }
      ring = bigger;
      head = 0;
    }
    ring[(head + blockCount) & (ring.length - 1)] = b;
    blockCount++;
    writeAt = 0;
    return true;
  }
}
