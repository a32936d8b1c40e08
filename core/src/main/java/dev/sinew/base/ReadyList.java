package dev.sinew.base;

import org.jspecify.annotations.Nullable;

/**
 * The endpoints to which something happened since they were last taken, each once, in the order of
 * happening.
 */
public final class ReadyList {
  private @Nullable Endpoint head;
  private @Nullable Endpoint tail;

  void add(Endpoint e) {
    if (e.listed) {
      return;
    }
    e.listed = true;
    if (tail == null) {
      head = e;
    } else {
      tail.nextReady = e;
    }
    tail = e;
  }

  /** Takes the next endpoint, or null when there is none. */
  public @Nullable Endpoint take() {
    Endpoint e = head;
    if (e != null) {
      head = e.nextReady;
      if (head == null) {
        tail = null;
      }
      e.nextReady = null;
      e.listed = false;
    }
    return e;
  }

  /** True when nothing waits to be taken. */
  public boolean isEmpty() {
    return head == null;
  }
}
