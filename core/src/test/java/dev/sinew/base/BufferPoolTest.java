package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
  private static Block must(BufferPool pool, int bytes) {
    Block b = pool.take(bytes);
    assertThat(b).isNotNull();
    return b;
  }

  @Test
  void whatIsTakenIsUsedUntilItIsReleased() {
    BufferPool pool = new BufferPool(1 << 20);
    assertThat(pool.usedBytes()).isZero();
    Block small = must(pool, 1);
    Block large = must(pool, BufferPool.SMALL + 1);
    Block datagram = must(pool, BufferPool.LARGE + 1);
    assertThat(small.size()).isEqualTo(BufferPool.SMALL);
    assertThat(large.size()).isEqualTo(BufferPool.LARGE);
    assertThat(datagram.size()).isEqualTo(BufferPool.DATAGRAM);
    assertThat(pool.usedBytes()).isEqualTo(2048 + 32_768 + 65_536);
    assertThat(pool.availableBytes()).isEqualTo(pool.limitBytes() - pool.usedBytes());
    small.release();
    large.release();
    datagram.release();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void theSmallestBlockThatHoldsTheBytesIsChosen() {
    BufferPool pool = new BufferPool(1 << 20);
    assertThat(must(pool, 0).size()).isEqualTo(BufferPool.SMALL);
    assertThat(must(pool, BufferPool.SMALL).size()).isEqualTo(BufferPool.SMALL);
    assertThat(must(pool, BufferPool.LARGE).size()).isEqualTo(BufferPool.LARGE);
    assertThat(must(pool, BufferPool.DATAGRAM).size()).isEqualTo(BufferPool.DATAGRAM);
  }

  @Test
  void atTheLimitThereIsNoBlockAndAReleaseMakesRoom() {
    BufferPool pool = new BufferPool(64 * 1024);
    List<Block> out = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      out.add(must(pool, 1));
    }
    assertThat(pool.takeSmall()).isNull();
    assertThat(pool.takeLarge()).isNull();
    assertThat(pool.takeDatagram()).isNull();
    assertThat(pool.availableBytes()).isZero();
    out.getFirst().release();
    assertThat(pool.takeSmall()).isSameAs(out.getFirst());
  }

  @Test
  void memoryFreedAsOneSizeServesTheOthersUpToTheLimit() {
    BufferPool pool = new BufferPool(128 * 1024);
    List<Block> out = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      out.add(must(pool, 1));
    }
    assertThat(pool.takeLarge()).isNull();
    out.forEach(Block::release);
    assertThat(pool.usedBytes()).isZero();
    assertThat(pool.takeDatagram()).isNotNull();
    assertThat(pool.takeLarge()).isNotNull();
    assertThat(pool.takeLarge()).isNotNull();
    assertThat(pool.takeSmall()).isNull();
  }

  @Test
  void blocksDoNotOverlap() {
    BufferPool pool = new BufferPool(512 * 1024);
    List<Block> out = new ArrayList<>();
    Block b;
    while ((b = out.size() % 5 == 4 ? pool.takeLarge() : pool.takeSmall()) != null) {
      out.add(b);
    }
    for (int i = 0; i < out.size(); i++) {
      out.get(i).memory().asSlice(out.get(i).base(), out.get(i).size()).fill((byte) i);
    }
    for (int i = 0; i < out.size(); i++) {
      Block block = out.get(i);
      byte[] bytes =
          block.memory().asSlice(block.base(), block.size()).toArray(ValueLayout.JAVA_BYTE);
      for (byte value : bytes) {
        assertThat(value).isEqualTo((byte) i);
      }
    }
  }

  @Test
  void releasingTwiceIsAnErrorAndCountsOnce() {
    BufferPool pool = new BufferPool(1 << 20);
    Block b = must(pool, 1);
    b.release();
    assertThatThrownBy(b::release).isInstanceOf(IllegalStateException.class);
    assertThat(pool.usedBytes()).isZero();
    assertThat(pool.takeSmall()).isSameAs(b);
    assertThat(pool.takeSmall()).isNotSameAs(b);
  }

  @Test
  void aReleasedBlockStaysOutUntilTheLastPacketThatRefersToItHasLeft() {
    BufferPool pool = new BufferPool(1 << 20);
    Block b = must(pool, 1);
    b.holdForTransmit();
    b.holdForTransmit();
    b.release();
    assertThat(pool.usedBytes()).isEqualTo(2048);
    b.transmitDone();
    assertThat(pool.usedBytes()).isEqualTo(2048);
    b.transmitDone();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void aPacketThatLeavesDoesNotFreeABlockThatItsOwnerKeeps() {
    BufferPool pool = new BufferPool(1 << 20);
    Block b = must(pool, 1);
    b.holdForTransmit();
    b.transmitDone();
    assertThat(pool.usedBytes()).isEqualTo(2048);
    b.holdForTransmit();
    b.transmitDone();
    b.release();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void releasingTwiceWhileAPacketIsPendingIsAnErrorToo() {
    BufferPool pool = new BufferPool(1 << 20);
    Block b = must(pool, 1);
    b.holdForTransmit();
    b.release();
    assertThatThrownBy(b::release).isInstanceOf(IllegalStateException.class);
    b.transmitDone();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void theLedgerAgreesWithWhatIsOutUnderRandomUse() {
    SplittableRandom random = new SplittableRandom(11);
    BufferPool pool = new BufferPool(2 << 20);
    List<Block> out = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < 20_000; i++) {
      if (out.isEmpty() || random.nextInt(100) < 52) {
        Block b = pool.take(1 + random.nextInt(BufferPool.DATAGRAM));
        if (b != null) {
          out.add(b);
          bytes += b.size();
        }
      } else {
        Block b = out.remove(random.nextInt(out.size()));
        bytes -= b.size();
        b.release();
      }
      assertThat(pool.usedBytes()).isEqualTo(bytes).isLessThanOrEqualTo(pool.limitBytes());
    }
  }
}
