package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
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
    Peer p =
        connected(Peer.profile(Profile.STANDARD, "restartAfterIdle", restart, "pacing", false));
    p.write(10 * MSS);
    p.discard();
    p.in(". 1:1(0) ack 10001");
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(18 * MSS);
    p.run(5000);
    p.write(15 * MSS);
    assertThat(p.all()).hasSize(restart ? 10 : 15);
  }
}
