package dev.sinew.demos;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.udp.Datagram;
import dev.sinew.udp.UdpEndpoint;
import org.jspecify.annotations.Nullable;

/** A program at a UDP port: it reads as datagrams come, or when it is told to. */
final class Dgram implements EndpointListener {
  /** Hears of a datagram; the bytes are valid during the call. */
  @FunctionalInterface
  interface Handler {
    void got(Dgram self, byte[] bytes, int length, IpAddress from, int port);
  }

  final Net net;
  final SimHost host;
  final UdpEndpoint udp;
  long receivedCount;
  long receivedBytes;
  long lastNanos = -1;

  /** The last error that a send or a receive reported. */
  @Nullable TcpError error;

  private final byte[] buffer = new byte[65_536];
  private @Nullable Handler handler;
  private boolean paused;
  private boolean closed;

  /**
   * @param port 0 for one that the stack chooses
   */
  Dgram(Net net, SimHost host, int port) {
    this.net = net;
    this.host = host;
    udp = host.stack().udp();
    udp.attach(this);
    int bound = udp.bind(IpAddress.ANY_V4, port);
    if (bound < 0) {
      error = TcpError.of(bound);
    }
  }

  Dgram onDatagram(Handler then) {
    handler = then;
    return this;
  }

  /** Reads only when {@link #take} is called. */
  Dgram pause() {
    paused = true;
    return this;
  }

  /** Sends so many bytes; what could not be sent is told by the result. */
  int send(SimHost to, int port, int length) {
    return send(to.address(), port, new byte[length]);
  }

  int send(IpAddress to, int port, byte[] bytes) {
    int n = udp.send(bytes, 0, bytes.length, to, port);
    if (n < 0) {
      error = TcpError.of(n);
    }
    return n;
  }

  /** Reads one datagram; false when there is none. */
  boolean take() {
    Datagram d = udp.receive(buffer, 0, buffer.length);
    if (d == null) {
      TcpError e = udp.takeError();
      error = e == null ? error : e;
      return false;
    }
    receivedCount++;
    receivedBytes += d.length();
    lastNanos = net.sim.now();
    if (handler != null) {
      handler.got(this, buffer, d.length(), d.source(), d.sourcePort());
    }
    return true;
  }

  @Override
  public void ready(Endpoint endpoint, int readiness) {
    if (!paused && !closed) {
      host.at(
          net.sim.now(),
          () -> {
            while (!closed && take()) {
              // Each.
            }
          });
    }
  }

  boolean closed() {
    return closed;
  }

  void close() {
    if (!closed) {
      closed = true;
      host.stack();
      udp.close();
    }
  }
}
