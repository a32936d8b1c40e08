package dev.sinew.capture;

/** What the bytes of a captured packet begin with: the numbers that capture files use. */
public final class LinkType {
  private LinkType() {}

  /** An address family in the writer's byte order, then IP (BSD loopback). */
  public static final int NULL = 0;

  public static final int ETHERNET = 1;

  /** IP, version in the first four bits. */
  public static final int RAW = 101;

  /** As {@link #NULL}, in network byte order. */
  public static final int LOOP = 108;

  /** Linux "cooked" capture. */
  public static final int LINUX_SLL = 113;

  public static final int IPV4 = 228;
  public static final int IPV6 = 229;

  /** Linux "cooked" capture, second version. */
  public static final int LINUX_SLL2 = 276;
}
