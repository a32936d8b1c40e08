package dev.sinew.bench.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * As much as goes, on so many connections, a thread for each: to discard (the server receives) or
 * from chargen (it sends).
 */
record BulkLoad(boolean receive, int connections, boolean v4) implements Load {
  private static final int BLOCK = 128 << 10;

  /** One connection's bytes; written by its thread alone. */
  private static final class Worker {
    volatile long bytes;
    volatile boolean failed;
  }

  @Override
  public String name() {
    return (receive ? "receive " : "send ") + connections + (v4 ? " v4" : " v6");
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.GBITS);
  }

  @Override
  public boolean warmsUp() {
    return connections == 1;
  }

  @Override
  public double[] run(ServerProcess server, Window window)
      throws IOException, InterruptedException {
    List<Worker> workers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    double bits;
    try (Sockets sockets = new Sockets(window.rampNanos + window.lengthNanos + 10_000_000_000L)) {
      // All of them first: a SYN has no chance in a queue that others keep full.
      List<SocketChannel> channels = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        channels.add(
            sockets.connect(server.address(v4, receive ? ServerMain.DISCARD : ServerMain.CHARGEN)));
      }
      for (SocketChannel s : channels) {
        Worker w = new Worker();
        workers.add(w);
        threads.add(Thread.ofPlatform().daemon().name("bulk").start(() -> work(s, w)));
      }
      Thread.sleep(window.rampNanos / 1_000_000);
      window.begin();
      long before = sum(workers);
      window.sleep();
      long bytes = sum(workers) - before;
      window.end();
      bits = bytes * 8.0;
      if (workers.stream().anyMatch(w -> w.failed)) {
        throw new IOException("a connection broke");
      }
    }
    for (Thread t : threads) {
      t.join();
    }
    return new double[] {bits / 1e9 / window.seconds()};
  }

  private static long sum(List<Worker> workers) {
    return workers.stream().mapToLong(w -> w.bytes).sum();
  }

  private void work(SocketChannel s, Worker w) {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    long bytes = 0;
    try {
      while (true) {
        int n = receive ? s.write(block) : s.read(block);
        if (n < 0) {
          w.failed = true;
          return;
        }
        w.bytes = bytes += n;
        block.clear();
      }
    } catch (IOException e) {
      w.failed = true; // or the end of the run: nobody looks then
    }
  }
}
