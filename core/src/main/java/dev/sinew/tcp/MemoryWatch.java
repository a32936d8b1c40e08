package dev.sinew.tcp;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.ip.StackContext;
import org.jspecify.annotations.Nullable;

/**
 * How TCP shares the pool between output and input, and who waits for memory. Output may fill three
 * quarters of the pool, and no window grows into the last eighth: what was promised to peers stays
 * receivable. Whoever is stopped is looked at again when there is memory (invariant I4).
 */
final class MemoryWatch {
  private final StackContext context;
  private final BufferPool pool;
  private @Nullable Connection starvingHead;
  private @Nullable Connection waitingWriterHead;

  MemoryWatch(StackContext context) {
    this.context = context;
    this.pool = context.pool;
  }

  /** An eighth of the pool is kept for what was promised already. */
  boolean pressure() {
    return pool.availableBytes() < pool.limitBytes() / 8;
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
