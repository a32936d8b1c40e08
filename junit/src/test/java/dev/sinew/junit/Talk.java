package dev.sinew.junit;

import dev.sinew.sim.SimHost;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** A server that sends back what it gets, and a client that asks it. */
final class Talk {
  private Talk() {}

  static void echo(SimHost server) {
    server.start(
        "echo",
        () -> {
          try (ServerSocket listener =
              server.sockets().serverSocketFactory().createServerSocket(7)) {
            while (true) {
              Socket s = listener.accept();
              server.start(
                  "echo of " + s.getPort(),
                  () -> {
                    try (s) {
                      s.getInputStream().transferTo(s.getOutputStream());
                    }
                  });
            }
          }
        });
  }

  /** Sends so many bytes and reads as many. */
  static byte[] ask(SimHost client, SimHost server, int bytes) throws IOException {
    try (Socket s = client.sockets().socket()) {
      s.connect(server.socketAddress(7));
      s.getOutputStream().write(new byte[bytes]);
      s.shutdownOutput();
      try (InputStream in = s.getInputStream()) {
        return in.readAllBytes();
      }
    }
  }
}
