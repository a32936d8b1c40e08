package dev.sinew.bench.run;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;

/**
 * A request and its echo, one after the other on one connection.
 *
 * @param spins the client looks for the answer without end instead of sleeping
 */
record PingLoad(int bytes, boolean spins) implements Load {
  private static final int MAX = 1 << 21;

  @Override
  public String name() {
    return (bytes < 1024 ? bytes + " B" : bytes / 1024 + " KiB")
        + (spins ? " client spins" : " client blocks");
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        new Metric("p50", "us", false),
        new Metric("p99", "us", false),
        new Metric("p99.9", "us", false));
  }

  @Override
  public double[] run(ServerProcess server, Window window)
      throws IOException, InterruptedException {
    long[] nanos = new long[MAX];
    int n = 0;
    try (Sockets sockets = new Sockets(window.lengthNanos + 10_000_000_000L)) {
      SocketChannel s = sockets.connect(server.address(true, ServerMain.ECHO));
      s.configureBlocking(!spins);
      ByteBuffer out = ByteBuffer.allocateDirect(bytes);
      ByteBuffer in = ByteBuffer.allocateDirect(bytes);
      for (int i = 0; i < 100; i++) {
        once(s, out, in);
      }
      window.begin();
      long t = System.nanoTime();
      while (!window.over(t) && n < MAX) {
        once(s, out, in);
        long done = System.nanoTime();
        nanos[n++] = done - t;
        t = done;
      }
      window.end();
    }
    Arrays.sort(nanos, 0, n);
    return new double[] {at(nanos, n, 0.5), at(nanos, n, 0.99), at(nanos, n, 0.999)};
  }

  private static double at(long[] sorted, int n, double share) {
    return n == 0 ? Double.NaN : sorted[Math.min(n - 1, (int) (n * share))] / 1e3;
  }

  private static void once(SocketChannel s, ByteBuffer out, ByteBuffer in) throws IOException {
    out.clear();
    while (out.hasRemaining()) {
      s.write(out);
    }
    in.clear();
    while (in.hasRemaining()) {
      if (s.read(in) < 0) {
        throw new EOFException("the server closed the connection");
      }
    }
  }
}
