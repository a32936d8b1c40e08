package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.observe.TimerKind;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection that was idle for a minute has put away what only sending needs. */
class RestingTest {
  private static final double MINUTE = 60_000;

  private static Connection connection(Peer p) {
    return Objects.requireNonNull(p.app().connection);
  }

  /** Both directions have carried data, and all is acknowledged. */
  private static Peer talked(Profile profile) {
    Peer p = new Peer(profile);
    p.accept("mss 1460,sackOK");
    p.run(100);
    p.write(2920);
    p.discard();
    p.run(20);
    p.in(". 1:1(0) ack 2921");
    p.in("P. 1:101(100) ack 2921");
    p.read(100);
    p.run(100);
    p.discard();
    return p;
  }

  @ParameterizedTest
  @ValueSource(strings = {"reno", "cubic"})
  void after_a_minute_window_and_threshold_are_what_is_left(String control) {
    Peer p = talked(Profile.STANDARD.with(v -> v.congestionControl = control));
    TcpInfo before = p.info();
    p.run(MINUTE - 1000).pump();
    assertThat(connection(p).recovery).isNotNull();
    p.run(1000).pump();
    Connection c = connection(p);
    assertThat(c.recovery).isNull();
    assertThat(c.pacer).isNull();
    for (TimerKind kind : TimerKind.values()) {
      assertThat(c.armed(kind)).isFalse();
    }
    assertThat(p.info().cwnd()).isEqualTo(before.cwnd());
    assertThat(p.info().ssthresh()).isEqualTo(before.ssthresh());
    assertThat(p.info().minRttNanos()).isEqualTo(before.minRttNanos());
    assertThat(p.info().bytesAcked()).isEqualTo(2920);
  }

  /** Nobody can tell: loss, repair and data are as ever, and then it rests again. */
  @Test
  void it_sends_again_as_if_nothing_had_been() {
    Peer p = talked(Profile.STANDARD);
    for (int round = 0; round < 3; round++) {
      p.run(MINUTE + 1000).pump();
      assertThat(connection(p).recovery).isNull();
      int first = 2921 + round * 4380;
      p.write(4380);
      p.out(". " + first + ":" + (first + 1460) + "(1460) ack 101");
      p.run(20).discard();
      p.in(
          ". 101:101(0) ack "
              + first
              + " <nop,nop,sack "
              + (first + 1460)
              + ":"
              + (first + 4380)
              + ">");
      p.run(500);
      p.out(". " + first + ":" + (first + 1460) + "(1460) ack 101");
      p.discard();
      p.in(". 101:101(0) ack " + (first + 4380));
      assertThat(p.info().bytesAcked()).isEqualTo(first + 4380 - 1);
      assertThat(p.info().recovery().state()).isEqualTo("open");
    }
  }

  @Test
  void a_reduced_threshold_outlives_the_rest() {
    Peer p = talked(Profile.STANDARD);
    p.write(14_600);
    p.discard();
    p.run(20);
    p.in(". 101:101(0) ack 2921 <nop,nop,sack 4381:17521>");
    p.run(100);
    p.in(". 101:101(0) ack 17521");
    p.run(100).discard();
    long threshold = p.info().ssthresh();
    assertThat(threshold).isLessThan(1 << 20);
    p.run(MINUTE).pump();
    assertThat(connection(p).recovery).isNull();
    p.write(1460);
    p.discard();
    assertThat(connection(p).recovery).isNotNull();
    assertThat(p.info().ssthresh()).isEqualTo(threshold);
    assertThat(p.info().cwnd()).isLessThanOrEqualTo(14_600);
  }

  @Test
  void what_comes_in_meanwhile_keeps_it_awake_and_is_read() {
    Peer p = talked(Profile.STANDARD);
    p.run(MINUTE - 1000);
    p.in("P. 101:201(100) ack 2921");
    p.run(2000).pump();
    assertThat(connection(p).recovery).isNotNull();
    p.run(MINUTE).pump();
    assertThat(connection(p).recovery).isNull();
    p.read(100);
    p.in("P. 201:301(100) ack 2921");
    p.read(100);
  }

  @Test
  void who_has_something_to_send_does_not_rest() {
    Peer unacknowledged = talked(Profile.STANDARD);
    unacknowledged.write(100);
    unacknowledged.run(MINUTE + 1000).pump();
    assertThat(connection(unacknowledged).recovery).isNotNull();

    Peer shut = talked(Profile.STANDARD);
    shut.in(". 101:101(0) ack 2921 win 0");
    shut.write(100);
    shut.run(MINUTE + 1000).pump();
    assertThat(connection(shut).recovery).isNotNull();
  }

  /** Its model of the path is worth more than two numbers. */
  @Test
  void bbr_does_not_rest() {
    Peer p = talked(Profile.STANDARD.with(v -> v.congestionControl = "bbr"));
    p.run(2 * MINUTE).pump();
    assertThat(connection(p).recovery).isNotNull();
  }

  @Test
  void each_flush_looks_at_one_connection_and_those_that_end_are_not_kept() {
    Peer p = talked(Profile.STANDARD);
    Connection first = connection(p);
    p.peerPort++;
    p.accept("mss 1460,sackOK");
    p.run(100);
    p.write(100);
    p.discard();
    p.in(". 1:1(0) ack 101");
    Connection second = connection(p);
    assertThat(first.nextToRest == second || second.nextToRest == first).isTrue();
    p.app().abort();
    p.discard();
    assertThat(second.restListed).isFalse();
    assertThat(first.nextToRest).isNull();
    assertThat(first.previousToRest).isNull();
    p.network.runFor((long) MINUTE * Peer.MS);
    p.pump();
    assertThat(first.recovery).isNull();
    assertThat(first.restListed).isFalse();
  }

  /** A stack that stood still for a minute looks at packets before timers: an ACK is still owed. */
  @Test
  void whoOwesAnAckDoesNotRest() {
    Peer p = talked(Profile.STANDARD);
    p.in("P. 101:201(100) ack 2921");
    p.quiet();
    p.stack.flush(p.network.now() + (long) (MINUTE + 1000) * Peer.MS);
    p.run(MINUTE);
    p.out(". 2921:2921(0) ack 201");
  }
}
