package dev.sinew.tcp.auth;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one endpoint or listener. A connection that a listener accepts has its own copy of
 * those for its peer; changes at the listener are for later ones (RFC 5925 section 3.1).
 */
public final class AuthKeys {
  /** What {@link #currentId} and {@link #nextId} are before the application chooses. */
  private static final int UNCHOSEN = -1;

  private final List<AuthKey> keys = new ArrayList<>();
  private int currentId = UNCHOSEN;
  private int nextId = UNCHOSEN;
  private boolean acceptsIcmp;

  public AuthKeys() {}

  public boolean isEmpty() {
    return keys.isEmpty();
  }

  public List<AuthKey> list() {
    return List.copyOf(keys);
  }

  /** Adds a key; an MD5 key for the same peers is replaced. False: it contradicts another. */
  public boolean add(AuthKey key) {
    for (AuthKey other : keys) {
      if (!key.overlaps(other) || key.sameMd5Peers(other)) {
        continue;
      }
      // RFC 5925 section 1: never MD5 and TCP-AO for one connection. Section 3.1: the numbers of
      // keys for one peer differ.
      boolean sameId =
          !key.isMd5() && (key.sendId() == other.sendId() || key.receiveId() == other.receiveId());
      if (key.isMd5() != other.isMd5() || sameId) {
        return false;
      }
    }
    keys.removeIf(key::sameMd5Peers);
    keys.add(key);
    return true;
  }

  /** Removes a key; false when it is not here. */
  public boolean remove(AuthKey key) {
    return keys.remove(key);
  }

  /**
   * Which key signs what is sent, by its send number, and which one the peer is asked to use; false
   * when there are none.
   */
  public boolean choose(int sendId, int receiveId) {
    boolean send = keys.stream().anyMatch(k -> !k.isMd5() && k.sendId() == sendId);
    boolean receive = keys.stream().anyMatch(k -> !k.isMd5() && k.receiveId() == receiveId);
    if (send && receive) {
      currentId = sendId;
      nextId = receiveId;
    }
    return send && receive;
  }

  /** Believe hard ICMP errors about synchronized connections in spite of RFC 5925 section 7.8. */
  public void acceptIcmp(boolean on) {
    acceptsIcmp = on;
  }

  boolean acceptsIcmp() {
    return acceptsIcmp;
  }

  int currentId() {
    return currentId;
  }

  int nextId() {
    return nextId;
  }

  /** What an accepted connection inherits: the keys for its peer. */
  public AuthKeys forPeer(long peerHigh, long peerLow, int peerPort) {
    AuthKeys copy = new AuthKeys();
    for (AuthKey k : keys) {
      if (k.matches(peerHigh, peerLow, peerPort)) {
        copy.keys.add(k);
      }
    }
    copy.currentId = currentId;
    copy.nextId = nextId;
    copy.acceptsIcmp = acceptsIcmp;
    return copy;
  }

  /** The authentication of one connection; null when no key is for this peer. */
  public @Nullable SegmentAuth open(
      AuthContext context,
      long localHigh,
      long localLow,
      int localPort,
      long peerHigh,
      long peerLow,
      int peerPort) {
    AuthKey best = null;
    for (AuthKey k : keys) {
      if (k.matches(peerHigh, peerLow, peerPort)
          && (best == null || k.peers().length() > best.peers().length())) {
        best = k;
      }
    }
    if (best == null) {
      return null;
    }
    return best.isMd5()
        ? new Md5Auth(context, this, best)
        : new AoAuth(context, this, localHigh, localLow, localPort, peerHigh, peerLow, peerPort);
  }

  AuthKey firstFor(long peerHigh, long peerLow, int peerPort) {
    for (AuthKey k : keys) {
      if (k.matches(peerHigh, peerLow, peerPort)) {
        return k;
      }
    }
    throw new IllegalStateException("no key for this peer");
  }

  @Nullable AuthKey bySendId(int id, long peerHigh, long peerLow, int peerPort) {
    for (AuthKey k : keys) {
      if (k.sendId() == id && k.matches(peerHigh, peerLow, peerPort)) {
        return k;
      }
    }
    return null;
  }

  @Nullable AuthKey byReceiveId(int id, long peerHigh, long peerLow, int peerPort) {
    for (AuthKey k : keys) {
      if (k.receiveId() == id && k.matches(peerHigh, peerLow, peerPort)) {
        return k;
      }
    }
    return null;
  }

  // ---- changes while a connection lives

  /**
   * Whether the connection can do without this key: not the one in use, nor the one asked for, nor
   * its last.
   */
  public static boolean dispensable(@Nullable SegmentAuth auth, AuthKey key) {
    return !(auth instanceof AoAuth ao) || !ao.current().equals(key) && !ao.next().equals(key);
  }

  /** The application's choice reaches a living connection. */
  public static void chosen(SegmentAuth auth) {
    if (auth instanceof AoAuth ao) {
      ao.choose();
    }
  }

  /** Whether a connection's authentication is TCP-AO. */
  public static boolean isAo(@Nullable SegmentAuth auth) {
    return auth instanceof AoAuth;
  }

  /** The number of the key that signs what we send, or -1 without TCP-AO. */
  public static int currentKey(@Nullable SegmentAuth auth) {
    return auth instanceof AoAuth ao ? ao.current().sendId() : -1;
  }

  /** The number of the key that the peer is asked to use, or -1 without TCP-AO. */
  public static int nextKey(@Nullable SegmentAuth auth) {
    return auth instanceof AoAuth ao ? ao.next().receiveId() : -1;
  }

  /** A key is gone. */
  public static void forget(@Nullable SegmentAuth auth) {
    if (auth instanceof AoAuth ao) {
      ao.forgetTraffic();
    }
  }
}
