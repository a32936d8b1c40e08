package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.ArrivalBlock;
import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.SharedBytes;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.testing.TestLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The range set and both buffers against a bit set and an array; every block comes back. */
class BufferModelTest {
  // ---- RangeSet

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void aRangeSetIsTheUnionOfItsRanges(int seed) {
    Random r = new Random(seed);
    RangeSet set = new RangeSet();
    BitSet model = new BitSet();
    for (int i = 0; i < 2000; i++) {
      if (r.nextInt(50) == 0) {
        set.clear();
        model.clear();
      }
      if (r.nextInt(5) == 0 && !set.isEmpty()) {
        int start = (int) set.start(0);
        set.removeFirst();
        model.clear(start, model.nextClearBit(start));
      }
      int start = r.nextInt(1000);
      int end = start + 1 + r.nextInt(30);
      int before = set.count();
      BitSet with = (BitSet) model.clone();
      with.set(start, end);
      boolean more = runs(with) > before;
      assertThat(set.wouldExceed(start, end, before)).isEqualTo(more);
      assertThat(set.wouldExceed(start, end, before + 1)).isFalse();
      int at = set.add(start, end);
      model.set(start, end);
      assertThat(set.start(at)).isLessThanOrEqualTo(start);
      assertThat(set.end(at)).isGreaterThanOrEqualTo(end);
      check(set, model, r);
    }
  }

  private static int runs(BitSet b) {
    int n = 0;
    for (int i = b.nextSetBit(0); i >= 0; i = b.nextSetBit(b.nextClearBit(i))) {
      n++;
    }
    return n;
  }

  private static void check(RangeSet set, BitSet model, Random r) {
    int k = 0;
    for (int i = model.nextSetBit(0); i >= 0; i = model.nextSetBit(model.nextClearBit(i))) {
      assertThat(set.start(k)).isEqualTo(i);
      assertThat(set.end(k)).isEqualTo(model.nextClearBit(i));
      k++;
    }
    assertThat(set.count()).isEqualTo(k);
    assertThat(set.total()).isEqualTo(model.cardinality());
    int p = r.nextInt(1100);
    assertThat(set.contains(p)).isEqualTo(model.get(p));
    int first = set.firstEndingAfter(p);
    assertThat(first == set.count() || set.end(first) > p).isTrue();
    assertThat(first == 0 || set.end(first - 1) <= p).isTrue();
  }

  // ---- ReceiveBuffer

  /** What does not fit into the memory that is left takes none of it. */
  @Test
  void whatIsRefusedHoldsNothing() {
    BufferPool pool = new BufferPool(64 << 10);
    ReceiveBuffer b = new ReceiveBuffer(pool, 100);
    MemorySegment source = Arena.ofAuto().allocate(128 << 10);
    assertThat(b.store(0, source, 0, 5000)).isEqualTo(5000);
    long used = pool.usedBytes();
    assertThat(b.store(5000, source, 0, 100_000)).isEqualTo(ReceiveBuffer.REFUSED);
    assertThat(pool.usedBytes()).isEqualTo(used);
    assertThat(b.store(20_000, source, 0, 100_000)).isEqualTo(ReceiveBuffer.REFUSED);
    assertThat(pool.usedBytes()).isEqualTo(used);
    // Blocks that were there stay, and so does what is in them.
    assertThat(b.store(9000, source, 0, 1000)).isZero();
    used = pool.usedBytes();
    assertThat(b.store(5000, source, 0, 100_000)).isEqualTo(ReceiveBuffer.REFUSED);
    assertThat(pool.usedBytes()).isEqualTo(used);
    assertThat(b.store(5000, source, 0, 4000)).isEqualTo(5000);
    assertThat(b.readable()).isEqualTo(10_000);
    b.release();
    assertThat(pool.usedBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aReceiveBufferIsItsStream(int seed) {
    Random r = new Random(seed);
    BufferPool pool = new BufferPool(seed % 2 == 0 ? 1 << 20 : 64 << 10);
    ArrivalBlock arrival = new ArrivalBlock(pool);
    int kept = 0;
    ReceiveBuffer b = new ReceiveBuffer(pool, seed % 3 == 0 ? 4 : 100);
    byte[] stream = new byte[3_000_000];
    r.nextBytes(stream);
    MemorySegment source = Arena.ofAuto().allocate(stream.length);
    MemorySegment.copy(stream, 0, source, ValueLayout.JAVA_BYTE, 0, stream.length);
    BitSet here = new BitSet();
    int read = 0;
    int next = 0;
    for (int i = 0; i < 6000 && next < stream.length - 100_000; i++) {
      int at = r.nextInt(3) == 0 ? next : next + r.nextInt(30_000);
      int length = 1 + r.nextInt(r.nextBoolean() ? 50 : 3000);
      Block block = r.nextInt(8) == 0 ? arrival.offer() : null;
      int result;
      if (block == null) {
        result = b.store(at, source, at, length);
      } else {
        length = 30_000 + r.nextInt(20_000);
        int headers = r.nextInt(200);
        MemorySegment.copy(source, at, block.memory(), block.base() + headers, length);
        boolean worth = length >= ArrivalBlock.WORTH_BYTES && at == next && !b.hasOutOfOrder();
        result = b.store(at, block.memory(), block.base() + headers, length, arrival);
        boolean stays = arrival.keep(block.memory()) == null;
        assertThat(stays).isEqualTo(worth);
        kept += stays ? 1 : 0;
        if (!stays) {
          block.release();
        }
      }
      if (result == ReceiveBuffer.REFUSED) {
        if (at == next && b.hasOutOfOrder() && r.nextBoolean()) {
          b.dropOutOfOrder();
          here.clear(next, stream.length);
        }
      } else {
        boolean known = here.get(at, at + length).cardinality() == length;
        assertThat(result == ReceiveBuffer.DUPLICATE).isEqualTo(known);
        here.set(at, at + length);
        int before = next;
        next = here.nextClearBit(next);
        assertThat(Math.max(0, result)).isEqualTo(next - before);
      }
      assertThat(b.nextPosition()).isEqualTo(next);
      assertThat(b.readable()).isEqualTo(next - read);
      assertThat(b.violation()).isNull();
      assertThat(b.outOfOrderBytes()).isEqualTo(here.cardinality() - here.nextClearBit(0));
      assertThat(b.lastPosition()).isEqualTo(Math.max(next, here.length()));
      if (r.nextInt(2) == 0) {
        int n = r.nextInt(b.readable() + 1);
        byte[] got = new byte[n];
        if (r.nextInt(4) == 0) {
          assertThat(b.read(got, 0, n, true)).isEqualTo(n);
          assertThat(Arrays.equals(got, 0, n, stream, read, read + n)).isTrue();
        }
        if (r.nextBoolean()) {
          b.read(got, 0, n, false);
        } else {
          MemorySegment target = Arena.ofAuto().allocate(n + 1L);
          b.read(target, 1, n);
          MemorySegment.copy(target, ValueLayout.JAVA_BYTE, 1, got, 0, n);
        }
        assertThat(Arrays.equals(got, 0, n, stream, read, read + n)).isTrue();
        read += n;
        here.set(0, read);
      }
    }
    assertThat(next).isGreaterThan(50_000);
    assertThat(kept > 0).isEqualTo(seed % 2 == 0); // the small pool is one block of that size
    b.release();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void anEmptyReceiveBufferHoldsNoMemory() {
    BufferPool pool = new BufferPool(1 << 20);
    ReceiveBuffer b = new ReceiveBuffer(pool, 10);
    MemorySegment source = Arena.ofAuto().allocate(10_000);
    for (int i = 0; i < 100; i++) {
      b.store(b.nextPosition(), source, 0, 777);
      b.consume(777);
      assertThat(pool.usedBytes()).isZero();
    }
    b.store(b.nextPosition() + 5000, source, 0, 100);
    assertThat(pool.usedBytes()).isPositive();
    b.dropOutOfOrder();
    assertThat(pool.usedBytes()).isZero();
    assertThat(b.sackBlocks(0, new int[8], 4)).isZero();
  }

  @Test
  void positionsBeyondFourGibibytesAreTheSame() {
    BufferPool pool = new BufferPool(1 << 20);
    ReceiveBuffer b = new ReceiveBuffer(pool, 10);
    for (int i = 0; i < 5; i++) {
      b.discard(Integer.MAX_VALUE);
    }
    long base = 5L * Integer.MAX_VALUE;
    MemorySegment source = Arena.ofAuto().allocate(10_000);
    source.fill((byte) 7);
    assertThat(b.store(base + 3000, source, 0, 3000)).isZero();
    int[] edges = new int[8];
    assertThat(b.sackBlocks((int) base, edges, 4)).isEqualTo(1);
    assertThat(edges).startsWith((int) base + 3000, (int) base + 6000);
    assertThat(b.store(base, source, 0, 3000)).isEqualTo(6000);
    byte[] got = new byte[6000];
    assertThat(b.read(got, 0, 6000, false)).isEqualTo(6000);
    assertThat(got).containsOnly(7);
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void sharedBlocksSurviveDropping() {
    BufferPool pool = new BufferPool(1 << 20);
    ReceiveBuffer b = new ReceiveBuffer(pool, 10);
    MemorySegment source = Arena.ofAuto().allocate(10_000);
    source.fill((byte) 9);
    b.store(0, source, 0, 100);
    b.store(200, source, 0, 100);
    b.dropOutOfOrder();
    byte[] got = new byte[200];
    assertThat(b.read(got, 0, 200, false)).isEqualTo(100);
    assertThat(got[99]).isEqualTo((byte) 9);
    assertThat(pool.usedBytes()).isZero();
  }

  // ---- SendBuffer

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void aSendBufferIsItsStream(int seed) {
    Random r = new Random(seed);
    BufferPool pool = new BufferPool(seed == 4 ? 64 << 10 : 8 << 20);
    SendBuffer b = new SendBuffer(pool);
    byte[] stream = new byte[2_000_000];
    r.nextBytes(stream);
    MemorySegment source = Arena.ofAuto().allocate(stream.length);
    MemorySegment.copy(stream, 0, source, ValueLayout.JAVA_BYTE, 0, stream.length);
    BufferPool others = new BufferPool(8 << 20);
    SharedBytes shared =
        Objects.requireNonNull(SharedBytes.copyOf(source, 0, stream.length, others));
    long all = others.usedBytes();
    TestSlices packet = new TestSlices();
    int head = 0;
    int tail = 0;
    int refused = 0;
    for (int i = 0; i < 5000 && tail < stream.length - 100_000; i++) {
      int n = 1 + r.nextInt(r.nextInt(10) == 0 ? 60_000 : 500);
      int done =
          switch (r.nextInt(3)) {
            case 0 -> b.append(stream, tail, n);
            case 1 -> b.append(source, tail, n);
            default -> b.append(shared, tail, n);
          };
      refused += done < n ? 1 : 0;
      tail += done;
      assertThat(b.tailPosition()).isEqualTo(tail);
      assertThat(b.length()).isEqualTo(tail - head);
      if (tail > head) {
        int from = head + r.nextInt(tail - head);
        int length = Math.min(tail - from, 1 + r.nextInt(65_000));
        TxPacket p = packet.begin();
        assertThat(b.addSlices(p, from, length)).isEqualTo(length);
        byte[] got = packet.bytes();
        assertThat(Arrays.equals(got, 0, length, stream, from, from + length)).isTrue();
      }
      if (r.nextInt(3) != 0) {
        head += r.nextInt(tail - head + 1);
        b.acknowledge(head);
      }
      if (tail - head > 200_000) {
        head = tail;
        b.acknowledge(head);
        assertThat(pool.usedBytes()).isZero();
      }
    }
    assertThat(tail).isGreaterThan(300_000);
    assertThat(refused > 0).isEqualTo(seed == 4);
    assertThat(others.usedBytes()).isEqualTo(all);
    if (seed % 2 == 0) {
      b.release();
      shared.release();
    } else {
      b.acknowledge(tail);
      b.append(shared, 100, 40_000);
      shared.release();
      assertThat(others.usedBytes()).as("what is still to be sent").isEqualTo(2L * (32 << 10));
      b.release();
    }
    assertThat(pool.usedBytes()).isZero();
    assertThat(others.usedBytes()).isZero();
  }

  /** A packet in a transmit queue, and the link that takes it. */
  private static final class TestSlices {
    private final TxQueue queue = new TxQueue(4);
    private final TestLink link = new TestLink("slices", 1 << 17);

    TxPacket begin() {
      TxPacket p = queue.reserve();
      if (p == null) {
        throw new AssertionError("no packet");
      }
      return p;
    }

    byte[] bytes() {
      queue.commit();
      queue.drainTo(link);
      return link.take();
    }
  }
}
