package dev.sinew.linux;

/** The ways out that the error messages name. */
final class Hints {
  static final String NEEDS_NET_ADMIN =
      "this needs the right CAP_NET_ADMIN: run as root (sudo), or without any right in a namespace of its own (unshare -Urn COMMAND)";

  static final String NEEDS_NET_RAW =
      "this needs the right CAP_NET_RAW: run as root (sudo), or without any right in a namespace of its own (unshare -Urn COMMAND)";

  static final String IPV6_OFF =
      "IPv6 seems to be off here: set /proc/sys/net/ipv6/conf/default/disable_ipv6 to 0, or leave the IPv6 addresses out";

  static final String NO_TUN =
      "there is no TUN driver here: load it (modprobe tun), or in a container add the device (--device /dev/net/tun, or mkdir -p /dev/net; mknod"
          + " /dev/net/tun c 10 200)";

  static final String NODE_CLOSED =
      "the device node is closed to you: run as root (sudo), or let everybody use it (chmod 0666 /dev/net/tun; a device still needs CAP_NET_ADMIN,"
          + " as root or inside unshare -Urn)";

  private Hints() {}
}
