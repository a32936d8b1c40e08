package dev.sinew.sim;

import dev.sinew.base.TcpState;
import dev.sinew.stack.SocketInfo;
import dev.sinew.wire.PacketText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
  private static final int REMEMBERED = 20;
  private static final int SLOT = 2048;

  private final Simulation simulation;
  private final StateTable states = new StateTable();
  private final Referee referee = new Referee();
  private boolean on = true;

  private int packetsSinceAct;
  private long lastPacketTime;
  private int turns;

  private final MemorySegment memory = Arena.ofAuto().allocate((long) REMEMBERED * SLOT, 8);
  private final String[] prefixes = new String[REMEMBERED];
  private final String[] suffixes = new String[REMEMBERED];
  private final long[] times = new long[REMEMBERED];
  private final int[] lengths = new int[REMEMBERED];
  private long rememberedCount;

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
    remember(direction.name(), packet, "");
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
  }

  void delivered(Direction direction, PacketView packet) {
    if (on) {
      referee.delivered(direction, packet.memory(), packet.offset(), packet.length());
    }
  }

  void lost(Direction direction, PacketView packet, String why) {
    remember(direction.name(), packet, "   x " + why);
  }

  void stateChanged(SimHost host, long connection, TcpState from, TcpState to) {
    if (on) {
      judge(states.judge(host, connection, from, to));
    }
  }

  /**
   * I3 and I4, which the stack knows about itself. Small networks are looked at after each turn,
   * others now and then.
   */
  void settled(SimHost host) {
    if (on && (simulation.hostList().size() <= FEW_HOSTS || ++turns % FULL_CHECK_TURNS == 0)) {
      judge(host.quietStack().violation(simulation.now()));
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

  // ---- the last packets, for messages

  private void remember(String where, PacketView packet, String fate) {
    int i = (int) (rememberedCount++ % REMEMBERED);
    int n = Math.min(packet.length(), SLOT);
    MemorySegment.copy(packet.memory(), packet.offset(), memory, (long) i * SLOT, n);
    lengths[i] = n;
    times[i] = simulation.now();
    prefixes[i] = where;
    suffixes[i] = fate;
  }

  String lastPackets() {
    StringBuilder text = new StringBuilder();
    for (long n = Math.max(0, rememberedCount - REMEMBERED); n < rememberedCount; n++) {
      int i = (int) (n % REMEMBERED);
      text.append("    ")
          .append(Times.text(times[i]))
          .append("  ")
          .append(prefixes[i])
          .append("  ")
          .append(PacketText.ip(memory, (long) i * SLOT, lengths[i]))
          .append(suffixes[i])
          .append('\n');
    }
    return text.toString();
  }
}
