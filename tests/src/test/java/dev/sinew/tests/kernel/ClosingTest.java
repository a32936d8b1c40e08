package dev.sinew.tests.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each step of a close as {@code ss} of the kernel and of the stack show it, written {@code
 * KERNEL/STACK}. Whoever closes first has TIME-WAIT (RFC 9293 section 3.6).
 */
@ExtendWith(KernelCases.class)
class ClosingTest {
  @ParameterizedTest
  @CsvSource({"V4,KERNEL", "V4,STACK", "V6,KERNEL", "V6,STACK"})
  void the_kernel_closes_first(Version v, Pair.Opener opener) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, opener);
      lab.awaitStates(p.port(), "ESTAB/ESTAB");
      p.kernel().shutdownOutput();
      assertThat(p.stack().getInputStream().read()).isEqualTo(-1);
      lab.awaitStates(p.port(), "FIN-WAIT-2/CLOSE-WAIT");
      // Half-closed for as long as one likes: the other direction still carries data.
      p.stack().getOutputStream().write('x');
      assertThat(p.kernel().getInputStream().read()).isEqualTo('x');
      p.stack().close();
      assertThat(p.kernel().getInputStream().read()).isEqualTo(-1);
      lab.awaitStates(p.port(), "TIME-WAIT/-");
    }
  }

  @ParameterizedTest
  @CsvSource({"V4,KERNEL", "V4,STACK", "V6,KERNEL", "V6,STACK"})
  void the_stack_closes_first(Version v, Pair.Opener opener) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, opener);
      lab.awaitStates(p.port(), "ESTAB/ESTAB");
      p.stack().shutdownOutput();
      assertThat(p.kernel().getInputStream().read()).isEqualTo(-1);
      lab.awaitStates(p.port(), "CLOSE-WAIT/FIN-WAIT-2");
      p.kernel().getOutputStream().write('x');
      assertThat(p.stack().getInputStream().read()).isEqualTo('x');
      p.kernel().close();
      assertThat(p.stack().getInputStream().read()).isEqualTo(-1);
      lab.awaitStates(p.port(), "-/TIME-WAIT");
      assertThat(lab.stackRows(p.port()).getFirst().timer()).isEqualTo("timewait");
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_orphan_of_the_stack_waits_for_the_peers_fin(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, Pair.Opener.STACK);
      p.stack().close();
      lab.awaitStates(p.port(), "CLOSE-WAIT/FIN-WAIT-2");
      p.kernel().close();
      lab.awaitStates(p.port(), "-/TIME-WAIT");
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_unread_byte_makes_a_close_a_reset(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, Pair.Opener.KERNEL);
      p.kernel().getOutputStream().write('x');
      Waiting.until("a byte", 5, () -> p.stack().getInputStream().available(), n -> n == 1);
      p.stack().close();
      lab.awaitStates(p.port(), "-/-"); // RFC 2525 section 2.17
    }
  }

  /** Both FINs cross: FIN-WAIT-1, CLOSING, and TIME-WAIT on both sides. */
  @ParameterizedTest
  @EnumSource
  void both_close_at_once(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Pair p = Pair.open(lab, v, Pair.Opener.KERNEL);
      dropFlag(lab, "fin");
      p.kernel().shutdownOutput();
      p.stack().shutdownOutput();
      lab.awaitStates(p.port(), "FIN-WAIT-1/FIN-WAIT-1");
      lab.mend();
      lab.awaitStates(p.port(), "TIME-WAIT/TIME-WAIT");
    }
  }

  /**
   * Both SYNs cross: SYN-SENT, SYN-RECEIVED, and one connection (RFC 9293 section 3.5, figure 8).
   */
  @ParameterizedTest
  @EnumSource
  void both_open_at_once(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      dropFlag(lab, "syn");
      Socket kernel = lab.closing(lab.inside(Socket::new));
      lab.inside(() -> {
        kernel.bind(v.kernel(4001));
        return null;
      });
      Socket stack = lab.closing(lab.sockets.socket());
      stack.bind(v.stack(4002));
      CompletableFuture<Void> theirs = connect(kernel, v.stack(4002));
      CompletableFuture<Void> ours = connect(stack, v.kernel(4001));
      lab.awaitStates(4001, "SYN-SENT/SYN-SENT");
      lab.mend();
      Waiting.get(theirs, 10);
      Waiting.get(ours, 10);
      lab.awaitStates(4001, "ESTAB/ESTAB");
      kernel.getOutputStream().write("hello".getBytes(US_ASCII));
      stack.getOutputStream().write("world".getBytes(US_ASCII));
      assertThat(new String(stack.getInputStream().readNBytes(5), US_ASCII)).isEqualTo("hello");
      assertThat(new String(kernel.getInputStream().readNBytes(5), US_ASCII)).isEqualTo("world");
      assertThat(lab.counter(Counter.TcpActiveOpens)).isEqualTo(1);
      assertThat(lab.counter(Counter.TcpPassiveOpens)).isZero();
    }
  }

  private static CompletableFuture<Void> connect(Socket s, java.net.InetSocketAddress to) {
    return Waiting.start(() -> {
      s.connect(to, 9000);
      return null;
    });
  }

  private static void dropFlag(Lab lab, String flag) throws Exception {
    lab.nft(
        "add table inet cut",
        "add chain inet cut in { type filter hook input priority 0; }",
        "add chain inet cut out { type filter hook output priority 0; }",
        "add rule inet cut in tcp flags & " + flag + " == " + flag + " drop",
        "add rule inet cut out tcp flags & " + flag + " == " + flag + " drop");
  }
}
