package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.Expression;
import dev.sinew.packetdrill.script.Place;
import dev.sinew.tcp.TcpEndpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SO_TIMESTAMPING of one socket, for what it sends: of the last byte of each write, when it was
 * given to the device, when it left, and when it was acknowledged. A simulated device takes no
 * time, so that the first two are one. They wait in the socket's error queue.
 */
final class SendStamps {
  static final long LEFT_BY_SOFTWARE = 0x2;
  static final long NUMBERED = 0x80;
  static final long SCHEDULED = 0x100;
  static final long ACKNOWLEDGED = 0x200;
  static final long WITHOUT_DATA = 0x800;

  private static final String[] KINDS = {"SCM_TSTAMP_SCHED", "SCM_TSTAMP_SND", "SCM_TSTAMP_ACK"};
  private static final long MSG_TRUNC = 0x20;
  private static final long MSG_ERRQUEUE = 0x2000;

  /** The last byte of a write; what of it was told. */
  private static final class Written {
    final long end;
    boolean left;

    Written(long end) {
      this.end = end;
    }
  }

  /** One entry of the error queue. */
  private record Entry(String kind, long timeNanos, long key) {}

  private final long flags;
  private final long from;
  private final List<Written> pending = new ArrayList<>();
  private final Deque<Entry> queue = new ArrayDeque<>();

  /**
   * @param from the position in the stream that keys count from
   */
  SendStamps(long flags, long from) {
    this.flags = flags;
    this.from = from;
  }

  boolean waiting() {
    return !queue.isEmpty();
  }

  /** The bytes before {@code end} were written. */
  void written(long end) {
    if ((flags & (LEFT_BY_SOFTWARE | SCHEDULED | ACKNOWLEDGED)) != 0) {
      pending.add(new Written(end));
    }
  }

  /** What of the writes has left or was acknowledged since the last look. */
  void look(TcpEndpoint e, long writtenPosition, long now) {
    long left = writtenPosition - e.unsent();
    long acknowledged = writtenPosition - e.unacknowledged();
    for (Written w : List.copyOf(pending)) {
      long key = (flags & NUMBERED) != 0 ? w.end - 1 - from : 0;
      if (!w.left && left >= w.end) {
        w.left = true;
        add((flags & SCHEDULED) != 0, 0, now, key);
        add((flags & LEFT_BY_SOFTWARE) != 0, 1, now, key);
      }
      if (w.left && acknowledged >= w.end) {
        add((flags & ACKNOWLEDGED) != 0, 2, now, key);
        pending.remove(w);
      }
    }
  }

  private void add(boolean wanted, int kind, long now, long key) {
    if (wanted) {
      queue.add(new Entry(KINDS[kind], now, key));
    }
  }

  /**
   * {@code recvmsg(…, MSG_ERRQUEUE)}: takes the next one and compares it.
   *
   * @param toleranceNanos by how much its time may be off
   */
  CallResult next(Place place, Expression message, long toleranceNanos) throws StopException {
    Entry e = queue.poll();
    if (e == null) {
      return CallResult.error("EAGAIN");
    }
    Expression shown = Values.field(message, "msg_flags");
    long actual = MSG_ERRQUEUE | ((flags & WITHOUT_DATA) != 0 ? 0 : MSG_TRUNC);
    if (shown != null && Values.integer(shown, actual) != actual) {
      throw StopException.failed(
          place, "msg_flags are " + actual + ", expected " + Values.integer(shown));
    }
    if (Values.field(message, "msg_control") instanceof Expression.Array control) {
      for (Expression c : control.items()) {
        compare(place, c, e, toleranceNanos);
      }
    }
    return CallResult.ZERO;
  }

  private static void compare(Place place, Expression control, Entry e, long toleranceNanos)
      throws StopException {
    String type = name(Values.field(control, "cmsg_type"));
    Expression data = Values.field(control, 2, place, "cmsg_data");
    switch (type) {
      case "SCM_TIMESTAMPING" -> {
        long seconds = Values.integer(Values.field(data, 0, place, "scm_sec"));
        long nanos = Values.integer(Values.field(data, 1, place, "scm_nsec"));
        long want = seconds * 1_000_000_000L + nanos;
        if (Math.abs(want - e.timeNanos) > toleranceNanos) {
          throw StopException.failed(
              place,
              e.kind
                  + " is of "
                  + PacketWords.time(e.timeNanos)
                  + ", expected "
                  + PacketWords.time(want));
        }
      }
      case "IP_RECVERR", "IPV6_RECVERR" -> {
        same(place, "ee_errno", name(Values.field(data, "ee_errno")), "ENOMSG");
        same(
            place, "ee_origin", name(Values.field(data, "ee_origin")), "SO_EE_ORIGIN_TIMESTAMPING");
        same(place, "ee_info", name(Values.field(data, "ee_info")), e.kind);
        Expression key = Values.field(data, "ee_data");
        if (key != null && Values.integer(key, e.key) != e.key) {
          throw StopException.failed(
              place, "ee_data is " + e.key + ", expected " + Values.integer(key));
        }
      }
      default -> throw StopException.skipped("no " + type + " on a simulated host");
    }
  }

  private static String name(@Nullable Expression e) throws StopException {
    return e == null || e instanceof Expression.Ellipsis ? "" : Values.word(e);
  }

  private static void same(Place place, String field, String want, String actual)
      throws StopException {
    if (!want.isEmpty() && !want.equals(actual)) {
      throw StopException.failed(place, field + " is " + actual + ", expected " + want);
    }
  }
}
