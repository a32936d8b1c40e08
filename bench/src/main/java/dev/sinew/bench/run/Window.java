package dev.sinew.bench.run;

import java.io.IOException;

/**
 * The time in which a load is measured, and what the serving process used meanwhile. A load calls
 * {@link #begin} when it is up to speed and {@link #end} when {@link #over} says so.
 */
final class Window {
  final long rampNanos;
  final long lengthNanos;
  private final ServerProcess server;
  private Cpu cpuBefore = new Cpu(0, 0, 0);
  private Figures figuresBefore = Figures.NONE;
  private long beganAt;
  private long tookNanos;
  private Usage usage = new Usage(Double.NaN, Double.NaN, Double.NaN, Figures.NONE);

  /**
   * What was used; not a number where the load is served by another process.
   *
   * @param user processors of the server's own code
   * @param sys processors of the kernel on the server's behalf; what its interrupts do is not seen
   * @param foreign processors that others used, or that the host took away
   */
  record Usage(double user, double sys, double foreign, Figures figures) {}

  Window(ServerProcess server, long rampNanos, long lengthNanos) {
    this.server = server;
    this.rampNanos = rampNanos;
    this.lengthNanos = lengthNanos;
  }

  void begin() throws IOException {
    figuresBefore = server.figures();
    cpuBefore = Cpu.now(server.pid());
    beganAt = System.nanoTime();
  }

  boolean over(long now) {
    return now - beganAt >= lengthNanos;
  }

  /** For loads that other threads carry: the whole time. */
  void sleep() throws InterruptedException {
    Thread.sleep(lengthNanos / 1_000_000);
  }

  void end() throws IOException {
    tookNanos = System.nanoTime() - beganAt;
    Cpu cpu = Cpu.now(server.pid());
    usage =
        new Usage(
            Cpu.share(cpuBefore.user(), cpu.user(), tookNanos),
            Cpu.share(cpuBefore.sys(), cpu.sys(), tookNanos),
            Cpu.share(cpuBefore.others(), cpu.others(), tookNanos),
            server.figures().minus(figuresBefore));
  }

  /** From begin to end. */
  double seconds() {
    return tookNanos / 1e9;
  }

  Usage usage() {
    return usage;
  }
}
