package dev.sinew.linux;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds one request of the kernel's route netlink, as {@code linux/rtnetlink.h}, {@code
 * linux/if_link.h} and {@code linux/if_addr.h} lay it out: a 16-byte header, a fixed part, and
 * attributes of {length, type, value} padded to 4 bytes; all in the machine's byte order, but
 * addresses in network order.
 */
final class NetlinkMessage {
  static final int HEADER = 16;

  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;
  static final int RTM_NEWLINK = 16;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWADDR = 20;
  static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_GETROUTE = 26;

  static final int NLM_F_REQUEST = 1;
  static final int NLM_F_ACK = 4;
  static final int NLM_F_DUMP = 0x300;
  static final int NLM_F_CREATE = 0x400;
  static final int NLM_F_EXCL = 0x200;

  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_TXQLEN = 13;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_INFO_DATA = 2;
  static final int IFLA_TUN_NUM_QUEUES = 8;
  static final int IFLA_TUN_NUM_DISABLED_QUEUES = 9;
  static final int IFLA_AF_SPEC = 26;
  static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_FLAGS = 8;
  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;

  /** The type of a route to an address of the host's own. */
  static final int RTN_LOCAL = 2;

  static final int IFF_UP = 1;
  static final int IFA_F_NODAD = 2;

  static final int AF_UNSPEC = 0;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private static final int IN6_ADDR_GEN_MODE_NONE = 1;
  private static final int RT_TABLE_MAIN = 254;
  private static final int RTPROT_STATIC = 4;
  private static final int RT_SCOPE_UNIVERSE = 0;
  private static final int RT_SCOPE_LINK = 253;
  private static final int RTN_UNICAST = 1;

  private final ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

  private NetlinkMessage(int type, int flags, int sequence) {
    buffer
        .putInt(0)
        .putShort((short) type)
        .putShort((short) (NLM_F_REQUEST | flags))
        .putInt(sequence)
        .putInt(0);
  }

  /** What is known of the device of that name? */
  static byte[] getLink(int sequence, String name) {
    return new NetlinkMessage(RTM_GETLINK, 0, sequence)
        .link(0, 0)
        .attribute(IFLA_IFNAME, name)
        .bytes();
  }

  /** Sets what is positive of MTU and queue length. */
  static byte[] setLink(int sequence, int index, int mtu, int txQueueLength) {
    NetlinkMessage m = new NetlinkMessage(RTM_NEWLINK, NLM_F_ACK, sequence).link(index, 0);
    if (mtu > 0) {
      m.attribute(IFLA_MTU, mtu);
    }
    if (txQueueLength > 0) {
      m.attribute(IFLA_TXQLEN, txQueueLength);
    }
    return m.bytes();
  }

  /** Sets the device up. */
  static byte[] setUp(int sequence, int index) {
    return new NetlinkMessage(RTM_NEWLINK, NLM_F_ACK, sequence).link(index, IFF_UP).bytes();
  }

  /**
   * Keeps the kernel from giving the device an IPv6 link-local address of its own accord, and with
   * it from sending router solicitations into it for ever.
   */
  static byte[] withoutLinkLocal(int sequence, int index) {
    ByteBuffer inet6 =
        ByteBuffer.allocate(12)
            .order(ByteOrder.nativeOrder())
            .putShort((short) 12)
            .putShort((short) AF_INET6);
    inet6
        .putShort((short) 5)
        .putShort((short) IFLA_INET6_ADDR_GEN_MODE)
        .put((byte) IN6_ADDR_GEN_MODE_NONE);
    return new NetlinkMessage(RTM_NEWLINK, NLM_F_ACK, sequence)
        .link(index, 0)
        .attribute(IFLA_AF_SPEC, inet6.array())
        .bytes();
  }

  /** Which addresses have all the devices? */
  static byte[] dumpAddresses(int sequence) {
    NetlinkMessage m = new NetlinkMessage(RTM_GETADDR, NLM_F_DUMP, sequence);
    m.buffer.put((byte) AF_UNSPEC).put((byte) 0).put((byte) 0).put((byte) 0).putInt(0);
    return m.bytes();
  }

  /**
   * Gives the device an address. With IPv6 it counts as tested: nobody else is on this wire, and
   * the second that duplicate address detection takes would be a second in which the kernel cannot
   * send from it.
   */
  static byte[] newAddress(int sequence, int index, Prefix prefix) {
    NetlinkMessage m =
        new NetlinkMessage(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence);
    IpAddress a = prefix.address();
    m.buffer
        .put((byte) family(a))
        .put((byte) prefix.length())
        .put((byte) 0)
        .put((byte) RT_SCOPE_UNIVERSE)
        .putInt(index);
    m.attribute(IFA_LOCAL, a.bytes()).attribute(IFA_ADDRESS, a.bytes());
    if (!a.isV4()) {
      m.attribute(IFA_FLAGS, IFA_F_NODAD);
    }
    return m.bytes();
  }

  /** Sends a network through the device. */
  static byte[] newRoute(int sequence, int index, Prefix network) {
    NetlinkMessage m =
        new NetlinkMessage(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence);
    boolean v4 = network.address().isV4();
    m.buffer
        .put((byte) family(network.address()))
        .put((byte) network.length())
        .put((byte) 0)
        .put((byte) 0);
    m.buffer
        .put((byte) RT_TABLE_MAIN)
        .put((byte) RTPROT_STATIC)
        .put((byte) (v4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE))
        .put((byte) RTN_UNICAST)
        .putInt(0);
    return m.attribute(RTA_DST, masked(network.address().bytes(), network.length()))
        .attribute(RTA_OIF, index)
        .bytes();
  }

  /** By which route does a packet to this address go? */
  static byte[] getRoute(int sequence, IpAddress to) {
    NetlinkMessage m = new NetlinkMessage(RTM_GETROUTE, 0, sequence);
    m.buffer
        .put((byte) family(to))
        .put((byte) (to.bytes().length * 8))
        .put((byte) 0)
        .put((byte) 0)
        .putInt(0)
        .putInt(0);
    return m.attribute(RTA_DST, to.bytes()).bytes();
  }

  static int family(IpAddress a) {
    return a.isV4() ? AF_INET : AF_INET6;
  }

  /** The kernel refuses a network with host bits. */
  private static byte[] masked(byte[] octets, int length) {
    for (int bit = length; bit < octets.length * 8; bit++) {
      octets[bit / 8] &= (byte) ~(0x80 >> bit % 8);
    }
    return octets;
  }

  /** {@code struct ifinfomsg}; the same flags are set and named as those to change. */
  private NetlinkMessage link(int index, int flags) {
    buffer
        .put((byte) AF_UNSPEC)
        .put((byte) 0)
        .putShort((short) 0)
        .putInt(index)
        .putInt(flags)
        .putInt(flags);
    return this;
  }

  private NetlinkMessage attribute(int type, int value) {
    return attribute(
        type, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
  }

  private NetlinkMessage attribute(int type, String text) {
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    return attribute(type, Arrays.copyOf(ascii, ascii.length + 1));
  }

  private NetlinkMessage attribute(int type, byte[] value) {
    buffer.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    buffer.position(aligned(buffer.position()));
    return this;
  }

  private byte[] bytes() {
    buffer.putInt(0, buffer.position());
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** Messages and attributes begin at multiples of 4. */
  static int aligned(int length) {
    return (length + 3) & ~3;
  }
}
