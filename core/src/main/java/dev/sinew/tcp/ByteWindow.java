package dev.sinew.tcp;

import dev.sinew.base.Profile;

/** {@link Profile.WindowOffer#BYTES}: what the buffer has room for, to the byte. */
final class ByteWindow extends ReceiveWindow {
  @Override
  long wanted(Connection c, long remaining, long room) {
    boolean silly = room < c.receiveBufferBytes / 4 && room < c.effectiveMss;
    return Math.max(remaining, silly ? 0 : room);
  }

  /**
   * Two segments that are a quarter of the buffer, that come when hardly anything was left or that
   * are much of a small buffer; or half the buffer in any case.
   */
  @Override
  boolean worthTelling(Connection c, long room) {
    long more = room - c.receiveWindow();
    long buffer = c.receiveBufferBytes;
    return room >> c.rcvScale > 0
        && (more >= 2L * c.effectiveMss
                && (more >= buffer / 4 || room <= buffer / 8 || buffer <= 8L * c.effectiveMss)
            || 2 * more >= buffer);
  }

  /** What fits into the buffer counts, offered or not. */
  @Override
  int acceptable(Connection c) {
    return Math.max(c.receiveWindow(), c.receiveBufferBytes - c.received.readable());
  }
}
