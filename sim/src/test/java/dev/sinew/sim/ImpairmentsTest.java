package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImpairmentsTest {
  @Test
  void theWordsOfNetemAreUnderstood() {
    Impairments i =
        Impairments.parse(
            "delay 20ms 5ms 25% distribution normal loss 1% 30% ecn duplicate 0.1% reorder 5% 50% gap 3"
                + " corrupt 0.25% rate 10mbit limit 100 ce_threshold 5ms slot 1ms 2ms packets 4 mtu 1280");
    assertThat(i)
        .isEqualTo(
            new Impairments(
                20_000_000,
                5_000_000,
                0.25,
                Distribution.NORMAL,
                new LossModel.Random(0.01, 0.3),
                true,
                0.001,
                0,
                0.05,
                0.5,
                3,
                0,
                0.0025,
                0,
                10_000_000,
                100,
                0,
                new Impairments.Threshold(0, 0, 5_000_000),
                new Impairments.Slot(1_000_000, 2_000_000, 4, 0),
                1280));
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
    assertThat(Impairments.parse("rate 1mbit ce_threshold 20").ceThreshold())
        .isEqualTo(new Impairments.Threshold(20, 0, 0));
    assertThat(Impairments.parse("rate 1mbit ce_threshold 30kb").ceThreshold())
        .isEqualTo(new Impairments.Threshold(0, 30_720, 0));
  }

  @Test
  void theLossModelsHaveNetemsDefaults() {
    assertThat(Impairments.parse("loss gemodel 1%").loss())
        .isEqualTo(new LossModel.GilbertElliott(0.01, 0.99, 1, 0));
    assertThat(Impairments.parse("loss gemodel 1% 10% 70% 0.1%").loss())
        .isEqualTo(new LossModel.GilbertElliott(0.01, 0.1, 0.7, 0.001));
    assertThat(Impairments.parse("loss state 2%").loss())
        .isEqualTo(new LossModel.Markov(0.02, 0.98, 0, 1, 0));
    assertThat(Impairments.parse("loss state 2% 40% 10% 60% 0.5%").loss())
        .isEqualTo(new LossModel.Markov(0.02, 0.4, 0.1, 0.6, 0.005));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "delay 20ms",
        "delay 20ms 5ms 25% distribution paretonormal",
        "loss 1.5% ecn",
        "loss gemodel 1% 10% 100% 0%",
        "loss state 1% 90% 0% 100% 0%",
        "delay 1ms reorder 3.3% 50% gap 5",
        "reorder 3% 2ms duplicate 1% 10% corrupt 0.01%",
        "rate 1500kbit limit 64000b ce_threshold 30b mtu 576",
        "rate 1gbit ce_threshold 7",
        "slot 800us 1ms packets 3 bytes 4000"
      })
  void whatIsPrintedReadsBackAsTheSame(String words) {
    Impairments i = Impairments.parse(words);
    assertThat(Impairments.parse(i.words())).isEqualTo(i);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "delay | column 6: expected a time such as 20ms",
        "delay 20 | column 7: expected a time such as 20ms (ns, us, ms, s, min or h), not \"20\"",
        "delay 20m | column 7: expected a time",
        "delay -1ms | column 7: expected a time",
        "delay 1ms 2ms | delay: the jitter is larger than the delay",
        "delay 9ms 2ms distribution gauss | column 28: expected uniform, normal, pareto or"
            + " paretonormal, not \"gauss\"",
        "loss 1 | column 6: expected a percentage from 0% to 100%, not \"1\"",
        "delay 1ms loss 101% | column 16: expected a percentage",
        "loss -1% | column 6: expected a percentage",
        "loss x% | column 6: expected a percentage",
        "loss gemodel | column 13: expected a percentage from 0% to 100%, but the text ends",
        "loss 1% loss 2% | column 9: expected each word once, not \"loss\"",
        "ecn | ecn: marks what loss would drop",
        "rate 10 | column 6: expected a rate such as 10mbit",
        "limit 0 | column 7: expected packets (100) or bytes",
        "limit 5parsec | column 7: expected packets (100) or bytes",
        "ce_threshold 5 | ce_threshold: without a rate nothing waits",
        "slot 2ms 1ms | column 10: expected a longest time between slots",
        "mtu 67 | column 5: expected a number from 68 to 65535, not \"67\"",
        "mtu | column 4: expected a number from 68 to 65535, but the text ends",
        "mtu 99999999999 | column 5: expected a number",
        "reorder 5% | reorder: without a delay",
        "delay 20ms dealy 20ms | column 12: expected delay, loss"
      })
  void aMistakeIsNamedWithItsPlace(String words, String message) {
    assertThatThrownBy(() -> Impairments.parse(words))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message.strip());
  }
}
