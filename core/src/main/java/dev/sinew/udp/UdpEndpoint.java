package dev.sinew.udp;

import dev.sinew.base.Endpoint;
import dev.sinew.base.ReadyList;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import org.jspecify.annotations.Nullable;

/** A UDP endpoint. Calls never wait: they return a count, 0 or a {@link TcpError#code()}. */
public final class UdpEndpoint extends Endpoint {
  UdpEndpoint(ReadyList readyList) {
    super(readyList);
  }

  /** Chooses the local end; port 0 lets the stack choose. 0 or an error code. */
  public int bind(IpAddress local, int port) {
    throw new IllegalStateException();
  }

  /** Talks with one peer only: others' datagrams are not received, and ICMP errors are reported. 0 or an error code. */
  public int connect(IpAddress remote, int port) {
    throw new IllegalStateException();
  }

  /** Undoes {@link #connect}. */
  public void disconnect() {}

  /** Sends one datagram; the destination is null on a connected endpoint. The length, or an error code. */
  public int send(byte[] data, int offset, int length, @Nullable IpAddress destination, int port) {
    throw new IllegalStateException();
  }

  /** Takes the oldest datagram, cut to {@code length}. Null when there is none: then {@link #takeError} tells of an error. */
  public @Nullable Datagram receive(byte[] target, int offset, int length) {
    throw new IllegalStateException();
  }

  /** As {@link #receive}, without taking it. */
  public @Nullable Datagram peek(byte[] target, int offset, int length) {
    throw new IllegalStateException();
  }

  /** Takes the pending ICMP error of a connected endpoint; null when there is none. */
  public @Nullable TcpError takeError() {
    throw new IllegalStateException();
  }

  @Override
  public int readiness() {
    throw new IllegalStateException();
  }

  @Override
  public void close() {}

  public boolean isClosed() {
    throw new IllegalStateException();
  }

  public @Nullable IpAddress localAddress() {
    throw new IllegalStateException();
  }

  public int localPort() {
    throw new IllegalStateException();
  }

  public @Nullable IpAddress remoteAddress() {
    throw new IllegalStateException();
  }

  public int remotePort() {
    throw new IllegalStateException();
  }

  /** Receive queue in bytes of memory. */
  public void setReceiveBuffer(int bytes) {}

  public int receiveBuffer() {
    return 0;
  }

  /** Bytes that wait to be received, and datagrams dropped because the queue was full. */
  public int queuedBytes() {
    return 0;
  }

  public long dropCount() {
    return 0;
  }

  public void setTtl(int ttl) {}

  public void setTrafficClass(int value) {}

  public int trafficClass() {
    return 0;
  }

  public void setBroadcast(boolean on) {}

  public boolean broadcast() {
    return false;
  }

  /** Allows several endpoints on one address and port; before bind. */
  public void setReusePort(boolean on) {}

  public boolean reusePort() {
    return false;
  }

  public void setReuseAddress(boolean on) {}

  public boolean reuseAddress() {
    return false;
  }
}
