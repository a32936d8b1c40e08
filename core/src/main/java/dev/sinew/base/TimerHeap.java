package dev.sinew.base;

import java.util.Arrays;

/**
 * The timers of a stack: an indexed 4-ary heap keyed by (deadline, arming order). Times are
 * nanoseconds of the caller's clock, compared by difference, so any origin will do. Not
 * thread-safe.
 */
public final class TimerHeap {
  /** No deadline. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int KEPT = 64;

  private Timer[] heap = new Timer[4];
  private int size;
  private long nextOrder;
  private int armedCount;

  /** Sets the timer to fire at {@code deadline}, whether it was armed or not. */
  public void arm(Timer t, long deadline) {
    if (deadline == NEVER) {
      disarm(t);
      return;
    }
    if (t.deadline == NEVER) {
      armedCount++;
    }
    t.deadline = deadline;
    t.order = nextOrder++;
    if (t.index == Timer.NOT_IN_HEAP) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      t.heapDeadline = deadline;
      t.heapOrder = t.order;
      siftUp(t, size++);
    } else if (deadline < t.heapDeadline) {
      t.heapDeadline = deadline;
      t.heapOrder = t.order;
      siftUp(t, t.index);
    }
    // Later than its place in the heap: the place is put right when it comes to the top.
  }

  /** The timer will not fire. Harmless when it is not armed. */
  public void disarm(Timer t) {
    if (t.deadline != NEVER) {
      armedCount--;
      t.deadline = NEVER;
    }
  }

  /** Disarms the timer and forgets it at once, for an owner that goes away. */
  public void remove(Timer t) {
    disarm(t);
    if (t.index != Timer.NOT_IN_HEAP) {
      removeAt(t.index);
    }
  }

  /** The exact time of the next timer, or {@link #NEVER}. */
  public long nextDeadline() {
    settleTop();
    return size == 0 ? NEVER : heap[0].heapDeadline;
  }

  /** Fires the first timer that is due at {@code now}; false when there is none. */
  public boolean fireNext(long now) {
    settleTop();
    if (size == 0 || heap[0].heapDeadline > now) {
      return false;
    }
    Timer t = heap[0];
    removeAt(0);
    t.deadline = NEVER;
    armedCount--;
    t.fire(now);
    return true;
  }

  /** How many timers are armed. */
  public int armedCount() {
    return armedCount;
  }

  /** Brings a timer to the top whose key is its true deadline. */
  private void settleTop() {
    while (size > 0) {
      Timer t = heap[0];
      if (t.deadline == NEVER) {
        removeAt(0);
      } else if (t.deadline != t.heapDeadline || t.order != t.heapOrder) {
        t.heapDeadline = t.deadline;
        t.heapOrder = t.order;
        siftDown(t, 0);
      } else {
        return;
      }
    }
  }

  @SuppressWarnings("NullAway") // the slot that is set to null lies beyond size
  private void removeAt(int i) {
    Timer gone = heap[i];
    gone.index = Timer.NOT_IN_HEAP;
    Timer last = heap[--size];
    heap[size] = null;
    if (i < size) {
      siftDown(last, i);
      if (last.index == i) {
        siftUp(last, i);
      }
    }
    if (heap.length > KEPT && size < heap.length / 4) {
      heap = Arrays.copyOf(heap, heap.length / 2);
    }
  }

  private void siftUp(Timer t, int i) {
    while (i > 0) {
      int parent = (i - 1) >>> 2;
      if (!before(t, heap[parent])) {
        break;
      }
      place(heap[parent], i);
      i = parent;
    }
    place(t, i);
  }

  private void siftDown(Timer t, int i) {
    while (true) {
      int first = (i << 2) + 1;
      if (first >= size) {
        break;
      }
      int best = first;
      int end = Math.min(first + 4, size);
      for (int c = first + 1; c < end; c++) {
        if (before(heap[c], heap[best])) {
          best = c;
        }
      }
      if (!before(heap[best], t)) {
        break;
      }
      place(heap[best], i);
      i = best;
    }
    place(t, i);
  }

  private void place(Timer t, int i) {
    heap[i] = t;
    t.index = i;
  }

  private static boolean before(Timer a, Timer b) {
    return a.heapDeadline < b.heapDeadline
        || (a.heapDeadline == b.heapDeadline && a.heapOrder < b.heapOrder);
  }
}
