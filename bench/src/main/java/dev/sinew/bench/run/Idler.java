package dev.sinew.bench.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps each processor awake by a loop that gives way to everything else ({@code SCHED_IDLE}): a
 * virtual processor that halts takes some 30 µs to wake, which would be measured instead.
 */
final class Idler implements AutoCloseable {
  private final List<Process> processes = new ArrayList<>();

  static Idler start() throws IOException {
    Idler idler = new Idler();
    // The loop ends with this process, whatever ends it.
    String loop =
        "while kill -0 "
            + ProcessHandle.current().pid()
            + " 2>/dev/null; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; done";
    for (int cpu = 0; cpu < Runtime.getRuntime().availableProcessors(); cpu++) {
      idler.processes.add(
          new ProcessBuilder(
                  "chrt", "-i", "0", "taskset", "-c", String.valueOf(cpu), "sh", "-c", loop)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    }
    return idler;
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }
}
