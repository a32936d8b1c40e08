package dev.sinew.demos;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A program that listens and accepts, unless it is told not to. */
final class Server implements EndpointListener {
  final TcpListener listener;
  final List<End> accepted = new ArrayList<>();
  private final Net net;
  private final SimHost host;
  private boolean accepting = true;
  private boolean silent;
  private boolean closed;
  private @Nullable Consumer<End> onAccept;

  Server(Net net, SimHost host, int port, int backlog) {
    this.net = net;
    this.host = host;
    TcpListener l = host.stack().listen(IpAddress.ANY_V6, port, backlog, true, false);
    if (l == null) {
      throw new IllegalStateException("listen: " + TcpError.of(host.stack().lastError()));
    }
    listener = l;
    l.attach(this);
  }

  Server onAccept(Consumer<End> then) {
    onAccept = then;
    return this;
  }

  /** Whether calls are left out of the ladder. */
  Server silent(boolean on) {
    silent = on;
    return this;
  }

  /** Whether it takes connections as they come. */
  Server accepting(boolean on) {
    accepting = on;
    if (on) {
      drain();
    }
    return this;
  }

  /** Takes one connection, or null. */
  @Nullable End accept() {
    TcpEndpoint t = listener.accept();
    if (t == null) {
      return null;
    }
    End e = new End(net, host, t, false);
    e.silent = silent;
    if (!silent) {
      net.log.call(host, "accept()");
    }
    accepted.add(e);
    if (onAccept != null) {
      onAccept.accept(e);
    }
    e.ready(t, 0);
    return e;
  }

  /** The connection accepted first. */
  End first() {
    return accepted.getFirst();
  }

  @Override
  public void ready(Endpoint endpoint, int readiness) {
    host.at(
        net.sim.now(),
        () -> {
          if (accepting && !closed) {
            drain();
          }
        });
  }

  private void drain() {
    while (accept() != null) {
      // Each.
    }
  }

  void close() {
    if (!closed) {
      closed = true;
      host.stack();
      listener.close();
    }
  }
}
