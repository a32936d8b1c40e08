package dev.sinew.tcp;

import dev.sinew.ip.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a client knows of servers that it opens connections to with data on the SYN (RFC 7413
 * section 4.1.3): per address the cookie and the MSS, and whether such SYNs are lost on the way
 * (section 4.1.3.1). Bounded; the entry that was used least lately goes.
 */
final class FastOpenCache {
  private static final int MAX_DOUBLINGS = 5;

  /** One server. */
  static final class Server {
    byte[] cookie = {};

    /** The cookie came in the option of the experiment. */
    boolean experiment;

    /** How often a request got no cookie: after the first one the other option is tried once. */
    int unanswered;

    int mss;
    private int losses;
    private long blockedUntil = Long.MIN_VALUE;

    boolean blocked(long now) {
      return now < blockedUntil;
    }

    /** A SYN with data or option got no answer, and one without it did; or a RST answered it. */
    void lost(long now, long blockNanos) {
      if (blockNanos > 0) {
        blockedUntil = now + (blockNanos << Math.min(losses, MAX_DOUBLINGS));
        losses++;
      }
    }

    void worked() {
      losses = 0;
    }
  }

  private final Map<IpAddress, Server> entries;

  FastOpenCache(int max) {
    entries =
        new LinkedHashMap<>(8, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<IpAddress, Server> eldest) {
            return size() > max;
          }
        };
  }

  /** What is known of a server; a new entry when nothing is. */
  Server of(long high, long low) {
    return entries.computeIfAbsent(new IpAddress(high, low), a -> new Server());
  }

  int size() {
    return entries.size();
  }
}
