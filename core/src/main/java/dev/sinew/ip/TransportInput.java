package dev.sinew.ip;

import dev.sinew.wire.IpPacket;

/** A transport protocol above IP. */
@FunctionalInterface
public interface TransportInput {
  /**
   * A whole, validated packet for one of our addresses. Valid during the call only.
   *
   * @param packet its header; the payload is the transport's segment or datagram
   * @param in the interface it came by
   * @param flags {@link dev.sinew.link.PacketSink} bits
   * @param now its ingress time
   */
  void input(IpPacket packet, NetworkInterface in, int flags, long now);
}
