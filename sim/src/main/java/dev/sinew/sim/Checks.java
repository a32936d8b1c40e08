package dev.sinew.sim;

import dev.sinew.base.TcpState;
import dev.sinew.stack.SocketInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The invariants of the protocol that can be seen from outside, looked at as things happen. */
final class Checks {
  /**
   * I6: so many packets may follow each other, with gaps below {@link #PAUSE_NANOS}, while nobody
   * outside of the stacks does anything.
   */
  private static final int QUIET_PACKETS = 200_000;

  private static final long PAUSE_NANOS = 100_000_000;

  private static final int FEW_HOSTS = 8;
  private static final int FULL_CHECK_TURNS = 4096;

  /**
   * I10: in a turn that only packets have caused, a host sends at most so many segments without
   * data and ICMP messages for each packet, and so many besides.
   */
  private static final int REPLIES = 2;

  private final Simulation simulation;
  private final StateTable states = new StateTable();
  private final Referee referee = new Referee();
  private boolean on = true;

  private int packetsSinceAct;
  private long lastPacketTime;
  private int turns;

  Checks(Simulation simulation) {
    this.simulation = simulation;
  }

  void off() {
    on = false;
  }

  /** Somebody outside of the stacks did something. */
  void acted() {
    packetsSinceAct = 0;
  }

  void sent(Direction direction, PacketView packet) {
    if (!on) {
      return;
    }
    if (simulation.now() - lastPacketTime >= PAUSE_NANOS) {
      packetsSinceAct = 0;
    }
    lastPacketTime = simulation.now();
    if (++packetsSinceAct > QUIET_PACKETS) {
      throw simulation.failure(
          "I6: " + QUIET_PACKETS + " packets, and nobody has done anything", null);
    }
    judge(referee.sent(direction, packet.memory(), packet.offset(), packet.length()));
    if (referee.wasControl()) {
      direction.from().turnControlCount++;
    }
  }

  void delivered(Direction direction, PacketView packet) {
    if (on) {
      referee.delivered(direction, packet.memory(), packet.offset(), packet.length());
    }
  }

  void foreign(PacketView packet) {
    if (on) {
      referee.foreign(packet.memory(), packet.offset(), packet.length());
    }
  }

  void alias(Referee.Place outer, Referee.Place inner) {
    referee.alias(outer, inner);
  }

  /** What a host knew of its connections is gone. */
  void crashed(SimHost host) {
    acted();
    referee.crashed(host);
    states.crashed(host);
  }

  void stateChanged(SimHost host, long connection, TcpState from, TcpState to) {
    if (on) {
      judge(states.judge(host, connection, from, to));
    }
  }

  /**
   * A host's turn is over: I10, and I3 and I4, which the stack knows about itself. Small networks
   * are looked at after each turn, others now and then.
   */
  void settled(SimHost host) {
    if (!on) {
      return;
    }
    if (!host.turnActed
        && host.turnInputCount > 0
        && host.turnControlCount > REPLIES * host.turnInputCount + REPLIES) {
      judge(
          "I10: "
              + host
              + " answers "
              + host.turnInputCount
              + " packets with "
              + host.turnControlCount
              + " segments without data or ICMP messages");
    }
    if (host.resumedAt == simulation.now()) {
      return;
    }
    if (simulation.hostList().size() <= FEW_HOSTS || ++turns % FULL_CHECK_TURNS == 0) {
      judge(host.quietStack().violation(host.now()));
    }
  }

  private void judge(@Nullable String wrong) {
    if (wrong != null) {
      throw simulation.failure(wrong, null);
    }
  }

  /** I9: nothing is left. */
  void finish() {
    List<Programs.Task> programs = simulation.programs().alive();
    if (!programs.isEmpty()) {
      Programs.Task t = programs.getFirst();
      throw simulation.failure(
          "I9: the program " + t + " has not ended; it waits at " + t.where(), null);
    }
    for (SimHost h : simulation.hostList()) {
      if (!h.isUp()) {
        continue;
      }
      for (SocketInfo s : simulation.sockets(h)) {
        throw simulation.failure("I9: " + h + " still has " + s, null);
      }
    }
    if (simulation.timers().armedCount() > 0) {
      throw simulation.failure(
          "I9: " + simulation.timers().armedCount() + " timers are armed", null);
    }
    if (simulation.wire().usedBytes() != 0) {
      throw simulation.failure(
          "I9: the links hold " + simulation.wire().usedBytes() + " bytes", null);
    }
    if (simulation.pool().usedBytes() != 0) {
      throw simulation.failure(
          "I9: the hosts hold " + simulation.pool().usedBytes() + " bytes of buffers", null);
    }
  }
}
