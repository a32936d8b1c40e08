package dev.sinew.packetdrill;

import dev.sinew.base.Readiness;
import dev.sinew.ip.IpAddress;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpEndpointOptions;
import dev.sinew.tcp.TcpListener;
import dev.sinew.udp.UdpEndpoint;
import org.jspecify.annotations.Nullable;

/** What a descriptor of a script stands for. */
final class Sock {
  final @Nullable UdpEndpoint udp;
  @Nullable TcpEndpoint tcp;
  @Nullable TcpListener listener;
  boolean nonBlocking;

  /** TCP_FASTOPEN was set: a send to an address connects; a listener takes that many at once. */
  int fastOpen;

  @Nullable IpAddress boundAddress;
  int boundPort = -1;

  /** Bytes that the application has read and written, counted as the stream does. */
  long readPosition;

  long writtenPosition;

  /** {@code connect} waits for the first data when there is a Fast Open cookie. */
  boolean fastOpenConnect;

  /** Where such a connect goes. */
  Values.@Nullable Address deferred;

  /** What TCP_NOTSENT_LOWAT was set to. */
  @Nullable Long notSentLowat;

  /** Somebody found no room to write, and hears when there is. */
  boolean noSpace;

  /** How often there was room again for somebody who had found none. */
  int spaceCount;

  /** When what it writes leaves and is acknowledged; null when nobody asks. */
  @Nullable SendStamps stamps;

  /** Each read tells how much is left. */
  boolean tellsInQueue;

  /** An open that the application has not heard the end of. */
  boolean connecting;

  Sock(@Nullable TcpEndpoint tcp, @Nullable UdpEndpoint udp) {
    this.tcp = tcp;
    this.udp = udp;
  }

  /** Where the options of a TCP socket live, in whatever state it is. */
  @Nullable TcpEndpointOptions options() {
    return listener != null ? listener : tcp;
  }

  /** Something may have made room. */
  void look() {
    if (noSpace && (readiness() & Readiness.WRITABLE) != 0) {
      noSpace = false;
      spaceCount++;
    }
  }

  /** Grows with everything that comes in for the application. */
  long arrivedCount() {
    TcpEndpoint e = tcp;
    boolean readable = (readiness() & Readiness.READABLE) != 0;
    return e == null ? 0 : readPosition + e.available() + (readable && e.available() == 0 ? 1 : 0);
  }

  int readiness() {
    if (deferred != null) {
      return Readiness.WRITABLE;
    }
    if (listener != null) {
      return listener.readiness();
    }
    return tcp != null ? tcp.readiness() : udp != null ? udp.readiness() : 0;
  }

  void close() {
    if (listener != null) {
      listener.close();
    } else if (tcp != null) {
      tcp.close();
    } else if (udp != null) {
      udp.close();
    }
  }
}
