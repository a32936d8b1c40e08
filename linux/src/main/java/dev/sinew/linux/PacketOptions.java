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
 * @param ring whether frames of the MTU arrive in memory shared with the kernel; without, each is
 *     read by a system call
 */
public record PacketOptions(
    String name, List<Prefix> stackAddresses, boolean offload, boolean ring) {
  public PacketOptions {
    stackAddresses = List.copyOf(stackAddresses);
  }

  /** With offload and ring. */
  public static PacketOptions of(String name, List<Prefix> stackAddresses) {
    return new PacketOptions(name, stackAddresses, true, true);
  }

  /** The same with offload asked for, or not. */
  public PacketOptions withOffload(boolean on) {
    return new PacketOptions(name, stackAddresses, on, ring);
  }

  /** The same with a ring, or without, which is slower: to compare. */
  public PacketOptions withRing(boolean on) {
    return new PacketOptions(name, stackAddresses, offload, on);
  }
}
