package dev.sinew.junit;

import dev.sinew.base.TcpState;
import dev.sinew.capture.Ladder;
import dev.sinew.capture.LadderEvent;
import dev.sinew.capture.LadderEvent.Side;
import dev.sinew.capture.LadderText;
import dev.sinew.capture.analysis.Reading;
import dev.sinew.capture.analysis.TcpAnalyzer;
import dev.sinew.ip.Prefix;
import dev.sinew.sim.Direction;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.SimObserver;
import dev.sinew.sim.Simulation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes down what happens in a simulation: every packet, its fate, and every change of state. */
final class WireLog implements SimObserver {
  /** So many bytes of packets are kept whole; of later ones the beginning. */
  private static final long WHOLE_BYTES = 32L << 20;

  private static final int HEAD = 128;

  /** Packets that have arrived at a host and may be passed on. */
  private static final int REMEMBERED = 64;

  /** More would fill the memory of an ordinary test run. */
  static final int MAX_PACKETS = 1_000_000;

  /** A change of a connection's state. */
  record Change(long timeNanos, String host, long connection, TcpState from, TcpState to) {}

  /** An event in its order: a packet that was sent, arrived or was lost, or a change of state. */
  private record Entry(
      Kind kind, long timeNanos, @Nullable WirePacket packet, @Nullable Change change) {}

  private enum Kind {
    SENT,
    ARRIVED,
    LOST,
    CHANGE
  }

  private final Simulation simulation;
  private final TcpAnalyzer analyzer = new TcpAnalyzer(false);
  private final List<WirePacket> packets = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Long, WirePacket> byNumber = new HashMap<>();
  private final Map<String, ArrayDeque<WirePacket>> atRouter = new HashMap<>();
  private long keptBytes;
  private boolean full;

  WireLog(Simulation simulation) {
    this.simulation = simulation;
    simulation.observe(this);
  }

  @Override
  public void packetSent(long now, Direction direction, long number, PacketView packet) {
    if (packets.size() == MAX_PACKETS) {
      full = true;
      return;
    }
    boolean original = owns(direction.from(), packet);
    Reading reading =
        original ? analyzer.read(now, packet.memory(), packet.offset(), packet.length()) : null;
    byte[] bytes = head(packet);
    WirePacket p =
        new WirePacket(
            number,
            now,
            direction.from().name(),
            direction.to().name(),
            bytes,
            packet.length(),
            original,
            reading);
    if (!original) {
      p.origin(passedOn(direction.from().name(), bytes));
    }
    packets.add(p);
    byNumber.put(number, p);
    entries.add(new Entry(Kind.SENT, now, p, null));
  }

  /**
   * The packet that a router has just received and now sends on, or null when it made pieces of it.
   */
  private @Nullable WirePacket passedOn(String router, byte[] bytes) {
    ArrayDeque<WirePacket> waiting = atRouter.get(router);
    if (waiting != null) {
      for (WirePacket p : waiting) {
        if (sameButForTheHop(p.kept(), bytes)) {
          waiting.remove(p);
          return p.origin();
        }
      }
    }
    return null;
  }

  /** A hop changes the TTL and with it IPv4's header checksum. */
  private static boolean sameButForTheHop(byte[] a, byte[] b) {
    int from = (a[0] & 0xf0) == 0x40 ? 12 : 8;
    int n = Math.min(a.length, b.length);
    return n > from && Arrays.equals(a, from, n, b, from, n);
  }

  private byte[] head(PacketView packet) {
    int n = keptBytes < WHOLE_BYTES ? packet.length() : Math.min(packet.length(), HEAD);
    keptBytes += n;
    return packet.memory().asSlice(packet.offset(), n).toArray(ValueLayout.JAVA_BYTE);
  }

  private boolean owns(SimHost host, PacketView packet) {
    if (!packet.isIp()) {
      return true;
    }
    for (SimLink l : simulation.links()) {
      if (l.forward().from() != host && l.backward().from() != host) {
        continue;
      }
      for (Prefix p : l.at(host).addresses()) {
        if (p.address().high() == packet.ip().sourceHigh
            && p.address().low() == packet.ip().sourceLow) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public void packetDelivered(long now, Direction direction, long number, PacketView packet) {
    WirePacket p = byNumber.get(number);
    if (p != null) {
      p.arrived(now);
      ArrayDeque<WirePacket> waiting =
          atRouter.computeIfAbsent(direction.to().name(), n -> new ArrayDeque<>());
      waiting.add(p);
      if (waiting.size() > REMEMBERED) {
        waiting.remove();
      }
      entries.add(new Entry(Kind.ARRIVED, now, p, null));
    }
  }

  @Override
  public void packetLost(
      long now, Direction direction, long number, PacketView packet, String why) {
    WirePacket p = byNumber.get(number);
    if (p != null) {
      p.lost(why);
      entries.add(new Entry(Kind.LOST, now, p, null));
    }
  }

  @Override
  public void stateChanged(
      long now,
      SimHost host,
      long connection,
      int localPort,
      int remotePort,
      TcpState from,
      TcpState to) {
    Change c = new Change(now, host.name(), connection, from, to);
    changes.add(c);
    entries.add(new Entry(Kind.CHANGE, now, null, c));
  }

  /** Too much happened to keep all of it. */
  boolean isFull() {
    return full;
  }

  List<WirePacket> packets() {
    return packets;
  }

  List<Change> changes() {
    return changes;
  }

  // ---- the ladder

  /** The exchange of two hosts as a ladder. */
  List<String> ladder(String left, String right) {
    LadderText words = new LadderText();
    List<LadderEvent> events = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(65_536);
      for (Entry e : entries) {
        LadderEvent event = event(e, left, right, words, scratch);
        if (event != null) {
          events.add(event);
        }
      }
    }
    return new Ladder(left, right).render(events);
  }

  private static @Nullable LadderEvent event(
      Entry e, String left, String right, LadderText words, MemorySegment scratch) {
    if (e.change instanceof Change c) {
      return c.host.equals(left) || c.host.equals(right)
          ? new LadderEvent.StateChange(c.timeNanos, side(c.host, left), c.from, c.to)
          : null;
    }
    WirePacket p = e.packet;
    WirePacket first = p == null ? null : p.origin();
    if (p == null || first == null) {
      return null;
    }
    // The ladder shows the two hosts alone: what routers do in between is one way.
    boolean concerns = first.from().equals(left) || first.from().equals(right);
    return switch (e.kind) {
      case SENT -> {
        if (p != first || !concerns) {
          yield null;
        }
        byte[] b = p.kept();
        MemorySegment.copy(b, 0, scratch, ValueLayout.JAVA_BYTE, 0, b.length);
        String text = words.describe(scratch, 0, b.length, p.lengthBytes());
        yield new LadderEvent.Sent(e.timeNanos, side(p.from(), left), p.number(), text);
      }
      case ARRIVED ->
          p.to().equals(left) || p.to().equals(right)
              ? new LadderEvent.Received(e.timeNanos, side(p.to(), left), first.number())
              : null;
      case LOST -> concerns ? new LadderEvent.Lost(e.timeNanos, first.number(), p.lost()) : null;
      case CHANGE -> null;
    };
  }

  private static Side side(String host, String left) {
    return host.equals(left) ? Side.LEFT : Side.RIGHT;
  }
}
