package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Explicit congestion notification with the kernel's TCP (RFC 3168, RFC 9768): who asks and who
 * answers, and that marks which the kernel's packet filter writes come back and slow the sender.
 */
@ExtendWith(KernelCases.class)
class EcnTest {
  private static final int BYTES = 2 << 20;
  private static final Profile ASKING = Profile.STANDARD.with(v -> v.ecn = Profile.Ecn.REQUEST);

  /** The value of {@code tcp_ecn} with which the kernel offers and accepts the form. */
  private static void kernel(Lab lab, String form) throws Exception {
    if (form.equals("accurate")) {
      Assumptions.assumeTrue(
          Files.exists(Path.of("/proc/sys/net/ipv4/tcp_ecn_option")),
          "this kernel has no accurate ECN (net.ipv4.tcp_ecn_option)");
    }
    lab.sysctl("net/ipv4/tcp_ecn", form.equals("accurate") ? "3" : "1");
  }

  private static Profile profile(String form) {
    return ASKING.with(v -> v.accEcn = form.equals("accurate"));
  }

  /** Marks from the kernel's filter: each fourth ECN-capable packet, in both directions. */
  private static void mark(Lab lab, Version v) throws Exception {
    String ecn = v.isV4() ? "ip ecn" : "ip6 ecn";
    lab.nft(
        "add table inet marks",
        "add chain inet marks in { type filter hook prerouting priority -300; }",
        "add chain inet marks out { type filter hook postrouting priority 300; }",
        "add rule inet marks in " + ecn + " ect0 counter",
        "add rule inet marks in " + ecn + " ect0 numgen inc mod 4 == 0 counter " + ecn + " set ce",
        "add rule inet marks out " + ecn + " ect0 counter",
        "add rule inet marks out " + ecn + " ect0 numgen inc mod 4 == 0 counter " + ecn + " set ce");
  }

  @ParameterizedTest
  @CsvSource({
    "V4,classic,KERNEL",
    "V4,classic,STACK",
    "V6,classic,KERNEL",
    "V6,classic,STACK",
    "V4,accurate,KERNEL",
    "V4,accurate,STACK",
    "V6,accurate,KERNEL",
    "V6,accurate,STACK"
  })
  void marks_slow_both_senders(Version v, String form, Pair.Opener opener) throws Exception {
    try (Lab lab = Lab.open(profile(form), Limits.DEFAULT)) {
      kernel(lab, form);
      mark(lab, v);
      Pair p = Pair.open(lab, v, opener);
      transfer(p.kernel(), p.stack());
      transfer(p.stack(), p.kernel());
      String ss = lab.must("ss", "-tinH", "sport = :" + p.port() + " or dport = :" + p.port());
      assertThat(ss).contains(form.equals("accurate") ? "ecn" : "ecnseen");
      String counters = lab.must("nft", "list", "table", "inet", "marks");
      System.out.println("ECN " + form + " " + v + ": " + ss.replaceAll("\\s+", " "));
      // Both directions carried ECN-capable data.
      assertThat(counters.lines().filter(l -> l.contains("counter packets 0 "))).isEmpty();
      assertThat(ss).containsPattern("ssthresh:[0-9]+");
    }
  }

  /** Whoever knows less decides. */
  @ParameterizedTest
  @CsvSource({
    "accurate,1,KERNEL",
    "accurate,1,STACK",
    "accurate,0,STACK",
    "accurate,2,STACK",
    "classic,3,KERNEL",
    "classic,3,STACK",
    "off,1,KERNEL",
    "off,3,KERNEL"
  })
  void the_lesser_form_is_agreed(String ours, String theirs, Pair.Opener opener)
      throws Exception {
    Profile profile =
        ours.equals("off") ? ASKING.with(v -> v.ecn = Profile.Ecn.OFF) : profile(ours);
    try (Lab lab = Lab.open(profile, Limits.DEFAULT)) {
      if (theirs.equals("3")) {
        kernel(lab, "accurate");
      }
      lab.sysctl("net/ipv4/tcp_ecn", theirs);
      Pair p = Pair.open(lab, Version.V4, opener);
      transfer(p.kernel(), p.stack());
      transfer(p.stack(), p.kernel());
      String ss = lab.must("ss", "-tinH", "sport = :" + p.port() + " or dport = :" + p.port());
      boolean none = ours.equals("off") || theirs.equals("0");
      assertThat(ss.contains("ecnseen")).as(ss).isEqualTo(!none);
    }
  }

  private static void transfer(Socket from, Socket to) throws Exception {
    byte[] data = new byte[BYTES];
    new Random(7).nextBytes(data);
    CompletableFuture<byte[]> received =
        Waiting.start(() -> to.getInputStream().readNBytes(BYTES));
    write(from, data);
    assertThat(Arrays.equals(Waiting.get(received, 60), data)).isTrue();
  }

  private static void write(Socket to, byte[] data) throws IOException {
    to.getOutputStream().write(data);
  }
}
