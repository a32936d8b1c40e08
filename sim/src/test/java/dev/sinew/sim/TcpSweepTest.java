package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.sim.sweep.Sweep;
import org.junit.jupiter.api.Test;

/**
 * Random networks and random programs under random faults, a seed each: loss in every shape,
 * duplication, reordering, corruption, small queues, MTUs and buffers, cut links, crashes, pauses,
 * coarse clocks, options on and off, both versions, every way to close. All invariants are checked
 * on the way; in the end every byte has arrived or an error has told that it has not, and nothing
 * is left.
 *
 * <p>{@code -Dsinew.sweep.seeds=10000} runs more, {@code -Dsinew.sweep.first=N} begins elsewhere.
 */
class TcpSweepTest {
  @Test
  void everyRandomNetworkDeliversItsStreamsOrSaysThatItCannot() throws Exception {
    Sweep.Summary s =
        Sweep.networks()
            .first(Long.getLong("sinew.sweep.first", 1))
            .seeds(Integer.getInteger("sinew.sweep.seeds", 100))
            .command("mvn test -Dtest=TcpSweepTest")
            .run();
    assertThat(s.failures()).as(s.total().toString()).isEmpty();
    assertThat(s.total().segmentCount()).isGreaterThan(10_000);
  }
}
