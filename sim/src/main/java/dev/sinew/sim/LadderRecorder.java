package dev.sinew.sim;

import dev.sinew.base.TcpState;
import dev.sinew.capture.Ladder;
import dev.sinew.capture.LadderEvent;
import dev.sinew.capture.LadderEvent.Side;
import dev.sinew.capture.LadderText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Records what two hosts of a simulation say to each other, for a {@link Ladder}. */
public final class LadderRecorder implements SimObserver {
  private final SimHost left;
  private final SimHost right;
  private final Simulation simulation;
  private final LadderText words = new LadderText();
  private final List<LadderEvent> events = new ArrayList<>();

  /** Begins to record; the hosts are the columns. */
  public LadderRecorder(Simulation simulation, SimHost left, SimHost right) {
    this.simulation = simulation;
    this.left = left;
    this.right = right;
    simulation.observe(this);
  }

  private boolean concerns(SimHost host) {
    return host == left || host == right;
  }

  private Side side(SimHost host) {
    return host == left ? Side.LEFT : Side.RIGHT;
  }

  /** Notes what a host's program does now. */
  public void call(SimHost host, String text) {
    events.add(new LadderEvent.ApiCall(simulation.now(), side(host), text));
  }

  @Override
  public void packetSent(long now, Direction direction, long number, PacketView packet) {
    if (concerns(direction.from())) {
      String text =
          words.describe(packet.memory(), packet.offset(), packet.length(), packet.length());
      events.add(new LadderEvent.Sent(now, side(direction.from()), number, text));
    }
  }

  @Override
  public void packetDelivered(long now, Direction direction, long number, PacketView packet) {
    if (concerns(direction.to())) {
      events.add(new LadderEvent.Received(now, side(direction.to()), number));
    }
  }

  @Override
  public void packetLost(
      long now, Direction direction, long number, PacketView packet, String why) {
    if (concerns(direction.from())) {
      events.add(new LadderEvent.Lost(now, number, why));
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
    if (concerns(host)) {
      events.add(new LadderEvent.StateChange(now, side(host), from, to));
    }
  }

  @Override
  public void hostCrashed(long now, SimHost host) {
    if (concerns(host)) {
      events.add(new LadderEvent.ApiCall(now, side(host), "crash"));
    }
  }

  @Override
  public void hostBooted(long now, SimHost host) {
    if (concerns(host)) {
      events.add(new LadderEvent.ApiCall(now, side(host), "boot"));
    }
  }

  /** Everything so far. */
  public List<LadderEvent> events() {
    return List.copyOf(events);
  }

  /**
   * The states that a host's connections have had, in the order of the changes, the first one's
   * beginning included.
   */
  public List<TcpState> states(SimHost host) {
    List<TcpState> states = new ArrayList<>();
    for (LadderEvent e : events) {
      if (e instanceof LadderEvent.StateChange c && c.side() == side(host)) {
        if (states.isEmpty()) {
          states.add(c.from());
        }
        states.add(c.to());
      }
    }
    return states;
  }

  /** When a host's connection entered a state first; -1 when it never did. */
  public long enteredAt(SimHost host, TcpState state) {
    for (LadderEvent e : events) {
      if (e instanceof LadderEvent.StateChange c && c.side() == side(host) && c.to() == state) {
        return c.timeNanos();
      }
    }
    return -1;
  }

  /** The words of each packet that was sent, by its number. */
  public Map<Long, String> sentPackets() {
    Map<Long, String> result = new TreeMap<>();
    for (LadderEvent e : events) {
      if (e instanceof LadderEvent.Sent s) {
        result.put(s.packet(), s.text());
      }
    }
    return result;
  }

  /** The diagram, as lines of 100 columns. */
  public List<String> lines(boolean ascii) {
    Ladder ladder = new Ladder(left.name(), right.name());
    return (ascii ? ladder.ascii() : ladder).render(events);
  }
}
