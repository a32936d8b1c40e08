package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import dev.sinew.udp.UdpEndpoint;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Turns on a clock of the test's own, without a thread. */
class StackTurnTest {
  private static final long MS = 1_000_000;

  private long clock;
  private final PairLink[] cable = PairLink.cable(1500, 1024);
  private final Stack left = Stacks.on(cable[0], 1, Profile.STANDARD);
  private final Stack right = Stacks.on(cable[1], 2, Profile.STANDARD);
  private final StackTurn turnLeft = new StackTurn(left, () -> clock, () -> false, true);
  private final StackTurn turnRight = new StackTurn(right, () -> clock, () -> false, true);

  private void bothWork() {
    boolean more = true;
    while (more) {
      more = turnLeft.run(true, null);
      more |= turnRight.run(true, null);
      more |= turnLeft.moved + turnRight.moved > 0;
      clock += MS / 100;
    }
  }

  private static IpAddress right() {
    return IpAddress.v4(0x0a090002);
  }

  /** An established connection, seen from the left. */
  private TcpEndpoint connected() {
    TcpListener listener = Objects.requireNonNull(right.listen(right(), 80, 5, true, false));
    TcpEndpoint e = left.tcp();
    assertThat(e.connect(right(), 80)).isEqualTo(TcpError.IN_PROGRESS.code());
    bothWork();
    assertThat(listener.accept()).isNotNull();
    return e;
  }

  /** Delayed, as it may be. */
  private void rightAcknowledges() {
    turnRight.run(true, null);
    clock += 60 * MS;
    turnRight.run(true, null);
  }

  private long retransmissions() {
    return left.counters().get(Counter.TcpRetransSegs)
        + left.counters().get(Counter.TcpExtTCPTimeouts);
  }

  @Test
  void a_timer_fires_when_nothing_has_arrived_in_time() {
    TcpEndpoint e = connected();
    assertThat(e.write(new byte[100], 0, 100)).isEqualTo(100);
    turnLeft.run(false, null);
    cable[0].cut();
    clock += 10_000 * MS;
    turnLeft.run(true, null);
    assertThat(retransmissions()).isPositive();
  }

  @Test
  void after_a_pause_the_packets_that_came_in_time_are_seen_before_the_timers() {
    UdpEndpoint noise = right.udp();
    TcpEndpoint e = connected();
    assertThat(e.write(new byte[100], 0, 100)).isEqualTo(100);
    turnLeft.run(false, null);
    // More packets than a batch lie before the acknowledgement; then the process is stopped for ten
    // seconds.
    for (int i = 0; i < 300; i++) {
      assertThat(noise.send(new byte[10], 0, 10, IpAddress.v4(0x0a090001), 9)).isEqualTo(10);
    }
    turnRight.run(false, null);
    rightAcknowledges();
    clock += 10_000 * MS;
    turnLeft.run(true, null);
    assertThat(e.unacknowledged()).isZero();
    assertThat(retransmissions()).isZero();
  }

  @Test
  void a_turn_after_a_call_sends_and_does_not_look_at_the_device_or_the_timers() {
    TcpEndpoint e = connected();
    assertThat(e.write(new byte[100], 0, 100)).isEqualTo(100);
    assertThat(turnLeft.run(false, null)).isFalse();
    assertThat(turnLeft.moved).isEqualTo(1);
    rightAcknowledges();
    turnLeft.run(false, null);
    assertThat(e.unacknowledged()).isEqualTo(100);
    turnLeft.run(true, null);
    assertThat(e.unacknowledged()).isZero();
  }

  @Test
  void a_flood_ends_the_turn_though_more_is_waiting() {
    UdpEndpoint noise = right.udp();
    for (int i = 0; i < 1024; i++) {
      assertThat(noise.send(new byte[10], 0, 10, IpAddress.v4(0x0a090001), 9)).isEqualTo(10);
      turnRight.run(false, null);
    }
    assertThat(turnLeft.run(true, null)).isTrue();
    assertThat(left.counters().get(Counter.UdpNoPorts)).isEqualTo(16 * 64);
    assertThat(turnLeft.run(true, null)).isFalse();
  }
}
