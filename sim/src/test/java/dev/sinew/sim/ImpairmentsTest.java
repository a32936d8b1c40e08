package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImpairmentsTest {
  @Test
  void theWordsOfNetemAreUnderstood() {
    Impairments i =
        Impairments.parse(
            "delay 20ms 5ms loss 1% duplicate 0.1% reorder 5% corrupt 0.25% rate 10mbit limit 100 mtu 1280");
    assertThat(i)
        .isEqualTo(
            new Impairments(
                20_000_000, 5_000_000, 0.01, 0.001, 0.05, 0, 0.0025, 10_000_000, 100, 0, 1280));
  }

  @Test
  void theOrderDoesNotMatterAndNothingMeansNothing() {
    assertThat(Impairments.parse("loss random 1% delay 2s"))
        .isEqualTo(Impairments.parse("  delay 2s   loss 1% "));
    assertThat(Impairments.parse("")).isEqualTo(Impairments.NONE);
  }

  @Test
  void fractionsAndOtherUnits() {
    assertThat(Impairments.parse("delay 1.5us").delayNanos()).isEqualTo(1500);
    assertThat(Impairments.parse("rate 1.5gbit").bitsPerSecond()).isEqualTo(1_500_000_000L);
    assertThat(Impairments.parse("rate 100kbps").bitsPerSecond()).isEqualTo(800_000);
    assertThat(Impairments.parse("limit 64kb").limitBytes()).isEqualTo(65_536);
    assertThat(Impairments.parse("reorder 5% 10ms").reorderNanos()).isEqualTo(10_000_000);
  }

  @ParameterizedTest
  @CsvSource({
    "delay, delay: a value is missing",
    "delay 20, delay: \"20\" is not a time",
    "delay 20m, delay: \"20m\" is not a time",
    "delay -1ms, delay: \"-1ms\" is negative",
    "delay 1ms 2ms, delay: the jitter is larger than the delay",
    "loss 1, loss: \"1\" is not a percentage",
    "loss 101%, loss: \"101%\" is not a percentage from 0% to 100%",
    "loss -1%, loss: \"-1%\" is not a percentage from 0% to 100%",
    "loss x%, loss: \"x%\" is not a percentage",
    "loss 1% loss 2%, loss: given twice",
    "rate 10, rate: \"10\" is not a rate",
    "limit 0, limit: at least 1 packet",
    "limit 5parsec, limit: \"5parsec\" is neither packets nor bytes",
    "mtu 67, mtu: 68 to 65535",
    "mtu, mtu: a value is missing",
    "mtu 99999999999, mtu: \"99999999999\" is too large",
    "reorder 5%, reorder: without a delay",
    "dealy 20ms, \"dealy\": expected delay"
  })
  void aMistakeIsNamed(String words, String message) {
    assertThatThrownBy(() -> Impairments.parse(words))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message.strip());
  }
}
