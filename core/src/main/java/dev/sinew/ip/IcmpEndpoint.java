package dev.sinew.ip;

import dev.sinew.base.Endpoint;
import dev.sinew.base.ReadyList;
import org.jspecify.annotations.Nullable;

/** A raw ICMP endpoint of one IP version, for ping: sends any ICMP message, hears every one that comes in. */
public final class IcmpEndpoint extends Endpoint {
  /**
   * One message.
   *
   * @param source who sent it
   * @param ttl its TTL or hop limit
   * @param message the ICMP message from its type on
   * @param receivedNanos its ingress time
   */
  public record Message(IpAddress source, int ttl, byte[] message, long receivedNanos) {}

  IcmpEndpoint(ReadyList readyList) {
    super(readyList);
  }

  /** Sends a message; its checksum is filled in. The length, or an error code. */
  public int send(byte[] message, IpAddress destination, int ttl) {
    throw new IllegalStateException();
  }

  /** The oldest message, or null. */
  public @Nullable Message receive() {
    throw new IllegalStateException();
  }

  @Override
  public int readiness() {
    throw new IllegalStateException();
  }

  @Override
  public void close() {}
}
