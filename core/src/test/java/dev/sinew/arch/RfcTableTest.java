package dev.sinew.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/rfc.md names what is there: its classes and tests exist, and what core cites is in it. */
class RfcTableTest {
  private static final List<String> STATES = List.of("supported", "partly", "not");
  private static final Pattern NAME = Pattern.compile("`([\\w.]+)`");
  private static final Pattern NUMBER = Pattern.compile("\\b\\d{3,5}\\b");
  private static final Pattern CITATION = Pattern.compile("\\bRFC (\\d{3,5})\\b");

  /** Cells of a row: RFC, subject, state, remark, classes, tests. */
  private static List<String[]> rows() throws IOException {
    List<String[]> rows = new ArrayList<>();
    for (String line : Files.readAllLines(SourceTree.root().resolve("docs/rfc.md"))) {
      if (line.startsWith("|") && !line.startsWith("| RFC |") && !line.startsWith("|---")) {
        String[] cells = line.substring(1, line.lastIndexOf('|')).split("\\|", -1);
        assertThat(cells).as(line).hasSize(6);
        rows.add(cells);
      }
    }
    assertThat(rows).hasSizeGreaterThan(50);
    return rows;
  }

  private static List<String> names(String cell) {
    return NAME.matcher(cell).results().map(m -> m.group(1)).toList();
  }

  /** How many of the files are the class of that name, which may begin with packages. */
  private static long count(List<Path> files, String name) {
    Path end = Path.of(name.replace('.', '/') + ".java");
    return files.stream().filter(file -> file.endsWith(end)).count();
  }

  @Test
  void everyRowHasAStateAndWhatBelongsToIt() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (String[] row : rows()) {
      String state = row[2].strip();
      boolean built = !state.equals("not");
      if (!STATES.contains(state)) {
        wrong.add(row[0] + ": state is \"" + state + "\", not one of " + STATES);
      } else if (built && (names(row[4]).isEmpty() || names(row[5]).isEmpty())) {
        wrong.add(row[0] + ": names no class or no test");
      } else if (state.equals("partly") && row[3].isBlank()) {
        wrong.add(row[0] + ": does not say what is missing");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyTestIsThere() throws IOException {
    List<Path> files = SourceTree.javaFiles("src/test/java", SourceTree.MODULES);
    List<String> wrong = new ArrayList<>();
    for (String[] row : rows()) {
      for (String name : names(row[5])) {
        long count = count(files, name);
        if (count != 1 || !name.endsWith("Test")) {
          wrong.add(row[0] + ": " + count + " test classes are called " + name);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyClassIsThere() throws IOException {
    List<Path> files = SourceTree.javaFiles("src/main/java", SourceTree.MODULES);
    List<String> missing = new ArrayList<>();
    for (String[] row : rows()) {
      for (String name : names(row[4])) {
        if (count(files, name) == 0) {
          missing.add(row[0] + ": no class is called " + name);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyRfcThatCoreCitesIsInTheTable() throws IOException {
    TreeSet<String> listed = new TreeSet<>();
    for (String[] row : rows()) {
      NUMBER.matcher(row[0]).results().forEach(m -> listed.add(m.group()));
    }
    TreeSet<String> missing = new TreeSet<>();
    for (Path file : SourceTree.javaFiles("src/main/java", List.of("core"))) {
      Matcher citation = CITATION.matcher(Files.readString(file));
      while (citation.find()) {
        if (!listed.contains(citation.group(1))) {
          missing.add("RFC " + citation.group(1) + ", cited in " + file.getFileName());
        }
      }
    }
    assertThat(missing).as("not in docs/rfc.md").isEmpty();
  }
}
