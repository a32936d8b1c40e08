package dev.sinew.sockets;

import dev.sinew.base.TimerHeap;
import java.io.InterruptedIOException;

/**
 * How blocking sockets wait, with the JDK's rule for interrupts: they end the wait of a virtual
 * thread and not that of a platform thread.
 */
final class Waits {
  private Waits() {}

  /**
   * {@link Runner#await} with that rule.
   *
   * @throws InterruptedIOException when a virtual thread was interrupted; its interrupt status is
   *     set
   */
  static boolean await(Runner runner, Waiter waiter, long deadline) throws InterruptedIOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return runner.await(waiter, deadline);
        } catch (InterruptedException e) {
          interrupted = true;
          if (Thread.currentThread().isVirtual()) {
            throw new InterruptedIOException();
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** When a wait of so many milliseconds ends; 0 is without end, as in the JDK. */
  static long deadline(Runner runner, int timeoutMillis) {
    return timeoutMillis <= 0 ? TimerHeap.NEVER : runner.now() + timeoutMillis * 1_000_000L;
  }
}
