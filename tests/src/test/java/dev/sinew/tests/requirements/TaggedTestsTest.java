package dev.sinew.tests.requirements;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tag counts where it stands on a test that runs in every build, and nowhere else. */
class TaggedTestsTest {
  private static TaggedTests read(String... sources) throws IOException {
    Map<Path, String> files = new LinkedHashMap<>();
    for (int i = 0; i < sources.length; i++) {
      files.put(Path.of("File" + i + ".java"), "package dev.sinew.tcp;\n" + sources[i]);
    }
    return TaggedTests.of(files);
  }

  private static Claim claim(String id, String test) {
    return new Claim(id, test);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@Test",
        "@ParameterizedTest(name = \"{0}\")",
        "@RepeatedTest(2)",
        "@TestFactory",
        "@org.junit.jupiter.api.Test"
      })
  void aTagOnATestCounts(String annotation) throws IOException {
    TaggedTests tests = read("class ATest { " + annotation + " @Tag(\"MUST-1\") void x() {} }");
    assertThat(tests.problems).isEmpty();
    assertThat(tests.claims).containsExactly(claim("MUST-1", "tcp.ATest#x"));
  }

  @Test
  void severalTagsAndThoseOfAClassCount() throws IOException {
    TaggedTests tests =
        read(
            """
            @Tag("MAY-1") class ATest {
              @Test @Tag("MUST-1") @Tag(value = "MUST-2") void x() {}
              @Nested class Inner { @Tags({@Tag("MUST-3"), @Tag("MUST-4")}) @Test void y() {} }
            }
            """);
    assertThat(tests.problems).isEmpty();
    assertThat(tests.claims)
        .containsExactlyInAnyOrder(
            claim("MAY-1", "tcp.ATest"),
            claim("MUST-1", "tcp.ATest#x"),
            claim("MUST-2", "tcp.ATest#x"),
            claim("MUST-3", "tcp.ATest.Inner#y"),
            claim("MUST-4", "tcp.ATest.Inner#y"));
  }

  @Test
  void aTagInACommentOrATextIsNone() throws IOException {
    TaggedTests tests =
        read(
            "class ATest { /* @Tag(\"MUST-1\") */ @Test void x() { f(\"@Tag(\\\"MAY-1\\\")\"); } }");
    assertThat(tests.problems).isEmpty();
    assertThat(tests.claims).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "class ATest { @Test @Disabled @Tag(\"MUST-1\") void x() {} }",
        "@Disabled(\"later\") class ATest { @Test @Tag(\"MUST-1\") void x() {} }",
        "@Disabled class ATest { @Nested class In { @Test @Tag(\"MUST-1\") void x() {} } }",
        "class ATest { @Test @EnabledOnOs(OS.LINUX) @Tag(\"MUST-1\") void x() {} }",
        "class Helper { @Test @Tag(\"MUST-1\") void x() {} }",
        "abstract class ATest { @Test @Tag(\"MUST-1\") void x() {} }",
        "abstract class Suite { @Test @Tag(\"MUST-1\") void x() {} } class Other extends Suite {}",
      })
  void aTestThatDoesNotRunIsNamed(String source) throws IOException {
    TaggedTests tests = read(source);
    assertThat(tests.claims).isEmpty();
    assertThat(tests.problems)
        .singleElement()
        .asString()
        .endsWith("#x carries MUST-1 but does not run in every build");
  }

  @Test
  void aTestThatNeedsRootDoesNotCount() throws IOException {
    String source = "class ATest { @Test @Tag(\"MUST-1\") void x() {} }";
    TaggedTests tests =
        TaggedTests.of(Map.of(Path.of("A.java"), "package dev.sinew.tests.kernel;\n" + source));
    assertThat(tests.claims).isEmpty();
    assertThat(tests.problems).singleElement().asString().contains("does not run in every build");
  }

  @Test
  void aMethodThatIsNoTestIsNamed() throws IOException {
    assertThat(read("class ATest { @BeforeEach @Tag(\"MUST-1\") void x() {} }").problems)
        .containsExactly("tcp.ATest#x carries [MUST-1] but is no test");
    assertThat(read("@Tag(\"MUST-1\") class ATest { void x() {} }").problems)
        .containsExactly("tcp.ATest carries [MUST-1] but has no test");
  }

  @Test
  void aSuiteRunsThroughTheClassThatExtendsIt() throws IOException {
    TaggedTests tests =
        read(
            "abstract class Suite<T> { @Test @Tag(\"MUST-1\") void x() {} }",
            "abstract class Middle extends Suite<String> {}",
            "@Tag(\"MUST-2\") class ATest extends Middle {}");
    assertThat(tests.problems).isEmpty();
    assertThat(tests.claims)
        .containsExactlyInAnyOrder(claim("MUST-1", "tcp.Suite#x"), claim("MUST-2", "tcp.ATest"));
  }

  @Test
  void aTagThatIsNotATextIsNamed() throws IOException {
    assertThat(read("class ATest { @Test @Tag(ID) void x() {} }").problems)
        .containsExactly("tcp.ATest#x: the tag ID is not written out as a text");
  }

  @Test
  void aSourceThatDoesNotParseIsNamed() throws IOException {
    assertThat(read("class ATest {").problems).isNotEmpty();
  }

  @Test
  void scriptsNameTheirRequirements() {
    ScriptClaims scripts =
        ScriptClaims.of(
            Map.of(
                Path.of("conformance/a.pkt"),
                "// RFC 9293 section 3.4: x.\n// Requirement: MUST-1, SHLD-4\n+0 socket() = 3\n"));
    assertThat(scripts.problems).isEmpty();
    assertThat(scripts.claims)
        .isEqualTo(
            List.of(claim("MUST-1", "conformance/a.pkt"), claim("SHLD-4", "conformance/a.pkt")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "// Requirements: MUST-1",
        "// requirement: MUST-1",
        "//Requirement: MUST-1",
        "# Requirement: MUST-1",
        " // Requirement: MUST-1",
        "// Requirement MUST-1",
      })
  void aLineOfAScriptThatIsMisspeltIsNamed(String line) {
    ScriptClaims scripts = ScriptClaims.of(Map.of(Path.of("a.pkt"), line));
    assertThat(scripts.claims).isEmpty();
    assertThat(scripts.problems).singleElement().asString().contains("not \"" + line + "\"");
  }
}
