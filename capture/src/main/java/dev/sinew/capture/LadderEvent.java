package dev.sinew.capture;

import dev.sinew.base.TcpState;

/**
 * What a {@link Ladder} shows, told in the order in which it happened. Times are nanoseconds of one
 * clock. A packet's number is the same in all its events and in no other packet's; a packet that is
 * sent again is another packet.
 */
public sealed interface LadderEvent {
  /** The two hosts of the diagram. */
  enum Side {
    LEFT,
    RIGHT;

    /** The host across. */
    public Side other() {
      return this == LEFT ? RIGHT : LEFT;
    }
  }

  long timeNanos();

  /**
   * A host sent a packet.
   *
   * @param text a few words, as {@link LadderText} makes them
   */
  record Sent(long timeNanos, Side side, long packet, String text) implements LadderEvent {}

  /** A host received a packet. Twice for the same one when the network doubled it. */
  record Received(long timeNanos, Side side, long packet) implements LadderEvent {}

  /**
   * The network lost a packet, or after {@link Received} the host dropped it.
   *
   * @param reason a few words: {@code loss}, {@code queue full}, {@code bad checksum}
   */
  record Lost(long timeNanos, long packet, String reason) implements LadderEvent {}

  /**
   * A host's connection went to another state: because of the packet received just before, or with
   * the packet sent just after, at the same time.
   */
  record StateChange(long timeNanos, Side side, TcpState from, TcpState to)
      implements LadderEvent {}

  /**
   * What the program on a host, or the host by itself, did: {@code connect()}, {@code read() = 5},
   * {@code retransmission timeout}.
   */
  record ApiCall(long timeNanos, Side side, String text) implements LadderEvent {}
}
