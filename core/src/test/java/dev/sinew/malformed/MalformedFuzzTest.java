package dev.sinew.malformed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs, two stacks and a bad network at random, by seed: {@code -Dsinew.seed=N} runs one seed
 * alone, {@code -Dsinew.seeds=N} so many.
 */
class MalformedFuzzTest {
  private static final int STEPS = 400;

  @ParameterizedTest(name = "forger {0}")
  @ValueSource(booleans = {false, true})
  void randomProgramsOnABadNetwork(boolean forger) {
    long only = Long.getLong("sinew.seed", -1);
    long count = Long.getLong("sinew.seeds", 1000);
    long packets = 0;
    long damaged = 0;
    long moves = 0;
    for (long seed = only >= 0 ? only : 0; seed < (only >= 0 ? only + 1 : count); seed++) {
      Duel d = new Duel(seed, forger);
      d.run(STEPS);
      packets += d.packets;
      damaged += d.damaged;
      moves += d.moves;
    }
    System.out.println(
        "malformed fuzz, "
            + (forger ? "forger" : "honest")
            + ": seeds "
            + count
            + ", packets "
            + packets
            + ", damaged "
            + damaged
            + ", state changes "
            + moves);
    if (only < 0) {
      assertThat(damaged).isGreaterThan(count * 5);
      assertThat(moves).isGreaterThan(count * 3);
    }
  }
}
