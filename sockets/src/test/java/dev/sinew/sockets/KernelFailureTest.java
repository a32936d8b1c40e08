package dev.sinew.sockets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The oracle of {@link Failure}: the kernel's sockets in a network namespace of their own, in a
 * process of their own (src/test/oracle). It takes seconds, since the kernel's first retransmission
 * of a SYN does.
 */
@Timeout(60)
class KernelFailureTest {
  /** Tests run in the folder of their module. */
  private static final Path ORACLE = Path.of("src/test/oracle/KernelOracle.java").toAbsolutePath();

  @Test
  void the_kernels_sockets_throw_what_is_expected_of_ours() throws Exception {
    assumeTrue(
        namespacesAllowed(), "skipped: this user may not make network namespaces (unshare -Urn)");
    Process oracle =
        new ProcessBuilder(
                "unshare",
                "-Urn",
                "sh",
                "-c",
                "ip link set lo up && exec \"$0\" \"$1\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                ORACLE.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(oracle.getInputStream().readAllBytes(), UTF_8);
    assertThat(oracle.waitFor()).as(output).isZero();
    Map<String, String> seen = new LinkedHashMap<>();
    output
        .lines()
        .map(l -> l.split(" = ", 2))
        .filter(l -> l.length == 2)
        .forEach(l -> seen.put(l[0], l[1]));
    Map<String, String> expected = new LinkedHashMap<>();
    for (Failure f : Failure.values()) {
      expected.put(f.text, f.outcome);
    }
    assertThat(seen).as(output).containsExactlyInAnyOrderEntriesOf(expected);
  }

  private static boolean namespacesAllowed() throws InterruptedException {
    try {
      return new ProcessBuilder("unshare", "-Urn", "ip", "link", "set", "lo", "up")
              .redirectErrorStream(true)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
