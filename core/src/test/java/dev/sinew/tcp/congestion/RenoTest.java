package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.tcp.congestion.CongestionControl.Cause;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Slow start, congestion avoidance and the reactions to loss (RFC 5681, RFC 3465, RFC 6928). */
class RenoTest {
  private static final int MSS = 1000;

  private static Reno started() {
    Reno c = new Reno();
    c.start(MSS, 10 * MSS);
    return c;
  }

  private static void ack(Reno c, long bytes, boolean limited) {
    AckSample a = new AckSample();
    a.ackedBytes = bytes;
    a.deliveredBytes = bytes;
    a.windowLimited = limited;
    c.onAck(a);
  }

  private static Reno avoiding(int segments) {
    Reno c = started();
    c.onCongestion(Cause.LOSS, 2L * segments * MSS, 0);
    assertThat(c.window()).isEqualTo((long) segments * MSS);
    return c;
  }

  @Test
  void slowStartGrowsByWhatIsAcknowledged() {
    Reno c = started();
    ack(c, 10 * MSS, true);
    assertThat(c.window()).isEqualTo(20 * MSS);
    ack(c, 1, true);
    assertThat(c.window()).isEqualTo(20 * MSS + 1);
  }

  @Test
  void whoIsNotLimitedDoesNotGrow() {
    Reno c = started();
    ack(c, 10 * MSS, false);
    assertThat(c.window()).isEqualTo(10 * MSS);
  }

  @Test
  void congestionAvoidanceAddsOneSegmentPerWindow() {
    Reno c = avoiding(20);
    long before = c.window();
    for (int acked = 0; acked < 19 * MSS; acked += MSS) {
      ack(c, MSS, true);
      assertThat(c.window()).isEqualTo(before);
    }
    ack(c, MSS, true);
    assertThat(c.window()).isEqualTo(before + MSS);
  }

  /** Whatever the size of the ACKs, a window's worth of them adds one segment and no more. */
  @Test
  void aHugeAckAddsOneSegmentOnly() {
    Reno c = avoiding(20);
    ack(c, 1000L * MSS, true);
    assertThat(c.window()).isEqualTo(21 * MSS);
    long w = c.window();
    for (int i = 0; i < 10; i++) {
      ack(c, 1, true);
    }
    assertThat(c.window())
        .as("what one ACK covered does not count again and again")
        .isLessThanOrEqualTo(w + MSS);
  }

  @Test
  void slowStartEndsExactlyAtTheThreshold() {
    Reno c = started();
    c.onCongestion(Cause.TIMEOUT, 40 * MSS, 0);
    assertThat(c.window()).isEqualTo(MSS);
    assertThat(c.threshold()).isEqualTo(20 * MSS);
    for (int i = 0; i < 19; i++) {
      ack(c, 5 * MSS, true);
      assertThat(c.window()).isEqualTo((2L + i) * MSS);
    }
    ack(c, MSS, true);
    assertThat(c.window()).isEqualTo(20 * MSS);
  }

  @Test
  void theThresholdIsHalfOfWhatIsInFlightAndAtLeastTwoSegments() {
    Reno c = started();
    c.onCongestion(Cause.LOSS, 9 * MSS, 0);
    assertThat(c.threshold()).isEqualTo(4500);
    c.onCongestion(Cause.LOSS, MSS, 0);
    assertThat(c.threshold()).isEqualTo(2 * MSS);
  }

  @Test
  void aRepeatedTimeoutKeepsTheThreshold() {
    Reno c = started();
    c.onCongestion(Cause.TIMEOUT, 10 * MSS, 0);
    ack(c, MSS, true);
    c.onRepeatedTimeout();
    assertThat(c.threshold()).isEqualTo(5 * MSS);
    assertThat(c.window()).isEqualTo(MSS);
  }

  @Test
  void leavingRecoveryNeverBursts() {
    Reno c = started();
    c.onCongestion(Cause.LOSS, 20 * MSS, 0);
    c.onRecovered(0);
    assertThat(c.window()).isEqualTo(2 * MSS);
    c.onCongestion(Cause.LOSS, 20 * MSS, 0);
    c.onRecovered(15 * MSS);
    assertThat(c.window()).isEqualTo(10 * MSS);
  }

  @Test
  void theRestartWindowIsTheInitialOneAndNeverMore() {
    Reno c = started();
    ack(c, 100 * MSS, true);
    c.onIdleRestart();
    assertThat(c.window()).isEqualTo(10 * MSS);
    c.onCongestion(Cause.LOSS, 6 * MSS, 0);
    c.onIdleRestart();
    assertThat(c.window()).isEqualTo(3 * MSS);
  }

  @Test
  void theWindowIsAlwaysAtLeastASegment() {
    Random r = new Random(3);
    Reno c = started();
    int mss = MSS;
    for (int i = 0; i < 100_000; i++) {
      switch (r.nextInt(8)) {
        case 0 -> c.onCongestion(Cause.LOSS, r.nextInt(100 * MSS), i);
        case 1 -> c.onCongestion(Cause.TIMEOUT, r.nextInt(100 * MSS), i);
        case 2 -> c.onRepeatedTimeout();
        case 3 -> c.onRecovered(r.nextInt(100 * MSS));
        case 4 -> c.onIdleRestart();
        case 5 -> {
          mss = 216 + r.nextInt(9000);
          c.mss(mss);
        }
        default -> ack(c, r.nextInt(20 * MSS), r.nextBoolean());
      }
      assertThat(c.window()).isBetween((long) Math.min(mss, 216), 1L << 40);
      assertThat(c.threshold()).isPositive();
    }
  }
}
