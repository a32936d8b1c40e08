package dev.sinew.sim;

import dev.sinew.base.Block;
import dev.sinew.base.TimerHeap;
import dev.sinew.link.TxPacket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a link: what happens to packets on the way, and how often it has happened. Each
 * kind of accident draws from a random stream of its own, so that adding one does not move the
 * others.
 */
public final class Direction {
  /** What happens to packets that are under way when a link is cut. */
  public enum InFlight {
    /** They arrive. */
    DELIVER,
    /** They are lost. */
    DROP
  }

  private static final String LINK_CUT = "link cut";
  private static final int IDLE_FLIGHTS = 256;

  private final Simulation simulation;
  private final Journal journal;
  private final String name;
  private final int index;
  private final SimHost from;
  private final SimHost to;
  private final Accidents accidents;
  private final List<Fault> faults = new ArrayList<>();
  private final DepartureQueue queue = new DepartureQueue();
  private final PacketView view = new PacketView();
  private final int interfaceMtu;
  private Impairments impairments;
  private @Nullable Exit exit;
  private List<PacketFilter> filters = List.of();
  private boolean cut;
  private int epoch;
  private long lastDeparture;
  private long sentCount;
  private long deliveredCount;
  private long lostCount;
  private long queueDropCount;
  private long mtuDropCount;
  private long cutDropCount;
  private long duplicatedCount;
  private long reorderedCount;
  private long corruptedCount;

  private long markedCount;
  private long slotAt = -1;
  private int slotPackets;
  private long slotBytes;

  /** The packets under way that arrive in the order of sending; the first one is an event. */
  private final ArrayDeque<Flight> lane = new ArrayDeque<>();

  private long laneEnd;

  /** Flights that are over, to be used again. */
  private final ArrayDeque<Flight> idle = new ArrayDeque<>();

  /** What a direction leads to. */
  interface Exit {
    /** A packet has arrived. The block is the receiver's now, to be released. */
    void arrived(Direction direction, Block block, int length, long number);
  }

  Direction(
      Simulation simulation,
      int index,
      SimHost from,
      SimHost to,
      String link,
      Impairments impairments) {
    this.simulation = simulation;
    this.journal = simulation.journal();
    this.index = index;
    this.from = from;
    this.to = to;
    this.name = link + " " + from.name() + ">" + to.name();
    this.impairments = impairments;
    this.interfaceMtu = impairments.mtu();
    this.accidents = new Accidents(simulation, name, impairments);
  }

  void exit(Exit end) {
    exit = end;
  }

  /** What the sending host does to packets at this place, last of all. */
  void filters(List<PacketFilter> list) {
    filters = list;
  }

  // ---- what it is and does

  /** The link's name and both hosts': {@code "a-b a>b"}. */
  public String name() {
    return name;
  }

  public SimHost from() {
    return from;
  }

  public SimHost to() {
    return to;
  }

  public Impairments impairments() {
    return impairments;
  }

  /**
   * From now on; packets under way are not touched. The words are those of {@link
   * Impairments#parse}.
   */
  public Direction impair(String words) {
    return impair(Impairments.parse(words));
  }

  /** From now on; packets under way are not touched. */
  public Direction impair(Impairments next) {
    impairments = next;
    accidents.change(next);
    slotAt = -1;
    return this;
  }

  /** Drops the packets with these numbers, counted from 1 from now on. */
  public List<Fault> dropPackets(long... numbers) {
    return dropNth("packet", p -> true, numbers);
  }

  /**
   * Drops the TCP segments with payload that have these numbers, retransmissions counted, from 1
   * from now on.
   */
  public List<Fault> dropDataSegments(long... numbers) {
    return dropNth("data segment", PacketView::isData, numbers);
  }

  /** Drops the next {@code times} packets that match. */
  public Fault drop(String what, int times, Predicate<PacketView> matches) {
    return add(packetFault("drop " + what, matches, Fault.Action.DROP, 0, 1, times));
  }

  /** Drops every packet that matches: a black hole. */
  public Fault dropAll(String what, Predicate<PacketView> matches) {
    return add(packetFault("drop every " + what, matches, Fault.Action.DROP, 0, 1, Long.MAX_VALUE));
  }

  /**
   * Holds packets back beyond the link's delay: {@code times} of those that match, beginning with
   * number {@code first}, counted from 1 from now on.
   */
  public Fault delay(
      String what, Predicate<PacketView> matches, long first, long times, long byNanos) {
    return add(packetFault("delay " + what, matches, Fault.Action.DELAY, byNanos, first, times));
  }

  /** Doubles packets; arguments as in {@link #delay}. */
  public Fault duplicate(String what, Predicate<PacketView> matches, long first, long times) {
    return add(packetFault("duplicate " + what, matches, Fault.Action.DUPLICATE, 0, first, times));
  }

  /** Flips one bit of packets; arguments as in {@link #delay}. */
  public Fault corrupt(String what, Predicate<PacketView> matches, long first, long times) {
    return add(packetFault("corrupt " + what, matches, Fault.Action.CORRUPT, 0, first, times));
  }

  private List<Fault> dropNth(String what, Predicate<PacketView> matches, long... numbers) {
    List<Fault> added = new ArrayList<>();
    for (long n : numbers) {
      added.add(add(packetFault("drop " + what + " " + n, matches, Fault.Action.DROP, 0, n, 1)));
    }
    return added;
  }

  private Fault packetFault(
      String what,
      Predicate<PacketView> matches,
      Fault.Action action,
      long byNanos,
      long first,
      long times) {
    if (first < 1) {
      throw new IllegalArgumentException("packets are counted from 1");
    }
    return new Fault(
        name + ": " + what, matches, action, byNanos, first - 1, times, 0, TimerHeap.NEVER);
  }

  Fault add(Fault fault) {
    faults.add(fault);
    return fault;
  }

  /** The declared faults. */
  public List<Fault> faults() {
    return List.copyOf(faults);
  }

  /** Cuts this direction. */
  public void cut(InFlight inFlight) {
    cut = true;
    if (inFlight == InFlight.DROP) {
      epoch++;
    }
  }

  /** Undoes {@link #cut}. */
  public void heal() {
    cut = false;
  }

  // ---- counts

  /** Packets that the host put on the link. */
  public long sentCount() {
    return sentCount;
  }

  /** Packets that came out, duplicates counted. */
  public long deliveredCount() {
    return deliveredCount;
  }

  /** Packets lost at random. */
  public long lostCount() {
    return lostCount;
  }

  /** Packets dropped because the queue was full. */
  public long queueDropCount() {
    return queueDropCount;
  }

  /** Packets dropped because they were larger than the direction's MTU. */
  public long mtuDropCount() {
    return mtuDropCount;
  }

  /** Packets dropped because the link was cut. */
  public long cutDropCount() {
    return cutDropCount;
  }

  public long duplicatedCount() {
    return duplicatedCount;
  }

  public long reorderedCount() {
    return reorderedCount;
  }

  public long corruptedCount() {
    return corruptedCount;
  }

  /** Packets that the link has marked Congestion Experienced. */
  public long markedCount() {
    return markedCount;
  }

  /** Packets that wait to leave, the one that is leaving included. */
  public int queueLength() {
    queue.expire(simulation.now());
    return queue.size();
  }

  // ---- the way of a packet

  /** The host sends a packet. */
  void send(TxPacket packet) {
    Block block = block(packet.totalLength());
    packet.copyTo(block.memory(), block.base());
    send(block, packet.totalLength());
  }

  /** Memory for a packet, which {@link #send(Block, int)} takes. */
  Block block(int length) {
    Block block = simulation.wire().take(length);
    if (block == null) {
      throw simulation.failure(
          "more than " + simulation.wire().limitBytes() + " bytes are under way on the links",
          null);
    }
    return block;
  }

  /** The host sends what it has put into the block. */
  void send(Block block, int length) {
    long number = simulation.nextPacketNumber();
    sentCount++;
    view.of(block.memory(), block.base(), length);
    simulation.check(this, view);
    for (int i = 0; i < filters.size(); i++) {
      String why = filters.get(i).outgoing(view, simulation.now());
      if (why != null) {
        lose(block, number, why);
        return;
      }
      view.changed();
    }
    journal.sent(this, number, view);
    enter(block, length, number);
  }

  /** A switch passes a packet on; it keeps its number. */
  void pass(Block block, int length, long number) {
    sentCount++;
    view.of(block.memory(), block.base(), length);
    journal.sent(this, number, view);
    enter(block, length, number);
  }

  private void enter(Block block, int length, long number) {
    long now = simulation.now();
    long extra = 0;
    boolean twice = false;
    boolean damaged = false;
    if (cut) {
      cutDropCount++;
      lose(block, number, LINK_CUT);
      return;
    }
    Fault fault = faults.isEmpty() ? null : fault(now);
    if (fault != null) {
      switch (fault.action()) {
        case DROP -> {
          lose(block, number, fault.name());
          return;
        }
        case DELAY -> extra = fault.byNanos();
        case DUPLICATE -> twice = true;
        case CORRUPT -> damaged = true;
      }
    }
    String why = refuse(now, length);
    if (why != null) {
      lose(block, number, why);
      return;
    }
    long departure = slot(depart(now, length), length) + extra;
    twice |= accidents.duplicated();
    damaged |= accidents.corrupted();
    if (damaged) {
      corruptedCount++;
      long bit = accidents.bit(length * 8L);
      flip(block.memory(), block.base() + bit / 8, (int) (bit % 8));
    }
    if (twice) {
      duplicatedCount++;
      Block copy = simulation.wire().take(length);
      if (copy != null) {
        MemorySegment.copy(block.memory(), block.base(), copy.memory(), copy.base(), length);
        fly(copy, length, number, departure + delay());
      }
    }
    fly(block, length, number, departure + delay());
  }

  /** The packet is in {@link #view}. */
  private void lose(Block block, long number, String why) {
    journal.lost(this, number, view, why);
    block.release();
  }

  private static void flip(MemorySegment memory, long at, int bit) {
    memory.set(
        ValueLayout.JAVA_BYTE, at, (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 0x80 >> bit));
  }

  /** The fault whose turn it is; each counts every packet, also those that another one takes. */
  private @Nullable Fault fault(long now) {
    Fault first = null;
    for (Fault f : faults) {
      if (f.fires(view, now) && first == null) {
        first = f;
      }
    }
    return first;
  }

  /** Why the packet does not even leave; null when it does. */
  private @Nullable String refuse(long now, int length) {
    if (length > impairments.mtu()) {
      mtuDropCount++;
      return "larger than " + impairments.mtu() + " bytes";
    }
    if (accidents.lost() && !(impairments.ecn() && mark())) {
      lostCount++;
      return "lost at random";
    }
    if (impairments.bitsPerSecond() > 0) {
      queue.expire(now);
      if (queue.size() >= impairments.limitPackets()
          || (impairments.limitBytes() > 0 && queue.bytes() + length > impairments.limitBytes())) {
        queueDropCount++;
        return "queue full";
      }
      Impairments.Threshold t = impairments.ceThreshold();
      if ((t.packets() > 0 && queue.size() > t.packets())
          || (t.bytes() > 0 && queue.bytes() > t.bytes())
          || (t.nanos() > 0 && lastDeparture - now > t.nanos())) {
        mark();
      }
    }
    return null;
  }

  /** Sets Congestion Experienced; false when the packet's flow does not understand that. */
  private boolean mark() {
    if (!EcnField.markCongestion(view.memory(), view.offset(), view.length())) {
      return false;
    }
    view.changed();
    markedCount++;
    return true;
  }

  /** When the last bit leaves. */
  private long depart(long now, int length) {
    if (impairments.bitsPerSecond() == 0) {
      return now;
    }
    long bits = length * 8L;
    long nanos =
        (bits * 1_000_000_000L + impairments.bitsPerSecond() - 1) / impairments.bitsPerSecond();
    lastDeparture = Math.max(now, lastDeparture) + nanos;
    queue.add(lastDeparture, length);
    return lastDeparture;
  }

  /** When the slot comes in which a packet leaves that could leave at {@code time}. */
  private long slot(long time, int length) {
    Impairments.Slot slot = impairments.slot();
    if (slot.maxNanos() == 0) {
      return time;
    }
    if (slotAt < 0) {
      slotAt = time;
    }
    boolean full =
        (slot.packets() > 0 && slotPackets >= slot.packets())
            || (slot.bytes() > 0 && slotBytes > 0 && slotBytes + length > slot.bytes());
    while (slotAt < time || full) {
      slotAt += accidents.slotNanos();
      slotPackets = 0;
      slotBytes = 0;
      full = false;
    }
    slotPackets++;
    slotBytes += length;
    return slotAt;
  }

  private long delay() {
    long delay = accidents.delay();
    if (accidents.reordered()) {
      reorderedCount++;
      return impairments.reorderNanos() == 0 ? 0 : delay + impairments.reorderNanos();
    }
    return delay;
  }

  private void fly(Block block, int length, long number, long arrival) {
    Flight f = idle.isEmpty() ? new Flight() : idle.removeLast();
    f.of(block, length, number);
    f.time = arrival;
    f.rank = Event.PACKET;
    f.order = simulation.nextEventOrder();
    if (lane.isEmpty()) {
      f.inLane = true;
      laneEnd = arrival;
      lane.add(f);
      simulation.arrange(f);
    } else if (arrival >= laneEnd) {
      f.inLane = true;
      laneEnd = arrival;
      lane.add(f);
    } else {
      simulation.arrange(f);
    }
  }

  /** A packet between the two ends. */
  private final class Flight extends Event {
    private @Nullable Block block;
    private int length;
    private long number;
    private int sentInEpoch;
    private boolean inLane;

    void of(Block packet, int packetLength, long packetNumber) {
      block = packet;
      length = packetLength;
      number = packetNumber;
      sentInEpoch = epoch;
      inLane = false;
    }

    @Override
    void happen() {
      if (inLane) {
        lane.remove();
        Flight next = lane.peek();
        if (next != null) {
          simulation.arrange(next);
        }
      }
      Block packet = Objects.requireNonNull(block);
      Exit end = exit;
      block = null;
      if (idle.size() < IDLE_FLIGHTS) {
        idle.add(this);
      }
      if (sentInEpoch != epoch || end == null) {
        cutDropCount++;
        view.of(packet.memory(), packet.base(), length);
        lose(packet, number, LINK_CUT);
      } else {
        end.arrived(Direction.this, packet, length, number);
      }
    }
  }

  /** A packet came out: shows it to whoever looks, and answers it. */
  PacketView delivered(Block block, int length, long number) {
    deliveredCount++;
    view.of(block.memory(), block.base(), length);
    journal.delivered(this, number, view);
    return view;
  }

  /** A packet came out and is dropped there. */
  void refused(Block block, int length, long number, String why) {
    view.of(block.memory(), block.base(), length);
    lose(block, number, why);
  }

  /** What looks at a packet that arrives. */
  PacketView look(Block block, int length) {
    return view.of(block.memory(), block.base(), length);
  }

  int index() {
    return index;
  }

  /** What the sending host believes to be the MTU. */
  int interfaceMtu() {
    return interfaceMtu;
  }

  /**
   * Somebody on the way puts a packet of their own on the link: it arrives after the delay,
   * untouched by accidents and faults. It is not judged as a host's packets are.
   */
  public void inject(byte[] packet) {
    Block block = simulation.wire().take(packet.length);
    if (block == null) {
      throw simulation.failure("no memory for a packet", null);
    }
    MemorySegment.copy(
        packet, 0, block.memory(), ValueLayout.JAVA_BYTE, block.base(), packet.length);
    long number = simulation.nextPacketNumber();
    simulation.foreign(view.of(block.memory(), block.base(), packet.length));
    fly(block, packet.length, number, simulation.now() + impairments.delayNanos());
  }

  @Override
  public String toString() {
    return name;
  }
}
