package dev.sinew.base;

import org.jspecify.annotations.Nullable;

/**
 * What an application holds: a TCP connection or listener, a UDP or an ICMP endpoint. All calls are
 * non-blocking, and belong to the thread that runs the stack at that moment. When something happens
 * to an endpoint, it is put on the stack's {@link ReadyList}; whoever runs the stack takes it from
 * there and looks at {@link #readiness()}.
 */
public abstract class Endpoint {
  private final ReadyList readyList;
  @Nullable Endpoint nextReady;
  boolean listed;
  private @Nullable Object attachment;

  protected Endpoint(ReadyList readyList) {
    this.readyList = readyList;
  }

  /** A set of {@link Readiness} bits, true at this moment. */
  public abstract int readiness();

  /**
   * Ends the endpoint's life for the application; see each kind for what that means on the wire.
   * Harmless when repeated.
   */
  public abstract void close();

  /** Something about this endpoint changed that an application may wait for. */
  protected final void signal() {
    readyList.add(this);
  }

  /** The adapter's object (a socket, a channel, a waiter). */
  public final @Nullable Object attachment() {
    return attachment;
  }

  /** Sets the adapter's object. */
  public final void attach(@Nullable Object attachment) {
    this.attachment = attachment;
  }
}
