package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sinew.packetdrill.CodeRunner.CodeException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The statements of {@code %{ }%}. */
class CodeRunnerTest {
  private static final Map<String, Object> NAMES = Map.of("tcpi_snd_cwnd", 10L, "tcpi_options", 6L);

  private final CodeRunner code = new CodeRunner();

  private void run(String text) throws CodeException {
    code.run(text, NAMES::get);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "assert tcpi_snd_cwnd == 10",
        "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
        "assert 9 <= tcpi_snd_cwnd <= 11",
        "assert (tcpi_options & 2) != 0",
        "assert not (tcpi_options & 1)",
        "assert 1 + 2 * 3 == 7 and 7 // 2 == 3 and 7 % 4 == 3 and -7 // 2 == -4",
        "assert 7 / 2 == 3.5 or False",
        "assert 1 << 4 | 1 == 17",
        "assert 'a%d' % 5 == 'a5'",
        "assert '%x %s' % (255, True) == 'ff True'",
        "x = 5; x += 2; x -= 1; assert x == 6",
        "assert (1 +\n  1) == 2 # two",
        "assert abs(-3) == 3 and min(2, 1) == 1 and max(2, 1) == 2 and int(2.9) == 2",
        "assert 0x10 == 16 and 2 ** 3 == 8 and ~0 == -1",
        "assert '#' == '#'",
        "pass",
      })
  void holds(String text) throws CodeException {
    run(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "assert tcpi_snd_cwnd == 11",
        "assert 11 <= tcpi_snd_cwnd <= 12",
        "assert 8 <= tcpi_snd_cwnd <= 9",
        "assert tcpi_options & 1",
        "assert tcpi_snd_cwnd != 10",
        "assert 'a' == 'b'",
        "assert False or 0",
      })
  void fails(String text) {
    CodeException e = catchThrowableOfType(CodeException.class, () -> run(text));
    assertThat(e.assertion).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "assert nobody == 1",
        "assert (1",
        "assert 1 ==",
        "x = 1 2",
        "import os",
        "print(1",
        "open('f')",
        "abs()",
        "assert 1 // 0",
        "'%d %d' % 1",
        "assert 'a",
        "assert 1 ? 2",
      })
  void cantBeUnderstood(String text) {
    CodeException e = catchThrowableOfType(CodeException.class, () -> run(text));
    assertThat(e).as(text).isNotNull();
    assertThat(e.assertion).isFalse();
  }

  @Test
  void variablesLiveOnAndTheMessageNamesValues() throws CodeException {
    run("cwnd = tcpi_snd_cwnd");
    run("cwnd += 1\nprint('cwnd', cwnd)");
    assertThat(code.printed).containsExactly("cwnd 11");
    assertThat(
            catchThrowableOfType(
                CodeException.class, () -> run("assert tcpi_snd_cwnd == cwnd, 'no'")))
        .hasMessageContaining("tcpi_snd_cwnd is 10")
        .hasMessageContaining(": no");
  }
}
