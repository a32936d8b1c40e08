package dev.sinew.base;

/**
 * A deadline of its own: arming one never disarms another. Moving it later writes a field only; the
 * heap notices when the old time comes. Exact to the nanosecond, and at equal time timers fire in
 * the order in which they were armed.
 */
public abstract class Timer {
  static final int NOT_IN_HEAP = -1;

  /** When {@link #fire} is due, or {@link TimerHeap#NEVER} while disarmed. */
  long deadline = TimerHeap.NEVER;

  /** The order of arming, which breaks ties. */
  long order;

  /** The key under which the heap holds it; never later than {@link #deadline}. */
  long heapDeadline;

  long heapOrder;
  int index = NOT_IN_HEAP;

  protected Timer() {}

  /** The time has come. The timer is disarmed already and may be armed again. */
  protected abstract void fire(long now);

  /** True between arming and firing or disarming. */
  public final boolean armed() {
    return deadline != TimerHeap.NEVER;
  }

  /** When it will fire, in the stack's nanoseconds, or {@link TimerHeap#NEVER}. */
  public final long deadline() {
    return deadline;
  }
}
