package dev.sinew.tcp;

import dev.sinew.base.SipHash;
import org.jspecify.annotations.Nullable;

/**
 * The demultiplexing table: from both sockets of a segment to its record. The hash is keyed, so
 * that nobody outside can make records collide, and the table grows a few buckets at a time, so
 * that no segment pays for all of it.
 */
final class RecordTable {
  private static final int MOVE_PER_INSERT = 4;

  private final SipHash hash;
  private @Nullable Record[] buckets = new Record[8];
  private @Nullable Record @Nullable [] old;
  private int moved;
  private int size;

  RecordTable(SipHash hash) {
    this.hash = hash;
  }

  int size() {
    return size;
  }

  @Nullable Record find(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    long h =
        hash.hash(localHigh, localLow, remoteHigh, remoteLow, (long) localPort << 16 | remotePort);
    Record r = buckets[(int) h & (buckets.length - 1)];
    while (r != null) {
      if (r.matches(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort)) {
        return r;
      }
      r = r.nextInBucket;
    }
    @Nullable Record[] o = old;
    if (o != null) {
      r = o[(int) h & (o.length - 1)];
      while (r != null) {
        if (r.matches(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort)) {
          return r;
        }
        r = r.nextInBucket;
      }
    }
    return null;
  }

  /** Adds a record whose sockets are not in the table. */
  void add(Record r) {
    if (old != null) {
      move(MOVE_PER_INSERT);
    } else if (size >= buckets.length) {
      old = buckets;
      buckets = new Record[buckets.length * 2];
      moved = 0;
      move(MOVE_PER_INSERT);
    }
    link(r);
    size++;
  }

  /** Removes a record; false when it is not in the table. */
  boolean remove(Record r) {
    long h = hashOf(r);
    if (unlink(buckets, (int) h & (buckets.length - 1), r)) {
      size--;
      return true;
    }
    @Nullable Record[] o = old;
    if (o != null && unlink(o, (int) h & (o.length - 1), r)) {
      size--;
      return true;
    }
    return false;
  }

  /** All records, in an order that means nothing but is the same for the same history. */
  Record[] snapshot() {
    Record[] all = new Record[size];
    int n = collect(buckets, all, 0);
    if (old != null) {
      n = collect(old, all, n);
    }
    assert n == size;
    return all;
  }

  /** How many chains there are for {@link #chain}: for a walk that allocates nothing. */
  int chains() {
    return buckets.length + (old == null ? 0 : old.length);
  }

  /**
   * The first record of a chain; the others follow by {@link Record#nextInBucket}. Not to be mixed
   * with changes.
   */
  @Nullable Record chain(int i) {
    @Nullable Record[] o = old;
    return i < buckets.length || o == null ? buckets[i] : o[i - buckets.length];
  }

  private static int collect(@Nullable Record[] from, Record[] all, int n) {
    int i = n;
    for (Record bucket : from) {
      for (Record r = bucket; r != null; r = r.nextInBucket) {
        all[i++] = r;
      }
    }
    return i;
  }

  private long hashOf(Record r) {
    return hash.hash(
        r.localHigh,
        r.localLow,
        r.remoteHigh,
        r.remoteLow,
        (long) r.localPort << 16 | r.remotePort);
  }

  private void link(Record r) {
    int k = (int) hashOf(r) & (buckets.length - 1);
    r.nextInBucket = buckets[k];
    buckets[k] = r;
  }

  private void move(int count) {
    @Nullable Record[] o = old;
    if (o == null) {
      return;
    }
    for (int i = 0; i < count && moved < o.length; i++) {
      Record r = o[moved];
      o[moved++] = null;
      while (r != null) {
        Record next = r.nextInBucket;
        link(r);
        r = next;
      }
    }
    if (moved == o.length) {
      old = null;
    }
  }

  private static boolean unlink(@Nullable Record[] in, int k, Record r) {
    Record previous = null;
    for (Record at = in[k]; at != null; at = at.nextInBucket) {
      if (at == r) {
        if (previous == null) {
          in[k] = r.nextInBucket;
        } else {
          previous.nextInBucket = r.nextInBucket;
        }
        r.nextInBucket = null;
        return true;
      }
      previous = at;
    }
    return false;
  }
}
