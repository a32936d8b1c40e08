package dev.sinew.ip;

/** What kind an address is, for addresses as two longs (see {@link dev.sinew.wire.IpPacket}). */
final class Addresses {
  /** The low word of 255.255.255.255. */
  static final long LIMITED_BROADCAST = 0x0000_ffff_ffff_ffffL;

  private static final long MAPPED = 0x0000_ffff_0000_0000L;
  private static final long ALL_HOSTS_V4 = MAPPED | 0xe000_0001L;
  private static final long LINK_LOCAL_ALL_NODES_HIGH = 0xff02_0000_0000_0000L;
  private static final long SOLICITED_NODE_LOW = 0x0000_0001_ff00_0000L;

  private Addresses() {}

  static boolean isV4(long high, long low) {
    return high == 0 && low >>> 32 == 0xffff;
  }

  static boolean isUnspecified(long high, long low) {
    return high == 0 && (low == 0 || low == MAPPED);
  }

  static boolean isMulticast(long high, long low) {
    return isV4(high, low) ? (low >>> 28 & 0xf) == 0xe : high >>> 56 == 0xff;
  }

  /** 127.0.0.0/8 or ::1. */
  static boolean isLoopback(long high, long low) {
    return isV4(high, low) ? (low >>> 24 & 0xff) == 127 : high == 0 && low == 1;
  }

  /** 0.0.0.0/8, "this network" (RFC 1122 section 3.2.1.3). */
  static boolean isThisNetworkV4(long low) {
    return (low >>> 24 & 0xff) == 0;
  }

  /** 240.0.0.0/4, the limited broadcast address included. */
  static boolean isClassE(long low) {
    return (low >>> 28 & 0xf) == 0xf;
  }

  /** fe80::/10. */
  static boolean isLinkLocalV6(long high) {
    return high >>> 54 == 0xfe80 >>> 6;
  }

  /** An address that every host listens to: 224.0.0.1, ff02::1. */
  static boolean isAllNodes(long high, long low) {
    return isV4(high, low) ? low == ALL_HOSTS_V4 : high == LINK_LOCAL_ALL_NODES_HIGH && low == 1;
  }

  /**
   * True when the group is the solicited-node address of {@code low}'s last three bytes (RFC 4291).
   */
  static boolean isSolicitedNodeOf(long groupHigh, long groupLow, long addressLow) {
    return groupHigh == LINK_LOCAL_ALL_NODES_HIGH
        && groupLow == (SOLICITED_NODE_LOW | (addressLow & 0xff_ffff));
  }

  /**
   * The scope field of a multicast address, or what corresponds to it: 2 link-local, 14 global; 1
   * for loopback.
   */
  static int scope(long high, long low) {
    if (isMulticast(high, low) && !isV4(high, low)) {
      return (int) (high >>> 48 & 0xf);
    }
    if (isLoopback(high, low)) {
      return 1;
    }
    return isLinkLocalV6(high) ? 2 : 14;
  }

  /**
   * The Ethernet address of a group: 01-00-5e and the lower 23 bits of an IPv4 group (RFC 1112
   * section 6.4), 33-33 and the lower 32 bits of an IPv6 group (RFC 2464 section 7).
   */
  static long groupHardwareAddress(long high, long low) {
    return isV4(high, low)
        ? 0x0100_5e00_0000L | (low & 0x7f_ffff)
        : 0x3333_0000_0000L | (low & 0xffff_ffffL);
  }

  /** How many leading bits two addresses share, 0 to 128. */
  static int commonPrefix(long highA, long lowA, long highB, long lowB) {
    return highA == highB
        ? 64 + Long.numberOfLeadingZeros(lowA ^ lowB)
        : Long.numberOfLeadingZeros(highA ^ highB);
  }
}
