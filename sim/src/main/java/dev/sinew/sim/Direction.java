package dev.sinew.sim;

import dev.sinew.base.Block;
import dev.sinew.link.TxPacket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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

  private final Simulation simulation;
  private final String name;
  private final int index;
  private final SimHost from;
  private final SimHost to;
  private final NamedRandom lossStream;
  private final NamedRandom duplicateStream;
  private final NamedRandom reorderStream;
  private final NamedRandom corruptStream;
  private final NamedRandom jitterStream;
  private final List<Fault> faults = new ArrayList<>();
  private final ArrayDeque<Leaving> queue = new ArrayDeque<>();
  private final PacketView view = new PacketView();
  private final int interfaceMtu;
  private Impairments impairments;
  private @Nullable LinkEnd exit;
  private boolean cut;
  private int epoch;
  private long queueBytes;
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

  /** A packet that waits to leave, or is leaving. */
  private record Leaving(long departure, int length) {}

  Direction(
      Simulation simulation,
      int index,
      SimHost from,
      SimHost to,
      String link,
      Impairments impairments) {
    this.simulation = simulation;
    this.index = index;
    this.from = from;
    this.to = to;
    this.name = link + " " + from.name() + ">" + to.name();
    this.impairments = impairments;
    this.interfaceMtu = impairments.mtu();
    lossStream = simulation.random("link/" + name + "/loss");
    duplicateStream = simulation.random("link/" + name + "/duplicate");
    reorderStream = simulation.random("link/" + name + "/reorder");
    corruptStream = simulation.random("link/" + name + "/corrupt");
    jitterStream = simulation.random("link/" + name + "/jitter");
  }

  void exit(LinkEnd end) {
    exit = end;
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
    impairments = Impairments.parse(words);
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
    return add(new Fault(name + ": drop " + what, matches, 0, times));
  }

  /** Drops every packet that matches: a black hole. */
  public Fault dropAll(String what, Predicate<PacketView> matches) {
    return add(new Fault(name + ": drop every " + what, matches, 0, Long.MAX_VALUE));
  }

  private List<Fault> dropNth(String what, Predicate<PacketView> matches, long... numbers) {
    List<Fault> added = new ArrayList<>();
    for (long n : numbers) {
      if (n < 1) {
        throw new IllegalArgumentException("packets are counted from 1");
      }
      added.add(add(new Fault(name + ": drop " + what + " " + n, matches, n - 1, 1)));
    }
    return added;
  }

  private Fault add(Fault fault) {
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

  /** Packets that wait to leave, the one that is leaving included. */
  public int queueLength() {
    expire(simulation.now());
    return queue.size();
  }

  // ---- the way of a packet

  void send(TxPacket packet) {
    long now = simulation.now();
    int length = packet.totalLength();
    Block block = simulation.wire().take(length);
    if (block == null) {
      throw simulation.failure(
          "more than " + simulation.wire().limitBytes() + " bytes are under way on the links",
          null);
    }
    packet.copyTo(block.memory(), block.base());
    long number = simulation.nextPacketNumber();
    sentCount++;
    view.of(block.memory(), block.base(), length);
    simulation.sent(this, number, view);
    String why = refuse(now, length);
    if (why != null) {
      simulation.lost(this, number, view, why);
      block.release();
      return;
    }
    long departure = depart(now, length);
    boolean twice = duplicateStream.chance(impairments.duplicate());
    if (corruptStream.chance(impairments.corrupt())) {
      corruptedCount++;
      int bit = (int) Math.floorMod(corruptStream.nextLong(), length * 8L);
      flip(block.memory(), block.base() + bit / 8, bit % 8);
    }
    if (twice) {
      duplicatedCount++;
      Block copy = simulation.wire().take(length);
      if (copy != null) {
        MemorySegment.copy(block.memory(), block.base(), copy.memory(), copy.base(), length);
        simulation.arrange(new Flight(copy, length, number), departure + delay());
      }
    }
    simulation.arrange(new Flight(block, length, number), departure + delay());
  }

  private static void flip(MemorySegment memory, long at, int bit) {
    memory.set(
        ValueLayout.JAVA_BYTE, at, (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 0x80 >> bit));
  }

  /** Why the packet does not even leave; null when it does. */
  private @Nullable String refuse(long now, int length) {
    if (cut) {
      cutDropCount++;
      return "link cut";
    }
    Fault first = null;
    for (Fault f : faults) {
      // Each fault counts every packet, also those that another one takes.
      if (f.fires(view) && first == null) {
        first = f;
      }
    }
    if (first != null) {
      return first.name();
    }
    if (length > impairments.mtu()) {
      mtuDropCount++;
      return "larger than " + impairments.mtu() + " bytes";
    }
    if (lossStream.chance(impairments.loss())) {
      lostCount++;
      return "lost at random";
    }
    if (impairments.bitsPerSecond() > 0) {
      expire(now);
      if (queue.size() >= impairments.limitPackets()
          || (impairments.limitBytes() > 0 && queueBytes + length > impairments.limitBytes())) {
        queueDropCount++;
        return "queue full";
      }
    }
    return null;
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
    queue.add(new Leaving(lastDeparture, length));
    queueBytes += length;
    return lastDeparture;
  }

  private void expire(long now) {
    for (Leaving l = queue.peek(); l != null && l.departure <= now; l = queue.peek()) {
      queueBytes -= l.length;
      queue.remove();
    }
  }

  private long delay() {
    long delay = impairments.delayNanos() + jitterStream.nextAround(impairments.jitterNanos());
    if (reorderStream.chance(impairments.reorder())) {
      reorderedCount++;
      return impairments.reorderNanos() == 0 ? 0 : delay + impairments.reorderNanos();
    }
    return delay;
  }

  /** A packet between the two ends. */
  private final class Flight extends Event {
    private final Block block;
    private final int length;
    private final long number;
    private final int sentInEpoch = epoch;

    Flight(Block block, int length, long number) {
      this.block = block;
      this.length = length;
      this.number = number;
    }

    @Override
    void happen() {
      view.of(block.memory(), block.base(), length);
      LinkEnd end = exit;
      if (sentInEpoch != epoch || end == null) {
        cutDropCount++;
        simulation.lost(Direction.this, number, view, "link cut");
      } else {
        deliveredCount++;
        simulation.delivered(Direction.this, number, view);
        end.arrived(block.memory(), block.base(), length);
      }
      block.release();
    }
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
    simulation.arrange(
        new Flight(block, packet.length, simulation.nextPacketNumber()),
        simulation.now() + impairments.delayNanos());
  }

  @Override
  public String toString() {
    return name;
  }
}
