package dev.sinew.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ValuesTest {
  @ParameterizedTest
  @CsvSource({
    "1,1000000000",
    "0.5,500000000",
    "200ms,200000000",
    "75s,75000000000",
    "2h,7200000000000",
    "3min,180000000000",
    "5us,5000",
    "7ns,7",
    "0,0"
  })
  void durations(String text, long nanos) {
    assertThat(Values.nanos(text)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1d", "s", "1 s", "1e3", ".5", "1.", "NaN", "9999999999"})
  void whatIsNoDuration(String text) {
    assertThatThrownBy(() -> Values.nanos(text)).isInstanceOf(TypeConversionException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0 B",
    "1023,1023 B",
    "1024,1.0 KiB",
    "1073741824,1.0 GiB",
    "1600000000000000,1455.2 TiB"
  })
  void sizes(long bytes, String text) {
    assertThat(Values.bytes(bytes)).isEqualTo(text);
  }

  @Test
  void aPatternOfStatMatchesWholeNames() {
    assertThat(StatCommand.glob("Tcp*").matcher("TcpInSegs").matches()).isTrue();
    assertThat(StatCommand.glob("tcpinseg?").matcher("TcpInSegs").matches()).isTrue();
    assertThat(StatCommand.glob("Tcp").matcher("TcpInSegs").matches()).isFalse();
    assertThat(StatCommand.glob("*.*").matcher("TcpInSegs").matches()).isFalse();
  }
}
