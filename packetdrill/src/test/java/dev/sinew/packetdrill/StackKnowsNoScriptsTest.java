package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What scripts are run against does not know that there are any: neither the modules that make up
 * the stack depend on the runner, nor do their sources name it or scripts. A profile is what a
 * system does, not what a script wants.
 */
class StackKnowsNoScriptsTest {
  private static final Pattern WORDS =
      Pattern.compile("packet\\s*drill|\\bscript(s|ed)?\\b|\\.pkt\\b", Pattern.CASE_INSENSITIVE);

  private static List<String> violations(String text) {
    List<String> found = new ArrayList<>();
    Matcher m = WORDS.matcher(text);
    while (m.find()) {
      found.add(m.group());
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"core", "sockets", "linux", "capture", "sim"})
  void noSourceNamesThem(String module) throws IOException {
    List<Path> sources;
    try (Stream<Path> s = Files.walk(Path.of("..", module, "src", "main"))) {
      sources = s.filter(Files::isRegularFile).toList();
    }
    assertThat(sources).hasSizeGreaterThan(5);
    for (Path p : sources) {
      assertThat(violations(Files.readString(p))).as("%s", p).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"core", "sockets", "linux", "capture", "sim"})
  void noModuleDependsOnThem(String module) throws IOException {
    assertThat(Files.readString(Path.of("..", module, "pom.xml")))
        .doesNotContain("sinew-packetdrill");
    assertThat(Files.readString(Path.of("..", module, "src/main/java/module-info.java")))
        .doesNotContain("dev.sinew.packetdrill");
  }

  /** The other way round: the runner reaches the stack through what it exports alone. */
  @Test
  void theRunnerUsesWhatIsExported() throws IOException {
    assertThat(Files.readString(Path.of("../core/src/main/java/module-info.java")))
        .doesNotContainPattern("(exports|opens)\\s+[\\w.]+\\s+to\\s");
  }

  @ParameterizedTest
  @CsvSource({
    "import dev.sinew.packetdrill.Outcome;, true",
    "/* as the script wants */, true",
    "Class.forName(\"dev.sinew.PacketDrill\"), true",
    "a FunctionDescriptor describes; transcripts, false",
  })
  void theWordsAreFound(String text, boolean found) {
    assertThat(violations(text).isEmpty()).isEqualTo(!found);
  }
}
