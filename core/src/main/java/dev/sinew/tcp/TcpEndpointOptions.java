package dev.sinew.tcp;

import dev.sinew.base.Endpoint;
import dev.sinew.base.ReadyList;

/**
 * The options of a {@link TcpEndpoint}; all take effect at once unless they say otherwise. Its only
 * heir is that class.
 */
abstract class TcpEndpointOptions extends Endpoint {
  private static final int MIN_BUFFER = 2048;
  private static final int MAX_BUFFER = 1 << 30;
  private static final long MIN_KEEP_ALIVE_NANOS = 1_000_000L;

  final SocketOptions options;

  TcpEndpointOptions(ReadyList readyList, SocketOptions options) {
    super(readyList);
    this.options = options;
  }

  abstract void optionChanged();

  abstract void keepAliveChanged();

  abstract void sendBufferChanged();

  abstract void receiveBufferChanged();

  /** Switches the Nagle algorithm off (RFC 9293 section 3.7.4, MUST-17). */
  public void setNoDelay(boolean on) {
    options.noDelay = on;
    optionChanged();
  }

  public boolean noDelay() {
    return options.noDelay;
  }

  /** Holds back what does not fill a segment, for 200 ms at most. */
  public void setCork(boolean on) {
    options.cork = on;
    optionChanged();
  }

  /** Keepalive (RFC 9293 section 3.8.4), off by default (MUST-25). */
  public void setKeepAlive(boolean on) {
    options.keepAlive = on;
    keepAliveChanged();
  }

  public boolean keepAlive() {
    return options.keepAlive;
  }

  /**
   * Idle time before the first probe, interval between probes, and how many may stay unanswered
   * (MUST-27): at least 1 ms each, so that no value makes a storm, and at least one.
   */
  public void setKeepAliveTimes(long idleNanos, long intervalNanos, int count) {
    options.keepAliveIdleNanos = Math.max(MIN_KEEP_ALIVE_NANOS, idleNanos);
    options.keepAliveIntervalNanos = Math.max(MIN_KEEP_ALIVE_NANOS, intervalNanos);
    options.keepAliveCount = Math.max(1, count);
    keepAliveChanged();
  }

  /**
   * How long sent data may stay unacknowledged (RFC 9293 section 3.8.3 R2, MUST-21); 0: the
   * profile's rule.
   */
  public void setUserTimeout(long nanos) {
    options.userTimeoutNanos = Math.max(0, nanos);
    optionChanged();
  }

  /**
   * Linger: negative for an ordinary close; 0 makes {@code close} an {@code abort}; positive is for
   * blocking adapters.
   */
  public void setLinger(long nanos) {
    options.lingerNanos = nanos;
  }

  public long lingerNanos() {
    return options.lingerNanos;
  }

  static int bufferSize(int bytes) {
    return Math.clamp(bytes, MIN_BUFFER, MAX_BUFFER);
  }

  /**
   * Send buffer in bytes, at least 2048; shrinking takes effect as it drains. Until this is called
   * the buffer grows by itself with the congestion window, where the profile says so.
   */
  public void setSendBuffer(int bytes) {
    options.sendBufferFixed = true;
    options.sendBufferBytes = bufferSize(bytes);
    sendBufferChanged();
  }

  /** The size now. */
  public int sendBuffer() {
    return options.sendBufferBytes;
  }

  /**
   * Receive buffer in bytes, at least 2048; before connect or listen it also chooses the window
   * scale. The offered window never retreats. Until this is called the buffer grows by itself with
   * what the application reads, where the profile says so.
   */
  public void setReceiveBuffer(int bytes) {
    options.receiveBufferFixed = true;
    options.receiveBufferBytes = bufferSize(bytes);
    receiveBufferChanged();
  }

  /** The size now. */
  public int receiveBuffer() {
    return options.receiveBufferBytes;
  }

  /**
   * The endpoint takes no more bytes, and is not writable, while this many or more are written and
   * not yet sent; at least 1. What is sent later can then be chosen later. Off at first.
   */
  public void setNotSentLowat(int bytes) {
    options.notSentLowatBytes = Math.max(1, bytes);
    sendBufferChanged();
  }

  /** {@link Integer#MAX_VALUE} when off. */
  public int notSentLowat() {
    return options.notSentLowatBytes;
  }

  /** DSCP in the upper six bits (MUST-48, SHLD-21); the ECN bits are the stack's. */
  public void setTrafficClass(int value) {
    options.trafficClass = value & 0xfc;
    optionChanged();
  }

  public int trafficClass() {
    return options.trafficClass;
  }

  /** TTL or hop limit, 1 to 255 (MUST-49). */
  public void setTtl(int ttl) {
    options.ttl = Math.clamp(ttl, 1, 255);
    optionChanged();
  }

  /** Allows binding to a port whose connections are in TIME-WAIT; before bind. */
  public void setReuseAddress(boolean on) {
    options.reuseAddress = on;
  }

  public boolean reuseAddress() {
    return options.reuseAddress;
  }

  /** Allows several endpoints on one address and port; before bind. */
  public void setReusePort(boolean on) {
    options.reusePort = on;
  }

  public boolean reusePort() {
    return options.reusePort;
  }
}
