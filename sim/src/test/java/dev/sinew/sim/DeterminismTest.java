package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.sim.sweep.TraceHashes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * One seed is one run: on another JVM, with another heap and another collector, and whatever ran
 * before. {@code -Dsinew.determinism.seeds=1000} compares more seeds.
 */
class DeterminismTest {
  private static final int SEEDS = Integer.getInteger("sinew.determinism.seeds", 3);

  @Test
  void theSameSeedsDoTheSameOnEveryJvm() throws Exception {
    Process small = run("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    Process large = run("-Xmx1g", "-XX:+UseParallelGC", "-XX:hashCode=2");
    String here =
        String.format(
            Locale.ROOT, "%d seeds from 1: %016x", SEEDS, TraceHashes.of(1, SEEDS, false));
    assertThat(output(small)).isEqualTo(here);
    assertThat(output(large)).isEqualTo(here);
  }

  @Test
  void whatRanBeforeDoesNotMatter() {
    long alone = TraceHashes.of(5, 1, false);
    TraceHashes.of(3, 2, false);
    assertThat(TraceHashes.of(5, 1, false)).isEqualTo(alone);
  }

  private static Process run(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UnlockExperimentalVMOptions");
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(TraceHashes.class.getName());
    command.add(Integer.toString(SEEDS));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String output(Process process) throws Exception {
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text.strip();
  }
}
