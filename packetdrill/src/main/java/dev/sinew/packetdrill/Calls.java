package dev.sinew.packetdrill;

import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.Expression;
import dev.sinew.packetdrill.script.Place;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpEndpointOptions;
import dev.sinew.tcp.TcpListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The socket calls of scripts, over the stack's endpoints. */
final class Calls {
  private final Machine machine;
  private final Machine.Addresses addresses;
  private final Flow flow;
  private final Sysctls sysctls;
  private final Map<Integer, Sock> table = new TreeMap<>();
  private final SocketOptionCalls optionCalls;
  private final PollCalls polls;
  private final TransferCalls transfers;
  private final FileCalls files;

  /** Bytes that the script names, by their place in the stream. */
  private final Map<Long, Byte> named = new HashMap<>();

  /** The connection that assertions look at. */
  private @Nullable TcpEndpoint current;

  /**
   * @param sysctls what new sockets begin with
   * @param files that the script has written
   */
  Calls(Machine machine, Machine.Addresses addresses, Flow flow, Sysctls sysctls, FileCalls files) {
    this.machine = machine;
    this.files = files;
    this.sysctls = sysctls;
    this.addresses = addresses;
    this.flow = flow;
    this.optionCalls = new SocketOptionCalls(machine);
    this.polls = new PollCalls(this, machine);
    this.transfers = new TransferCalls(this);
  }

  @Nullable TcpEndpoint current() {
    return current;
  }

  Sock sock(Expression fd) throws StopException {
    int n = (int) Values.integer(fd);
    Sock s = table.get(n);
    if (s == null) {
      throw StopException.error(fd.place(), "descriptor " + n + " is not open");
    }
    return s;
  }

  @Nullable Sock find(int fd) {
    return table.get(fd);
  }

  private static Expression argument(Place place, Action.Call c, int i) throws StopException {
    if (i >= c.arguments().size()) {
      throw StopException.error(place, c.name() + " needs more arguments");
    }
    return c.arguments().get(i);
  }

  /** A script says which descriptor a call returns. */
  private int newDescriptor(Action.Call c, Place place) throws StopException {
    long n = Values.integer(c.result(), -1);
    if (n < 0) {
      n = 3;
      while (table.containsKey((int) n)) {
        n++;
      }
    } else if (table.containsKey((int) n)) {
      throw StopException.error(place, "descriptor " + n + " is open already");
    }
    return (int) n;
  }

  /** The call, to be tried now and as often as something happens. */
  Attempt begin(Place place, Action.Call c) throws StopException {
    switch (c.name()) {
      case "socket" -> {
        CallResult r = socket(place, c);
        return () -> r;
      }
      case "bind" -> {
        CallResult r = bind(sock(argument(place, c, 0)), argument(place, c, 1));
        return () -> r;
      }
      case "listen" -> {
        CallResult r =
            listen(sock(argument(place, c, 0)), (int) Values.integer(argument(place, c, 1)));
        return () -> r;
      }
      case "accept", "accept4" -> {
        return accept(place, c);
      }
      case "connect" -> {
        return connect(sock(argument(place, c, 0)), argument(place, c, 1));
      }
      case "read",
          "write",
          "recv",
          "send",
          "recvfrom",
          "sendto",
          "readv",
          "writev",
          "recvmsg",
          "sendmsg" -> {
        return transfers.begin(place, c);
      }
      case "close" -> {
        return close((int) Values.integer(argument(place, c, 0)), place);
      }
      case "shutdown" -> {
        CallResult r =
            shutdown(sock(argument(place, c, 0)), (int) Values.integer(argument(place, c, 1)));
        return () -> r;
      }
      case "fcntl" -> {
        CallResult r = fcntl(place, c);
        return () -> r;
      }
      case "ioctl" -> {
        CallResult r = ioctl(place, c);
        return () -> r;
      }
      case "getsockopt", "setsockopt" -> {
        Sock s = sock(argument(place, c, 0));
        CallResult r = optionCalls.call(place, c, s);
        return () -> r;
      }
      case "poll" -> {
        return polls.poll(place, c);
      }
      case "epoll_create", "epoll_create1" -> {
        CallResult r = polls.create(newDescriptor(c, place));
        return () -> r;
      }
      case "epoll_ctl" -> {
        CallResult r = polls.control(place, c);
        return () -> r;
      }
      case "epoll_wait", "epoll_pwait" -> {
        return polls.await(place, c);
      }
      case "open" -> {
        CallResult r = files.open(place, c.arguments(), newDescriptor(c, place));
        return () -> r;
      }
      case "sendfile" -> {
        return transfers.sendFile(place, c, files);
      }
      case "splice", "pipe", "vmsplice", "tee" ->
          throw StopException.skipped("no " + c.name() + " on a simulated host");
      default -> {
        if (c.name().startsWith("psp_") || c.name().startsWith("sctp_")) {
          throw StopException.skipped("no " + c.name() + " on a simulated host");
        }
        throw StopException.error(place, "unknown call " + c.name());
      }
    }
  }

  // ---- opening

  private CallResult socket(Place place, Action.Call c) throws StopException {
    long type = Values.integer(argument(place, c, 1));
    String protocol = Values.word(argument(place, c, 2));
    boolean tcp =
        switch (protocol) {
          case "IPPROTO_TCP", "6" -> true;
          case "IPPROTO_UDP", "17" -> false;
          case "0" -> (type & 0xf) == 1;
          default -> throw StopException.skipped("no " + protocol + " on a simulated host");
        };
    int fd = newDescriptor(c, place);
    Sock s = new Sock(tcp ? machine.stack.tcp() : null, tcp ? null : machine.stack.udp());
    if (s.tcp != null) {
      s.tcp.setNotSentLowat(sysctls.notSentLowat());
    }
    s.nonBlocking = (type & 0x800) != 0;
    table.put(fd, s);
    return CallResult.of(fd);
  }

  private IpAddress any() {
    return addresses.v4() ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
  }

  private CallResult bind(Sock s, Expression to) throws StopException {
    Values.Address a = Values.socketAddress(to);
    int port = a.port() >= 0 ? a.port() : Flow.DEFAULT_PORT;
    IpAddress ip = a.ip() != null && !a.ip().isAny() ? a.ip() : any();
    if (to instanceof Expression.Ellipsis) {
      ip = any();
    }
    int r;
    if (s.udp != null) {
      r = s.udp.bind(ip, port);
    } else {
      r = Objects.requireNonNull(s.tcp).bind(ip, port);
    }
    if (r >= 0) {
      s.boundAddress = ip;
      s.boundPort = port;
      flow.bound(port);
    }
    return CallResult.ofCode(r);
  }

  private CallResult listen(Sock s, int backlog) {
    TcpEndpoint e = s.tcp;
    if (s.listener != null) {
      return CallResult.ZERO;
    }
    if (e == null) {
      return CallResult.error("EOPNOTSUPP");
    }
    if (e.state() != TcpState.CLOSED) {
      return CallResult.error("EINVAL");
    }
    TcpEndpointOptions from = e;
    int port = Math.max(s.boundPort, 0);
    IpAddress at = s.boundAddress != null ? s.boundAddress : any();
    boolean reuse = from.reuseAddress();
    boolean reusePort = from.reusePort();
    e.close();
    // As Linux counts: one more than the backlog may wait.
    TcpListener l = machine.stack.listen(at, port, Math.max(backlog, 0) + 1, reuse, reusePort);
    if (l == null) {
      return CallResult.ofCode(machine.stack.lastError());
    }
    SocketOptionCalls.copy(from, l);
    if (s.fastOpen > 0) {
      l.setFastOpen(s.fastOpen);
    }
    s.listener = l;
    s.tcp = null;
    flow.listening(l.localPort());
    return CallResult.ZERO;
  }

  private Attempt accept(Place place, Action.Call c) throws StopException {
    Sock s = sock(argument(place, c, 0));
    TcpListener l = s.listener;
    if (l == null) {
      return () -> CallResult.error("EINVAL");
    }
    boolean nonBlocking =
        c.arguments().size() > 3 && (Values.integer(c.arguments().get(3)) & 0x800) != 0;
    return () -> {
      TcpEndpoint e = l.accept();
      if (e == null) {
        return s.nonBlocking ? CallResult.error("EAGAIN") : null;
      }
      int fd = newDescriptor(c, place);
      Sock accepted = new Sock(e, null);
      accepted.nonBlocking = nonBlocking;
      table.put(fd, accepted);
      current = e;
      return CallResult.of(fd);
    };
  }

  /** Begins an active open; {@code code} is what the stack said. */
  void connecting(Sock s, int port) {
    flow.reset();
    flow.connecting(port);
    if (s.boundPort > 0) {
      flow.bound(s.boundPort);
    }
    s.connecting = true;
    current = s.tcp;
  }

  Machine machine() {
    return machine;
  }

  /**
   * The peer's port for a datagram to {@code ...}: a server answers, a client begins.
   *
   * @param server the socket was bound
   */
  int datagramPort(boolean server) {
    if (!server && !flow.active()) {
      flow.connecting(Flow.DEFAULT_PORT);
    }
    return flow.remotePort();
  }

  IpAddress remote(Values.Address a) {
    return a.ip() != null ? a.ip() : addresses.remote();
  }

  private Attempt connect(Sock s, Expression to) throws StopException {
    Values.Address a = Values.socketAddress(to);
    int port = a.port() >= 0 ? a.port() : Flow.DEFAULT_PORT;
    if (s.udp != null) {
      if (a.unspecified()) {
        s.udp.disconnect();
        return () -> CallResult.ZERO;
      }
      flow.connecting(port);
      CallResult r = CallResult.ofCode(s.udp.connect(remote(a), port));
      return () -> r;
    }
    TcpEndpoint e = s.tcp;
    if (e == null) {
      return () -> CallResult.error("EISCONN");
    }
    if (a.unspecified()) {
      e.abort();
      s.tcp = machine.stack.tcp();
      return () -> CallResult.ZERO;
    }
    if (s.connecting) {
      return () -> connected(s, e, true);
    }
    if (s.fastOpenConnect) {
      if (machine.stack.fastOpenRoom(e, remote(a)) > 0) {
        s.deferred = a;
        return () -> CallResult.ZERO;
      }
      return transfers.fastOpen(s, e, a, new byte[0], 0, s.nonBlocking);
    }
    int r = e.connect(remote(a), port);
    if (r == 0 || TcpError.of(r) == TcpError.IN_PROGRESS) {
      connecting(s, port);
      return s.nonBlocking ? () -> CallResult.error("EINPROGRESS") : () -> connected(s, e, false);
    }
    CallResult result = CallResult.ofCode(r);
    return () -> result;
  }

  static @Nullable CallResult connected(Sock s, TcpEndpoint e, boolean again) {
    TcpError error = e.takeError();
    if (error != null) {
      s.connecting = false;
      return CallResult.error(Errno.of(error));
    }
    TcpState state = e.state();
    if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED) {
      return again ? CallResult.error("EALREADY") : null;
    }
    s.connecting = false;
    return again ? CallResult.error("EISCONN") : CallResult.ZERO;
  }

  // ---- closing

  private Attempt close(int fd, Place place) throws StopException {
    Sock s = table.remove(fd);
    if (s == null) {
      if (polls.close(fd) || files.close(fd)) {
        return () -> CallResult.ZERO;
      }
      throw StopException.error(place, "descriptor " + fd + " is not open");
    }
    polls.forget(fd);
    TcpEndpoint e = s.tcp;
    long linger = e != null ? e.lingerNanos() : -1;
    s.close();
    if (e == null || linger <= 0) {
      return () -> CallResult.ZERO;
    }
    long until = machine.now() + linger;
    machine.wakeAt(until);
    return () ->
        e.unacknowledged() == 0 && e.state() != TcpState.FIN_WAIT_1 || machine.now() >= until
            ? CallResult.ZERO
            : null;
  }

  private static CallResult shutdown(Sock s, int how) {
    TcpEndpoint e = s.tcp;
    if (e == null) {
      return CallResult.error("ENOTCONN");
    }
    int r = 0;
    if (how == 0 || how == 2) {
      r = e.shutdownInput();
    }
    if (how == 1 || how == 2) {
      r = e.shutdownOutput();
    }
    return CallResult.ofCode(Math.min(r, 0));
  }

  // ---- small ones

  private CallResult fcntl(Place place, Action.Call c) throws StopException {
    Sock s = sock(argument(place, c, 0));
    switch (Values.word(argument(place, c, 1))) {
      case "F_GETFL" -> {
        return CallResult.of(2 | (s.nonBlocking ? 0x800 : 0));
      }
      case "F_SETFL" -> {
        s.nonBlocking = (Values.integer(argument(place, c, 2)) & 0x800) != 0;
        return CallResult.ZERO;
      }
      default -> throw StopException.error(place, "fcntl knows F_GETFL and F_SETFL here");
    }
  }

  private CallResult ioctl(Place place, Action.Call c) throws StopException {
    Sock s = sock(argument(place, c, 0));
    TcpEndpoint e = s.tcp;
    String what = Values.word(argument(place, c, 1));
    long value =
        switch (what) {
          case "SIOCINQ", "FIONREAD" -> e == null ? 0 : e.available();
          case "SIOCOUTQ", "TIOCOUTQ", "FIONWRITE" -> e == null ? 0 : e.unacknowledged();
          case "SIOCOUTQNSD" -> e == null ? 0 : e.unsent();
          case "FIONBIO" -> {
            s.nonBlocking = Values.integer(argument(place, c, 2)) != 0;
            yield 0;
          }
          default ->
              throw StopException.error(
                  place, "ioctl knows SIOCINQ, SIOCOUTQ, SIOCOUTQNSD and FIONBIO here");
        };
    if (c.arguments().size() > 2 && !what.equals("FIONBIO")) {
      long want = Values.integer(c.arguments().get(2), value);
      if (want != value) {
        throw StopException.failed(place, what + " is " + value + ", expected " + want);
      }
    }
    return CallResult.ZERO;
  }

  /** The byte that was written at a position of the connection's stream. */
  byte written(long position) {
    Byte b = named.get(position);
    return b != null ? b : Payload.at(position);
  }

  /** The script itself says the bytes that are written from there on. */
  void named(long position, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      named.put(position + i, bytes[i]);
    }
  }

  /**
   * States of the sockets, for {@code sockstat}.
   *
   * @param withDescriptor those alone that the script has a descriptor of; else also what the stack
   *     keeps without: half-open connections, and what remains of closed ones
   */
  List<String> states(boolean withDescriptor) {
    List<String> list = new ArrayList<>();
    for (Sock s : table.values()) {
      list.add(s.listener != null ? "LISTEN" : s.tcp != null ? s.tcp.state().name() : "UDP");
    }
    if (!withDescriptor) {
      List<String> all = new ArrayList<>();
      machine.stack.forEachSocket(row -> all.add(String.valueOf(row.state())));
      for (String known : list) {
        all.remove(known);
      }
      list.addAll(all);
    }
    return list;
  }

  /** Something may have left, or may have been acknowledged. */
  void look() {
    for (Sock s : table.values()) {
      s.look();
      if (s.stamps != null && s.tcp != null) {
        s.stamps.look(s.tcp, s.writtenPosition, machine.now());
      }
    }
  }

  static boolean readable(Sock s) {
    return (s.readiness() & Readiness.READABLE) != 0;
  }
}
