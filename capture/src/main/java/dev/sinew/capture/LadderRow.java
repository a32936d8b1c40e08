package dev.sinew.capture;

import dev.sinew.capture.LadderEvent.Side;

/** One row of a ladder before it is drawn. */
final class LadderRow {
  enum Kind {
    STATES,
    PACKET,
    CALL
  }

  enum Arrow {
    WHOLE,
    DEPARTURE,
    ARRIVAL,
    LOST
  }

  static final long NO_TIME = -1;

  final Kind kind;
  Side from = Side.LEFT;
  Arrow arrow = Arrow.WHOLE;
  String text = "";

  /** Why the packet was lost or dropped, or empty. */
  String reason = "";

  String leftState = "";
  String rightState = "";
  private long leftTime = NO_TIME;
  private long rightTime = NO_TIME;

  /** A host has received the packet. */
  boolean arrived;

  /** Another row shows this one's state. */
  boolean takenOver;

  LadderRow(Kind kind) {
    this.kind = kind;
  }

  long time(Side side) {
    return side == Side.LEFT ? leftTime : rightTime;
  }

  void time(Side side, long nanos) {
    if (side == Side.LEFT) {
      leftTime = nanos;
    } else {
      rightTime = nanos;
    }
  }

  String state(Side side) {
    return side == Side.LEFT ? leftState : rightState;
  }

  void state(Side side, String name) {
    if (side == Side.LEFT) {
      leftState = name;
    } else {
      rightState = name;
    }
  }

  /** When the row begins, or {@link #NO_TIME}. */
  long begin() {
    if (leftTime == NO_TIME || rightTime == NO_TIME) {
      return Math.max(leftTime, rightTime);
    }
    return Math.min(leftTime, rightTime);
  }

  /** When the row ends, or {@link #NO_TIME}. */
  long end() {
    return Math.max(leftTime, rightTime);
  }
}
