package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import java.net.Socket;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The kernel loses one packet in a hundred, both ways, the eleventh first, so that some are lost
 * whatever the machine's speed; nothing is lost to the programs.
 */
@ExtendWith(KernelCases.class)
@Execution(ExecutionMode.CONCURRENT)
class LossTest {
  private static final int BYTES = 8 << 20;

  @ParameterizedTest
  @CsvSource({"V4,KERNEL", "V6,KERNEL", "V4,STACK", "V6,STACK"})
  void a_transfer_survives_loss(Version v, Pair.Opener sender) throws Exception {
    byte[] data = new byte[BYTES];
    new Random(11).nextBytes(data);
    try (Lab lab = Lab.openWithoutOffload()) {
      Pair p = Pair.open(lab, v, Pair.Opener.KERNEL);
      // Netfilter sees what leaves before it is segmented: 64 KiB at once would be few packets. So
      // the device is one without offload, and the kernel sends no super-segments either.
      lab.must("ip", "link", "set", "dev", Lab.DEVICE, "gso_max_segs", "1");
      lab.nft(
          "add table inet loss",
          "add chain inet loss in { type filter hook input priority 0; }",
          "add chain inet loss out { type filter hook output priority 0; }",
          "add rule inet loss in numgen inc mod 100 == 10 counter drop",
          "add rule inet loss out numgen inc mod 100 == 10 counter drop");
      Socket from = sender == Pair.Opener.KERNEL ? p.kernel() : p.stack();
      Socket to = sender == Pair.Opener.KERNEL ? p.stack() : p.kernel();
      to.setSoTimeout(60_000);
      long start = System.nanoTime();
      CompletableFuture<byte[]> received = Waiting.start(() -> to.getInputStream().readAllBytes());
      from.getOutputStream().write(data);
      from.shutdownOutput();
      assertThat(Arrays.equals(Waiting.get(received, 120), data)).isTrue();
      System.out.printf(
          Locale.ROOT,
          "1 %% loss, %s sends over %s: %d MiB in %.1f s, the stack sent %d segments again%n",
          sender,
          v,
          BYTES >> 20,
          (System.nanoTime() - start) / 1e9,
          lab.counter(Counter.TcpRetransSegs));
      if (sender == Pair.Opener.STACK) {
        assertThat(lab.counter(Counter.TcpRetransSegs)).isPositive();
      }
      assertThat(lab.must("nft", "list", "table", "inet", "loss")).doesNotContain("packets 0 ");
    }
  }
}
