package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PortAllocatorTest {
  private static final int COUNT = PortAllocator.LAST - PortAllocator.FIRST + 1;

  private static PortAllocator allocator(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return new PortAllocator(random::nextLong);
  }

  @Tag("RFC6056-3.2-b")
  @Test
  void everyPortOfTheRangeIsFoundOnceAndThenNoneIsFree() {
    PortAllocator ports = allocator(1);
    BitSet used = new BitSet();
    for (int i = 0; i < COUNT; i++) {
      int port = ports.choose(1, 2, 3, 4, 80, p -> !used.get(p));
      assertThat(port).isBetween(PortAllocator.FIRST, PortAllocator.LAST);
      assertThat(used.get(port)).isFalse();
      used.set(port);
    }
    assertThat(ports.choose(1, 2, 3, 4, 80, p -> !used.get(p))).isEqualTo(-1);
    assertThat(ports.choose(p -> !used.get(p))).isEqualTo(-1);
  }

  @Test
  void theOnlyFreePortIsFoundWhereverItLies() {
    PortAllocator ports = allocator(2);
    for (int only :
        new int[] {PortAllocator.FIRST, PortAllocator.FIRST + 1, 45_000, PortAllocator.LAST}) {
      assertThat(ports.choose(p -> p == only)).isEqualTo(only);
      assertThat(ports.choose(9, 9, 9, 9, 9, p -> p == only)).isEqualTo(only);
    }
  }

  @Test
  void aFullSearchAsksAboutEachPortOnce() {
    PortAllocator ports = allocator(3);
    BitSet asked = new BitSet();
    List<Integer> twice = new ArrayList<>();
    ports.choose(
        1,
        1,
        1,
        1,
        1,
        p -> {
          if (asked.get(p)) {
            twice.add(p);
          }
          asked.set(p);
          return false;
        });
    assertThat(twice).isEmpty();
    assertThat(asked.cardinality()).isEqualTo(COUNT);
  }

  @Tag("RFC6056-3.3.4-a")
  @Test
  void onePeersPortsFollowEachOtherSoThatAPortComesBackLate() {
    PortAllocator ports = allocator(4);
    int before = ports.choose(1, 2, 3, 4, 80, p -> true);
    for (int i = 0; i < 100; i++) {
      int next = ports.choose(1, 2, 3, 4, 80, p -> true);
      assertThat((next - before + COUNT) % COUNT).isEqualTo(1);
      before = next;
    }
  }

  @Tag("RFC5927-4.2")
  @Tag("RFC6056-3.1")
  @Tag("RFC6056-3.3.4-b")
  @Test
  void whatOnePeerSeesDoesNotTellAnotherPeersPort() {
    PortAllocator ports = allocator(5);
    BitSet distances = new BitSet();
    for (int peer = 0; peer < 200; peer++) {
      int seen = ports.choose(1, 2, 3, 4, 80, p -> true);
      int other = ports.choose(1, 2, 3, 1000 + peer, 80, p -> true);
      distances.set((other - seen + COUNT) % COUNT);
    }
    assertThat(distances.cardinality()).isGreaterThan(180);
  }

  @Tag("RFC6056-3.1")
  @Tag("RFC6056-3.4")
  @Test
  void theSameSecretsGiveTheSamePortsAndOthersGiveOthers() {
    PortAllocator a = allocator(6);
    PortAllocator b = allocator(6);
    PortAllocator c = allocator(7);
    int same = 0;
    for (int i = 0; i < 50; i++) {
      int port = a.choose(1, 2, 3, i, 80, p -> true);
      assertThat(b.choose(1, 2, 3, i, 80, p -> true)).isEqualTo(port);
      if (c.choose(1, 2, 3, i, 80, p -> true) == port) {
        same++;
      }
    }
    assertThat(same).isLessThan(5);
  }
}
