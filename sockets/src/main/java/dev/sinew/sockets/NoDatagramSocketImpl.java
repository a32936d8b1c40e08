package dev.sinew.sockets;

import java.net.DatagramPacket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;

/**
 * What {@link StackDatagramSocket} gives to its superclass, which insists on an implementation and
 * never gets to use it.
 */
@SuppressWarnings({"deprecation", "removal"})
final class NoDatagramSocketImpl extends DatagramSocketImpl {
  private static SocketException unused() {
    return new SocketException("not supported");
  }

  @Override
  protected void create() throws SocketException {
    throw unused();
  }

  @Override
  protected void bind(int port, InetAddress address) throws SocketException {
    throw unused();
  }

  @Override
  protected void send(DatagramPacket p) throws SocketException {
    throw unused();
  }

  @Override
  protected int peek(InetAddress i) throws SocketException {
    throw unused();
  }

  @Override
  protected int peekData(DatagramPacket p) throws SocketException {
    throw unused();
  }

  @Override
  protected void receive(DatagramPacket p) throws SocketException {
    throw unused();
  }

  @Override
  protected void setTTL(byte ttl) throws SocketException {
    throw unused();
  }

  @Override
  protected byte getTTL() throws SocketException {
    throw unused();
  }

  @Override
  protected void setTimeToLive(int ttl) throws SocketException {
    throw unused();
  }

  @Override
  protected int getTimeToLive() throws SocketException {
    throw unused();
  }

  @Override
  protected void join(InetAddress group) throws SocketException {
    throw unused();
  }

  @Override
  protected void leave(InetAddress group) throws SocketException {
    throw unused();
  }

  @Override
  protected void joinGroup(SocketAddress group, NetworkInterface itf) throws SocketException {
    throw unused();
  }

  @Override
  protected void leaveGroup(SocketAddress group, NetworkInterface itf) throws SocketException {
    throw unused();
  }

  @Override
  protected void close() {}

  @Override
  public void setOption(int option, Object value) throws SocketException {
    throw unused();
  }

  @Override
  public Object getOption(int option) throws SocketException {
    throw unused();
  }
}
