package dev.sinew.sim;

import dev.sinew.base.TcpState;
import java.util.ArrayList;
import java.util.List;

/** Tells what happens in a simulation to everybody who wants to know: hash, observers, checks. */
final class Journal {
  private static final int SENT = 0;
  private static final int DELIVERED = 1;
  private static final int LOST = 2;
  private static final int STATE = 3;

  private final Simulation simulation;
  private final Checks checks;
  private final TraceHash trace = new TraceHash();
  private final LastEvents last;
  private final List<SimObserver> observers = new ArrayList<>();

  Journal(Simulation simulation, Checks checks) {
    this.simulation = simulation;
    this.checks = checks;
    this.last = new LastEvents(simulation);
  }

  void observe(SimObserver observer) {
    observers.add(observer);
  }

  long traceHash() {
    return trace.value();
  }

  LastEvents last() {
    return last;
  }

  private long add(int kind, long index) {
    long now = simulation.now();
    trace.add(now);
    trace.add(index << 2 | kind);
    return now;
  }

  void sent(Direction direction, long number, PacketView packet) {
    long now = add(SENT, direction.index());
    trace.add(packet.memory(), packet.offset(), packet.length());
    last.sent(now, direction, number, packet);
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).packetSent(now, direction, number, packet);
    }
  }

  void delivered(Direction direction, long number, PacketView packet) {
    long now = add(DELIVERED, direction.index());
    trace.add(number);
    last.delivered(now, direction, number);
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).packetDelivered(now, direction, number, packet);
    }
    checks.delivered(direction, packet);
  }

  void lost(Direction direction, long number, PacketView packet, String why) {
    long now = add(LOST, direction.index());
    trace.add(number);
    last.lost(now, direction, number, why);
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).packetLost(now, direction, number, packet, why);
    }
  }

  void stateChanged(
      SimHost host, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
    long now = add(STATE, host.index());
    trace.add(connection);
    trace.add((long) from.ordinal() << 8 | to.ordinal());
    last.stateChanged(now, host, from, to);
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).stateChanged(now, host, connection, localPort, remotePort, from, to);
    }
    checks.stateChanged(host, connection, from, to);
  }

  void crashed(SimHost host) {
    long now = add(STATE, ~host.index());
    observers.forEach(o -> o.hostCrashed(now, host));
    checks.crashed(host);
  }

  void booted(SimHost host) {
    long now = add(STATE, ~host.index());
    observers.forEach(o -> o.hostBooted(now, host));
    checks.acted();
  }
}
