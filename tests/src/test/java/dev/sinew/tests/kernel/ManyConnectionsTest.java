package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** 500 connections that are open at the same time, each with 20,000 bytes of its own to and fro. */
@ExtendWith(KernelCases.class)
class ManyConnectionsTest {
  private static final int CONNECTIONS = 500;
  private static final int BYTES = 20_000;

  @ParameterizedTest
  @EnumSource
  void from_the_kernel_to_the_stack(Version v) throws Exception {
    try (Lab lab = Lab.open().withServices()) {
      List<Socket> sockets = new ArrayList<>();
      try {
        lab.inside(() -> connectAll(Socket::new, v.stack(7), sockets));
        assertThat(established(lab.kernelRows(7))).isEqualTo(CONNECTIONS);
        Waiting.until("all open", 10, () -> established(lab.stackRows(7)), n -> n == CONNECTIONS);
        talkOnAll(sockets);
      } finally {
        closeAll(sockets);
      }
      Waiting.until("all gone from the stack", 20, () -> lab.stackRows(7).size(), n -> n == 0);
      Waiting.until("empty buffers", 10, lab::usedBytes, n -> n == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void from_the_stack_to_the_kernel(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      ServerSocket listener = lab.kernelListener(v);
      int port = listener.getLocalPort();
      List<Socket> accepted = new ArrayList<>();
      CompletableFuture<Void> acceptor = Waiting.start(() -> acceptAll(listener, accepted));
      List<Socket> sockets = new ArrayList<>();
      try {
        connectAll(lab.sockets::socket, v.kernel(port), sockets);
        Waiting.get(acceptor, 20);
        assertThat(established(lab.kernelRows(port))).isEqualTo(CONNECTIONS);
        assertThat(established(lab.stackRows(port))).isEqualTo(CONNECTIONS);
        talkOnAll(sockets);
      } finally {
        closeAll(sockets);
        closeAll(accepted);
      }
      // The stack has closed first.
      Waiting.until(
          "all in TIME-WAIT",
          20,
          () -> lab.stackRows(port).stream().filter(r -> r.state().equals("TIME-WAIT")).count(),
          n -> n == CONNECTIONS);
      Waiting.until("empty buffers", 10, lab::usedBytes, n -> n == 0);
    }
  }

  private static Void connectAll(
      Callable<Socket> factory, InetSocketAddress to, List<Socket> sockets) throws Exception {
    for (int i = 0; i < CONNECTIONS; i++) {
      Socket s = factory.call();
      sockets.add(s);
      s.connect(to, 10_000);
      s.setSoTimeout(30_000);
    }
    return null;
  }

  private static Void acceptAll(ServerSocket listener, List<Socket> accepted) throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      Socket s = listener.accept();
      accepted.add(s);
      Thread.ofVirtual()
          .start(() -> {
            try {
              s.getInputStream().transferTo(s.getOutputStream());
            } catch (IOException e) {
              // The test's end, or its failure, which the other side reports.
            }
          });
    }
    return null;
  }

  /** All at once, a thread each. */
  private static void talkOnAll(List<Socket> sockets) throws Exception {
    List<CompletableFuture<Void>> talks = new ArrayList<>();
    for (int i = 0; i < sockets.size(); i++) {
      int number = i;
      talks.add(Waiting.start(() -> talk(sockets.get(number), number)));
    }
    for (CompletableFuture<Void> t : talks) {
      Waiting.get(t, 60);
    }
  }

  private static Void talk(Socket s, int number) throws Exception {
    byte[] data = new byte[BYTES];
    new Random(number).nextBytes(data);
    InputStream in = s.getInputStream();
    OutputStream out = s.getOutputStream();
    CompletableFuture<byte[]> echo = Waiting.start(() -> in.readNBytes(BYTES));
    out.write(data);
    assertThat(Arrays.equals(Waiting.get(echo, 60), data)).as("connection " + number).isTrue();
    return null;
  }

  private static long established(List<SocketRow> rows) {
    return rows.stream().filter(r -> r.state().equals("ESTAB")).count();
  }

  private static void closeAll(List<Socket> sockets) throws IOException {
    for (Socket s : sockets) {
      s.close();
    }
  }
}
