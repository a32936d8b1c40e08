package dev.sinew.bench.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time so far, in ticks of 10 ms as {@code /proc} counts.
 *
 * @param user of the serving process, in its own code
 * @param sys of the serving process, in the kernel
 * @param others user time that neither the serving process nor this one used, and what the host
 *     took away
 */
record Cpu(long user, long sys, long others) {
  private static final double TICKS_PER_SECOND = 100;

  static Cpu now(long serverPid) throws IOException {
    long[] all = machine();
    long[] server = process(String.valueOf(serverPid));
    long[] own = process("self");
    return new Cpu(server[0], server[1], all[0] + all[1] + all[7] - server[0] - own[0]);
  }

  /** Ticks between, as processors in use over {@code nanos}. */
  static double share(long from, long to, long nanos) {
    return Math.max(0, (to - from) / TICKS_PER_SECOND / (nanos / 1e9));
  }

  /** User, nice, system, idle, iowait, irq, softirq, steal. */
  private static long[] machine() throws IOException {
    String[] words = Files.readAllLines(Path.of("/proc/stat")).getFirst().trim().split(" +");
    long[] ticks = new long[8];
    for (int i = 0; i < ticks.length; i++) {
      ticks[i] = Long.parseLong(words[i + 1]);
    }
    return ticks;
  }

  private static long[] process(String pid) throws IOException {
    String line = Files.readString(Path.of("/proc", pid, "stat"));
    // The name, in parentheses, may hold anything; utime is the 12th word behind it.
    String[] words = line.substring(line.lastIndexOf(')') + 2).split(" ");
    return new long[] {Long.parseLong(words[11]), Long.parseLong(words[12])};
  }

  /** Waits until the machine is idle to 85 percent, or no longer than {@code limitNanos}. */
  static void awaitQuiet(long limitNanos) throws IOException, InterruptedException {
    long end = System.nanoTime() + limitNanos;
    while (System.nanoTime() < end) {
      long[] a = machine();
      Thread.sleep(200);
      long[] b = machine();
      long sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += b[i] - a[i];
      }
      if (b[3] + b[4] - a[3] - a[4] > 0.85 * sum) {
        return;
      }
    }
  }
}
