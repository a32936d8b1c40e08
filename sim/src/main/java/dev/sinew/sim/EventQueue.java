package dev.sinew.sim;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The packets and calls to come, as a binary heap in the order (time, rank, arrangement). */
final class EventQueue {
  private @Nullable Event[] heap = new Event[64];
  private int size;
  private long nextOrder;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** The next event, not taken; null when there is none. */
  @Nullable Event peek() {
    return heap[0];
  }

  void add(Event e, long time, int rank) {
    e.time = time;
    e.rank = rank;
    e.order = nextOrder++;
    insert(e);
  }

  /** The number of the next arrangement. */
  long nextOrder() {
    return nextOrder++;
  }

  /** Adds an event whose time, rank and order are set. */
  void insert(Event e) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    int i = size++;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      Event p = at(parent);
      if (!before(e, p)) {
        break;
      }
      heap[i] = p;
      i = parent;
    }
    heap[i] = e;
  }

  Event take() {
    Event first = at(0);
    Event last = at(--size);
    heap[size] = null;
    if (size > 0) {
      int i = 0;
      while (true) {
        int child = 2 * i + 1;
        if (child >= size) {
          break;
        }
        if (child + 1 < size && before(at(child + 1), at(child))) {
          child++;
        }
        if (!before(at(child), last)) {
          break;
        }
        heap[i] = heap[child];
        i = child;
      }
      heap[i] = last;
    }
    return first;
  }

  private Event at(int i) {
    Event e = heap[i];
    if (e == null) {
      throw new IllegalStateException("the queue is empty");
    }
    return e;
  }

  private static boolean before(Event a, Event b) {
    if (a.time != b.time) {
      return a.time < b.time;
    }
    return a.rank != b.rank ? a.rank < b.rank : a.order < b.order;
  }
}
