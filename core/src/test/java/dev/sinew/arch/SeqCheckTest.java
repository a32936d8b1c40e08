package dev.sinew.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sequence numbers are ordered by SeqNum alone, in every module; and the check sees where they are
 * not.
 */
class SeqCheckTest {
  /** Not cli, tests and bench, which sit on libraries and hold no sequence number. */
  private static final List<String> MODULES =
      List.of("core", "sockets", "linux", "capture", "sim", "demos");

  @Test
  void sources() throws IOException {
    List<Path> files =
        SourceTree.javaFiles("src/main/java", MODULES).stream()
            .filter(file -> !file.endsWith("module-info.java"))
            .toList();
    try (StandardJavaFileManager manager =
        ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, null)) {
      SeqCheck.Result result =
          SeqCheck.check(
              manager.getJavaFileObjectsFromPaths(files),
              List.of(
                  "-proc:none",
                  "-implicit:none",
                  "-classpath",
                  jspecify(),
                  "-XDshould-stop.ifError=FLOW"));
      assertThat(result.violations()).isEmpty();
      assertThat(result.compileErrors())
          .filteredOn(error -> error.contains("/core/src/main/"))
          .isEmpty();
      assertThat(result.sequenceNumbers()).as("sequence numbers in the sources").isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "boolean x = una < nxt;",
        "boolean x = una <= 5;",
        "boolean x = 5 > s.seq();",
        "boolean x = s.field >= 0;",
        "boolean x = this.una < 1;",
        "int x = Math.min(una, 7);",
        "int x = Math.max(7, (nxt));",
        "int x = Integer.compare(una, nxt);",
        "int x = Integer.compareUnsigned(una, nxt);",
        "boolean x = una + 1 < 9;",
        "boolean x = (long) una < 9L;",
        "boolean x = Integer.toUnsignedLong(una) < 9L;",
        "boolean x = (n > 3 ? una : 0) < 9;",
        "boolean x = table[2] < 9;",
        "int y = una; boolean x = y < 9;",
        "var y = s.seq(); boolean x = y < 9;",
        "@Seq int y = n; boolean x = y < 9;",
        "int y; y = nxt; boolean x = y < 9;",
        "while (una++ < 9) { n++; }",
        "java.util.Arrays.sort(new int[0], 0, una);",
        "java.util.function.IntPredicate p = v -> v < una;",
        "Object o = java.util.Comparator.comparingInt(S::seq);",
        "n = una;",
      })
  void planted(String statement) {
    assertThat(run(statement).violations()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "boolean x = n < 9;",
        "boolean x = una == nxt;",
        "boolean x = una - nxt < 0;",
        "boolean x = SeqNum.lt(una, nxt);",
        "int x = Math.min(n, nxt - una);",
        "int x = Math.min(n, SeqNum.diff(nxt, una));",
        "una = nxt + n; nxt++;",
        "@Seq int x = una;",
        "int x = una; boolean y = x == 3;",
        "boolean x = table.length < 9;",
        "long h = (una * 31L) ^ nxt; boolean x = h < 4;",
        "for (int i = 0; i < table.length; i++) { table[i] = una; }",
      })
  void clean(String statement) {
    assertThat(run(statement).violations()).isEmpty();
  }

  private static SeqCheck.Result run(String statement) {
    SeqCheck.Result result =
        SeqCheck.check(
            List.of(
                source("Seq", "package dev.sinew.base; public @interface Seq {}"),
                source(
                    "SeqNum",
                    """
                    package dev.sinew.base;
                    public final class SeqNum {
                      public static boolean lt(@Seq int a, @Seq int b) { return a - b < 0; }
                      public static boolean trick(@Seq int a, @Seq int b) { return a < b; }
                      public static int diff(@Seq int a, @Seq int b) { return a - b; }
                    }
                    """),
                source(
                    "T",
                    """
                    package dev.sinew.tcp;
                    import dev.sinew.base.*;
                    class T {
                      static class S { @Seq int field; @Seq int seq() { return field; } }
                      @Seq int una; @Seq int nxt; @Seq int[] table; int n;
                      void m(S s) { %s }
                    }
                    """
                        .formatted(statement))),
            List.of("-proc:none"));
    assertThat(result.compileErrors()).isEmpty();
    return result;
  }

  private static JavaFileObject source(String name, String text) {
    return new SimpleJavaFileObject(
        URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }

  private static String jspecify() {
    return Path.of(
            URI.create(
                NullMarked.class.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }
}
