package dev.sinew.sockets;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.sockets.JdkErrors.Operation;
import dev.sinew.udp.Datagram;
import dev.sinew.udp.UdpEndpoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket over a {@link UdpEndpoint}. It overrides every method of its class, so that it
 * follows the JDK's own sockets (and not the JDK's adapter for foreign implementations, which
 * differs from them). All fields are guarded by the runner's exclusion.
 *
 * <p>The JDK remembers a packet's capacity apart from its length, where only its own code can: a
 * packet that is received into again without {@link DatagramPacket#setLength} would shrink. {@link
 * PacketCapacity} makes good for that.
 */
final class StackDatagramSocket extends DatagramSocket implements EndpointListener {
  private static final int DEFAULT_SEND_BUFFER = 212_992;

  private static final Set<SocketOption<?>> OPTIONS =
      Set.of(
          StandardSocketOptions.SO_SNDBUF,
          StandardSocketOptions.SO_RCVBUF,
          StandardSocketOptions.SO_REUSEADDR,
          StandardSocketOptions.SO_REUSEPORT,
          StandardSocketOptions.SO_BROADCAST,
          StandardSocketOptions.IP_TOS);

  /** How often and how long a sender waits for a device that is full. */
  private static final int SEND_TRIES = 50;

  private static final long SEND_RETRY_NANOS = 1_000_000;

  private final Runner runner;
  private final UdpEndpoint endpoint;
  private final Waiter receivers = new Waiter();
  private final Waiter senders = new Waiter();
  private final PacketCapacity capacity = new PacketCapacity();
  private int timeoutMillis;
  private int sendBuffer = DEFAULT_SEND_BUFFER;
  private boolean bound;
  private boolean closed;

  /** An unbound socket. */
  StackDatagramSocket(Runner runner) throws SocketException {
    super(new NoDatagramSocketImpl());
    this.runner = runner;
    runner.enter();
    try {
      if (runner.isClosed()) {
        throw new SocketException("Socket closed");
      }
      endpoint = runner.stack().udp();
      endpoint.attach(this);
      endpoint.setBroadcast(true);
    } finally {
      runner.exit();
    }
  }

  // ---- addresses

  @Override
  public void bind(@Nullable SocketAddress local) throws SocketException {
    InetSocketAddress inet = local == null ? new InetSocketAddress(0) : resolved(local);
    runner.enter();
    try {
      requireOpen();
      if (bound) {
        throw new SocketException("already bound");
      }
      bindTo(inet);
    } finally {
      runner.exit();
    }
  }

  private void bindTo(InetSocketAddress local) throws SocketException {
    int result = endpoint.bind(Addresses.toBind(local.getAddress()), local.getPort());
    if (result < 0) {
      throw asSocketException(JdkErrors.of(result, Operation.BIND));
    }
    bound = true;
  }

  private void bindIfNeeded() throws SocketException {
    if (!bound) {
      bindTo(new InetSocketAddress(0));
    }
  }

  @Override
  public void connect(InetAddress address, int port) {
    if (address == null) {
      throw new IllegalArgumentException("Address can't be null");
    }
    try {
      connect(new InetSocketAddress(address, port));
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void connect(SocketAddress remote) throws SocketException {
    if (remote == null) {
      throw new IllegalArgumentException("Address can't be null");
    }
    InetSocketAddress inet = resolved(remote);
    runner.enter();
    try {
      if (closed) {
        return;
      }
      requireOpen();
      if (inet.getPort() == 0) {
        throw new SocketException("Can't connect to port 0");
      }
      bindIfNeeded();
      int result = endpoint.connect(Addresses.toReach(inet.getAddress()), inet.getPort());
      if (result < 0) {
        throw asSocketException(JdkErrors.of(result, Operation.ASSOCIATE));
      }
      discardReceived();
    } finally {
      runner.exit();
    }
  }

  /** What came before the connect may be from anybody. */
  private void discardReceived() {
    byte[] nothing = new byte[0];
    while (endpoint.receive(nothing, 0, 0) != null) {
      continue;
    }
  }

  @Override
  public void disconnect() {
    runner.enter();
    try {
      if (!closed) {
        endpoint.disconnect();
      }
    } finally {
      runner.exit();
    }
  }

  @Override
  public boolean isBound() {
    runner.enter();
    try {
      return bound;
    } finally {
      runner.exit();
    }
  }

  @Override
  public boolean isConnected() {
    return getRemoteSocketAddress() != null;
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    InetSocketAddress remote = getRemoteSocketAddress();
    return remote == null ? null : remote.getAddress();
  }

  @Override
  public int getPort() {
    InetSocketAddress remote = getRemoteSocketAddress();
    return remote == null ? -1 : remote.getPort();
  }

  @Override
  public @Nullable InetSocketAddress getRemoteSocketAddress() {
    runner.enter();
    try {
      return remote();
    } finally {
      runner.exit();
    }
  }

  private @Nullable InetSocketAddress remote() {
    return endpoint.remotePort() == 0
        ? null
        : new InetSocketAddress(Addresses.toInet(endpoint.remoteAddress()), endpoint.remotePort());
  }

  @Override
  public @Nullable InetSocketAddress getLocalSocketAddress() {
    runner.enter();
    try {
      return closed || !bound
          ? null
          : new InetSocketAddress(Addresses.toInet(endpoint.localAddress()), endpoint.localPort());
    } finally {
      runner.exit();
    }
  }

  @Override
  public @Nullable InetAddress getLocalAddress() {
    if (isClosed()) {
      return null;
    }
    InetSocketAddress local = getLocalSocketAddress();
    return local == null ? Addresses.toInet(null) : local.getAddress();
  }

  @Override
  public int getLocalPort() {
    if (isClosed()) {
      return -1;
    }
    InetSocketAddress local = getLocalSocketAddress();
    return local == null ? 0 : local.getPort();
  }

  // ---- data

  @Override
  public void send(DatagramPacket packet) throws IOException {
    synchronized (packet) {
      runner.enter();
      try {
        requireOpen();
        InetSocketAddress peer = remote();
        InetAddress to = packet.getAddress();
        if (to == null) {
          if (peer == null) {
            throw new IllegalArgumentException("Address not set");
          }
          packet.setAddress(peer.getAddress());
          packet.setPort(peer.getPort());
        } else if (peer != null
            && !(to.equals(peer.getAddress()) && packet.getPort() == peer.getPort())) {
          throw new IllegalArgumentException("Connected and packet address differ");
        } else if (packet.getPort() == 0) {
          throw new SocketException("Can't send to port 0");
        }
        bindIfNeeded();
        sendWithin(packet, peer != null ? null : Addresses.toReach(packet.getAddress()));
      } finally {
        runner.exit();
      }
    }
  }

  /**
   * Waits for a full device for a moment; then the datagram is lost, as in any network, and the
   * stack has counted it.
   */
  private void sendWithin(DatagramPacket packet, @Nullable IpAddress to) throws IOException {
    for (int tries = 0; ; tries++) {
      int result =
          endpoint.send(
              packet.getData(), packet.getOffset(), packet.getLength(), to, packet.getPort());
      boolean full = result == TcpError.WOULD_BLOCK.code() || result == TcpError.NO_BUFFERS.code();
      if (result < 0 && !full) {
        throw JdkErrors.of(result, Operation.SEND);
      }
      if (!full || tries == SEND_TRIES) {
        return;
      }
      try {
        Waits.await(runner, senders, runner.now() + SEND_RETRY_NANOS);
      } catch (InterruptedIOException e) {
        // Sending does not end by an interrupt: the status stays for the next call that waits.
        return;
      }
      requireOpen();
    }
  }

  @Override
  public void receive(DatagramPacket packet) throws IOException {
    synchronized (packet) {
      try {
        runner.enter();
        try {
          receiveWithin(packet, Waits.deadline(runner, timeoutMillis));
        } finally {
          runner.exit();
        }
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (InterruptedIOException e) {
        close();
        throw new SocketException("Closed by interrupt");
      }
    }
  }

  private void receiveWithin(DatagramPacket packet, long deadline) throws IOException {
    requireOpen();
    bindIfNeeded();
    while (true) {
      TcpError error = endpoint.takeError();
      if (error != null) {
        throw JdkErrors.of(error, Operation.RECEIVE);
      }
      int room = capacity.of(packet);
      Datagram d = endpoint.receive(packet.getData(), packet.getOffset(), room);
      if (d != null) {
        packet.setLength(Math.min(d.length(), room));
        packet.setAddress(Addresses.toInet(d.source()));
        packet.setPort(d.sourcePort());
        capacity.received(packet, room);
        return;
      }
      boolean inTime = Waits.await(runner, receivers, deadline);
      requireOpen();
      if (!inTime) {
        throw new SocketTimeoutException("Receive timed out");
      }
    }
  }

  @Override
  public void ready(Endpoint e, int readiness) {
    runner.wake(receivers);
  }

  @Override
  public void close() {
    runner.enter();
    try {
      if (!closed) {
        closed = true;
        endpoint.close();
        endpoint.attach(null);
        runner.wake(receivers);
      }
    } finally {
      runner.exit();
    }
  }

  @Override
  public boolean isClosed() {
    runner.enter();
    try {
      return closed;
    } finally {
      runner.exit();
    }
  }

  // ---- options

  @Override
  public void setSoTimeout(int timeout) throws SocketException {
    runner.enter();
    try {
      requireNotClosed();
      if (timeout < 0) {
        throw new IllegalArgumentException("timeout < 0");
      }
      timeoutMillis = timeout;
    } finally {
      runner.exit();
    }
  }

  @Override
  public int getSoTimeout() throws SocketException {
    runner.enter();
    try {
      requireNotClosed();
      return timeoutMillis;
    } finally {
      runner.exit();
    }
  }

  private void requireNotClosed() throws SocketException {
    if (closed) {
      throw new SocketException("Socket is closed");
    }
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    if (size <= 0) {
      throw new IllegalArgumentException("Invalid send size");
    }
    setOption(StandardSocketOptions.SO_SNDBUF, size);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return getOption(StandardSocketOptions.SO_SNDBUF);
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    if (size <= 0) {
      throw new IllegalArgumentException("Invalid receive size");
    }
    setOption(StandardSocketOptions.SO_RCVBUF, size);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return getOption(StandardSocketOptions.SO_RCVBUF);
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    setOption(StandardSocketOptions.SO_REUSEADDR, on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return getOption(StandardSocketOptions.SO_REUSEADDR);
  }

  @Override
  public void setBroadcast(boolean on) throws SocketException {
    setOption(StandardSocketOptions.SO_BROADCAST, on);
  }

  @Override
  public boolean getBroadcast() throws SocketException {
    return getOption(StandardSocketOptions.SO_BROADCAST);
  }

  @Override
  public void setTrafficClass(int value) throws SocketException {
    if (value < 0 || value > 255) {
      throw new IllegalArgumentException("tc is not in range 0 -- 255");
    }
    setOption(StandardSocketOptions.IP_TOS, value);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return getOption(StandardSocketOptions.IP_TOS);
  }

  @Override
  public <T> DatagramSocket setOption(SocketOption<T> name, T value) throws SocketException {
    requireSupported(name);
    Object v = TcpOptions.checked(name, value);
    runner.enter();
    try {
      requireOpen();
      switch (name.name()) {
        case "SO_SNDBUF" -> sendBuffer = (Integer) v;
        case "SO_RCVBUF" -> endpoint.setReceiveBuffer((Integer) v);
        case "SO_REUSEADDR" -> endpoint.setReuseAddress((Boolean) v);
        case "SO_REUSEPORT" -> endpoint.setReusePort((Boolean) v);
        case "SO_BROADCAST" -> endpoint.setBroadcast((Boolean) v);
        default -> endpoint.setTrafficClass((Integer) v);
      }
      return this;
    } finally {
      runner.exit();
    }
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws SocketException {
    requireSupported(name);
    runner.enter();
    try {
      requireOpen();
      Object v =
          switch (name.name()) {
            case "SO_SNDBUF" -> sendBuffer;
            case "SO_RCVBUF" -> endpoint.receiveBuffer();
            case "SO_REUSEADDR" -> endpoint.reuseAddress();
            case "SO_REUSEPORT" -> endpoint.reusePort();
            case "SO_BROADCAST" -> endpoint.broadcast();
            default -> endpoint.trafficClass();
          };
      return name.type().cast(v);
    } finally {
      runner.exit();
    }
  }

  private static void requireSupported(SocketOption<?> name) {
    if (!OPTIONS.contains(name)) {
      throw new UnsupportedOperationException("'" + name + "' not supported");
    }
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return OPTIONS;
  }

  @Override
  public void joinGroup(SocketAddress group, NetworkInterface netIf) throws IOException {
    throw new SocketException("Multicast groups are not supported");
  }

  @Override
  public void leaveGroup(SocketAddress group, NetworkInterface netIf) throws IOException {
    throw new SocketException("Multicast groups are not supported");
  }

  // ---- checks

  private void requireOpen() throws SocketException {
    if (closed || runner.isClosed()) {
      throw new SocketException("Socket closed");
    }
  }

  private static InetSocketAddress resolved(SocketAddress address) throws SocketException {
    if (!(address instanceof InetSocketAddress inet)) {
      throw new IllegalArgumentException("Unsupported address type");
    }
    if (inet.isUnresolved()) {
      throw new SocketException("Unresolved address");
    }
    return inet;
  }

  private static SocketException asSocketException(IOException e) {
    return e instanceof SocketException s ? s : new SocketException(e.getMessage(), e);
  }
}
