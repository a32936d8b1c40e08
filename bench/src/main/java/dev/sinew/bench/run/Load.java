package dev.sinew.bench.run;

import java.io.IOException;
import java.util.List;

/**
 * What the client does, a kernel socket in every case: the same program whoever serves. Runs on a
 * thread inside the client's namespace.
 */
interface Load {
  /** Short; with {@code receive} the server receives, with {@code send} it sends. */
  String name();

  List<Metric> metrics();

  /** Whether it belongs to what warms a fresh server up. */
  default boolean warmsUp() {
    return true;
  }

  /**
   * Runs once.
   *
   * @return a value for each metric
   */
  double[] run(ServerProcess server, Window window) throws IOException, InterruptedException;
}
