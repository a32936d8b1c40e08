package dev.sinew.tests.hunt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How sensitive the sweeps are: bugs that other stacks had are put into a copy of the core, and
 * each has to be found within a minute by a sweep of its own; without a bug the same sweep finds
 * nothing.
 *
 * <p>In every build three of them; {@code dev/mutants} runs all and writes {@code
 * docs/results/sensitivity.md}.
 */
class MutantsTest {
  private static final double SECONDS = 60;
  private static final List<String> SAMPLE =
      List.of("repeated-syn", "paws-poisoning", "no-backoff");

  /** {@code all}, or names divided by commas; the sample when not set. */
  private static final String ASKED = System.getProperty("sinew.mutants", "");

  private static final Map<String, String> ROWS = new TreeMap<>();
  private static final Map<String, String> CLEAN = new TreeMap<>();

  @TempDir Path folder;

  private static List<Mutant> chosen() throws IOException {
    List<String> names = ASKED.isEmpty() ? SAMPLE : List.of(ASKED.split("[, ]+"));
    List<Mutant> all = Mutant.all();
    List<Mutant> chosen =
        names.contains("all") ? all : all.stream().filter(m -> names.contains(m.name())).toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no " + ASKED + "; there are " + all.stream().map(Mutant::name).toList());
    }
    return chosen;
  }

  /** In a process of its own, with the changed classes before the others. */
  private static List<String> hunt(String sweep, double seconds, List<Path> before)
      throws IOException, InterruptedException {
    List<String> path = new ArrayList<>(before.stream().map(Path::toString).toList());
    path.add(System.getProperty("java.class.path"));
    Process p =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(System.getProperty("path.separator"), path),
                Hunt.class.getName(),
                sweep,
                String.valueOf(seconds))
            .redirectErrorStream(true)
            .start();
    p.getOutputStream().close();
    List<String> lines;
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8))) {
      lines = out.lines().toList();
    } finally {
      if (!p.waitFor(5, TimeUnit.SECONDS)) {
        p.destroyForcibly();
      }
    }
    assertThat(lines).isNotEmpty();
    return lines;
  }

  @TestFactory
  @Timeout(value = 40, unit = TimeUnit.MINUTES)
  Stream<DynamicTest> eachBugIsFound() throws IOException {
    return chosen().stream()
        .map(m -> DynamicTest.dynamicTest(m.name() + " (" + m.sweep() + ")", () -> found(m)));
  }

  private void found(Mutant m) throws Exception {
    Path classes = m.build(Files.createDirectories(folder.resolve(m.name())));
    List<String> lines = hunt(m.sweep(), SECONDS, List.of(classes));
    String[] result = lines.getLast().split(" ");
    // Before it, or after it, there is a line that tells the seed.
    String violation =
        lines.stream().filter(l -> !l.strip().startsWith("seed ")).findFirst().orElseThrow();
    ROWS.put(
        m.name(),
        result[0].equals("FOUND")
            ? String.format(
                "| %s | %s | `%s` | %s | %s | %s s | %s |",
                m.row(), m.breaks(), m.name(), m.sweep(), result[1], result[2], cell(violation))
            : String.format(
                "| %s | %s | `%s` | %s | | not within %s s | %s runs |",
                m.row(), m.breaks(), m.name(), m.sweep(), result[2], result[3]));
    assertThat(result[0]).as("%s: %s", m.breaks(), lines).isEqualTo("FOUND");
    assertThat(violation).doesNotContain("Exception in thread");
  }

  private static String cell(String text) {
    String line = text.replace("|", "\\|").strip();
    return line.length() > 170 ? line.substring(0, 170).strip() + " …" : line;
  }

  /** The other half of the proof: what is found is the bug and not the weather. */
  @TestFactory
  @Timeout(value = 40, unit = TimeUnit.MINUTES)
  Stream<DynamicTest> withoutABugNothingIsFound() throws IOException {
    double seconds = ASKED.isEmpty() ? 2 : ASKED.contains("all") ? SECONDS / 2 : 15;
    return chosen().stream()
        .map(Mutant::sweep)
        .distinct()
        .map(sweep ->
            DynamicTest.dynamicTest(
                sweep,
                () -> {
                  List<String> lines = hunt(sweep, seconds, List.of());
                  assertThat(lines.getLast()).as("%s", lines).startsWith("NOTHING ");
                  String[] result = lines.getLast().split(" ");
                  CLEAN.put(
                      sweep,
                      String.format(
                          "| %s | %s | %s | %s s |", sweep, result[3], result[4], result[2]));
                }));
  }

  @Test
  void aPlaceThatIsGoneIsNamed() throws IOException {
    Mutant gone =
        Mutant.parse(
            "x",
            "row: 1\nsweep: networks\nbreaks: y\n\nfile: base/SeqNum.java\n<<<<<<<\nno such line\n=======\n>>>>>>>\n");
    assertThatThrownBy(() -> gone.build(folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("there is no place with\nno such line")
        .hasMessageContaining("mutants/x.mutant");
  }

  @Test
  void everyBugCanBePutIn() throws IOException {
    for (Mutant m : Mutant.all()) {
      assertThat(Scenario.ALL).as(m.name()).containsKey(m.sweep());
      m.build(Files.createDirectories(folder.resolve(m.name())));
    }
  }

  @AfterAll
  static void report() throws IOException {
    if (!ASKED.isEmpty()) {
      ROWS.values().forEach(System.out::println);
    }
    if (!ASKED.contains("all")) {
      return;
    }
    List<String> lines = new ArrayList<>();
    lines.add("# How sensitive the sweeps are");
    lines.add("");
    lines.add(
        "Written by `dev/mutants`. Bugs that other stacks had, put into a copy of the core one at a time; each is hunted by a sweep of its own, on");
    lines.add(
        String.format(
            Locale.ROOT,
            "%d cores, for at most %.0f s. The row is that of the catalogue of known failures the bug is taken from; the seed repeats the find.",
            Runtime.getRuntime().availableProcessors(),
            SECONDS));
    lines.add("");
    lines.add("| row | bug | patch | sweep | seed | found after | what the checks said |");
    lines.add("|---|---|---|---|---|---|---|");
    ROWS.values().stream()
        .sorted(java.util.Comparator.comparingInt(MutantsTest::row))
        .forEach(lines::add);
    lines.add("");
    lines.add("Without a bug the same sweeps find nothing:");
    lines.add("");
    lines.add("| sweep | runs | packets | time |");
    lines.add("|---|---|---|---|");
    lines.addAll(CLEAN.values());
    Files.write(Mutant.root().resolve("docs/results/sensitivity.md"), lines);
  }

  private static int row(String line) {
    return Integer.parseInt(line.split("\\|")[1].strip());
  }
}
