package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Explicit congestion notification with the kernel's TCP (RFC 3168): who asks and who answers, and
 * that marks which the kernel's packet filter writes come back, slow the sender and end with CWR.
 * Kernels that know RFC 9768 are rare still; that our request for it falls back is seen here, too.
 */
@ExtendWith(KernelCases.class)
class EcnTest {
  private static final int BYTES = 2 << 20;
  private static final Pattern COUNTER = Pattern.compile("counter packets (\\d+) ");

  private static Profile profile(String ours) {
    return Profile.STANDARD.with(v -> {
      v.ecn = ours.equals("off") ? Profile.Ecn.OFF : Profile.Ecn.REQUEST;
      v.accEcn = ours.equals("accurate");
      v.congestionControl = "reno";
    });
  }

  /** Every fiftieth ECN-capable packet gets a mark, in both directions; ECE and CWR are counted. */
  private static void mark(Lab lab, Version v) throws Exception {
    String ecn = v.isV4() ? "ip ecn" : "ip6 ecn";
    lab.nft(
        "add table inet marks",
        "add chain inet marks in { type filter hook prerouting priority -300; }",
        "add chain inet marks out { type filter hook postrouting priority 300; }");
    for (String chain : List.of("in", "out")) {
      lab.nft(
          "add rule inet marks " + chain + " tcp flags & (syn | ecn) == ecn counter",
          "add rule inet marks " + chain + " tcp flags & (syn | cwr) == cwr counter",
          "add rule inet marks "
              + chain
              + " "
              + ecn
              + " ect0 numgen inc mod 50 == 0 counter "
              + ecn
              + " set ce");
    }
  }

  /** ECE, CWR and CE of both directions. */
  private static List<Long> counts(Lab lab) throws Exception {
    Matcher m = COUNTER.matcher(lab.must("nft", "list", "table", "inet", "marks"));
    return m.results().map(r -> Long.valueOf(r.group(1))).toList();
  }

  /**
   * @param theirs {@code tcp_ecn}: 0 never, 1 asks and answers, 2 answers
   */
  @ParameterizedTest
  @CsvSource({
    "V4,classic,1,KERNEL",
    "V4,classic,1,STACK",
    "V6,classic,2,STACK",
    "V4,accurate,1,KERNEL",
    "V6,accurate,1,KERNEL",
    "V4,accurate,1,STACK",
    "V6,accurate,2,STACK"
  })
  void marks_slow_both_senders(Version v, String ours, String theirs, Pair.Opener opener)
      throws Exception {
    try (Lab lab = Lab.open(profile(ours), Limits.DEFAULT)) {
      lab.sysctl("net/ipv4/tcp_ecn", theirs);
      lab.sysctl("net/ipv4/tcp_congestion_control", "reno");
      mark(lab, v);
      Pair p = Pair.open(lab, v, opener);
      transfer(p.kernel(), p.stack());
      transfer(p.stack(), p.kernel());
      List<Long> counts = counts(lab);
      assertThat(counts).as("ECE, CWR and CE from the stack, then from the kernel").hasSize(6);
      assertThat(counts).doesNotContain(0L);
      String ss = lab.must("ss", "-tinH", "sport = :" + p.port() + " or dport = :" + p.port());
      assertThat(ss).as("the kernel has counted our echoes").contains("delivered_ce:");
    }
  }

  @ParameterizedTest
  @CsvSource({"classic,0,STACK", "accurate,0,STACK", "accurate,2,KERNEL", "off,1,KERNEL"})
  void one_that_does_not_want_it_is_enough(String ours, String theirs, Pair.Opener opener)
      throws Exception {
    try (Lab lab = Lab.open(profile(ours), Limits.DEFAULT)) {
      lab.sysctl("net/ipv4/tcp_ecn", theirs);
      mark(lab, Version.V4);
      Pair p = Pair.open(lab, Version.V4, opener);
      transfer(p.kernel(), p.stack());
      transfer(p.stack(), p.kernel());
      assertThat(counts(lab)).containsOnly(0L);
    }
  }

  private static void transfer(Socket from, Socket to) throws Exception {
    byte[] data = new byte[BYTES];
    new Random(7).nextBytes(data);
    CompletableFuture<byte[]> received = Waiting.start(() -> to.getInputStream().readNBytes(BYTES));
    from.getOutputStream().write(data);
    assertThat(Arrays.equals(Waiting.get(received, 60), data)).isTrue();
  }
}
