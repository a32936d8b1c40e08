package dev.sinew.demos;

import dev.sinew.base.TcpState;
import dev.sinew.capture.Ladder;
import dev.sinew.capture.LadderEvent;
import dev.sinew.capture.LadderEvent.Side;
import dev.sinew.capture.LadderText;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.Direction;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimObserver;
import dev.sinew.sim.Simulation;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Everything that happens in a network: each packet with its cause and its fate, each change of
 * state, what programs do. Two hosts are the columns of its ladder; what goes through hosts between
 * them is shown as one packet.
 */
final class Recorder implements SimObserver {
  private final Simulation sim;
  private final LadderText words = new LadderText();
  private final List<LadderEvent> events = new ArrayList<>();
  private final List<Seg> segs = new ArrayList<>();
  private final Map<Long, Seg> byNumber = new HashMap<>();
  private final Map<Long, Integer> isns = new HashMap<>();
  private final Map<SimHost, List<TcpState>> states = new HashMap<>();
  private final Map<SimHost, Map<TcpState, Long>> entered = new HashMap<>();
  private final Map<SimHost, Watch> watches = new HashMap<>();

  /** Packets that hosts between the columns passed on, by the number they began with. */
  private final Map<Long, Long> origin = new HashMap<>();

  private final Map<Long, Long> originByContent = new HashMap<>();
  private @Nullable SimHost left;
  private @Nullable SimHost right;
  private boolean quiet;
  private boolean off;
  private long zero;
  private String injected = "forged: ";

  Recorder(Simulation sim) {
    this.sim = sim;
    sim.observe(this);
  }

  /** Hears one host's stack: why it sends and why it drops. */
  static final class Watch implements Observer {
    private record Pending(int seq, SendCause cause) {}

    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private @Nullable Recorder recorder;
    private long lastArrived = Seg.NEVER;
    private long lastArrivedNanos;
    private long icmpNanos = Seg.NEVER;
    private boolean dropped;

    @Override
    public void segmentSent(
        long now, long connection, int seq, int sequenceLength, SendCause cause) {
      pending.add(new Pending(seq, cause));
      if (pending.size() > 4096) {
        pending.remove();
      }
    }

    @Override
    public void packetReceived(
        long now, int interfaceIndex, MemorySegment packet, long offset, int length) {
      dropped = false;
    }

    @Override
    public void packetDropped(long now, DropReason reason) {
      Recorder r = recorder;
      if (r != null && lastArrived != Seg.NEVER && lastArrivedNanos == now && !dropped) {
        dropped = true;
        r.refused(now, lastArrived, reason);
      }
    }

    @Nullable SendCause causeOf(int seq) {
      for (Pending p : pending) {
        if (p.seq == seq) {
          pending.remove(p);
          return p.cause;
        }
      }
      return null;
    }
  }

  void watch(SimHost host, Watch watch) {
    watch.recorder = this;
    watches.put(host, watch);
  }

  /** The columns of the ladder; the first two hosts unless this says otherwise. */
  void columns(SimHost first, SimHost second) {
    left = first;
    right = second;
  }

  /** What happens from now on is counted, but not drawn. */
  void quiet(boolean on) {
    quiet = on;
  }

  /** What stands before a packet that no host has sent. */
  void injected(String words) {
    injected = words;
  }

  /** The ladder's times count from then. */
  void zero(long nanos) {
    zero = nanos;
  }

  /** Records nothing: there will be too much of it. */
  void off() {
    off = true;
    quiet = true;
  }

  private boolean concerns(SimHost host) {
    return !quiet && (host == left || host == right);
  }

  private Side side(SimHost host) {
    return host == left ? Side.LEFT : Side.RIGHT;
  }

  /** Notes what a host's program does now. */
  void call(SimHost host, String text) {
    if (concerns(host)) {
      events.add(new LadderEvent.ApiCall(sim.now() - zero, side(host), text));
    }
  }

  @Override
  public void packetSent(long now, Direction direction, long number, PacketView packet) {
    if (off) {
      return;
    }
    Seg s = seg(now, direction.from(), number, packet);
    segs.add(s);
    byNumber.put(number, s);
    long content = content(packet);
    if (direction.from() != left && direction.from() != right) {
      if (!quiet) {
        // A translator's packets are a connection of their own: its numbers must be known, too.
        words.describe(packet.memory(), packet.offset(), packet.length(), packet.length());
      }
      Long first = originByContent.get(content);
      if (first != null) {
        origin.put(number, first);
      }
      return;
    }
    originByContent.put(content, number);
    if (quiet && (s.flags & TcpHeader.SYN) == 0) {
      return;
    }
    String text =
        words.describe(packet.memory(), packet.offset(), packet.length(), packet.length());
    if (concerns(direction.from())) {
      events.add(
          new LadderEvent.Sent(
              now - zero,
              side(direction.from()),
              number,
              prefix(s.cause, direction.from(), now) + text));
    }
  }

  private Seg seg(long now, SimHost from, long number, PacketView packet) {
    if (!packet.isTcp()) {
      return new Seg(now, from, number, false, 0, 0, 0, 0, 0, packet.length(), 0, 0, null);
    }
    Segment t = packet.tcp();
    long flow =
        ((long) t.sourcePort << 16 | t.destinationPort) * 31
            + packet.ip().sourceLow * 7
            + packet.ip().destinationLow;
    if ((t.flags & 0x02) != 0) {
      isns.put(flow, t.seq);
    }
    long relative = (t.seq - isns.getOrDefault(flow, t.seq)) & 0xffff_ffffL;
    Watch w = watches.get(from);
    return new Seg(
        now,
        from,
        number,
        true,
        t.sourcePort,
        t.destinationPort,
        t.flags,
        t.seq,
        t.ack,
        t.dataLength,
        t.window,
        relative,
        w == null ? null : w.causeOf(t.seq));
  }

  private String prefix(@Nullable SendCause cause, SimHost from, long now) {
    Watch w = watches.get(from);
    if (cause == SendCause.RETRANSMIT_TIMEOUT && w != null && w.icmpNanos == now) {
      // No timer: it is the answer to an ICMP message of this very moment.
      return "path MTU: ";
    }
    return cause == null
        ? ""
        : switch (cause) {
          case RETRANSMIT_TIMEOUT -> "timeout: ";
          case FAST_RETRANSMIT -> "fast retransmit: ";
          case REPEATED_REQUEST -> "again: ";
          case WINDOW_PROBE -> "window probe: ";
          case KEEPALIVE -> "keepalive: ";
          case WINDOW_UPDATE -> "window update: ";
          case CHALLENGE_ACK -> "challenge: ";
          case DUPLICATE_ACK -> "duplicate ACK: ";
          case LOSS_PROBE -> "tail probe: ";
          default -> "";
        };
  }

  /** What a packet keeps on its way through routers, even those that rewrite addresses. */
  private static long content(PacketView p) {
    if (p.isTcp()) {
      Segment t = p.tcp();
      long h = t.seq * 0x9e3779b97f4a7c15L ^ t.ack;
      h = h * 0x9e3779b97f4a7c15L + t.flags * 31L + t.dataLength;
      return h * 31 + t.tsVal + (t.hasTimestamps ? 1 : 0);
    }
    long h = p.length();
    if (p.isIp()) {
      h = h * 31 + p.ip().fragmentId;
      h = h * 31 + p.ip().fragmentOffset;
      h = h * 31 + p.ip().protocol;
    }
    return h * 0x9e3779b97f4a7c15L;
  }

  @Override
  public void packetDelivered(long now, Direction direction, long number, PacketView packet) {
    if (off) {
      return;
    }
    Seg s = byNumber.get(number);
    if (s != null) {
      s.arrivedNanos = now;
      s.arrivedCount++;
    }
    Watch w = watches.get(direction.to());
    if (w != null) {
      w.lastArrived = number;
      w.lastArrivedNanos = now;
      if (!packet.isTcp() && packet.isIp() && packet.ip().protocol == IpProtocol.ICMP) {
        w.icmpNanos = now;
      }
    }
    if (s != null && s.from != left && s.from != right && !origin.containsKey(number)) {
      // A host between the columns made it.
      String text =
          words.describe(packet.memory(), packet.offset(), packet.length(), packet.length());
      call(direction.to(), s.from.name() + ": " + text);
      return;
    }
    if (s == null && concerns(direction.to())) {
      // Somebody on the way made it: it has no sender here.
      String text =
          words.describe(packet.memory(), packet.offset(), packet.length(), packet.length());
      events.add(
          new LadderEvent.Sent(now - zero, side(direction.to()).other(), number, injected + text));
    }
    if (concerns(direction.to())) {
      events.add(
          new LadderEvent.Received(
              now - zero, side(direction.to()), origin.getOrDefault(number, number)));
    }
  }

  @Override
  public void packetLost(
      long now, Direction direction, long number, PacketView packet, String why) {
    if (off) {
      return;
    }
    Seg s = byNumber.get(number);
    if (s != null) {
      s.lost = why;
    }
    Long first = origin.get(number);
    if (concerns(direction.from()) || first != null && !quiet) {
      events.add(
          new LadderEvent.Lost(now - zero, first == null ? number : first, shortReason(why)));
    }
  }

  /** A fault's name begins with the link's: that is known. */
  private static String shortReason(String why) {
    int colon = why.indexOf(": drop ");
    if (colon >= 0) {
      return "dropped";
    }
    return why.equals("lost at random") ? "lost" : why;
  }

  private void refused(long now, long number, DropReason reason) {
    if (!quiet) {
      events.add(
          new LadderEvent.Lost(now - zero, origin.getOrDefault(number, number), reason.text()));
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
    List<TcpState> seen = states.computeIfAbsent(host, h -> new ArrayList<>());
    if (seen.isEmpty()) {
      seen.add(from);
    }
    seen.add(to);
    entered.computeIfAbsent(host, h -> new HashMap<>()).putIfAbsent(to, now);
    if (concerns(host)) {
      events.add(new LadderEvent.StateChange(now - zero, side(host), from, to));
    }
  }

  /** What happened, for a ladder. */
  List<LadderEvent> events() {
    return events;
  }

  /** The states that a host's connections have had, the first one's beginning included. */
  List<TcpState> states(SimHost host) {
    return states.getOrDefault(host, List.of());
  }

  /** When a host's connection entered a state first; -1 when it never did. */
  long enteredAt(SimHost host, TcpState state) {
    return entered.getOrDefault(host, Map.of()).getOrDefault(state, -1L);
  }

  /** Every packet of a host for which the condition holds, in the order of sending. */
  List<Seg> sent(SimHost from, Predicate<Seg> which) {
    List<Seg> result = new ArrayList<>();
    for (Seg s : segs) {
      if (s.from == from && which.test(s)) {
        result.add(s);
      }
    }
    return result;
  }

  int count(SimHost from, Predicate<Seg> which) {
    return sent(from, which).size();
  }

  String leftName() {
    return left == null ? "" : left.name();
  }

  String rightName() {
    return right == null ? "" : right.name();
  }

  List<String> lines(boolean ascii) {
    Ladder ladder = new Ladder(leftName(), rightName());
    return (ascii ? ladder.ascii() : ladder).render(events);
  }
}
