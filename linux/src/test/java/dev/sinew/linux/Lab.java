package dev.sinew.linux;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * What the tests against the kernel share: a namespace of their own, and a kernel's side with an
 * address of each version.
 */
final class Lab {
  static final List<Prefix> HOST = List.of(prefix("10.77.0.1", 24), prefix("fd77::1", 64));
  static final String STACK_V4 = "10.77.0.2";
  static final String STACK_V6 = "fd77::2";

  private Lab() {}

  /**
   * A fresh namespace that can have TUN devices; without the right for it the test is skipped, and
   * says so.
   */
  static NetworkNamespace namespaceOrSkip(String name) {
    try {
      NetworkNamespace ns = NetworkNamespace.create(name);
      try {
        ns.call(() -> TunLink.open(TunOptions.of("probe", List.of()))).close();
        return ns;
      } catch (Exception e) {
        ns.close();
        throw e;
      }
    } catch (Exception e) {
      System.out.println("SKIPPED: kernel test " + name + ": " + e.getMessage());
      return Assumptions.abort(e.getMessage());
    }
  }

  static TunLink open(NetworkNamespace ns, String name) throws Exception {
    return ns.call(() -> TunLink.open(TunOptions.of(name, HOST)));
  }

  static Prefix prefix(String literal, int length) {
    return new Prefix(IpAddress.of(InetAddress.ofLiteral(literal).getAddress()), length);
  }

  /**
   * Runs a program inside, at most 20 seconds, and returns what it printed, its exit code in a last
   * line.
   */
  static String run(NetworkNamespace ns, String... command)
      throws IOException, InterruptedException {
    Process p = ns.start(new ProcessBuilder(command).redirectErrorStream(true));
    try {
      p.getOutputStream().close();
      String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!p.waitFor(20, TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + String.join(" ", command));
      }
      return out + "exit " + p.exitValue();
    } finally {
      p.destroyForcibly();
    }
  }
}
