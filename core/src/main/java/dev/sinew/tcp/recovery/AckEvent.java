package dev.sinew.tcp.recovery;

import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.tcp.congestion.AckSample;

/**
 * What an arriving acknowledgement tells loss recovery. One object serves a whole stack: it is
 * filled anew for each segment and valid during the call.
 */
public final class AckEvent {
  /** What {@link LossRecovery#onAck} answers. */
  public static final int ENTERED = 1;

  public static final int LEFT = 2;
  public static final int UNDONE = 4;

  /** When the segment came in. */
  public long now;

  /** SND.UNA after the acknowledgement, and SND.NXT. */
  @Seq public int una;

  @Seq public int nxt;

  /** SEG.ACK, which may be below SND.UNA. */
  @Seq public int ack;

  /** It moved SND.UNA. */
  public boolean advanced;

  /** It is a duplicate by RFC 5681 section 2. */
  public boolean duplicate;

  /** Its SACK blocks: left edge at 2i, right edge at 2i+1. */
  public int sackCount;

  public int[] sackEdges = {};

  /** The largest window that the peer has ever offered: nothing older is believed. */
  public long maxWindow;

  /** It echoes a timestamp of ours that may be believed. */
  public boolean hasEcho;

  /** When the echoed segment was sent, in milliseconds of the stack's clock modulo 2^32. */
  public int echoMillis;

  /** What the echo measures in nanoseconds, or -1. */
  public long timestampRtt = -1;

  /** Resolution of the clock in nanoseconds. */
  public long granularity;

  public Profile profile = Profile.STANDARD;

  /**
   * What the controller will hear; {@code congestionEchoed} and {@code ceBytes} are the caller's.
   */
  public final AckSample sample = new AckSample();

  // ---- found while the event is looked at

  /** Delivered for the first time by this acknowledgement. */
  long deliveredBytes;

  /** The first SACK block reports a duplicate (RFC 2883): its edges. */
  boolean dsack;

  @Seq int dsackStart;
  @Seq int dsackEnd;

  /** Something was SACKed that was not before. */
  boolean newlySacked;

  /** Delivered although never sent again, and sent before the point of recovery. */
  boolean originalDelivered;

  /** Transmission time of the youngest record that was delivered now and sent once, or -1. */
  long youngestSentAt;

  /** A record that was sent more than once was acknowledged: Karn's rule applies. */
  boolean ambiguous;

  /** Transmission time of the youngest record that was acknowledged, however often sent. */
  long youngestAckedAt;

  void begin() {
    deliveredBytes = 0;
    dsack = false;
    newlySacked = false;
    originalDelivered = false;
    youngestSentAt = -1;
    ambiguous = false;
    youngestAckedAt = -1;
  }

  /** After it was looked at: its first SACK block reported a duplicate (RFC 2883). */
  public boolean duplicateReported() {
    return dsack;
  }
}
