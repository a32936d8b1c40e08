package dev.sinew.sockets;

import dev.sinew.base.Profile;
import dev.sinew.tcp.TcpInfo;
import dev.sinew.tcp.auth.AuthKey;
import java.net.SocketOption;
import java.time.Duration;

/**
 * Options of this stack's sockets that the JDK has no name for, to be given to {@code
 * Socket.setOption} and {@code ServerSocket.setOption}; a server's are what its connections begin
 * with. The names are those of Linux where it has the option. {@code docs/options.md} lists all
 * options with their defaults.
 */
public final class SinewSocketOptions {
  private record Name<T>(String name, Class<T> type) implements SocketOption<T> {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Holds back what does not fill a segment, for 200 ms at most. */
  public static final SocketOption<Boolean> TCP_CORK = new Name<>("TCP_CORK", Boolean.class);

  /** How long sent data may stay unacknowledged before the connection ends; zero: R2's rule. */
  public static final SocketOption<Duration> TCP_USER_TIMEOUT =
      new Name<>("TCP_USER_TIMEOUT", Duration.class);

  /** The congestion controller's name; set before connect. */
  public static final SocketOption<String> TCP_CONGESTION =
      new Name<>("TCP_CONGESTION", String.class);

  /** Bytes that may be written and not yet sent, at least 1. */
  public static final SocketOption<Integer> TCP_NOTSENT_LOWAT =
      new Name<>("TCP_NOTSENT_LOWAT", Integer.class);

  /** The largest MSS of either direction, at least 88, or 0 for no bound of its own. */
  public static final SocketOption<Integer> TCP_MAXSEG = new Name<>("TCP_MAXSEG", Integer.class);

  /** Explicit congestion notification; set before connect. */
  public static final SocketOption<Profile.Ecn> TCP_ECN = new Name<>("TCP_ECN", Profile.Ecn.class);

  /** TTL or hop limit, 1 to 255. */
  public static final SocketOption<Integer> IP_TTL = new Name<>("IP_TTL", Integer.class);

  /**
   * Servers: how many connections may be open by the data on their SYN alone (RFC 7413); 0: none.
   */
  public static final SocketOption<Integer> TCP_FASTOPEN =
      new Name<>("TCP_FASTOPEN", Integer.class);

  /** Servers: how long a connection is kept from accept until its first data is here. */
  public static final SocketOption<Duration> TCP_DEFER_ACCEPT =
      new Name<>("TCP_DEFER_ACCEPT", Duration.class);

  /** Adds a key for signed segments (RFC 2385, RFC 5925); can't be read. */
  public static final SocketOption<AuthKey> TCP_AUTH_KEY =
      new Name<>("TCP_AUTH_KEY", AuthKey.class);

  /** The connection's variables; can't be set. */
  public static final SocketOption<TcpInfo> TCP_INFO = new Name<>("TCP_INFO", TcpInfo.class);

  private SinewSocketOptions() {}
}
