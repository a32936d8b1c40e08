package dev.sinew.tcp;

import dev.sinew.base.Readiness;
import dev.sinew.ip.IpAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A passive OPEN (RFC 9293 section 3.10.1): a port in LISTEN, with its queue of half-open records
 * and its accept queue.
 */
public final class TcpListener extends TcpEndpointOptions {
  final TcpLayer layer;
  final long localHigh;
  final long localLow;
  private final int localPort;
  private final int backlog;
  private final ArrayDeque<TcpEndpoint> acceptQueue = new ArrayDeque<>();
  int synQueueLength;

  /** When a cookie was given out last; cookies are looked for only some time after that. */
  long cookieSentAt = Long.MIN_VALUE;

  /** Those that are open by the data on their SYN; null when none may be. */
  @Nullable FastOpenQueue fastOpenQueue;

  private boolean closed;

  TcpListener(
      TcpLayer layer,
      SocketOptions options,
      long localHigh,
      long localLow,
      int localPort,
      int backlog) {
    super(layer.context.readyList, options);
    this.layer = layer;
    this.localHigh = localHigh;
    this.localLow = localLow;
    this.localPort = localPort;
    this.backlog = backlog;
  }

  /**
   * The oldest connection whose handshake is complete, or null. It is ESTABLISHED, or further on
   * already.
   */
  public @Nullable TcpEndpoint accept() {
    TcpEndpoint e = acceptQueue.poll();
    if (e != null) {
      e.listener = null;
    }
    return e;
  }

  void completed(TcpEndpoint e) {
    acceptQueue.add(e);
    signal();
  }

  boolean acceptQueueFull() {
    return acceptQueue.size() >= backlog;
  }

  /** Stops listening. Half-open records and connections not yet accepted are reset. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    layer.listenerClosed(this);
    for (TcpEndpoint e = acceptQueue.poll(); e != null; e = acceptQueue.poll()) {
      e.abort();
    }
    signal();
  }

  @Override
  public int readiness() {
    return (acceptQueue.isEmpty() ? 0 : Readiness.READABLE)
        | (closed ? Readiness.READABLE | Readiness.HANGUP : 0);
  }

  public boolean isClosed() {
    return closed;
  }

  public IpAddress localAddress() {
    return new IpAddress(localHigh, localLow);
  }

  public int localPort() {
    return localPort;
  }

  /** Connections that wait for {@link #accept}. */
  public int acceptQueueLength() {
    return acceptQueue.size();
  }

  /** The most that may wait. */
  public int backlog() {
    return backlog;
  }

  /** Half-open records now. */
  public int synQueueLength() {
    return synQueueLength;
  }

  /** Options of a listener are for the connections to come. */
  @Override
  @Nullable Connection affected() {
    return null;
  }

  /**
   * Keeps a connection from {@link #accept} until its first data is here, but no longer than this;
   * 0 switches it off. It is as long as the peer's handshake looks unfinished to us.
   */
  public void setDeferAccept(long nanos) {
    own().deferAcceptNanos = Math.max(0, nanos);
  }

  /**
   * Takes data on a SYN (RFC 7413): {@link #accept} then gives connections whose handshake is not
   * complete. Data of a SYN that the network duplicates may be taken twice (section 2.1). SYN
   * cookies exclude it: while the queue of half-open records is full, data on SYNs is not looked
   * at.
   *
   * @param maxPending how many connections may be in that state; 0 switches it off
   */
  public void setFastOpen(int maxPending) {
    fastOpenQueue = maxPending <= 0 ? null : new FastOpenQueue(Math.min(maxPending, 1 << 16));
  }

  /** How many connections may be open by the data on their SYN; 0: none. */
  public int fastOpen() {
    FastOpenQueue q = fastOpenQueue;
    return q == null ? 0 : q.max();
  }

  /** How many connections are open by the data on their SYN now. */
  public int fastOpenPending() {
    FastOpenQueue q = fastOpenQueue;
    return q == null ? 0 : q.pending();
  }

  public long deferAcceptNanos() {
    return options.deferAcceptNanos;
  }

  @Override
  void checkCongestionControl(String name) {
    layer.controls.check(name);
  }
}
