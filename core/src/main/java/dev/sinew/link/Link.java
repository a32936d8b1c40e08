package dev.sinew.link;

import java.util.List;

/**
 * A device that carries IP packets. It never calls the stack back: the driver asks. All methods
 * belong to whoever runs the stack, but for those of {@link ReceiveQueue}: a link is its own first
 * queue. {@link #receive} of a link without side queues belongs to whoever runs the stack, too.
 */
public interface Link extends ReceiveQueue, AutoCloseable {
  /** The packet was taken, and its bytes are needed no more. */
  int SENT = 0;

  /** The device is full: offer the same packet again when it is writable. */
  int BUSY = 1;

  /** The device refused this packet; it is dropped and counted. */
  int FAILED = 2;

  /** What this link is and can do; constant for its life. */
  LinkProperties properties();

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

  /** The queues beside its own, which hold nothing until {@link #spread}; constant for its life. */
  default List<? extends ReceiveQueue> sideQueues() {
    return List.of();
  }

  /**
   * Lets the side queues have a part of the flows from now on, or no more. A flow stays in one
   * queue while this does not change, but for its first packets. What lies in a side queue when it
   * is shut may be lost.
   *
   * @return false when the device refuses; then nothing has changed
   */
  default boolean spread(boolean on) {
    return false;
  }

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
