package dev.sinew.bench.run;

import java.io.IOException;
import java.util.List;

/** A bulk load of which the collector's work and the garbage count. */
record GarbageLoad(BulkLoad bulk) implements Load {
  @Override
  public String name() {
    return bulk.name();
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        new Metric("collections", "", false),
        new Metric("garbage/segment", "B", false),
        new Metric("rate", "Gbit/s", true));
  }

  @Override
  public double[] run(ServerProcess server, Window window)
      throws IOException, InterruptedException {
    double[] rate = bulk.run(server, window);
    Figures f = window.usage().figures();
    return new double[] {
      f.gcCount(), (double) f.allocatedBytes() / Math.max(1, f.segments()), rate[0]
    };
  }
}
