package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.LinkException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Opens a TUN device and sets the kernel's side of it. */
final class TunDevice {
  private static final String NODE = "/dev/net/tun";

  // linux/if_tun.h
  private static final long TUNSETIFF = 0x4004_54caL;
  private static final int IFF_TUN = 1;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_MULTI_QUEUE = 0x100;
  private static final int IFF_VNET_HDR = 0x4000;
  private static final int IFF_ATTACH_QUEUE = 0x200;
  private static final int IFF_DETACH_QUEUE = 0x400;
  private static final long TUNGETFEATURES = 0x8004_54cfL;
  private static final long TUNSETOFFLOAD = 0x4004_54d0L;
  private static final long TUNSETVNETHDRSZ = 0x4004_54d8L;
  private static final long TUNSETQUEUE = 0x4004_54d9L;
  private static final int TUN_F_CSUM = 1;
  private static final int TUN_F_TSO4 = 2;
  private static final int TUN_F_TSO6 = 4;
  private static final int TUN_F_TSO_ECN = 8;
  private static final int TUN_F_USO4 = 0x20;
  private static final int TUN_F_USO6 = 0x40;

  // struct ifreq: a name of 16 bytes with its zero, then a union.
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_FLAGS = 16;

  private static final long PATIENCE_NANOS = 2_000_000_000L;
  private static final long LOOK_AGAIN_NANOS = 1_000_000L;

  private static final System.Logger LOG = System.getLogger(TunDevice.class.getName());

  private TunDevice() {}

  static TunLink open(TunOptions options) throws LinkException {
    options.check();
    Platform.check();
    List<DeviceDescriptors> queues = new ArrayList<>();
    boolean kept = false;
    try {
      int tun = openQueue(queues);
      boolean offload = options.offload() && hasVirtioHeader(tun);
      int flags =
          IFF_TUN
              | IFF_NO_PI
              | (offload ? IFF_VNET_HDR : 0)
              | (options.queues() > 1 ? IFF_MULTI_QUEUE : 0);
      Attached device = attachFirst(tun, options.name(), flags);
      String name = device.name();
      boolean datagrams = false;
      if (offload) {
        datagrams = acceptOffload(tun, name);
      } else {
        acceptNoOffload(tun);
        if (options.offload()) {
          LOG.log(
              System.Logger.Level.INFO,
              "the kernel offers no virtio-net header on TUN devices: {0} works without offload,"
                  + " more slowly",
              name);
        }
      }
      if (device.isMultiQueue()) {
        openSideQueues(device, options.queues(), queues);
      } else if (options.queues() > 1) {
        LOG.log(
            System.Logger.Level.INFO,
            "{0} was made with one queue and is used with one: make it with multi_queue for more",
            name);
      }
      TunLink link =
          new TunLink(name, configure(name, options), List.copyOf(queues), offload, datagrams);
      kept = true;
      return link;
    } finally {
      if (!kept) {
        queues.forEach(DeviceDescriptors::close);
      }
    }
  }

  /** Opens what can become one queue of a device; returns its descriptor. */
  private static int openQueue(List<DeviceDescriptors> queues) throws LinkException {
    int fd = openNode();
    boolean kept = false;
    try {
      queues.add(DeviceDescriptors.of(fd));
      kept = true;
      return fd;
    } finally {
      if (!kept) {
        int unused = Posix.close(fd);
      }
    }
  }

  /** Header and offload are the device's, and need not be said for each of its queues. */
  private static void openSideQueues(Attached device, int count, List<DeviceDescriptors> queues)
      throws LinkException {
    while (queues.size() < count) {
      int tun = openQueue(queues);
      try (Arena arena = Arena.ofConfined()) {
        int r = Posix.ioctl(tun, TUNSETIFF, request(arena, device.name(), device.flags()));
        if (r >= 0) {
          r = attachQueue(tun, false);
        }
        if (r < 0) {
          throw new LinkException(
              Reason.FAILED,
              "cannot open queue "
                  + queues.size()
                  + " of "
                  + device.name()
                  + ": "
                  + Errno.text(-r)
                  + "; use the device with fewer queues");
        }
      }
    }
  }

  /** Has the kernel put packets into an open queue, or no more; returns a negated error number. */
  static int attachQueue(int tun, boolean on) {
    try (Arena arena = Arena.ofConfined()) {
      int what = on ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE;
      return Posix.ioctl(tun, TUNSETQUEUE, request(arena, "", what));
    }
  }

  private static int openNode() throws LinkException {
    int fd = Posix.open(NODE, Posix.O_RDWR | Posix.O_NONBLOCK | Posix.O_CLOEXEC);
    if (fd < 0) {
      throw nodeError(-fd);
    }
    return fd;
  }

  static LinkException nodeError(int errno) {
    String text = "cannot open " + NODE + ": " + Errno.text(errno);
    return switch (errno) {
      case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
          new LinkException(Reason.UNAVAILABLE, text + "; " + Hints.NO_TUN);
      case Errno.EACCES -> new LinkException(Reason.NO_PERMISSION, text + "; " + Hints.NODE_CLOSED);
      case Errno.EPERM ->
          new LinkException(
              Reason.NO_PERMISSION,
              text + "; this container or service must be allowed the device " + NODE);
      default -> new LinkException(Reason.FAILED, text);
    };
  }

  /**
   * A device with a descriptor of ours.
   *
   * @param name in which the kernel may have put a number
   * @param flags what it was attached with
   */
  private record Attached(String name, int flags) {
    boolean isMultiQueue() {
      return (flags & IFF_MULTI_QUEUE) != 0;
    }
  }

  /** Makes the device or attaches to it, whichever number of queues it was made for. */
  private static Attached attachFirst(int tun, String name, int flags) throws LinkException {
    try (Arena arena = Arena.ofConfined()) {
      int asked = flags;
      MemorySegment request = request(arena, name, asked);
      int r = Posix.ioctl(tun, TUNSETIFF, request);
      if (r == -Errno.EINVAL) {
        asked ^= IFF_MULTI_QUEUE;
        request = request(arena, name, asked);
        r = Posix.ioctl(tun, TUNSETIFF, request);
      }
      if (r < 0) {
        throw attachError(name, -r);
      }
      Attached device = new Attached(request.getString(0), asked);
      if (device.isMultiQueue()) {
        refuseShared(device.name());
      }
      return device;
    }
  }

  /** The kernel lets several programs have a queue each; their packets would get mixed up. */
  private static void refuseShared(String name) throws LinkException {
    try (Netlink netlink = new Netlink()) {
      if (netlink.device(name).tunQueues() > 1) {
        throw attachError(name, Errno.EBUSY);
      }
    }
  }

  private static MemorySegment request(Arena arena, String name, int flags) {
    MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
    request.setString(0, name);
    request.set(JAVA_SHORT, IFREQ_FLAGS, (short) flags);
    return request;
  }

  private static boolean hasVirtioHeader(int tun) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment features = arena.allocate(JAVA_INT);
      return Posix.ioctl(tun, TUNGETFEATURES, features) >= 0
          && (features.get(JAVA_INT, 0) & IFF_VNET_HDR) != 0;
    }
  }

  /**
   * Tells the kernel that super-segments and unfinished checksums are welcome. What it does not
   * know it may refuse; then it sends us ordinary packets, and takes super-segments all the same.
   * Not so super-datagrams of UDP: the kernel (Linux 6.2 and newer) that knows their offload takes
   * them, every older one refuses them.
   *
   * @return whether super-datagrams go both ways
   */
  private static boolean acceptOffload(int tun, String name) throws LinkException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocateFrom(JAVA_INT, VirtioNetHeader.BYTES);
      int r = Posix.ioctl(tun, TUNSETVNETHDRSZ, size);
      if (r < 0) {
        throw new LinkException(
            Reason.FAILED,
            "cannot set the virtio-net header of "
                + name
                + ": "
                + Errno.text(-r)
                + "; use the device without it (--offload off)");
      }
    }
    int all = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
    int datagrams = TUN_F_USO4 | TUN_F_USO6;
    if (setOffload(tun, all | TUN_F_TSO_ECN | datagrams) >= 0
        || setOffload(tun, all | datagrams) >= 0) {
      return true;
    }
    int r = setOffload(tun, all | TUN_F_TSO_ECN);
    if (r < 0) {
      r = setOffload(tun, all);
    }
    if (r < 0) {
      LOG.log(
          System.Logger.Level.INFO,
          "the kernel sends no super-segments into {0}: {1}",
          name,
          Errno.text(-r));
    }
    return false;
  }

  /** Has the kernel finish every packet itself. */
  static void acceptNoOffload(int tun) {
    int unused = setOffload(tun, 0);
  }

  private static int setOffload(int tun, int offloads) {
    // The argument is a number, not an address.
    return Posix.ioctl(tun, TUNSETOFFLOAD, MemorySegment.ofAddress(offloads));
  }

  static LinkException attachError(String name, int errno) {
    String text = "cannot open the TUN device " + name + ": " + Errno.text(errno);
    return switch (errno) {
      case Errno.EPERM ->
          new LinkException(Reason.NO_PERMISSION, text + "; " + Hints.NEEDS_NET_ADMIN);
      case Errno.EBUSY ->
          new LinkException(
              Reason.IN_USE, text + "; another program has it: end that, or choose another name");
      case Errno.EINVAL ->
          new LinkException(
              Reason.BAD_OPTION,
              text + "; there is a device of that name that is no TUN device: choose another name");
      default -> new LinkException(Reason.FAILED, text);
    };
  }

  /**
   * Sets what differs, so that a device that an administrator has prepared for a user needs no
   * right; returns its MTU.
   */
  private static int configure(String name, TunOptions options) throws LinkException {
    try (Netlink netlink = new Netlink()) {
      Netlink.Device device = netlink.device(name);
      int index = device.index();
      netlink.setLink(
          name,
          index,
          options.mtu() == device.mtu() ? 0 : options.mtu(),
          options.txQueueLength() == device.txQueueLength() ? 0 : options.txQueueLength());
      if (!options.hostAddresses().isEmpty()) {
        Set<Prefix> present = netlink.addresses(index);
        for (Prefix p : options.hostAddresses()) {
          if (present.add(p)) {
            netlink.addAddress(name, index, p);
          }
        }
      }
      if (!device.up()) {
        netlink.silence(name, index);
        netlink.setUp(name, index);
      }
      for (Prefix network : options.hostRoutes()) {
        netlink.addRoute(name, index, network);
      }
      for (Prefix p : options.hostAddresses()) {
        awaitUsable(netlink, p.address());
      }
      return netlink.device(name).mtu();
    }
  }

  /**
   * The kernel installs the route to an IPv6 address of its own some time after it has taken the
   * address, and drops what arrives for it until then. If that takes too long the device is opened
   * all the same: it is the first packets that are lost.
   */
  private static void awaitUsable(Netlink netlink, IpAddress address) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!address.isV4() && !netlink.isLocal(address) && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
  }
}
