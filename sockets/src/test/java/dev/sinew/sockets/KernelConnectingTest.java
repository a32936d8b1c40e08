package dev.sinew.sockets;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The oracle. A listener whose accept queue is full drops SYNs. */
class KernelConnectingTest extends ConnectingSuite {
  private static final List<AutoCloseable> OPEN = new ArrayList<>();
  private static InetSocketAddress blackHole;

  @BeforeAll
  static void fill() throws IOException {
    ServerSocket s = new ServerSocket(0, 1, Literal.of("127.0.0.1"));
    OPEN.add(s);
    blackHole = Literal.of("127.0.0.1", s.getLocalPort());
    for (int i = 0; i < 20; i++) {
      Socket c = new Socket();
      OPEN.add(c);
      try {
        c.connect(blackHole, 200);
      } catch (SocketTimeoutException full) {
        return;
      }
    }
    throw new IllegalStateException("an accept queue of 1 took 20 connections");
  }

  @AfterAll
  static void empty() throws Exception {
    for (AutoCloseable c : OPEN) {
      c.close();
    }
  }

  @Override
  Side client() {
    return Side.kernel("127.0.0.1");
  }

  @Override
  InetSocketAddress blackHole() {
    return blackHole;
  }
}
