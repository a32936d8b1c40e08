package dev.sinew.tcp;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.ip.StackContext;
import org.jspecify.annotations.Nullable;

/**
 * How TCP shares the pool between output and input, and who waits for memory. Output may fill three
 * quarters of the pool, and no window grows into the last eighth: what was promised to peers stays
 * receivable. While that eighth is used, nothing is taken that lies behind a gap, and what lies
 * there is given up, the longest held first (RFC 2018 section 8 allows it): a peer that never sends
 * the missing byte can't hold memory for ever. Buffers that grow by themselves may promise half of
 * the pool in all. Whoever is stopped is looked at again when there is memory (invariant I4).
 */
final class MemoryWatch {
  /** How long data may lie behind a gap while memory is short. */
  private static final long PATIENCE_NANOS = 2_000_000_000L;

  private final StackContext context;
  private final BufferPool pool;
  private @Nullable Connection starvingHead;
  private @Nullable Connection waitingWriterHead;
  private @Nullable Connection gapHead;
  private @Nullable Connection gapTail;

  /** Bytes by which buffers have grown by themselves. */
  private long grownBytes;

  MemoryWatch(StackContext context) {
    this.context = context;
    this.pool = context.pool;
  }

  /** An eighth of the pool is kept for what was promised already. */
  boolean pressure() {
    return pool.availableBytes() < pool.limitBytes() / 8;
  }

  /** A quarter of that is used too. */
  boolean exhausted() {
    return pool.availableBytes() < pool.limitBytes() / 32;
  }

  /**
   * A buffer of the connection wants to grow.
   *
   * @return by how much it may: {@code bytes} or less, 0 when memory is short
   */
  int grow(Connection c, long bytes) {
    long half = pool.limitBytes() / 2;
    if (bytes <= 0 || pool.availableBytes() < half) {
      return 0;
    }
    int granted = (int) Math.max(0, Math.min(bytes, half - grownBytes));
    grownBytes += granted;
    c.grownBytes += granted;
    return granted;
  }

  /** The connection is gone, and what its buffers have grown by is others'. */
  void gone(Connection c) {
    grownBytes -= c.grownBytes;
    c.grownBytes = 0;
    if (c.gapListed) {
      unlist(c);
    }
  }

  /** Bytes by which buffers have grown by themselves, of all connections. */
  long grownBytes() {
    return grownBytes;
  }

  /** The connection holds data behind a gap. */
  void holdsGap(Connection c) {
    if (c.gapListed) {
      return;
    }
    c.gapListed = true;
    c.gapListedAt = context.now;
    c.previousWithGap = gapTail;
    if (gapTail == null) {
      gapHead = c;
    } else {
      gapTail.nextWithGap = c;
    }
    gapTail = c;
  }

  private void unlist(Connection c) {
    Connection next = c.nextWithGap;
    Connection previous = c.previousWithGap;
    if (previous == null) {
      gapHead = next;
    } else {
      previous.nextWithGap = next;
    }
    if (next == null) {
      gapTail = previous;
    } else {
      next.previousWithGap = previous;
    }
    c.nextWithGap = null;
    c.previousWithGap = null;
    c.gapListed = false;
  }

  /**
   * A gap that recovery fills is gone soon; one that stays, or any when the rest is needed for data
   * in order, is not worth its memory. Each entry is looked at once, so this costs no more than
   * making the list did.
   */
  private void giveUpGaps() {
    for (Connection c = gapHead; c != null && pressure(); c = gapHead) {
      boolean old = context.now - c.gapListedAt > PATIENCE_NANOS;
      if (!old && pool.availableBytes() >= pool.limitBytes() / 16) {
        return;
      }
      unlist(c);
      if (c.received.hasOutOfOrder()) {
        context.counters.inc(Counter.TcpExtOfoPruned);
        c.received.dropOutOfOrder();
      }
    }
  }

  /**
   * How much applications may write now. A quarter of the pool is out of their reach: were it full
   * of output at both ends, neither could receive what the other sends, and nothing would ever be
   * acknowledged.
   */
  long outputAllowance() {
    return Math.max(0, pool.availableBytes() - pool.limitBytes() / 4);
  }

  /** The connection's window is held shut by memory: it is looked at again when there is some. */
  void starved(Connection c) {
    if (!c.starving) {
      context.counters.inc(Counter.TcpExtTCPMemoryPressures);
      c.starving = true;
      c.nextStarving = starvingHead;
      starvingHead = c;
    }
  }

  /** Memory stopped a writer: it is told when there is some. */
  void writerWaits(Connection c) {
    if (!c.writerWaits) {
      c.writerWaits = true;
      c.nextWaitingWriter = waitingWriterHead;
      waitingWriterHead = c;
    }
  }

  /** Before a flush: who waited and need not wait any longer? */
  void wake() {
    if (gapHead != null && pressure()) {
      giveUpGaps();
    }
    if (starvingHead != null && !pressure()) {
      wakeStarving();
    }
    // A little more than what stopped the writer, or it would be stopped again at once.
    if (waitingWriterHead != null && pool.availableBytes() >= pool.limitBytes() * 5 / 16) {
      wakeWriters();
    }
  }

  private void wakeStarving() {
    Connection c = starvingHead;
    starvingHead = null;
    while (c != null) {
      Connection next = c.nextStarving;
      c.nextStarving = null;
      c.starving = false;
      Acknowledging.afterRead(c);
      c = next;
    }
  }

  private void wakeWriters() {
    Connection c = waitingWriterHead;
    waitingWriterHead = null;
    while (c != null) {
      Connection next = c.nextWaitingWriter;
      c.nextWaitingWriter = null;
      c.writerWaits = false;
      c.endpoint.memoryFreed();
      c = next;
    }
  }
}
