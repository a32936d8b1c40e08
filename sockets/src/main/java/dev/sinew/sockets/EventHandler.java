package dev.sinew.sockets;

import dev.sinew.base.Endpoint;
import dev.sinew.tcp.TcpListener;

/**
 * Hears of an endpoint by calls instead of a thread that waits; see {@link RealTimeRunner#handle}.
 * All calls come from the driver's threads, one after another, with the stack given away: a handler
 * that wants to touch the endpoint calls {@link RealTimeRunner#run}, or {@link Runner#enter} and
 * {@link Runner#exit}, once per call if it can. It must not wait, or every connection waits with
 * it.
 *
 * <p>The calls are edge-triggered: they tell that something happened since the last one. So a
 * handler reads (writes, accepts) until {@link dev.sinew.base.TcpError#WOULD_BLOCK}, or asks for
 * another call by {@link RealTimeRunner#again}. Calls may be spurious, also after the endpoint was
 * closed. A handler that throws loses its endpoint: it is reset and closed.
 */
public interface EventHandler {
  /** A read returns bytes, the end of the stream or an error. */
  default void onReadable(Endpoint endpoint) {}

  /** A write takes bytes or returns an error; after a connect, it has finished. */
  default void onWritable(Endpoint endpoint) {}

  /** An accept returns a connection. */
  default void onAccept(TcpListener listener) {}
}
