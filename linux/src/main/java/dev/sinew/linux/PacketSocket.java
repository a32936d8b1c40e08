package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sinew.ip.Prefix;
import dev.sinew.linux.LinkException.Reason;
import dev.sinew.wire.EthernetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Set;

/**
 * Opens a packet socket (linux/if_packet.h) on an interface.
 *
 * @param fd non-blocking
 * @param hardwareAddress the interface's own
 */
record PacketSocket(int fd, String name, int index, int mtu, long hardwareAddress) {
  private static final int AF_PACKET = 17;
  private static final int SOCK_NONBLOCK = Posix.O_NONBLOCK;
  private static final int ETH_P_ALL = 3;

  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUFFORCE = 32;
  private static final int SO_ERROR = 4;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_ATTACH_FILTER = 26;
  static final int SOL_PACKET = 263;
  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final int PACKET_MR_ALLMULTI = 2;
  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_VNET_HDR = 15;
  private static final int PACKET_IGNORE_OUTGOING = 23;

  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCGIFMTU = 0x8921;
  private static final long SIOCGIFHWADDR = 0x8927;
  private static final long SIOCGIFINDEX = 0x8933;
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_VALUE = 16;
  private static final int NAME_BYTES = 15;
  private static final int ARPHRD_ETHER = 1;

  /** What waits for a stack that is not looking: some hundred super-segments. */
  private static final int BUFFER_BYTES = 16 << 20;

  /** Bytes before each packet, where there are rings. */
  private static final int PREFIX = VirtioNetHeader.BYTES + EthernetHeader.LENGTH;

  // linux/filter.h: loads from behind these offsets give what the kernel knows of a frame.
  private static final int SKF_AD_OFF = -0x1000;
  private static final int SKF_AD_PKTTYPE = 4;
  private static final int SKF_AD_VLAN_TAG_PRESENT = 48;
  private static final int PACKET_OTHERHOST = 3;
  private static final int PACKET_OUTGOING = 4;
  private static final int LOAD_WORD = 0x20;
  private static final int LOAD_HALF = 0x28;
  private static final int JUMP_EQUAL = 0x15;
  private static final int RETURN = 0x06;

  /**
   * Code, jump if true, jump if false, operand: frames that came in for this station or a group,
   * untagged (the kernel has taken the tag of a virtual LAN out of the frame), of the three types
   * that the stack knows.
   */
  private static final int[][] FILTER = {
    {LOAD_WORD, 0, 0, SKF_AD_OFF + SKF_AD_PKTTYPE},
    {JUMP_EQUAL, 8, 0, PACKET_OUTGOING},
    {JUMP_EQUAL, 7, 0, PACKET_OTHERHOST},
    {LOAD_WORD, 0, 0, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT},
    {JUMP_EQUAL, 0, 5, 0},
    {LOAD_HALF, 0, 0, EthernetHeader.TYPE},
    {JUMP_EQUAL, 2, 0, EthernetHeader.TYPE_IPV4},
    {JUMP_EQUAL, 1, 0, EthernetHeader.TYPE_IPV6},
    {JUMP_EQUAL, 0, 1, EthernetHeader.TYPE_ARP},
    {RETURN, 0, 0, -1},
    {RETURN, 0, 0, 0},
  };

  private static final ValueLayout.OfShort BIG_16 = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  static PacketLink open(PacketOptions options) throws LinkException {
    checkName(options.name());
    Platform.check();
    int fd = Posix.socket(AF_PACKET, Posix.SOCK_RAW | Posix.SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
      throw socketError(-fd);
    }
    DeviceDescriptors descriptors = null;
    PacketRings rings = null;
    boolean kept = false;
    try {
      PacketSocket socket = look(fd, options.name());
      socket.refuseSharedAddresses(options);
      boolean virtio = socket.configure();
      descriptors = DeviceDescriptors.of(fd);
      if (virtio && options.ring()) {
        rings = PacketRings.open(fd, socket.name, PREFIX, socket.mtu, !options.offload());
      }
      socket.bind();
      PacketLink link =
          new PacketLink(socket, descriptors, virtio, virtio && options.offload(), rings);
      kept = true;
      return link;
    } finally {
      if (!kept) {
        if (rings != null) {
          rings.unmap().run();
        }
        if (descriptors != null) {
          descriptors.close();
        } else {
          int unused = Posix.close(fd);
        }
      }
    }
  }

  private static void checkName(String name) throws LinkException {
    boolean printable = name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '/');
    if (name.isEmpty() || name.length() > NAME_BYTES || !printable) {
      throw new LinkException(
          Reason.BAD_OPTION,
          "that is not the name of a network interface: ip link shows the names");
    }
  }

  static LinkException socketError(int errno) {
    String text = "cannot open a packet socket: " + Errno.text(errno);
    return switch (errno) {
      case Errno.EPERM ->
          new LinkException(Reason.NO_PERMISSION, text + "; " + Hints.NEEDS_NET_RAW);
      case Errno.EAFNOSUPPORT ->
          new LinkException(
              Reason.UNAVAILABLE,
              text + "; this kernel has no packet sockets (modprobe af_packet)");
      default -> new LinkException(Reason.FAILED, text);
    };
  }

  /** Asks the kernel what the interface is. */
  private static PacketSocket look(int fd, String name) throws LinkException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
      request.setString(0, name);
      int r = Posix.ioctl(fd, SIOCGIFINDEX, request);
      if (r < 0) {
        throw interfaceError(name, -r);
      }
      int index = request.get(JAVA_INT, IFREQ_VALUE);
      ask(fd, SIOCGIFHWADDR, request, name);
      int kind = request.get(JAVA_SHORT, IFREQ_VALUE);
      long mac = EthernetHeader.mac(request, IFREQ_VALUE + 2);
      if (kind != ARPHRD_ETHER || mac == 0) {
        throw new LinkException(
            Reason.BAD_OPTION,
            name + " is no Ethernet interface: choose one that ip link shows with link/ether");
      }
      ask(fd, SIOCGIFFLAGS, request, name);
      if ((request.get(JAVA_SHORT, IFREQ_VALUE) & NetlinkMessage.IFF_UP) == 0) {
        throw new LinkException(
            Reason.UNAVAILABLE, name + " is down: set it up first (ip link set " + name + " up)");
      }
      ask(fd, SIOCGIFMTU, request, name);
      int mtu = Math.min(request.get(JAVA_INT, IFREQ_VALUE), 65_535);
      return new PacketSocket(fd, name, index, mtu, mac);
    }
  }

  private static void ask(int fd, long what, MemorySegment request, String name)
      throws LinkException {
    int r = Posix.ioctl(fd, what, request);
    if (r < 0) {
      throw interfaceError(name, -r);
    }
  }

  static LinkException interfaceError(String name, int errno) {
    return errno == Errno.ENODEV || errno == Errno.ENXIO
        ? new LinkException(
            Reason.UNAVAILABLE,
            "there is no network interface " + name + " here: ip link shows those that exist")
        : new LinkException(
            Reason.FAILED, "cannot look at the interface " + name + ": " + Errno.text(errno));
  }

  /** The kernel would answer for them, too. */
  private void refuseSharedAddresses(PacketOptions options) throws LinkException {
    try (Netlink netlink = new Netlink()) {
      Set<Prefix> kernels = netlink.addresses(index);
      for (Prefix ours : options.stackAddresses()) {
        for (Prefix p : kernels) {
          if (p.address().equals(ours.address())) {
            throw new LinkException(
                Reason.IN_USE,
                "the kernel has the address "
                    + p.address()
                    + " on "
                    + name
                    + " itself, and would answer beside the stack: give the stack another address, or take it from the kernel (ip addr del "
                    + p
                    + " dev "
                    + name
                    + ")");
          }
        }
      }
    }
  }

  /** Whether frames have a virtio-net header. */
  private boolean configure() throws LinkException {
    // Where the right for more is missing the usual size has to do.
    int unused = Posix.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES);
    unused = Posix.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES);
    unused = Posix.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    boolean virtio = Posix.setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, 1) >= 0;
    try (Arena arena = Arena.ofConfined()) {
      check(
          "filter the frames of ",
          Posix.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter(arena), 16));
      // struct packet_mreq: the groups of IPv6 are to reach us on a card that filters.
      MemorySegment membership = arena.allocate(16, 4);
      membership.set(JAVA_INT, 0, index);
      membership.set(JAVA_SHORT, 4, (short) PACKET_MR_ALLMULTI);
      check(
          "hear the groups of ",
          Posix.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership, 16));
    }
    return virtio;
  }

  /** {@code struct sock_fprog}. */
  private static MemorySegment filter(Arena arena) {
    MemorySegment program = arena.allocate(8L * FILTER.length, 8);
    for (int i = 0; i < FILTER.length; i++) {
      program.set(JAVA_SHORT, i * 8L, (short) FILTER[i][0]);
      program.set(JAVA_BYTE, i * 8L + 2, (byte) FILTER[i][1]);
      program.set(JAVA_BYTE, i * 8L + 3, (byte) FILTER[i][2]);
      program.set(JAVA_INT, i * 8L + 4, FILTER[i][3]);
    }
    MemorySegment head = arena.allocate(16, 8);
    head.set(JAVA_SHORT, 0, (short) FILTER.length);
    head.set(JAVA_LONG, 8, program.address());
    return head;
  }

  /** {@code struct sockaddr_ll}. From now on frames arrive. */
  private void bind() throws LinkException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(20, 4);
      address.set(JAVA_SHORT, 0, (short) AF_PACKET);
      address.set(BIG_16, 2, (short) ETH_P_ALL);
      address.set(JAVA_INT, 4, index);
      check("bind to ", Posix.bindSocket(fd, address, 20));
    }
  }

  private void check(String what, int result) throws LinkException {
    if (result < 0) {
      throw new LinkException(Reason.FAILED, "cannot " + what + name + ": " + Errno.text(-result));
    }
  }

  /** The socket's error is told once, and this was it. */
  void forgetError() {
    int unused = number(SOL_SOCKET, SO_ERROR, 0);
  }

  /** Frames that the kernel has dropped for want of room, since this was last asked. */
  int takeDropCount() {
    // struct tpacket_stats: packets, drops.
    return number(SOL_PACKET, PACKET_STATISTICS, 4);
  }

  /** The number at {@code offset} of an option, or 0. */
  private int number(int level, int option, int offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
      MemorySegment value = arena.allocate(offset + 4L, 4);
      MemorySegment length = arena.allocateFrom(JAVA_INT, offset + 4);
      return Posix.getsockopt(errno, fd, level, option, value, length) < 0
          ? 0
          : value.get(JAVA_INT, offset);
    }
  }

  /** Whether the interface is still the one that was opened. */
  boolean exists() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
      request.setString(0, name);
      return Posix.ioctl(fd, SIOCGIFINDEX, request) >= 0
          && request.get(JAVA_INT, IFREQ_VALUE) == index;
    }
  }
}
