package dev.sinew.linux;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.link.Link;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The smallest stack: answers ICMP echo requests of both versions by turning them round, headers in
 * the header area, payload in slices.
 */
final class EchoResponder implements PacketSink, AutoCloseable {
  private static final int ICMP_HEADER = 8;

  private final Link link;
  private final TxQueue queue = new TxQueue(64);
  private final BufferPool pool = new BufferPool(1 << 20);
  private final Thread thread;
  private volatile boolean stop;
  private final AtomicLong echoes = new AtomicLong();

  EchoResponder(Link link) {
    this.link = link;
    this.thread = Thread.ofPlatform().daemon().name("echo").start(this::run);
  }

  long echoes() {
    return echoes.get();
  }

  long usedBytes() {
    return pool.usedBytes();
  }

  private void run() {
    while (!stop) {
      int n;
      do {
        n = link.receive(this, 64);
        queue.drainTo(link);
      } while (n > 0);
      link.await(-1);
    }
  }

  @Override
  public void packet(MemorySegment m, long at, int length, int flags) {
    boolean v4 = m.get(ValueLayout.JAVA_BYTE, at) >> 4 == 4;
    int ip = v4 ? (m.get(ValueLayout.JAVA_BYTE, at) & 15) * 4 : 40;
    int protocol = m.get(ValueLayout.JAVA_BYTE, at + (v4 ? 9 : 6));
    if (protocol != (v4 ? 1 : 58)
        || length < ip + ICMP_HEADER
        || m.get(ValueLayout.JAVA_BYTE, at + ip) != (v4 ? 8 : (byte) 128)) {
      return;
    }
    TxPacket p = queue.reserve();
    if (p == null) {
      return;
    }
    MemorySegment h = p.header();
    long to = p.headerOffset();
    MemorySegment.copy(m, at, h, to, ip + ICMP_HEADER);
    p.headerLength(ip + ICMP_HEADER);
    int addresses = v4 ? 12 : 8;
    int size = v4 ? 4 : 16;
    MemorySegment.copy(m, at + addresses, h, to + addresses + size, size);
    MemorySegment.copy(m, at + addresses + size, h, to + addresses, size);
    h.set(ValueLayout.JAVA_BYTE, to + ip, (byte) (v4 ? 0 : 129));
    // Swapped addresses don't change a sum; another type does, by 0x0800 less or 0x0100 more (RFC
    // 1624).
    var be16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
    int sum = (~h.get(be16, to + ip + 2) & 0xffff) + (v4 ? 0xffff - 0x0800 : 0x0100);
    sum = (sum & 0xffff) + (sum >>> 16);
    h.set(be16, to + ip + 2, (short) ~sum);
    int done = ip + ICMP_HEADER;
    while (done < length) {
      int n = Math.min(length - done, BufferPool.SMALL);
      Block b = pool.takeSmall();
      if (b == null) {
        queue.cancel();
        return;
      }
      MemorySegment.copy(m, at + done, b.memory(), b.base(), n);
      p.addSlice(b, 0, n);
      b.release();
      done += n;
    }
    queue.commit();
    echoes.incrementAndGet();
  }

  @Override
  public void close() throws InterruptedException {
    stop = true;
    link.wakeup();
    thread.join();
  }
}
