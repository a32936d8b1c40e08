package dev.sinew.sockets;

import dev.sinew.stack.Stack;

/**
 * What drives a stack: it knows the time, lets one thread at a time run the stack, and lets threads
 * wait for what happens in it. The sockets of this module use nothing else, so the same code runs
 * in real time and in a simulation's virtual time.
 *
 * <p>The pattern of every blocking call:
 *
 * <pre>
 *   runner.enter();
 *   try {
 *     while ((n = endpoint.read(...)) == WOULD_BLOCK) {
 *       if (!runner.await(waiter, deadline)) throw new SocketTimeoutException();
 *     }
 *   } finally {
 *     runner.exit();
 *   }
 * </pre>
 *
 * <p>After each turn a runner takes what {@link Stack#takeReady()} offers and tells the {@link
 * EndpointListener} attached to each endpoint; the listener of a socket wakes the waiters of that
 * socket.
 */
public interface Runner extends AutoCloseable {
  /** The stack's time in nanoseconds: from 0 at the start, never going back. */
  long now();

  /** The stack that it drives. To be touched between {@link #enter} and {@link #exit} only. */
  Stack stack();

  /** Waits until the calling thread alone runs the stack. Not reentrant. */
  void enter();

  /**
   * Flushes the stack, hands its packets to the links, and lets others run it; those who must wake
   * are woken after that.
   */
  void exit();

  /**
   * Gives the stack away until {@code waiter} is woken, and takes it back. Only between {@link
   * #enter} and {@link #exit}. Wakes may be spurious: look at the endpoint again.
   *
   * @param deadline in {@link #now}'s time, or {@link dev.sinew.base.TimerHeap#NEVER}
   * @return false when the deadline passed
   * @throws InterruptedException when the thread was interrupted; the stack is the caller's again
   */
  boolean await(Waiter waiter, long deadline) throws InterruptedException;

  /**
   * Wakes the thread that waits on {@code waiter}, when the stack is given away. Only between
   * {@link #enter} and {@link #exit}.
   */
  void wake(Waiter waiter);

  /**
   * Waits without touching the stack: the {@code sleep} of programs that may run in virtual time.
   */
  void sleep(long nanos) throws InterruptedException;

  /**
   * Starts a thread of this runner's kind (a virtual thread in real time; one that takes its turn
   * in a simulation).
   */
  Thread start(String name, Runnable program);

  /**
   * Stops driving: resets what is open, closes the links, wakes everybody. Calls in progress end
   * with an error.
   */
  @Override
  void close();

  /**
   * True once {@link #close} has begun: nothing will happen in the stack any more, so nobody should
   * wait.
   */
  default boolean isClosed() {
    return false;
  }
}
