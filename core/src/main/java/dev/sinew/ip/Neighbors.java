package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.TxPacket;
import dev.sinew.neighbor.NeighborEvents;
import dev.sinew.neighbor.Neighborhood;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What binds the internet layer to links of Ethernet frames. */
final class Neighbors {
  private static final long LINK_LOCAL_HIGH = 0xfe80_0000_0000_0000L;
  private static final int LINK_LOCAL_LENGTH = 64;

  private final StackContext context;
  private final IpLayer ip;
  private final Icmp icmp;
  private final boolean router;
  private final IpPacket packet = new IpPacket();
  private final QuotedPacket quote = new QuotedPacket();

  Neighbors(StackContext context, IpLayer ip, Icmp icmp, boolean router) {
    this.context = context;
    this.ip = ip;
    this.icmp = icmp;
    this.router = router;
  }

  /**
   * An interface with IPv6 has a link-local address (RFC 4862 section 5.3); where none was given it
   * is made of the hardware address.
   */
  static List<Prefix> withLinkLocal(LinkProperties link, List<Prefix> given) {
    if (!link.ethernet()
        || given.stream().allMatch(p -> p.address().isV4())
        || given.stream().anyMatch(p -> Addresses.isLinkLocalV6(p.address().high()))) {
      return given;
    }
    List<Prefix> all = new ArrayList<>(given);
    all.add(new Prefix(linkLocal(link.hardwareAddress()), LINK_LOCAL_LENGTH));
    return all;
  }

  /** fe80:: and the modified EUI-64 of an Ethernet address (RFC 2464 section 4). */
  static IpAddress linkLocal(long mac) {
    long company = mac >>> 24 ^ 0x02_0000;
    return new IpAddress(LINK_LOCAL_HIGH, company << 40 | 0xff_fe00_0000L | (mac & 0xff_ffff));
  }

  void add(NetworkInterface itf, boolean checkAddresses) {
    Neighborhood n =
        new Neighborhood(
            new Neighborhood.Surroundings(
                itf.link().properties().hardwareAddress(),
                itf.txQueue(),
                itf.index(),
                context.limits.neighborEntries(),
                context.limits.neighborReachableNanos(),
                router,
                context.timers,
                context.counters,
                context.observer,
                context.entropy,
                new Events(itf)));
    itf.neighborhood = n;
    for (Prefix p : itf.configuredAddresses()) {
      n.addAddress(
          p.address().high(), p.address().low(), p.mappedLength(), checkAddresses, context.now);
    }
    itf.refreshAddresses();
  }

  private final class Events implements NeighborEvents {
    private final NetworkInterface itf;

    Events(NetworkInterface itf) {
      this.itf = itf;
    }

    @Override
    public void addressesChanged() {
      itf.refreshAddresses();
      ip.addressesChanged();
    }

    @Override
    public void unreachable(TxPacket sent, long now) {
      tell(sent, now);
    }
  }

  /**
   * Whoever sent the packet hears of it: a transport of this stack, or the host for which it was
   * passed on (RFC 4861 section 7.2.2).
   */
  private void tell(TxPacket sent, long now) {
    Block block = context.pool.takeSmall();
    if (block == null) {
      return;
    }
    MemorySegment m = block.memory();
    int length = Math.min(sent.totalLength(), block.size());
    copyBeginning(sent, m, block.base(), length);
    if (quote.parse(m, block.base(), length)
        && ip.isLocal(quote.packet().sourceHigh, quote.packet().sourceLow)) {
      icmp.tellUnreachable(quote.packet(), now);
    } else if (packet.parseCut(m, block.base(), length) == IpPacket.OK
        && !ip.isLocal(packet.sourceHigh, packet.sourceLow)) {
      packet.totalLength = Math.min(packet.totalLength, length);
      icmp.errors()
          .sendUnreachable(
              packet,
              packet.v4 ? IcmpHeader.V4_HOST_UNREACHABLE : IcmpHeader.V6_ADDRESS_UNREACHABLE,
              now);
    }
    block.release();
  }

  private static void copyBeginning(TxPacket p, MemorySegment to, long at, int length) {
    int done = Math.min(p.headerLength(), length);
    MemorySegment.copy(p.header(), p.headerOffset(), to, at, done);
    for (int i = 0; i < p.sliceCount() && done < length; i++) {
      int n = Math.min(p.sliceLength(i), length - done);
      MemorySegment.copy(p.sliceMemory(i), p.sliceOffset(i), to, at + done, n);
      done += n;
    }
  }
}
