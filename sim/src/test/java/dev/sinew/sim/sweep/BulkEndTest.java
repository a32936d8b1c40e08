package dev.sinew.sim.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.sim.SimHost;
import dev.sinew.sim.Simulation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a program that reads slowly adds to the time that its connection may take (I5). */
class BulkEndTest {
  @ParameterizedTest
  @CsvSource({
    "7_866_119, 22, 6, 28_842_418",
    "7_866_119, 0, 6, 0",
    "0, 50, 1, 0",
    "65_535, 50, 65_536, 0",
    "65_536, 50, 65_536, 50"
  })
  void aReaderRestsAfterEachRead(String bytes, long pauseMs, int chunk, String expectedMs) {
    try (Simulation sim = Simulation.of(1)) {
      SimHost host = sim.host("host");
      long toReceive = Long.parseLong(bytes.replace("_", ""));
      BulkEnd end =
          new BulkEnd(
              sim,
              host,
              1,
              2,
              0,
              toReceive,
              BulkEnd.Ending.HALF_CLOSE,
              pauseMs * 1_000_000,
              chunk);
      assertThat(end.readingNanos())
          .isEqualTo(Long.parseLong(expectedMs.replace("_", "")) * 1_000_000);
    }
  }
}
