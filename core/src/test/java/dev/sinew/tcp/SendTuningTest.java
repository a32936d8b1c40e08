package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The send buffer that follows the congestion window, and what may wait in it unsent. */
class SendTuningTest {
  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;
  private static final int START = 32_768;

  private static final Limits LIMITS =
      Limits.DEFAULT.with(v -> {
        v.sendBufferBytes = START;
        v.maxSendBufferBytes = 1 << 20;
      });

  private final byte[] chunk = new byte[100_000];

  private void run(TcpPair pair, TcpEndpoint[] ends, long nanos) {
    for (long end = pair.network.now() + nanos; pair.network.now() < end; ) {
      while (ends[0].write(chunk, 0, chunk.length) > 0) {
        // as much as it takes
      }
      while (ends[1].read(chunk, 0, chunk.length) > 0) {
        // all there is
      }
      pair.network.runFor(MS);
    }
  }

  @Test
  void itHoldsTwoCongestionWindowsUpToTheLimit() {
    TcpPair pair = new TcpPair(true, 20 * MS, Profile.STANDARD, LIMITS);
    TcpEndpoint[] ends = pair.established();
    run(pair, ends, 100 * MS);
    TcpInfo info = ends[0].info();
    assertThat(info).isNotNull();
    assertThat((long) ends[0].sendBuffer()).isBetween(info.cwnd(), 2 * info.cwnd());
    assertThat(ends[0].sendBuffer()).isGreaterThan(START);
    run(pair, ends, S);
    assertThat(ends[0].sendBuffer()).isEqualTo(1 << 20);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theSizeThatTheApplicationChoseStays(boolean chosenByApplication) {
    Profile profile = Profile.STANDARD.with(v -> v.autoTuneSend = chosenByApplication);
    TcpPair pair = new TcpPair(true, 20 * MS, profile, LIMITS);
    TcpEndpoint[] ends = pair.established();
    if (chosenByApplication) {
      ends[0].setSendBuffer(START);
    }
    run(pair, ends, S);
    assertThat(ends[0].sendBuffer()).isEqualTo(START);
  }

  @Test
  void aWriterThatNeedsNoMoreGetsNoMore() {
    TcpPair pair = new TcpPair(true, 20 * MS, Profile.STANDARD, LIMITS);
    TcpEndpoint[] ends = pair.established();
    for (int i = 0; i < 100; i++) {
      assertThat(ends[0].write(chunk, 0, 20_000)).isEqualTo(20_000);
      pair.network.runFor(50 * MS);
      while (ends[1].read(chunk, 0, chunk.length) > 0) {
        // all there is
      }
    }
    assertThat(ends[0].sendBuffer()).isEqualTo(START);
  }

  // ---- not sent

  /** The congestion window is full. */
  private static Peer lowat(int bytes) {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(14_600).discard();
    assertThat(p.app().unsent()).isZero();
    p.app().setNotSentLowat(bytes);
    return p;
  }

  @Test
  void whoWaitsWithSoMuchUnsentMayWriteNoMore() {
    Peer p = lowat(4000);
    p.write(3999);
    assertThat(p.app().readiness() & Readiness.WRITABLE).isNotZero();
    p.write(1);
    assertThat(p.app().unsent()).isEqualTo(4000);
    assertThat(p.app().readiness() & Readiness.WRITABLE).isZero();
    p.writeGives(TcpError.WOULD_BLOCK);
    while (p.stack.takeReady() != null) {
      // what happened before
    }
    // Two segments leave: 1080 are still unsent, less than half.
    p.in(". 1:1(0) ack 1461");
    p.discard();
    assertThat(p.app().unsent()).isLessThan(2000);
    assertThat(p.stack.takeReady()).isSameAs(p.app());
    assertThat(p.app().readiness() & Readiness.WRITABLE).isNotZero();
  }

  @Test
  void aSegmentIsTheLeastThatIsTakenAtOnce() {
    Peer p = lowat(1);
    assertThat(p.app().write(new byte[50_000], 0, 50_000)).isEqualTo(1460);
    p.writeGives(TcpError.WOULD_BLOCK);
    assertThat(p.app().notSentLowat()).isEqualTo(1);
    p.app().setNotSentLowat(-5);
    assertThat(p.app().notSentLowat()).isEqualTo(1);
  }

  @Test
  void withoutItTheBufferIsTheLimit() {
    Peer p = new Peer();
    p.acceptPlain();
    assertThat(p.app().notSentLowat()).isEqualTo(Integer.MAX_VALUE);
    p.write(500_000);
    assertThat(p.app().readiness() & Readiness.WRITABLE).isNotZero();
  }

  /** A transfer whose application only ever waits for readiness ends. */
  @Test
  void aTransferWithLittleUnsentDoesNotStall() {
    TcpPair pair = new TcpPair(true, 5 * MS);
    TcpEndpoint[] ends = pair.established();
    ends[0].setNotSentLowat(3000);
    pair.transfer(ends[0], ends[1], 1_000_000, 60 * S);
  }
}
