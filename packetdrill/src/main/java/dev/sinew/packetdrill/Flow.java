package dev.sinew.packetdrill;

import dev.sinew.wire.TcpHeader;
import java.util.Arrays;

/** The connection that the script is about: both sockets. */
final class Flow {
  static final int DEFAULT_PORT = 8080;
  private static final int FIRST_REMOTE_PORT = 53_055;

  private final byte[] localAddress;
  private final byte[] remoteAddress;
  private int localPort = DEFAULT_PORT;
  private int remotePort = FIRST_REMOTE_PORT;
  private int nextRemotePort = FIRST_REMOTE_PORT;
  private boolean active;
  private boolean established;
  private boolean numbered;
  private boolean listening;

  /** A connection has begun that is not established yet. */
  private boolean opening;

  Flow(byte[] localAddress, byte[] remoteAddress) {
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  byte[] localAddress() {
    return localAddress;
  }

  byte[] remoteAddress() {
    return remoteAddress;
  }

  int localPort() {
    return localPort;
  }

  int remotePort() {
    return remotePort;
  }

  /** The stack listens on, or is bound to, a port. */
  void bound(int port) {
    localPort = port;
  }

  /** The stack connects to a port of the peer. */
  void connecting(int port) {
    active = true;
    numbered = false;
    opening = true;
    localPort = -1;
    remotePort = port;
  }

  /** A first packet of the stack's own connection shows its port. */
  void sawLocalPort(int port) {
    if (active) {
      localPort = port;
    }
  }

  /** The next SYN of the peer begins a connection; those after it belong to that. */
  void listening(int port) {
    reset();
    bound(port);
    listening = true;
  }

  boolean isListening() {
    return listening;
  }

  /** The peer begins a connection of its own. */
  void passive() {
    remotePort = nextRemotePort++;
    established = false;
    numbered = false;
    opening = true;
    listening = false;
  }

  /**
   * A SYN of the peer now tells its initial sequence number; one for a socket that does not listen
   * begins nothing.
   */
  boolean opening() {
    return opening;
  }

  boolean active() {
    return active;
  }

  /** Both initial sequence numbers were exchanged: a further SYN belongs to this connection. */
  boolean established() {
    return established;
  }

  void synchronise() {
    established = true;
    opening = false;
  }

  /** The stack's initial sequence number is known. */
  boolean numbered() {
    return numbered;
  }

  void number() {
    numbered = true;
  }

  void reset() {
    active = false;
    established = false;
    numbered = false;
    opening = false;
    listening = false;
  }

  /** Whether a packet that the stack sent is one of this connection. */
  boolean owns(LivePacket p) {
    return Arrays.equals(p.destination(), remoteAddress)
        && (p.protocol != LivePacket.TCP && p.protocol != LivePacket.UDP
            || p.destinationPort == remotePort
                && (p.sourcePort == localPort || active && localPort < 0 && isSyn(p)));
  }

  private static boolean isSyn(LivePacket p) {
    return p.protocol != LivePacket.TCP || (p.flags & TcpHeader.SYN) != 0;
  }
}
