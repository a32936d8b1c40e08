package dev.sinew.arch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the sources of this repository are. */
final class SourceTree {
  static final List<String> MODULES =
      List.of(
          "core",
          "sockets",
          "linux",
          "capture",
          "sim",
          "demos",
          "cli",
          "tests",
          "bench",
          "junit",
          "packetdrill",
          "netty",
          "micrometer");

  private SourceTree() {}

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

  /**
   * The Java files under {@code <module>/<folder>} of the modules, sorted; none for a module that
   * is not there.
   */
  static List<Path> javaFiles(String folder, List<String> modules) {
    return modules.stream()
        .map(module -> root().resolve(module).resolve(folder))
        .filter(Files::isDirectory)
        .flatMap(SourceTree::javaFilesUnder)
        .sorted()
        .toList();
  }

  private static Stream<Path> javaFilesUnder(Path dir) {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
