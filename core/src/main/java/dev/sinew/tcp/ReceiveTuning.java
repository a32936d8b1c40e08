package dev.sinew.tcp;

import dev.sinew.base.Limits;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.wire.Segment;

/**
 * Dynamic right-sizing of a receive buffer: it is kept at twice what the application reads in one
 * round trip, so that the window is never what a sender in slow start waits for. It only grows,
 * only for an application that keeps up and has left the size alone, and only as far as {@code
 * Limits.maxReceiveBufferBytes} and the stack's memory allow ({@link MemoryWatch#grow}). A receiver
 * has no RTT of its own: it takes the time until its timestamp comes back (RFC 7323 section 4.1's
 * echo), or, without timestamps, the time in which the peer fills one window.
 */
final class ReceiveTuning {
  private static final long MIN_RTT_NANOS = 1_000_000L;

  /** Segments of slack beside twice the round trip's bytes, which matter when that is little. */
  private static final int SLACK_SEGMENTS = 16;

  private long rttNanos;
  private int lastEcho;

  /** RCV.NXT at which the window that was offered at {@link #turnBegan} is full. */
  @Seq private int turnEnd;

  private long turnBegan = -1;

  /** When, and with how much read, the present round began. */
  private long roundBegan;

  private long roundPosition;

  /** Most bytes read in one round so far. */
  private long mostBytes;

  /** The round trip as measured here, 0 before that. */
  long rttNanos() {
    return rttNanos;
  }

  /** Most bytes that the application has read in one round. */
  long mostBytes() {
    return mostBytes;
  }

  /** The MSS is known: some systems round the buffers up to whole segments of it. */
  static void roundUp(Connection c) {
    if (!c.profile().buffersInSegments()) {
      return;
    }
    int mss = Math.max(1, Math.min(c.sendMss, c.rcvMss));
    Limits limits = c.layer.context.limits;
    c.receiveBufferBytes = roundUp(c.receiveBufferBytes, mss, limits.maxReceiveBufferBytes());
    c.sendBufferBytes = roundUp(c.sendBufferBytes, mss, limits.maxSendBufferBytes());
  }

  private static int roundUp(int size, int mss, int most) {
    return size <= mss ? size : Math.max(size, Math.min(most, Math.ceilDiv(size, mss) * mss));
  }

  /** Data came in order: what does it tell of the round trip? */
  static void arrived(Connection c, Segment s, long now) {
    if (c.options.receiveBufferFixed || !c.profile().autoTuneReceive()) {
      return;
    }
    ReceiveTuning t = c.receiveTuning;
    if (t == null) {
      t = new ReceiveTuning();
      t.rttNanos = c.rtt.srtt();
      t.roundBegan = now;
      t.roundPosition = c.received.readPosition();
      c.receiveTuning = t;
    }
    if (c.timestamps && s.hasTimestamps) {
      t.byTimestamp(c, s, now);
    } else {
      t.byWindow(c, now);
    }
  }

  /** Only a full segment follows its acknowledgment at once; only the first echo is a new one. */
  private void byTimestamp(Connection c, Segment s, long now) {
    if (s.tsEcr == 0 || s.tsEcr == lastEcho || s.dataLength < c.receivedMss) {
      return;
    }
    lastEcho = s.tsEcr;
    long sample = SequenceSecrets.elapsedSince(s.tsEcr, now, c.tsOffset);
    if (sample < 0 || sample > now - c.openedAt + MIN_RTT_NANOS) {
      return;
    }
    rttNanos = rttNanos == 0 ? sample : rttNanos + (sample - rttNanos) / 8;
  }

  private void byWindow(Connection c, long now) {
    if (turnBegan >= 0 && SeqNum.lt(c.rcvNxt, turnEnd)) {
      return;
    }
    if (turnBegan >= 0) {
      long sample = now - turnBegan;
      rttNanos = rttNanos == 0 ? sample : Math.min(rttNanos, sample);
    }
    turnBegan = now;
    turnEnd = c.rcvNxt + c.receiveWindow();
  }

  /** The application has read: after each round trip the buffer is fitted to how much. */
  static void read(Connection c, long now) {
    ReceiveTuning t = c.receiveTuning;
    if (t != null && !c.options.receiveBufferFixed) {
      t.fit(c, now);
    }
  }

  private void fit(Connection c, long now) {
    long elapsed = now - roundBegan;
    long round = Math.max(rttNanos, MIN_RTT_NANOS);
    if (elapsed < round) {
      return;
    }
    int size = c.receiveBufferBytes;
    boolean keepsUp = c.received.readable() <= size / 4;
    boolean paused = elapsed >= 4 * round;
    if (!keepsUp && !paused) {
      // It may be in the midst of reading.
      return;
    }
    long bytes = c.received.readPosition() - roundPosition;
    if (!paused && bytes > mostBytes) {
      // A sender that doubles its rate has done so again before it hears of a larger window.
      long wanted = 2 * bytes + 2 * (bytes - mostBytes) + (long) SLACK_SEGMENTS * c.receivedMss;
      mostBytes = bytes;
      long most = c.layer.context.limits.maxReceiveBufferBytes();
      c.receiveBufferBytes += c.layer.memory.grow(c, Math.min(wanted, most) - size);
    }
    roundBegan = now;
    roundPosition = c.received.readPosition();
  }
}
