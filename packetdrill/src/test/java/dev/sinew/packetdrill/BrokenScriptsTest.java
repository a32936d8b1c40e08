package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.packetdrill.script.ScriptException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Our scripts with a word taken out, put in or doubled: whatever comes of it is said with line and
 * column, and nothing in the runner breaks.
 */
class BrokenScriptsTest {
  private static final Pattern TOKEN = Pattern.compile("\\w+|\\s+|\\S");
  private static final String PLACE = "(?s)(with [a-z ]+ near their wrap: )?\\d+:\\d+: .+";

  /** What is put in, beside the words of the scripts themselves. */
  private static final List<String> ODD =
      List.of(
          "\"",
          "\\",
          "`",
          "%{",
          "}%",
          "/*",
          "*/",
          "//",
          "<",
          ">",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "...",
          "-",
          "+",
          "~",
          "!",
          "|",
          ",",
          ".",
          ":",
          "=",
          "#",
          "\n#if",
          "$",
          "\0",
          "\u0663",
          "99999999999999999999",
          "4294967296",
          "2147483648",
          "0x",
          "0xffffffffffffffff",
          "\n",
          "*",
          "ack",
          "win 65536",
          "mtu 5",
          "--mtu=1",
          "--mtu=x",
          "\n--mss=1\n",
          "\"\\",
          "sack 1:2",
          "nan",
          "1e9");

  private static final List<Script> SCRIPTS = new ArrayList<>();
  private static final List<String> WORDS = new ArrayList<>(ODD);

  private record Script(Path file, List<String> tokens) {}

  static {
    try {
      for (Path file : ScriptsTest.scripts()) {
        List<String> tokens = new ArrayList<>();
        Matcher m = TOKEN.matcher(Files.readString(file));
        while (m.find()) {
          tokens.add(m.group());
        }
        SCRIPTS.add(new Script(file, tokens));
        WORDS.addAll(tokens.subList(tokens.size() / 2, tokens.size() / 2 + 20));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String broken(long seed) {
    SplittableRandom r = new SplittableRandom(seed);
    Script s = SCRIPTS.get(r.nextInt(SCRIPTS.size()));
    List<String> tokens = new ArrayList<>(s.tokens);
    int changes = r.nextInt(1, 3);
    for (int i = 0; i < changes; i++) {
      int at = r.nextInt(tokens.size());
      switch (r.nextInt(4)) {
        case 0 -> tokens.remove(at);
        case 1 -> tokens.add(at, WORDS.get(r.nextInt(WORDS.size())));
        case 2 -> tokens.set(at, WORDS.get(r.nextInt(WORDS.size())));
        default -> tokens.add(at, tokens.get(at));
      }
    }
    if (r.nextInt(10) == 0) {
      return String.join("", tokens.subList(0, r.nextInt(tokens.size())));
    }
    return String.join("", tokens);
  }

  @Test
  void whatCantBeReadHasAPlace() {
    PacketdrillRunner runner = new PacketdrillRunner(ScriptMutantsTest.STRICT);
    int wrong = 0;
    for (long seed = 1; seed <= 8000; seed++) {
      String text = broken(seed);
      try {
        var unused = runner.parse(text, seed % 2 == 0);
      } catch (ScriptException e) {
        wrong++;
        int lines = text.split("\n", -1).length;
        assertThat(e.place().line()).as("seed %d", seed).isBetween(1, lines);
        assertThat(e.place().column()).as("seed %d", seed).isPositive();
        assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ":\n" + text, e);
      }
    }
    assertThat(wrong).isGreaterThan(2000);
  }

  @Test
  void whatCantBeRunHasAPlace() {
    PacketdrillRunner runner = new PacketdrillRunner(ScriptMutantsTest.STRICT);
    for (long seed = 1; seed <= 1500; seed++) {
      String text = broken(seed);
      Outcome o;
      try {
        o = runner.run("broken.pkt", text, null);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ":\n" + text, e);
      }
      switch (o.verdict()) {
        case FAILED, ERROR -> assertThat(o.reason()).as("seed %d", seed).matches(PLACE);
        case SKIPPED -> assertThat(o.reason()).as("seed %d", seed).isNotBlank();
        case PASSED -> assertThat(o.reason()).as("seed %d", seed).isEmpty();
      }
    }
  }
}
