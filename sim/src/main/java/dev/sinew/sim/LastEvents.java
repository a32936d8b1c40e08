package dev.sinew.sim;

import dev.sinew.base.TcpState;
import dev.sinew.capture.Ladder;
import dev.sinew.capture.LadderEvent;
import dev.sinew.capture.LadderEvent.Side;
import dev.sinew.capture.LadderText;
import dev.sinew.wire.PacketText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What happened last, for messages: kept as bytes and numbers, made into words only when somebody
 * asks.
 */
final class LastEvents {
  private static final int KEPT = 128;

  /** Enough of a packet for its headers. */
  private static final int SLOT = 192;

  private static final int LINES = 20;

  private static final int SENT = 0;
  private static final int DELIVERED = 1;
  private static final int LOST = 2;
  private static final int STATE = 3;

  private final Simulation simulation;
  private final MemorySegment memory = Arena.ofAuto().allocate((long) KEPT * SLOT, 8);
  private final int[] kinds = new int[KEPT];
  private final long[] times = new long[KEPT];
  private final long[] numbers = new long[KEPT];
  private final int[] lengths = new int[KEPT];
  private final Object[] places = new Object[KEPT];
  private final Object[] details = new Object[KEPT];
  private long count;

  private record Change(TcpState from, TcpState to) {}

  LastEvents(Simulation simulation) {
    this.simulation = simulation;
  }

  private int add(int kind, long now, long number, Object place) {
    int i = (int) (count++ & (KEPT - 1));
    kinds[i] = kind;
    times[i] = now;
    numbers[i] = number;
    places[i] = place;
    return i;
  }

  void sent(long now, Direction direction, long number, PacketView packet) {
    int i = add(SENT, now, number, direction);
    int n = Math.min(packet.length(), SLOT);
    MemorySegment.copy(packet.memory(), packet.offset(), memory, (long) i * SLOT, n);
    lengths[i] = packet.length();
  }

  void delivered(long now, Direction direction, long number) {
    add(DELIVERED, now, number, direction);
  }

  void lost(long now, Direction direction, long number, String why) {
    details[add(LOST, now, number, direction)] = why;
  }

  void stateChanged(long now, SimHost host, TcpState from, TcpState to) {
    details[add(STATE, now, 0, host)] = new Change(from, to);
  }

  /** The last lines: a ladder where there are two hosts, else a line for each event. */
  String text() {
    List<SimHost> hosts = simulation.hostList();
    List<String> lines =
        hosts.size() == 2 ? ladder(hosts.getFirst(), hosts.getLast()) : plainLines();
    StringBuilder text = new StringBuilder();
    for (String line : lines.subList(Math.max(0, lines.size() - LINES), lines.size())) {
      text.append("    ").append(line).append('\n');
    }
    return text.toString();
  }

  private List<String> ladder(SimHost left, SimHost right) {
    List<LadderEvent> events = new ArrayList<>();
    LadderText words = new LadderText();
    Set<Long> known = new HashSet<>();
    for (long n = Math.max(0, count - KEPT); n < count; n++) {
      int i = (int) (n & (KEPT - 1));
      LadderEvent e = ladderEvent(i, left, words, known);
      if (e != null) {
        events.add(e);
      }
    }
    return new Ladder(left.name(), right.name()).render(events);
  }

  private @Nullable LadderEvent ladderEvent(
      int i, SimHost left, LadderText words, Set<Long> known) {
    long time = times[i];
    long number = numbers[i];
    if (kinds[i] == STATE) {
      Change c = (Change) details[i];
      return new LadderEvent.StateChange(
          time, places[i] == left ? Side.LEFT : Side.RIGHT, c.from, c.to);
    }
    Side sender = ((Direction) places[i]).from() == left ? Side.LEFT : Side.RIGHT;
    if (kinds[i] == SENT) {
      known.add(number);
      int captured = Math.min(lengths[i], SLOT);
      return new LadderEvent.Sent(
          time, sender, number, words.describe(memory, (long) i * SLOT, captured, lengths[i]));
    }
    if (!known.contains(number)) {
      return null;
    }
    return kinds[i] == LOST
        ? new LadderEvent.Lost(time, number, String.valueOf(details[i]))
        : new LadderEvent.Received(time, sender.other(), number);
  }

  private List<String> plainLines() {
    List<String> lines = new ArrayList<>();
    for (long n = Math.max(0, count - KEPT); n < count; n++) {
      int i = (int) (n & (KEPT - 1));
      String what =
          switch (kinds[i]) {
            case SENT ->
                PacketText.ipUnchecked(
                    memory, (long) i * SLOT, Math.min(lengths[i], SLOT), lengths[i], null);
            case LOST -> "x packet " + numbers[i] + ": " + details[i];
            case STATE -> {
              Change c = (Change) details[i];
              yield c.from.rfcName() + " to " + c.to.rfcName();
            }
            default -> "";
          };
      if (!what.isEmpty()) {
        lines.add(Times.text(times[i]) + "  " + places[i] + "  " + what);
      }
    }
    return lines;
  }
}
