package dev.sinew.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.wire.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TxQueueTest {
  private final BufferPool pool = new BufferPool(4 << 20);
  private final FakeLink link = new FakeLink();

  /** Takes what it is told to take, and notes the number in each packet's header. */
  private static final class FakeLink extends PassiveLink {
    final List<Integer> sent = new ArrayList<>();
    int room = Integer.MAX_VALUE;
    int result = SENT;
    int endCount;
    int refusedLater;
    final MemorySegment copy = Arena.ofAuto().allocate(70_000);
    int copied;

    FakeLink() {
      super(new LinkProperties("fake", 1500, false, false, false, false));
    }

    @Override
    public int transmit(TxPacket p) {
      if (room == 0) {
        return BUSY;
      }
      room--;
      sent.add(Bytes.i32(p.header(), p.headerOffset()));
      copied = p.copyTo(copy, 0);
      return result;
    }

    @Override
    public int endTransmit() {
      endCount++;
      int n = refusedLater;
      refusedLater = 0;
      return n;
    }
  }

  private static TxPacket put(TxQueue queue, int number) {
    TxPacket p = queue.reserve();
    assertThat(p).isNotNull();
    Bytes.put32(p.header(), p.headerOffset(), number);
    p.headerLength(4);
    return p;
  }

  @Test
  void packetsLeaveInTheOrderInWhichTheyCame() {
    TxQueue queue = new TxQueue(64);
    for (int i = 0; i < 20; i++) {
      put(queue, i);
      queue.commit();
    }
    assertThat(queue.size()).isEqualTo(20);
    assertThat(queue.drainTo(link)).isTrue();
    assertThat(link.sent).hasSize(20).isSorted();
    assertThat(queue.size()).isZero();
  }

  @Test
  void aFullQueueSaysSoUntilAPacketHasLeft() {
    TxQueue queue = new TxQueue(4);
    for (int i = 0; i < 4; i++) {
      assertThat(queue.isFull()).isFalse();
      put(queue, i);
      queue.commit();
    }
    assertThat(queue.isFull()).isTrue();
    assertThat(queue.reserve()).isNull();
    link.room = 1;
    assertThat(queue.drainTo(link)).isFalse();
    assertThat(queue.isFull()).isFalse();
    put(queue, 4);
    queue.commit();
    link.room = 10;
    assertThat(queue.drainTo(link)).isTrue();
    assertThat(link.sent).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aCapacityThatIsNoPowerOfTwoIsRefused() {
    assertThatThrownBy(() -> new TxQueue(3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TxQueue(0)).isInstanceOf(IllegalArgumentException.class);
    assertThat(new TxQueue(1).isFull()).isFalse();
  }

  @Test
  void aBusyLinkKeepsThePacketAndItsMemory() {
    TxQueue queue = new TxQueue(8);
    Block b = pool.takeSmall();
    TxPacket p = put(queue, 1);
    assertThat(p.addSlice(b, 0, 100)).isTrue();
    queue.commit();
    b.release();
    link.room = 0;
    assertThat(queue.drainTo(link)).isFalse();
    assertThat(pool.usedBytes()).isEqualTo(2048);
    link.room = 1;
    assertThat(queue.drainTo(link)).isTrue();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void aPacketThatTheLinkRefusesIsCountedAndItsMemoryFreed() {
    TxQueue queue = new TxQueue(8);
    Block b = pool.takeSmall();
    put(queue, 1).addSlice(b, 0, 100);
    queue.commit();
    b.release();
    link.result = Link.FAILED;
    assertThat(queue.drainTo(link)).isTrue();
    assertThat(queue.failedCount()).isEqualTo(1);
    assertThat(pool.usedBytes()).isZero();
  }

  /** A link that copies sends what it has copied when it hears that no more come. */
  @Test
  void theLinkHearsOfTheEndOfEachSeriesAndWhatItRefusesThenIsCounted() {
    TxQueue queue = new TxQueue(8);
    put(queue, 1);
    queue.commit();
    put(queue, 2);
    queue.commit();
    link.room = 1;
    link.refusedLater = 1;
    assertThat(queue.drainTo(link)).isFalse();
    assertThat(link.endCount).isOne();
    assertThat(queue.failedCount()).isOne();
    link.room = 1;
    assertThat(queue.drainTo(link)).isTrue();
    assertThat(link.endCount).isEqualTo(2);
    assertThat(queue.failedCount()).isOne();
  }

  @Test
  void aCancelledPacketIsNotSentAndHoldsNothing() {
    TxQueue queue = new TxQueue(8);
    Block b = pool.takeSmall();
    put(queue, 1).addSlice(b, 0, 100);
    queue.cancel();
    b.release();
    assertThat(pool.usedBytes()).isZero();
    TxPacket again = put(queue, 2);
    assertThat(again.sliceCount()).isZero();
    assertThat(again.payloadLength()).isZero();
    queue.commit();
    queue.drainTo(link);
    assertThat(link.sent).containsExactly(2);
  }

  @Test
  void onePacketAtATimeIsReserved() {
    TxQueue queue = new TxQueue(8);
    put(queue, 1);
    assertThatThrownBy(queue::reserve).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatWaitsForAnInterfaceThatGoesAwayIsDroppedAndFreed() {
    TxQueue queue = new TxQueue(8);
    for (int i = 0; i < 5; i++) {
      Block b = pool.takeSmall();
      put(queue, i).addSlice(b, 0, 1);
      queue.commit();
      b.release();
    }
    queue.clear();
    assertThat(queue.size()).isZero();
    assertThat(pool.usedBytes()).isZero();
    assertThat(queue.drainTo(link)).isTrue();
    assertThat(link.sent).isEmpty();
  }

  @Test
  void headerAndSlicesMakeOnePacket() {
    TxQueue queue = new TxQueue(8);
    Block first = pool.takeSmall();
    Block second = pool.takeLarge();
    Bytes.put32(first.memory(), first.base() + 10, 0x0a0b0c0d);
    Bytes.put16(second.memory(), second.base(), 0x0e0f);
    TxPacket p = put(queue, 0x01020304);
    p.addSlice(first, 10, 4);
    p.addSlice(second, 0, 2);
    assertThat(p.totalLength()).isEqualTo(10);
    assertThat(p.payloadLength()).isEqualTo(6);
    assertThat(p.headerOffset()).isGreaterThanOrEqualTo(TxPacket.HEADROOM);
    queue.commit();
    queue.drainTo(link);
    assertThat(link.copied).isEqualTo(10);
    assertThat(Bytes.i64(link.copy, 0)).isEqualTo(0x01020304_0a0b0c0dL);
    assertThat(Bytes.u16(link.copy, 8)).isEqualTo(0x0e0f);
  }

  @Test
  void aPacketTakesSoManySlicesAndRefusesTheNext() {
    TxQueue queue = new TxQueue(8);
    Block b = pool.takeSmall();
    TxPacket p = put(queue, 1);
    for (int i = 0; i < TxPacket.MAX_SLICES; i++) {
      assertThat(p.addSlice(b, i, 1)).isTrue();
    }
    assertThat(p.addSlice(b, 0, 1)).isFalse();
    assertThat(p.payloadLength()).isEqualTo(TxPacket.MAX_SLICES);
    queue.commit();
    b.release();
    queue.drainTo(link);
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void headersOfDifferentPacketsDoNotOverlap() {
    TxQueue queue = new TxQueue(32);
    List<TxPacket> packets = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      TxPacket p = put(queue, i);
      p.headerLength(TxPacket.HEADER_CAPACITY);
      p.header()
          .asSlice(
              p.headerOffset() - TxPacket.HEADROOM, TxPacket.HEADROOM + TxPacket.HEADER_CAPACITY)
          .fill((byte) i);
      packets.add(p);
      queue.commit();
    }
    for (int i = 0; i < 32; i++) {
      TxPacket p = packets.get(i);
      for (int at = -TxPacket.HEADROOM; at < TxPacket.HEADER_CAPACITY; at++) {
        assertThat(Bytes.u8(p.header(), p.headerOffset() + at)).isEqualTo(i);
      }
    }
  }

  @Test
  void behavesLikeABoundedQueueWhileItGrowsAndWraps() {
    for (long seed = 1; seed <= 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      TxQueue queue = new TxQueue(64);
      Deque<Integer> model = new ArrayDeque<>();
      List<Integer> expected = new ArrayList<>();
      FakeLink out = new FakeLink();
      int next = 0;
      for (int step = 0; step < 3000; step++) {
        if (random.nextInt(100) < 60) {
          @Nullable TxPacket p = queue.reserve();
          assertThat(p == null).isEqualTo(model.size() == 64);
          if (p != null) {
            Bytes.put32(p.header(), p.headerOffset(), next);
            p.headerLength(4);
            Block b = pool.takeSmall();
            p.addSlice(b, 0, 7);
            if (random.nextInt(10) == 0) {
              queue.cancel();
            } else {
              queue.commit();
              model.add(next);
            }
            b.release();
            next++;
          }
        } else {
          out.room = random.nextInt(step % 500 < 250 ? 2 : 8);
          int n = Math.min(out.room, model.size());
          boolean empties = n == model.size();
          for (int i = 0; i < n; i++) {
            expected.add(model.remove());
          }
          assertThat(queue.drainTo(out)).isEqualTo(empties);
        }
        assertThat(queue.size()).isEqualTo(model.size());
        assertThat(pool.usedBytes()).isEqualTo(2048L * model.size());
      }
      assertThat(out.sent).isEqualTo(expected);
      queue.clear();
      assertThat(pool.usedBytes()).isZero();
    }
  }
}
