package dev.sinew.cli.serve;

import java.util.concurrent.atomic.AtomicLong;

/** What a service did so far. Thread safe. */
public final class Traffic {
  private final String name;
  private final AtomicLong connections = new AtomicLong();
  private final AtomicLong bytesIn = new AtomicLong();
  private final AtomicLong bytesOut = new AtomicLong();

  public Traffic(String name) {
    this.name = name;
  }

  /** The service: {@code http}, {@code echo}. */
  public String name() {
    return name;
  }

  /** A connection was accepted, or a datagram came. */
  public void connection() {
    connections.incrementAndGet();
  }

  /** So many bytes came. */
  public void in(long bytes) {
    bytesIn.addAndGet(bytes);
  }

  /** So many bytes were handed to the stack. */
  public void out(long bytes) {
    bytesOut.addAndGet(bytes);
  }

  public long connections() {
    return connections.get();
  }

  public long bytesIn() {
    return bytesIn.get();
  }

  public long bytesOut() {
    return bytesOut.get();
  }
}
