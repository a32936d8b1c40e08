package dev.sinew.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** Sockets of two sides for the suites of stream sockets, closed after each test. */
@Timeout(20)
abstract class StreamFixture {
  private final List<AutoCloseable> open = new ArrayList<>();

  abstract Side client();

  abstract Side server();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
  }

  final <T extends AutoCloseable> T closing(T c) {
    open.add(c);
    return c;
  }

  // ---- fixtures

  final ServerSocket listening() throws IOException {
    ServerSocket s = closing(server().serverSocket());
    s.bind(new InetSocketAddress(server().address(), 0));
    return s;
  }

  final Socket connectedTo(ServerSocket s) throws IOException {
    Socket c = closing(client().socket());
    c.connect(new InetSocketAddress(server().address(), s.getLocalPort()));
    return c;
  }

  /** A client's socket and the server's of one connection. */
  final class Pair {
    final ServerSocket listener = listening();
    final Socket client = connectedTo(listener);
    final Socket server = closing(listener.accept());

    Pair() throws IOException {}

    void say(Socket from, String text) throws IOException {
      from.getOutputStream().write(text.getBytes(US_ASCII));
    }

    String hear(Socket at, int length) throws IOException {
      return new String(at.getInputStream().readNBytes(length), US_ASCII);
    }
  }

  final int closedPort() throws IOException {
    try (ServerSocket s = server().serverSocket()) {
      s.bind(new InetSocketAddress(server().address(), 0));
      return s.getLocalPort();
    }
  }

  static void assertFails(ThrowingCallable call, Class<? extends Throwable> type, String message) {
    assertThatThrownBy(call).isExactlyInstanceOf(type).hasMessage(message);
  }

  static void await(Condition condition) throws Exception {
    for (int i = 0; i < 500 && !condition.holds(); i++) {
      Thread.sleep(2);
    }
    assertThat(condition.holds()).isTrue();
  }

  interface Condition {
    boolean holds() throws Exception;
  }
}
