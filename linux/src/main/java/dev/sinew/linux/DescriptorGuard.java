package dev.sinew.linux;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets many threads use descriptors that one of them may close at any time. A descriptor's number
 * is reused by the kernel at once, so a call that comes after the close would reach a stranger's
 * file: every call is bracketed by {@link #enter} and {@link #exit}, and whoever is the last to
 * leave after {@link #close} runs the closing action, exactly once.
 */
final class DescriptorGuard {
  private static final int CLOSED = Integer.MIN_VALUE;

  /**
   * How many are inside, plus {@link #CLOSED}. Nobody is counted in once that is set, so {@code
   * CLOSED + 0} is reached once.
   */
  private final AtomicInteger state = new AtomicInteger();

  private final CountDownLatch done = new CountDownLatch(1);
  private final Runnable closeDescriptors;

  DescriptorGuard(Runnable closeDescriptors) {
    this.closeDescriptors = closeDescriptors;
  }

  /** False when closed: don't touch the descriptors. Otherwise {@link #exit} must follow. */
  boolean enter() {
    for (; ; ) {
      int s = state.get();
      if (s < 0) {
        return false;
      }
      if (state.compareAndSet(s, s + 1)) {
        return true;
      }
    }
  }

  void exit() {
    if (state.decrementAndGet() == CLOSED) {
      closeDescriptors.run();
      done.countDown();
    }
  }

  /** Shuts the door. True for the one caller that did it; {@link #exit} must follow then, too. */
  boolean close() {
    for (; ; ) {
      int s = state.get();
      if (s < 0) {
        return false;
      }
      if (state.compareAndSet(s, (s + 1) | CLOSED)) {
        return true;
      }
    }
  }

  boolean isClosed() {
    return state.get() < 0;
  }

  /**
   * Waits until the descriptors are closed. Interrupts don't end it: the wait is as short as the
   * longest system call inside.
   */
  void awaitClosed() {
    boolean interrupted = false;
    for (; ; ) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
