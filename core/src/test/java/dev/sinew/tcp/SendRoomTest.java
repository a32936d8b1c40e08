package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import org.junit.jupiter.api.Test;

/** The send buffer that counts records, as Linux does. */
class SendRoomTest {
  private final byte[] bytes = new byte[200_000];

  /** A record is half of the peer's window: 32 segments of 1000 bytes. */
  private static TcpEndpoint linux(Peer p) {
    TcpEndpoint e = p.accept("mss 1000");
    e.setSendBuffer(4608);
    return e;
  }

  private int write(TcpEndpoint e, int length) {
    return e.write(bytes, 0, length);
  }

  @Test
  void aRecordThatHasBegunIsFilledWhateverTheLimit() {
    TcpEndpoint e = linux(new Peer(Profile.LINUX));
    assertThat(write(e, 10_000)).isEqualTo(10_000);
    assertThat(write(e, 100_000)).isEqualTo(22_000);
    assertThat(write(e, 1)).isEqualTo(TcpError.WOULD_BLOCK.code());
    TcpEndpoint standard = linux(new Peer());
    assertThat(write(standard, 10_000)).isEqualTo(4608);
  }

  @Test
  void asManyRecordsBeginAsTheLimitHolds() {
    TcpEndpoint e = linux(new Peer(Profile.LINUX));
    e.setSendBuffer(33_000);
    // Ten segments leave while it is written. One more record costs 32000 and 960: a second begins.
    assertThat(write(e, 200_000)).isEqualTo(10_000 + 2 * 32_000);
  }

  @Test
  void aRecordBeginsOnlyBelowTheLowWaterMark() {
    TcpEndpoint e = linux(new Peer(Profile.LINUX));
    e.setSendBuffer(1 << 20);
    e.setNotSentLowat(32_001);
    assertThat(write(e, 200_000)).isEqualTo(10_000 + 2 * 32_000);
  }

  @Test
  void whoWaitsIsWokenWhenAThirdIsFree() {
    Peer p = new Peer(Profile.LINUX);
    TcpEndpoint e = linux(p);
    e.setSendBuffer(30_000);
    assertThat(write(e, 200_000)).isEqualTo(42_000);
    p.discard();
    // 42000 of two records; 20000 of one is what lets the writer on.
    p.in(". 1:1(0) ack 10001").discard();
    assertThat(e.readiness() & Readiness.WRITABLE).isZero();
    p.in(". 1:1(0) ack 22001").discard();
    assertThat(e.readiness() & Readiness.WRITABLE).isZero();
    assertThat(e.unacknowledged()).isEqualTo(20_000);
    p.in(". 1:1(0) ack 24001").discard();
    assertThat(e.readiness() & Readiness.WRITABLE).isEqualTo(Readiness.WRITABLE);
    assertThat(write(e, 1)).isEqualTo(1);
  }
}
