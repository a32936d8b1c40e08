package dev.sinew.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
  @Test
  void quick_means_once_and_short_wherever_it_stands() throws Exception {
    assertThat(Options.parse().rounds()).isEqualTo(5);
    Options o = Options.parse("--only", "bulk,rate", "--quick");
    assertThat(o.rounds()).isEqualTo(1);
    assertThat(o.seconds()).isLessThan(Options.parse().seconds());
    assertThat(o.only()).containsExactly("bulk", "rate");
    assertThat(Options.parse("--rounds", "3", "--quick").rounds()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "--rounds 0, --rounds takes a number",
    "--rounds many, --rounds takes a number",
    "--seconds 0, --seconds takes a number",
    "--seconds NaN, --seconds takes a number",
    "--only, --only needs a value",
    "--fast, there is no option --fast"
  })
  void what_is_wrong_is_said_with_the_way_out(String words, String message) {
    assertThatThrownBy(() -> Options.parse(words.split(" ")))
        .isInstanceOf(Options.Wrong.class)
        .hasMessageContaining(message);
  }

  @Test
  void a_pattern_means_a_group_or_rows_of_it() {
    assertThat(Group.matches(List.of(), "bulk", "send 1 v4")).isTrue();
    assertThat(Group.matches(List.of("bulk"), "bulk", "send 1 v4")).isTrue();
    assertThat(Group.matches(List.of("bul"), "bulk", "send 1 v4")).isFalse();
    assertThat(Group.matches(List.of("bulk/send-1-*"), "bulk", "send 1 v4")).isTrue();
    assertThat(Group.matches(List.of("bulk/send-1-*"), "bulk", "send 64 v4")).isFalse();
    assertThat(Group.matches(List.of("rate", "*/*v6*"), "bulk", "send 1 v6 9000")).isTrue();
    assertThat(Group.matches(List.of("bulk/send.1.v4"), "bulk", "send 1 v4")).isFalse();
  }

  @Test
  void every_row_has_a_name_of_its_own() {
    assertThat(
            Plan.groups(false).stream()
                .flatMap(g ->
                    g.configs().stream()
                        .flatMap(c -> g.loads().stream().map(l -> g.name() + "/" + g.cell(l, c)))))
        .doesNotHaveDuplicates()
        .hasSizeGreaterThan(60);
  }
}
