package dev.sinew.sockets;

import dev.sinew.ip.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's addresses and the stack's. Scope ids of IPv6 addresses are ignored: a stack's
 * link-local addresses are not told apart by interface.
 */
final class Addresses {
  /** The unspecified address as the JDK prefers it. */
  private static final InetAddress ANY = new InetSocketAddress(0).getAddress();

  private Addresses() {}

  static IpAddress of(InetAddress address) {
    return IpAddress.of(address.getAddress());
  }

  /**
   * The address to bind to. The JDK's sockets are dual: whichever wildcard is given, they take both
   * IP versions.
   */
  static IpAddress toBind(@Nullable InetAddress address) {
    return address == null || address.isAnyLocalAddress() ? IpAddress.ANY_V6 : of(address);
  }

  /** The address to connect or send to: the wildcard means this host. */
  static IpAddress toReach(InetAddress address) {
    if (!address.isAnyLocalAddress()) {
      return of(address);
    }
    return address.getAddress().length == 4 ? IpAddress.v4(0x7f000001) : new IpAddress(0, 1);
  }

  /**
   * The JDK's form; the unspecified addresses of both versions, and none, become the one that the
   * JDK prefers.
   */
  static InetAddress toInet(@Nullable IpAddress address) {
    if (address == null || address.isAny()) {
      return ANY;
    }
    try {
      return InetAddress.getByAddress(address.bytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address is 4 or 16 bytes", e);
    }
  }
}
