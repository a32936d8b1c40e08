package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.packetdrill.ScriptMutants.Equivalent;
import dev.sinew.packetdrill.ScriptMutants.Mutant;
import dev.sinew.packetdrill.script.Script;
import dev.sinew.packetdrill.script.ScriptException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The runner can't be fooled: every expectation of every script of ours, changed a little, makes
 * the script fail. Should they become too many, a share of the changes is tried, the same each
 * time; {@code -Dsinew.scriptMutants=all} tries all.
 */
class ScriptMutantsTest {
  static final Settings STRICT =
      new Settings(Settings.Dialect.AUTO, "standard", Map.of(), 0, 0, null, true, true);

  private static final boolean ALL = System.getProperty("sinew.scriptMutants", "").equals("all");
  private static final int SAMPLE = 60_000;

  /** What became of the mutants of one script. */
  private static final class Tally {
    int tried;
    int failed;

    double share() {
      return tried == 0 ? 1 : (double) failed / tried;
    }
  }

  private final Map<Equivalent, Integer> equivalents = new EnumMap<>(Equivalent.class);
  private final Map<String, Tally> kinds = new TreeMap<>();
  private final Map<String, Tally> scripts = new TreeMap<>();
  private final List<String> survivors = new ArrayList<>();
  private final Tally total = new Tally();

  @Test
  void everyMutantFails() throws IOException, ScriptException {
    long start = cpuNanos();
    PacketdrillRunner runner = new PacketdrillRunner(STRICT);
    Map<Path, ScriptMutants> all = new TreeMap<>();
    int count = 0;
    for (Path file : ScriptsTest.scripts()) {
      String text = Files.readString(file);
      Script script = runner.parse(text, runner.freebsd(text));
      ScriptMutants mutants = new ScriptMutants(script);
      all.put(file, mutants);
      count += mutants.mutants().size();
      mutants.equivalents().forEach((rule, n) -> equivalents.merge(rule, n, Integer::sum));
    }
    int step = ALL ? 1 : Math.max(1, Math.ceilDiv(count, SAMPLE));
    int next = 0;
    for (Map.Entry<Path, ScriptMutants> e : all.entrySet()) {
      boolean freebsd = runner.freebsd(Files.readString(e.getKey()));
      for (Mutant m : e.getValue().mutants()) {
        if (next++ % step == 0) {
          run(runner, e.getKey(), m, freebsd);
        }
      }
    }
    report(count, (cpuNanos() - start) / 1e9);
    assertThat(total.share()).as("all scripts: %s", survivors).isGreaterThanOrEqualTo(0.99);
    scripts.forEach((name, t) ->
        assertThat(t.share()).as("%s: %s", name, survivors).isGreaterThanOrEqualTo(0.95));
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void run(PacketdrillRunner runner, Path file, Mutant m, boolean freebsd) {
    String name = ScriptsTest.ROOT.relativize(file).toString().replace('\\', '/');
    Outcome o = runner.run(file.getFileName().toString(), m.script(), file.getParent(), freebsd);
    boolean failed =
        o.verdict() == Verdict.FAILED
            || o.verdict() == Verdict.ERROR && !o.reason().contains("the runner failed");
    for (Tally t :
        List.of(
            total,
            kinds.computeIfAbsent(m.what(), k -> new Tally()),
            scripts.computeIfAbsent(name, k -> new Tally()))) {
      t.tried++;
      t.failed += failed ? 1 : 0;
    }
    if (!failed) {
      survivors.add(name + ":" + m.line() + " " + m.what() + " " + o);
    }
  }

  private void report(int count, double seconds) throws IOException {
    List<String> out = new ArrayList<>();
    out.add("# Mutants of our own scripts");
    out.add("");
    out.add(
        "Written by `dev/script-mutants`. Every expectation of every script in `conformance/`, one"
            + " at a time, a little wrong: the script");
    out.add("has to fail. What a script does itself, its calls and the packets it sends, stays.");
    out.add("");
    out.add(
        String.format(
            Locale.ROOT,
            "%d scripts, %d mutants, %d tried, %d failed (%.2f %%), in %.1f s of one core. The"
                + " weakest script: %.2f %%.",
            scripts.size(),
            count,
            total.tried,
            total.failed,
            100 * total.share(),
            seconds,
            100 * scripts.values().stream().mapToDouble(Tally::share).min().orElse(1)));
    out.add("");
    out.add("| what is changed | tried | failed |");
    out.add("|---|---|---|");
    kinds.forEach((k, t) -> out.add("| " + k + " | " + t.tried + " | " + t.failed + " |"));
    out.add("");
    out.add("Not tried, as they change nothing:");
    out.add("");
    out.add("| times | why |");
    out.add("|---|---|");
    equivalents.forEach((rule, n) -> out.add("| " + n + " | " + rule.reason + " |"));
    out.add("");
    out.add(survivors.isEmpty() ? "No mutant passed." : "Mutants that passed:");
    out.add("");
    survivors.forEach(s -> out.add("- " + s.replace("\n", " ")));
    Path file = Path.of("target", "script-mutants.md");
    Files.createDirectories(file.getParent());
    Files.write(file, out);
  }
}
