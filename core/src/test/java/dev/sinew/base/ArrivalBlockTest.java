package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ArrivalBlockTest {
  private final BufferPool pool = new BufferPool(2 * BufferPool.DATAGRAM);
  private final ArrivalBlock arrival = new ArrivalBlock(pool);

  private Block offered() {
    return Objects.requireNonNull(arrival.offer());
  }

  @Test
  void theSameBlockIsOfferedUntilSomebodyKeepsIt() {
    Block first = offered();
    assertThat(first.size()).isEqualTo(BufferPool.DATAGRAM);
    assertThat(first.base()).isGreaterThanOrEqualTo(BufferPool.HEADROOM);
    assertThat(first.memory().byteSize() - first.base()).isEqualTo(BufferPool.DATAGRAM);
    assertThat(offered()).isSameAs(first);
    assertThat(arrival.keep(first.memory())).isSameAs(first);
    assertThat(arrival.keep(first.memory())).as("kept twice").isNull();
    assertThat(offered()).isNotSameAs(first);
    first.release();
    arrival.giveBack();
    arrival.giveBack();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void whatLiesElsewhereIsNotKept() {
    Block other = Objects.requireNonNull(pool.takeDatagram());
    Block mine = offered();
    assertThat(arrival.keep(other.memory())).isNull();
    assertThat(arrival.keep(Arena.ofAuto().allocate(10))).isNull();
    assertThat(offered()).isSameAs(mine);
  }

  @Test
  void nothingIsOfferedWhenMemoryIsScarce() {
    Block small = Objects.requireNonNull(pool.takeSmall());
    Block half = Objects.requireNonNull(pool.takeDatagram());
    assertThat(arrival.offer()).as("less than half is free").isNull();
    assertThat(arrival.keep(half.memory())).isNull();
    small.release();
    assertThat(offered()).as("half is free").isNotSameAs(half);
    half.release();
  }
}
