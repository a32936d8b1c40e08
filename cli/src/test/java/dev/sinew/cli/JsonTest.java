package dev.sinew.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void whatIsWrittenIsReadBack() {
    String text =
        Json.write(
            Json.object(
                "s",
                "a\"b\\c\n\t\u0001\u009b\u00fc",
                "n",
                -5L,
                "d",
                2.5,
                "t",
                true,
                "z",
                null,
                "l",
                List.of(1L, "x"),
                "o",
                Json.object("k", 1L)));
    assertThat(text)
        .isEqualTo(
            "{\"s\":\"a\\\"b\\\\c\\n\\t\\u0001\\u009b\u00fc\",\"n\":-5,\"d\":2.5,\"t\":true,\"z\":null,\"l\":[1,\"x\"],\"o\":{\"k\":1}}");
    assertThat(Json.write(Json.parseObject(text))).isEqualTo(text);
  }

  @Test
  void spaceBetweenTokensDoesNotMatter() {
    assertThat(Json.parseObject(" { \"a\" : [ 1 , 2 ] , \"b\" : { } } "))
        .containsEntry("a", List.of(1L, 2L));
    assertThat(Json.parseObject("{}")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "}",
        "[]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\uxxxx\"}",
        "{\"a\":tru}",
        "{\"a\":-}",
        "{} {}",
        "{\"a\":99999999999999999999}"
      })
  void whatIsNoObjectIsRefused(String text) {
    assertThatThrownBy(() -> Json.parseObject(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void depthIsBounded() {
    assertThatThrownBy(() -> Json.parseObject("{\"a\":" + "[".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
