package dev.sinew.sockets;

import dev.sinew.base.Endpoint;
import dev.sinew.sockets.JdkErrors.Operation;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpEndpointOptions;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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

  /** Holds the options until there is a listener. */
  private @Nullable TcpEndpoint unbound;

  /** The options that were set until then, for the listener. */
  private final List<Consumer<TcpEndpointOptions>> chosen = new ArrayList<>();

  private final Map<SocketOption<?>, Object> chosenNames = new HashMap<>();

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
      chosen.forEach(change -> change.accept(l));
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
  public void setOption(int option, Object v) throws SocketException {
    runner.enter();
    try {
      requireOpen();
      switch (option) {
        case SO_TIMEOUT -> timeoutMillis = TcpOptions.timeout(v);
        case SO_REUSEADDR -> reuseAddress = TcpOptions.bool(v, "SO_REUSEADDR");
        case SO_REUSEPORT -> reusePort = TcpOptions.bool(v, "SO_REUSEPORT");
        case IP_TOS -> {
          int value = TcpOptions.number(v, "IP_TOS");
          change(e -> e.setTrafficClass(value));
        }
        case SO_RCVBUF -> {
          int value = TcpOptions.size(v, "SO_RCVBUF");
          change(e -> e.setReceiveBuffer(value));
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
        case IP_TOS -> options().trafficClass();
        case SO_RCVBUF -> options().receiveBuffer();
        case SO_BINDADDR -> Addresses.toInet(listener == null ? null : listener.localAddress());
        default -> throw new SocketException("Unknown option " + option);
      };
    } finally {
      runner.exit();
    }
  }

  /** Options of the listener, or until there is one, of an endpoint that stands for it. */
  private TcpEndpointOptions options() {
    if (listener != null) {
      return listener;
    }
    TcpEndpoint e = unbound;
    if (e == null) {
      e = runner.stack().tcp();
      unbound = e;
    }
    return e;
  }

  private void change(Consumer<TcpEndpointOptions> change) {
    change.accept(options());
    if (listener == null) {
      chosen.add(change);
    }
  }

  @Override
  protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
    NamedOption<T> option = NamedOption.of(name);
    if (option != null && option.server()) {
      runner.enter();
      try {
        requireOpen();
        T checked = option.checked(value);
        change(e -> option.set().accept(e, checked));
        chosenNames.put(name, checked);
      } finally {
        runner.exit();
      }
      return;
    }
    setOption(TcpOptions.number(name, TcpOptions.SERVER), TcpOptions.checked(name, value));
  }

  @Override
  protected <T> T getOption(SocketOption<T> name) throws IOException {
    NamedOption<T> option = NamedOption.of(name);
    if (option != null && option.server()) {
      runner.enter();
      try {
        requireOpen();
        Object value = listener == null ? chosenNames.get(name) : null;
        return value != null && !name.equals(SinewSocketOptions.TCP_AUTH_KEY)
            ? name.type().cast(value)
            : option.read(options());
      } finally {
        runner.exit();
      }
    }
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
