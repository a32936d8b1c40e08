package dev.sinew.sim;

import dev.sinew.base.TcpState;

/**
 * Hears what happens in a simulation, in its order. Must not touch the simulation; may keep nothing
 * of a {@link PacketView}.
 */
public interface SimObserver {
  /**
   * A host put a packet on a link. {@code number} names it for the whole run; a duplicate has the
   * same one.
   */
  default void packetSent(long now, Direction direction, long number, PacketView packet) {}

  /** The packet, perhaps damaged, came out at the other end. */
  default void packetDelivered(long now, Direction direction, long number, PacketView packet) {}

  /** The link lost the packet. */
  default void packetLost(
      long now, Direction direction, long number, PacketView packet, String why) {}

  /** The connection of a host changed its state; {@code connection} names it within the host. */
  default void stateChanged(
      long now,
      SimHost host,
      long connection,
      int localPort,
      int remotePort,
      TcpState from,
      TcpState to) {}

  /** A host lost everything. */
  default void hostCrashed(long now, SimHost host) {}

  /** A host came up again after a crash, with a new stack. */
  default void hostBooted(long now, SimHost host) {}
}
