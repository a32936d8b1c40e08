package dev.sinew.sockets;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Ordinary {@code java.net} sockets over a stack: {@link Socket}, {@link ServerSocket} and {@link
 * DatagramSocket} with the behaviour and the exceptions of the JDK's own. They block the calling
 * thread as those do, and suit virtual threads; interrupting a virtual thread closes the socket
 * that it waits for.
 *
 * <p>Nothing global is set: programs that take a {@link SocketFactory} take these. Names are looked
 * up by the JDK, outside the stack. Any thread may call. The sockets work in real time and in a
 * simulation: they wait through the {@link Runner} alone.
 */
public final class StackSockets {
  private final Runner runner;

  private StackSockets(Runner runner) {
    this.runner = runner;
  }

  /** The sockets of the stack that {@code runner} drives. */
  public static StackSockets of(Runner runner) {
    return new StackSockets(runner);
  }

  /** Makes client sockets, connected or not. */
  public SocketFactory socketFactory() {
    return new Clients();
  }

  /** Makes server sockets, bound or not. */
  public ServerSocketFactory serverSocketFactory() {
    return new Servers();
  }

  /** A client socket that is neither bound nor connected. */
  public Socket socket() throws SocketException {
    return new StackSocket(new SinewSocketImpl(runner));
  }

  /** A server socket that is not bound. */
  public ServerSocket serverSocket() {
    return new StackServerSocket(runner);
  }

  /** A datagram socket bound to a port that the stack chooses. */
  public DatagramSocket datagramSocket() throws SocketException {
    return datagramSocket(new InetSocketAddress(0));
  }

  /** A datagram socket bound to a port of every address. */
  public DatagramSocket datagramSocket(int port) throws SocketException {
    return datagramSocket(new InetSocketAddress(port));
  }

  /** A datagram socket bound to an address and port; not bound when {@code local} is null. */
  public DatagramSocket datagramSocket(@Nullable SocketAddress local) throws SocketException {
    StackDatagramSocket socket = new StackDatagramSocket(runner);
    if (local != null) {
      try {
        socket.bind(local);
      } catch (SocketException | RuntimeException e) {
        socket.close();
        throw e;
      }
    }
    return socket;
  }

  private static final class StackSocket extends Socket {
    StackSocket(SinewSocketImpl impl) throws SocketException {
      super(impl);
    }
  }

  private static final class StackServerSocket extends ServerSocket {
    private final Runner runner;

    StackServerSocket(Runner runner) {
      super(new SinewServerSocketImpl(runner));
      this.runner = runner;
    }

    /** A foreign implementation must bring the accepted socket's own. */
    @Override
    public Socket accept() throws IOException {
      if (isClosed()) {
        throw new SocketException("Socket is closed");
      }
      if (!isBound()) {
        throw new SocketException("Socket is not bound yet");
      }
      StackSocket socket = new StackSocket(new SinewSocketImpl(runner));
      implAccept(socket);
      return socket;
    }
  }

  private final class Clients extends SocketFactory {
    @Override
    public Socket createSocket() throws IOException {
      return socket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
        throws IOException {
      return connected(
          new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
        throws IOException {
      return connected(
          new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    private Socket connected(InetSocketAddress remote, @Nullable InetSocketAddress local)
        throws IOException {
      Socket socket = socket();
      try {
        if (local != null) {
          socket.bind(local);
        }
        socket.connect(remote);
        return socket;
      } catch (IOException | RuntimeException e) {
        socket.close();
        throw e;
      }
    }
  }

  private final class Servers extends ServerSocketFactory {
    @Override
    public ServerSocket createServerSocket() throws IOException {
      return serverSocket();
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
      return bound(new InetSocketAddress(port), 50);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
      return bound(new InetSocketAddress(port), backlog);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress local)
        throws IOException {
      return bound(new InetSocketAddress(local, port), backlog);
    }

    private ServerSocket bound(InetSocketAddress local, int backlog) throws IOException {
      ServerSocket socket = serverSocket();
      try {
        socket.bind(local, backlog);
        return socket;
      } catch (IOException | RuntimeException e) {
        socket.close();
        throw e;
      }
    }
  }
}
