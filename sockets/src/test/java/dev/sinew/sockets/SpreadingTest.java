package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a device's flows are spread over its queues. */
class SpreadingTest {
  private final QueuesLink link = new QueuesLink();
  private final Spreading spreading = new Spreading(link);

  private void fullLooks(int n) {
    for (int i = 0; i < n; i++) {
      spreading.saw(0, 16, 1_000_000, true);
    }
  }

  private void spread() {
    fullLooks(Spreading.FULL_LOOKS);
    assertThat(spreading.isOn()).isTrue();
  }

  @Test
  void many_full_looks_spread_the_flows_and_one_less_does_not() {
    fullLooks(Spreading.FULL_LOOKS - 1);
    assertThat(spreading.isOn()).isFalse();
    assertThat(link.spreadCalls.get()).isZero();
    fullLooks(1);
    assertThat(spreading.isOn()).isTrue();
    assertThat(link.spread).isTrue();
  }

  @Test
  void a_look_that_was_not_full_takes_one_back() {
    fullLooks(Spreading.FULL_LOOKS - 1);
    for (int i = 0; i < 3; i++) {
      spreading.saw(0, 15, 1_000_000, false);
    }
    fullLooks(3);
    assertThat(spreading.isOn()).isFalse();
    fullLooks(1);
    assertThat(spreading.isOn()).isTrue();
  }

  @Test
  void looks_that_were_not_full_are_no_credit() {
    for (int i = 0; i < 1000; i++) {
      spreading.saw(0, 1, 60, false);
    }
    spread();
  }

  @Test
  void a_device_that_refuses_is_not_asked_again() {
    link.refuses = true;
    fullLooks(10 * Spreading.FULL_LOOKS);
    assertThat(spreading.isOn()).isFalse();
    assertThat(link.spreadCalls.get()).isEqualTo(1);
  }

  @Test
  void what_one_thread_can_do_ends_it_when_the_interval_is_over() {
    spread();
    spreading.saw(1, Spreading.LEAST_PACKETS - 1, Spreading.LEAST_BYTES - 1, false);
    spreading.saw(Spreading.INTERVAL_NANOS - 1, 0, 0, false);
    assertThat(spreading.isOn()).isTrue();
    spreading.saw(Spreading.INTERVAL_NANOS, 0, 0, false);
    assertThat(spreading.isOn()).isFalse();
    assertThat(link.spread).isFalse();
    spread();
  }

  @Test
  void enough_bytes_or_enough_packets_keep_it() {
    spread();
    spreading.saw(Spreading.INTERVAL_NANOS, 1, Spreading.LEAST_BYTES, false);
    assertThat(spreading.isOn()).isTrue();
    spreading.saw(2 * Spreading.INTERVAL_NANOS, Spreading.LEAST_PACKETS, 1, false);
    assertThat(spreading.isOn()).isTrue();
    // Each interval counts for itself.
    spreading.saw(3 * Spreading.INTERVAL_NANOS, 1, 1, false);
    assertThat(spreading.isOn()).isFalse();
  }

  @Test
  void a_pause_counts_with_what_came_before_it() {
    spread();
    spreading.saw(1, 2 * Spreading.LEAST_PACKETS - 1, 1, false);
    spreading.saw(2 * Spreading.INTERVAL_NANOS, 0, 0, false);
    assertThat(spreading.isOn()).isFalse();
  }

  @Test
  void a_device_that_keeps_its_queues_open_is_read_by_their_threads_still() {
    spread();
    link.refuses = true;
    spreading.saw(Spreading.INTERVAL_NANOS, 1, 1, false);
    assertThat(spreading.isOn()).isTrue();
  }
}
