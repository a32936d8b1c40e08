package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who wants no timeout at all says {@link Long#MAX_VALUE}: sums of times must not overflow. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LongTimesTest {
  @Test
  void keepaliveThatIsNeverDueStaysSilent() {
    Peer p = new Peer();
    p.acceptPlain();
    p.app().setKeepAliveTimes(Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);
    p.app().setKeepAlive(true);
    p.quietFor(1_000_000 * Peer.S).state(TcpState.ESTABLISHED);
    p.in("P. 1:11(10) ack 1");
    p.outAfter(40, ". 1:1(0) ack 11");
    p.quietFor(1_000_000 * Peer.S).state(TcpState.ESTABLISHED);
  }

  @Test
  void anEndlessIntervalSendsOneProbe() {
    Peer p = new Peer();
    p.acceptPlain();
    p.app().setKeepAliveTimes(Peer.S, Long.MAX_VALUE, 3);
    p.app().setKeepAlive(true);
    p.outAfter(1000, ". 0:0(0) ack 1");
    p.quietFor(1_000_000 * Peer.S).state(TcpState.ESTABLISHED);
  }

  @Test
  void anEndlessUserTimeoutLeavesTheRetransmissionTimerAlone() {
    Peer p = new Peer();
    p.acceptPlain();
    p.app().setUserTimeout(Long.MAX_VALUE);
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.outAfter(200, "P. 1:11(10) ack 1");
    p.outAfter(400, "P. 1:11(10) ack 1");
    p.in(". 1:1(0) ack 11 win 0");
    p.write(10);
    p.outAfter(800, ". 10:10(0) ack 1");
    p.outAfter(1600, ". 10:10(0) ack 1");
  }

  @Test
  void theSameFromTheStacksDefaults() {
    Peer p = new Peer();
    p.stack.setDefaults(TcpDefaults.STANDARD.with(v -> v.userTimeoutNanos = Long.MAX_VALUE));
    p.acceptPlain();
    p.write(10);
    p.out("P. 1:11(10) ack 1");
    p.outAfter(200, "P. 1:11(10) ack 1");
  }

  @Test
  void anEndlessConnectTimeoutDoesNotHurryTheSyn() {
    Peer p = new Peer();
    TcpEndpoint e = p.stack.tcp();
    p.endpoint = e;
    e.setConnectTimeout(Long.MAX_VALUE);
    assertThat(e.connect(dev.sinew.testing.Packets.address(p.peerAddress), 4000)).isNegative();
    long start = p.network.now();
    assertThat(Seg.flagText(p.next().flags)).isEqualTo("S");
    p.network.runUntil(() -> p.pending() > 0, 10 * Peer.S);
    assertThat((double) (p.network.now() - start)).isCloseTo(1e9, within(1e6));
  }
}
