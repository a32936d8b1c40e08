package dev.sinew.packetdrill;

import dev.sinew.base.Readiness;
import dev.sinew.base.TcpState;
import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.Expression;
import dev.sinew.packetdrill.script.Place;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code poll} and {@code epoll}. */
final class PollCalls {
  private static final long IN = 1;
  private static final long URGENT = 2;
  private static final long OUT = 4;
  private static final long ERR = 8;
  private static final long HUP = 0x10;
  private static final long RD_NORM = 0x40;
  private static final long WR_NORM = 0x100;
  private static final long RD_HUP = 0x2000;
  private static final long EDGE = 0x8000_0000L;
  private static final long ONE_SHOT = 0x4000_0000L;
  private static final long ALWAYS = ERR | HUP;

  /** What one descriptor of an epoll set asks for, and what it was told last. */
  private static final class Interest {
    long events;
    long told;
    int generation = -1;
    long arrivedCount;
    int spaceCount;
  }

  private final Calls calls;
  private final Machine machine;
  private final Map<Integer, Map<Integer, Interest>> sets = new LinkedHashMap<>();

  PollCalls(Calls calls, Machine machine) {
    this.calls = calls;
    this.machine = machine;
  }

  private static long events(Sock s) {
    int r = s.readiness();
    long e = 0;
    if ((r & Readiness.READABLE) != 0) {
      e |= IN | RD_NORM;
    }
    if ((r & Readiness.URGENT) != 0) {
      e |= URGENT;
    }
    if ((r & Readiness.WRITABLE) != 0) {
      e |= OUT | WR_NORM;
    } else {
      s.noSpace = true;
    }
    if ((r & Readiness.ERROR) != 0 || s.stamps != null && s.stamps.waiting()) {
      e |= ERR;
    }
    if ((r & Readiness.HANGUP) != 0) {
      e |= HUP;
    }
    TcpState state = s.tcp == null ? TcpState.ESTABLISHED : s.tcp.state();
    boolean ended =
        switch (state) {
          case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT, CLOSED -> true;
          default -> false;
        };
    return ended && s.listener == null && (r & Readiness.READABLE) != 0 ? e | RD_HUP : e;
  }

  private long deadline(long timeoutMillis) {
    if (timeoutMillis < 0) {
      return Long.MAX_VALUE;
    }
    long at = machine.now() + timeoutMillis * 1_000_000L;
    machine.wakeAt(at);
    return at;
  }

  // ---- poll

  Attempt poll(Place place, Action.Call c) throws StopException {
    if (c.arguments().size() < 3 || !(c.arguments().getFirst() instanceof Expression.Array list)) {
      throw StopException.error(place, "expected poll([{fd=…, events=…, revents=…}], n, timeout)");
    }
    long until = deadline(Values.integer(c.arguments().get(2)));
    return () -> {
      int ready = 0;
      for (Expression e : list.items()) {
        if (revents(e) != 0) {
          ready++;
        }
      }
      if (ready == 0 && machine.now() < until) {
        return null;
      }
      for (Expression e : list.items()) {
        Expression want = Values.field(e, "revents");
        long actual = revents(e);
        if (want != null && Values.integer(want, actual) != actual) {
          throw StopException.failed(
              place, "revents is " + actual + ", expected " + Values.integer(want));
        }
      }
      return CallResult.of(ready);
    };
  }

  private long revents(Expression e) throws StopException {
    Sock s = calls.sock(Values.field(e, 0, e.place(), "fd"));
    long asked = Values.integer(Values.field(e, 1, e.place(), "events"));
    return events(s) & (asked | ALWAYS);
  }

  // ---- epoll

  CallResult create(int fd) {
    sets.put(fd, new LinkedHashMap<>());
    return CallResult.of(fd);
  }

  boolean close(int fd) {
    return sets.remove(fd) != null;
  }

  void forget(int fd) {
    sets.values().forEach(s -> s.remove(fd));
  }

  private Map<Integer, Interest> set(Expression fd) throws StopException {
    Map<Integer, Interest> set = sets.get((int) Values.integer(fd));
    if (set == null) {
      throw StopException.error(fd.place(), "not a descriptor of epoll_create");
    }
    return set;
  }

  CallResult control(Place place, Action.Call c) throws StopException {
    List<Expression> a = c.arguments();
    if (a.size() < 4) {
      throw StopException.error(place, "expected epoll_ctl(set, operation, fd, {events=…})");
    }
    Map<Integer, Interest> set = set(a.getFirst());
    int fd = (int) Values.integer(a.get(2));
    var unused = calls.sock(a.get(2));
    if (Values.integer(a.get(1)) == 2) {
      return set.remove(fd) != null ? CallResult.ZERO : CallResult.error("ENOENT");
    }
    Interest i = new Interest();
    i.events = Values.integer(Values.field(a.get(3), 0, place, "events"));
    set.put(fd, i);
    return CallResult.ZERO;
  }

  Attempt await(Place place, Action.Call c) throws StopException {
    List<Expression> a = c.arguments();
    if (a.size() < 4) {
      throw StopException.error(place, "expected epoll_wait(set, {events=…, fd=…}, n, timeout)");
    }
    Map<Integer, Interest> set = set(a.getFirst());
    long until = deadline(Values.integer(a.get(3)));
    return () -> {
      int ready = 0;
      long first = 0;
      for (Map.Entry<Integer, Interest> e : set.entrySet()) {
        Sock s = calls.find(e.getKey());
        Interest i = e.getValue();
        if (s == null || i.events == 0) {
          continue;
        }
        long now = events(s) & (i.events | ALWAYS);
        boolean news = (i.events & EDGE) == 0 || (now & ~i.told) != 0 || edge(s, i, now);
        if (now != 0 && news) {
          first = ready++ == 0 ? now : first;
        }
      }
      if (ready == 0 && machine.now() < until) {
        return null;
      }
      told(set);
      return check(place, a.get(1), ready, first);
    };
  }

  /** Something has happened since the last report that wakes who waits for it. */
  private boolean edge(Sock s, Interest i, long now) {
    if (s.tcp == null) {
      return i.generation != machine.generation();
    }
    boolean in = (now & (IN | RD_NORM | RD_HUP)) != 0 && s.arrivedCount() != i.arrivedCount;
    boolean out = (now & (OUT | WR_NORM)) != 0 && s.spaceCount != i.spaceCount;
    return i.generation < 0 || in || out;
  }

  private void told(Map<Integer, Interest> set) {
    for (Map.Entry<Integer, Interest> e : set.entrySet()) {
      Sock s = calls.find(e.getKey());
      Interest i = e.getValue();
      if (s != null) {
        i.told = events(s) & (i.events | ALWAYS);
        i.generation = machine.generation();
        i.arrivedCount = s.arrivedCount();
        i.spaceCount = s.spaceCount;
        if ((i.events & ONE_SHOT) != 0 && i.told != 0) {
          i.events = 0;
        }
      }
    }
  }

  private static @Nullable CallResult check(Place place, Expression want, int ready, long first)
      throws StopException {
    Expression struct =
        want instanceof Expression.Array l && !l.items().isEmpty() ? l.items().getFirst() : want;
    if (ready > 0 && struct instanceof Expression.Struct) {
      Expression events = Values.field(struct, "events");
      if (events != null && Values.integer(events, first) != first) {
        throw StopException.failed(
            place, "events are " + first + ", expected " + Values.integer(events));
      }
    }
    return CallResult.of(ready);
  }
}
