package dev.sinew.neighbor;

/** What is known of the way to a neighbour (RFC 4861 section 7.3.2); the same for IPv4. */
public enum NeighborState {
  /** Its address is being asked for; packets wait. */
  INCOMPLETE,
  /** It was heard to receive what is sent to it, a short while ago. */
  REACHABLE,
  /** Its address is known, and whether it is still right is not. Nobody looks until it is used. */
  STALE,
  /** It is used again: an upper layer has five seconds to notice that it answers. */
  DELAY,
  /** It is being asked, at the address that is known, whether it is there. */
  PROBE
}
