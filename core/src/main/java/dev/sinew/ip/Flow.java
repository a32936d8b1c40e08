package dev.sinew.ip;

import dev.sinew.neighbor.Neighbor;
import org.jspecify.annotations.Nullable;

/**
 * Where a transport sends: the addresses of both ends and, once {@link IpLayer#route} has found it,
 * the way. Mutable; a connection keeps one, a reply without a connection uses a scratch one.
 * Addresses as in {@link dev.sinew.wire.IpPacket}.
 */
public final class Flow {
  public boolean v4;
  public long sourceHigh;
  public long sourceLow;
  public long destinationHigh;
  public long destinationLow;

  /** TTL or hop limit, 1 to 255. */
  public int ttl = 64;

  /** DSCP in the upper six bits, and ECN bits that every packet has. */
  public int trafficClass;

  /**
   * ECN bits of the next packets, beside those of {@link #trafficClass}: a transport that marks
   * some of its packets as ECN-capable and others not sets it before each (RFC 3168 section 6.1).
   */
  public int ecn;

  /** IPv6 flow label, 20 bits. */
  public int flowLabel;

  /** Whether routers may fragment (IPv4 only): TCP and path MTU discovery set it. */
  public boolean dontFragment = true;

  /** The interface that packets leave by; null until routed. */
  @Nullable NetworkInterface out;

  /** Who gets the packet from us: the destination, or the router towards it. */
  long hopHigh;

  long hopLow;

  /** The hardware address of a group, which needs no asking; else 0. */
  long hopHardwareAddress;

  /** The next hop, on a link that has neighbours; a hint that may be out of date. */
  @Nullable Neighbor neighbor;

  /** The route table's generation when {@link #out} was found. */
  int routeGeneration = -1;

  /** What {@link PathMtu} said last, or 0. */
  int pathMtu;

  /** The generation of {@link PathMtu} at that time. */
  int pathMtuGeneration = -1;

  /** Until when that holds, in nanoseconds. */
  long pathMtuExpires;

  /** Sets both ends; the way is looked up again at the next packet. */
  public void set(
      boolean v4, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
    this.v4 = v4;
    this.sourceHigh = sourceHigh;
    this.sourceLow = sourceLow;
    this.destinationHigh = destinationHigh;
    this.destinationLow = destinationLow;
    this.out = null;
    this.routeGeneration = -1;
    this.pathMtuGeneration = -1;
  }

  /**
   * The interface that packets leave by, or null before {@link IpLayer#route} and when there is no
   * way.
   */
  public @Nullable NetworkInterface out() {
    return out;
  }
}
