package dev.sinew.tests.kernel;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A connection between the kernel and the stack.
 *
 * @param port the listener's, by which {@code ss} finds the connection on either side
 */
record Pair(Socket kernel, Socket stack, int port) {
  /** Who calls. */
  enum Opener {
    KERNEL,
    STACK
  }

  static Pair open(Lab lab, Version v, Opener opener) throws Exception {
    if (opener == Opener.KERNEL) {
      ServerSocket listener = lab.stackListener(v);
      Socket kernel = lab.kernelSocket(v.stack(listener.getLocalPort()));
      return new Pair(kernel, accept(lab, listener), listener.getLocalPort());
    }
    ServerSocket listener = lab.kernelListener(v);
    Socket stack = lab.stackSocket(v.kernel(listener.getLocalPort()));
    return new Pair(accept(lab, listener), stack, listener.getLocalPort());
  }

  private static Socket accept(Lab lab, ServerSocket listener) throws IOException {
    Socket s = lab.closing(listener.accept());
    s.setSoTimeout(20_000);
    return s;
  }
}
