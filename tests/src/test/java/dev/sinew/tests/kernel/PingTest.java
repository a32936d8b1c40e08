package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernel's ping. */
@ExtendWith(KernelCases.class)
class PingTest {
  @ParameterizedTest
  @EnumSource
  void ping_is_answered(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Program.Result r =
          lab.run("ping", v.flag(), "-n", "-c", "5", "-i", "0.2", "-W", "5", v.stack);
      assertThat(r.out() + lab.counters() + lab.must("nstat", "-as"))
          .contains("5 packets transmitted, 5 received, 0% packet loss");
      assertThat(r.exitCode()).isZero();
    }
  }

  /**
   * The largest echo of each version: 65,535 less the headers of IPv4 (its own included) and of
   * ICMP.
   */
  @ParameterizedTest
  @CsvSource({"V4,0", "V4,1472", "V4,1473", "V4,65507", "V6,0", "V6,1452", "V6,1453", "V6,65527"})
  void ping_of_every_size_comes_back_whole(Version v, int size) throws Exception {
    try (Lab lab = Lab.open()) {
      Program.Result r =
          lab.run(
              "ping", v.flag(), "-n", "-c", "3", "-i", "0.2", "-W", "5", "-s", "" + size, "-p",
              "5a17", v.stack);
      assertThat(r.text() + lab.counters() + lab.must("nstat", "-as"))
          .contains("3 packets transmitted, 3 received")
          .doesNotContain("wrong data");
      assertThat(r.exitCode()).isZero();
    }
  }
}
