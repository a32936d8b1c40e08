package dev.sinew.udp;

import dev.sinew.base.EntropySource;
import dev.sinew.base.SipHash;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint a datagram belongs to: a table of all bound endpoints by local port, and one of
 * the connected ones by both ends. The hash is keyed, so nobody outside can choose addresses that
 * meet in one chain.
 */
final class UdpTable {
  private final SipHash hash;
  private @Nullable UdpEndpoint[] bound = new UdpEndpoint[8];
  private @Nullable UdpEndpoint[] connected = new UdpEndpoint[8];
  private int boundCount;
  private int connectedCount;

  UdpTable(EntropySource entropy) {
    hash = new SipHash(entropy);
  }

  // ---- bound endpoints

  void addBound(UdpEndpoint e) {
    if (++boundCount > bound.length) {
      growBound();
    }
    linkBound(bound, e);
  }

  void removeBound(UdpEndpoint e) {
    int i = portSlot(e.localPort, bound.length);
    UdpEndpoint before = null;
    for (UdpEndpoint at = bound[i]; at != null; before = at, at = at.nextBound) {
      if (at == e) {
        if (before == null) {
          bound[i] = e.nextBound;
        } else {
          before.nextBound = e.nextBound;
        }
        e.nextBound = null;
        boundCount--;
        return;
      }
    }
  }

  /**
   * First endpoint of the chain in which all that are bound to {@code port} lie, the latest first;
   * others may lie between them.
   */
  @Nullable UdpEndpoint firstOnPort(int port) {
    return bound[portSlot(port, bound.length)];
  }

  /**
   * The endpoint not connected that fits best: bound to the address, else to the wildcard of the
   * version, else to {@code ::}. Of several with reuse-port on the same address, the hash of both
   * ends chooses one, so a peer always meets the same.
   */
  @Nullable UdpEndpoint best(
      int localPort,
      long localHigh,
      long localLow,
      boolean v4,
      int remotePort,
      long remoteHigh,
      long remoteLow) {
    UdpEndpoint best = null;
    int bestScore = 0;
    for (UdpEndpoint e = firstOnPort(localPort); e != null; e = e.nextBound) {
      if (e.localPort == localPort && !e.isConnected()) {
        int score = e.score(localHigh, localLow, v4);
        if (score > bestScore) {
          bestScore = score;
          best = e;
        }
      }
    }
    if (best == null || !best.reusePort()) {
      return best;
    }
    int members = 0;
    for (UdpEndpoint e = best; e != null; e = e.nextBound) {
      if (e.sharesPortWith(best)) {
        members++;
      }
    }
    if (members == 1) {
      return best;
    }
    long h = hash.hash(localHigh, localLow, remoteHigh, remoteLow, ports(localPort, remotePort));
    int chosen = (int) ((h >>> 33) % members);
    for (UdpEndpoint e = best; e != null; e = e.nextBound) {
      if (e.sharesPortWith(best) && chosen-- == 0) {
        return e;
      }
    }
    return best;
  }

  // ---- connected endpoints

  void addConnected(UdpEndpoint e) {
    if (++connectedCount > connected.length) {
      growConnected();
    }
    linkConnected(connected, e);
  }

  void removeConnected(UdpEndpoint e) {
    int i = connectedSlot(e, connected.length);
    UdpEndpoint before = null;
    for (UdpEndpoint at = connected[i]; at != null; before = at, at = at.nextConnected) {
      if (at == e) {
        if (before == null) {
          connected[i] = e.nextConnected;
        } else {
          before.nextConnected = e.nextConnected;
        }
        e.nextConnected = null;
        connectedCount--;
        return;
      }
    }
  }

  /** The endpoint connected between exactly these ends, or null. */
  @Nullable UdpEndpoint connected(
      int localPort,
      long localHigh,
      long localLow,
      int remotePort,
      long remoteHigh,
      long remoteLow) {
    if (connectedCount == 0) {
      return null;
    }
    long h = hash.hash(localHigh, localLow, remoteHigh, remoteLow, ports(localPort, remotePort));
    for (UdpEndpoint e = connected[(int) h & (connected.length - 1)];
        e != null;
        e = e.nextConnected) {
      if (e.localPort == localPort
          && e.remotePort == remotePort
          && e.localHigh == localHigh
          && e.localLow == localLow
          && e.remoteHigh == remoteHigh
          && e.remoteLow == remoteLow) {
        return e;
      }
    }
    return null;
  }

  // ---- the chains

  private void linkBound(@Nullable UdpEndpoint[] table, UdpEndpoint e) {
    int i = portSlot(e.localPort, table.length);
    e.nextBound = table[i];
    table[i] = e;
  }

  private void linkConnected(@Nullable UdpEndpoint[] table, UdpEndpoint e) {
    int i = connectedSlot(e, table.length);
    e.nextConnected = table[i];
    table[i] = e;
  }

  private int portSlot(int port, int slots) {
    return (int) hash.hash(port) & (slots - 1);
  }

  private int connectedSlot(UdpEndpoint e, int slots) {
    long h =
        hash.hash(
            e.localHigh, e.localLow, e.remoteHigh, e.remoteLow, ports(e.localPort, e.remotePort));
    return (int) h & (slots - 1);
  }

  private static long ports(int local, int remote) {
    return (long) local << 16 | remote;
  }

  private void growBound() {
    @Nullable UdpEndpoint[] bigger = new UdpEndpoint[bound.length * 2];
    for (UdpEndpoint first : bound) {
      // A chain is rebuilt back to front, so that the latest stays first.
      UdpEndpoint reversed = null;
      for (UdpEndpoint e = first; e != null; ) {
        UdpEndpoint next = e.nextBound;
        e.nextBound = reversed;
        reversed = e;
        e = next;
      }
      for (UdpEndpoint e = reversed; e != null; ) {
        UdpEndpoint next = e.nextBound;
        linkBound(bigger, e);
        e = next;
      }
    }
    bound = bigger;
  }

  private void growConnected() {
    @Nullable UdpEndpoint[] bigger = new UdpEndpoint[connected.length * 2];
    for (UdpEndpoint first : connected) {
      for (UdpEndpoint e = first; e != null; ) {
        UdpEndpoint next = e.nextConnected;
        linkConnected(bigger, e);
        e = next;
      }
    }
    connected = bigger;
  }
}
