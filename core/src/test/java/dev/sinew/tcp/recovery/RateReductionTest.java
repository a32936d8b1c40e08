package dev.sinew.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Proportional rate reduction by its equations (RFC 9937); sizes in segments of 1000 bytes. */
class RateReductionTest {
  private static final int MSS = 1000;
  private final RateReduction r = new RateReduction();

  /**
   * One segment is lost, the others are acknowledged one by one; returns what is in flight then.
   */
  private long run(long threshold, long flight) {
    long inFlight = flight - MSS;
    r.begin(threshold, flight, inFlight, 10 * MSS);
    for (int i = 1; i < flight / MSS; i++) {
      inFlight -= MSS;
      r.acknowledged(MSS, inFlight, false, MSS);
      while (r.window() - inFlight >= MSS) {
        r.sent(MSS);
        inFlight += MSS;
      }
    }
    return inFlight;
  }

  /** Above ssthresh: CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out. */
  @Tag("RFC9937-6.2-a")
  @Tag("RFC9937-6.2-e")
  @Test
  void oneOfTwoGoesOut() {
    r.begin(10_000, 20_000, 19_000, 10 * MSS);
    int out = 0;
    long inFlight = 19_000;
    for (int i = 1; i <= 8; i++) {
      r.acknowledged(MSS, inFlight, false, MSS);
      long may = r.window() - inFlight;
      assertThat(may).isEqualTo(Math.max(i == 1 ? MSS : 0, i * 500L - out * 1000L));
      if (may >= MSS) {
        r.sent(MSS);
        out++;
        inFlight += MSS;
      }
      inFlight -= MSS;
    }
    assertThat(out).isBetween(4, 5);
  }

  /** Below ssthresh without progress: no more than is delivered (conservative reduction bound). */
  @Tag("RFC9937-6.2-a")
  @Tag("RFC9937-6.2-f")
  @Test
  void belowTheThresholdOneGoesForEachThatArrives() {
    r.begin(10_000, 20_000, 4_000, 10 * MSS);
    r.acknowledged(MSS, 4_000, false, MSS);
    assertThat(r.window() - 4_000).isEqualTo(MSS);
    r.sent(MSS);
    r.acknowledged(3 * MSS, 2_000, false, MSS);
    assertThat(r.window() - 2_000).isEqualTo(3 * MSS);
  }

  /** With progress one more (slow start reduction bound), but never beyond ssthresh. */
  @Tag("RFC9937-6.2-f")
  @Test
  void progressLetsOneMoreGo() {
    r.begin(10_000, 20_000, 4_000, 10 * MSS);
    r.acknowledged(MSS, 4_000, true, MSS);
    assertThat(r.window() - 4_000).isEqualTo(2 * MSS);
    r.sent(2 * MSS);
    r.acknowledged(5 * MSS, 9_500, true, MSS);
    assertThat(r.window()).isEqualTo(10_000);
  }

  /** The first retransmission goes even where the equations give less than a segment. */
  @Tag("RFC9937-6.2-g")
  @Test
  void theFirstOneAlwaysGoes() {
    r.begin(2_000, 40_000, 30_000, 10 * MSS);
    r.acknowledged(MSS, 30_000, false, MSS);
    assertThat(r.window() - 30_000).isEqualTo(MSS);
  }

  /** Section 6.1: nothing of an earlier episode counts. */
  @Tag("RFC9937-6.1-a")
  @Test
  void eachEpisodeBeginsAnew() {
    for (int episode = 0; episode < 3; episode++) {
      r.begin(10_000, 20_000, 19_000, 10 * MSS);
      r.acknowledged(MSS, 19_000, false, MSS);
      assertThat(r.window()).isEqualTo(20_000);
      r.sent(MSS);
      r.acknowledged(5 * MSS, 14_000, false, MSS);
      assertThat(r.window()).isEqualTo(14_000 + 3_000 - 1_000);
      r.sent(2 * MSS);
    }
  }

  /** Finding a loss delivers nothing, and so lets nothing go. */
  @Tag("RFC9937-6.2-b")
  @Test
  void whatIsFoundLostIsNoRoom() {
    r.begin(10_000, 20_000, 15_000, 10 * MSS);
    r.acknowledged(MSS, 15_000, false, MSS);
    r.sent(MSS);
    r.lossFound(6_000, 0);
    assertThat(r.window()).isEqualTo(6_000);
    r.lossFound(6_000, MSS);
    assertThat(r.window()).isEqualTo(6_000);
    r.acknowledged(0, 3_000, false, MSS);
    assertThat(r.window()).isEqualTo(3_000);
  }

  @Test
  void theFlightEndsNearTheThreshold() {
    for (long threshold : new long[] {2_000, 5_000, 10_000, 14_000, 19_000}) {
      assertThat(run(threshold, 20_000)).isBetween(threshold - 2 * MSS, threshold);
    }
  }

  /** Windows of a gigabyte do not overflow. */
  @Test
  void hugeWindows() {
    long huge = 1L << 30;
    r.begin(huge / 2, huge, huge - MSS, 10 * MSS);
    r.acknowledged(huge / 2, huge - huge / 4, false, MSS);
    assertThat(r.window() - (huge - huge / 4)).isEqualTo(huge / 4);
  }

  /**
   * A loss probe found that nothing is in flight: there is no clock to keep, and what an idle
   * connection may send goes at once, never more than ssthresh; then the usual rule.
   */
  @Test
  void whereNothingIsInFlightTheRestartWindowGoes() {
    RateReduction r = new RateReduction();
    r.begin(7 * MSS, 10 * MSS, 0, 10 * MSS);
    r.acknowledged(MSS, 0, false, MSS);
    assertThat(r.window()).isEqualTo(7 * MSS);
    r.sent(7 * MSS);
    r.acknowledged(MSS, 6 * MSS, true, MSS);
    assertThat(r.window()).isEqualTo(7 * MSS);
    RateReduction wide = new RateReduction();
    wide.begin(700 * MSS, 1000 * MSS, 0, 10 * MSS);
    wide.acknowledged(MSS, 0, false, MSS);
    assertThat(wide.window()).isEqualTo(10 * MSS);
    RateReduction busy = new RateReduction();
    busy.begin(7 * MSS, 10 * MSS, MSS, 10 * MSS);
    busy.acknowledged(MSS, MSS, false, MSS);
    assertThat(busy.window()).isLessThanOrEqualTo(2 * MSS);
  }
}
