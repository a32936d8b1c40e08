package dev.sinew.sim;

import dev.sinew.base.TimerHeap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes the faults of a plan happen in a simulation. */
final class FaultInjector {
  private final Simulation simulation;
  private final List<Fault> declared = new ArrayList<>();

  FaultInjector(Simulation simulation) {
    this.simulation = simulation;
  }

  Fault declare(Fault fault) {
    declared.add(fault);
    return fault;
  }

  /** Those of links and hosts first, then those of packets. */
  List<Fault> all() {
    List<Fault> result = new ArrayList<>(declared);
    for (SimLink l : simulation.links()) {
      result.addAll(l.forward().faults());
      result.addAll(l.backward().faults());
    }
    return result;
  }

  List<Fault> apply(FaultPlan plan) {
    for (FaultSpec spec : plan.faults()) {
      // All names are known before anything is changed.
      switch (spec) {
        case FaultSpec.Partition p -> directions(p.where());
        case FaultSpec.Flap f -> directions(f.where());
        case FaultSpec.Impair i -> directions(i.where());
        case FaultSpec.Packets p -> directions(p.where());
        case FaultSpec.Crash c -> host(c.host());
        case FaultSpec.Pause p -> host(p.host());
        case FaultSpec.Clock c -> host(c.host());
      }
      if (spec.atNanos() < simulation.now()
          && !(spec instanceof FaultSpec.Packets)
          && spec.atNanos() != 0) {
        throw new IllegalArgumentException(
            "fault \"" + spec + "\": it is " + Times.text(simulation.now()) + " already");
      }
    }
    List<Fault> faults = new ArrayList<>();
    for (FaultSpec spec : plan.faults()) {
      faults.add(one(spec));
      simulation.brokenUntil(spec.endNanos());
    }
    return faults;
  }

  private Fault one(FaultSpec spec) {
    return switch (spec) {
      case FaultSpec.Partition p -> {
        Fault fault = declare(new Fault(p.toString()));
        List<Direction> where = directions(p.where());
        during(
            p,
            () -> {
              fault.fired();
              where.forEach(d -> d.cut(p.inFlight()));
            },
            () -> where.forEach(Direction::heal));
        yield fault;
      }
      case FaultSpec.Flap f -> flap(f);
      case FaultSpec.Crash c -> {
        SimHost host = host(c.host());
        yield happening(c, x -> host.crash(), host::reboot);
      }
      case FaultSpec.Pause p -> {
        SimHost host = host(p.host());
        yield happening(p, x -> host.pause(), host::resume);
      }
      case FaultSpec.Clock c -> {
        SimHost host = host(c.host());
        yield happening(c, x -> host.clock(c.stepNanos()), () -> host.clock(1));
      }
      case FaultSpec.Impair i -> impair(i);
      case FaultSpec.Packets p -> packets(p);
    };
  }

  private <S extends FaultSpec> Fault happening(S spec, Consumer<S> begin, Runnable end) {
    Fault fault = declare(new Fault(spec.toString()));
    during(
        spec,
        () -> {
          fault.fired();
          begin.accept(spec);
        },
        end);
    return fault;
  }

  private void during(FaultSpec spec, Runnable begin, Runnable end) {
    long from = Math.max(spec.atNanos(), simulation.now());
    simulation.fault(from, begin);
    if (spec.forNanos() < FaultSpec.FOR_EVER - from) {
      simulation.fault(from + spec.forNanos(), end);
    }
  }

  private Fault flap(FaultSpec.Flap f) {
    Fault fault = declare(new Fault(f.toString()));
    List<Direction> where = directions(f.where());
    long from = Math.max(f.atNanos(), simulation.now());
    long up = (long) (f.periodNanos() * f.up());
    long end = from + f.forNanos();
    new Object() {
      void period(long start) {
        if (start + up >= end) {
          return;
        }
        simulation.fault(
            start + up,
            () -> {
              fault.fired();
              where.forEach(d -> d.cut(f.inFlight()));
            });
        long next = Math.min(start + f.periodNanos(), end);
        simulation.fault(
            next,
            () -> {
              where.forEach(Direction::heal);
              period(next);
            });
      }
    }.period(from);
    return fault;
  }

  private Fault impair(FaultSpec.Impair i) {
    Impairments other = Impairments.parse(i.words());
    List<Direction> where = directions(i.where());
    List<Impairments> before = new ArrayList<>();
    return happening(
        i,
        x -> {
          where.forEach(d -> before.add(d.impairments()));
          where.forEach(d -> d.impair(other));
        },
        () -> {
          for (int k = 0; k < where.size(); k++) {
            where.get(k).impair(before.get(k));
          }
        });
  }

  private Fault packets(FaultSpec.Packets p) {
    List<Direction> where = directions(p.where());
    if (where.size() != 1) {
      throw new IllegalArgumentException(
          "fault \"" + p + "\": packets are counted in one direction, such as a>b");
    }
    Direction d = where.getFirst();
    Fault.Action action = Fault.Action.valueOf(p.action().name());
    long end =
        p.forNanos() > TimerHeap.NEVER - p.atNanos() ? TimerHeap.NEVER : p.atNanos() + p.forNanos();
    return d.add(
        new Fault(
            p.toString(),
            p.kind().matches(),
            action,
            p.byNanos(),
            p.first() - 1,
            p.count(),
            p.atNanos(),
            end));
  }

  private SimHost host(String name) {
    SimHost host = simulation.findHost(name);
    if (host == null || !simulation.hostList().contains(host)) {
      throw new IllegalArgumentException(
          "there is no host \"" + name + "\"; there are " + simulation.hostList());
    }
    return host;
  }

  /** A link's two directions, or the one from a host to another. */
  private List<Direction> directions(String where) {
    SimLink named = simulation.findLink(where);
    if (named != null) {
      return List.of(named.forward(), named.backward());
    }
    for (SimLink l : simulation.links()) {
      Direction f = l.forward();
      Direction b = l.backward();
      if (where.equals(f.to() + "-" + f.from())) {
        return List.of(f, b);
      }
      if (where.equals(f.from() + ">" + f.to())) {
        return List.of(f);
      }
      if (where.equals(b.from() + ">" + b.to())) {
        return List.of(b);
      }
    }
    throw new IllegalArgumentException(
        "there is no link or direction \"" + where + "\"; there are " + simulation.links());
  }
}
