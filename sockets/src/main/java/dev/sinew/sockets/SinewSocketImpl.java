package dev.sinew.sockets;

import static dev.sinew.base.Readiness.ERROR;
import static dev.sinew.base.Readiness.HANGUP;
import static dev.sinew.base.Readiness.READABLE;
import static dev.sinew.base.Readiness.URGENT;
import static dev.sinew.base.Readiness.WRITABLE;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.sockets.JdkErrors.Operation;
import dev.sinew.tcp.TcpEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stream socket of a client, or of an accepted connection, over a {@link TcpEndpoint}. All
 * fields are guarded by the runner's exclusion, unless they say otherwise.
 */
final class SinewSocketImpl extends SocketImpl implements EndpointListener {
  private enum State {
    NEW,
    UNCONNECTED,
    CONNECTING,
    CONNECTED,
    CLOSED
  }

  private static final long MEMORY_RETRY_NANOS = 5_000_000;

  private final Runner runner;
  private final Waiter readers = new Waiter();
  private final Waiter writers = new Waiter();

  /** Writers whose turn has not come: the bytes of two writes do not mix. */
  private final Waiter turnOfWriters = new Waiter();

  private State state = State.NEW;
  private @Nullable TcpEndpoint endpoint;
  private boolean writing;
  private boolean inputShut;
  private boolean oobInline;
  private int timeoutMillis;

  /** The end of the stream was read: it stays so, even after close. */
  private boolean endOfStream;

  /** A read said "Connection reset": it stays so. */
  private boolean resetSeen;

  /**
   * A read or write told the error that ended the connection. It is told once, as by the kernel;
   * then the stream has ended.
   */
  private boolean errorTold;

  SinewSocketImpl(Runner runner) {
    this.runner = runner;
  }

  // ---- opening

  @Override
  protected void create(boolean stream) throws IOException {
    if (!stream) {
      throw new IOException("Datagram socket creation not supported");
    }
    runner.enter();
    try {
      if (state != State.NEW) {
        throw new IOException("Already created");
      }
      requireRunning();
      TcpEndpoint e = runner.stack().tcp();
      e.attach(this);
      endpoint = e;
      state = State.UNCONNECTED;
    } finally {
      runner.exit();
    }
  }

  /** Becomes the socket of a connection that a listener accepted; within the runner's exclusion. */
  void adopt(TcpEndpoint accepted) throws SocketException {
    if (state != State.NEW) {
      throw new SocketException("Not a newly created SocketImpl");
    }
    endpoint = accepted;
    accepted.attach(this);
    address = Addresses.toInet(accepted.remoteAddress());
    port = accepted.remotePort();
    localport = accepted.localPort();
    state = State.CONNECTED;
  }

  @Override
  protected void bind(InetAddress host, int localPort) throws IOException {
    runner.enter();
    try {
      TcpEndpoint e = requireOpen();
      if (localport != 0) {
        throw new SocketException("Already bound");
      }
      int result = e.bind(Addresses.toBind(host), localPort);
      if (result < 0) {
        throw JdkErrors.of(result, Operation.BIND);
      }
      address = host;
      localport = e.localPort();
    } finally {
      runner.exit();
    }
  }

  @Override
  protected void connect(String host, int remotePort) throws IOException {
    connect(new InetSocketAddress(host, remotePort), 0);
  }

  @Override
  protected void connect(InetAddress host, int remotePort) throws IOException {
    connect(new InetSocketAddress(host, remotePort), 0);
  }

  @Override
  protected void connect(SocketAddress remote, int millis) throws IOException {
    if (!(remote instanceof InetSocketAddress inet)) {
      throw new IOException("Unsupported address type");
    }
    if (inet.isUnresolved()) {
      throw new UnknownHostException(inet.getHostName());
    }
    try {
      runner.enter();
      try {
        connectWithin(inet, Waits.deadline(runner, millis));
      } finally {
        runner.exit();
      }
    } catch (IOException e) {
      close();
      if (e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException)) {
        throw new SocketException("Closed by interrupt");
      }
      throw e;
    }
  }

  private void connectWithin(InetSocketAddress remote, long deadline) throws IOException {
    switch (state) {
      case NEW -> throw new SocketException("Not created");
      case CONNECTING -> throw new SocketException("Connection in progress");
      case CONNECTED -> throw new SocketException("Already connected");
      case CLOSED -> throw new SocketException("Socket closed");
      case UNCONNECTED -> {}
    }
    TcpEndpoint e = requireOpen();
    state = State.CONNECTING;
    address = remote.getAddress();
    port = remote.getPort();
    int result = e.connect(Addresses.toReach(address), port);
    if (result < 0 && result != TcpError.IN_PROGRESS.code()) {
      throw JdkErrors.of(result, Operation.CONNECT);
    }
    while ((e.readiness() & (WRITABLE | ERROR | HANGUP)) == 0) {
      boolean inTime = Waits.await(runner, writers, deadline);
      requireOpen();
      if (!inTime) {
        throw new SocketTimeoutException("Connect timed out");
      }
    }
    TcpError error = e.takeError();
    if (error != null) {
      throw JdkErrors.of(error, Operation.CONNECT);
    }
    localport = e.localPort();
    state = State.CONNECTED;
  }

  @Override
  protected void listen(int backlog) throws IOException {
    throw new SocketException("a client's socket does not listen");
  }

  @Override
  protected void accept(SocketImpl s) throws IOException {
    throw new SocketException("a client's socket does not accept");
  }

  // ---- data

  int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    runner.enter();
    try {
      if (endOfStream) {
        return -1;
      }
      long deadline = Waits.deadline(runner, timeoutMillis);
      while (true) {
        TcpEndpoint e = requireConnected();
        if (resetSeen) {
          throw new SocketException("Connection reset");
        }
        int n = inputShut ? TcpError.END_OF_STREAM.code() : readNow(e, target, offset, length);
        if (n > 0) {
          return n;
        }
        boolean wait = n == TcpError.WOULD_BLOCK.code();
        if (n == TcpError.END_OF_STREAM.code() || (errorTold && !wait)) {
          endOfStream = true;
          return -1;
        }
        if (!wait) {
          errorTold = true;
          resetSeen = n == TcpError.RESET.code();
          throw JdkErrors.of(n, Operation.READ);
        }
        if (!Waits.await(runner, readers, deadline)) {
          requireConnected();
          throw new SocketTimeoutException("Read timed out");
        }
      }
    } finally {
      runner.exit();
    }
  }

  /**
   * Reads past the urgent byte, which is taken out of the stream unless the application wants it
   * there.
   */
  private int readNow(TcpEndpoint e, byte[] target, int offset, int length) {
    int urgent = oobInline ? 0 : e.urgentRemaining();
    if (urgent == 1) {
      int n = e.skip(1);
      return n < 0 ? n : e.read(target, offset, length);
    }
    return e.read(target, offset, urgent > 1 ? Math.min(length, urgent - 1) : length);
  }

  void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    if (length == 0) {
      return;
    }
    takeWritersTurn();
    try {
      int at = offset;
      int end = offset + length;
      while (at < end) {
        TcpEndpoint e = requireConnected();
        int n = e.write(source, at, end - at);
        if (n > 0) {
          at += n;
        } else if (n == TcpError.WOULD_BLOCK.code()) {
          Waits.await(runner, writers, TimerHeap.NEVER);
        } else if (n == TcpError.NO_BUFFERS.code()) {
          // The memory of all connections is out: somebody gives some back, and no event of this
          // one tells.
          Waits.await(runner, writers, runner.now() + MEMORY_RETRY_NANOS);
        } else {
          errorTold |= n != TcpError.PIPE.code();
          throw JdkErrors.of(n, Operation.WRITE);
        }
      }
    } finally {
      giveWritersTurn();
    }
  }

  @Override
  protected boolean supportsUrgentData() {
    return true;
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    takeWritersTurn();
    try {
      int n = requireConnected().writeUrgent(data & 0xff);
      if (n < 0) {
        throw n == TcpError.WOULD_BLOCK.code()
            ? JdkErrors.of(TcpError.NO_BUFFERS, Operation.URGENT)
            : JdkErrors.of(n, Operation.URGENT);
      }
    } finally {
      giveWritersTurn();
    }
  }

  /** Enters, and waits until no other thread is within a write. */
  private void takeWritersTurn() throws IOException {
    runner.enter();
    boolean taken = false;
    try {
      requireConnected();
      while (writing) {
        Waits.await(runner, turnOfWriters, TimerHeap.NEVER);
        requireConnected();
      }
      writing = true;
      taken = true;
    } finally {
      if (!taken) {
        runner.exit();
      }
    }
  }

  private void giveWritersTurn() {
    writing = false;
    runner.wake(turnOfWriters);
    runner.exit();
  }

  @Override
  protected int available() throws IOException {
    runner.enter();
    try {
      TcpEndpoint e = requireConnected();
      return inputShut ? 0 : e.available();
    } finally {
      runner.exit();
    }
  }

  @Override
  protected InputStream getInputStream() {
    return new SocketStreams.In(this);
  }

  @Override
  protected OutputStream getOutputStream() {
    return new SocketStreams.Out(this);
  }

  // ---- closing

  @Override
  protected void shutdownInput() throws IOException {
    runner.enter();
    try {
      TcpEndpoint e = requireConnected();
      if (!inputShut) {
        inputShut = true;
        e.shutdownInput();
        runner.wake(readers);
      }
    } finally {
      runner.exit();
    }
  }

  @Override
  protected void shutdownOutput() throws IOException {
    runner.enter();
    try {
      // A connection that is gone already is no error here, as in the JDK.
      requireConnected().shutdownOutput();
      runner.wake(writers);
    } finally {
      runner.exit();
    }
  }

  @Override
  protected void close() throws IOException {
    runner.enter();
    try {
      State before = state;
      if (before == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      runner.wake(readers);
      runner.wake(writers);
      runner.wake(turnOfWriters);
      TcpEndpoint e = endpoint;
      if (e == null) {
        return;
      }
      if (before == State.CONNECTED && e.lingerNanos() != 0) {
        // As the JDK does: the peer sees the end of our stream even when unread data makes the
        // close a reset.
        e.shutdownOutput();
        linger(e);
      }
      e.close();
      e.attach(null);
    } finally {
      runner.exit();
    }
  }

  /**
   * A close with a linger time waits until the peer has everything, or the time is over; then the
   * rest goes on without us.
   */
  private void linger(TcpEndpoint e) {
    long nanos = e.lingerNanos();
    if (nanos < 0 || runner.isClosed()) {
      return;
    }
    long deadline = runner.now() + nanos;
    boolean inTime = true;
    while (inTime && !runner.isClosed() && !delivered(e)) {
      try {
        inTime = Waits.await(runner, writers, deadline);
      } catch (InterruptedIOException x) {
        return;
      }
    }
  }

  private static boolean delivered(TcpEndpoint e) {
    TcpState s = e.state();
    return s == TcpState.CLOSED || s == TcpState.FIN_WAIT_2 || s == TcpState.TIME_WAIT;
  }

  @Override
  public void ready(Endpoint e, int readiness) {
    if ((readiness & (READABLE | URGENT | ERROR | HANGUP)) != 0) {
      runner.wake(readers);
    }
    if ((readiness & (WRITABLE | ERROR | HANGUP)) != 0 || state == State.CLOSED) {
      runner.wake(writers);
    }
  }

  // ---- options

  @Override
  public void setOption(int option, Object value) throws SocketException {
    runner.enter();
    try {
      TcpEndpoint e = requireOpen();
      switch (option) {
        case SO_TIMEOUT -> timeoutMillis = TcpOptions.timeout(value);
        case SO_OOBINLINE -> oobInline = TcpOptions.bool(value, "SO_OOBINLINE");
        default -> TcpOptions.set(e, option, value);
      }
    } finally {
      runner.exit();
    }
  }

  @Override
  public Object getOption(int option) throws SocketException {
    runner.enter();
    try {
      TcpEndpoint e = requireOpen();
      return switch (option) {
        case SO_TIMEOUT -> timeoutMillis;
        case SO_OOBINLINE -> oobInline;
        case SO_BINDADDR -> Addresses.toInet(e.localAddress());
        default -> TcpOptions.get(e, option);
      };
    } finally {
      runner.exit();
    }
  }

  @Override
  protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
    NamedOption<T> option = NamedOption.of(name);
    if (option != null && option.client()) {
      runner.enter();
      try {
        option.set().accept(requireOpen(), option.checked(value));
      } finally {
        runner.exit();
      }
      return;
    }
    setOption(TcpOptions.number(name, TcpOptions.CLIENT), TcpOptions.checked(name, value));
  }

  @Override
  protected <T> T getOption(SocketOption<T> name) throws IOException {
    NamedOption<T> option = NamedOption.of(name);
    if (option != null && option.client()) {
      runner.enter();
      try {
        return option.read(requireOpen());
      } finally {
        runner.exit();
      }
    }
    return TcpOptions.typed(name, getOption(TcpOptions.number(name, TcpOptions.CLIENT)));
  }

  @Override
  protected Set<SocketOption<?>> supportedOptions() {
    return TcpOptions.CLIENT;
  }

  // ---- checks

  private void requireRunning() throws SocketException {
    if (runner.isClosed()) {
      throw new SocketException("Socket closed");
    }
  }

  private TcpEndpoint requireOpen() throws SocketException {
    requireRunning();
    TcpEndpoint e = endpoint;
    if (state == State.CLOSED) {
      throw new SocketException("Socket closed");
    }
    if (e == null) {
      throw new SocketException("Socket not created");
    }
    return e;
  }

  private TcpEndpoint requireConnected() throws SocketException {
    TcpEndpoint e = requireOpen();
    if (state != State.CONNECTED) {
      throw new SocketException("Not connected");
    }
    return e;
  }
}
