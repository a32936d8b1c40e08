package dev.sinew.neighbor;

import dev.sinew.link.TxPacket;

/** What the internet layer hears from its neighbourhood. */
public interface NeighborEvents {
  /**
   * Nobody answered to the address that this packet was to go to.
   *
   * @param packet valid during the call only
   */
  void unreachable(TxPacket packet, long now);

  /** An address became usable, or turned out to be somebody else's. */
  void addressesChanged();
}
