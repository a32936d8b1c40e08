package dev.sinew.link;

/**
 * One of the queues in which a link's packets arrive. {@link #receive} is called by one thread at a
 * time, and {@link #await} by one at a time, which may be another; neither has to own the stack,
 * but see {@link Link}. {@link #wakeup} is called by any.
 */
public interface ReceiveQueue {
  /**
   * Hands over at most {@code max} packets that have arrived, without waiting.
   *
   * @return how many were handed over
   */
  int receive(PacketSink sink, int max);

  /**
   * Waits until a packet has arrived, the device is writable after {@link Link#BUSY}, {@link
   * #wakeup} was called, or the time is over.
   *
   * @param timeoutNanos how long at most; 0 looks and returns, negative waits without end
   */
  void await(long timeoutNanos);

  /** Ends a present or the next {@link #await}. */
  void wakeup();
}
