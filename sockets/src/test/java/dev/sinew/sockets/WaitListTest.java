package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The list alone; whose lock it is guarded by does not matter here. */
class WaitListTest {
  private final WaitList list = new WaitList();
  private final Waiter here = new Waiter();
  private final Waiter there = new Waiter();

  @Test
  void waking_a_waiter_wakes_all_who_wait_there_and_nobody_else() {
    WaitList.Parked a = list.begin(here);
    WaitList.Parked b = list.begin(there);
    WaitList.Parked c = list.begin(here);
    list.wake(here);
    assertThat(a.woken()).isTrue();
    assertThat(b.woken()).isFalse();
    assertThat(c.woken()).isTrue();
    assertThat(list.mustWake()).isTrue();
    assertThat(list.takeOne()).isNull();
    assertThat(list.takeAll()).containsExactly(Thread.currentThread(), Thread.currentThread());
    assertThat(list.mustWake()).isFalse();
    assertThat(list.takeAll()).isEmpty();
  }

  @Test
  void one_to_be_woken_is_given_out_once() {
    WaitList.Parked a = list.begin(here);
    list.wake(here);
    assertThat(list.takeOne()).isEqualTo(Thread.currentThread());
    assertThat(list.takeOne()).isNull();
    assertThat(list.takeAll()).isEmpty();
    list.end(a);
  }

  @Test
  void a_wait_that_ends_by_itself_leaves_the_others_where_they_are() {
    for (int leaves = 0; leaves < 3; leaves++) {
      List<WaitList.Parked> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(list.begin(here));
      }
      WaitList.Parked gone = all.remove(leaves);
      list.end(gone);
      list.wake(here);
      assertThat(gone.woken()).isFalse();
      assertThat(all).allMatch(WaitList.Parked::woken);
      assertThat(list.takeAll()).hasSize(2);
      all.forEach(list::end);
      assertThat(here.slot()).isNull();
    }
  }

  @Test
  void a_record_is_used_again_without_its_past() {
    WaitList.Parked first = list.begin(here);
    list.wake(here);
    list.end(first);
    WaitList.Parked second = list.begin(there);
    assertThat(second).isSameAs(first);
    assertThat(second.woken()).isFalse();
    list.wake(here);
    assertThat(second.woken()).isFalse();
    // Who was to be woken before is still woken: a thread, not a record, is remembered.
    assertThat(list.takeOne()).isEqualTo(Thread.currentThread());
    list.wake(there);
    assertThat(second.woken()).isTrue();
  }

  @Test
  void at_the_end_everybody_is_woken_and_no_waiter_keeps_a_record() {
    List<WaitList.Parked> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(list.begin(i % 2 == 0 ? here : there));
    }
    list.wakeAll();
    assertThat(all).allMatch(WaitList.Parked::woken);
    assertThat(list.takeAll()).hasSize(20);
    assertThat(here.slot()).isNull();
    assertThat(there.slot()).isNull();
    all.forEach(list::end);
    WaitList.Parked again = list.begin(here);
    assertThat(list.begin(there)).isNotSameAs(again);
  }
}
