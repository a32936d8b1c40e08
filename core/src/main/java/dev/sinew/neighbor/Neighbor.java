package dev.sinew.neighbor;

import dev.sinew.base.Timer;
import dev.sinew.link.TxPacket;
import org.jspecify.annotations.Nullable;

/**
 * One neighbour. The object is used again for another when the cache has let go of it, so whoever
 * remembers one asks {@link #is} first.
 */
public final class Neighbor extends Timer {
  /** Packets that wait for its address; one more, and the oldest goes (RFC 4861 section 7.2.2). */
  static final int MAX_HELD = 3;

  private final Neighborhood home;

  long high;
  long low;
  long mac;
  NeighborState state = NeighborState.INCOMPLETE;
  boolean present;

  /** Something was sent to it since the cache last looked. */
  boolean used;

  /** Solicitations sent in the present state. */
  int solicitCount;

  /** While REACHABLE: until when. */
  long reachableUntilNanos;

  /** The source of the packet that wanted it last: solicitations come from the same address. */
  long sourceHigh;

  long sourceLow;

  private final @Nullable TxPacket[] held = new TxPacket[MAX_HELD];
  int heldCount;

  // Owned by the cache.
  @Nullable Neighbor nextInBucket;
  @Nullable Neighbor previous;
  @Nullable Neighbor next;
  NeighborList list;

  Neighbor(Neighborhood home, NeighborList list) {
    this.home = home;
    this.list = list;
  }

  /** True while this is the entry of that address. */
  public boolean is(long high, long low) {
    return this.low == low && this.high == high && present;
  }

  public NeighborState state() {
    return state;
  }

  /** Its hardware address, or 0 while that is being asked for. */
  public long hardwareAddress() {
    return state == NeighborState.INCOMPLETE ? 0 : mac;
  }

  /**
   * An upper layer knows that what was sent this way has arrived lately: new data was acknowledged
   * (RFC 4861 section 7.3.1).
   */
  public void confirm(long now) {
    if (state == NeighborState.REACHABLE) {
      reachableUntilNanos = now + home.reachableNanos();
    } else if (state != NeighborState.INCOMPLETE) {
      home.toReachable(this, now);
    }
  }

  /** Keeps a packet; returns the oldest when there was no room for another. */
  @Nullable TxPacket hold(TxPacket p) {
    TxPacket oldest = heldCount == MAX_HELD ? takeHeld() : null;
    held[heldCount++] = p;
    return oldest;
  }

  /** Takes the oldest of the packets that wait, or null. */
  @Nullable TxPacket takeHeld() {
    if (heldCount == 0) {
      return null;
    }
    TxPacket first = held[0];
    heldCount--;
    System.arraycopy(held, 1, held, 0, heldCount);
    held[heldCount] = null;
    return first;
  }

  @Override
  protected void fire(long now) {
    home.due(this, now);
  }
}
