package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.CongestionControl.Cause;

/**
 * The response to congestion marks: once for what was sent in one window, drops of it included (RFC
 * 3168 section 6.1.2).
 */
public final class MarkResponse {
  /** See {@link #reductions()}. */
  int reductions;

  /** The controller has heard of a mark since {@link #recover} was sent. */
  private boolean told;

  /** And has reduced its window. */
  private boolean reduced;

  /** SND.NXT at that moment. */
  @Seq private int recover;

  /**
   * The peer echoes a mark. The controller hears of it, unless it has for what was in flight then,
   * or a loss of the same flight is being repaired.
   *
   * @param ack SEG.ACK of the segment that says so
   * @param nxt SND.NXT
   */
  public void echoed(LossRecovery recovery, @Seq int ack, @Seq int nxt, long now) {
    if (recovery.inRecovery() || told && SeqNum.leq(ack, recover)) {
      return;
    }
    told = true;
    recover = nxt;
    CongestionControl control = recovery.control();
    long before = control.window();
    control.onCongestion(Cause.ECN, recovery.records().outstandingBytes(), now);
    reduced = control.window() < before;
    // Also of a window that is at its least: a peer whose echo no CWR ends would echo for ever.
    reductions++;
    if (reduced) {
      recovery.episode.marked(nxt, now);
    }
  }

  /** How often there was a reason to reduce the window, whatever it was. */
  public int reductions() {
    return reductions;
  }

  /** SND.UNA has moved to {@code una}. */
  void acknowledged(@Seq int una) {
    if (told) {
      reduced &= SeqNum.lt(una, recover);
      // An acknowledgement of just that may come again, with the old echo.
      told = SeqNum.leq(una, recover);
    }
  }

  /** What is lost now was sent before a mark reduced the window. */
  boolean reduced() {
    return reduced;
  }
}
