package dev.sinew.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What holds for every source file, whatever it says. */
class SourceTreeTest {
  private static final int MAX_LINES = 600;
  private static final Pattern SYNCHRONIZED = Pattern.compile("^[^*/\"]*\\bsynchronized\\s*\\(");

  @Test
  void aFileCanBeReadInOneSitting() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : SourceTree.javaFiles("src", SourceTree.MODULES)) {
      int lines = Files.readAllLines(file).size();
      if (lines > MAX_LINES) {
        tooLong.add(SourceTree.root().relativize(file) + ": " + lines + " lines");
      }
    }
    assertThat(tooLong).as("files of more than %d lines", MAX_LINES).isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() throws IOException {
    TreeSet<Path> packages = new TreeSet<>();
    for (Path file : SourceTree.javaFiles("src/main/java", SourceTree.MODULES)) {
      if (!file.endsWith("module-info.java")) {
        packages.add(file.getParent());
      }
    }
    List<String> unmarked = new ArrayList<>();
    for (Path folder : packages) {
      Path info = folder.resolve("package-info.java");
      if (!Files.exists(info) || !Files.readString(info).contains("@NullMarked")) {
        unmarked.add(SourceTree.root().relativize(folder).toString());
      }
    }
    assertThat(unmarked).as("packages without a @NullMarked package-info.java").isEmpty();
  }

  @Test
  void coreSynchronizesNothing() throws IOException {
    List<String> blocks = new ArrayList<>();
    for (Path file : SourceTree.javaFiles("src/main/java", List.of("core"))) {
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        if (SYNCHRONIZED.matcher(line).find()) {
          blocks.add(file.getFileName() + ":" + number);
        }
      }
    }
    assertThat(blocks).as("synchronized blocks in core").isEmpty();
  }
}
