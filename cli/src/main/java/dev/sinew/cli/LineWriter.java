package dev.sinew.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Writes lines from a thread of its own, so that whoever has them never waits for a terminal or a
 * pipe. When more wait than fit, new ones are lost and counted.
 */
final class LineWriter implements AutoCloseable {
  private static final int MAX_WAITING = 100_000;

  /** Recognised by identity: no line ends the writing. */
  private static final String END = new String("end");

  private final ArrayBlockingQueue<String> queue;
  private final AtomicLong lost = new AtomicLong();
  private final Consumer<String> out;
  private final Runnable flush;
  private final Thread thread;

  /**
   * @param out takes one line
   * @param flush is called when no line waits
   */
  LineWriter(Consumer<String> out, Runnable flush) {
    this(out, flush, MAX_WAITING);
  }

  LineWriter(Consumer<String> out, Runnable flush, int maxWaiting) {
    this.queue = new ArrayBlockingQueue<>(maxWaiting);
    this.out = out;
    this.flush = flush;
    this.thread = Thread.ofPlatform().daemon().name("trace-writer").start(this::write);
  }

  /** Never waits. */
  void add(String line) {
    if (!queue.offer(line)) {
      lost.incrementAndGet();
    }
  }

  long lost() {
    return lost.get();
  }

  private void write() {
    List<String> batch = new ArrayList<>();
    try {
      while (true) {
        batch.add(queue.take());
        queue.drainTo(batch);
        for (String line : batch) {
          if (line == END) {
            return;
          }
          out.accept(line);
        }
        batch.clear();
        if (queue.isEmpty()) {
          flush.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      flush.run();
    }
  }

  /** Waits until everything is written. */
  @Override
  public void close() {
    try {
      queue.put(END);
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
