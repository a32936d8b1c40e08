package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an idle connection does without, and that nobody can tell. */
class IdleConnectionTest {
  private static Connection connection(Peer p) {
    return Objects.requireNonNull(p.app().connection);
  }

  @Test
  void who_never_sends_has_no_loss_recovery_and_without_data_there_are_no_figures() {
    for (boolean passive : new boolean[] {true, false}) {
      Peer p = new Peer();
      if (passive) {
        p.accept();
      } else {
        p.connected("mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7");
      }
      p.run(60_000);
      Connection c = connection(p);
      assertThat(c.recovery).isNull();
      assertThat(c.figures).isNull();
      p.in("P. 1:101(100) ack 1");
      p.run(1000);
      assertThat(c.recovery).isNull();
      assertThat(p.info().receiver().dataSegments()).isEqualTo(1);
      p.write(100);
      p.discard();
      assertThat(c.recovery).isNotNull();
      assertThat(p.info().sender().dataSegments()).isEqualTo(1);
    }
  }

  /** And looking at it makes nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"reno", "cubic", "bbr"})
  void what_it_shows_is_what_it_begins_with(String control) {
    Peer p = new Peer(Profile.STANDARD.with(v -> v.congestionControl = control));
    p.accept();
    p.run(1000);
    TcpInfo before = p.info();
    assertThat(connection(p).recovery).isNull();
    assertThat(before.cwnd()).isEqualTo(10L * before.sendMss());
    assertThat(before.congestionControl()).isEqualTo(control);
    connection(p).recovery();
    assertThat(p.info()).isEqualTo(before);
  }

  @Test
  void an_mss_that_shrank_meanwhile_is_that_of_the_first_segments() {
    Peer p = new Peer();
    p.acceptPlain();
    long window = p.info().cwnd();
    p.run(1000);
    p.app().setMaxSegment(500);
    p.write(1500);
    p.out(". 1:501(500) ack 1");
    p.out(". 501:1001(500) ack 1");
    p.out("P. 1001:1501(500) ack 1");
    p.quiet();
    assertThat(p.info().cwnd()).isEqualTo(window);
  }

  /** draft-ietf-ccwg-bbr section 4.1.2.4: nothing was there to send. */
  @Test
  void the_first_flight_after_a_pause_tells_nothing_of_the_path() {
    assertThat(firstSampleIsLimited(50)).isTrue();
  }

  private static boolean firstSampleIsLimited(double pauseMillis) {
    Peer p = new Peer(Profile.STANDARD.with(v -> v.congestionControl = "bbr"));
    p.acceptPlain();
    p.run(pauseMillis);
    p.write(60_000);
    p.discard();
    p.run(20);
    p.in(". 1:1(0) ack 1461");
    assertThat(p.info().sender().deliveryRate()).isPositive();
    return p.info().sender().applicationLimited();
  }

  // ---- options

  @Test
  void connections_share_the_options_of_their_listener_until_one_is_set() {
    Peer p = new Peer();
    p.accept();
    TcpEndpoint first = p.app();
    p.peerPort++;
    p.accept();
    TcpEndpoint second = p.app();
    assertThat(second.options).isSameAs(first.options);
    assertThat(connection(p).options).isSameAs(second.options);

    second.setNoDelay(true);
    assertThat(connection(p).options.noDelay).isTrue();
    assertThat(first.noDelay()).isFalse();
    assertThat(p.listener.noDelay()).isFalse();

    p.listener.setTtl(17);
    assertThat(first.ttl()).isEqualTo(64);
    assertThat(second.ttl()).isEqualTo(64);
    p.peerPort++;
    p.accept();
    assertThat(p.app().ttl()).isEqualTo(17);
  }

  @Test
  void new_endpoints_share_the_stacks_options_until_one_is_set() {
    Peer p = new Peer();
    TcpEndpoint first = p.stack.tcp();
    TcpEndpoint second = p.stack.tcp();
    assertThat(second.options).isSameAs(first.options);
    first.setKeepAlive(true);
    first.setSendBuffer(5000);
    first.setLocalPort(4711);
    assertThat(first.sendBuffer()).isEqualTo(5000);
    assertThat(second.keepAlive()).isFalse();
    assertThat(second.sendBuffer()).isNotEqualTo(5000);
    assertThat(p.stack.tcp().keepAlive()).isFalse();
    assertThat(p.stack.tcp().options.localPort).isZero();
  }

  /** What grows by itself is the connection's own. */
  @Test
  void a_buffer_that_grows_is_not_the_others() {
    Peer p = new Peer();
    p.accept();
    TcpEndpoint first = p.app();
    p.peerPort++;
    p.accept();
    int size = first.sendBuffer();
    byte[] more = new byte[2 * size];
    assertThat(p.app().write(more, 0, more.length)).isEqualTo(size);
    for (int acked = 1460; p.app().sendBuffer() == size && acked < size; acked += 2920) {
      p.discard();
      p.in(". 1:1(0) ack " + (acked + 1));
      int unused = p.app().write(more, 0, more.length);
    }
    assertThat(p.app().sendBuffer()).isGreaterThan(size);
    assertThat(first.sendBuffer()).isEqualTo(size);
    assertThat(p.listener.sendBuffer()).isEqualTo(size);
  }
}
