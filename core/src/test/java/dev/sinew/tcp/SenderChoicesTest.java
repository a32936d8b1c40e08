package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where systems choose differently in sending and acknowledging: one profile value each. */
class SenderChoicesTest {
  private static final int MSS = 1000;

  private static Peer connected(Profile profile) {
    Peer p = new Peer(profile);
    p.listen();
    p.in("S 0:0(0) <mss 1000,sackOK>");
    p.next();
    p.run(100);
    p.in(". 1:1(0) ack 1");
    p.endpoint = p.listener.accept();
    return p;
  }

  // ---- sackOfOldAcks

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theBlocksOfAnOvertakenAckCountOrNot(boolean count) {
    Peer p = connected(Peer.profile(Profile.STANDARD, "sackOfOldAcks", count));
    p.write(8 * MSS);
    p.discard();
    p.in(". 1:1(0) ack 3001");
    p.in(". 1:1(0) ack 1001 <nop,nop,sack 2001:3001 5001:6001>");
    assertThat(p.info().recovery().sackedSegments()).isEqualTo(count ? 1 : 0);
    assertThat(p.info().sender().duplicatesReported()).isZero();
    assertThat(p.info().bytesAcked()).isEqualTo(3000);
  }

  // ---- restartAfterIdle

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPauseTakesTheWindowOrNot(boolean restart) {
    Peer p = connected(Peer.profile(Profile.STANDARD, "restartAfterIdle", restart, "pacing", false));
    p.write(10 * MSS);
    p.discard();
    p.in(". 1:1(0) ack 10001");
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(18 * MSS);
    p.run(5000);
    p.write(15 * MSS);
    assertThat(p.all()).hasSize(restart ? 10 : 15);
  }

  // ---- finForgetsDuplicate

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theAckOfAFinReportsADuplicateOrNot(boolean forgets) {
    Peer p = connected(Peer.profile(Profile.STANDARD, "finForgetsDuplicate", forgets));
    p.in("P. 1:501(500) ack 1");
    p.run(50);
    p.discard();
    p.in("F. 1:501(500) ack 1");
    p.out(". 1:1(0) ack 502 <" + (forgets ? "" : "nop,nop,sack 1:501") + ">");
  }

  // ---- sendChunks

  private final byte[] data = new byte[400_000];

  private int write(Peer p, int length) {
    return p.app().write(data, 0, length);
  }

  /** The peer's window of 64 KiB makes chunks of 32 segments; one is free as long as a byte is. */
  @Test
  void aChunkIsTakenWhileAnythingIsFree() {
    Peer p = connected(Profile.LINUX);
    p.app().setSendBuffer(42_001);
    assertThat(write(p, 39_999)).isEqualTo(39_999);
    p.run(1);
    // What has left is not in the chunk any more: 2001 fill it, one byte is free, and that is enough.
    assertThat(write(p, 400_000)).isEqualTo(2001 + 32 * MSS);
    p.run(1);
    assertThat(write(p, 1)).isEqualTo(TcpError.WOULD_BLOCK.code());
    assertThat(p.info().unsent() + p.info().inFlight()).isEqualTo(74_000);
  }

  @Test
  void aFullBufferTakesNothing() {
    Peer p = connected(Profile.LINUX);
    p.app().setSendBuffer(8192);
    int taken = write(p, 400_000);
    assertThat(taken).isBetween(8192, 8192 + 65_000);
    p.run(1);
    assertThat(write(p, 400_000)).isLessThanOrEqualTo(10 * MSS);
    assertThat(write(p, 1)).isEqualTo(TcpError.WOULD_BLOCK.code());
    assertThat(p.app().readiness() & Readiness.WRITABLE).isZero();
  }

  /** Who waits hears of room that is half of what is held. */
  @Test
  void aThirdOfTheBufferIsWorthWaitingFor() {
    Peer p = connected(Peer.profile(Profile.LINUX, "congestionControl", "reno"));
    p.app().setSendBuffer(9000);
    assertThat(write(p, 9000)).isEqualTo(9000);
    p.run(1);
    p.discard();
    p.in(". 1:1(0) ack 2001");
    assertThat(p.app().readiness() & Readiness.WRITABLE).isZero();
    p.in(". 1:1(0) ack 3001");
    assertThat(p.app().readiness() & Readiness.WRITABLE).isNotZero();
  }

  @Test
  void plainlyItIsWhatIsFree() {
    Peer p = connected(Profile.STANDARD);
    p.app().setSendBuffer(8192);
    assertThat(write(p, 400_000)).isEqualTo(8192);
    p.run(1);
    assertThat(write(p, 1)).isEqualTo(TcpError.WOULD_BLOCK.code());
    assertThat(p.info().unsent() + p.info().inFlight()).isEqualTo(8192);
  }
}
