package dev.sinew.linux;

import dev.sinew.link.LinkProperties;
import java.util.List;

/**
 * A TUN device: what the kernel sends into the device arrives here as IP packets, and what is sent
 * here the kernel receives from the device.
 *
 * <p>Threads as in {@link dev.sinew.link.Link}. {@link #await} blocks its carrier in a system call,
 * so it wants a platform thread; it may come back early. {@link #close} may be called by any thread
 * at any time; threads that are inside come back, and find a link that receives nothing and refuses
 * every packet.
 *
 * <p>A device that somebody deletes while it is open is treated in the same way, and {@link
 * #failure} tells.
 */
public final class TunLink extends DeviceLink {
  /**
   * @param queues of the device, the side queues detached; the descriptors are this object's from
   *     now on
   * @param offload each packet has a virtio-net header before it
   * @param datagrams super-datagrams of UDP too; only with {@code offload}
   */
  TunLink(
      String name, int mtu, List<DeviceDescriptors> queues, boolean offload, boolean datagrams) {
    super(
        properties(name, mtu, offload, datagrams),
        queues,
        offload,
        () -> {
          if (offload) {
            // Of a device that stays, whoever opens it next may know nothing of super-segments.
            TunDevice.acceptNoOffload(queues.getFirst().device());
          }
        });
  }

  private static LinkProperties properties(
      String name, int mtu, boolean offload, boolean datagrams) {
    LinkProperties p = new LinkProperties(name, mtu, offload, offload, true, false);
    return datagrams ? p.withDatagramOffload() : p;
  }

  /**
   * Opens the device (makes it, if there is none of that name), and sets what the options say: MTU,
   * queue, addresses, routes, up. It belongs to the network namespace of the calling thread (see
   * {@link NetworkNamespace}); afterwards the link can be used from any thread. A device that was
   * made here disappears when the link is closed.
   *
   * @throws LinkException with a message for the user; nothing stays open, no device stays behind
   */
  public static TunLink open(TunOptions options) throws LinkException {
    return TunDevice.open(options);
  }

  @Override
  boolean isFatal(int error) {
    return true;
  }

  @Override
  boolean steer(int device, boolean on) {
    return TunDevice.attachQueue(device, on) >= 0;
  }

  @Override
  boolean isGone(int error) {
    return error == Errno.EBADFD;
  }
}
