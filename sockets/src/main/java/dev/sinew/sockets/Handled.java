package dev.sinew.sockets;

import dev.sinew.base.Endpoint;
import dev.sinew.base.Readiness;
import dev.sinew.tcp.TcpListener;
import java.util.ArrayDeque;

/** An endpoint with its {@link EventHandler}: the listener that is attached to it. */
final class Handled implements EndpointListener {
  private final ArrayDeque<Handled> queue;
  private final Endpoint endpoint;
  private final EventHandler handler;

  /** What has happened and was not yet told; guarded by the runner's lock. */
  private int pending;

  /** Waits in the queue; guarded by the runner's lock. */
  private boolean queued;

  Handled(ArrayDeque<Handled> queue, Endpoint endpoint, EventHandler handler) {
    this.queue = queue;
    this.endpoint = endpoint;
    this.handler = handler;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void ready(Endpoint e, int readiness) {
    pending |= readiness;
    if (!queued && pending != 0) {
      queued = true;
      queue.add(this);
    }
  }

  /** Leaves the queue, under the runner's lock; what is to be told. */
  int taken() {
    int told = pending;
    pending = 0;
    queued = false;
    return told;
  }

  /** Calls the handler; with the lock released. */
  void tell(int told) {
    if (endpoint instanceof TcpListener listener) {
      handler.onAccept(listener);
      return;
    }
    if ((told & (Readiness.READABLE | Readiness.ERROR | Readiness.HANGUP)) != 0) {
      handler.onReadable(endpoint);
    }
    if ((told & Readiness.WRITABLE) != 0) {
      handler.onWritable(endpoint);
    }
  }
}
