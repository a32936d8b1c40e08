package dev.sinew.tcp;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which local ports are in use, and by what: listeners, endpoints that were bound, and how many
 * records each port has. Decides whether a bind is a conflict, and which listener a SYN is for.
 */
final class ListenerTable {
  /** One port. */
  private static final class Port {
    final int number;
    TcpListener[] listeners = NONE;
    TcpEndpoint[] bound = NOT_BOUND;
    int records;
    @Nullable Port next;

    Port(int number) {
      this.number = number;
    }
  }

  private static final TcpListener[] NONE = {};
  private static final TcpEndpoint[] NOT_BOUND = {};

  private @Nullable Port[] buckets = new Port[8];
  private int size;

  private @Nullable Port find(int number) {
    Port p = buckets[number & (buckets.length - 1)];
    while (p != null && p.number != number) {
      p = p.next;
    }
    return p;
  }

  private Port use(int number) {
    Port p = find(number);
    if (p == null) {
      if (size >= buckets.length) {
        grow();
      }
      p = new Port(number);
      int k = number & (buckets.length - 1);
      p.next = buckets[k];
      buckets[k] = p;
      size++;
    }
    return p;
  }

  private void grow() {
    @Nullable Port[] old = buckets;
    buckets = new Port[old.length * 2];
    for (Port chain : old) {
      Port p = chain;
      while (p != null) {
        Port next = p.next;
        int k = p.number & (buckets.length - 1);
        p.next = buckets[k];
        buckets[k] = p;
        p = next;
      }
    }
  }

  private void tidy(Port gone) {
    if (gone.records > 0 || gone.listeners.length > 0 || gone.bound.length > 0) {
      return;
    }
    int k = gone.number & (buckets.length - 1);
    Port previous = null;
    for (Port p = buckets[k]; p != null; p = p.next) {
      if (p == gone) {
        if (previous == null) {
          buckets[k] = p.next;
        } else {
          previous.next = p.next;
        }
        size--;
        return;
      }
      previous = p;
    }
  }

  void recordAdded(int port) {
    use(port).records++;
  }

  void recordRemoved(int port) {
    Port p = find(port);
    if (p != null) {
      p.records--;
      tidy(p);
    }
  }

  /** True when nothing at all uses the port. */
  boolean unused(int port) {
    return find(port) == null;
  }

  /**
   * True when a listener or a bound endpoint holds the port: an ephemeral port must not be this
   * one.
   */
  boolean held(int port) {
    Port p = find(port);
    return p != null && (p.listeners.length > 0 || p.bound.length > 0);
  }

  /**
   * Whether an endpoint may take the port. Two users of one port conflict unless their addresses
   * differ, both allow reuse of the port, or both allow reuse of the address and none listens.
   *
   * @param listening the asker is a listener, or a bound endpoint that will be one
   */
  boolean conflicts(long high, long low, int port, SocketOptions options, boolean listening) {
    Port p = find(port);
    if (p == null) {
      return false;
    }
    for (TcpListener l : p.listeners) {
      if (overlap(high, low, l.localHigh, l.localLow)
          && !(options.reusePort && l.options.reusePort)) {
        return true;
      }
    }
    for (TcpEndpoint e : p.bound) {
      boolean shared =
          options.reusePort && e.options.reusePort
              || !listening && options.reuseAddress && e.options.reuseAddress;
      if (overlap(high, low, e.boundHigh, e.boundLow) && !shared) {
        return true;
      }
    }
    // Connections and TIME-WAIT records of an earlier listener.
    return p.records > 0
        && p.listeners.length == 0
        && p.bound.length == 0
        && !options.reuseAddress
        && !options.reusePort;
  }

  /** Two local addresses of which one may be a wildcard; :: stands for both versions. */
  private static boolean overlap(long ah, long al, long bh, long bl) {
    return ah == bh && al == bl || any(ah, al, bh, bl) || any(bh, bl, ah, al);
  }

  /** Whether the first address is a wildcard that covers the second. */
  private static boolean any(long ah, long al, long bh, long bl) {
    if (ah != 0) {
      return false;
    }
    return al == 0 || al == ANY_V4_LOW && bh == 0 && bl >>> 32 == 0xffff;
  }

  static final long ANY_V4_LOW = 0x0000_ffff_0000_0000L;

  void add(TcpListener l) {
    Port p = use(l.localPort());
    p.listeners = Arrays.copyOf(p.listeners, p.listeners.length + 1);
    p.listeners[p.listeners.length - 1] = l;
  }

  void remove(TcpListener l) {
    Port p = find(l.localPort());
    if (p == null) {
      return;
    }
    TcpListener[] left = NONE;
    for (TcpListener other : p.listeners) {
      if (other != l) {
        left = Arrays.copyOf(left, left.length + 1);
        left[left.length - 1] = other;
      }
    }
    p.listeners = left;
    tidy(p);
  }

  void add(TcpEndpoint e, int port) {
    Port p = use(port);
    p.bound = Arrays.copyOf(p.bound, p.bound.length + 1);
    p.bound[p.bound.length - 1] = e;
  }

  void remove(TcpEndpoint e, int port) {
    Port p = find(port);
    if (p == null) {
      return;
    }
    TcpEndpoint[] left = NOT_BOUND;
    for (TcpEndpoint other : p.bound) {
      if (other != e) {
        left = Arrays.copyOf(left, left.length + 1);
        left[left.length - 1] = other;
      }
    }
    p.bound = left;
    tidy(p);
  }

  /**
   * The listener for a SYN: the one with the most exact address; among several that share a port,
   * one by the hash of the sockets.
   *
   * @param choice a number that is the same for the same sockets
   */
  @Nullable TcpListener find(long high, long low, int port, long choice) {
    Port p = find(port);
    if (p == null) {
      return null;
    }
    int best = 0;
    int candidates = 0;
    for (TcpListener l : p.listeners) {
      int score = score(l, high, low);
      if (score > best) {
        best = score;
        candidates = 1;
      } else if (score == best && score > 0) {
        candidates++;
      }
    }
    if (candidates == 0) {
      return null;
    }
    int wanted = candidates == 1 ? 0 : (int) ((choice >>> 1) % candidates);
    for (TcpListener l : p.listeners) {
      if (score(l, high, low) == best && wanted-- == 0) {
        return l;
      }
    }
    return null;
  }

  private static int score(TcpListener l, long high, long low) {
    if (l.localHigh == high && l.localLow == low) {
      return 3;
    }
    if (l.localHigh != 0) {
      return 0;
    }
    if (l.localLow == ANY_V4_LOW && high == 0 && low >>> 32 == 0xffff) {
      return 2;
    }
    return l.localLow == 0 ? 1 : 0;
  }

  /** All listeners, by port bucket. */
  void forEach(java.util.function.Consumer<TcpListener> visitor) {
    for (Port chain : buckets) {
      for (Port p = chain; p != null; p = p.next) {
        for (TcpListener l : p.listeners) {
          visitor.accept(l);
        }
      }
    }
  }
}
