package dev.sinew.sim;

import org.jspecify.annotations.Nullable;

/**
 * Something in the path that looks at packets, drops or rewrites them: {@link Nat}, {@link
 * StatefulFirewall}, or one of your own. It sits in a host (mostly a {@linkplain Simulation#router
 * router}) where a link is plugged in, outside of the host's stack; see {@link SimHost#filter}. A
 * filter may change the packet's bytes in place, not its length.
 */
public interface PacketFilter {
  /**
   * A packet is about to leave the host over the link.
   *
   * @return why it is dropped, in a few words; null when it may pass
   */
  @Nullable String outgoing(PacketView packet, long now);

  /**
   * A packet has come over the link and is about to enter the host.
   *
   * @return why it is dropped, in a few words; null when it may pass
   */
  @Nullable String incoming(PacketView packet, long now);
}
