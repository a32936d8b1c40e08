package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.PacketSpec;
import dev.sinew.packetdrill.script.PacketSpec.Tcp;
import dev.sinew.packetdrill.script.Script;
import dev.sinew.packetdrill.script.Script.Event;
import dev.sinew.packetdrill.script.TcpOption;
import dev.sinew.packetdrill.script.When;
import dev.sinew.wire.TcpHeader;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Every mutant of one script: the script with one expectation a little wrong. What the script does
 * itself, its calls and the packets it sends, is never changed.
 */
final class ScriptMutants {
  /** A script that should fail. */
  record Mutant(int line, String what, Script script) {}

  /** Changes that change nothing, and why. */
  enum Equivalent {
    FIRST_SYN("the number of a connection's only SYN is the stack's choice; the script names it"),
    DESCRIPTOR("the number of a descriptor is a name that the script gives"),
    ANY_TIME("an event at * may come whenever it likes"),
    IDENTICAL("two expectations that are equal are exchanged"),
    ONLY_TIMESTAMP("the value of a connection's only timestamp is the stack's choice");

    final String reason;

    Equivalent(String reason) {
      this.reason = reason;
    }
  }

  private static final long MARGIN = 10_000;

  private final Script script;
  private final List<Mutant> mutants = new ArrayList<>();
  private final Map<Equivalent, Integer> equivalents = new EnumMap<>(Equivalent.class);
  private final long toleranceNanos;
  private final double tolerancePercent;

  ScriptMutants(Script script) {
    this.script = script;
    toleranceNanos = (long) (option("tolerance_usecs", 4000) * 1000);
    tolerancePercent = option("tolerance_percent", 12.5);
    List<Event> events = script.events();
    for (int i = 0; i < events.size(); i++) {
      Event e = events.get(i);
      switch (e.action()) {
        case Action.Packet p -> {
          if (!p.inbound()) {
            packet(i, e, p.packet());
          }
        }
        case Action.Call c -> call(i, e, c);
        case Action.Code c -> code(i, e, c);
        case Action.Shell s -> {
          // A probe's number is read by the original's grep, as a part of a number too.
        }
      }
    }
  }

  List<Mutant> mutants() {
    return mutants;
  }

  /** How often each rule left a change out. */
  Map<Equivalent, Integer> equivalents() {
    return equivalents;
  }

  private double option(String name, double otherwise) {
    return script.options().stream()
        .filter(o -> o.name().equals(name))
        .mapToDouble(o -> Double.parseDouble(o.value()))
        .findFirst()
        .orElse(otherwise);
  }

  private void equivalent(Equivalent rule) {
    equivalents.merge(rule, 1, Integer::sum);
  }

  private void add(Event at, String what, int index, Event... instead) {
    add(at, what, index, 1, instead);
  }

  /** {@code instead} of {@code count} events. */
  private void add(Event at, String what, int index, int count, Event... instead) {
    List<Event> events = new ArrayList<>(script.events());
    events.subList(index, index + count).clear();
    events.addAll(index, List.of(instead));
    mutants.add(
        new Mutant(
            at.place().line(),
            what,
            new Script(script.options(), script.init(), events, script.cleanup())));
  }

  // ---- packets

  private void packet(int i, Event e, PacketSpec p) {
    boolean onlySyn = isSyn(p) && synsOfConnection(i) == 1;
    boolean onlyTimestamp = timestamps(p) == 1 && timestampsOfConnection(i) == 1;
    new PacketMutants(
            p,
            (what, changed) -> {
              if (onlySyn && what.startsWith("seq")) {
                equivalent(Equivalent.FIRST_SYN);
              } else if (onlyTimestamp && what.startsWith("TS val")) {
                equivalent(Equivalent.ONLY_TIMESTAMP);
              } else {
                add(e, what, i, expected(e, changed));
              }
            })
        .all();
    if (e.when().any()) {
      equivalent(Equivalent.ANY_TIME);
    } else {
      long by = beyond(e, i);
      add(e, "late", i, moved(e, by));
      add(e, "early", i, moved(e, -by));
    }
    removed(i, e);
    Event again = new Event(e.place(), new When(true, false, 0, 0), e.action());
    add(e, "packet twice", i, e, again);
    if (i + 1 < script.events().size()) {
      Event f = script.events().get(i + 1);
      if (f.action() instanceof Action.Packet q && !q.inbound()) {
        if (q.packet().body().equals(p.body()) && q.packet().ip().equals(p.ip())) {
          equivalent(Equivalent.IDENTICAL);
        } else {
          add(e, "packets swapped", i, 2, expected(e, q.packet()), expected(f, p));
        }
      }
    }
  }

  /** What follows stays when it is: the packet is sent all the same, and nobody asked for it. */
  private void removed(int i, Event e) {
    if (i + 1 == script.events().size()) {
      if (i > 0) {
        add(e, "packet removed", i);
      }
      return;
    }
    Event f = script.events().get(i + 1);
    When w = f.when();
    long by = w.relative() && !w.any() && e.when().relative() ? e.when().startNanos() : 0;
    When later = new When(w.relative(), w.any(), w.startNanos() + by, w.endNanos() + by);
    add(e, "packet removed", i, 2, new Event(f.place(), later, f.action()));
  }

  private static Event expected(Event e, PacketSpec p) {
    return new Event(e.place(), e.when(), new Action.Packet(false, p));
  }

  /** A little more than the tolerance, wherever the event before was. */
  private long beyond(Event e, int i) {
    When w = e.when();
    long distance = w.startNanos();
    if (!w.relative() && i > 0 && !script.events().get(i - 1).when().relative()) {
      distance -= script.events().get(i - 1).when().startNanos();
    }
    long share = (long) (distance * tolerancePercent / (100 - tolerancePercent));
    return Math.max(toleranceNanos, share) + MARGIN;
  }

  private static Event moved(Event e, long by) {
    When w = e.when();
    return new Event(
        e.place(),
        new When(w.relative(), false, w.startNanos() + by, w.endNanos() + by),
        e.action());
  }

  private static boolean isSyn(PacketSpec p) {
    return p.body() instanceof Tcp t && (t.flags() & TcpHeader.SYN) != 0;
  }

  private static int timestamps(PacketSpec p) {
    return p.body() instanceof Tcp t
            && t.options() != null
            && t.options().stream().anyMatch(o -> o instanceof TcpOption.Timestamps)
        ? 1
        : 0;
  }

  private long synsOfConnection(int i) {
    return connection(i).stream().filter(p -> isSyn(p) && !((Tcp) p.body()).anySeq()).count();
  }

  private long timestampsOfConnection(int i) {
    return connection(i).stream().filter(p -> timestamps(p) == 1).count();
  }

  /** What is expected from the connect or listen before event {@code i} on to the next one. */
  private List<PacketSpec> connection(int i) {
    int from = i;
    while (from > 0 && !opens(script.events().get(from))) {
      from--;
    }
    int to = i + 1;
    while (to < script.events().size() && !opens(script.events().get(to))) {
      to++;
    }
    List<PacketSpec> list = new ArrayList<>();
    for (Event e : script.events().subList(from, to)) {
      if (e.action() instanceof Action.Packet p && !p.inbound()) {
        list.add(p.packet());
      }
    }
    return list;
  }

  private static boolean opens(Event e) {
    return e.action() instanceof Action.Call c
        && (c.name().equals("connect")
            || c.name().equals("listen")
            // With an address it may open a connection too (RFC 7413).
            || c.name().equals("sendto") && c.arguments().size() > 4);
  }

  // ---- calls

  private void call(int i, Event e, Action.Call c) {
    if (CallMutants.OPENING.contains(c.name()) && c.error() == null) {
      equivalent(Equivalent.DESCRIPTOR);
    }
    CallMutants.of(c, (what, changed) -> add(e, what, i, new Event(e.place(), e.when(), changed)));
    Long until = c.blocksUntil();
    if (until != null) {
      long by = beyond(e, i) + (long) ((until - e.when().startNanos()) * tolerancePercent / 50);
      add(e, "returns later", i, blocking(e, c, until + by));
      if (until - by >= e.when().startNanos()) {
        add(e, "returns earlier", i, blocking(e, c, until - by));
      }
    }
  }

  private void code(int i, Event e, Action.Code c) {
    CallMutants.of(
        c.text(),
        (what, text) -> add(e, what, i, new Event(e.place(), e.when(), new Action.Code(text))));
  }

  private static Event blocking(Event e, Action.Call c, long until) {
    return new Event(
        e.place(),
        e.when(),
        new Action.Call(c.name(), c.arguments(), until, c.result(), c.error(), c.note()));
  }
}
