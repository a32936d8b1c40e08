package dev.sinew.neighbor;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.EntropySource;
import dev.sinew.base.TimerHeap;
import dev.sinew.base.TokenBucket;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.EthernetHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One link of Ethernet frames as the internet layer sees it: packets go to an IP address, and here
 * they get the hardware address that belongs to it. The states of a neighbour are those of RFC 4861
 * section 7.3.2, for IPv4 as well: there a unicast ARP request is the probe (RFC 1122 section
 * 2.3.2.1 (2)).
 *
 * <p>Nobody on a link proves who he is, in neither protocol. What can be done is done: what
 * somebody makes up costs bounded memory and no neighbour in use its place.
 */
public final class Neighborhood {
  /** Result of {@link #receive}: the frame was no IP packet for this station. */
  public static final int CONSUMED = -1;

  static final long SECOND = 1_000_000_000L;

  // RFC 4861 section 10.
  static final long RETRANS_TIMER_NANOS = SECOND;
  static final long DELAY_FIRST_PROBE_TIME_NANOS = 5 * SECOND;
  static final int MAX_MULTICAST_SOLICIT = 3;
  static final int MAX_UNICAST_SOLICIT = 3;

  /**
   * Questions to everybody, per second: one for each destination is the rule of RFC 1122 section
   * 2.3.2.1, and this holds when destinations are made up.
   */
  private static final int SOLICITS_PER_SECOND = 1000;

  private static final int SOLICIT_BURST = 100;

  /**
   * What it works with.
   *
   * @param hardwareAddress the link's own
   * @param queue the link's
   * @param interfaceIndex for the observer
   * @param entries the most neighbours that are kept
   * @param reachableNanos how long one counts as reachable, on average
   * @param router this stack passes packets on
   */
  public record Surroundings(
      long hardwareAddress,
      TxQueue queue,
      int interfaceIndex,
      int entries,
      long reachableNanos,
      boolean router,
      TimerHeap timers,
      Counters counters,
      Observer observer,
      EntropySource entropy,
      NeighborEvents events) {}

  final Surroundings with;
  private final TxQueue queue;
  private final TimerHeap timers;
  private final NeighborCache cache;
  private final OwnAddresses own;
  private final Arp arp;
  private final Ndp ndp;
  private final TokenBucket solicitBucket =
      new TokenBucket(SOLICITS_PER_SECOND, SOLICIT_BURST, null);
  private final ArrayDeque<TxPacket> spares = new ArrayDeque<>();
  private long reachableNanos;

  public Neighborhood(Surroundings with) {
    this.with = with;
    this.queue = with.queue();
    this.timers = with.timers();
    this.cache = new NeighborCache(this, with.entries(), with.entropy());
    this.own = new OwnAddresses(this);
    this.arp = new Arp(this, own);
    this.ndp = new Ndp(this, own);
    drawReachableTime();
  }

  // ---- own addresses

  /**
   * Adds an address.
   *
   * @param prefixBits of its network, out of 128
   * @param check ask first whether somebody has it; else it is ours at once
   */
  public void addAddress(long high, long low, int prefixBits, boolean check, long now) {
    own.add(high, low, prefixBits, check, now);
  }

  /** What is known of one of the own addresses; null when it is none. */
  public @Nullable AddressState addressState(long high, long low) {
    OwnAddress a = own.find(high, low);
    return a == null ? null : a.state;
  }

  /** The hardware address of the one who has this address too, or 0 when nobody was heard to. */
  public long rival(long high, long low) {
    OwnAddress a = own.find(high, low);
    return a == null ? 0 : a.rivalMac;
  }

  // ---- packets out

  /**
   * Queues the reserved packet for a neighbour, or keeps it until the address is known.
   *
   * @param high of the next hop's address, with {@code low}; no group
   * @param hint what the last call for this address returned
   * @return the entry, to be the next hint
   */
  public Neighbor send(TxPacket p, long high, long low, @Nullable Neighbor hint, long now) {
    Neighbor n = hint != null && hint.is(high, low) ? hint : cache.find(high, low);
    if (n == null) {
      n = cache.add(high, low, NeighborState.INCOMPLETE, cache.unresolved, now);
      noteSource(n, p);
      hold(n, now);
      solicit(n, now);
      return n;
    }
    switch (n.state) {
      case REACHABLE -> {
        if (now - n.reachableUntilNanos >= 0) {
          toDelay(n, p, now);
        }
      }
      case STALE -> toDelay(n, p, now);
      case INCOMPLETE -> {
        hold(n, now);
        return n;
      }
      case DELAY, PROBE -> {}
    }
    n.used = true;
    writeHeader(p, n.mac);
    queue.commit();
    return n;
  }

  /** Queues the reserved packet for a hardware address: a group's. */
  public void sendTo(TxPacket p, long mac) {
    writeHeader(p, mac);
    queue.commit();
  }

  private void writeHeader(TxPacket p, long mac) {
    boolean v4 = Bytes.u8(p.header(), p.headerOffset()) >>> 4 == 4;
    writeHeader(p, mac, v4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6);
  }

  void writeHeader(TxPacket p, long mac, int type) {
    int unused =
        EthernetHeader.write(
            p.header(),
            p.headerOffset() - EthernetHeader.LENGTH,
            mac,
            with.hardwareAddress(),
            type);
  }

  /** Keeps the source address of the packet that wants the neighbour. */
  private static void noteSource(Neighbor n, TxPacket p) {
    MemorySegment m = p.header();
    long at = p.headerOffset();
    if (Bytes.u8(m, at) >>> 4 == 4) {
      n.sourceHigh = 0;
      n.sourceLow = Ipv4Header.MAPPED | Bytes.u32(m, at + Ipv4Header.SOURCE);
    } else {
      n.sourceHigh = Bytes.i64(m, at + Ipv6Header.SOURCE);
      n.sourceLow = Bytes.i64(m, at + Ipv6Header.SOURCE + 8);
    }
  }

  /** The reserved packet waits. */
  private void hold(Neighbor n, long now) {
    TxPacket spare = spares.poll();
    TxPacket oldest = n.hold(queue.withdraw(spare == null ? queue.newPacket() : spare));
    if (oldest != null) {
      dropHeld(oldest, now);
    }
  }

  private void dropHeld(TxPacket p, long now) {
    with.counters().inc(Counter.SinewNeighborQueueDrops);
    with.observer().packetDropped(now, DropReason.NEIGHBOR_QUEUE);
    recycle(p);
  }

  private void recycle(TxPacket p) {
    TxQueue.discard(p);
    spares.push(p);
  }

  // ---- frames in

  /**
   * Looks at the Ethernet header before what has arrived.
   *
   * @return the flags that the IP packet has, or {@link #CONSUMED}
   */
  public int receive(MemorySegment m, long offset, int length, int flags, long now) {
    long frame = offset - EthernetHeader.LENGTH;
    long to = EthernetHeader.mac(m, frame + EthernetHeader.DESTINATION);
    long from = EthernetHeader.mac(m, frame + EthernetHeader.SOURCE);
    boolean group = EthernetHeader.isGroup(to);
    // A frame of our own that a hub or switch brings back says nothing (RFC 5227 section 2.1.1).
    if ((!group && to != with.hardwareAddress())
        || from == with.hardwareAddress()
        || EthernetHeader.isGroup(from)) {
      with.observer().packetDropped(now, DropReason.NOT_MINE);
      return CONSUMED;
    }
    switch (Bytes.u16(m, frame + EthernetHeader.TYPE)) {
      case EthernetHeader.TYPE_IPV4, EthernetHeader.TYPE_IPV6 -> {
        return group ? flags | PacketSink.LINK_GROUP : flags;
      }
      case EthernetHeader.TYPE_ARP -> arp.input(m, offset, length, !group, now);
      default -> with.observer().packetDropped(now, DropReason.NOT_IP);
    }
    return CONSUMED;
  }

  /** A Neighbor Solicitation that came in, its checksum good. */
  public void solicitation(IpPacket p, long now) {
    ndp.solicitation(p, now);
  }

  /** A Neighbor Advertisement that came in, its checksum good. */
  public void advertisement(IpPacket p, long now) {
    ndp.advertisement(p, now);
  }

  void malformed(long now) {
    with.counters().inc(Counter.SinewNeighborInErrors);
    with.observer().packetDropped(now, DropReason.TRANSPORT_HEADER);
  }

  // ---- what is heard of neighbours

  /** What is known of that address, or null. For looking, not for keeping. */
  public @Nullable Neighbor find(long high, long low) {
    return cache.find(high, low);
  }

  /** How many neighbours are known. */
  public int size() {
    return cache.size();
  }

  /**
   * Somebody has shown his addresses without being asked: in a solicitation (RFC 4861 section
   * 7.2.3) or an ARP packet (RFC 826).
   *
   * @param create he wants something of us: an answer will follow
   */
  void heardOf(long high, long low, long mac, boolean create, long now) {
    Neighbor n = cache.find(high, low);
    if (n == null) {
      if (create) {
        cache.add(high, low, NeighborState.STALE, cache.heard, now).mac = mac;
      }
    } else if (n.state == NeighborState.INCOMPLETE) {
      resolved(n, mac, false, now);
    } else if (n.mac != mac) {
      n.mac = mac;
      toStale(n);
    }
  }

  /**
   * An advertisement (RFC 4861 section 7.2.5), or an ARP reply.
   *
   * @param mac 0 when it names none
   */
  void advertised(long high, long low, long mac, boolean solicited, boolean override, long now) {
    Neighbor n = cache.find(high, low);
    if (n == null) {
      return;
    }
    if (n.state == NeighborState.INCOMPLETE) {
      if (mac != 0) {
        resolved(n, mac, solicited, now);
      }
      return;
    }
    boolean other = mac != 0 && mac != n.mac;
    if (other && !override) {
      if (n.state == NeighborState.REACHABLE) {
        toStale(n);
      }
      return;
    }
    if (other) {
      n.mac = mac;
    }
    if (solicited) {
      toReachable(n, now);
    } else if (other) {
      toStale(n);
    }
  }

  /** True while an answer of that neighbour is awaited. */
  boolean isAsked(long high, long low) {
    Neighbor n = cache.find(high, low);
    return n != null && (n.state == NeighborState.INCOMPLETE || n.state == NeighborState.PROBE);
  }

  private void resolved(Neighbor n, long mac, boolean reachable, long now) {
    n.mac = mac;
    cache.move(n, cache.known);
    n.used = true;
    if (reachable) {
      toReachable(n, now);
    } else {
      toStale(n);
    }
    for (TxPacket p = n.takeHeld(); p != null; p = n.takeHeld()) {
      if (n.state == NeighborState.STALE) {
        toDelay(n, p, now);
      }
      writeHeader(p, mac);
      TxPacket spare = queue.put(p);
      if (spare == null) {
        with.counters().inc(Counter.SinewTxQueueDrops);
        with.observer().packetDropped(now, DropReason.TX_QUEUE_FULL);
        recycle(p);
      } else {
        spares.push(spare);
      }
    }
  }

  // ---- states

  long reachableNanos() {
    return reachableNanos;
  }

  /** RFC 4861 section 6.3.2: between half of and one and a half times the base, drawn anew. */
  private void drawReachableTime() {
    reachableNanos =
        with.reachableNanos() / 2
            + Math.floorMod(with.entropy().nextLong(), with.reachableNanos() + 1);
  }

  void toReachable(Neighbor n, long now) {
    drawReachableTime();
    n.state = NeighborState.REACHABLE;
    n.reachableUntilNanos = now + reachableNanos;
    timers.disarm(n);
  }

  private void toStale(Neighbor n) {
    n.state = NeighborState.STALE;
    timers.disarm(n);
  }

  /** A packet goes to a neighbour that was not heard of for a while. */
  private void toDelay(Neighbor n, TxPacket p, long now) {
    cache.move(n, cache.known);
    noteSource(n, p);
    n.state = NeighborState.DELAY;
    timers.arm(n, now + DELAY_FIRST_PROBE_TIME_NANOS);
  }

  /** Its time has come (RFC 4861 sections 7.2.2 and 7.3.3). */
  void due(Neighbor n, long now) {
    if (n.state == NeighborState.DELAY) {
      n.state = NeighborState.PROBE;
      n.solicitCount = 0;
    }
    boolean incomplete = n.state == NeighborState.INCOMPLETE;
    if (n.solicitCount < (incomplete ? MAX_MULTICAST_SOLICIT : MAX_UNICAST_SOLICIT)) {
      solicit(n, now);
    } else {
      with.counters().inc(Counter.SinewNeighborFailures);
      // Before the entry may serve for another: what is said of them may have to wait there.
      ArrayDeque<TxPacket> waiting = new ArrayDeque<>(Neighbor.MAX_HELD);
      for (TxPacket p = n.takeHeld(); p != null; p = n.takeHeld()) {
        waiting.add(p);
      }
      forget(n);
      for (TxPacket p : waiting) {
        with.observer().packetDropped(now, DropReason.NEIGHBOR_UNREACHABLE);
        with.events().unreachable(p, now);
        recycle(p);
      }
    }
  }

  /** Asks for the neighbour: everybody, or in PROBE itself. */
  private void solicit(Neighbor n, long now) {
    n.solicitCount++;
    timers.arm(n, now + RETRANS_TIMER_NANOS);
    boolean toAll = n.state == NeighborState.INCOMPLETE;
    if (toAll && !solicitBucket.take(now)) {
      return;
    }
    with.counters().inc(Counter.SinewNeighborSolicits);
    OwnAddress source = own.sourceFor(n);
    if (isV4(n.high, n.low)) {
      arp.ask(n, source, toAll);
    } else if (source != null) {
      ndp.ask(n, source, toAll, now);
    }
  }

  /** The cache wants its place. */
  void evict(Neighbor n, long now) {
    with.counters().inc(Counter.SinewNeighborEvictions);
    forget(n);
    for (TxPacket p = n.takeHeld(); p != null; p = n.takeHeld()) {
      dropHeld(p, now);
    }
  }

  private void forget(Neighbor n) {
    timers.remove(n);
    cache.remove(n);
  }

  /** Forgets everybody; the packets that wait are dropped. */
  public void close(long now) {
    for (Neighbor n = cache.any(); n != null; n = cache.any()) {
      evict(n, now);
    }
    own.close();
  }

  void probe(OwnAddress a, long now) {
    if (a.v4) {
      arp.probe(a);
    } else {
      ndp.probe(a, now);
    }
  }

  void announce(OwnAddress a, long now) {
    if (a.v4) {
      arp.announce(a);
    } else {
      ndp.announce(a, now);
    }
  }

  static boolean isV4(long high, long low) {
    return high == 0 && low >>> 32 == 0xffff;
  }
}
