package dev.sinew.tcp;

import dev.sinew.base.Endpoint;
import dev.sinew.base.ReadyList;
import dev.sinew.ip.IpAddress;
import org.jspecify.annotations.Nullable;

/** A passive OPEN (RFC 9293 section 3.10.1): a port in LISTEN, with its queue of half-open records and its accept queue. */
public final class TcpListener extends Endpoint {
  TcpListener(ReadyList readyList) {
    super(readyList);
  }

  /** The oldest connection whose handshake is complete, or null. It is ESTABLISHED, or further on already. */
  public @Nullable TcpEndpoint accept() {
    throw new IllegalStateException();
  }

  /** Stops listening. Half-open records and connections not yet accepted are reset. */
  @Override
  public void close() {
    throw new IllegalStateException();
  }

  @Override
  public int readiness() {
    throw new IllegalStateException();
  }

  public boolean isClosed() {
    throw new IllegalStateException();
  }

  public IpAddress localAddress() {
    throw new IllegalStateException();
  }

  public int localPort() {
    throw new IllegalStateException();
  }

  /** Connections that wait for {@link #accept}. */
  public int acceptQueueLength() {
    throw new IllegalStateException();
  }

  /** The most that may wait. */
  public int backlog() {
    throw new IllegalStateException();
  }

  /** Half-open records now. */
  public int synQueueLength() {
    throw new IllegalStateException();
  }

  /** Receive buffer that accepted connections start with, in bytes. */
  public void setReceiveBuffer(int bytes) {}
}
