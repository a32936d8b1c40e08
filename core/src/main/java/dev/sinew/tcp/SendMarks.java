package dev.sinew.tcp;

import java.util.Arrays;

/**
 * Places in the stream of sent data at which more than the order of bytes matters: where a segment
 * carries PSH because a super-segment or a write ended there, and where one record of the
 * application ends and the next must not share its segment. Positions count as {@link SendBuffer}'s
 * do.
 */
final class SendMarks {
  /** Ascending; those before the head are forgotten. */
  private static final class Places {
    private long[] at = new long[4];
    private int first;
    private int end;

    void add(long position) {
      if (end > first && at[end - 1] >= position) {
        return;
      }
      if (end == at.length) {
        int n = end - first;
        long[] next = n > at.length / 2 ? new long[2 * at.length] : at;
        System.arraycopy(at, first, next, 0, n);
        at = next;
        first = 0;
        end = n;
      }
      at[end++] = position;
    }

    void forget(long position) {
      while (first < end && at[first] <= position) {
        first++;
      }
      if (first == end) {
        first = 0;
        end = 0;
      }
    }

    boolean has(long position) {
      return Arrays.binarySearch(at, first, end, position) >= 0;
    }

    /** The first place behind {@code position}, or the largest number. */
    long after(long position) {
      int i = Arrays.binarySearch(at, first, end, position + 1);
      int k = i >= 0 ? i : -i - 1;
      return k < end ? at[k] : Long.MAX_VALUE;
    }
  }

  private final Places pushes = new Places();
  private final Places records = new Places();
  private final Places cuts = new Places();
  private final Places filled = new Places();

  /** {@link SendRoom}: where the record begins that is being filled, and what was pushed. */
  private long fillFrom;

  private long pushedUpTo;

  /** Up to where the super-segment reaches that is being sent. */
  private long superEnd;

  /** Where the last short segment of new data ended. */
  private long smallEnd;

  private boolean superPush;
  private boolean pushAgain;
  private boolean uncorked;

  /** The application has said that more follows at once: what is left over waits for it. */
  private boolean waits;

  /** Where that data ends, which needs no PSH; -1 when there is none. */
  private long quietAt = -1;

  void small(long end) {
    smallEnd = end;
  }

  boolean smallBehind(long position) {
    return smallEnd > position;
  }

  /** What is left over was kept back long enough, and is pushed. */
  void loud() {
    quietAt = -1;
  }

  void push(long position) {
    pushes.add(position);
  }

  boolean pushed(long position) {
    return pushes.has(position);
  }

  void endRecord(long position) {
    records.add(position);
  }

  /** Where the record ends that the byte at {@code position} belongs to. */
  long recordEnd(long position) {
    return records.after(position);
  }

  /**
   * Bytes up to {@code tail} were written into records of that size.
   *
   * @param from where a record begins, or a negative number when the last one goes on
   * @param much a full record is pushed when this much was not
   */
  void fill(long from, long tail, int size, long much) {
    if (from >= 0) {
      fillFrom = from;
    }
    while (fillFrom + size <= tail) {
      fillFrom += size;
      filled.add(fillFrom);
      if (fillFrom > pushedUpTo + much) {
        pushedUpTo = fillFrom;
        pushes.add(fillFrom);
      }
    }
    pushedUpTo = tail;
  }

  /** Where the full record ends that the byte at {@code position} is in. */
  long filledUpTo(long position) {
    return filled.after(position);
  }

  boolean inSuperSegment(long position) {
    return position < superEnd;
  }

  /**
   * @param several it has more than one segment
   */
  void superSegment(long end, boolean several) {
    superEnd = end;
    superPush = several;
    cuts.add(end);
  }

  /**
   * The last segment of a super-segment of several ends there, which is sent for the first time.
   */
  boolean superPush(long position) {
    return superPush && position == superEnd;
  }

  /** Super-segments do not reach over this place, when they are sent again either. */
  boolean cut(long position) {
    return cuts.has(position);
  }

  /** What is sent again next is the last of several segments in one. */
  void pushAgain(boolean last) {
    pushAgain = last;
  }

  boolean pushAgain() {
    return pushAgain;
  }

  /** More follows what ends at {@code tail}, or not. */
  void more(boolean follows, long tail) {
    waits = follows;
    quietAt = follows ? tail : -1;
  }

  /** It waits no longer. */
  void go() {
    waits = false;
  }

  /** What is there goes once, from under a cork too. */
  void uncork(boolean once) {
    uncorked = once;
  }

  boolean uncorked() {
    return uncorked;
  }

  boolean waits() {
    return waits;
  }

  boolean quiet(long position) {
    return position == quietAt;
  }

  void acknowledged(long position) {
    waits = false;
    pushes.forget(position);
    cuts.forget(position);
    records.forget(position);
    filled.forget(position);
  }
}
