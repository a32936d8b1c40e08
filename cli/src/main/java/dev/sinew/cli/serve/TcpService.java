package dev.sinew.cli.serve;

import java.io.IOException;
import java.net.Socket;

/**
 * What a TCP server does with one connection, on a thread of its own. The caller closes the socket.
 */
@FunctionalInterface
public interface TcpService {
  /**
   * @throws IOException when the connection broke: that is the client's affair, and not reported
   */
  void serve(Socket socket, Traffic traffic) throws IOException;
}
