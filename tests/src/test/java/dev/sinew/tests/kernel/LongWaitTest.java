package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What takes a minute: the cases run side by side, a namespace each, and nearly all of their time
 * is waiting.
 */
@ExtendWith(KernelCases.class)
@Execution(ExecutionMode.CONCURRENT)
class LongWaitTest {
  private static final int MINUTE = 60_000;
  private static final long SECOND = 1_000_000_000L;

  // ---- a window that stays shut

  @ParameterizedTest
  @EnumSource
  void a_kernel_that_does_not_read_for_a_minute(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, Pair.Opener.KERNEL);
      AtomicLong written = new AtomicLong();
      CompletableFuture<Void> writer = Waiting.start(() -> write(p.stack(), 16 << 20, written));
      long stuckAt = awaitShutWindow(() -> lab.stackRows(p.port()), written);
      Thread.sleep(MINUTE);
      assertThat(lab.states(p.port())).isEqualTo("ESTAB/ESTAB");
      assertThat(lab.stackRows(p.port()).getFirst().timer()).isEqualTo("persist");
      assertThat(written.get()).as("written while the window was shut").isEqualTo(stuckAt);
      assertThat(writer).isNotDone();
      read(p.kernel(), 16 << 20);
      Waiting.get(writer, 30);
      assertThat(lab.counter(Counter.TcpEstabResets)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_stack_that_does_not_read_for_a_minute(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, Pair.Opener.KERNEL);
      AtomicLong written = new AtomicLong();
      CompletableFuture<Void> writer = Waiting.start(() -> write(p.kernel(), 16 << 20, written));
      long stuckAt = awaitShutWindow(() -> lab.kernelRows(p.port()), written);
      Thread.sleep(MINUTE);
      assertThat(lab.states(p.port())).isEqualTo("ESTAB/ESTAB");
      assertThat(lab.kernelRows(p.port()).getFirst().timer()).isEqualTo("persist");
      assertThat(written.get()).as("written while the window was shut").isEqualTo(stuckAt);
      assertThat(writer).isNotDone();
      read(p.stack(), 16 << 20);
      Waiting.get(writer, 30);
    }
  }

  /**
   * Waits until the sender's timer is that of a shut window, and its buffer is full, too; how much
   * that was.
   */
  private static long awaitShutWindow(Callable<List<SocketRow>> rows, AtomicLong written)
      throws Exception {
    Waiting.until(
        "a shut window", 30, rows, r -> r.size() == 1 && r.getFirst().timer().equals("persist"));
    return Waiting.until(
        "a writer that waits",
        30,
        () -> {
          long before = written.get();
          Thread.sleep(1500);
          return written.get() == before ? before : -1;
        },
        n -> n >= 0);
  }

  private static Void write(Socket s, int bytes, AtomicLong written) throws IOException {
    byte[] block = new byte[4096];
    for (int at = 0; at < bytes; at += block.length) {
      for (int i = 0; i < block.length; i++) {
        block[i] = byteAt(at + i);
      }
      s.getOutputStream().write(block);
      written.addAndGet(block.length);
    }
    return null;
  }

  private static void read(Socket s, int bytes) throws IOException {
    InputStream in = s.getInputStream();
    byte[] block = new byte[64 * 1024];
    for (int at = 0, n; at < bytes; at += n) {
      n = in.read(block, 0, Math.min(block.length, bytes - at));
      assertThat(n).as("read at " + at).isPositive();
      for (int i = 0; i < n; i++) {
        if (block[i] != byteAt(at + i)) {
          throw new AssertionError("a wrong byte at " + (at + i));
        }
      }
    }
  }

  private static byte byteAt(int i) {
    return (byte) (i ^ i >>> 8 ^ i >>> 16);
  }

  // ---- keepalive

  @ParameterizedTest
  @EnumSource
  void keepalive_finds_out_that_the_kernel_is_gone(Version v) throws Exception {
    try (Lab lab = Lab.open(keepAlive(2 * SECOND, SECOND, 4), Limits.DEFAULT)) {
      Pair p = Pair.open(lab, v, Pair.Opener.STACK);
      p.stack().setKeepAlive(true);
      p.stack().setSoTimeout(0);
      // A peer that is there answers, and the line stays open.
      Thread.sleep(9000);
      assertThat(lab.states(p.port())).isEqualTo("ESTAB/ESTAB");
      assertThat(lab.stackRows(p.port()).getFirst().timer()).isEqualTo("keepalive");
      CompletableFuture<Integer> reader = Waiting.start(() -> p.stack().getInputStream().read());
      lab.cut();
      long start = System.nanoTime();
      assertThatThrownBy(() -> Waiting.get(reader, 40))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Connection timed out");
      // Silence for at most 2 s, then 4 probes, a second each.
      assertThat(System.nanoTime() - start).isBetween(4 * SECOND, 20 * SECOND);
      assertThat(lab.stackRows(p.port())).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepalive_finds_out_that_the_kernel_has_forgotten(Version v) throws Exception {
    try (Lab lab = Lab.open(keepAlive(5 * SECOND, SECOND, 9), Limits.DEFAULT)) {
      Pair p = Pair.open(lab, v, Pair.Opener.STACK);
      p.stack().setKeepAlive(true);
      p.stack().setSoTimeout(0);
      CompletableFuture<Integer> reader = Waiting.start(() -> p.stack().getInputStream().read());
      // As after a power failure: the connection ends there without a word, and the host is back at
      // once.
      lab.cut();
      p.kernel().setSoLinger(true, 0);
      p.kernel().close();
      lab.mend();
      lab.awaitStates(p.port(), "-/ESTAB");
      assertThatThrownBy(() -> Waiting.get(reader, 30))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Connection reset");
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_kernels_keepalive_is_answered(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, Pair.Opener.KERNEL);
      p.kernel().setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
      p.kernel().setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
      p.kernel().setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 2);
      p.kernel().setKeepAlive(true);
      long before = lab.counter(Counter.TcpInSegs);
      Thread.sleep(10_000);
      assertThat(lab.states(p.port())).isEqualTo("ESTAB/ESTAB");
      assertThat(lab.kernelRows(p.port()).getFirst().timer()).isEqualTo("keepalive");
      assertThat(lab.counter(Counter.TcpInSegs) - before).as("probes").isGreaterThanOrEqualTo(5);
      // And when the stack does not answer any more, the kernel gives up.
      lab.cut();
      Waiting.until("given up", 30, () -> lab.kernelRows(p.port()), List::isEmpty);
    }
  }

  private static Profile keepAlive(long idle, long interval, int count) {
    return Profile.STANDARD.with(v -> {
      v.keepAliveIdleNanos = idle;
      v.keepAliveIntervalNanos = interval;
      v.keepAliveCount = count;
    });
  }

  // ---- TIME-WAIT

  @ParameterizedTest
  @EnumSource
  void time_wait_lasts_a_minute_and_leaves_nothing(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, Pair.Opener.STACK);
      p.stack().shutdownOutput();
      assertThat(p.kernel().getInputStream().read()).isEqualTo(-1);
      long start = System.nanoTime();
      p.kernel().close();
      lab.awaitStates(p.port(), "-/TIME-WAIT");
      p.stack().close();
      Waiting.until("the end of TIME-WAIT", 90, () -> lab.stackRows(p.port()), List::isEmpty);
      assertThat(System.nanoTime() - start).isBetween(59 * SECOND, 75 * SECOND);
      assertThat(lab.usedBytes()).isZero();
    }
  }
}
