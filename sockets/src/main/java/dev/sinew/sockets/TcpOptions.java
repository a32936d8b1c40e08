package dev.sinew.sockets;

import dev.sinew.tcp.TcpEndpointOptions;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.util.HashSet;
import java.util.Set;

/** The options of stream sockets: names, checks with the JDK's texts, and the endpoint's own. */
final class TcpOptions {
  static final Set<SocketOption<?>> CLIENT =
      with(
          NamedOption.CLIENT,
          StandardSocketOptions.SO_RCVBUF,
          StandardSocketOptions.SO_SNDBUF,
          StandardSocketOptions.SO_REUSEADDR,
          StandardSocketOptions.SO_REUSEPORT,
          StandardSocketOptions.SO_KEEPALIVE,
          StandardSocketOptions.SO_LINGER,
          StandardSocketOptions.TCP_NODELAY,
          StandardSocketOptions.IP_TOS);

  static final Set<SocketOption<?>> SERVER =
      with(
          NamedOption.SERVER,
          StandardSocketOptions.SO_RCVBUF,
          StandardSocketOptions.SO_REUSEADDR,
          StandardSocketOptions.SO_REUSEPORT,
          StandardSocketOptions.IP_TOS);

  private static final long NANOS = 1_000_000_000L;

  private TcpOptions() {}

  private static Set<SocketOption<?>> with(Set<SocketOption<?>> more, SocketOption<?>... names) {
    Set<SocketOption<?>> all = new HashSet<>(more);
    all.addAll(Set.of(names));
    return Set.copyOf(all);
  }

  static void set(TcpEndpointOptions e, int option, Object value) throws SocketException {
    switch (option) {
      case SocketOptions.SO_LINGER ->
          // "false" switches it off, a number of seconds on.
          e.setLinger(
              Boolean.FALSE.equals(value) || Integer.valueOf(-1).equals(value)
                  ? -1
                  : number(value, "SO_LINGER") * NANOS);
      case SocketOptions.IP_TOS -> e.setTrafficClass(number(value, "IP_TOS"));
      case SocketOptions.TCP_NODELAY -> e.setNoDelay(bool(value, "TCP_NODELAY"));
      case SocketOptions.SO_SNDBUF -> e.setSendBuffer(size(value, "SO_SNDBUF"));
      case SocketOptions.SO_RCVBUF -> e.setReceiveBuffer(size(value, "SO_RCVBUF"));
      case SocketOptions.SO_KEEPALIVE -> e.setKeepAlive(bool(value, "SO_KEEPALIVE"));
      case SocketOptions.SO_REUSEADDR -> e.setReuseAddress(bool(value, "SO_REUSEADDR"));
      case SocketOptions.SO_REUSEPORT -> e.setReusePort(bool(value, "SO_REUSEPORT"));
      default -> throw new SocketException("Unknown option " + option);
    }
  }

  static Object get(TcpEndpointOptions e, int option) throws SocketException {
    return switch (option) {
      case SocketOptions.SO_LINGER ->
          e.lingerNanos() < 0 ? (Object) Boolean.FALSE : (Object) (int) (e.lingerNanos() / NANOS);
      case SocketOptions.IP_TOS -> e.trafficClass();
      case SocketOptions.TCP_NODELAY -> e.noDelay();
      case SocketOptions.SO_SNDBUF -> e.sendBuffer();
      case SocketOptions.SO_RCVBUF -> e.receiveBuffer();
      case SocketOptions.SO_KEEPALIVE -> e.keepAlive();
      case SocketOptions.SO_REUSEADDR -> e.reuseAddress();
      case SocketOptions.SO_REUSEPORT -> e.reusePort();
      default -> throw new SocketException("Unknown option " + option);
    };
  }

  /** The old number of a new name. */
  static int number(SocketOption<?> name, Set<SocketOption<?>> supported) {
    if (!supported.contains(name)) {
      throw new UnsupportedOperationException("'" + name + "' not supported");
    }
    return switch (name.name()) {
      case "SO_RCVBUF" -> SocketOptions.SO_RCVBUF;
      case "SO_SNDBUF" -> SocketOptions.SO_SNDBUF;
      case "SO_REUSEADDR" -> SocketOptions.SO_REUSEADDR;
      case "SO_REUSEPORT" -> SocketOptions.SO_REUSEPORT;
      case "SO_KEEPALIVE" -> SocketOptions.SO_KEEPALIVE;
      case "SO_LINGER" -> SocketOptions.SO_LINGER;
      case "TCP_NODELAY" -> SocketOptions.TCP_NODELAY;
      case "SO_BROADCAST" -> SocketOptions.SO_BROADCAST;
      default -> SocketOptions.IP_TOS;
    };
  }

  static <T> Object checked(SocketOption<T> name, T value) {
    if (!name.type().isInstance(value)) {
      throw new IllegalArgumentException("Invalid value '" + value + "'");
    }
    if (value instanceof Integer i && i < 0 && !name.equals(StandardSocketOptions.SO_LINGER)) {
      throw new IllegalArgumentException("Invalid " + name.name() + " value");
    }
    return value;
  }

  /**
   * The value under the new name's type: a linger that is off is -1 there and "false" in the old
   * form.
   */
  static <T> T typed(SocketOption<T> name, Object value) {
    Object typed = value instanceof Boolean && name.type() == Integer.class ? (Object) (-1) : value;
    return name.type().cast(typed);
  }

  static int timeout(Object value) {
    if (!(value instanceof Integer i) || i < 0) {
      throw new IllegalArgumentException("timeout < 0");
    }
    return i;
  }

  static boolean bool(Object value, String name) throws SocketException {
    if (!(value instanceof Boolean b)) {
      throw new SocketException("Bad value for " + name);
    }
    return b;
  }

  static int number(Object value, String name) throws SocketException {
    if (!(value instanceof Integer i)) {
      throw new SocketException("Bad value for " + name);
    }
    return i;
  }

  static int size(Object value, String name) throws SocketException {
    int i = number(value, name);
    if (i <= 0) {
      throw new SocketException(name + " <= 0");
    }
    return i;
  }
}
