package dev.sinew.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TimerHeap;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.stack.Stack;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(20)
class RealTimeRunnerTest {
  private final List<RealTimeRunner> runners = new ArrayList<>();

  @AfterEach
  void close() {
    runners.forEach(RealTimeRunner::close);
  }

  private RealTimeRunner running(Stack stack) {
    return running(stack, PollMode.ADAPTIVE);
  }

  private RealTimeRunner running(Stack stack, PollMode mode) {
    RealTimeRunner r = RealTimeRunner.start(stack, mode);
    runners.add(r);
    return r;
  }

  private static long driverThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("sinew-driver") && t.isAlive())
        .count();
  }

  // ---- exclusion

  @Test
  void one_thread_at_a_time_runs_the_stack() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    int[] count = new int[1];
    List<Tasks<Void>> all = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      all.add(
          Tasks.virtual(() -> {
            for (int i = 0; i < 1000; i++) {
              r.run(_ -> count[0]++);
            }
            return null;
          }));
    }
    for (Tasks<Void> t : all) {
      t.get();
    }
    assertThat(count[0]).isEqualTo(8000);
  }

  @Test
  void entering_twice_or_leaving_without_having_entered_is_refused() {
    RealTimeRunner r = running(Stacks.loopback());
    assertThatThrownBy(r::exit).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> r.await(new Waiter(), 0)).isInstanceOf(IllegalStateException.class);
    r.enter();
    assertThatThrownBy(r::enter).isInstanceOf(IllegalStateException.class);
    r.exit();
  }

  @Test
  void time_begins_at_zero_and_goes_on() {
    RealTimeRunner r = running(Stacks.loopback());
    long a = r.now();
    long b = r.now();
    assertThat(a).isBetween(0L, 10_000_000_000L);
    assertThat(b).isGreaterThanOrEqualTo(a);
  }

  // ---- waiting

  private Tasks<Boolean> waiting(RealTimeRunner r, Waiter w, long deadline) {
    return Tasks.virtual(() -> {
      r.enter();
      try {
        return r.await(w, deadline);
      } finally {
        r.exit();
      }
    });
  }

  @Test
  void a_waiter_is_woken_and_so_are_all_who_wait_there() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    Waiter here = new Waiter();
    Waiter elsewhere = new Waiter();
    Tasks<Boolean> a = waiting(r, here, TimerHeap.NEVER).untilWaiting();
    Tasks<Boolean> b = waiting(r, here, TimerHeap.NEVER).untilWaiting();
    Tasks<Boolean> c = waiting(r, elsewhere, r.now() + 150_000_000).untilWaiting();
    r.run(_ -> r.wake(here));
    assertThat(a.get()).isTrue();
    assertThat(b.get()).isTrue();
    assertThat(c.get()).isFalse();
    assertThat(here.slot()).isNull();
    assertThat(elsewhere.slot()).isNull();
  }

  @Test
  void a_wait_ends_at_its_deadline_and_not_before() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    Waiter w = new Waiter();
    long deadline = r.now() + 40_000_000;
    assertThat(waiting(r, w, deadline).get()).isFalse();
    assertThat(r.now()).isGreaterThanOrEqualTo(deadline);
    assertThat(waiting(r, w, r.now() - 1).get()).isFalse();
    assertThat(w.slot()).isNull();
  }

  @Test
  void an_interrupted_wait_gives_the_stack_back_and_leaves_nobody_waiting() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    Waiter w = new Waiter();
    Tasks<Boolean> other = waiting(r, w, TimerHeap.NEVER).untilWaiting();
    Tasks<Boolean> t = waiting(r, w, TimerHeap.NEVER).untilWaiting();
    Tasks<Boolean> third = waiting(r, w, TimerHeap.NEVER).untilWaiting();
    t.thread.interrupt();
    assertThatThrownBy(t::get).isInstanceOf(InterruptedException.class);
    r.run(_ -> r.wake(w));
    assertThat(other.get()).isTrue();
    assertThat(third.get()).isTrue();
  }

  @Test
  void sleep_takes_its_time_and_start_starts() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    long before = r.now();
    r.sleep(15_000_000);
    assertThat(r.now() - before).isGreaterThanOrEqualTo(15_000_000);
    CompletableFuture<String> name = new CompletableFuture<>();
    r.start("program", () -> name.complete(Thread.currentThread().getName()));
    assertThat(name.get(5, TimeUnit.SECONDS)).isEqualTo("program");
  }

  // ---- the end

  @Test
  void close_wakes_everybody_ends_the_threads_and_gives_the_links_back() throws Exception {
    long before = driverThreads();
    PairLink[] cable = PairLink.cable(1500, 64);
    RealTimeRunner r = running(Stacks.on(cable[0], 1, Profile.STANDARD));
    assertThat(driverThreads()).isEqualTo(before + 1);
    List<Tasks<Boolean>> waits = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      waits.add(waiting(r, new Waiter(), TimerHeap.NEVER).untilWaiting());
    }
    DatagramSocket s = StackSockets.of(r).datagramSocket();
    Tasks<Void> receiver =
        Tasks.<Void>virtual(
                () -> {
                  s.receive(new DatagramPacket(new byte[1], 1));
                  return null;
                })
            .untilWaiting();
    r.close();
    for (Tasks<Boolean> w : waits) {
      assertThat(w.get()).isTrue();
    }
    assertThatThrownBy(receiver::get)
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
    assertThat(r.isClosed()).isTrue();
    assertThat(cable[0].isClosed()).isTrue();
    assertThat(driverThreads()).isEqualTo(before);
    assertThatThrownBy(() -> StackSockets.of(r).datagramSocket())
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
    r.close();
  }

  // ---- links

  /** Two stacks on a cable. */
  private final class Wire {
    final PairLink[] cable;
    final RealTimeRunner left;
    final RealTimeRunner right;

    Wire(int packets, PollMode mode) {
      cable = PairLink.cable(1500, packets);
      left = running(Stacks.on(cable[0], 1, Profile.STANDARD), mode);
      right = running(Stacks.on(cable[1], 2, Profile.STANDARD), mode);
    }
  }

  @ParameterizedTest
  @EnumSource
  void datagrams_go_back_and_forth_in_every_mode(PollMode mode) throws Exception {
    Wire w = new Wire(64, mode);
    try (DatagramSocket server = StackSockets.of(w.right).datagramSocket(7);
        DatagramSocket client = StackSockets.of(w.left).datagramSocket()) {
      Tasks<Void> echo =
          Tasks.virtual(() -> {
            DatagramPacket p = new DatagramPacket(new byte[100], 100);
            for (int i = 0; i < 200; i++) {
              server.receive(p);
              server.send(p);
            }
            return null;
          });
      client.connect(Literal.of("10.9.0.2", 7));
      client.setSoTimeout(5000);
      for (int i = 0; i < 200; i++) {
        byte[] text = ("number " + i).getBytes(US_ASCII);
        client.send(new DatagramPacket(text, text.length));
        DatagramPacket p = new DatagramPacket(new byte[100], 100);
        client.receive(p);
        assertThat(new String(p.getData(), 0, p.getLength(), US_ASCII)).isEqualTo("number " + i);
      }
      echo.get();
    }
  }

  @Test
  void a_device_that_is_full_gets_the_rest_when_it_is_writable_again() throws Exception {
    Wire w = new Wire(4, PollMode.ADAPTIVE);
    try (DatagramSocket server = StackSockets.of(w.right).datagramSocket(7);
        DatagramSocket client = StackSockets.of(w.left).datagramSocket()) {
      server.setSoTimeout(5000);
      // 45 fragments, of which the device takes four at a time.
      byte[] large = new byte[65_000];
      large[64_999] = 42;
      client.send(new DatagramPacket(large, large.length, Literal.of("10.9.0.2"), 7));
      DatagramPacket p = new DatagramPacket(new byte[65_000], 65_000);
      server.receive(p);
      assertThat(p.getLength()).isEqualTo(65_000);
      assertThat(p.getData()[64_999]).isEqualTo((byte) 42);
    }
  }

  @Test
  void a_quiet_link_is_not_asked_over_and_over() throws Exception {
    Wire w = new Wire(64, PollMode.BLOCK);
    Thread.sleep(30);
    int before = w.cable[0].awaits();
    Thread.sleep(100);
    assertThat(w.cable[0].awaits() - before).isLessThan(10);
  }

  /** A device that breaks when it is asked. */
  private static final class BrokenLink implements Link {
    final AtomicInteger asked = new AtomicInteger();

    @Override
    public LinkProperties properties() {
      return new LinkProperties("broken", 1500, false, false, false, false);
    }

    @Override
    public int receive(PacketSink sink, int max) {
      asked.incrementAndGet();
      throw new IllegalStateException("the device is gone (a test's own)");
    }

    @Override
    public int transmit(TxPacket packet) {
      throw new IllegalStateException("the device is gone (a test's own)");
    }

    @Override
    public void await(long timeoutNanos) {
      throw new IllegalStateException("the device is gone (a test's own)");
    }

    @Override
    public void wakeup() {}

    @Override
    public void close() {}
  }

  @Test
  void a_link_that_throws_is_given_up_and_the_rest_lives_on() throws Exception {
    BrokenLink broken = new BrokenLink();
    Stack stack = Stacks.loopback();
    stack.addInterface(broken, Stacks.prefix("10.1.1.1/24"));
    RealTimeRunner r = running(stack);
    Thread.sleep(30);
    assertThat(broken.asked).hasValue(1);
    StackSockets sockets = StackSockets.of(r);
    try (DatagramSocket a = sockets.datagramSocket(7);
        DatagramSocket b = sockets.datagramSocket()) {
      a.setSoTimeout(5000);
      b.send(new DatagramPacket(new byte[] {1}, 1, Literal.of("10.1.1.9"), 9));
      b.send(new DatagramPacket(new byte[] {2}, 1, Literal.of("127.0.0.1"), 7));
      DatagramPacket p = new DatagramPacket(new byte[9], 9);
      a.receive(p);
      assertThat(p.getData()[0]).isEqualTo((byte) 2);
    }
    long[] errors = new long[1];
    r.run(s -> errors[0] = s.counters().get(Counter.SinewInternalErrors));
    assertThat(errors[0]).isPositive();
  }

  @Test
  void a_stack_with_several_devices_hears_all_of_them() throws Exception {
    PairLink[] one = PairLink.cable(1500, 64);
    PairLink[] two = PairLink.cable(1500, 64);
    Stack middle = Stacks.builder().forwarding(true).build();
    middle.addInterface(one[1], Stacks.prefix("10.9.0.2/24"));
    middle.addInterface(two[0], Stacks.prefix("10.8.0.2/24"));
    RealTimeRunner r = running(middle);
    RealTimeRunner left = running(Stacks.on(one[0], 1, Profile.STANDARD));
    Stack far = Stacks.builder().build();
    far.addRoute(
        Stacks.prefix("0.0.0.0/0"), far.addInterface(two[1], Stacks.prefix("10.8.0.1/24")), null);
    RealTimeRunner right = running(far);
    long drivers = driverThreads();
    assertThat(drivers).isGreaterThanOrEqualTo(4);
    try (ServerSocket s = StackSockets.of(right).serverSocketFactory().createServerSocket(80);
        Socket c = StackSockets.of(left).socketFactory().createSocket(Literal.of("10.8.0.1"), 80);
        Socket a = s.accept()) {
      c.getOutputStream().write("through".getBytes(US_ASCII));
      assertThat(a.getInputStream().readNBytes(7)).asString(US_ASCII).isEqualTo("through");
      a.getOutputStream().write(5);
      assertThat(c.getInputStream().read()).isEqualTo(5);
    }
    r.close();
    assertThat(one[1].isClosed() && two[0].isClosed()).isTrue();
    assertThat(driverThreads()).isEqualTo(drivers - 2);
  }
}
