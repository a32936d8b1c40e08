package dev.sinew.sockets;

import static dev.sinew.sockets.StreamFixture.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What happens to a connect that nobody answers, over the kernel's sockets (the oracle) and ours.
 */
@Timeout(20)
abstract class ConnectingSuite {
  abstract Side client();

  /** An address that swallows SYNs. */
  abstract InetSocketAddress blackHole() throws IOException;

  private Socket fresh() throws IOException {
    return client().socket();
  }

  private Tasks<Void> connecting(Socket s, boolean virtual, int millis) throws Exception {
    InetSocketAddress to = blackHole();
    return (virtual
            ? Tasks.<Void>virtual(() -> connect(s, to, millis))
            : Tasks.<Void>platform(() -> connect(s, to, millis)))
        .untilWaiting();
  }

  private static Void connect(Socket s, InetSocketAddress to, int millis) throws IOException {
    s.connect(to, millis);
    return null;
  }

  @Test
  void it_times_out_and_the_socket_is_closed() throws Exception {
    try (Socket s = fresh()) {
      long start = System.nanoTime();
      assertFails(
          () -> s.connect(blackHole(), 80), SocketTimeoutException.class, "Connect timed out");
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(80_000_000L);
      assertThat(s.isClosed()).isTrue();
      assertThat(s.isConnected()).isFalse();
    }
  }

  @Test
  void close_ends_it() throws Exception {
    for (boolean virtual : new boolean[] {true, false}) {
      for (int millis : new int[] {0, 5000}) {
        try (Socket s = fresh()) {
          Tasks<Void> connect = connecting(s, virtual, millis);
          s.close();
          assertFails(connect::get, SocketException.class, "Socket closed");
        }
      }
    }
  }

  @Test
  void an_interrupt_of_its_virtual_thread_ends_it_and_closes_the_socket() throws Exception {
    for (int millis : new int[] {0, 5000}) {
      try (Socket s = fresh()) {
        Tasks<Void> connect = connecting(s, true, millis);
        connect.thread.interrupt();
        assertFails(connect::get, SocketException.class, "Closed by interrupt");
        assertThat(s.isClosed()).isTrue();
      }
    }
  }

  @Test
  void meanwhile_the_socket_can_not_be_used_but_its_options_can() throws Exception {
    try (Socket s = fresh()) {
      Tasks<Void> connect = connecting(s, true, 0);
      assertThat(s.isConnected()).isFalse();
      assertFails(s::getInputStream, SocketException.class, "Socket is not connected");
      assertFails(s::shutdownOutput, SocketException.class, "Socket is not connected");
      s.setTcpNoDelay(true);
      assertThat(s.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
      s.close();
      assertFails(connect::get, SocketException.class, "Socket closed");
    }
  }
}
