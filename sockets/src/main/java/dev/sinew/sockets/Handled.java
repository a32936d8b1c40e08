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

  /** What is being told; the driver's thread alone. */
  private int telling;

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

  /** Leaves the queue; under the runner's lock. */
  void taken() {
    telling = pending;
    pending = 0;
    queued = false;
  }

  /** Calls the handler; on the driver's thread, with the lock released. */
  void tell() {
    if (endpoint instanceof TcpListener listener) {
      handler.onAccept(listener);
      return;
    }
    if ((telling & (Readiness.READABLE | Readiness.ERROR | Readiness.HANGUP)) != 0) {
      handler.onReadable(endpoint);
    }
    if ((telling & Readiness.WRITABLE) != 0) {
      handler.onWritable(endpoint);
    }
  }
}
