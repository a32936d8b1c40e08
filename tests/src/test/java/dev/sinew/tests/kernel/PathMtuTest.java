package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A cable behind a router is narrower than both ends believe: the router says so, and the stack
 * cuts smaller (RFC 1191, RFC 8201).
 */
@ExtendWith(KernelCases.class)
class PathMtuTest {
  @ParameterizedTest
  @CsvSource({"V4,1280", "V4,800", "V6,1280"})
  void a_transfer_learns_the_path_mtu(Version v, int mtu) throws Exception {
    byte[] data = new byte[4 << 20];
    new Random(5).nextBytes(data);
    try (RouterLab lab = RouterLab.open()) {
      ServerSocket listener =
          lab.server.call(() -> {
            ServerSocket s = new ServerSocket();
            s.setSoTimeout(10_000);
            s.bind(lab.server(v, 0));
            return s;
          });
      try (listener;
          Socket client = lab.standard.socket()) {
        client.connect(lab.server(v, listener.getLocalPort()), 5000);
        try (Socket server = listener.accept()) {
          server.setSoTimeout(20_000);
          CompletableFuture<byte[]> received =
              Waiting.start(() -> server.getInputStream().readAllBytes());
          client.getOutputStream().write(data, 0, 1000); // small segments pass
          // The route changes under a connection that has sent nothing large yet.
          lab.narrow(mtu);
          client.getOutputStream().write(data, 1000, data.length - 1000);
          client.shutdownOutput();
          assertThat(Arrays.equals(Waiting.get(received, 40), data)).isTrue();
        }
      }
    }
  }

  /** The first of each goes astray; what is sent after the router's word arrives, in fragments. */
  @ParameterizedTest
  @CsvSource({"V4,1280", "V6,1280"})
  void a_large_datagram_is_cut_for_the_path(Version v, int mtu) throws Exception {
    try (RouterLab lab = RouterLab.open()) {
      DatagramSocket server = lab.server.call(() -> new DatagramSocket(lab.server(v, 0)));
      try (server;
          DatagramSocket client = lab.standard.datagramSocket()) {
        server.setSoTimeout(500);
        lab.narrow(mtu);
        byte[] data = new byte[20_000];
        new Random(6).nextBytes(data);
        DatagramPacket got = new DatagramPacket(new byte[65_536], 65_536);
        for (int i = 0; ; i++) {
          client.send(new DatagramPacket(data, data.length, lab.server(v, server.getLocalPort())));
          try {
            server.receive(got);
            break;
          } catch (java.net.SocketTimeoutException e) {
            assertThat(i).as("tries").isLessThan(5);
          }
        }
        assertThat(got.getLength()).isEqualTo(data.length);
        assertThat(Arrays.equals(got.getData(), 0, data.length, data, 0, data.length)).isTrue();
      }
    }
  }
}
