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
  private static final int MSS = Driver.MSS;

  /** The comparison with 'recover' holds however long it was ago that something was lost. */
  @Test
  void fastRetransmitWorksAfterGigabytesWithoutLoss() {
    Driver d = new Driver(Profile.STANDARD, false);
    for (long sent = 0; sent < 10L << 30; ) {
      int chunk = 1 << 28;
      d.sendBytes(chunk);
      sent += chunk;
      d.at(1).ack(d.nxt);
      d.at(2).send(5);
      for (int i = 0; i < 3; i++) {
        assertThat(d.at(3).ack(d.una))
            .as("after %d MiB", sent >> 20)
            .isEqualTo(i == 2 ? AckEvent.ENTERED : 0);
      }
      assertThat(d.at(4).ack(d.nxt)).isEqualTo(AckEvent.LEFT);
    }
  }

  /**
   * Large arrays are kept between flights, or each would make them anew, and given back at rest.
   */
  @Test
  void whatALargeFlightNeededIsGivenBackAtRest() {
    Driver d = new Driver(Profile.STANDARD, true);
    d.at(0).send(300).at(1).ack(d.nxt);
    int large = d.recovery.records().capacity();
    assertThat(large).isGreaterThanOrEqualTo(300);
    d.at(2).send(1);
    d.recovery.applicationLimited();
    assertThat(d.recovery.records().capacity()).as("in use").isEqualTo(large);
    d.at(3).ack(d.nxt);
    d.recovery.applicationLimited();
    assertThat(d.recovery.records().capacity()).isLessThan(16);
  }

  /** With and without SACK, RACK and PRR: the sums hold, and something is always due. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void whateverHappensSomethingIsAlwaysDue(int seed) {
    Random random = new Random(seed);
    Profile profile =
        Profile.STANDARD.with(v -> {
          v.rack = seed % 3 != 1;
          v.prr = seed % 2 == 0;
        });
    Driver d = new Driver(profile, seed % 3 != 0, new Reno(), 100 - seed * 1000);
    LossRecovery r = d.recovery;
    for (int now = 1; now < 20_000; now++) {
      d.at(now * 0.1);
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          if (d.nxt - d.una < 100 * MSS) {
            d.sendBytes(1 + random.nextInt(MSS));
          }
        }
        case 2 -> {
          if (d.nxt != d.una) {
            d.ack(d.una + 1 + random.nextInt(d.nxt - d.una), blocks(d, random));
          }
        }
        case 3 -> d.ack(d.una, blocks(d, random));
        case 4 -> {
          if (random.nextInt(20) == 0 && d.nxt != d.una) {
            d.timeout();
            assertThat(r.nextRetransmission()).isZero();
            assertThat(r.mustRetransmit()).isTrue();
          } else if (r.reorderDeadline() <= d.now) {
            r.reorderTimeout(d.nxt, 1, profile, d.now);
          }
        }
        default -> {
          int i = r.nextRetransmission();
          if (i >= 0) {
            assertThat(r.records().sacked(i)).isFalse();
            r.resent(i, d.now);
            assertThat(r.mustRetransmit()).isFalse();
          }
        }
      }
      assertThat(r.records().outstandingBytes()).isEqualTo(d.nxt - d.una);
      assertThat(r.inFlight()).isBetween(0L, (long) (d.nxt - d.una));
      assertThat(d.violation()).isNull();
      assertThat(r.control().window()).isGreaterThanOrEqualTo(MSS);
      if (d.nxt == d.una) {
        assertThat(r.nextRetransmission()).isEqualTo(-1);
        assertThat(r.inFlight()).isZero();
      }
    }
  }

  /** Mostly plausible blocks, sometimes hostile ones. */
  private static int[] blocks(Driver d, Random random) {
    int[] edges = new int[2 * random.nextInt(5)];
    int span = Math.max(1, d.nxt - d.una);
    for (int i = 0; i < edges.length; i += 2) {
      if (random.nextInt(8) == 0) {
        edges[i] = random.nextInt();
        edges[i + 1] = random.nextInt();
      } else {
        edges[i] = d.una - MSS / 2 + random.nextInt(span + MSS);
        edges[i + 1] = edges[i] + 1 + random.nextInt(5 * MSS);
      }
    }
    return edges;
  }
}
