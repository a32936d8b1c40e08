package dev.sinew.tcp;

import dev.sinew.ip.NetworkInterface;
import dev.sinew.link.LinkProperties;
import dev.sinew.wire.TcpHeader;

/**
 * How many segments of new data leave as one packet that the link cuts: as many as would leave one
 * after another now, and fit. What each carries, and when it may go, is as without that.
 */
final class SuperSegment {
  /** The length fields of IP, less the largest headers (an IPv4 header counts itself). */
  private static final int MOST_BYTES = 65_535 - 40 - TcpHeader.MAX_LENGTH;

  private SuperSegment() {}

  /**
   * How much of the unsent data goes with the first segment, of which is known that it may go.
   *
   * @param segment payload bytes of a full-sized segment
   * @param unsent what there is to send, at least {@code segment}
   * @param usable what the peer's window takes, at least {@code segment}
   * @return {@code segment}, or more for a super-segment
   */
  static int length(Connection c, int segment, int unsent, long usable, long now) {
    if (unsent == segment || !possible(c)) {
      return segment;
    }
    long most = Math.min(Math.min(unsent, MOST_BYTES), Math.min(usable, c.recovery().quota()));
    most = Math.min(most, Pace.limit(c, segment, now));
    int whole = (int) (most / segment * segment);
    if (most == unsent && whole < unsent && mayEndShort(c)) {
      return unsent;
    }
    return Math.max(segment, whole);
  }

  private static boolean possible(Connection c) {
    NetworkInterface out = c.flow.out();
    if (out == null) {
      return false;
    }
    LinkProperties link = out.link().properties();
    // Signatures and urgent pointers differ from segment to segment, and a link that takes CWR for
    // RFC 3168's clears it behind the first, where RFC 9768 has it be part of a counter.
    return link.segmentationOffload()
        && c.auth == null
        && !c.urgentToSend
        && (c.ecn == null || c.ecn.counters == null || !c.ecn.counters.showsCwr());
  }

  /** Whether what remains after full-sized segments may follow at once (Nagle's rule). */
  private static boolean mayEndShort(Connection c) {
    return c.forceSend || c.finQueued || c.options.noDelay && !c.options.cork;
  }
}
