package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.udp.UdpEndpoint;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The queues of one device, each read by its own thread while the stack does something else. */
@Timeout(30)
class ReadAheadTest {
  private static final IpAddress HERE = IpAddress.v4(0x0a090001);

  private final QueuesLink link = new QueuesLink();
  private final Stack stack = stack();
  private long clock;

  private Stack stack() {
    Stack s = Stacks.builder().build();
    s.addInterface(link, Stacks.prefix("10.9.0.1/24"));
    return s;
  }

  private StackTurn turn() {
    return new StackTurn(stack, () -> clock, () -> false, true);
  }

  private static void put(QueuesLink.Queue queue, int packets) {
    for (int i = 0; i < packets; i++) {
      queue.put(HandOverTest.datagram(8 + i % 2, i)); // two flows
    }
  }

  private long datagrams() {
    return stack.counters().get(Counter.UdpNoPorts);
  }

  /** Two flows keep the driver busy until they are spread. */
  private StackTurn spread() {
    StackTurn turn = turn();
    put(link.first, StackTurn.BATCH * (Spreading.FULL_LOOKS + 1));
    while (turn.run(true, turn.ports().getFirst())) {
      // more
    }
    assertThat(link.spread).isTrue();
    return turn;
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(1);
    }
  }

  // ---- on a clock of the test's own

  @Test
  void a_queue_that_is_shut_is_not_looked_at() {
    StackTurn turn = turn();
    put(link.first, 10);
    assertThat(turn.run(true, turn.ports().get(0))).isFalse();
    assertThat(turn.run(true, turn.ports().get(1))).isFalse();
    assertThat(turn.run(true, null)).isFalse();
    assertThat(link.first.looks.get()).isGreaterThanOrEqualTo(3);
    assertThat(link.side.looks.get()).isZero();
    assertThat(datagrams()).isEqualTo(10);
  }

  @Test
  void one_flow_alone_is_not_spread() {
    StackTurn turn = turn();
    for (int i = 0; i < StackTurn.BATCH * Spreading.FULL_LOOKS * 2; i++) {
      link.first.put(HandOverTest.datagram(9, i));
    }
    while (turn.run(true, turn.ports().getFirst())) {
      // more
    }
    assertThat(link.spreadCalls.get()).isZero();
    assertThat(link.first.isEmpty()).isTrue();
  }

  @Test
  void once_spread_each_thread_looks_at_its_own_queue() {
    StackTurn turn = spread();
    int before = link.first.looks.get();
    put(link.first, 10);
    put(link.side, 10);
    long seen = datagrams();
    turn.run(true, null);
    assertThat(datagrams()).isEqualTo(seen);
    turn.run(true, turn.ports().get(1));
    assertThat(datagrams()).isEqualTo(seen + 10);
    assertThat(link.first.looks.get()).isEqualTo(before);
    turn.run(true, turn.ports().get(0));
    assertThat(datagrams()).isEqualTo(seen + 20);
  }

  @Test
  void what_a_thread_has_read_ahead_it_hands_over_itself() {
    StackTurn turn = spread();
    LinkPort side = turn.ports().get(1);
    side.prepare();
    put(link.side, 10);
    long seen = datagrams();
    side.readAhead();
    assertThat(link.side.isEmpty()).isTrue();
    put(link.side, 5);
    side.readAhead(); // the ten are not lost for it
    assertThat(link.side.isEmpty()).isFalse();
    turn.run(true, null);
    turn.run(true, turn.ports().get(0));
    assertThat(datagrams()).isEqualTo(seen);
    turn.run(true, side);
    assertThat(datagrams()).isEqualTo(seen + 10);
    turn.run(true, side);
    assertThat(datagrams()).isEqualTo(seen + 15);
  }

  @Test
  void a_turn_of_a_queues_thread_is_one_batch() {
    StackTurn turn = spread();
    put(link.side, 3 * StackTurn.BATCH);
    long seen = datagrams();
    assertThat(turn.run(true, turn.ports().get(1))).isTrue();
    assertThat(datagrams()).isEqualTo(seen + StackTurn.BATCH);
  }

  @Test
  void timers_wait_while_a_queue_is_being_read_but_not_for_ever() throws Exception {
    StackTurn turn = spread();
    TcpEndpoint e = stack.tcp();
    assertThat(e.connect(IpAddress.v4(0x0a090009), 80)).isEqualTo(TcpError.IN_PROGRESS.code());
    turn.run(false, null);
    link.side.gate.acquire();
    Thread reader = Thread.ofPlatform().start(() -> turn.ports().get(1).readAhead());
    until(() -> link.side.gate.hasQueuedThreads());
    clock += 10_000_000_000L;
    for (int i = 0; i < 15; i++) {
      assertThat(turn.run(true, null)).isFalse();
      assertThat(stack.counters().get(Counter.TcpExtTCPTimeouts)).isZero();
    }
    turn.run(true, null);
    assertThat(stack.counters().get(Counter.TcpExtTCPTimeouts)).isPositive();
    link.side.gate.release();
    reader.join();
    e.abort();
    e.close();
  }

  @Test
  void a_queue_that_throws_is_asked_no_more_and_the_other_goes_on() {
    StackTurn turn = spread();
    link.side.failure = new IllegalStateException("broken");
    turn.ports().get(1).readAhead(); // says nothing yet: the stack is not this thread's
    assertThat(stack.counters().get(Counter.SinewInternalErrors)).isZero();
    turn.run(true, turn.ports().get(1));
    assertThat(stack.counters().get(Counter.SinewInternalErrors)).isEqualTo(1);
    assertThat(link.spread).isFalse(); // the kernel has to bring its flows to the other
    int looks = link.side.looks.get();
    turn.ports().get(1).readAhead();
    turn.run(true, turn.ports().get(1));
    assertThat(link.side.looks.get()).isEqualTo(looks);
    put(link.first, 7);
    long seen = datagrams();
    turn.run(true, turn.ports().get(0));
    assertThat(datagrams()).isEqualTo(seen + 7);
  }

  @Test
  void without_memory_packets_come_one_by_one_and_none_is_lost() {
    Stack poor = Stacks.builder().pool(new BufferPool(1)).build();
    poor.addInterface(link, Stacks.prefix("10.9.0.1/24"));
    StackTurn turn = new StackTurn(poor, () -> clock, () -> false, true);
    put(link.first, 200);
    while (turn.run(true, turn.ports().getFirst())) {
      // more
    }
    assertThat(poor.counters().get(Counter.UdpNoPorts)).isEqualTo(200);
  }

  @Test
  void at_the_end_all_memory_is_given_back() {
    StackTurn turn = spread();
    put(link.side, 10);
    turn.ports().get(1).prepare();
    turn.ports().get(1).readAhead();
    assertThat(stack.pool().usedBytes()).isPositive();
    turn.ports().forEach(LinkPort::end);
    assertThat(stack.pool().usedBytes()).isZero();
  }

  // ---- with threads

  @ParameterizedTest
  @EnumSource(
      value = PollMode.class,
      names = {"ADAPTIVE", "BLOCK"})
  void handlers_hear_of_both_queues_one_at_a_time(PollMode mode) throws Exception {
    RealTimeRunner r = RealTimeRunner.start(stack, mode);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger read = new AtomicInteger();
    UdpEndpoint[] ends = new UdpEndpoint[2];
    EventHandler handler =
        new EventHandler() {
          @Override
          public void onReadable(Endpoint e) {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            Thread.onSpinWait();
            r.run(s -> {
              byte[] to = new byte[10];
              while (((UdpEndpoint) e).receive(to, 0, 10) != null) {
                read.incrementAndGet();
              }
            });
            inside.decrementAndGet();
          }
        };
    r.enter();
    for (int i = 0; i < 2; i++) {
      ends[i] = stack.udp();
      assertThat(ends[i].bind(HERE, 8 + i)).isZero();
      r.handle(ends[i], handler);
    }
    r.exit();
    int sent = 0;
    while (!link.spread) {
      put(link.first, StackTurn.BATCH);
      sent += StackTurn.BATCH;
      if (sent % (100 * StackTurn.BATCH) == 0) {
        Thread.sleep(1);
      }
    }
    until(() -> link.first.isEmpty());
    for (int i = 0; i < 200; i++) {
      put(link.first, 10);
      for (int k = 0; k < 10; k++) {
        link.putAside(HandOverTest.datagram(8, k));
      }
      sent += 20;
      Thread.sleep(0, 100_000);
    }
    int all = sent;
    until(() -> read.get() + dropped(r) == all);
    assertThat(most.get()).isEqualTo(1);
    assertThat(link.side.taken.get()).isPositive();
    assertThat(String.valueOf(link.side.reader)).contains("sinew-driver-queues-side");
    assertThat(String.valueOf(link.first.reader)).doesNotContain("side");
    // So few packets one thread can do.
    while (link.spread) {
      Thread.sleep(Spreading.INTERVAL_NANOS / 1_000_000 + 1);
      put(link.first, 1);
    }
    r.close();
    assertThat(stack.pool().usedBytes()).isZero();
  }

  @Test
  void a_handler_may_close_while_the_other_thread_has_something_to_tell() throws Exception {
    RealTimeRunner r = RealTimeRunner.start(stack, PollMode.ADAPTIVE);
    while (!link.spread) {
      put(link.first, StackTurn.BATCH);
    }
    until(() -> link.first.isEmpty());
    CountDownLatch closed = new CountDownLatch(1);
    AtomicInteger told = new AtomicInteger();
    r.enter();
    try {
      UdpEndpoint one = stack.udp();
      UdpEndpoint other = stack.udp();
      assertThat(one.bind(HERE, 20)).isZero();
      assertThat(other.bind(HERE, 21)).isZero();
      r.handle(
          one,
          new EventHandler() {
            @Override
            public void onReadable(Endpoint e) {
              link.side.put(HandOverTest.datagram(21, 1));
              boolean[] there = new boolean[1];
              while (!there[0]) {
                r.run(s -> there[0] = (other.readiness() & Readiness.READABLE) != 0);
              }
              r.close();
              closed.countDown();
            }
          });
      r.handle(
          other,
          new EventHandler() {
            @Override
            public void onReadable(Endpoint e) {
              told.incrementAndGet();
            }
          });
    } finally {
      r.exit();
    }
    link.first.put(HandOverTest.datagram(20, 1));
    closed.await();
    until(() -> told.get() > 0);
    assertThat(stack.pool().usedBytes()).isZero();
  }

  @Test
  void who_tells_handlers_of_a_side_queue_does_not_wake_the_first_thread_for_more()
      throws Exception {
    RealTimeRunner r = RealTimeRunner.start(stack, PollMode.BLOCK);
    while (!link.spread) {
      put(link.first, StackTurn.BATCH);
    }
    until(() -> link.first.isEmpty());
    AtomicInteger told = new AtomicInteger();
    r.enter();
    try {
      UdpEndpoint end = stack.udp();
      assertThat(end.bind(HERE, 21)).isZero();
      r.handle(
          end,
          new EventHandler() {
            @Override
            public void onReadable(Endpoint e) {
              told.incrementAndGet();
              r.run(s -> {
                if (told.get() < 50) {
                  r.again(e);
                }
              });
            }
          });
    } finally {
      r.exit();
    }
    until(() -> link.first.awaiting);
    int before = link.first.wakeupCalls.get();
    link.side.put(HandOverTest.datagram(21, 1));
    until(() -> told.get() >= 50);
    assertThat(link.first.wakeupCalls.get()).isEqualTo(before);
    r.close();
  }

  private int dropped(RealTimeRunner r) {
    r.enter();
    try {
      return (int) stack.counters().get(Counter.UdpRcvbufErrors);
    } finally {
      r.exit();
    }
  }

  @Test
  void in_spin_mode_there_is_one_queue() {
    RealTimeRunner r = RealTimeRunner.start(stack, PollMode.SPIN);
    put(link.first, 100);
    r.close();
    assertThat(link.side.looks.get()).isZero();
    assertThat(link.spreadCalls.get()).isZero();
  }
}
