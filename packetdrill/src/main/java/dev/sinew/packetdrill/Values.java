package dev.sinew.packetdrill;

import dev.sinew.ip.IpAddress;
import dev.sinew.packetdrill.script.Expression;
import dev.sinew.packetdrill.script.Place;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of expressions, and the constants of the socket interface. */
final class Values {
  private static final Map<String, Long> CONSTANTS =
      Map.ofEntries(
          Map.entry("MSG_PEEK", 0x2L),
          Map.entry("MSG_OOB", 0x1L),
          Map.entry("MSG_DONTWAIT", 0x40L),
          Map.entry("MSG_NOSIGNAL", 0x4000L),
          Map.entry("MSG_MORE", 0x8000L),
          Map.entry("MSG_WAITALL", 0x100L),
          Map.entry("MSG_TRUNC", 0x20L),
          Map.entry("MSG_EOR", 0x80L),
          Map.entry("MSG_ERRQUEUE", 0x2000L),
          Map.entry("MSG_FASTOPEN", 0x2000_0000L),
          Map.entry("MSG_ZEROCOPY", 0x400_0000L),
          Map.entry("O_RDONLY", 0L),
          Map.entry("O_WRONLY", 1L),
          Map.entry("O_RDWR", 2L),
          Map.entry("O_NONBLOCK", 0x800L),
          Map.entry("SHUT_RD", 0L),
          Map.entry("SHUT_WR", 1L),
          Map.entry("SHUT_RDWR", 2L),
          Map.entry("SOCK_STREAM", 1L),
          Map.entry("SOCK_DGRAM", 2L),
          Map.entry("SOCK_NONBLOCK", 0x800L),
          Map.entry("SOCK_CLOEXEC", 0x80000L),
          Map.entry("SOF_TIMESTAMPING_TX_HARDWARE", 0x1L),
          Map.entry("SOF_TIMESTAMPING_TX_SOFTWARE", SendStamps.LEFT_BY_SOFTWARE),
          Map.entry("SOF_TIMESTAMPING_RX_HARDWARE", 0x4L),
          Map.entry("SOF_TIMESTAMPING_RX_SOFTWARE", 0x8L),
          Map.entry("SOF_TIMESTAMPING_SOFTWARE", 0x10L),
          Map.entry("SOF_TIMESTAMPING_SYS_HARDWARE", 0x20L),
          Map.entry("SOF_TIMESTAMPING_RAW_HARDWARE", 0x40L),
          Map.entry("SOF_TIMESTAMPING_OPT_ID", SendStamps.NUMBERED),
          Map.entry("SOF_TIMESTAMPING_TX_SCHED", SendStamps.SCHEDULED),
          Map.entry("SOF_TIMESTAMPING_TX_ACK", SendStamps.ACKNOWLEDGED),
          Map.entry("SOF_TIMESTAMPING_OPT_CMSG", 0x400L),
          Map.entry("SOF_TIMESTAMPING_OPT_TSONLY", SendStamps.WITHOUT_DATA),
          Map.entry("SOF_TIMESTAMPING_OPT_STATS", 0x1000L),
          Map.entry("POLLIN", 1L),
          Map.entry("POLLPRI", 2L),
          Map.entry("POLLOUT", 4L),
          Map.entry("POLLERR", 8L),
          Map.entry("POLLHUP", 0x10L),
          Map.entry("POLLNVAL", 0x20L),
          Map.entry("POLLRDNORM", 0x40L),
          Map.entry("POLLWRNORM", 0x100L),
          Map.entry("POLLRDHUP", 0x2000L),
          Map.entry("EPOLLIN", 1L),
          Map.entry("EPOLLPRI", 2L),
          Map.entry("EPOLLOUT", 4L),
          Map.entry("EPOLLERR", 8L),
          Map.entry("EPOLLHUP", 0x10L),
          Map.entry("EPOLLRDNORM", 0x40L),
          Map.entry("EPOLLWRNORM", 0x100L),
          Map.entry("EPOLLRDHUP", 0x2000L),
          Map.entry("EPOLLONESHOT", 0x4000_0000L),
          Map.entry("EPOLLET", 0x8000_0000L),
          Map.entry("EPOLL_CTL_ADD", 1L),
          Map.entry("EPOLL_CTL_DEL", 2L),
          Map.entry("EPOLL_CTL_MOD", 3L),
          Map.entry("INADDR_ANY", 0L),
          Map.entry("AF_UNSPEC", 0L),
          Map.entry("AF_INET", 2L),
          Map.entry("AF_INET6", 10L),
          Map.entry("IPTOS_LOWDELAY", 0x10L),
          Map.entry("IPTOS_THROUGHPUT", 0x8L),
          Map.entry("IPTOS_RELIABILITY", 0x4L),
          Map.entry("IPTOS_MINCOST", 0x2L),
          Map.entry("IPTOS_DSCP_CS0", 0x00L),
          Map.entry("IPTOS_DSCP_CS1", 0x20L),
          Map.entry("IPTOS_DSCP_CS2", 0x40L),
          Map.entry("IPTOS_DSCP_CS3", 0x60L),
          Map.entry("IPTOS_DSCP_CS4", 0x80L),
          Map.entry("IPTOS_DSCP_CS5", 0xa0L),
          Map.entry("IPTOS_DSCP_CS6", 0xc0L),
          Map.entry("IPTOS_DSCP_CS7", 0xe0L),
          Map.entry("IPTOS_DSCP_AF11", 0x28L),
          Map.entry("IPTOS_DSCP_AF12", 0x30L),
          Map.entry("IPTOS_DSCP_AF13", 0x38L),
          Map.entry("IPTOS_DSCP_AF21", 0x48L),
          Map.entry("IPTOS_DSCP_AF22", 0x50L),
          Map.entry("IPTOS_DSCP_AF23", 0x58L),
          Map.entry("IPTOS_DSCP_AF31", 0x68L),
          Map.entry("IPTOS_DSCP_AF32", 0x70L),
          Map.entry("IPTOS_DSCP_AF33", 0x78L),
          Map.entry("IPTOS_DSCP_AF41", 0x88L),
          Map.entry("IPTOS_DSCP_AF42", 0x90L),
          Map.entry("IPTOS_DSCP_AF43", 0x98L),
          Map.entry("IPTOS_DSCP_EF", 0xb8L),
          Map.entry("IPTOS_ECN_NOTECT", 0x0L),
          Map.entry("IPTOS_ECN_ECT0", 0x2L),
          Map.entry("IPTOS_ECN_ECT1", 0x1L),
          Map.entry("IPTOS_ECN_CE", 0x3L));

  private Values() {}

  static long integer(Expression e) throws StopException {
    return switch (e) {
      case Expression.Int i -> i.value();
      case Expression.Or o -> integer(o.left()) | integer(o.right());
      case Expression.Word w -> {
        Long v = CONSTANTS.get(w.name());
        if (v == null) {
          throw StopException.error(w.place(), "unknown constant " + w.name());
        }
        yield v;
      }
      case Expression.Function f when f.name().equals("htons") && f.arguments().size() == 1 ->
          integer(f.arguments().getFirst());
      case Expression.Function f when f.name().equals("htonl") && f.arguments().size() == 1 ->
          integer(f.arguments().getFirst());
      case Expression.Array a when a.items().size() == 1 -> integer(a.items().getFirst());
      default -> throw StopException.error(e.place(), "expected a number");
    };
  }

  /** The number, or {@code fallback} for {@code ...}. */
  static long integer(Expression e, long fallback) throws StopException {
    return e instanceof Expression.Ellipsis ? fallback : integer(e);
  }

  static String word(Expression e) throws StopException {
    if (e instanceof Expression.Word w) {
      return w.name();
    }
    if (e instanceof Expression.Int i) {
      return Long.toString(i.value());
    }
    throw StopException.error(e.place(), "expected a name");
  }

  /** The value of a struct's field, or null. */
  static @Nullable Expression field(Expression e, String... names) throws StopException {
    if (!(e instanceof Expression.Struct s)) {
      throw StopException.error(e.place(), "expected a struct {…}");
    }
    for (String name : names) {
      for (Expression.Field f : s.fields()) {
        if (f.name().equals(name)) {
          return f.value();
        }
      }
    }
    return null;
  }

  /** Field by name, or by position in a struct of bare values. */
  static Expression field(Expression e, int position, Place place, String... names)
      throws StopException {
    Expression v = field(e, names);
    if (v == null && e instanceof Expression.Struct s && position < s.fields().size()) {
      v = s.fields().get(position).value();
    }
    if (v == null) {
      throw StopException.error(place, "expected the field " + names[0]);
    }
    return v;
  }

  /** An address of {@code inet_addr("…")}, {@code inet_pton(…)} or INADDR_ANY. */
  static @Nullable IpAddress address(@Nullable Expression e) throws StopException {
    if (e == null || e instanceof Expression.Ellipsis) {
      return null;
    }
    if (e instanceof Expression.Function f && !f.arguments().isEmpty()) {
      Expression last = f.arguments().getLast();
      if (f.name().equals("htonl")) {
        return null;
      }
      if (last instanceof Expression.Text t) {
        IpAddress a = IpAddress.parse(t.value());
        if (a == null) {
          throw StopException.error(t.place(), "not an IP address: " + t.value());
        }
        return a;
      }
    }
    return null;
  }

  /** The socket address of bind and connect; null fields are the runner's choice. */
  record Address(@Nullable IpAddress ip, int port, boolean unspecified) {}

  static Address socketAddress(Expression e) throws StopException {
    if (e instanceof Expression.Ellipsis) {
      return new Address(null, -1, false);
    }
    if (e instanceof Expression.Word w && w.name().equals("AF_UNSPEC")) {
      return new Address(null, -1, true);
    }
    Expression family = field(e, "sa_family", "sin_family", "sin6_family");
    Expression port = field(e, "sin_port", "sin6_port");
    IpAddress ip = address(field(e, "sin_addr", "sin6_addr"));
    boolean unspecified = family instanceof Expression.Word w && w.name().equals("AF_UNSPEC");
    return new Address(ip, port == null ? -1 : (int) integer(port, -1), unspecified);
  }
}
