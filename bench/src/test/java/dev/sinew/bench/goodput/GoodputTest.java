package dev.sinew.bench.goodput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sinew.base.Profile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A few cells of the tables in {@code docs/results/goodput.md}, the same in each build. */
class GoodputTest {
  private static double share(String controller, Path path, long seconds) {
    try (Flows f = new Flows(path, Profile.STANDARD, 1, true)) {
      f.begin(0, controller);
      return f.share(seconds * 1_000_000_000L);
    }
  }

  /** Without losses but those of its queue a path is used almost in full. */
  @ParameterizedTest
  @CsvSource({
    "cubic, 10, 20, 1, 0.95",
    "cubic, 20, 50, 1, 0.9",
    "reno, 10, 20, 1, 0.95",
    "bbr, 10, 20, 1, 0.93",
    "bbr, 20, 50, 0.5, 0.85"
  })
  void aPathIsUsed(String controller, double rate, double rtt, double queue, double least) {
    assertThat(share(controller, new Path(rate, rtt, queue, ""), 20)).isBetween(least, 1.001);
  }

  /** draft-ietf-ccwg-bbr section 3.1: full throughput with losses of up to 1 %. */
  @Test
  void bbrKeepsItsRateAtOnePercentOfLoss() {
    assertThat(share("bbr", new Path(20, 20, 1, "loss 1%"), 20)).isGreaterThan(0.8);
  }

  /** Where nothing better is known: the draft's own model of a loss above its threshold. */
  @Test
  void bbrGivesWayAtTenPercentOfLoss() {
    assertThat(share("bbr", new Path(20, 20, 1, "loss 10%"), 20)).isBetween(0.01, 0.5);
  }

  /** RFC 9438 section 5.1, in the Reno-friendly region: within a fifth. */
  @ParameterizedTest
  @ValueSource(doubles = {50, 100})
  void cubicFollowsItsResponseFunction(double rtt) {
    double window = Goodput.medianWindow(new Path(100, rtt, 1, "loss 1%"), "cubic", 30);
    double expected = Goodput.responseFunction(0.01, rtt / 1000);
    assertThat(window).isCloseTo(expected, within(0.2 * expected));
  }

  /** Packets held back by up to half of the round trip, none lost: it costs less than 5 %. */
  @ParameterizedTest
  @CsvSource({"1, 2", "1, 20", "30, 2", "30, 20"})
  void reorderingCostsLittle(int percent, int millis) {
    double plain = share("cubic", new Path(20, 40, 2, ""), 20);
    String faults = "reorder " + percent + "% " + millis + "ms";
    assertThat(share("cubic", new Path(20, 40, 2, faults), 20)).isGreaterThan(0.95 * plain);
  }

  /**
   * Nor where the queue is shallow and drops: a loss among packets that are late is repaired like
   * any other, and makes no further ones.
   */
  @Test
  void reorderingMakesNoLosses() {
    double plain = share("cubic", new Path(50, 50, 1, ""), 4);
    assertThat(share("cubic", new Path(50, 50, 1, "reorder 30% 5ms"), 4))
        .isGreaterThan(0.95 * plain);
  }

  /** Jain's index over the last minute of three; 1 is equal, 1/2 is one flow alone. */
  @ParameterizedTest
  @ValueSource(strings = {"cubic", "reno", "bbr"})
  void twoFlowsOfAKindShare(String controller) {
    double[] shares = Goodput.pair(new Path(10, 20, 1, ""), controller, 1);
    assertThat(Goodput.jain(shares)).isGreaterThan(0.95);
    assertThat(shares[0] + shares[1]).isGreaterThan(0.93);
  }
}
