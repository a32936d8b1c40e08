package dev.sinew.sockets;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Where a test gets its sockets from: the kernel, or a stack. */
interface Side {
  Socket socket() throws IOException;

  ServerSocket serverSocket() throws IOException;

  DatagramSocket datagramSocket(@Nullable SocketAddress local) throws IOException;

  /** The address at which sockets of this side are reached by the other. */
  InetAddress address();

  /** The kernel's sockets. */
  static Side kernel(String loopback) {
    return new Side() {
      @Override
      public Socket socket() {
        return new Socket();
      }

      @Override
      public ServerSocket serverSocket() throws IOException {
        return new ServerSocket();
      }

      @Override
      public DatagramSocket datagramSocket(@Nullable SocketAddress local) throws IOException {
        return new DatagramSocket(local);
      }

      @Override
      public InetAddress address() {
        return Literal.of(loopback);
      }
    };
  }

  /** A stack's sockets. */
  static Side stack(Runner runner, String address) {
    StackSockets sockets = StackSockets.of(runner);
    return new Side() {
      @Override
      public Socket socket() throws IOException {
        return sockets.socket();
      }

      @Override
      public ServerSocket serverSocket() {
        return sockets.serverSocket();
      }

      @Override
      public DatagramSocket datagramSocket(@Nullable SocketAddress local) throws IOException {
        return sockets.datagramSocket(local);
      }

      @Override
      public InetAddress address() {
        return Literal.of(address);
      }
    };
  }
}
