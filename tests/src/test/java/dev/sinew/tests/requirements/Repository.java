package dev.sinew.tests.requirements;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The table as it is in this repository. {@code main} writes the page. */
final class Repository {
  static final String PAGE = "docs/requirements.md";

  final List<String> problems = new ArrayList<>();
  final String page;

  private Repository(Path root) throws IOException {
    RowReader tables = new RowReader();
    Path folder = root.resolve("tests/src/test/resources/requirements");
    texts(folder, folder, ".txt")
        .forEach((path, text) -> {
          if (path.toString().equals("exceptions.txt")) {
            tables.readWaivers(path.toString(), text);
          } else {
            tables.readRows(path.toString(), text);
          }
        });
    Map<Path, String> sources = new TreeMap<>();
    Set<String> classes = new HashSet<>();
    for (Path module : modules(root)) {
      sources.putAll(texts(root, module.resolve("src/test/java"), ".java"));
      classes.addAll(classes(module.resolve("src/main/java/dev/sinew")));
    }
    TaggedTests tests = TaggedTests.of(sources);
    ScriptClaims scripts = ScriptClaims.of(texts(root, root.resolve("conformance"), ".pkt"));
    List<Claim> claims = new ArrayList<>(tests.claims);
    claims.addAll(scripts.claims);
    problems.addAll(tables.problems);
    problems.addAll(tests.problems);
    problems.addAll(scripts.problems);
    problems.addAll(Checks.ownIds(tables.rows));
    problems.addAll(Checks.of(tables.rows, tables.waivers, claims, classes::contains));
    page = new Page(tables.rows, tables.waivers, claims, tables.titles).text();
  }

  static Repository read() throws IOException {
    return new Repository(root());
  }

  /** The folder that holds the modules: the nearest one upward that Maven calls its root. */
  static Path root() {
    Path dir = Path.of("").toAbsolutePath();
    while (dir != null && !Files.exists(dir.resolve(".mvn"))) {
      dir = dir.getParent();
    }
    if (dir == null) {
      throw new IllegalStateException("not started inside the repository");
    }
    return dir;
  }

  /** Those of the build; the example project is none. */
  private static List<Path> modules(Path root) throws IOException {
    try (Stream<Path> folders = Files.list(root)) {
      return folders
          .filter(f -> Files.exists(f.resolve("pom.xml")) && !f.endsWith("examples"))
          .sorted()
          .toList();
    }
  }

  private static Map<Path, String> texts(Path root, Path folder, String end) throws IOException {
    Map<Path, String> texts = new TreeMap<>();
    for (Path file : files(folder, end)) {
      texts.put(root.relativize(file), Files.readString(file));
    }
    return texts;
  }

  private static Set<String> classes(Path folder) throws IOException {
    Set<String> names = new HashSet<>();
    for (Path file : files(folder, ".java")) {
      String path = folder.relativize(file).toString();
      names.add(path.substring(0, path.length() - ".java".length()).replace('/', '.'));
    }
    return names;
  }

  private static List<Path> files(Path folder, String end) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> f.toString().endsWith(end)).sorted().toList();
    }
  }

  /** Writes the page, and says what is wrong with the table; then the status is 1. */
  public static void main(String[] args) throws IOException {
    Repository repository = read();
    Files.writeString(root().resolve(PAGE), repository.page);
    repository.problems.forEach(System.err::println);
    System.exit(repository.problems.isEmpty() ? 0 : 1);
  }
}
