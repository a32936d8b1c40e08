package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IpAddress;
import dev.sinew.stack.Stack;
import dev.sinew.udp.UdpEndpoint;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who looks at the devices, and when the looking is handed over. */
@Timeout(30)
class HandOverTest {
  private final ScriptedLink link = new ScriptedLink();
  private final List<RealTimeRunner> runners = new ArrayList<>();

  @AfterEach
  void close() {
    runners.forEach(RealTimeRunner::close);
  }

  private Stack stack() {
    Stack s = Stacks.builder().build();
    s.addInterface(link, Stacks.prefix("10.9.0.1/24"));
    return s;
  }

  private RealTimeRunner running(PollMode mode) {
    RealTimeRunner r = RealTimeRunner.start(stack(), mode);
    runners.add(r);
    return r;
  }

  /** A datagram of one byte from 10.9.0.9, without a UDP checksum. */
  static byte[] datagram(int port, int value) {
    ByteBuffer b = ByteBuffer.allocate(29);
    b.putInt(0x4500_001d).putInt(0x0000_4000).putInt(0x4011_0000);
    b.putInt(0x0a09_0009).putInt(0x0a09_0001);
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += b.getShort(i) & 0xffff;
    }
    b.putShort(10, (short) ~((sum & 0xffff) + (sum >>> 16)));
    b.putShort((short) 5000).putShort((short) port).putShort((short) 9).putShort((short) 0);
    return b.put((byte) value).array();
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(1);
    }
  }

  private static Tasks<Integer> receiving(RealTimeRunner r, int port, boolean virtual)
      throws Exception {
    DatagramSocket s = StackSockets.of(r).datagramSocket(port);
    var program =
        (Callable<Integer>)
            () -> {
              DatagramPacket p = new DatagramPacket(new byte[1], 1);
              s.receive(p);
              return (int) p.getData()[0];
            };
    return virtual ? Tasks.virtual(program) : Tasks.platform(program);
  }

  // ---- spin

  @Test
  void in_spin_mode_a_waiting_platform_thread_polls_itself_and_the_driver_stays_away()
      throws Exception {
    RealTimeRunner r = running(PollMode.SPIN);
    Tasks<Integer> t = receiving(r, 7, false);
    until(() -> link.looksInARowBy(t.thread) > 1000);
    link.put(datagram(7, 42));
    assertThat(t.get()).isEqualTo(42);
    assertThat(link.lastTaker()).isEqualTo(t.thread);
    assertThat(link.awaits()).isZero();
  }

  @Test
  void the_driver_takes_over_when_the_caller_polls_no_more() throws Exception {
    RealTimeRunner r = running(PollMode.SPIN);
    Tasks<Integer> t = receiving(r, 7, false);
    until(() -> link.looksInARowBy(t.thread) > 100);
    link.put(datagram(7, 1));
    assertThat(t.get()).isEqualTo(1);
    DatagramSocket unread = StackSockets.of(r).datagramSocket(8);
    link.put(datagram(8, 2));
    until(() -> link.lastTaker() != null && !t.thread.equals(link.lastTaker()));
    assertThat(link.lastTaker().getName()).startsWith("sinew-driver");
    unread.close();
  }

  @Test
  void a_virtual_thread_polls_for_a_while_and_leaves_the_rest_to_the_driver() throws Exception {
    RealTimeRunner r = running(PollMode.SPIN);
    Tasks<Integer> t = receiving(r, 7, true).untilWaiting();
    link.put(datagram(7, 42));
    assertThat(t.get()).isEqualTo(42);
    assertThat(link.lastTaker().getName()).startsWith("sinew-driver");
    assertThat(link.virtualThreadAwaited()).isFalse();
  }

  @Test
  void several_who_wait_are_all_served_by_the_one_that_polls() throws Exception {
    RealTimeRunner r = running(PollMode.SPIN);
    List<Tasks<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.add(receiving(r, 100 + i, i % 2 == 0));
    }
    for (Tasks<Integer> t : all) {
      t.untilWaiting();
    }
    for (int i = 0; i < 6; i++) {
      link.put(datagram(100 + i, i));
    }
    for (int i = 0; i < 6; i++) {
      assertThat(all.get(i).get()).isEqualTo(i);
    }
  }

  @Test
  void an_interrupt_ends_the_polling_of_a_caller() throws Exception {
    RealTimeRunner r = running(PollMode.SPIN);
    Waiter w = new Waiter();
    Tasks<Boolean> t =
        Tasks.platform(() -> {
          r.enter();
          try {
            return r.await(w, TimerHeap.NEVER);
          } catch (InterruptedException e) {
            return false;
          } finally {
            r.exit();
          }
        });
    until(() -> link.looksInARowBy(t.thread) > 100);
    t.thread.interrupt();
    assertThat(t.get()).isFalse();
    assertThat(w.slot()).isNull();
  }

  @Test
  void where_event_handlers_are_the_driver_polls() throws Exception {
    RealTimeRunner r = running(PollMode.SPIN);
    CompletableFuture<String> told = new CompletableFuture<>();
    r.run(s -> {
      UdpEndpoint udp = s.udp();
      assertThat(udp.bind(IpAddress.ANY_V4, 9)).isZero();
      r.handle(
          udp,
          new EventHandler() {
            @Override
            public void onReadable(Endpoint e) {
              told.complete(Thread.currentThread().getName());
            }
          });
    });
    Tasks<Integer> t = receiving(r, 7, false).untilWaiting();
    link.put(datagram(9, 1));
    assertThat(told.get(10, TimeUnit.SECONDS)).startsWith("sinew-driver");
    assertThat(link.looksInARowBy(t.thread)).isLessThan(100);
    link.put(datagram(7, 3));
    assertThat(t.get()).isEqualTo(3);
  }

  // ---- block and adaptive

  @ParameterizedTest
  @EnumSource(
      value = PollMode.class,
      names = {"ADAPTIVE", "BLOCK"})
  void after_the_last_packet_the_driver_sleeps_in_the_device(PollMode mode) throws Exception {
    RealTimeRunner r = running(mode);
    Tasks<Integer> t = receiving(r, 7, false);
    link.put(datagram(7, 1));
    assertThat(t.get()).isEqualTo(1);
    // Nothing is due: it sleeps for good.
    for (int quiet = 0; quiet < 50; quiet++) {
      long before = link.awaits();
      Thread.sleep(1);
      if (!link.isAwaited() || link.awaits() != before) {
        quiet = 0;
      }
    }
    Tasks<Integer> next = receiving(r, 8, true).untilWaiting();
    link.put(datagram(8, 2));
    assertThat(next.get()).isEqualTo(2);
    assertThat(link.virtualThreadAwaited()).isFalse();
  }

  @Test
  void in_block_mode_a_caller_looks_once_and_sleeps() throws Exception {
    RealTimeRunner r = running(PollMode.BLOCK);
    Tasks<Integer> t = receiving(r, 7, false).untilWaiting();
    link.takeLog();
    Thread.sleep(20);
    assertThat(link.takeLog()).isEmpty();
    link.put(datagram(7, 1));
    assertThat(t.get()).isEqualTo(1);
    assertThat(link.lastTaker().getName()).startsWith("sinew-driver");
  }

  // ---- no wake-up is lost

  @ParameterizedTest
  @EnumSource
  void two_threads_that_wake_each_other_never_sleep_for_good(PollMode mode) throws Exception {
    RealTimeRunner r = running(mode);
    int[] turn = new int[1];
    Waiter[] waiters = {new Waiter(), new Waiter()};
    List<Tasks<Void>> both = new ArrayList<>();
    for (int me = 0; me < 2; me++) {
      int mine = me;
      Callable<Void> program =
          () -> {
            for (int i = 0; i < 2000; i++) {
              r.enter();
              try {
                while (turn[0] % 2 != mine) {
                  assertThat(r.await(waiters[mine], TimerHeap.NEVER)).isTrue();
                }
                turn[0]++;
                r.wake(waiters[1 - mine]);
              } finally {
                r.exit();
              }
            }
            return null;
          };
      both.add(me == 0 ? Tasks.virtual(program) : Tasks.platform(program));
    }
    for (Tasks<Void> t : both) {
      t.get();
    }
    assertThat(turn[0]).isEqualTo(4000);
  }

  @ParameterizedTest
  @EnumSource
  void each_of_many_packets_finds_its_reader(PollMode mode) throws Exception {
    RealTimeRunner r = running(mode);
    try (DatagramSocket s = StackSockets.of(r).datagramSocket(7)) {
      s.setSoTimeout(10_000);
      for (int i = 0; i < 1000; i++) {
        link.put(datagram(7, i));
        DatagramPacket p = new DatagramPacket(new byte[1], 1);
        s.receive(p);
        assertThat(p.getData()[0]).isEqualTo((byte) i);
      }
    }
  }

  // ---- the end

  @ParameterizedTest
  @EnumSource
  void close_ends_callers_and_driver_in_every_mode(PollMode mode) throws Exception {
    RealTimeRunner r = running(mode);
    Tasks<Integer> a = receiving(r, 7, false).untilWaiting();
    Tasks<Integer> b = receiving(r, 8, true).untilWaiting();
    Tasks<Integer> c = receiving(r, 9, false).untilWaiting();
    r.close();
    for (Tasks<Integer> t : List.of(a, b, c)) {
      assertThat(catchThrowable(t::get)).hasMessage("Socket closed");
    }
    assertThat(link.isClosed()).isTrue();
    assertThat(link.isAwaited()).isFalse();
  }

  // ---- one packet, and its answer

  @Test
  void where_one_packet_came_alone_the_next_is_answered_before_another_look() {
    long[] clock = new long[1];
    Stack s = stack();
    StackTurn turn = new StackTurn(s, () -> clock[0], () -> false, true);
    link.put(datagram(9, 1)); // nobody listens: the answer is an ICMP message
    turn.run(true, null);
    assertThat(link.takeLog()).containsExactly("receive 64: 1", "transmit");
    link.put(datagram(9, 2));
    turn.run(true, null);
    assertThat(link.takeLog()).containsExactly("receive 1: 1", "transmit", "receive 1: 0");
    for (int i = 0; i < 3; i++) {
      link.put(datagram(9, 3));
    }
    turn.run(true, null);
    assertThat(link.takeLog().subList(0, 3))
        .containsExactly("receive 1: 1", "transmit", "receive 64: 2");
    // Of four looks one was a full one, and there were several: together they are looked for again.
    link.put(datagram(9, 4));
    turn.run(true, null);
    assertThat(link.takeLog().getFirst()).isEqualTo("receive 64: 1");
  }

  @Test
  void a_turn_ends_where_somebody_must_hear() {
    boolean[] heard = new boolean[1];
    Stack s = stack();
    StackTurn turn = new StackTurn(s, () -> 0, () -> heard[0], true);
    for (int i = 0; i < 130; i++) {
      link.put(datagram(9, 1));
    }
    heard[0] = true;
    assertThat(turn.run(true, null)).isTrue();
    assertThat(turn.moved).isGreaterThanOrEqualTo(64);
    assertThat(link.takeLog().stream().filter(l -> l.startsWith("receive")))
        .containsExactly("receive 64: 64");
    heard[0] = false;
    assertThat(turn.run(true, null)).isFalse();
  }
}
