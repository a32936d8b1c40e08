package dev.sinew.link;

/**
 * A device that carries IP packets. It never calls the stack back: the driver asks. All methods but
 * {@link #await} and {@link #wakeup} belong to whoever runs the stack; {@code await} is called by
 * one thread at a time without owning the stack, {@code wakeup} by any.
 */
public interface Link extends AutoCloseable {
  /** The packet was taken, and its bytes are needed no more. */
  int SENT = 0;

  /** The device is full: offer the same packet again when it is writable. */
  int BUSY = 1;

  /** The device refused this packet; it is dropped and counted. */
  int FAILED = 2;

  /** What this link is and can do; constant for its life. */
  LinkProperties properties();

  /**
   * Hands over at most {@code max} packets that have arrived, without waiting.
   *
   * @return how many were handed over
   */
  int receive(PacketSink sink, int max);

  /**
   * Sends one packet, or copies it, before it returns; {@link #endTransmit} has to follow. The
   * transmit queue does not free the packet's memory before.
   *
   * @return {@link #SENT}, {@link #BUSY} or {@link #FAILED}
   */
  int transmit(TxPacket packet);

  /**
   * Follows after the last of some packets: what {@link #transmit} has copied leaves now.
   *
   * @return how many packets that were {@link #SENT} the device has refused since this was last
   *     called; they are dropped
   */
  default int endTransmit() {
    return 0;
  }

  /**
   * Waits until a packet has arrived, the device is writable after {@link #BUSY}, {@link #wakeup}
   * was called, or the time is over.
   *
   * @param timeoutNanos how long at most; 0 looks and returns, negative waits without end
   */
  void await(long timeoutNanos);

  /** Ends a present or the next {@link #await}. */
  void wakeup();

  /**
   * Packets that came to the device since it was opened and were lost: they made no sense to the
   * link, or the device had no room for them and knows.
   */
  default long receiveErrorCount() {
    return 0;
  }

  /** Gives the device back. Harmless when repeated. */
  @Override
  void close();
}
