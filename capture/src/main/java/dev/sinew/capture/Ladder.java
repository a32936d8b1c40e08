package dev.sinew.capture;

import dev.sinew.capture.LadderEvent.ApiCall;
import dev.sinew.capture.LadderEvent.Lost;
import dev.sinew.capture.LadderEvent.Received;
import dev.sinew.capture.LadderEvent.Sent;
import dev.sinew.capture.LadderEvent.Side;
import dev.sinew.capture.LadderEvent.StateChange;
import dev.sinew.capture.LadderRow.Arrow;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A conversation of two hosts as a ladder: one row for a packet, with the time and the new state at
 * each end.
 *
 * <pre>
 *     0.000 SYN-SENT     ── [S] seq 0 win 65535 &lt;mss 1460,ws 7&gt; ────────────────▶ SYN-RECEIVED    10.000
 *    20.000 ESTABLISHED  ◀── [S.] seq 0 ack 1 win 65535 &lt;mss 1460,ws 7&gt; ─────────                 10.000
 * </pre>
 *
 * Times are milliseconds. Each column's times only grow: where something else happened at the
 * receiver while a packet was under way, the packet takes two rows, its departure and its arrival.
 * An arrow that ends in a cross was lost; one that has a time at both ends was dropped by its
 * receiver. Rows are 100 columns wide.
 */
public final class Ladder {
  private static final long DEFAULT_GAP_NANOS = 500_000_000L;

  private final String leftName;
  private final String rightName;
  private final boolean ascii;
  private final long gapNanos;

  private Ladder(String leftName, String rightName, boolean ascii, long gapNanos) {
    this.leftName = leftName;
    this.rightName = rightName;
    this.ascii = ascii;
    this.gapNanos = gapNanos;
  }

  /** A ladder of two named hosts. */
  public Ladder(String leftName, String rightName) {
    this(leftName, rightName, false, DEFAULT_GAP_NANOS);
  }

  /** The same drawn with ASCII characters alone. */
  public Ladder ascii() {
    return new Ladder(leftName, rightName, true, gapNanos);
  }

  /** The same with another shortest idle time that is marked; 500 ms by default. */
  public Ladder gap(long nanos) {
    return new Ladder(leftName, rightName, ascii, nanos);
  }

  /**
   * Draws the events, which are in the order in which they happened, as lines without line ends.
   */
  public List<String> render(List<LadderEvent> events) {
    return new LadderStyle(ascii, gapNanos).draw(leftName, rightName, new Builder(events).rows());
  }

  /** Makes rows out of events. */
  private static final class Builder {
    private final List<LadderEvent> events;
    private final Map<Long, Integer> sentAt = new HashMap<>();
    private final Map<Long, Integer> receivedAt = new HashMap<>();

    /** Packets that are shown in one row. */
    private final Set<Long> joined = new HashSet<>();

    private final List<LadderRow> rows = new ArrayList<>();
    private final Map<Long, LadderRow> rowOf = new HashMap<>();

    /** The row that shows a packet's arrival, the last one if it arrived more than once. */
    private final Map<Long, LadderRow> arrivalOf = new HashMap<>();

    /** The row of what a side received last; a state change at the same time belongs to it. */
    private final Map<Side, LadderRow> reception = new EnumMap<>(Side.class);

    /** The row of a state change that a packet sent at the same time will take over. */
    private final Map<Side, LadderRow> pendingState = new EnumMap<>(Side.class);

    Builder(List<LadderEvent> events) {
      this.events = events;
    }

    List<LadderRow> rows() {
      initialStates();
      for (int i = 0; i < events.size(); i++) {
        switch (events.get(i)) {
          case Sent s -> sentAt.putIfAbsent(s.packet(), i);
          case Received r -> receivedAt.putIfAbsent(r.packet(), i);
          default -> {}
        }
      }
      for (int i = 0; i < events.size(); i++) {
        if (events.get(i) instanceof Sent s && fitsInOneRow(s, i)) {
          joined.add(s.packet());
        }
      }
      for (LadderEvent e : events) {
        switch (e) {
          case Sent s -> sent(s);
          case Received r -> received(r);
          case Lost l -> lost(l);
          case StateChange c -> stateChange(c);
          case ApiCall a -> apiCall(a);
        }
      }
      rows.removeIf(r -> r.takenOver);
      return rows;
    }

    private void initialStates() {
      LadderRow first = new LadderRow(LadderRow.Kind.STATES);
      for (Side side : Side.values()) {
        for (LadderEvent e : events) {
          if (e instanceof StateChange c && c.side() == side) {
            first.state(side, c.from().rfcName());
            break;
          }
        }
      }
      if (!first.leftState.isEmpty() || !first.rightState.isEmpty()) {
        rows.add(first);
      }
    }

    /**
     * True when nothing that gets a later row happened at the receiver while the packet was under
     * way.
     */
    private boolean fitsInOneRow(Sent s, int from) {
      Integer to = receivedAt.get(s.packet());
      if (to == null || to < from) {
        return false;
      }
      Side receiver = s.side().other();
      boolean afterReception = false;
      for (int k = from + 1; k < to; k++) {
        LadderEvent e = events.get(k);
        switch (e) {
          case Sent other when other.side() == receiver -> {
            return false;
          }
          case ApiCall call when call.side() == receiver -> {
            return false;
          }
          case Received r when r.side() == receiver -> {
            Integer sent = sentAt.get(r.packet());
            if (sent == null || sent > from || !joined.contains(r.packet())) {
              return false;
            }
            afterReception = true;
          }
          case StateChange c when c.side() == receiver -> {
            if (!afterReception) {
              return false;
            }
          }
          default -> {}
        }
      }
      return true;
    }

    private void sent(Sent s) {
      LadderRow row = new LadderRow(LadderRow.Kind.PACKET);
      row.from = s.side();
      row.text = s.text();
      row.time(s.side(), s.timeNanos());
      Integer received = receivedAt.get(s.packet());
      if (received != null && joined.contains(s.packet())) {
        row.arrow = Arrow.WHOLE;
        row.time(s.side().other(), events.get(received).timeNanos());
      } else {
        row.arrow = Arrow.DEPARTURE;
      }
      LadderRow state = pendingState.remove(s.side());
      if (state != null && state.time(s.side()) == s.timeNanos()) {
        row.state(s.side(), state.state(s.side()));
        state.takenOver = true;
      }
      reception.remove(s.side());
      rowOf.put(s.packet(), row);
      rows.add(row);
    }

    private void received(Received r) {
      LadderRow row = rowOf.get(r.packet());
      boolean first = row == null || !row.arrived;
      if (row == null || !joined.contains(r.packet()) || !first) {
        LadderRow arrival = new LadderRow(LadderRow.Kind.PACKET);
        arrival.from = r.side().other();
        arrival.arrow = Arrow.ARRIVAL;
        arrival.text = row == null ? "?" : first ? row.text : row.text + " (again)";
        arrival.time(r.side(), r.timeNanos());
        rows.add(arrival);
        if (row != null) {
          row.arrived = true;
        }
        row = arrival;
      }
      row.arrived = true;
      arrivalOf.put(r.packet(), row);
      pendingState.remove(r.side());
      reception.put(r.side(), row);
    }

    private void lost(Lost l) {
      LadderRow row = arrivalOf.getOrDefault(l.packet(), rowOf.get(l.packet()));
      if (row != null) {
        row.reason = l.reason();
        row.arrow = Arrow.LOST;
      }
    }

    private void stateChange(StateChange c) {
      String name = c.to().rfcName();
      LadderRow row = reception.get(c.side());
      if (row != null && row.time(c.side()) == c.timeNanos() && row.state(c.side()).isEmpty()) {
        row.state(c.side(), name);
        return;
      }
      LadderRow own = new LadderRow(LadderRow.Kind.STATES);
      own.time(c.side(), c.timeNanos());
      own.state(c.side(), name);
      rows.add(own);
      pendingState.put(c.side(), own);
    }

    private void apiCall(ApiCall a) {
      LadderRow row = new LadderRow(LadderRow.Kind.CALL);
      row.from = a.side();
      row.text = a.text();
      row.time(a.side(), a.timeNanos());
      reception.remove(a.side());
      LadderRow state = pendingState.get(a.side());
      if (state != null && state.time(a.side()) != a.timeNanos()) {
        pendingState.remove(a.side());
      }
      rows.add(row);
    }
  }
}
