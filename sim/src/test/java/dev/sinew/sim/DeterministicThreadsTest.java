package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** Level 2: ordinary blocking code over java.util.concurrent, scheduled by the simulation. */
class DeterministicThreadsTest {
  private static final long MS = 1_000_000;

  private final List<String> log = new ArrayList<>();

  private static Simulation simulation(long seed) {
    Simulation sim = Simulation.of(seed);
    assertThat(sim.deterministicThreads()).as(DeterministicThreads.whyNot()).isTrue();
    return sim;
  }

  @Test
  void programsMeetInQueuesLocksAndLatches() {
    Simulation sim = simulation(1);
    SimHost a = sim.host("a");
    LinkedBlockingQueue<Integer> queue = new LinkedBlockingQueue<>(2);
    ReentrantLock lock = new ReentrantLock();
    Condition done = lock.newCondition();
    CountDownLatch latch = new CountDownLatch(1);
    int[] sum = {0};
    a.start(
        "consumer",
        () -> {
          latch.await();
          for (int i = 0; i < 10; i++) {
            sum[0] += queue.take();
            log.add("took@" + sim.now() / MS);
          }
          lock.lock();
          try {
            done.signalAll();
          } finally {
            lock.unlock();
          }
        });
    a.start(
        "waiter",
        () -> {
          lock.lock();
          try {
            while (sum[0] < 45) {
              done.await();
            }
          } finally {
            lock.unlock();
          }
          log.add("done@" + sim.now() / MS);
        });
    a.start(
        "producer",
        () -> {
          a.runner().sleep(5 * MS);
          latch.countDown();
          for (int i = 0; i < 10; i++) {
            queue.put(i);
            a.runner().sleep(MS);
          }
        });
    sim.run();
    sim.finish();
    assertThat(sum[0]).isEqualTo(45);
    assertThat(log).hasSize(11).startsWith("took@5", "took@6").endsWith("took@14", "done@14");
  }

  @Test
  void threadsThatProgramsStartMayUseSocketsToo() {
    Simulation sim = simulation(2);
    SimHost a = sim.host("a");
    SimHost b = sim.host("b");
    sim.link(a, b, "delay 10ms");
    b.start(
        "server",
        () -> {
          try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80);
              ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 5; i++) {
              Socket s = l.accept();
              pool.submit(() -> {
                try (s) {
                  s.getInputStream().transferTo(s.getOutputStream());
                }
                return null;
              });
            }
          }
          log.add("served");
        });
    a.start(
        "client",
        () -> {
          try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
              int n = i;
              answers.add(pool.submit(() -> ask(a, b, n)));
            }
            for (Future<Integer> f : answers) {
              log.add("answer " + f.get());
            }
          }
        });
    sim.run();
    sim.finish();
    assertThat(log)
        .containsExactlyInAnyOrder(
            "answer 0", "answer 1", "answer 2", "answer 3", "answer 4", "served");
  }

  private static int ask(SimHost a, SimHost b, int n) throws IOException {
    try (Socket s = a.sockets().socket()) {
      s.connect(TcpTest.address(b, true, 80));
      s.getOutputStream().write(n);
      return s.getInputStream().read();
    }
  }

  /** Many threads that compete for everything. */
  private static String contest(long seed) {
    Simulation sim = simulation(seed);
    SimHost a = sim.host("a");
    SimHost b = sim.host("b");
    sim.link(a, b, "delay 5ms 4ms loss 10%");
    List<String> order = new ArrayList<>();
    Semaphore semaphore = new Semaphore(2);
    NamedRandom random = sim.random("contest");
    b.start(
        "server",
        () -> {
          try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80)) {
            for (int i = 0; i < 12; i++) {
              Socket s = l.accept();
              Thread.startVirtualThread(() -> {
                try (s) {
                  s.getInputStream().transferTo(s.getOutputStream());
                } catch (IOException e) {
                  order.add("server " + e.getMessage());
                }
              });
            }
          }
        });
    for (int i = 0; i < 12; i++) {
      int n = i;
      a.start(
          "client" + i,
          () -> {
            a.runner().sleep(Math.floorMod(random.nextLong(), 3) * MS);
            semaphore.acquire();
            try {
              order.add(n + "=" + ask(a, b, n) + "@" + sim.now());
            } finally {
              semaphore.release();
            }
          });
    }
    sim.run();
    sim.finish();
    return order + " " + sim.traceHash();
  }

  @Test
  void theOrderFollowsFromTheSeed() {
    String first = contest(7);
    for (int i = 0; i < 5; i++) {
      assertThat(contest(7)).isEqualTo(first);
    }
    assertThat(contest(8)).isNotEqualTo(first);
  }

  @Test
  void aSleepOfTheJdkIsReportedWithItsLine() {
    Simulation sim = simulation(3);
    SimHost a = sim.host("a");
    a.start("sleeps", () -> Thread.sleep(5000));
    a.start("works", () -> a.runner().sleep(1000 * MS));
    assertThatThrownBy(sim::run)
        .isInstanceOf(SimulationException.class)
        .hasMessageContaining(
            "a/sleeps sleeps by the real clock; use runner().sleep: dev.sinew.sim.Det");
    sim.close();
  }

  @Test
  void aTimeoutThatExpiresIsReported() {
    Simulation sim = simulation(3);
    SimHost a = sim.host("a");
    LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
    a.start("polls", () -> queue.poll(20, TimeUnit.SECONDS));
    assertThatThrownBy(sim::run)
        .isInstanceOf(SimulationException.class)
        .hasMessageContaining("a/polls at dev.sinew.sim.DeterministicThreadsTest");
    sim.close();
  }

  @Test
  void aTimeoutThatNeverExpiresDoesNoHarm() {
    Simulation sim = simulation(3);
    SimHost a = sim.host("a");
    LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
    a.start("polls", () -> log.add(queue.poll(1, TimeUnit.DAYS) + "@" + sim.now() / MS));
    a.start(
        "offers",
        () -> {
          a.runner().sleep(3600_000 * MS);
          queue.add("hour");
        });
    sim.run();
    assertThat(log).containsExactly("hour@3600000");
  }

  @Test
  void aDeadlockIsReportedWithItsLines() {
    Simulation sim = simulation(4);
    SimHost a = sim.host("a");
    a.start("waits", () -> new CountDownLatch(1).await());
    assertThatThrownBy(sim::run)
        .hasMessageContaining("nothing happens any more, and programs still wait")
        .hasMessageContaining("a/waits at dev.sinew.sim.DeterministicThreadsTest");
    sim.close();
  }

  @Test
  void failuresAndCrashesEndPrograms() {
    Simulation sim = simulation(5);
    SimHost a = sim.host("a");
    SimHost b = sim.host("b");
    b.start(
        "waits",
        () -> {
          try {
            new CountDownLatch(1).await();
          } finally {
            log.add("gone@" + sim.now() / MS);
          }
        });
    b.start(
        "sleeps",
        () -> {
          try {
            b.runner().sleep(1000 * MS);
          } finally {
            log.add("asleep@" + sim.now() / MS);
          }
        });
    a.start(
        "kills",
        () -> {
          a.runner().sleep(10 * MS);
          b.crash();
          a.runner().sleep(10 * MS);
          throw new IllegalStateException("enough");
        });
    assertThatThrownBy(sim::run)
        .hasMessageContaining("a/kills failed")
        .hasMessageContaining("enough");
    assertThat(log).containsExactly("gone@10", "asleep@10");
    sim.close();
  }

  @Test
  void itMustBeAskedForBeforeTheFirstProgram() {
    Simulation sim = Simulation.of(6);
    SimHost a = sim.host("a");
    a.start("x", () -> {});
    assertThatThrownBy(sim::deterministicThreads).isInstanceOf(IllegalStateException.class);
  }

  /** What a JVM without the flag says; run in a process of its own. */
  static final class WithoutTheFlag {
    private WithoutTheFlag() {}

    public static void main(String[] args) {
      Simulation sim = Simulation.of(1);
      SimHost a = sim.host("a");
      System.out.println("permitted " + sim.deterministicThreads());
      a.start("sleeps", () -> a.runner().sleep(MS));
      sim.run();
      System.out.println("ran to " + sim.now());
    }
  }

  @Test
  void withoutTheFlagItFallsBackAndSaysWhatIsMissing() throws Exception {
    Process p =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WithoutTheFlag.class.getName())
            .redirectErrorStream(true)
            .start();
    String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(p.waitFor()).isZero();
    assertThat(text)
        .contains(
            "(level 1); for more, start the JVM with --add-opens java.base/java.lang=ALL-UNNAMED")
        .contains("permitted false")
        .contains("ran to 1000000");
  }
}
