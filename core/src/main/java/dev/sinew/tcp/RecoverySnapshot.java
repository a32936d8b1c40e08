package dev.sinew.tcp;

import dev.sinew.tcp.recovery.LossRecovery;
import dev.sinew.tcp.recovery.Transmissions;

/**
 * The state of loss recovery, for those who look at it.
 *
 * @param state {@code open}, {@code disorder} (duplicate or selective acknowledgements, nothing
 *     held for lost), {@code recovery} (fast recovery) or {@code loss} (after a timeout)
 * @param sackedSegments segments that the peer reports as received behind a gap
 * @param lostBytes held for lost and not sent again
 * @param retransmittedBytes sent again and not acknowledged
 * @param reorderingSeen the path was seen to reorder
 * @param reorderingWindowNanos how long RACK waits for a segment that may only be late
 */
public record RecoverySnapshot(
    String state,
    long sackedSegments,
    long lostBytes,
    long retransmittedBytes,
    boolean reorderingSeen,
    long reorderingWindowNanos) {
  static RecoverySnapshot of(LossRecovery r) {
    Transmissions t = r.records();
    boolean doubt = t.sackedCount() > 0 || r.duplicateAcks() > 0;
    String state =
        r.inFastRecovery() ? "recovery" : r.inRecovery() ? "loss" : doubt ? "disorder" : "open";
    return new RecoverySnapshot(
        state,
        t.sackedCount(),
        t.lostBytes(),
        t.retransmittedBytes(),
        r.reorderingSeen(),
        r.reorderingWindowNanos());
  }
}
