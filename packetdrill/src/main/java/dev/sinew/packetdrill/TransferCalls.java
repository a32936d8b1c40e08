package dev.sinew.packetdrill;

import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.Expression;
import dev.sinew.packetdrill.script.Place;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.udp.Datagram;
import dev.sinew.udp.UdpEndpoint;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes. Bytes that a script does not name tell their position in the stream, and those
 * that are read are compared with it.
 */
final class TransferCalls {
  private static final long PEEK = 2;
  private static final long DONT_WAIT = 0x40;
  private static final long OOB = 1;
  private static final long MORE = 0x8000;
  private static final long END_OF_RECORD = 0x80;
  private static final long WAIT_ALL = 0x100;
  private static final long FAST_OPEN = 0x2000_0000L;
  private static final long ZERO_COPY = 0x400_0000L;
  private static final long ERROR_QUEUE = 0x2000;

  private final Calls calls;

  TransferCalls(Calls calls) {
    this.calls = calls;
  }

  Attempt begin(Place place, Action.Call c) throws StopException {
    List<Expression> a = c.arguments();
    if (a.size() < 2) {
      throw StopException.error(place, c.name() + " needs more arguments");
    }
    Sock s = calls.sock(a.getFirst());
    boolean writes = c.name().startsWith("write") || c.name().startsWith("send");
    long flags = 0;
    int length;
    byte @Nullable [] text = null;
    Expression destination = null;
    long inQueue = -1;
    switch (c.name()) {
      case "readv", "writev" -> length = vectorLength(a.get(1));
      case "recvmsg", "sendmsg" -> {
        Expression iov = Values.field(a.get(1), "msg_iov");
        length = iov == null ? 0 : vectorLength(iov);
        flags = a.size() > 2 ? Values.integer(a.get(2), 0) : 0;
        Expression control = Values.field(a.get(1), "msg_control");
        boolean errors = (flags & ERROR_QUEUE) != 0;
        if (!errors && control instanceof Expression.Array list && !list.items().isEmpty()) {
          inQueue = inQueue(s, list);
        }
      }
      default -> {
        if (a.size() < 3) {
          throw StopException.error(place, c.name() + " needs a length");
        }
        length = (int) Values.integer(a.get(2));
        flags = a.size() > 3 ? Values.integer(a.get(3), 0) : 0;
        if (a.get(1) instanceof Expression.Text t) {
          text = t.value().getBytes(StandardCharsets.ISO_8859_1);
        }
        if (c.name().equals("sendto") && a.size() > 4) {
          destination = a.get(4);
        }
      }
    }
    if ((flags & ZERO_COPY) != 0) {
      throw StopException.skipped("no zero-copy on a simulated host");
    }
    if ((flags & ERROR_QUEUE) != 0) {
      SendStamps stamps = s.stamps;
      if (stamps == null || !c.name().equals("recvmsg")) {
        throw StopException.skipped("no error queue but that of SO_TIMESTAMPING here");
      }
      return () -> stamps.next(place, a.get(1), calls.machine().toleranceNanos());
    }
    if (length > 0 && a.get(1) instanceof Expression.Word w && w.name().equals("NULL")) {
      return () -> CallResult.error("EFAULT");
    }
    UdpEndpoint udp = s.udp;
    if (udp != null) {
      return writes
          ? sendDatagram(s, udp, length, destination)
          : receiveDatagram(s, udp, length, flags);
    }
    TcpEndpoint e = s.tcp;
    if (e == null) {
      return () -> CallResult.error("ENOTCONN");
    }
    if (writes && s.fastOpen > 0 && destination != null && e.state() == TcpState.CLOSED) {
      return fastOpen(s, e, length, destination);
    }
    if (writes && s.deferred != null && text == null) {
      Values.Address to = s.deferred;
      s.deferred = null;
      return fastOpen(
          s, e, to, Payload.bytes(s.writtenPosition, length), length, waitsNot(s, flags));
    }
    if (writes && (flags & FAST_OPEN) != 0) {
      if (e.state() == TcpState.SYN_SENT) {
        return () -> CallResult.error("EALREADY");
      }
      if (e.remotePort() == 0) {
        if (!calls.machine().stack.profile().fastOpenClient()) {
          return () -> CallResult.error("EOPNOTSUPP");
        }
        Expression to = destination != null ? destination : Values.field(a.get(1), "msg_name");
        if (to != null && Values.socketAddress(to).unspecified()) {
          return () -> CallResult.error("EOPNOTSUPP");
        }
        return fastOpen(
            s,
            e,
            Values.socketAddress(to == null ? new Expression.Ellipsis(place) : to),
            Payload.bytes(s.writtenPosition, length),
            length,
            waitsNot(s, flags));
      }
    }
    if (s.deferred != null) {
      return () -> CallResult.error("EAGAIN");
    }
    Attempt transfer = writes ? write(s, e, text, length, flags) : read(place, s, e, length, flags);
    long left = inQueue;
    return left < 0 ? transfer : () -> told(place, e, transfer.go(), left);
  }

  /** What TCP_CM_INQ shall say, which is all that a simulated host tells beside the data. */
  private static long inQueue(Sock s, Expression.Array control) throws StopException {
    for (Expression m : control.items()) {
      Expression type = Values.field(m, "cmsg_type");
      Expression data = Values.field(m, "cmsg_data");
      boolean inq = type != null && Values.word(type).equals("TCP_CM_INQ");
      if (inq && data != null && s.tellsInQueue) {
        return Values.integer(data);
      }
    }
    throw StopException.skipped("no ancillary data on a simulated host but TCP_CM_INQ");
  }

  /** As Linux: one byte that is not there stands for the end of the stream. */
  private static @Nullable CallResult told(
      Place place, TcpEndpoint e, @Nullable CallResult r, long expected) throws StopException {
    if (r == null || r.error() != null) {
      return r;
    }
    boolean ended =
        switch (e.state()) {
          case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT, CLOSED -> true;
          default -> false;
        };
    long left = e.available() == 0 && ended ? 1 : e.available();
    if (left != expected) {
      throw StopException.failed(place, "TCP_CM_INQ is " + left + ", expected " + expected);
    }
    return r;
  }

  private static int vectorLength(Expression iov) throws StopException {
    if (!(iov instanceof Expression.Array list)) {
      throw StopException.error(iov.place(), "expected [{…, length}, …]");
    }
    long sum = 0;
    for (Expression e : list.items()) {
      sum += Values.integer(Values.field(e, 1, e.place(), "iov_len"));
    }
    return (int) sum;
  }

  /** Connects, with the bytes on the SYN where a cookie is known; they are taken at once. */
  private Attempt fastOpen(Sock s, TcpEndpoint e, int length, Expression destination)
      throws StopException {
    Values.Address to = Values.socketAddress(destination);
    int port = to.port() >= 0 ? to.port() : Flow.DEFAULT_PORT;
    byte[] bytes = Payload.bytes(s.writtenPosition, length);
    int r = e.connect(calls.remote(to), port, bytes, 0, length);
    if (r >= 0) {
      calls.connecting(s, port);
      s.writtenPosition += r;
    }
    CallResult result = CallResult.ofCode(r);
    return () -> result;
  }

  /** {@code sendfile(socket, file, [offset], count)}. */
  Attempt sendFile(Place place, Action.Call c, FileCalls files) throws StopException {
    List<Expression> a = c.arguments();
    if (a.size() < 4) {
      throw StopException.error(place, "expected sendfile(socket, file, [offset], count)");
    }
    Sock s = calls.sock(a.getFirst());
    Long size = files.size((int) Values.integer(a.get(1)));
    TcpEndpoint e = s.tcp;
    if (size == null) {
      return () -> CallResult.error("EBADF");
    }
    if (e == null) {
      return () -> CallResult.error("ENOTCONN");
    }
    boolean none = a.get(2) instanceof Expression.Word w && w.name().equals("NULL");
    long offset = none ? 0 : Values.integer(a.get(2), 0);
    long length = Math.clamp(size - offset, 0, Values.integer(a.get(3)));
    return write(s, e, null, (int) length, 0);
  }

  private static boolean waitsNot(Sock s, long flags) {
    return s.nonBlocking || (flags & DONT_WAIT) != 0;
  }

  // ---- streams

  /**
   * An active open with data on its SYN. As Linux does it, no more is taken than goes with the SYN,
   * until the connection is open; and without a cookie nothing.
   */
  Attempt fastOpen(
      Sock s, TcpEndpoint e, Values.Address to, byte[] bytes, int length, boolean atOnce)
      throws StopException {
    int port = to.port() >= 0 ? to.port() : Flow.DEFAULT_PORT;
    int room = calls.machine().stack.fastOpenRoom(e, calls.remote(to));
    // Who waits has its data go with the answer's acknowledgement.
    int first = atOnce ? Math.min(length, room) : length;
    int r = e.connect(calls.remote(to), port, bytes, 0, first);
    if (r < 0 && TcpError.of(r) != TcpError.IN_PROGRESS) {
      CallResult failed = CallResult.ofCode(r);
      return () -> failed;
    }
    calls.connecting(s, port);
    first = Math.max(r, 0);
    s.writtenPosition += first;
    if (atOnce) {
      CallResult result = r > 0 ? CallResult.of(r) : CallResult.error("EINPROGRESS");
      return () -> result;
    }
    int[] done = {first};
    return () -> {
      if (s.connecting) {
        CallResult opened = Calls.connected(s, e, false);
        if (opened == null || opened.error() != null) {
          return opened;
        }
      }
      int n = e.write(bytes, done[0], length - done[0]);
      if (n > 0) {
        done[0] += n;
        s.writtenPosition += n;
      }
      return done[0] == length ? CallResult.of(length) : null;
    };
  }

  private Attempt write(Sock s, TcpEndpoint e, byte @Nullable [] text, int length, long flags) {
    byte[] bytes = Payload.bytes(s.writtenPosition, length);
    if (text != null) {
      System.arraycopy(text, 0, bytes, 0, Math.min(text.length, length));
      calls.named(s.writtenPosition, bytes);
    }
    boolean wait = !s.nonBlocking && (flags & DONT_WAIT) == 0;
    int[] done = {0};
    boolean[] sleeps = {false};
    return () -> {
      if (sleeps[0] && (e.readiness() & Readiness.WRITABLE) == 0) {
        return null; // Nobody has woken it.
      }
      boolean opening = s.connecting && e.state() == TcpState.SYN_SENT;
      if (opening && (!wait || done[0] > 0)) {
        return wait ? null : CallResult.error("EAGAIN");
      }
      if ((flags & OOB) != 0 && length > 0) {
        int r = length > 1 ? e.write(bytes, 0, length - 1) : 0;
        if (r == length - 1) {
          int last = e.writeUrgent(bytes[r] & 0xff);
          r = last < 0 && r == 0 ? last : r + Math.max(last, 0);
        }
        s.writtenPosition += Math.max(r, 0);
        return CallResult.ofCode(r);
      }
      int r = done[0] == length ? 0 : e.write(bytes, done[0], length - done[0]);
      e.setMore((flags & MORE) != 0);
      if ((flags & END_OF_RECORD) != 0 && done[0] + r == length) {
        e.endRecord();
      }
      if (r > 0) {
        done[0] += r;
        s.writtenPosition += r;
      }
      if (r > 0 && s.stamps != null) {
        s.stamps.written(s.writtenPosition);
      }
      if (done[0] == length) {
        return opening ? null : CallResult.of(length);
      }
      if (r < 0 && TcpError.of(r) != TcpError.WOULD_BLOCK) {
        return done[0] > 0 ? CallResult.of(done[0]) : CallResult.ofCode(r);
      }
      s.noSpace = true;
      if (wait) {
        // Where the buffer is counted in records, it is woken for whole ones.
        sleeps[0] = !opening && calls.machine().stack.profile().sendRecordBytes() > 0;
        return null;
      }
      return done[0] > 0 ? CallResult.of(done[0]) : CallResult.error("EAGAIN");
    };
  }

  private static Attempt read(Place place, Sock s, TcpEndpoint e, int length, long flags) {
    boolean wait = !s.nonBlocking && (flags & DONT_WAIT) == 0;
    byte[] target = new byte[Math.min(length, 1 << 24)];
    int[] done = {0};
    return () -> {
      boolean peek = (flags & PEEK) != 0;
      int r =
          peek
              ? e.peek(target, 0, target.length)
              : e.read(target, done[0], target.length - done[0]);
      if (r > 0) {
        for (int i = 0; i < r; i++) {
          if (target[done[0] + i] != Payload.at(s.readPosition + i)) {
            throw StopException.failed(
                place, "byte " + (s.readPosition + i) + " of the stream is not what was sent");
          }
        }
        if (peek) {
          return CallResult.of(r);
        }
        done[0] += r;
        s.readPosition += r;
        if (done[0] == length || (flags & WAIT_ALL) == 0) {
          return CallResult.of(done[0]);
        }
        return null;
      }
      if (TcpError.of(r) == TcpError.WOULD_BLOCK && wait) {
        return null;
      }
      return done[0] > 0 ? CallResult.of(done[0]) : CallResult.ofCode(r);
    };
  }

  // ---- datagrams

  private Attempt sendDatagram(
      Sock s, UdpEndpoint udp, int length, @Nullable Expression destination) throws StopException {
    Values.Address to = destination == null ? null : Values.socketAddress(destination);
    int port = to == null ? 0 : to.port() >= 0 ? to.port() : calls.datagramPort(s.boundPort > 0);
    return () ->
        CallResult.ofCode(
            udp.send(
                Payload.bytes(0, length), 0, length, to == null ? null : calls.remote(to), port));
  }

  private static Attempt receiveDatagram(Sock s, UdpEndpoint udp, int length, long flags) {
    boolean wait = !s.nonBlocking && (flags & DONT_WAIT) == 0;
    byte[] target = new byte[Math.min(length, 1 << 16)];
    return () -> {
      TcpError error = udp.takeError();
      if (error != null) {
        return CallResult.error(Errno.of(error));
      }
      Datagram d =
          (flags & PEEK) != 0
              ? udp.peek(target, 0, target.length)
              : udp.receive(target, 0, target.length);
      if (d != null) {
        return CallResult.of(Math.min(d.length(), target.length));
      }
      return wait ? null : CallResult.error("EAGAIN");
    };
  }
}
