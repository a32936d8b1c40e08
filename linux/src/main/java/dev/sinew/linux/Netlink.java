package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.LinkException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A route netlink socket: asks and tells the kernel about devices, addresses and routes. It belongs
 * to the network namespace of the thread that opened it, and to one thread at a time.
 */
final class Netlink implements AutoCloseable {
  private static final int NETLINK_ROUTE = 0;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int IFINFOMSG = 16;
  private static final int IFADDRMSG = 8;

  /** Where {@code struct rtmsg} has the type. */
  private static final int RTM_TYPE = 7;

  /** The kernel never puts more into one datagram of a dump. */
  private static final int LARGEST_REPLY = 32 * 1024;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
  private final MemorySegment memory = arena.allocate(LARGEST_REPLY, 8);
  private final int fd;
  private int sequence;

  /**
   * What the kernel says of a device.
   *
   * @param tunQueues of a TUN device how many queues are open, attached or not; 0 for another
   *     device, or where an older kernel does not say
   */
  record Device(int index, boolean up, int mtu, int txQueueLength, int tunQueues) {}

  Netlink() throws LinkException {
    fd = Posix.socket(Posix.AF_NETLINK, Posix.SOCK_RAW | Posix.SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
      arena.close();
      throw new LinkException(
          Reason.UNAVAILABLE, "cannot open a netlink socket: " + Errno.text(-fd));
    }
    // Old kernels know neither; then there is the number without the words.
    int unused = Posix.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    unused = Posix.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  }

  Device device(String name) throws LinkException {
    Device[] found = new Device[1];
    ask(
        NetlinkMessage.getLink(++sequence, name),
        NetlinkMessage.RTM_NEWLINK,
        false,
        m ->
            found[0] =
                new Device(
                    m.int32(4),
                    (m.int32(8) & NetlinkMessage.IFF_UP) != 0,
                    m.int32Attribute(IFINFOMSG, NetlinkMessage.IFLA_MTU),
                    m.int32Attribute(IFINFOMSG, NetlinkMessage.IFLA_TXQLEN),
                    tunQueues(m)),
        "read the state of " + name);
    return found[0];
  }

  private static int tunQueues(NetlinkReply m) {
    NetlinkReply data = m.nested(IFINFOMSG, NetlinkMessage.IFLA_LINKINFO);
    data = data.nested(0, NetlinkMessage.IFLA_INFO_DATA);
    return data.int32Attribute(0, NetlinkMessage.IFLA_TUN_NUM_QUEUES)
        + data.int32Attribute(0, NetlinkMessage.IFLA_TUN_NUM_DISABLED_QUEUES);
  }

  /** All that the device has, with their prefix lengths. */
  Set<Prefix> addresses(int index) throws LinkException {
    Set<Prefix> found = new HashSet<>();
    ask(
        NetlinkMessage.dumpAddresses(++sequence),
        NetlinkMessage.RTM_NEWADDR,
        true,
        m -> {
          // IPv4 puts the peer of a point-to-point device into ADDRESS and its own into LOCAL; IPv6
          // often has no LOCAL.
          byte[] local = m.attribute(IFADDRMSG, NetlinkMessage.IFA_LOCAL);
          byte[] octets =
              local != null ? local : m.attribute(IFADDRMSG, NetlinkMessage.IFA_ADDRESS);
          if (m.int32(4) == index
              && octets != null
              && (octets.length == 4 || octets.length == 16)) {
            found.add(new Prefix(IpAddress.of(octets), m.uint8(1)));
          }
        },
        "list the addresses");
    return found;
  }

  /** Sets what is positive. */
  void setLink(String name, int index, int mtu, int txQueueLength) throws LinkException {
    if (mtu > 0) {
      tell(
          NetlinkMessage.setLink(++sequence, index, mtu, 0),
          "set the MTU of " + name + " to " + mtu);
    }
    if (txQueueLength > 0) {
      tell(
          NetlinkMessage.setLink(++sequence, index, 0, txQueueLength),
          "set the transmit queue of " + name + " to " + txQueueLength);
    }
  }

  /**
   * Keeps the kernel from talking into the device unasked, where it can be kept from it: without
   * IPv6 it does not talk.
   */
  void silence(String name, int index) {
    try {
      tell(NetlinkMessage.withoutLinkLocal(++sequence, index), "silence " + name);
    } catch (LinkException e) {
      // A few router solicitations more, which no stack minds.
    }
  }

  void setUp(String name, int index) throws LinkException {
    tell(NetlinkMessage.setUp(++sequence, index), "set " + name + " up");
  }

  void addAddress(String name, int index, Prefix prefix) throws LinkException {
    try {
      tell(
          NetlinkMessage.newAddress(++sequence, index, prefix),
          "give " + name + " the address " + prefix);
    } catch (LinkException e) {
      if (e.reason() == Reason.UNAVAILABLE && !prefix.address().isV4()) {
        throw new LinkException(Reason.UNAVAILABLE, e.getMessage() + "; " + Hints.IPV6_OFF);
      }
      throw e;
    }
  }

  void addRoute(String name, int index, Prefix network) throws LinkException {
    tell(NetlinkMessage.newRoute(++sequence, index, network), "route " + network + " to " + name);
  }

  /** Whether packets to an address of the host reach it; for a while after it is given, not. */
  boolean isLocal(IpAddress address) {
    boolean[] local = new boolean[1];
    try {
      ask(
          NetlinkMessage.getRoute(++sequence, address),
          NetlinkMessage.RTM_NEWROUTE,
          false,
          m -> local[0] = m.uint8(RTM_TYPE) == NetlinkMessage.RTN_LOCAL,
          "look up the route to " + address);
    } catch (LinkException e) {
      return false;
    }
    return local[0];
  }

  private void tell(byte[] request, String what) throws LinkException {
    ask(request, -1, false, m -> {}, what);
  }

  /**
   * Sends a request and reads until its acknowledgement, the one answer of {@code type}, or the end
   * of the dump.
   */
  private void ask(
      byte[] request, int type, boolean dump, Consumer<NetlinkReply> answer, String what)
      throws LinkException {
    MemorySegment.copy(request, 0, memory, JAVA_BYTE, 0, request.length);
    long sent = Posix.write(errno, fd, memory, request.length);
    if (sent < 0) {
      throw refused((int) -sent, null, what);
    }
    for (; ; ) {
      long n = Posix.read(errno, fd, memory, LARGEST_REPLY);
      if (n < 0) {
        throw refused((int) -n, null, what);
      }
      NetlinkReply reply = new NetlinkReply(memory.asSlice(0, n).toArray(JAVA_BYTE));
      while (reply.next()) {
        if (reply.sequence() != sequence) {
          continue;
        }
        if (reply.type() == NetlinkMessage.NLMSG_ERROR) {
          if (reply.errno() != 0) {
            throw refused(reply.errno(), reply.errorText(), what);
          }
          return;
        }
        if (reply.type() == NetlinkMessage.NLMSG_DONE) {
          return;
        }
        if (reply.type() == type) {
          answer.accept(reply);
          if (!dump) {
            return;
          }
        }
      }
    }
  }

  /** The error that tells what to do where that is known. */
  static LinkException refused(int errno, @Nullable String kernelText, String what) {
    String text =
        "cannot "
            + what
            + ": "
            + Errno.text(errno)
            + (kernelText == null ? "" : ", the kernel says \"" + kernelText + "\"");
    return switch (errno) {
      case Errno.EPERM ->
          new LinkException(Reason.NO_PERMISSION, text + "; " + Hints.NEEDS_NET_ADMIN);
      case Errno.EACCES, Errno.EAFNOSUPPORT, Errno.EOPNOTSUPP ->
          new LinkException(Reason.UNAVAILABLE, text);
      default -> new LinkException(Reason.FAILED, text);
    };
  }

  @Override
  public void close() {
    int unused = Posix.close(fd);
    arena.close();
  }
}
