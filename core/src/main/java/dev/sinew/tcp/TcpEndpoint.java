package dev.sinew.tcp;

import dev.sinew.base.Endpoint;
import dev.sinew.base.ReadyList;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * An application's end of a TCP connection (RFC 9293 section 3.9.1). Calls never wait: they return a count, or a {@link TcpError#code()} when
 * nothing could be done. What a call causes is sent when the stack is flushed. All calls belong to whoever runs the stack.
 */
public final class TcpEndpoint extends Endpoint {
  TcpEndpoint(ReadyList readyList) {
    super(readyList);
  }

  // ---- opening

  /** Chooses the local end before {@link #connect}: any address of ours or ANY; port 0 lets the stack choose. 0 or an error code. */
  public int bind(IpAddress local, int port) {
    throw new IllegalStateException();
  }

  /** Active OPEN. {@link TcpError#IN_PROGRESS}, or the code of what forbids it. Writable readiness tells the end; then {@link #takeError}. */
  public int connect(IpAddress remote, int port) {
    throw new IllegalStateException();
  }

  // ---- data

  /** RECEIVE: copies what has arrived. At least 1, or {@link TcpError#WOULD_BLOCK}, {@link TcpError#END_OF_STREAM} or the connection's error. */
  public int read(MemorySegment target, long offset, int length) {
    throw new IllegalStateException();
  }

  /** The same into an array. */
  public int read(byte[] target, int offset, int length) {
    throw new IllegalStateException();
  }

  /** Reads without taking. */
  public int peek(byte[] target, int offset, int length) {
    throw new IllegalStateException();
  }

  /** Takes up to {@code length} bytes without looking at them; as {@link #read}. */
  public int skip(int length) {
    throw new IllegalStateException();
  }

  /** SEND: copies as much as the send buffer takes. At least 1, or {@link TcpError#WOULD_BLOCK}, {@link TcpError#PIPE} or the connection's error. */
  public int write(MemorySegment source, long offset, int length) {
    throw new IllegalStateException();
  }

  /** The same from an array. */
  public int write(byte[] source, int offset, int length) {
    throw new IllegalStateException();
  }

  /** SEND with the URGENT flag (section 3.8.5): one byte after which the urgent pointer points. As {@link #write}. */
  public int writeUrgent(int value) {
    throw new IllegalStateException();
  }

  // ---- closing

  /** CLOSE of our direction: what was written is sent, then FIN. The peer may go on sending. 0 or an error code. */
  public int shutdownOutput() {
    throw new IllegalStateException();
  }

  /** We read no more: unread data is discarded, and what still arrives is acknowledged and discarded. 0 or an error code. */
  public int shutdownInput() {
    throw new IllegalStateException();
  }

  /**
   * CLOSE by the application: sends what was written and FIN in the background, or RST when unread data is lost (RFC 9293 section 3.6.1) or the
   * linger time is 0.
   */
  @Override
  public void close() {
    throw new IllegalStateException();
  }

  /** ABORT: RST at once, everything discarded. */
  public void abort() {
    throw new IllegalStateException();
  }

  // ---- status

  @Override
  public int readiness() {
    throw new IllegalStateException();
  }

  public TcpState state() {
    throw new IllegalStateException();
  }

  /** Takes the pending error, as SO_ERROR does: the next call does not see it again. Null when there is none. */
  public @Nullable TcpError takeError() {
    throw new IllegalStateException();
  }

  /** The error that ended the connection, kept for good; null while it lives and after an orderly close. */
  public @Nullable TcpError error() {
    throw new IllegalStateException();
  }

  /** The last soft ICMP error that did not end the connection (RFC 9293 section 3.9.2.2), or null. */
  public @Nullable TcpError softError() {
    throw new IllegalStateException();
  }

  public @Nullable IpAddress localAddress() {
    throw new IllegalStateException();
  }

  /** 0 when not bound. */
  public int localPort() {
    throw new IllegalStateException();
  }

  public @Nullable IpAddress remoteAddress() {
    throw new IllegalStateException();
  }

  /** 0 when not connected. */
  public int remotePort() {
    throw new IllegalStateException();
  }

  /** Bytes that {@link #read} would return now. */
  public int available() {
    throw new IllegalStateException();
  }

  /** Bytes written and not yet acknowledged. */
  public int unacknowledged() {
    throw new IllegalStateException();
  }

  /** Bytes written and not yet sent. */
  public int unsent() {
    throw new IllegalStateException();
  }

  /** Urgent bytes that lie before the urgent mark in the unread stream; 0 when there is none (MUST-33). */
  public int urgentRemaining() {
    throw new IllegalStateException();
  }

  /** A snapshot of the connection's variables. */
  public TcpInfo info() {
    throw new IllegalStateException();
  }

  // ---- options; all live unless they say otherwise

  /** Switches the Nagle algorithm off (RFC 9293 section 3.7.4, MUST-17). */
  public void setNoDelay(boolean on) {}

  public boolean noDelay() {
    return false;
  }

  /** Holds back what does not fill a segment, for 200 ms at most. */
  public void setCork(boolean on) {}

  /** Keepalive (RFC 9293 section 3.8.4), off by default (MUST-25). */
  public void setKeepAlive(boolean on) {}

  public boolean keepAlive() {
    return false;
  }

  /** Idle time before the first probe, interval between probes, and how many may stay unanswered. */
  public void setKeepAliveTimes(long idleNanos, long intervalNanos, int count) {}

  /** How long sent data may stay unacknowledged (RFC 9293 section 3.8.3 R2, MUST-21); 0: the profile's rule. */
  public void setUserTimeout(long nanos) {}

  /** Linger: negative for an ordinary close; 0 makes {@link #close} an {@link #abort}; positive is for blocking adapters. */
  public void setLinger(long nanos) {}

  public long lingerNanos() {
    return -1;
  }

  /** Send buffer in bytes, at least 2048; shrinking takes effect as it drains. */
  public void setSendBuffer(int bytes) {}

  public int sendBuffer() {
    return 0;
  }

  /** Receive buffer in bytes, at least 2048; before connect or listen it also chooses the window scale. The offered window never retreats. */
  public void setReceiveBuffer(int bytes) {}

  public int receiveBuffer() {
    return 0;
  }

  /** DSCP in the upper six bits (MUST-48, SHLD-21); the ECN bits are the stack's. */
  public void setTrafficClass(int value) {}

  public int trafficClass() {
    return 0;
  }

  /** TTL or hop limit, 1 to 255 (MUST-49). */
  public void setTtl(int ttl) {}

  /** Allows binding to a port whose connections are in TIME-WAIT; before bind. */
  public void setReuseAddress(boolean on) {}

  public boolean reuseAddress() {
    return false;
  }

  /** Allows several endpoints on one address and port; before bind. */
  public void setReusePort(boolean on) {}

  public boolean reusePort() {
    return false;
  }
}
