package dev.sinew.tcp;

import dev.sinew.base.Timer;
import dev.sinew.base.TimerHeap;
import org.jspecify.annotations.Nullable;

/**
 * Records that all wait for the same duration: first in, first due. One timer serves them all, and
 * a record costs two links.
 */
final class RecordQueue extends Timer {
  private final TimerHeap timers;
  private @Nullable QueuedRecord first;
  private @Nullable QueuedRecord last;
  private int size;

  RecordQueue(TimerHeap timers) {
    this.timers = timers;
  }

  int size() {
    return size;
  }

  /** The record that is due first, or null. */
  @Nullable QueuedRecord first() {
    return first;
  }

  /**
   * Appends a record that is in no queue. Its deadline must not lie before that of those which are
   * here already.
   */
  void add(QueuedRecord r, long deadline) {
    r.deadline = last != null ? Math.max(deadline, last.deadline) : deadline;
    r.queue = this;
    r.previous = last;
    r.next = null;
    if (last == null) {
      first = r;
      timers.arm(this, r.deadline);
    } else {
      last.next = r;
    }
    last = r;
    size++;
  }

  /** Takes a record out of this queue. */
  void remove(QueuedRecord r) {
    QueuedRecord p = r.previous;
    QueuedRecord n = r.next;
    if (p == null) {
      first = n;
    } else {
      p.next = n;
    }
    if (n == null) {
      last = p;
    } else {
      n.previous = p;
    }
    r.previous = null;
    r.next = null;
    r.queue = null;
    size--;
    if (p == null) {
      timers.arm(this, n == null ? TimerHeap.NEVER : n.deadline);
    }
  }

  @Override
  protected void fire(long now) {
    QueuedRecord r = first;
    while (r != null && r.deadline <= now) {
      remove(r);
      r.expire(now);
      r = first;
    }
    if (r != null) {
      timers.arm(this, r.deadline);
    }
  }
}
