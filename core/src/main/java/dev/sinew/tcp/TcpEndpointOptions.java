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

  final SocketOptions options;

  TcpEndpointOptions(ReadyList readyList, SocketOptions options) {
    super(readyList);
    this.options = options;
  }

  abstract void optionChanged();

  abstract void keepAliveChanged();

  abstract void sendBufferChanged();

  abstract void receiveBufferChanged();

  abstract void checkCongestionControl(String name);

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
   * (MUST-27).
   */
  public void setKeepAliveTimes(long idleNanos, long intervalNanos, int count) {
    options.keepAliveIdleNanos = Math.max(1, idleNanos);
    options.keepAliveIntervalNanos = Math.max(1, intervalNanos);
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

  /** Send buffer in bytes, at least 2048; shrinking takes effect as it drains. */
  public void setSendBuffer(int bytes) {
    options.sendBufferBytes = bufferSize(bytes);
    sendBufferChanged();
  }

  public int sendBuffer() {
    return options.sendBufferBytes;
  }

  /**
   * Receive buffer in bytes, at least 2048; before connect or listen it also chooses the window
   * scale. The offered window never retreats.
   */
  public void setReceiveBuffer(int bytes) {
    options.receiveBufferBytes = bufferSize(bytes);
    receiveBufferChanged();
  }

  public int receiveBuffer() {
    return options.receiveBufferBytes;
  }

  /**
   * Which congestion controller the connection uses: {@code cubic}, {@code reno}, {@code bbr}, or
   * one that the stack was built with. Before connect; on a listener for connections to come.
   *
   * @throws IllegalArgumentException when the stack has none of that name
   */
  public void setCongestionControl(String name) {
    checkCongestionControl(name);
    options.congestionControl = name;
  }

  public String congestionControl() {
    return options.congestionControl;
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
