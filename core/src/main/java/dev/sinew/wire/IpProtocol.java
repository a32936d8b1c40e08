package dev.sinew.wire;

/** Protocol numbers of IPv4's Protocol and IPv6's Next Header field. */
public final class IpProtocol {
  private IpProtocol() {}

  public static final int HOP_BY_HOP = 0;
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ROUTING = 43;
  public static final int FRAGMENT = 44;
  public static final int ICMPV6 = 58;

  /** IPv6: nothing follows (RFC 8200 section 4.7). */
  public static final int NO_NEXT_HEADER = 59;

  public static final int DESTINATION_OPTIONS = 60;
}
