package dev.sinew.tcp;

import dev.sinew.base.SeqNum;

/**
 * How much a write may put into the send buffer. Plainly what is free in it; with a profile that
 * says so, chunk by chunk as Linux does (tcp_sendmsg): the chunk at the end is filled up, and
 * another is begun as long as anything is free. So a buffer may hold almost a chunk more than its
 * size. A chunk is as large as half of the peer's window and a super-segment let it be; what leaves
 * while a write fills it makes room for as much.
 */
final class SendChunks {
  private static final long LARGEST_BYTES = 65_535 - 320;

  private SendChunks() {}

  /** How many of {@code length} bytes may be written now; not more than 0 when there is no room. */
  static int room(Connection c, int length) {
    return c.profile().sendChunks()
        ? fill(c, c.toSend.tailPosition(), length, false)
        : Math.min(length, c.sendBufferBytes - c.toSend.length());
  }

  /** So many were written. */
  static void written(Connection c, int length) {
    if (c.profile().sendChunks()) {
      fill(c, c.toSend.tailPosition() - length, length, true);
    }
  }

  /** Whether so much is free that a waiting writer should hear of it. */
  static boolean worthwhile(Connection c) {
    int free = c.sendBufferBytes - c.toSend.length();
    int least = c.profile().sendChunks() ? c.toSend.length() / 2 : c.sendBufferBytes / 4;
    return free > 0 && free >= least;
  }

  private static int fill(Connection c, long from, int length, boolean keep) {
    SendMarks marks = c.toSend.marking();
    int most = Math.max(1, c.effectiveMss - c.fixedOptionLength());
    long half = Math.max(c.maxSndWnd / 2, most);
    long chunk = Math.max(1, Math.min(half, LARGEST_BYTES) / most) * most;
    long sent = Math.min(c.sentPosition(), from);
    long usable = c.sndWnd - SeqNum.diff(c.sndNxt, c.firstUnacknowledged());
    long quota = Math.max(0, Math.min(c.recovery().quota(), usable));
    long start = Math.max(marks.chunkStart, sent);
    boolean pushed = marks.chunkPushed;
    long pushedTo = marks.pushedTo;
    long end = from + length;
    long at = from;
    while (at < end) {
      if (at == start || at - start >= chunk) {
        if (keep && pushed) {
          marks.push(at);
        }
        pushed = false;
        start = at;
        if (at - c.toSend.headPosition() >= c.sendBufferBytes) {
          break;
        }
      }
      at = Math.min(end, start + chunk);
      if (at - start < chunk) {
        break;
      }
      long goes = 0;
      if (at - pushedTo > half) {
        pushed = true;
        pushedTo = at;
        goes = quota;
      } else if (start <= sent) {
        int least = Math.max(1, c.profile().superSegmentLeast());
        long one = PushRule.segments(c, least, most) * most;
        goes = Math.min(Math.min(one, PushRule.half(c, most)), quota);
      }
      goes = Math.min(goes / most * most, at - sent);
      sent += goes;
      quota -= goes;
      start = Math.max(start, sent);
    }
    if (keep) {
      marks.chunkStart = start;
      marks.chunkPushed = pushed;
      marks.pushedTo = at;
    }
    return (int) (at - from);
  }
}
