package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TCP between two hosts: plain blocking code over the JDK's socket classes. */
class TcpTest {
  private final Simulation sim = Simulation.of(5);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final List<String> log = new ArrayList<>();

  static InetSocketAddress address(SimHost host, boolean v4, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(host.address(v4).bytes()), port);
  }

  static void write(OutputStream out, Payload payload, long bytes) throws IOException {
    byte[] buffer = new byte[8192];
    for (long at = 0; at < bytes; ) {
      int n = (int) Math.min(buffer.length, bytes - at);
      payload.fill(buffer, 0, n, at);
      out.write(buffer, 0, n);
      at += n;
    }
  }

  /** Reads to the end of the stream and checks every byte (I1). */
  static long read(InputStream in, Payload payload) throws IOException {
    byte[] buffer = new byte[8192];
    long at = 0;
    while (true) {
      int n = in.read(buffer);
      if (n < 0) {
        return at;
      }
      long wrong = payload.firstWrong(buffer, 0, n, at);
      if (wrong >= 0) {
        throw new AssertionError("I1: another byte at position " + wrong + " than was written");
      }
      at += n;
    }
  }

  @Test
  void bytesGoBothWaysAndBothEndsClose() {
    sim.link(a, b, "delay 10ms rate 100mbit");
    Payload up = new Payload(1);
    Payload down = new Payload(2);
    b.start(
        "server",
        () -> {
          try (ServerSocket server = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = server.accept()) {
            log.add("server got " + read(s.getInputStream(), up));
            write(s.getOutputStream(), down, 300_000);
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(address(b, true, 80));
            log.add("connected after " + sim.now());
            write(s.getOutputStream(), up, 1_000_000);
            s.shutdownOutput();
            log.add("client got " + read(s.getInputStream(), down));
          }
        });
    sim.run();
    sim.finish();
    assertThat(log).contains("server got 1000000", "client got 300000");
  }
}
