package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.observe.ConnectionFigures;
import dev.sinew.observe.Observer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link TcpInfo} tells, as Linux's struct tcp_info does. */
class TcpInfoTest {
  private static final long MS = Peer.MS;

  @Test
  void aFreshConnection() {
    Peer p = new Peer();
    p.accept();
    TcpInfo i = p.info();
    assertThat(i.path()).isEqualTo(new TcpInfo.Path(1500, 1460, false, "", ""));
    assertThat(i.recovery().state()).isEqualTo("open");
    assertThat(i.sender().busyNanos()).isZero();
    assertThat(i.sender().dataSegments()).isZero();
    assertThat(i.sender().sinceDataNanos()).isZero();
    assertThat(i.receiver().dataSegments()).isZero();
    assertThat(i.receiver().sinceDataNanos()).isZero();
    p.run(5);
    assertThat(p.info().receiver().sinceAckNanos()).isEqualTo(5 * MS);
  }

  @Test
  void segmentsAndTheirTimes() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(2920);
    p.discard();
    p.run(7);
    p.in("P. 1:101(100) ack 2921");
    p.in("P. 201:301(100) ack 2921");
    p.run(3);
    TcpInfo i = p.info();
    assertThat(i.sender().dataSegments()).isEqualTo(2);
    assertThat(i.sender().sinceDataNanos()).isEqualTo(10 * MS);
    assertThat(i.receiver().dataSegments()).isEqualTo(2);
    assertThat(i.receiver().outOfOrderSegments()).isEqualTo(1);
    assertThat(i.receiver().sinceDataNanos()).isEqualTo(3 * MS);
    assertThat(i.sender().deliveredBytes()).isEqualTo(2920);
    assertThat(i.sender().busyNanos()).isEqualTo(7 * MS);
  }

  /** A window that is closed before anything was ever sent holds back, too. */
  @Test
  void aWindowThatIsClosedFromTheStart() {
    Peer p = new Peer();
    p.acceptPlain();
    p.in(". 1:1(0) ack 1 win 0");
    p.write(1000);
    p.run(100);
    assertThat(p.info().sender().receiveWindowLimitedNanos()).isEqualTo(100 * MS);
    // Since the handshake, less a round trip: the least one is a nanosecond.
    assertThat(p.info().receiver().sinceDataNanos()).isEqualTo(100 * MS - 1);
  }

  /** From disorder to fast recovery to loss, and back. */
  @Test
  void theStatesOfRecovery() {
    Peer p = new Peer();
    p.listen();
    p.in("S 0:0(0) <mss 1460,sackOK>");
    p.out("S. 0:0(0) ack 1");
    p.run(100);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    p.write(14_600);
    p.discard();
    p.run(100);
    p.in(". 1:1(0) ack 1 <nop,nop,sack 1461:2921>");
    assertThat(p.info().recovery().state()).isEqualTo("disorder");
    assertThat(p.info().recovery().sackedSegments()).isEqualTo(1);
    assertThat(p.info().sender().deliveredBytes()).isEqualTo(1460);
    p.in(". 1:1(0) ack 1 <nop,nop,sack 1461:4381>");
    p.in(". 1:1(0) ack 1 <nop,nop,sack 1461:5841>");
    TcpInfo fast = p.info();
    assertThat(fast.recovery().state()).isEqualTo("recovery");
    assertThat(fast.sender().segmentsRetransmitted()).isEqualTo(1);
    assertThat(fast.bytesRetransmitted()).isEqualTo(1460);
    assertThat(fast.recovery().retransmittedBytes()).isEqualTo(1460);
    p.discard();
    p.in(". 1:1(0) ack 14601");
    assertThat(p.info().recovery().state()).isEqualTo("open");
    p.write(1000);
    p.run(5000);
    p.discard();
    TcpInfo late = p.info();
    assertThat(late.recovery().state()).isEqualTo("loss");
    assertThat(late.sender().timeouts()).isEqualTo(p.count(Counter.TcpExtTCPTimeouts)).isPositive();
    assertThat(late.sender().backoff()).isPositive();
  }

  /** The three chronographs: the network, the peer's window, and our own send buffer. */
  @Test
  void whatTheSenderWaitsFor() {
    Peer p = new Peer();
    p.acceptPlain();
    p.in(". 1:1(0) ack 1 win 1460");
    p.write(2000);
    p.out(". 1:1461(1460) ack 1");
    p.run(10);
    assertThat(p.info().sender().receiveWindowLimitedNanos()).isEqualTo(10 * MS);
    p.in(". 1:1(0) ack 1461 win 60000");
    p.out("P. 1461:2001(540) ack 1");
    p.run(20);
    p.in(". 1:1(0) ack 2001 win 60000");
    p.run(50);
    TcpInfo.Sender s = p.info().sender();
    assertThat(s.receiveWindowLimitedNanos()).isEqualTo(10 * MS);
    assertThat(s.sendBufferLimitedNanos()).isZero();
    assertThat(s.busyNanos()).isEqualTo(30 * MS);
    p.app().setSendBuffer(4000);
    p.write(4000);
    p.discard();
    assertThat(p.app().write(new byte[1], 0, 1)).isNegative();
    p.app().setNoDelay(true);
    p.pump();
    p.run(40);
    p.in(". 1:1(0) ack 6001 win 60000");
    p.run(10);
    s = p.info().sender();
    assertThat(s.sendBufferLimitedNanos()).isEqualTo(40 * MS);
    assertThat(s.busyNanos()).isEqualTo(70 * MS);
  }

  @Test
  void whatTheWayIsLike() {
    Peer p = new Peer();
    p.listen().setFastOpen(3);
    p.listener.setMaxSegment(1000);
    p.accept();
    TcpInfo i = p.info();
    assertThat(i.path().advertisedMss()).isEqualTo(1000);
    assertThat(i.path().pathMtu()).isEqualTo(1040);
    assertThat(i.sendMss()).isEqualTo(988);
    assertThat(i.receiver().ackTimeoutNanos()).isEqualTo(Profile.STANDARD.delayedAckNanos());
  }

  @Test
  void whichEcnWasAgreed() {
    for (boolean accurate : new boolean[] {false, true}) {
      TcpPair pair =
          new TcpPair(
              true,
              MS,
              Profile.STANDARD.with(v -> {
                v.ecn = Profile.Ecn.REQUEST;
                v.accEcn = accurate;
              }),
              Limits.DEFAULT);
      for (TcpEndpoint e : pair.established()) {
        TcpInfo i = e.info();
        assertThat(i).isNotNull();
        assertThat(i.path().ecn()).isEqualTo(accurate ? "accecn" : "ecn");
      }
    }
  }

  /** An observer gets the same figures, when they are the last ones; who wants none costs none. */
  @Test
  void anObserverIsShownTheFiguresAtTheEnd() {
    List<ConnectionFigures> shown = new ArrayList<>();
    boolean[] wanted = {false};
    Observer observer =
        new Observer() {
          @Override
          public boolean wantsFigures() {
            return wanted[0];
          }

          @Override
          public void figures(long now, long connection, ConnectionFigures figures) {
            shown.add(figures);
          }
        };
    for (boolean wants : new boolean[] {false, true}) {
      wanted[0] = wants;
      Peer p = new Peer(true, Profile.STANDARD, Limits.DEFAULT, new BufferPool(1L << 24), observer);
      p.accept();
      p.write(1000);
      p.discard();
      p.in(". 1:1(0) ack 1001");
      p.in("R 1:1(0)");
    }
    assertThat(shown).hasSize(1);
    assertThat(shown.getFirst().bytesAcked()).isEqualTo(1000);
    assertThat(shown.getFirst().segmentsIn()).as("the SYN was a record's").isEqualTo(3);
  }
}
