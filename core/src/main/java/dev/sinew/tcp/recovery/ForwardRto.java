package dev.sinew.tcp.recovery;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;

/**
 * F-RTO (RFC 5682): after a timeout only the first segment is sent again, then new data; if the
 * peer acknowledges more of what was sent before the timeout, that was only late, and the timeout
 * spurious. The basic algorithm (section 2.1) without SACK, the enhanced one (section 3.1) with it.
 */
final class ForwardRto {
  private static final int SEGMENTS = 2;

  private enum Step {
    OFF,
    /** Step 2: the first acknowledgement after the retransmission is awaited. */
    FIRST,
    /** Step 3: new data may go, and the next acknowledgement decides. */
    SECOND
  }

  private Step step = Step.OFF;

  /** What step 2b lets go, in bytes. */
  private long allowance;

  private boolean sentForward;

  /** Step 1: a timeout, when no recovery was on ({@code alone}). */
  void timeout(boolean alone) {
    step = alone ? Step.FIRST : Step.OFF;
  }

  void off() {
    step = Step.OFF;
  }

  /** New data goes before anything is sent again. */
  boolean forward() {
    return step == Step.SECOND;
  }

  long allowance() {
    return allowance;
  }

  void sent(long bytes) {
    if (step == Step.SECOND) {
      allowance -= bytes;
      sentForward = true;
    }
  }

  /** Output had its chance: without new data the conventional recovery goes on (step 2b). */
  boolean giveUpWithoutData() {
    if (step != Step.SECOND || sentForward) {
      return false;
    }
    step = Step.OFF;
    return true;
  }

  /**
   * An acknowledgement came in while the timeout is being repaired.
   *
   * @param highest the highest sequence number that the peer has
   * @param recoveryPoint what was sent last before the timeout
   * @return true when the timeout was spurious (step 3b)
   */
  boolean acknowledged(
      AckEvent e, boolean sack, @Seq int highest, @Seq int recoveryPoint, int mss) {
    switch (step) {
      case FIRST -> {
        if (e.advanced && SeqNum.lt(e.una, recoveryPoint)) {
          step = Step.SECOND;
          allowance = (long) SEGMENTS * mss;
          sentForward = false;
        } else if (e.advanced || !sack) {
          step = Step.OFF;
        }
        return false;
      }
      case SECOND -> {
        step = Step.OFF;
        return sack
            ? e.originalDelivered && SeqNum.leq(highest, recoveryPoint)
            : e.advanced && e.originalDelivered;
      }
      default -> {
        return false;
      }
    }
  }
}
