package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.Counter;
import dev.sinew.link.Link;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.neighbor.Neighbor;
import dev.sinew.neighbor.Neighborhood;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.EthernetHeader;
import dev.sinew.wire.IpPacket;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The internet layer of one stack (RFC 791, RFC 8200, RFC 1122 section 3): interfaces, addresses
 * and routes are kept here; {@link IpInput} takes packets in, {@link IpOutput} writes them.
 *
 * <p>Three ways to send. TCP uses {@link #begin} and {@link #commit}: header area plus slices,
 * never fragmented. UDP and ICMP lay a whole datagram into one block and {@link #send} it, in
 * fragments if it must be. Answers of the internet layer itself are its own business.
 */
public final class IpLayer {
  private static final int MIN_MTU_V4 = 68;

  private final StackContext context;
  private final AddressTable addresses = new AddressTable();
  private final RouteTable routes = new RouteTable();
  private final PathMtu pathMtu;
  private final List<NetworkInterface> interfaces = new ArrayList<>();
  private final List<NetworkInterface> interfacesView = Collections.unmodifiableList(interfaces);
  private final LoopbackLink loopbackLink;
  private final NetworkInterface loopback;
  private final IpOutput output;
  private final IpInput input;
  private final Icmp icmp;
  private final Neighbors neighbors;
  private final PacketSink loopbackSink;
  private long pumpTime;
  private int interfacesMade;

  /**
   * @param forwarding whether packets for others are passed on between interfaces
   */
  public IpLayer(StackContext context, boolean forwarding) {
    this.context = context;
    this.pathMtu = new PathMtu(context.limits.pathMtuEntries());
    this.loopbackLink = new LoopbackLink(context.pool);
    this.output = new IpOutput(context, this);
    this.icmp = new Icmp(context, this);
    this.input =
        new IpInput(
            context, this, icmp, forwarding ? new Forwarder(context, this, output, icmp) : null);
    this.neighbors = new Neighbors(context, this, icmp, forwarding);
    this.loopback =
        addInterface(
            loopbackLink,
            new Prefix(IpAddress.v4(0x7f000001), 8),
            new Prefix(new IpAddress(0, 1), 128));
    this.loopbackSink = (m, o, n, f) -> input.input(loopback, m, o, n, f, pumpTime);
  }

  // ---- configuration

  /**
   * Adds a device with its addresses and the connected routes to their networks.
   *
   * @throws IllegalArgumentException when an address is no host's (unspecified, multicast,
   *     broadcast), or the MTU is below the least that its IP version needs: 68 (RFC 791 section
   *     3.2) or 1280 (RFC 8200 section 5)
   */
  public NetworkInterface addInterface(Link link, Prefix... prefixes) {
    return addInterface(link, true, prefixes);
  }

  /**
   * The same, with a word on a link of Ethernet frames.
   *
   * @param checkAddresses ask first whether somebody has the addresses, which takes seconds (RFC
   *     5227 section 2.1, RFC 4862 section 5.4); else they are ours at once
   */
  public NetworkInterface addInterface(Link link, boolean checkAddresses, Prefix... prefixes) {
    List<Prefix> all = Neighbors.withLinkLocal(link.properties(), List.of(prefixes));
    for (Prefix p : all) {
      check(p, link.properties().mtu());
    }
    NetworkInterface itf =
        new NetworkInterface(++interfacesMade, link, context.limits.txQueuePackets(), all);
    interfaces.add(itf);
    if (link.properties().ethernet()) {
      neighbors.add(itf, checkAddresses);
    }
    addresses.rebuild(interfaces);
    for (Prefix p : all) {
      routes.add(new RouteTable.Route(p, itf, null));
    }
    return itf;
  }

  private static void check(Prefix p, int mtu) {
    IpAddress a = p.address();
    if (a.isAny()
        || a.isMulticast()
        || a.low() == p.broadcastLow()
        || (a.isV4() && Addresses.isClassE(a.low()))) {
      throw new IllegalArgumentException(a + " cannot be a host's address");
    }
    int least = a.isV4() ? MIN_MTU_V4 : PathMtu.MIN_V6;
    if (mtu < least) {
      throw new IllegalArgumentException(
          (a.isV4() ? "IPv4" : "IPv6") + " needs an MTU of " + least + ", not " + mtu);
    }
  }

  /**
   * Packets that links have refused since the last time are counted now: the queues know of them,
   * the stack does not see it happen.
   */
  public void countLinkErrors() {
    for (int i = 0; i < interfaces.size(); i++) {
      context.counters.add(Counter.SinewLinkErrors, interfaces.get(i).newLinkErrors());
    }
  }

  /**
   * Removes a device with its addresses, routes and waiting packets. The loopback interface stays.
   */
  public void removeInterface(NetworkInterface itf) {
    if (itf == loopback || !interfaces.remove(itf)) {
      return;
    }
    output.abandon();
    context.counters.add(Counter.SinewLinkErrors, itf.newLinkErrors());
    Neighborhood left = itf.neighborhood;
    if (left != null) {
      left.close(context.now);
    }
    addresses.rebuild(interfaces);
    routes.removeAll(itf);
    itf.txQueue().clear();
  }

  /**
   * Adds a route.
   *
   * @param gateway the next hop, or null when the interface reaches the network itself
   * @throws IllegalArgumentException when the interface is not ours, or the gateway is of the other
   *     IP version
   */
  public void addRoute(Prefix destination, NetworkInterface itf, @Nullable IpAddress gateway) {
    if (!interfaces.contains(itf)) {
      throw new IllegalArgumentException("not an interface of this stack");
    }
    if (gateway != null && gateway.isV4() != destination.address().isV4()) {
      throw new IllegalArgumentException(
          "gateway " + gateway + " is not of the version of " + destination);
    }
    routes.add(new RouteTable.Route(destination, itf, gateway));
  }

  /** All interfaces, loopback first. */
  public List<NetworkInterface> interfaces() {
    return interfacesView;
  }

  /** Registers a transport for a protocol number. */
  public void register(int protocol, TransportInput transport, @Nullable IcmpErrorInput errors) {
    input.register(protocol, transport);
    icmp.register(protocol, errors);
  }

  // ---- the stack's side

  /** A packet came in; see {@link dev.sinew.link.PacketSink}. */
  public void input(
      NetworkInterface in, MemorySegment memory, long offset, int length, int flags, long now) {
    Neighborhood n = in.neighborhood;
    int known = n == null ? flags : n.receive(memory, offset, length, flags, now);
    if (known != Neighborhood.CONSUMED) {
      input.input(in, memory, offset, length, known, now);
    }
  }

  /**
   * Moves up to {@code max} packets that this stack has sent to itself. True when there may be
   * more.
   */
  public boolean pumpLoopback(int max, long now) {
    if (!loopbackPending()) {
      return false;
    }
    loopback.txQueue().drainTo(loopbackLink);
    pumpTime = now;
    loopbackLink.receive(loopbackSink, max);
    return loopbackPending();
  }

  /** True when packets of this stack to itself wait. */
  public boolean loopbackPending() {
    return loopback.txQueue().size() > 0 || loopbackLink.pending() > 0;
  }

  /**
   * Gives up a packet that was begun and not committed, because something was thrown in between.
   */
  public void abandonOpenPacket() {
    output.abandon();
  }

  /** A new raw ICMP endpoint. */
  public IcmpEndpoint openIcmp(boolean v4) {
    return icmp.open(v4);
  }

  /** Drops everything that waits inside this layer; closes the ICMP endpoints. */
  public void close() {
    output.abandon();
    input.close();
    icmp.close();
    for (NetworkInterface itf : interfaces) {
      Neighborhood n = itf.neighborhood;
      if (n != null) {
        n.close(context.now);
      }
    }
    loopback.txQueue().clear();
    loopbackLink.close();
  }

  // ---- addresses

  /** True when the address is one of ours on any interface (loopback networks included). */
  public boolean isLocal(long high, long low) {
    return addresses.isLocal(high, low);
  }

  /**
   * True when the address is a broadcast address of an interface, 255.255.255.255, or any multicast
   * address.
   */
  public boolean isBroadcastOrMulticast(long high, long low) {
    return Addresses.isMulticast(high, low) || addresses.isBroadcast(high, low);
  }

  AddressTable addresses() {
    return addresses;
  }

  /** An address became usable or was given up. */
  void addressesChanged() {
    addresses.rebuild(interfaces);
    routes.touch();
  }

  // ---- routes

  /**
   * Finds the interface and, where the flow has none (all zero), the source address. Cheap when
   * nothing changed since the last time.
   *
   * @return false when there is no way to the destination
   */
  public boolean route(Flow flow) {
    return (flow.routeGeneration == routes.generation() && flow.out != null) || findRoute(flow);
  }

  private boolean findRoute(Flow flow) {
    long high = flow.destinationHigh;
    long low = flow.destinationLow;
    flow.out = null;
    boolean bound = !Addresses.isUnspecified(flow.sourceHigh, flow.sourceLow);
    if (Addresses.isUnspecified(high, low)
        || (bound && !addresses.isLocal(flow.sourceHigh, flow.sourceLow))) {
      return false;
    }
    if (addresses.isLocal(high, low)) {
      if (!bound) {
        flow.sourceHigh = high;
        flow.sourceLow = low;
      }
      return found(flow, loopback, null);
    }
    if (bound && Addresses.isLoopback(flow.sourceHigh, flow.sourceLow)) {
      // A loopback address never leaves the host (RFC 1122 section 3.2.1.3 (g)).
      return false;
    }
    RouteTable.Route r = routes.lookup(high, low);
    NetworkInterface out = r == null ? null : r.out();
    if (bound && isLinkScoped(high, low)) {
      NetworkInterface owner = addresses.owner(flow.sourceHigh, flow.sourceLow);
      out = owner == null ? out : owner;
    } else if (out == null && isLinkScoped(high, low)) {
      out = firstWith(flow.v4);
    }
    if (out == null || out == loopback) {
      return false;
    }
    if (!bound && !chooseSource(flow, out, r)) {
      return false;
    }
    return found(flow, out, isLinkScoped(high, low) ? null : r);
  }

  /**
   * @param r the route, or null when the destination itself is the next hop
   */
  private boolean found(Flow flow, NetworkInterface out, RouteTable.@Nullable Route r) {
    if (flow.out != out) {
      flow.out = out;
      flow.pathMtuGeneration = -1;
    }
    IpAddress gateway = r == null ? null : r.gateway();
    flow.hopHigh = gateway == null ? flow.destinationHigh : gateway.high();
    flow.hopLow = gateway == null ? flow.destinationLow : gateway.low();
    if (addresses.isBroadcast(flow.hopHigh, flow.hopLow)) {
      flow.hopHardwareAddress = EthernetHeader.BROADCAST;
    } else if (Addresses.isMulticast(flow.hopHigh, flow.hopLow)) {
      flow.hopHardwareAddress = Addresses.groupHardwareAddress(flow.hopHigh, flow.hopLow);
    } else {
      flow.hopHardwareAddress = 0;
    }
    flow.routeGeneration = routes.generation();
    return true;
  }

  /**
   * Destinations that mean something different on every link: multicast, limited broadcast, IPv6
   * link-local.
   */
  private static boolean isLinkScoped(long high, long low) {
    return Addresses.isMulticast(high, low)
        || Addresses.isLinkLocalV6(high)
        || (high == 0 && low == Addresses.LIMITED_BROADCAST);
  }

  private @Nullable NetworkInterface firstWith(boolean v4) {
    for (NetworkInterface itf : interfaces) {
      if (itf == loopback) {
        continue;
      }
      for (Prefix p : itf.addresses()) {
        if (p.address().isV4() == v4) {
          return itf;
        }
      }
    }
    return null;
  }

  private boolean chooseSource(Flow flow, NetworkInterface out, RouteTable.@Nullable Route r) {
    IpAddress gateway = r == null ? null : r.gateway();
    long hopHigh = gateway == null ? flow.destinationHigh : gateway.high();
    long hopLow = gateway == null ? flow.destinationLow : gateway.low();
    IpAddress source =
        SourceAddress.choose(out, flow.destinationHigh, flow.destinationLow, hopHigh, hopLow);
    for (int i = 0; source == null && i < interfaces.size(); i++) {
      // An interface without an address of its own borrows another's (RFC 1122 section 3.3.4.2:
      // weak end system).
      if (interfaces.get(i) != loopback) {
        source =
            SourceAddress.choose(
                interfaces.get(i), flow.destinationHigh, flow.destinationLow, hopHigh, hopLow);
      }
    }
    if (source == null) {
      return false;
    }
    flow.sourceHigh = source.high();
    flow.sourceLow = source.low();
    return true;
  }

  /**
   * The interface by which a forwarded packet leaves, or null.
   *
   * @param way gets the next hop; its addresses stay unset
   */
  @Nullable NetworkInterface wayFor(long high, long low, Flow way) {
    RouteTable.Route r = routes.lookup(high, low);
    if (r == null) {
      return null;
    }
    way.destinationHigh = high;
    way.destinationLow = low;
    return found(way, r.out(), r) ? r.out() : null;
  }

  /**
   * The peer of a flow acknowledges new data: the next hop receives what is sent to it (RFC 4861
   * section 7.3.1).
   */
  public void confirmReachable(Flow flow, long now) {
    Neighbor n = flow.neighbor;
    if (n != null && n.is(flow.hopHigh, flow.hopLow)) {
      n.confirm(now);
    }
  }

  /** The interface towards a destination, or null. */
  @Nullable NetworkInterface wayFor(long high, long low) {
    RouteTable.Route r = routes.lookup(high, low);
    return r == null ? null : r.out();
  }

  // ---- sizes

  /**
   * The largest packet for this flow now: the interface's MTU, or what path MTU discovery has
   * learnt. The flow is routed.
   */
  public int mtu(Flow flow) {
    return pathMtu.get(flow, interfaceMtu(flow), context.now);
  }

  /**
   * The interface's own MTU for this flow, which bounds what we can receive (MMS_R). The flow is
   * routed.
   */
  public int interfaceMtu(Flow flow) {
    NetworkInterface out = flow.out;
    if (out == null) {
      throw new IllegalStateException("the flow is not routed");
    }
    return out.mtu();
  }

  /**
   * Learns a path MTU from a checked ICMP error. {@code mtu} is 0 when the router did not name one.
   */
  public void learnPathMtu(long destinationHigh, long destinationLow, int mtu, long now) {
    NetworkInterface out =
        addresses.isLocal(destinationHigh, destinationLow)
            ? null
            : wayFor(destinationHigh, destinationLow);
    if (out != null) {
      pathMtu.learn(destinationHigh, destinationLow, mtu, out, now);
    }
  }

  /** The largest MTU in use below {@code mtu}: the table in RFC 1191, not less than 552. */
  public static int plateauBelow(int mtu) {
    return PathMtu.plateauBelow(mtu);
  }

  // ---- output

  /**
   * Reserves a packet in the queue of the flow's interface and writes its IP header. The caller
   * writes {@code transportHeaderLength} bytes at {@link #transportOffset}, appends slices of
   * exactly {@code payloadLength} bytes and commits. One packet at a time: a packet that was begun
   * before and not committed is given up.
   *
   * @return null when there is no route or the queue is full; the flow's {@link Flow#out()} tells
   *     which
   * @throws IllegalArgumentException when the header area does not hold the header, or no packet
   *     the whole
   */
  public @Nullable TxPacket begin(
      Flow flow, int protocol, int transportHeaderLength, int payloadLength) {
    return output.begin(flow, protocol, transportHeaderLength, payloadLength);
  }

  /**
   * Where the transport header begins in the header memory of the packet that {@link #begin}
   * returned.
   */
  public long transportOffset(TxPacket p) {
    return output.transportOffset(p);
  }

  /**
   * Fills in the transport checksum (or leaves it to the link), tells the observer and queues the
   * packet. UDP's rule for a checksum of 0 is kept.
   *
   * @param checksumField offset of the 16-bit checksum field within the transport header
   * @throws IllegalStateException when {@code p} is not the packet begun or its payload has another
   *     length than announced
   */
  public void commit(Flow flow, TxPacket p, int checksumField, long now) {
    output.commit(flow, p, checksumField, now);
  }

  /**
   * Sends one datagram that lies in a block as a whole, transport header first; its checksum is
   * filled in there. It goes out as one packet, or in fragments when it exceeds the path MTU and
   * the flow allows that: IPv6 always, IPv4 with {@link Flow#dontFragment} off. The packets refer
   * to the block, which the caller releases after the call as it would without it.
   *
   * @param offset where the transport header begins, counted from the block's first byte
   * @param length bytes of transport header and payload, at least 8; at most 65,515 over IPv4 and
   *     65,535 over IPv6
   * @param checksumField offset of the 16-bit checksum field within the transport header
   * @return {@code length}; or {@link dev.sinew.base.TcpError#NET_UNREACHABLE}, {@link
   *     dev.sinew.base.TcpError#MESSAGE_SIZE} or {@link dev.sinew.base.TcpError#WOULD_BLOCK} (the
   *     transmit queue has no room for all of it: nothing was sent) as a code
   */
  public int send(
      Flow flow, int protocol, Block block, int offset, int length, int checksumField, long now) {
    return output.send(flow, protocol, block, offset, length, checksumField, now);
  }

  /**
   * Answers a datagram for which there is no endpoint with ICMP Port Unreachable, where RFC 1122
   * section 3.2.2 allows it.
   */
  public void sendPortUnreachable(IpPacket original, long now) {
    icmp.sendPortUnreachable(original, now);
  }

  void drop(DropReason reason, Counter counter, long now) {
    context.counters.inc(counter);
    context.observer.packetDropped(now, reason);
  }
}
