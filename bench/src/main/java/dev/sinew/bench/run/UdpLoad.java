package dev.sinew.bench.run;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;

/**
 * Datagrams as fast as they go, counted where they arrive.
 *
 * @param joined the client sends many by one call, with UDP_SEGMENT; only with {@code receive}
 */
record UdpLoad(boolean receive, int bytes, boolean joined) implements Load {
  @Override
  public String name() {
    return (receive ? "receive " : "send ") + bytes + " B" + (joined ? " joined" : "");
  }

  @Override
  public List<Metric> metrics() {
    return List.of(new Metric("", "per s", true));
  }

  @Override
  public double[] run(ServerProcess server, Window window)
      throws IOException, InterruptedException {
    try (Sockets sockets = new Sockets(window.lengthNanos + 15_000_000_000L);
        DatagramChannel d = DatagramChannel.open()) {
      sockets.add(d);
      return new double[] {receive ? toServer(d, server, window) : fromServer(d, server, window)};
    }
  }

  private double toServer(DatagramChannel d, ServerProcess server, Window window)
      throws IOException {
    if (joined) {
      return joinedToServer(server, window);
    }
    d.connect(server.address(true, ServerMain.DISCARD));
    ByteBuffer data = ByteBuffer.allocateDirect(bytes);
    window.begin();
    while (!window.over(System.nanoTime())) {
      for (int i = 0; i < 16; i++) {
        data.clear();
        int unused = d.write(data);
      }
    }
    window.end();
    return window.usage().figures().datagrams() / window.seconds();
  }

  private double joinedToServer(ServerProcess server, Window window) throws IOException {
    try (SegmentSocket s = new SegmentSocket(server.address(true, ServerMain.DISCARD), bytes)) {
      window.begin();
      while (!window.over(System.nanoTime())) {
        s.send();
      }
      window.end();
      return window.usage().figures().datagrams() / window.seconds();
    }
  }

  private double fromServer(DatagramChannel d, ServerProcess server, Window window)
      throws IOException, InterruptedException {
    d.bind(new InetSocketAddress(server.place().clientV4(), 0));
    long[] count = new long[1];
    Thread reader =
        Thread.ofPlatform()
            .daemon()
            .name("udp")
            .start(() -> {
              ByteBuffer data = ByteBuffer.allocateDirect(2048);
              try {
                while (d.receive(data) != null) {
                  count[0]++;
                  data.clear();
                }
              } catch (IOException e) {
                // The run is over.
              }
            });
    int port = ((InetSocketAddress) d.getLocalAddress()).getPort();
    window.begin();
    server.sendDatagrams(server.place().clientV4(), port, bytes, window.lengthNanos);
    window.end();
    d.close();
    reader.join();
    return count[0] / window.seconds();
  }
}
