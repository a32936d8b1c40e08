package dev.sinew.bench.run;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;

/** Connect, one byte there and back, reset; one connection after the other. */
record RateLoad() implements Load {
  @Override
  public String name() {
    return "connect + 1 byte + close";
  }

  @Override
  public List<Metric> metrics() {
    return List.of(new Metric("", "per s", true));
  }

  @Override
  public double[] run(ServerProcess server, Window window)
      throws IOException, InterruptedException {
    InetSocketAddress to = server.address(true, ServerMain.ONE_BYTE);
    ByteBuffer one = ByteBuffer.allocateDirect(1);
    long count = 0;
    try (Sockets sockets = new Sockets(window.lengthNanos + 10_000_000_000L)) {
      window.begin();
      while (!window.over(System.nanoTime())) {
        try (SocketChannel s = SocketChannel.open()) {
          sockets.add(s);
          s.setOption(StandardSocketOptions.SO_LINGER, 0);
          s.connect(to);
          one.clear();
          s.write(one);
          one.clear();
          if (s.read(one) != 1) {
            throw new EOFException("the server closed the connection without an answer");
          }
          sockets.forget(s);
        }
        count++;
      }
      window.end();
    }
    return new double[] {count / window.seconds()};
  }
}
