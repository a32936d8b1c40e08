package dev.sinew.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.tcp.congestion.Reno;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loss recovery alone: what it says must be sent, over gigabytes and at random. */
class LossRecoveryUnitTest {
  private static final int MSS = 1000;

  private static LossRecovery started(int iss) {
    LossRecovery r = new LossRecovery(new Reno(), Profile.STANDARD);
    r.start(iss, MSS, 10 * MSS);
    return r;
  }

  /** The comparison with 'recover' holds however long it was ago that something was lost. */
  @Test
  void fastRetransmitWorksAfterGigabytesWithoutLoss() {
    LossRecovery r = started(-1);
    int at = 0;
    for (long sent = 0; sent < 10L << 30; ) {
      int chunk = 1 << 28;
      r.sent(at, at + chunk, 0);
      at += chunk;
      sent += chunk;
      r.acknowledged(at, 1, -1, 1, Profile.STANDARD);
      r.sent(at, at + 5 * MSS, 2);
      for (int i = 0; i < 3; i++) {
        boolean entered = r.duplicateAck(at, at + 5 * MSS, 3);
        assertThat(entered).as("after %d MiB", sent >> 20).isEqualTo(i == 2);
      }
      at += 5 * MSS;
      assertThat(r.acknowledged(at, 4, -1, 1, Profile.STANDARD)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whateverHappensSomethingIsAlwaysDue(int seed) {
    Random random = new Random(seed);
    LossRecovery r = started(100);
    int una = 101;
    int nxt = 101;
    for (int now = 1; now < 20_000; now++) {
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          if (nxt - una < 100 * MSS) {
            int n = 1 + random.nextInt(MSS);
            r.sent(nxt, nxt + n, now);
            nxt += n;
          }
        }
        case 2 -> {
          if (nxt != una) {
            una += 1 + random.nextInt(nxt - una);
            r.acknowledged(una, now, random.nextBoolean() ? 5 : -1, 1, Profile.STANDARD);
          }
        }
        case 3 -> r.duplicateAck(una, nxt, now);
        case 4 -> {
          if (random.nextInt(20) == 0 && nxt != una) {
            r.timeout(nxt, now);
            assertThat(r.nextRetransmission()).isZero();
            assertThat(r.mustRetransmit()).isTrue();
          }
        }
        default -> {
          int i = r.nextRetransmission();
          if (i >= 0) {
            r.resent(i, now);
            assertThat(r.mustRetransmit()).isFalse();
          }
        }
      }
      assertThat(r.records().outstandingBytes()).isEqualTo(nxt - una);
      assertThat(r.inFlight()).isBetween(0L, (long) (nxt - una));
      assertThat(r.records().violation(una)).isNull();
      assertThat(r.control().window()).isGreaterThanOrEqualTo(MSS);
      if (nxt == una) {
        assertThat(r.nextRetransmission()).isEqualTo(-1);
        assertThat(r.inFlight()).isZero();
      }
    }
  }
}
