package dev.sinew.tests.hunt;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A bug that another stack had, as a change of ours: what to replace where. The file has the lines
 * {@code row:} (of the catalogue of known failures), {@code sweep:} (the one that hunts it), {@code
 * breaks:}, and for each change {@code file:} below {@code core/src/main/java/dev/sinew} with the
 * old text and the new one. The old text has to occur once: where it does not, the code has changed
 * and the bug must be put in anew.
 */
record Mutant(String name, String row, String sweep, String breaks, List<Change> changes) {
  /** A replacement. */
  record Change(String file, String old, String replacement) {}

  private static final String BEGIN = "<<<<<<<\n";
  private static final String MIDDLE = "\n=======\n";
  private static final String END = "\n>>>>>>>\n";

  /** The folder of the repository. */
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

  /** All of them, by name. */
  static List<Mutant> all() throws IOException {
    try (Stream<Path> files = Files.list(root().resolve("tests/src/test/resources/mutants"))) {
      List<Mutant> mutants = new ArrayList<>();
      for (Path f : files.sorted().toList()) {
        String file = f.getFileName().toString();
        mutants.add(parse(file.substring(0, file.lastIndexOf('.')), Files.readString(f)));
      }
      return mutants;
    }
  }

  static Mutant parse(String name, String text) {
    List<Change> changes = new ArrayList<>();
    int at = text.indexOf("\nfile: ");
    String header = text.substring(0, Math.max(at, 0));
    while (at >= 0) {
      int line = text.indexOf('\n', at + 1);
      int begin = text.indexOf(BEGIN, line);
      int middle = text.indexOf(MIDDLE, begin);
      int end = text.indexOf(END, middle);
      if (begin != line + 1 || middle < 0 || end < 0) {
        throw new IllegalArgumentException(
            name + ": a change is not <<<<<<< old ======= new >>>>>>>");
      }
      changes.add(
          new Change(
              text.substring(at + "\nfile: ".length(), line).strip(),
              text.substring(begin + BEGIN.length(), middle),
              end == middle + MIDDLE.length() - 1
                  ? ""
                  : text.substring(middle + MIDDLE.length(), end)));
      at = text.indexOf("\nfile: ", end);
    }
    return new Mutant(
        name,
        value(name, header, "row"),
        value(name, header, "sweep"),
        value(name, header, "breaks"),
        changes);
  }

  private static String value(String name, String header, String key) {
    for (String line : header.split("\n")) {
      if (line.startsWith(key + ": ")) {
        return line.substring(key.length() + 2).strip();
      }
    }
    throw new IllegalArgumentException(name + ": the line \"" + key + ": …\" is missing");
  }

  /**
   * Applies the changes to a copy of the source and compiles what has changed.
   *
   * @param folder receives source and classes
   * @return the folder of the classes, to stand before core's on the class path
   */
  Path build(Path folder) throws IOException {
    Path source = root().resolve("core/src/main/java/dev/sinew");
    Map<String, String> texts = new LinkedHashMap<>();
    for (Change c : changes) {
      String text = texts.get(c.file);
      if (text == null) {
        text = Files.readString(source.resolve(c.file));
      }
      int first = text.indexOf(c.old);
      if (first < 0 || text.indexOf(c.old, first + 1) >= 0) {
        throw new IllegalStateException(
            name
                + ": in core/src/main/java/dev/sinew/"
                + c.file
                + " there is "
                + (first < 0 ? "no" : "more than one")
                + " place with\n"
                + c.old
                + "\nThe code has changed: put the bug in anew, in tests/src/test/resources/mutants/"
                + name
                + ".mutant");
      }
      texts.put(c.file, text.replace(c.old, c.replacement));
    }
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, String> e : texts.entrySet()) {
      Path file = folder.resolve("source/dev/sinew").resolve(e.getKey());
      Files.createDirectories(file.getParent());
      files.add(Files.writeString(file, e.getValue()));
    }
    Path classes = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager manager = javac.getStandardFileManager(null, null, null)) {
      boolean good =
          javac
              .getTask(
                  said,
                  manager,
                  null,
                  List.of(
                      "-proc:none",
                      "-nowarn",
                      "-implicit:none",
                      "-d",
                      classes.toString(),
                      "-cp",
                      System.getProperty("java.class.path")),
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      if (!good) {
        throw new IllegalStateException(name + " does not compile:\n" + said);
      }
    }
    return classes;
  }
}
