package dev.sinew.linux;

import dev.sinew.link.LinkProperties;

/**
 * A packet socket on a network interface that exists: Ethernet frames from and to its wire, beside
 * the kernel, under the interface's own hardware address. A virtio-net header stands before each
 * frame. With offload TCP leaves in super-segments with unfinished checksums, and what the wire
 * needs the kernel or the card completes; what arrives may be of that kind in any case.
 *
 * <p>Threads and closing as of {@link TunLink}. An interface that is set down carries nothing until
 * it is up again; one that is deleted has failed, and {@link #failure} tells.
 */
public final class PacketLink extends DeviceLink {
  private final PacketSocket socket;

  /**
   * @param virtio the socket has virtio-net headers
   * @param offload super-segments and unfinished checksums may be sent; only with {@code virtio}
   */
  PacketLink(PacketSocket socket, int event, boolean virtio, boolean offload) {
    super(
        properties(socket, offload),
        socket.fd(),
        event,
        virtio,
        () -> {});
    this.socket = socket;
  }

  private static LinkProperties properties(PacketSocket socket, boolean offload) {
    return new LinkProperties(
        socket.name(),
        socket.mtu(),
        offload,
        offload,
        offload && Platform.takesSuperDatagrams(System.getProperty("os.version", "")),
        true,
        false,
        socket.hardwareAddress());
  }

  /**
   * Opens a packet socket on the interface, in the network namespace of the calling thread (see
   * {@link NetworkNamespace}). Afterwards the link can be used from any thread.
   *
   * @throws LinkException with a message for the user; nothing stays open
   */
  public static PacketLink open(PacketOptions options) throws LinkException {
    return PacketSocket.open(options);
  }

  /** An interface that is down, or was for a while, may come back. */
  @Override
  boolean isFatal(int error) {
    return !socket.exists();
  }

  @Override
  boolean isGone(int error) {
    return error == Errno.ENXIO || error == Errno.ENODEV;
  }
}
