package dev.sinew.sockets;

import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpEndpointOptions;
import dev.sinew.tcp.TcpListener;
import dev.sinew.tcp.auth.AuthKey;
import java.net.SocketException;
import java.net.SocketOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** An option that has a name but no number in the old interface: the JDK's extended, and ours. */
record NamedOption<T>(
    SocketOption<T> name,
    boolean client,
    boolean server,
    Function<TcpEndpointOptions, @Nullable T> get,
    BiConsumer<TcpEndpointOptions, T> set) {
  private static final long SECOND = 1_000_000_000L;

  private static final List<NamedOption<?>> ALL =
      List.of(
          both(
              ExtendedSocketOptions.TCP_KEEPIDLE,
              e -> seconds(e.keepAliveIdleNanos()),
              (e, v) ->
                  e.setKeepAliveTimes(v * SECOND, e.keepAliveIntervalNanos(), e.keepAliveCount())),
          both(
              ExtendedSocketOptions.TCP_KEEPINTERVAL,
              e -> seconds(e.keepAliveIntervalNanos()),
              (e, v) ->
                  e.setKeepAliveTimes(e.keepAliveIdleNanos(), v * SECOND, e.keepAliveCount())),
          both(
              ExtendedSocketOptions.TCP_KEEPCOUNT,
              TcpEndpointOptions::keepAliveCount,
              (e, v) -> e.setKeepAliveTimes(e.keepAliveIdleNanos(), e.keepAliveIntervalNanos(), v)),
          both(
              ExtendedSocketOptions.TCP_QUICKACK,
              TcpEndpointOptions::quickAck,
              TcpEndpointOptions::setQuickAck),
          both(SinewSocketOptions.TCP_CORK, TcpEndpointOptions::cork, TcpEndpointOptions::setCork),
          both(
              SinewSocketOptions.TCP_USER_TIMEOUT,
              e -> Duration.ofNanos(e.userTimeoutNanos()),
              (e, v) -> e.setUserTimeout(nanos(v))),
          both(
              SinewSocketOptions.TCP_CONGESTION,
              TcpEndpointOptions::congestionControl,
              TcpEndpointOptions::setCongestionControl),
          both(
              SinewSocketOptions.TCP_NOTSENT_LOWAT,
              TcpEndpointOptions::notSentLowat,
              TcpEndpointOptions::setNotSentLowat),
          both(
              SinewSocketOptions.TCP_MAXSEG,
              TcpEndpointOptions::maxSegment,
              TcpEndpointOptions::setMaxSegment),
          both(SinewSocketOptions.TCP_ECN, TcpEndpointOptions::ecn, TcpEndpointOptions::setEcn),
          both(SinewSocketOptions.IP_TTL, TcpEndpointOptions::ttl, TcpEndpointOptions::setTtl),
          both(SinewSocketOptions.TCP_AUTH_KEY, e -> null, NamedOption::addKey),
          new NamedOption<>(
              SinewSocketOptions.TCP_FASTOPEN,
              false,
              true,
              e -> e instanceof TcpListener l ? l.fastOpen() : 0,
              (e, v) -> {
                if (e instanceof TcpListener l) {
                  l.setFastOpen(v);
                }
              }),
          new NamedOption<>(
              SinewSocketOptions.TCP_DEFER_ACCEPT,
              false,
              true,
              e -> Duration.ofNanos(e instanceof TcpListener l ? l.deferAcceptNanos() : 0),
              (e, v) -> {
                if (e instanceof TcpListener l) {
                  l.setDeferAccept(v.toNanos());
                }
              }),
          new NamedOption<>(
              SinewSocketOptions.TCP_INFO,
              true,
              false,
              e -> e instanceof TcpEndpoint t ? t.info() : null,
              (e, v) -> {
                throw new UnsupportedOperationException("'TCP_INFO' can't be set");
              }));

  static final Set<SocketOption<?>> CLIENT =
      ALL.stream().filter(NamedOption::client).map(NamedOption::name).collect(names());

  static final Set<SocketOption<?>> SERVER =
      ALL.stream().filter(NamedOption::server).map(NamedOption::name).collect(names());

  private static Collector<SocketOption<?>, ?, Set<SocketOption<?>>> names() {
    return Collectors.toUnmodifiableSet();
  }

  private static <T> NamedOption<T> both(
      SocketOption<T> name,
      Function<TcpEndpointOptions, @Nullable T> get,
      BiConsumer<TcpEndpointOptions, T> set) {
    return new NamedOption<>(name, true, true, get, set);
  }

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /** What no long holds is for ever. */
  private static long nanos(Duration d) {
    return d.compareTo(LONGEST) < 0 ? d.toNanos() : Long.MAX_VALUE;
  }

  private static int seconds(long nanos) {
    return Math.clamp(nanos / SECOND, 0, Integer.MAX_VALUE);
  }

  private static void addKey(TcpEndpointOptions e, AuthKey key) {
    if (e.addKey(key) < 0) {
      throw new IllegalArgumentException(
          "key " + key + " contradicts another key of this socket, or comes too late");
    }
  }

  /** The option of that name, or null when it is none of these. */
  @SuppressWarnings("unchecked") // A name stands for one option, whose type it names.
  static <T> @Nullable NamedOption<T> of(SocketOption<T> name) {
    for (NamedOption<?> o : ALL) {
      if (o.name.equals(name)) {
        return (NamedOption<T>) o;
      }
    }
    return null;
  }

  /** The value, if it is one; otherwise the JDK's complaints about it. */
  T checked(T value) throws SocketException {
    if (name.name().startsWith("TCP_KEEP") && value instanceof Integer i && i < 1) {
      throw new SocketException("Invalid argument"); // what the kernel says to the JDK
    }
    T checked = name.type().cast(TcpOptions.checked(name, value));
    if (checked instanceof Duration d && d.isNegative()) {
      throw new IllegalArgumentException("Invalid " + name.name() + " value");
    }
    return checked;
  }

  T read(TcpEndpointOptions e) throws SocketException {
    T value = get.apply(e);
    if (value != null) {
      return value;
    }
    if (name.equals(SinewSocketOptions.TCP_INFO)) {
      throw new SocketException("Not connected");
    }
    throw new UnsupportedOperationException("'" + name + "' can't be read");
  }
}
