package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every port of a range is tried: the closed ones refuse at once, the open ones are found, nothing
 * is left behind.
 */
@ExtendWith(KernelCases.class)
class PortScanTest {
  private static final Pattern FOUND =
      Pattern.compile("(?:^|\\R).* (\\d+) (?:port )?\\[.*?] succeeded!");

  @ParameterizedTest
  @EnumSource
  void nc_finds_the_open_ports_and_only_them(Version v) throws Exception {
    try (Lab lab = Lab.open().withServices()) {
      Program.Result r = lab.run("nc", v.flag(), "-n", "-v", "-z", "-w", "5", v.stack, "1-900");
      List<String> open =
          FOUND.matcher(r.err()).results().map((MatchResult m) -> m.group(1)).toList();
      assertThat(open).containsExactly("7", "9", "19");
      assertThat(r.err().lines().filter(l -> l.contains("refused"))).hasSize(900 - 3);
      assertThat(lab.counter(Counter.TcpOutRsts)).isGreaterThanOrEqualTo(900 - 3);
      Waiting.until("no connection left", 10, () -> lab.stackRows(7), List::isEmpty);
      Waiting.until("empty buffers", 10, lab::usedBytes, n -> n == 0);
    }
  }
}
