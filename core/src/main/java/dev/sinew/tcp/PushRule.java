package dev.sinew.tcp;

import dev.sinew.tcp.recovery.Transmissions;
import org.jspecify.annotations.Nullable;

/**
 * Which segments carry PSH. The last of what was written does (RFC 9293 MUST-61); with a profile
 * that says so, also the last of what a sender with segmentation offload would give its device as
 * one, whatever the link does. Sizes follow Linux: about a millisecond of the sending rate, more on
 * short paths, at most half of the window.
 */
final class PushRule {
  private static final long SECOND = 1_000_000_000L;
  private static final long LARGEST_BYTES = 65_536;

  private PushRule() {}

  /**
   * New data goes out from {@code position} on. Begins a super-segment when none is under way.
   *
   * @param most payload of a full segment
   * @param usable what the peer's window takes
   * @param lastGoes a short segment at the end would be sent
   */
  static void begin(Connection c, long position, int most, long usable, boolean lastGoes) {
    int least = c.profile().superSegmentLeast();
    if (least == 0 || c.toSend.marking().inSuperSegment(position)) {
      return;
    }
    SendMarks marks = c.toSend.marking();
    long window = c.recovery().control().window();
    long half = Math.max(1, window / most / 2) * most;
    long quota = Math.min(half, Math.max(most, c.recovery().quota() / most * most));
    long record = Math.min(marks.recordEnd(position), c.toSend.tailPosition());
    long bytes = Math.min(Math.min(segments(c, least, most) * most, quota), usable);
    bytes = Math.min(bytes, record - position);
    bytes = Math.min(bytes, marks.filledUpTo(position) - position);
    if (!lastGoes && record == c.toSend.tailPosition()) {
      bytes -= bytes % most;
    }
    marks.superSegment(position + bytes, bytes > most);
  }

  private static long segments(Connection c, int least, int most) {
    long srtt = c.rtt.srtt();
    if (srtt == 0) {
      return LARGEST_BYTES / most;
    }
    long window = c.recovery().control().window();
    boolean slowStart = window < c.recovery().control().threshold() / 2;
    long perSecond = window * SECOND / srtt;
    long rate = slowStart ? perSecond * 2 : perSecond * 6 / 5;
    long bytes = rate >> 10;
    long shift = c.rtt.minRtt() / 1000 >> 9;
    if (shift < 32) {
      bytes += LARGEST_BYTES >> shift;
    }
    return Math.max(Math.min(bytes, LARGEST_BYTES - 1) / most, least);
  }

  /**
   * Record {@code i} is about to be sent again; those of one super-segment go as one again.
   *
   * @param run how many of it have gone just before
   * @return the same with this one
   */
  static int again(Connection c, int i, int run) {
    @Nullable SendMarks m = c.toSend.marks();
    if (m == null || c.profile().superSegmentLeast() == 0) {
      return 0;
    }
    Transmissions records = c.recovery().records();
    boolean follows = i + 1 < records.count() && records.lost(i + 1);
    long room = c.recovery().quota() - records.size(i);
    boolean more = follows && room >= records.size(i + 1) && !m.cut(c.positionOf(records.end(i)));
    int now = m.cut(c.positionOf(records.start(i))) ? 1 : run + 1;
    m.pushAgain(now > 1 && !more);
    return more ? now : 0;
  }

  /** Whether a segment whose data ends at {@code end} carries PSH (RFC 9293 MUST-61). */
  static boolean push(Connection c, long end, boolean fresh) {
    @Nullable SendMarks m = c.toSend.marks();
    boolean last = end == c.toSend.tailPosition();
    if (m == null) {
      return last;
    }
    boolean told = last && !m.quiet(end);
    if (told && c.profile().superSegmentLeast() > 0) {
      m.push(end);
    }
    return told || m.pushed(end) || (fresh ? m.superPush(end) : m.pushAgain());
  }
}
