package dev.sinew.tcp;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.IpLayer;
import dev.sinew.ip.StackContext;
import org.jspecify.annotations.Nullable;

/** The TCP of one stack: its records and what they share. */
public final class TcpLayer {
  /** Takes one row of {@link #forEach}. */
  @FunctionalInterface
  public interface Visitor {
    void row(
        TcpState state,
        long receiveQueue,
        long sendQueue,
        IpAddress localAddress,
        int localPort,
        IpAddress remoteAddress,
        int remotePort,
        String timer,
        long timerNanos,
        int retransmits,
        @Nullable TcpInfo info);
  }

  /** Registers itself with {@code ip} as protocol 6. */
  public TcpLayer(StackContext context, IpLayer ip) {}

  /** Sends what is due for every connection that changed. */
  public void flush(long now) {}

  /** A new endpoint for an active open. */
  public TcpEndpoint open() {
    throw new IllegalStateException();
  }

  /** A passive open; null on failure, see {@link #lastError}. */
  public @Nullable TcpListener listen(IpAddress local, int port, int backlog, boolean reuseAddress, boolean reusePort) {
    throw new IllegalStateException();
  }

  /** The error code of the last {@link #listen} that returned null. */
  public int lastError() {
    return 0;
  }

  /** Shows every listener, connection and record. */
  public void forEach(Visitor visitor, long now) {}

  /** Aborts every connection and closes every listener. */
  public void close() {}
}
