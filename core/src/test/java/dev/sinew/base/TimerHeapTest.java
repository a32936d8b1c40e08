package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TimerHeapTest {
  private final TimerHeap heap = new TimerHeap();
  private final List<String> fired = new ArrayList<>();

  private final class Named extends Timer {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    protected void fire(long now) {
      fired.add(name + "@" + now);
    }
  }

  private void fireAll(long now) {
    while (heap.fireNext(now)) {}
  }

  @Test
  void timersFireInTheOrderOfTheirDeadlinesAndNotBefore() {
    Timer late = new Named("late");
    Timer early = new Named("early");
    heap.arm(late, 20);
    heap.arm(early, 10);
    assertThat(heap.nextDeadline()).isEqualTo(10);
    fireAll(9);
    assertThat(fired).isEmpty();
    fireAll(10);
    assertThat(fired).containsExactly("early@10");
    assertThat(heap.nextDeadline()).isEqualTo(20);
    fireAll(25);
    assertThat(fired).containsExactly("early@10", "late@25");
    assertThat(heap.nextDeadline()).isEqualTo(TimerHeap.NEVER);
    assertThat(heap.armedCount()).isZero();
  }

  @Test
  void atEqualTimeTheOneArmedFirstFiresFirst() {
    Timer a = new Named("a");
    Timer b = new Named("b");
    Timer c = new Named("c");
    heap.arm(c, 5);
    heap.arm(a, 5);
    heap.arm(b, 5);
    heap.arm(c, 5); // armed again: now the latest
    fireAll(5);
    assertThat(fired).containsExactly("a@5", "b@5", "c@5");
  }

  @Test
  void aTimerMovedLaterKeepsTheArmingOrderOfTheMove() {
    Timer moved = new Named("moved");
    Timer other = new Named("other");
    heap.arm(moved, 1);
    heap.arm(other, 9);
    heap.arm(moved, 9);
    fireAll(9);
    assertThat(fired).containsExactly("other@9", "moved@9");
  }

  @Test
  void movingLaterMeansThatTheOldTimeIsNoDeadline() {
    Timer t = new Named("t");
    heap.arm(t, 10);
    heap.arm(t, 30);
    assertThat(heap.nextDeadline()).isEqualTo(30);
    assertThat(t.deadline()).isEqualTo(30);
    fireAll(29);
    assertThat(fired).isEmpty();
    heap.arm(t, 12);
    assertThat(heap.nextDeadline()).isEqualTo(12);
    fireAll(12);
    assertThat(fired).containsExactly("t@12");
  }

  @Test
  void aDisarmedTimerIsNoDeadlineAndMayBeArmedAgain() {
    Timer t = new Named("t");
    heap.arm(t, 10);
    heap.disarm(t);
    heap.disarm(t);
    assertThat(t.armed()).isFalse();
    assertThat(heap.armedCount()).isZero();
    assertThat(heap.nextDeadline()).isEqualTo(TimerHeap.NEVER);
    heap.arm(t, 7);
    heap.disarm(t);
    heap.arm(t, 8);
    assertThat(heap.armedCount()).isEqualTo(1);
    fireAll(100);
    assertThat(fired).containsExactly("t@100");
  }

  @Test
  void armingForNeverDisarms() {
    Timer t = new Named("t");
    heap.arm(t, 10);
    heap.arm(t, TimerHeap.NEVER);
    assertThat(t.armed()).isFalse();
    fireAll(Long.MAX_VALUE - 1);
    assertThat(fired).isEmpty();
  }

  @Test
  void aTimerThatArmsItselfWhenItFiresFiresAgainAtTheSameTimeOnlyIfItAskedForThat() {
    int[] left = {3};
    Timer[] self = new Timer[1];
    self[0] =
        new Timer() {
          @Override
          protected void fire(long now) {
            fired.add("self@" + now);
            if (--left[0] > 0) {
              heap.arm(self[0], now);
            }
          }
        };
    heap.arm(self[0], 4);
    fireAll(4);
    assertThat(fired).containsExactly("self@4", "self@4", "self@4");
    assertThat(heap.armedCount()).isZero();
  }

  /** The heap's memory shrinks in between, which must not be seen. */
  @Test
  void thousandsComeAndGoAndTheRestFiresInOrder() {
    SplittableRandom random = new SplittableRandom(1);
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      Timer t = new Named(i % 500 == 0 ? "kept" : "gone");
      timers.add(t);
      heap.arm(t, 1000 + random.nextInt(1000));
    }
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 5000; i++) {
        if (i % 500 != 0) {
          heap.remove(timers.get(i));
        }
      }
      assertThat(heap.armedCount()).isEqualTo(10);
      for (int i = 0; round < 2 && i < 5000; i++) {
        if (i % 500 != 0) {
          heap.arm(timers.get(i), 1000 + random.nextInt(1000));
        }
      }
    }
    long last = 0;
    while (heap.nextDeadline() != TimerHeap.NEVER) {
      assertThat(heap.nextDeadline()).isGreaterThanOrEqualTo(last);
      last = heap.nextDeadline();
      assertThat(heap.fireNext(last)).isTrue();
    }
    assertThat(fired).hasSize(10).allMatch(f -> f.startsWith("kept"));
  }

  /** A timer of the model: its place in the list is its meaning. */
  private record Entry(int id, long deadline, long order) {}

  @Test
  void behavesLikeASortedListUnderRandomArmingMovingDisarmingRemovingAndFiring() {
    for (long seed = 1; seed <= 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      TimerHeap timers = new TimerHeap();
      List<Integer> got = new ArrayList<>();
      List<Timer> all = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        int id = i;
        all.add(
            new Timer() {
              @Override
              protected void fire(long now) {
                got.add(id);
              }
            });
      }
      List<Entry> model = new ArrayList<>();
      Comparator<Entry> byTime =
          Comparator.comparingLong(Entry::deadline).thenComparingLong(Entry::order);
      long now = 0;
      long order = 0;
      for (int step = 0; step < 4000; step++) {
        int id = random.nextInt(all.size());
        int what = random.nextInt(10);
        if (what < 6) {
          // Few different deadlines, so that ties are common.
          long deadline = now + random.nextInt(20);
          timers.arm(all.get(id), deadline);
          model.removeIf(e -> e.id == id);
          model.add(new Entry(id, deadline, order++));
        } else if (what == 6) {
          timers.disarm(all.get(id));
          model.removeIf(e -> e.id == id);
        } else if (what == 7) {
          timers.remove(all.get(id));
          model.removeIf(e -> e.id == id);
        } else {
          now += random.nextInt(4);
          long at = now;
          List<Integer> expected =
              model.stream().filter(e -> e.deadline <= at).sorted(byTime).map(Entry::id).toList();
          model.removeIf(e -> e.deadline <= at);
          got.clear();
          while (timers.fireNext(now)) {}
          assertThat(got).as("seed %d step %d", seed, step).isEqualTo(expected);
        }
        assertThat(timers.armedCount()).isEqualTo(model.size());
        if (random.nextInt(3) == 0) {
          assertThat(timers.nextDeadline())
              .isEqualTo(model.stream().mapToLong(Entry::deadline).min().orElse(TimerHeap.NEVER));
        }
      }
    }
  }
}
