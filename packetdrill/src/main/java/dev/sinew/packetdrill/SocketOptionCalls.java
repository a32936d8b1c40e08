package dev.sinew.packetdrill;

import dev.sinew.base.Profile;
import dev.sinew.base.SipHash;
import dev.sinew.base.TcpError;
import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.Expression;
import dev.sinew.packetdrill.script.Place;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpEndpointOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code setsockopt} and {@code getsockopt}: options by their POSIX names. */
final class SocketOptionCalls {
  private static final long S = 1_000_000_000L;
  private static final long MS = 1_000_000L;

  private final Machine machine;

  SocketOptionCalls(Machine machine) {
    this.machine = machine;
  }

  CallResult call(Place place, Action.Call c, Sock s) throws StopException {
    if (c.arguments().size() < 4) {
      throw StopException.error(place, c.name() + " takes five arguments");
    }
    String option = Values.word(c.arguments().get(2));
    Expression value = c.arguments().get(3);
    return c.name().equals("setsockopt")
        ? set(place, s, option, value)
        : get(place, s, option, value);
  }

  /** What an accepted connection will inherit. */
  static void copy(TcpEndpointOptions from, TcpEndpointOptions to) {
    to.setNoDelay(from.noDelay());
    to.setCork(from.cork());
    to.setKeepAlive(from.keepAlive());
    to.setKeepAliveTimes(
        from.keepAliveIdleNanos(), from.keepAliveIntervalNanos(), from.keepAliveCount());
    to.setUserTimeout(from.userTimeoutNanos());
    to.setLinger(from.lingerNanos());
    to.setConnectTimeout(from.connectTimeoutNanos());
    to.setNoOptions(from.noOptions());
    if (from.sendBuffer() != to.sendBuffer()) {
      to.setSendBuffer(from.sendBuffer());
    }
    if (from.receiveBuffer() != to.receiveBuffer()) {
      to.setReceiveBuffer(from.receiveBuffer());
    }
    to.setTrafficClass(from.trafficClass());
    to.setTtl(from.ttl());
    to.setNotSentLowat(from.notSentLowat());
    if (from.maxSegment() > 0) {
      to.setMaxSegment(from.maxSegment());
    }
  }

  private CallResult set(Place place, Sock s, String option, Expression value)
      throws StopException {
    TcpEndpointOptions o = s.options();
    if (o == null) {
      return setUdp(s, option, value);
    }
    switch (option) {
      case "SO_REUSEADDR" -> o.setReuseAddress(on(value));
      case "SO_REUSEPORT" -> o.setReusePort(on(value));
      case "SO_KEEPALIVE" -> o.setKeepAlive(on(value));
      // Linux doubles what it is given, and so do its scripts expect.
      case "SO_RCVBUF", "SO_RCVBUFFORCE" -> o.setReceiveBuffer((int) number(value));
      case "SO_SNDBUF", "SO_SNDBUFFORCE" ->
          o.setSendBuffer(Math.clamp(number(value) * 2, leastSendBuffer(), 1 << 30));
      case "SO_LINGER" -> {
        long onOff = Values.integer(Values.field(value, 0, place, "onoff", "l_onoff"));
        long seconds = Values.integer(Values.field(value, 1, place, "linger", "l_linger"));
        o.setLinger(onOff == 0 ? -1 : seconds * S);
      }
      case "TCP_NODELAY" -> o.setNoDelay(on(value));
      case "TCP_CORK", "TCP_NOPUSH" -> o.setCork(on(value));
      case "TCP_FASTOPEN_KEY" -> {
        return fastOpenKey(value);
      }
      case "TCP_FASTOPEN_CONNECT" -> s.fastOpenConnect = on(value);
      case "TCP_INQ" -> {
        if (number(value) < 0 || number(value) > 1) {
          return CallResult.error("EINVAL");
        }
        s.tellsInQueue = on(value);
      }
      case "TCP_QUICKACK" -> o.setQuickAck(on(value));
      case "TCP_KEEPIDLE" -> keepAlive(o, number(value) * S, -1, -1);
      case "TCP_KEEPINTVL" -> keepAlive(o, -1, number(value) * S, -1);
      case "TCP_KEEPCNT" -> keepAlive(o, -1, -1, (int) number(value));
      case "TCP_KEEPINIT" -> o.setConnectTimeout(number(value) * S);
      case "TCP_NOOPT" -> o.setNoOptions(on(value));
      case "TCP_FASTOPEN" -> fastOpen(s, value);
      case "TCP_USER_TIMEOUT" -> o.setUserTimeout(number(value) * MS);
      case "TCP_NOTSENT_LOWAT" -> {
        // 0 and what no int holds stand for none.
        long bytes = number(value);
        s.notSentLowat = bytes;
        boolean none = bytes == 0 || bytes > Integer.MAX_VALUE;
        o.setNotSentLowat(none ? Integer.MAX_VALUE : (int) bytes);
      }
      case "TCP_MAXSEG" -> o.setMaxSegment((int) number(value));
      case "IP_TOS", "IPV6_TCLASS" -> o.setTrafficClass((int) number(value));
      case "IP_TTL", "IPV6_UNICAST_HOPS" -> {
        if (number(value) < 1 || number(value) > 255) {
          return CallResult.error("EINVAL");
        }
        o.setTtl((int) number(value));
      }
      case "TCP_CONGESTION" -> {
        if (!(value instanceof Expression.Text t)) {
          throw StopException.error(place, "expected the name of a congestion control");
        }
        return congestion(o, t.value());
      }
      case "SO_PRIORITY",
          "SO_MARK",
          "SO_BUSY_POLL",
          "SO_INCOMING_CPU",
          "IP_RECVERR",
          "IPV6_RECVERR",
          "SO_DEBUG",
          "TCP_WINDOW_CLAMP",
          "SO_BINDTODEVICE",
          "SO_BROADCAST",
          "SO_BSDCOMPAT",
          "SO_DONTROUTE",
          "SO_NO_CHECK",
          "SO_PASSCRED",
          "IP_FREEBIND",
          "IP_TRANSPARENT",
          "IP_BIND_ADDRESS_NO_PORT",
          "TCP_THIN_LINEAR_TIMEOUTS",
          "TCP_THIN_DUPACK",
          "TCP_COOKIE_TRANSACTIONS",
          "IP_MTU_DISCOVER",
          "IPV6_MTU_DISCOVER",
          "IPV6_V6ONLY" -> {
        // Of the host around a stack, or without effect on what a script can see.
      }
      case "SO_TIMESTAMPING" -> {
        long flags = number(value);
        TcpEndpoint e = s.tcp;
        s.stamps =
            flags == 0 || e == null
                ? null
                : new SendStamps(flags, s.writtenPosition - e.unacknowledged());
      }
      case "TCP_SYNCNT" -> {
        if (number(value) < 1 || number(value) > 127) {
          return CallResult.error("EINVAL");
        }
        o.setConnectTimeout(synTimeout((int) number(value)));
      }
      case "IP_LOCAL_PORT_RANGE" -> o.setLocalPort(onePort(number(value)));
      case "SO_TIMESTAMP",
          "SO_ATTACH_FILTER",
          "SO_DETACH_FILTER",
          "SO_RCVLOWAT",
          "SO_SNDLOWAT",
          "SO_RCVTIMEO",
          "SO_SNDTIMEO",
          "SO_OOBINLINE",
          "TCP_LINGER2",
          "TCP_DEFER_ACCEPT",
          "TCP_TIMESTAMP",
          "SO_ZEROCOPY",
          "TCP_REPAIR",
          "TCP_ULP",
          "SO_TXTIME",
          "TCP_ZEROCOPY_RECEIVE",
          "TCP_REMOTE_UDP_ENCAPS_PORT",
          "TCP_FUNCTION_BLK",
          "SO_MAX_PACING_RATE",
          "TCP_RACK_PACE_ALWAYS",
          "TCP_MD5SIG",
          "TCP_SAVE_SYN" ->
          throw StopException.skipped("no " + option + " on a simulated host");
      default -> throw StopException.error(place, "unknown socket option " + option);
    }
    return CallResult.ZERO;
  }

  /** Two small packets, where packets are what is counted. */
  private int leastSendBuffer() {
    return machine.stack.profile().sendRecordBytes() > 0 ? 4608 : 0;
  }

  /** When a SYN is given up that is sent again so often. */
  private long synTimeout(int retries) {
    Profile p = machine.stack.profile();
    long sum = p.initialRtoNanos();
    long interval = p.initialRtoNanos();
    for (int i = 0; i < retries; i++) {
      interval = Math.min(2 * interval, p.maxRtoNanos());
      sum += interval;
    }
    return sum;
  }

  /** A range of one port is a port; a choice among several is the stack's. */
  private static int onePort(long range) throws StopException {
    int low = (int) (range & 0xffff);
    int high = (int) (range >>> 16 & 0xffff);
    if (low != high) {
      throw StopException.skipped("no IP_LOCAL_PORT_RANGE of several ports on a simulated host");
    }
    return low;
  }

  private static CallResult congestion(TcpEndpointOptions o, String name) {
    try {
      o.setCongestionControl(name);
      return CallResult.ZERO;
    } catch (IllegalArgumentException e) {
      return CallResult.error("ENOENT");
    }
  }

  private static CallResult setUdp(Sock s, String option, Expression value) throws StopException {
    if (s.udp != null && option.equals("SO_RCVBUF")) {
      s.udp.setReceiveBuffer((int) number(value));
    } else if (s.udp != null && option.equals("SO_REUSEADDR")) {
      s.udp.setReuseAddress(on(value));
    }
    return CallResult.ZERO;
  }

  /** The key of the cookies; the simulated host has one for all its listeners. */
  private CallResult fastOpenKey(Expression value) {
    byte[] key =
        value instanceof Expression.Text t
            ? t.value().getBytes(StandardCharsets.ISO_8859_1)
            : new byte[0];
    if (key.length != 16) {
      return CallResult.error("EINVAL");
    }
    ByteBuffer b = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
    SipHash hash = new SipHash(b.getLong(), b.getLong());
    machine.stack.setProfile(machine.stack.profile().with(v -> v.fastOpenKey = hash));
    return CallResult.ZERO;
  }

  /** A number of connections, or what one dialect calls {@code enable} and a key beside it. */
  private static void fastOpen(Sock s, Expression value) throws StopException {
    s.fastOpen = (int) number(value);
    if (s.listener != null) {
      s.listener.setFastOpen(s.fastOpen);
    }
  }

  private static void keepAlive(TcpEndpointOptions o, long idle, long interval, int count) {
    o.setKeepAliveTimes(
        idle >= 0 ? idle : o.keepAliveIdleNanos(),
        interval >= 0 ? interval : o.keepAliveIntervalNanos(),
        count >= 0 ? count : o.keepAliveCount());
  }

  private static boolean on(Expression value) throws StopException {
    return number(value) != 0;
  }

  private static long number(Expression value) throws StopException {
    return Values.integer(value);
  }

  private CallResult get(Place place, Sock s, String option, Expression expected)
      throws StopException {
    if (option.equals("SO_ERROR")) {
      TcpError e = s.udp != null ? s.udp.takeError() : s.tcp != null ? s.tcp.takeError() : null;
      String name = e == null ? "0" : Errno.of(e);
      if (e != null) {
        s.connecting = false;
      }
      String want =
          expected instanceof Expression.Array a && a.items().size() == 1
              ? Values.word(a.items().getFirst())
              : "...";
      return want.equals("...") || Errno.same(want, name)
          ? CallResult.ZERO
          : differs(place, option, name, want);
    }
    TcpEndpointOptions o = s.options();
    if (o == null) {
      throw StopException.error(place, "getsockopt " + option + " on a datagram socket");
    }
    if (option.equals("TCP_FASTOPEN")) {
      return CallResult.ZERO; // How it shows what was set differs from system to system.
    }
    Long value = value(s, o, option);
    if (value == null) {
      if (option.equals("TCP_INFO") || option.equals("TCP_CONGESTION")) {
        return CallResult.ZERO;
      }
      throw StopException.error(place, "unknown socket option " + option);
    }
    if (expected instanceof Expression.Array a
        && a.items().size() == 1
        && !(a.items().getFirst() instanceof Expression.Ellipsis)) {
      long want = Values.integer(a.items().getFirst());
      if (want != value) {
        return differs(place, option, Long.toString(value), Long.toString(want));
      }
    }
    return CallResult.ZERO;
  }

  private static CallResult differs(Place place, String option, String actual, String want)
      throws StopException {
    throw StopException.failed(place, option + " is " + actual + ", expected " + want);
  }

  private static @Nullable Long value(Sock s, TcpEndpointOptions o, String option) {
    return switch (option) {
      case "SO_REUSEADDR" -> o.reuseAddress() ? 1L : 0L;
      case "SO_REUSEPORT" -> o.reusePort() ? 1L : 0L;
      case "SO_KEEPALIVE" -> o.keepAlive() ? 1L : 0L;
      case "SO_RCVBUF" -> (long) o.receiveBuffer();
      case "SO_SNDBUF" -> (long) o.sendBuffer();
      case "SO_TYPE" -> 1L;
      case "TCP_NODELAY" -> o.noDelay() ? 1L : 0L;
      case "TCP_CORK" -> o.cork() ? 1L : 0L;
      case "TCP_KEEPIDLE" -> o.keepAliveIdleNanos() / S;
      case "TCP_KEEPINTVL" -> o.keepAliveIntervalNanos() / S;
      case "TCP_KEEPCNT" -> (long) o.keepAliveCount();
      case "TCP_KEEPINIT" -> o.connectTimeoutNanos() / S;
      case "TCP_NOOPT" -> o.noOptions() ? 1L : 0L;
      case "TCP_USER_TIMEOUT" -> o.userTimeoutNanos() / MS;
      case "TCP_MAXSEG" -> {
        var info = s.tcp == null ? null : s.tcp.info();
        yield info != null ? (long) info.sendMss() : (long) o.maxSegment();
      }
      case "TCP_NOTSENT_LOWAT" ->
          s.notSentLowat != null ? s.notSentLowat : (Long) (long) o.notSentLowat();
      case "IP_TOS", "IPV6_TCLASS" -> (long) o.trafficClass();
      case "IP_TTL", "IPV6_UNICAST_HOPS" -> (long) o.ttl();
      default -> null;
    };
  }
}
