package dev.sinew.sockets;

import dev.sinew.base.Endpoint;

/**
 * What an adapter {@linkplain Endpoint#attach attaches} to an endpoint to hear of it. After each
 * turn a {@link Runner} takes every endpoint from {@link dev.sinew.stack.Stack#takeReady()} and
 * calls the listener that is attached to it, if there is one.
 */
@FunctionalInterface
public interface EndpointListener {
  /**
   * Something happened to the endpoint. Called by whoever runs the stack, within the runner's
   * exclusion: it must be short, and may only look at the endpoint and call {@link Runner#wake}.
   *
   * @param endpoint the endpoint that this object is attached to
   * @param readiness its {@link dev.sinew.base.Readiness} bits at this moment
   */
  void ready(Endpoint endpoint, int readiness);
}
