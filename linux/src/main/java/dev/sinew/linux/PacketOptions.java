package dev.sinew.linux;

import dev.sinew.ip.Prefix;
import java.util.List;

/**
 * How a packet socket is to be.
 *
 * @param name of an interface that exists: Ethernet, veth, a bridge, a wireless one
 * @param stackAddresses the stack's own, to be told when the kernel has one of them on the
 *     interface too: then both would answer
 * @param offload whether super-segments and unfinished checksums may be sent, which the kernel or
 *     the card cuts and completes
 */
public record PacketOptions(String name, List<Prefix> stackAddresses, boolean offload) {
  public PacketOptions {
    stackAddresses = List.copyOf(stackAddresses);
  }

  /** With offload. */
  public static PacketOptions of(String name, List<Prefix> stackAddresses) {
    return new PacketOptions(name, stackAddresses, true);
  }

  /** The same with offload asked for, or not. */
  public PacketOptions withOffload(boolean on) {
    return new PacketOptions(name, stackAddresses, on);
  }
}
