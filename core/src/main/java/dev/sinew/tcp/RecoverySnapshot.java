package dev.sinew.tcp;

import dev.sinew.tcp.recovery.LossRecovery;
import dev.sinew.tcp.recovery.Transmissions;

/**
 * The state of loss recovery, for those who look at it.
 *
 * @param state {@code open}, {@code disorder} (duplicate or selective acknowledgements, nothing
 *     held for lost), {@code cwr} (the flight shrinks after a congestion mark), {@code recovery}
 *     (fast recovery) or {@code loss} (after a timeout)
 * @param sackedSegments segments that the peer reports as received behind a gap
 * @param lostBytes held for lost and not sent again
 * @param retransmittedBytes sent again and not acknowledged
 * @param reorderingSeen the path was seen to reorder
 * @param reorderingCount how often
 * @param reorderingSegments by how many segments at most; 3 at least, RFC 5681's threshold
 * @param reorderingWindowNanos how long RACK waits for a segment that may only be late
 * @param windowBytes what may be in flight until the next acknowledgement (RFC 9937)
 */
public record RecoverySnapshot(
    String state,
    long sackedSegments,
    long lostBytes,
    long retransmittedBytes,
    boolean reorderingSeen,
    int reorderingCount,
    int reorderingSegments,
    long reorderingWindowNanos,
    long windowBytes) {
  static RecoverySnapshot of(LossRecovery r) {
    Transmissions t = r.records();
    boolean doubt = t.sackedCount() > 0 || r.duplicateAcks() > 0;
    String calm = r.shrinking() ? "cwr" : doubt ? "disorder" : "open";
    String state = r.inFastRecovery() ? "recovery" : r.inRecovery() ? "loss" : calm;
    return new RecoverySnapshot(
        state,
        t.sackedCount(),
        t.lostBytes(),
        t.retransmittedBytes(),
        r.reorderingSeen(),
        r.reorderingCount(),
        r.reorderingSegments(),
        r.reorderingWindowNanos(),
        r.window());
  }
}
