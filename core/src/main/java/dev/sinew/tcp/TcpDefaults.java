package dev.sinew.tcp;

import java.util.function.Consumer;

/**
 * The options that every endpoint and listener of a stack begins with, as far as its profile
 * (keepalive times, TTL, congestion control) and its limits (buffer sizes) don't name them. Never
 * changes once made.
 */
public final class TcpDefaults {
  /**
   * The values while they are made: {@code TcpDefaults.STANDARD.with(v -> v.noDelay = true)}. Each
   * means what the setter of {@link TcpEndpoint} says.
   */
  public static final class Values implements Cloneable {
    /** {@link TcpEndpoint#setNoDelay}. */
    public boolean noDelay = false;

    /** {@link TcpEndpoint#setCork}. */
    public boolean cork = false;

    /** {@link TcpEndpoint#setKeepAlive}. */
    public boolean keepAlive = false;

    /** {@link TcpEndpoint#setUserTimeout}. */
    public long userTimeoutNanos = 0;

    /** {@link TcpEndpoint#setLinger}. */
    public long lingerNanos = -1;

    /** {@link TcpEndpoint#setTrafficClass}. */
    public int trafficClass = 0;

    /** {@link TcpEndpoint#setMaxSegment}. */
    public int maxSegment = 0;

    private Values() {}

    @Override
    protected Values clone() {
      try {
        return (Values) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** What RFC 9293 wants where it wants something, and nothing special elsewhere. */
  public static final TcpDefaults STANDARD = new TcpDefaults(new Values());

  final Values values;

  private TcpDefaults(Values values) {
    this.values = values;
  }

  /** The same defaults with the values that {@code change} sets. */
  public TcpDefaults with(Consumer<Values> change) {
    Values next = values.clone();
    change.accept(next);
    return new TcpDefaults(next);
  }
}
