package dev.sinew.tcp;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.ip.StackContext;
import org.jspecify.annotations.Nullable;

/**
 * How TCP shares the pool between output and input, and who waits for memory. Output may fill three
 * quarters of the pool, and no window grows into the last eighth: what was promised to peers stays
 * receivable. As more may have been promised than there is, in the last 32nd even that is taken
 * from those only who hold little, and small writes reach further down than they: a program that
 * answers before it reads on could not get rid of what fills the pool otherwise. While that eighth
 * is used, nothing is taken that lies behind a gap, and what lies there is given up, the longest
 * held first (RFC 2018 section 8 allows it): a peer that never sends the missing byte can't hold
 * memory for ever. Buffers that grow by themselves may promise half of the pool in all. Whoever is
 * stopped is looked at again when there is memory (invariant I4).
 */
final class MemoryWatch {
  /** How long data may lie behind a gap while memory is short. */
  private static final long PATIENCE_NANOS = 2_000_000_000L;

  /** Who holds no more than this takes part in what is left when memory ends. */
  private static final int LITTLE = 4 * BufferPool.SMALL;

  /** What may always be written, in bytes, while there is any memory for output. */
  private static final int SMALL_WRITE = 2 * BufferPool.SMALL;

  /** How many waiting writers a flush looks at while memory stays scarce. */
  private static final int WRITERS_PER_FLUSH = 64;

  private final StackContext context;
  private final BufferPool pool;
  private @Nullable Connection starvingHead;
  private @Nullable Connection waitingWriterHead;
  private @Nullable Connection waitingWriterTail;
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

  /** There is not even left what two segments take. */
  boolean exhausted() {
    return pool.availableBytes() < LITTLE / 2;
  }

  /**
   * Whether data that has come is not taken although the window let it in, and so has to be sent
   * again: what lies behind a gap while memory is short; and, as more may have been promised than
   * there is, in the last 32nd of the pool all but for those who hold little, and in its last half
   * all but for those who hold nothing.
   */
  boolean refuses(Connection c, boolean behindGap) {
    if (behindGap) {
      return pressure();
    }
    long held = c.received.readable() + c.received.outOfOrderBytes();
    return held > 0 && pool.availableBytes() < pool.limitBytes() / (held > LITTLE ? 32 : 64);
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
    if (c.starving) {
      unlistStarving(c);
    }
    if (c.writerWaits) {
      unlistWriter(c);
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
   * How much an application may write now. A quarter of the pool is out of its reach: were it full
   * of output at both ends, neither could receive what the other sends, and nothing would ever be
   * acknowledged. Who has nothing waiting may have a little of that quarter: peers that never take
   * their data must not stop everybody else's, nor may what was not read, which the last of it is
   * kept from ({@link #refuses}).
   */
  long outputAllowance(Connection c) {
    long free = pool.availableBytes();
    long limit = pool.limitBytes();
    if (free > limit / 4) {
      return free - limit / 4;
    }
    return c.toSend.length() == 0 && free > limit / 128 ? SMALL_WRITE : 0;
  }

  /** The connection's window is held shut by memory: it is looked at again when there is some. */
  void starved(Connection c) {
    if (!c.starving) {
      context.counters.inc(Counter.TcpExtTCPMemoryPressures);
      c.starving = true;
      c.nextStarving = starvingHead;
      if (starvingHead != null) {
        starvingHead.previousStarving = c;
      }
      starvingHead = c;
    }
  }

  private void unlistStarving(Connection c) {
    Connection next = c.nextStarving;
    Connection previous = c.previousStarving;
    if (previous == null) {
      starvingHead = next;
    } else {
      previous.nextStarving = next;
    }
    if (next != null) {
      next.previousStarving = previous;
    }
    c.nextStarving = null;
    c.previousStarving = null;
    c.starving = false;
  }

  /** Memory stopped a writer: it is told when there is some. */
  void writerWaits(Connection c) {
    if (!c.writerWaits) {
      c.writerWaits = true;
      c.previousWaitingWriter = waitingWriterTail;
      if (waitingWriterTail == null) {
        waitingWriterHead = c;
      } else {
        waitingWriterTail.nextWaitingWriter = c;
      }
      waitingWriterTail = c;
    }
  }

  private void unlistWriter(Connection c) {
    Connection next = c.nextWaitingWriter;
    Connection previous = c.previousWaitingWriter;
    if (previous == null) {
      waitingWriterHead = next;
    } else {
      previous.nextWaitingWriter = next;
    }
    if (next == null) {
      waitingWriterTail = previous;
    } else {
      next.previousWaitingWriter = previous;
    }
    c.nextWaitingWriter = null;
    c.previousWaitingWriter = null;
    c.writerWaits = false;
  }

  /** Before a flush: who waited and need not wait any longer? */
  void wake() {
    if (gapHead != null && pressure()) {
      giveUpGaps();
    }
    while (starvingHead != null && !pressure()) {
      Connection c = starvingHead;
      unlistStarving(c);
      Acknowledging.afterRead(c);
    }
    if (waitingWriterHead != null) {
      wakeWriters();
    }
  }

  /**
   * All, when there is so much more than what stopped them that they are not stopped again at once.
   * Where memory stays scarce, only as many as may each write a little, the longest waiting first.
   */
  private void wakeWriters() {
    long limit = pool.limitBytes();
    long free = pool.availableBytes();
    boolean plenty = free >= limit * 5 / 16;
    long spare = free - limit / 128;
    Connection c = waitingWriterHead;
    for (int i = 0; c != null && (plenty || spare > 0 && i < WRITERS_PER_FLUSH); i++) {
      Connection next = c.nextWaitingWriter;
      boolean may = plenty || outputAllowance(c) > 0;
      unlistWriter(c);
      if (may) {
        spare -= SMALL_WRITE;
        c.endpoint.memoryFreed();
      } else {
        writerWaits(c);
      }
      c = next;
    }
  }
}
