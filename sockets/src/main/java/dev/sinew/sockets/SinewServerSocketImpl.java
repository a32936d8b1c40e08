package dev.sinew.sockets;

import dev.sinew.base.Endpoint;
import dev.sinew.sockets.JdkErrors.Operation;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a server over a {@link TcpListener}. All fields are guarded by the runner's
 * exclusion.
 */
final class SinewServerSocketImpl extends SocketImpl implements EndpointListener {
  private final Runner runner;
  private final Waiter acceptors = new Waiter();
  private boolean created;
  private boolean closed;
  private @Nullable InetAddress bindTo;
  private int bindPort;
  private @Nullable TcpListener listener;
  private int timeoutMillis;
  private int receiveBuffer;
  private int trafficClass;

  /**
   * On, as the JDK has it for servers on Linux: connections in TIME-WAIT don't keep a server from
   * its port.
   */
  private boolean reuseAddress = true;

  private boolean reusePort;

  SinewServerSocketImpl(Runner runner) {
    this.runner = runner;
  }

  @Override
  protected void create(boolean stream) throws IOException {
    if (!stream) {
      throw new IOException("Datagram socket creation not supported");
    }
    runner.enter();
    try {
      if (runner.isClosed()) {
        throw new SocketException("Socket closed");
      }
      created = true;
    } finally {
      runner.exit();
    }
  }

  /**
   * Only notes what to bind to: the port is taken together with {@link #listen}, which {@code
   * ServerSocket} calls next.
   */
  @Override
  protected void bind(InetAddress host, int port) throws IOException {
    runner.enter();
    try {
      requireOpen();
      if (listener != null) {
        throw new SocketException("Already bound");
      }
      bindTo = host;
      bindPort = port;
      address = host;
    } finally {
      runner.exit();
    }
  }

  @Override
  protected void listen(int backlog) throws IOException {
    runner.enter();
    try {
      requireOpen();
      if (bindTo == null) {
        throw new SocketException("Not bound");
      }
      TcpListener l =
          runner
              .stack()
              .listen(
                  Addresses.toBind(bindTo),
                  bindPort,
                  backlog < 1 ? 50 : backlog,
                  reuseAddress,
                  reusePort);
      if (l == null) {
        throw JdkErrors.of(runner.stack().lastError(), Operation.BIND);
      }
      if (receiveBuffer > 0) {
        l.setReceiveBuffer(receiveBuffer);
      }
      l.attach(this);
      listener = l;
      localport = l.localPort();
    } finally {
      runner.exit();
    }
  }

  @Override
  protected void accept(SocketImpl s) throws IOException {
    if (!(s instanceof SinewSocketImpl socket)) {
      throw new IOException("a server on a Sinew stack accepts sockets of its stack");
    }
    runner.enter();
    try {
      long deadline = Waits.deadline(runner, timeoutMillis);
      while (true) {
        requireOpen();
        TcpListener l = listener;
        if (l == null) {
          throw new SocketException("Not bound");
        }
        TcpEndpoint e = l.accept();
        if (e != null) {
          if (trafficClass != 0) {
            e.setTrafficClass(trafficClass);
          }
          socket.adopt(e);
          return;
        }
        if (!Waits.await(runner, acceptors, deadline)) {
          requireOpen();
          throw new SocketTimeoutException("Accept timed out");
        }
      }
    } finally {
      runner.exit();
    }
  }

  @Override
  public void ready(Endpoint e, int readiness) {
    runner.wake(acceptors);
  }

  @Override
  protected void close() {
    runner.enter();
    try {
      if (!closed) {
        closed = true;
        TcpListener l = listener;
        if (l != null) {
          l.close();
          l.attach(null);
        }
        runner.wake(acceptors);
      }
    } finally {
      runner.exit();
    }
  }

  // ---- options

  @Override
  public void setOption(int option, Object value) throws SocketException {
    runner.enter();
    try {
      requireOpen();
      switch (option) {
        case SO_TIMEOUT -> timeoutMillis = TcpOptions.timeout(value);
        case SO_REUSEADDR -> reuseAddress = TcpOptions.bool(value, "SO_REUSEADDR");
        case SO_REUSEPORT -> reusePort = TcpOptions.bool(value, "SO_REUSEPORT");
        case IP_TOS -> trafficClass = TcpOptions.number(value, "IP_TOS");
        case SO_RCVBUF -> {
          receiveBuffer = TcpOptions.size(value, "SO_RCVBUF");
          if (listener != null) {
            listener.setReceiveBuffer(receiveBuffer);
          }
        }
        default -> throw new SocketException("Unknown option " + option);
      }
    } finally {
      runner.exit();
    }
  }

  @Override
  public Object getOption(int option) throws SocketException {
    runner.enter();
    try {
      requireOpen();
      return switch (option) {
        case SO_TIMEOUT -> timeoutMillis;
        case SO_REUSEADDR -> reuseAddress;
        case SO_REUSEPORT -> reusePort;
        case IP_TOS -> trafficClass;
        case SO_RCVBUF -> receiveBuffer > 0 ? receiveBuffer : defaultReceiveBuffer();
        case SO_BINDADDR -> Addresses.toInet(listener == null ? null : listener.localAddress());
        default -> throw new SocketException("Unknown option " + option);
      };
    } finally {
      runner.exit();
    }
  }

  /** What an endpoint starts with. */
  private int defaultReceiveBuffer() {
    TcpEndpoint e = runner.stack().tcp();
    int bytes = e.receiveBuffer();
    e.close();
    return bytes;
  }

  @Override
  protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
    setOption(TcpOptions.number(name, TcpOptions.SERVER), TcpOptions.checked(name, value));
  }

  @Override
  protected <T> T getOption(SocketOption<T> name) throws IOException {
    return TcpOptions.typed(name, getOption(TcpOptions.number(name, TcpOptions.SERVER)));
  }

  @Override
  protected Set<SocketOption<?>> supportedOptions() {
    return TcpOptions.SERVER;
  }

  private void requireOpen() throws SocketException {
    if (closed || runner.isClosed()) {
      throw new SocketException("Socket closed");
    }
    if (!created) {
      throw new SocketException("Socket not created");
    }
  }

  // ---- what a server's socket can't do; ServerSocket never asks for it

  @Override
  protected void connect(String host, int port) throws IOException {
    throw new SocketException("a listening socket");
  }

  @Override
  protected void connect(InetAddress host, int port) throws IOException {
    throw new SocketException("a listening socket");
  }

  @Override
  protected void connect(SocketAddress remote, int timeout) throws IOException {
    throw new SocketException("a listening socket");
  }

  @Override
  protected InputStream getInputStream() throws IOException {
    throw new SocketException("a listening socket");
  }

  @Override
  protected OutputStream getOutputStream() throws IOException {
    throw new SocketException("a listening socket");
  }

  @Override
  protected int available() throws IOException {
    throw new SocketException("a listening socket");
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    throw new SocketException("a listening socket");
  }
}
