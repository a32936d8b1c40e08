package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.testing.Packets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequence numbers that wrap, or pass 2^31, in the middle of everything (RFC 9293 section 3.4). */
class SequenceWrapTest {
  private static final long TICK = 4000;

  /**
   * The clock part of the ISN turns once in 4.77 hours: waiting for the right moment gives the
   * stack the ISN that the test wants.
   */
  private static Peer connectedWithIss(int wantedIss, int peerIss) {
    Peer p = new Peer();
    p.peerIss = peerIss;
    TcpEndpoint probe = bound(p);
    probe.connect(Packets.address(p.peerAddress), p.peerPort);
    p.pump();
    p.next();
    int first = p.stackIss;
    long at = p.network.now();
    probe.close();
    long wait = Integer.toUnsignedLong(wantedIss - first) * TICK;
    p.network.runFor(at + wait - p.network.now());
    p.discard();
    TcpEndpoint e = bound(p);
    e.connect(Packets.address(p.peerAddress), p.peerPort);
    p.endpoint = e;
    p.pump();
    p.out("S 0:0(0)");
    assertThat(p.stackIss).isEqualTo(wantedIss);
    p.in("S. 0:0(0) ack 1 <mss 1460,sackOK,nop,nop>");
    p.out(". 1:1(0) ack 1");
    return p;
  }

  private static TcpEndpoint bound(Peer p) {
    TcpEndpoint e = p.stack.tcp();
    e.setReuseAddress(true);
    assertThat(e.bind(Packets.address(p.stackAddress), 5000)).isZero();
    return e;
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        -1,
        -2,
        -1460,
        -5000,
        -14_601,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Integer.MAX_VALUE - 5000,
        Integer.MAX_VALUE - 14_600
      })
  void transferAndCloseBothWays(int iss) {
    for (int peerIss : new int[] {0, iss, ~iss, -3000, Integer.MAX_VALUE - 3000}) {
      Peer p = connectedWithIss(iss, peerIss);
      // Out, with a loss that is repaired fast and one that the timer repairs.
      p.write(14_600);
      p.discard();
      for (int i = 2; i <= 4; i++) {
        p.in(". 1:1(0) ack 1 <nop,nop,sack 1461:" + (1 + i * 1460) + ">");
      }
      p.out(". 1:1461(1460) ack 1");
      p.in(". 1:1(0) ack 14601").quiet();
      p.write(1000);
      p.out("P. 14601:15601(1000) ack 1");
      p.outAfter(200, "P. 14601:15601(1000) ack 1");
      p.in(". 1:1(0) ack 15601");
      // In, out of order.
      for (int i = 9; i >= 0; i--) {
        p.in(". " + (1 + i * 1000) + ":" + (1001 + i * 1000) + "(1000) ack 15601");
        Seg ack = p.next();
        if (i > 0) {
          assertThat(ack.options).contains("sack " + (1 + i * 1000) + ":10001");
        }
        assertThat(p.stack.violation(p.network.now())).isNull();
      }
      p.read(10_000);
      p.discard();
      // Attackers at the edges.
      p.in("R 10000:10000(0)").in("R 75537:75537(0)").quiet();
      p.in("R 10002:10002(0)");
      p.out(". 15601:15601(0) ack 10001");
      p.in("P. 10001:10011(10) ack 15602");
      p.out(". 15601:15601(0) ack 10001");
      p.readGives(TcpError.WOULD_BLOCK);
      // Close.
      p.shutdown();
      p.out("F. 15601:15601(0) ack 10001");
      p.in("F. 10001:10001(0) ack 15602");
      p.out(". 15602:15602(0) ack 10002");
      p.state(TcpState.TIME_WAIT);
      p.in("F. 10001:10001(0) ack 15602");
      p.out(". 15602:15602(0) ack 10002");
      p.close();
      p.run(61_000);
      p.nothingLeft();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, -2, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void windowsAndProbesAcrossTheWrap(int iss) {
    Peer p = connectedWithIss(iss, iss);
    p.in(". 1:1(0) ack 1 win 0");
    p.write(100);
    p.outAfter(200, ". 0:0(0) ack 1");
    p.in(". 1:1(0) ack 1 win 50");
    p.quiet();
    p.outAfter(200, ". 1:51(50) ack 1");
    p.in(". 1:1(0) ack 51 win 1000");
    p.out("P. 51:101(50) ack 1");
    p.in(". 1:1(0) ack 101");
    assertThat(p.app().unacknowledged()).isZero();
  }
}
