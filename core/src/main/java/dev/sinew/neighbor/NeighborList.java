package dev.sinew.neighbor;

import org.jspecify.annotations.Nullable;

/** Neighbours in the order in which they go, linked through themselves. */
final class NeighborList {
  private @Nullable Neighbor first;
  private @Nullable Neighbor last;
  private int size;

  int size() {
    return size;
  }

  @Nullable Neighbor first() {
    return first;
  }

  void addLast(Neighbor n) {
    n.list = this;
    n.previous = last;
    n.next = null;
    if (last == null) {
      first = n;
    } else {
      last.next = n;
    }
    last = n;
    size++;
  }

  void remove(Neighbor n) {
    Neighbor before = n.previous;
    Neighbor after = n.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    n.previous = null;
    n.next = null;
    size--;
  }
}
