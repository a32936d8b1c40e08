package dev.sinew.neighbor;

import dev.sinew.base.EntropySource;
import dev.sinew.base.SipHash;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The neighbours of one link, by address. Bounded, because anybody on the link can make up
 * addresses: those that were never sent to go first (a flood of requests makes them), then those
 * that have not answered (a flood of packets to answer makes them), and only then the others, the
 * one not used for longest first. Entries and their memory are used again; each step is O(1), the
 * search for one that is not in use amortised.
 */
final class NeighborCache {
  private final Neighborhood home;
  private final int capacity;
  private final SipHash hash;
  private @Nullable Neighbor[] buckets = new Neighbor[16];
  private int size;
  private final ArrayDeque<Neighbor> free = new ArrayDeque<>();

  /** Heard of, never sent to. */
  final NeighborList heard = new NeighborList();

  /** INCOMPLETE. */
  final NeighborList unresolved = new NeighborList();

  /** Sent to. */
  final NeighborList known = new NeighborList();

  NeighborCache(Neighborhood home, int capacity, EntropySource entropy) {
    this.home = home;
    this.capacity = Math.max(4, capacity);
    this.hash = new SipHash(entropy);
  }

  int size() {
    return size;
  }

  @Nullable Neighbor find(long high, long low) {
    Neighbor n = buckets[bucket(high, low)];
    while (n != null && !n.is(high, low)) {
      n = n.nextInBucket;
    }
    return n;
  }

  private int bucket(long high, long low) {
    return (int) hash.hash(high, low) & (buckets.length - 1);
  }

  /** Makes room where there is none, and an entry that is not in the cache yet. */
  Neighbor add(long high, long low, NeighborState state, NeighborList list, long now) {
    while (size >= capacity || list.size() >= share(list)) {
      home.evict(victim(list), now);
    }
    if (size == buckets.length) {
      grow();
    }
    Neighbor n = free.isEmpty() ? new Neighbor(home, list) : free.pop();
    n.high = high;
    n.low = low;
    n.state = state;
    n.mac = 0;
    n.present = true;
    n.used = false;
    n.solicitCount = 0;
    int b = bucket(high, low);
    n.nextInBucket = buckets[b];
    buckets[b] = n;
    size++;
    list.addLast(n);
    return n;
  }

  /** How many entries of its kind there may be. */
  private int share(NeighborList list) {
    return list == known ? capacity : list == heard ? capacity / 2 : capacity / 4;
  }

  private Neighbor victim(NeighborList list) {
    NeighborList from =
        list.size() >= share(list)
            ? list
            : heard.size() > 0 ? heard : unresolved.size() > 0 ? unresolved : known;
    Neighbor n = from.first();
    while (n != null && from == known && n.used) {
      n.used = false;
      known.remove(n);
      known.addLast(n);
      n = known.first();
    }
    if (n == null) {
      throw new IllegalStateException("a full cache is empty");
    }
    return n;
  }

  void move(Neighbor n, NeighborList list) {
    if (n.list != list) {
      n.list.remove(n);
      list.addLast(n);
    }
  }

  void remove(Neighbor n) {
    int b = bucket(n.high, n.low);
    Neighbor at = buckets[b];
    if (at == n) {
      buckets[b] = n.nextInBucket;
    } else {
      while (at != null && at.nextInBucket != n) {
        at = at.nextInBucket;
      }
      if (at != null) {
        at.nextInBucket = n.nextInBucket;
      }
    }
    n.nextInBucket = null;
    n.list.remove(n);
    n.present = false;
    size--;
    free.push(n);
  }

  /** Doubles the buckets. */
  private void grow() {
    @Nullable Neighbor[] old = buckets;
    buckets = new Neighbor[old.length * 2];
    for (Neighbor first : old) {
      Neighbor n = first;
      while (n != null) {
        Neighbor following = n.nextInBucket;
        int b = bucket(n.high, n.low);
        n.nextInBucket = buckets[b];
        buckets[b] = n;
        n = following;
      }
    }
  }

  /** Any entry, or null when there is none. */
  @Nullable Neighbor any() {
    Neighbor n = unresolved.first();
    if (n == null) {
      n = heard.first();
    }
    return n == null ? known.first() : n;
  }
}
