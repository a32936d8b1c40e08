package dev.sinew.tcp;

import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.wire.Segment;

/**
 * How a connection offers what its receive buffer has room for, when that is worth a segment (RFC
 * 9293 section 3.8.6.2.2), and what it takes: one kind for each {@link Profile.WindowOffer}. This
 * is the standard's; it and {@link ByteWindow} remember nothing, and all connections share them.
 */
class ReceiveWindow {
  static final ReceiveWindow STEPS = new ReceiveWindow();
  private static final ReceiveWindow BYTES = new ByteWindow();

  /** Of a connection that knows what its SYN or SYN-ACK has offered. */
  static ReceiveWindow of(Connection c) {
    return switch (c.profile().windowOffer()) {
      case STEPS -> STEPS;
      case BYTES -> BYTES;
      case MEMORY, SHRINKING_MEMORY -> new MemoryWindow(c);
    };
  }

  /**
   * The window of a SYN, which is not scaled.
   *
   * @param fixed the application has asked for the size of the buffer
   */
  static int ofSyn(Profile profile, boolean fixed, int bufferBytes, int mss) {
    boolean byMemory = profile.windowOffer().byMemory();
    long space = byMemory ? MemoryWindow.firstSpace(fixed, bufferBytes, mss) : bufferBytes;
    return (int) Math.min(65_535, space);
  }

  /**
   * The window for the next segment's header, and with it the right edge. It never moves left, and
   * moves right only by a worthwhile step: half the buffer or a full segment, whichever is less
   * (Clark's rule, MUST-39).
   *
   * @return the header's field: scaled, 0 to 65535
   */
  int offer(Connection c) {
    long remaining = c.receiveWindow();
    int scale = c.rcvScale;
    long field = wanted(c, remaining, Acknowledging.room(c)) >> scale;
    if (field << scale < remaining) {
      // RFC 7323 section 2.4: what the shift rounds away would move the edge left. Rounding up may
      // exceed the buffer a little; past an eighth the edge stays where it is on the wire's grid,
      // and what lies before the old edge is taken all the same.
      long up = (remaining + (1L << scale) - 1) >> scale;
      if ((up << scale) - remaining + c.received.readable() + remaining
          <= c.receiveBufferBytes * 9L / 8 + (1L << scale)) {
        field = up;
      }
    }
    field = Math.min(field, 65_535);
    c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt + (int) (field << scale));
    return (int) field;
  }

  /** The window that is to be offered, where {@code remaining} is left of what was offered. */
  long wanted(Connection c, long remaining, long room) {
    return room > remaining && room - remaining >= step(c) ? room : remaining;
  }

  /** The application has read, and there is {@code room}: is it worth a segment of its own? */
  boolean worthTelling(Connection c, long room) {
    long remaining = c.receiveWindow();
    boolean wasZero = remaining >> c.rcvScale == 0;
    return room >> c.rcvScale > 0
        && room - remaining >= step(c)
        && (room >= 2 * remaining || wasZero);
  }

  private static long step(Connection c) {
    return Math.min(c.receiveBufferBytes / 2, c.rcvMss);
  }

  /** RCV.WND as the acceptability test of RFC 9293 section 3.10.7.4 has it. */
  int acceptable(Connection c) {
    return c.receiveWindow();
  }

  /** How many bytes of a segment's text from {@code from} on may be looked at. */
  int room(Connection c, @Seq int from, int length) {
    return SeqNum.diff(c.rcvAdv, from);
  }

  /** There is no room for that many bytes, although the window let them in. */
  boolean refuses(Connection c, int length, boolean behindGap) {
    return false;
  }

  /** A segment's text was stored up to {@code end}, and RCV.NXT has advanced, or not. */
  void stored(Connection c, Segment s, long end, int advanced) {}

  /**
   * That much is too much to stay unacknowledged: two full-sized segments (SHLD-19, RFC 5681
   * section 4.2).
   */
  boolean owes(Connection c, int unacknowledged) {
    return unacknowledged >= 2 * c.receivedMss;
  }

  /** The same just after the application has read. */
  boolean owesAfterRead(Connection c) {
    return false;
  }
}
