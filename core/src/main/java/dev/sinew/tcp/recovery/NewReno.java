package dev.sinew.tcp.recovery;

/**
 * What a sender without SACK knows of a fast recovery: that each duplicate acknowledgement is a
 * segment that has left the network (RFC 6582 section 3.2; RFC 3042 before that).
 */
final class NewReno {
  static final int DUP_THRESHOLD = 3;

  int duplicateAcks;

  /** Bytes that duplicate ACKs say have left the network. */
  long creditBytes;

  private boolean firstPartialAck;

  /** SND.UNA moved, outside of fast recovery. */
  void progress() {
    duplicateAcks = 0;
    creditBytes = 0;
  }

  /** What of {@code acked} duplicates have not told of before; a segment at least. */
  long news(long acked, int mss) {
    return Math.max(acked - creditBytes, Math.min(acked, mss));
  }

  /** Fast recovery begins with the third duplicate. */
  void begin(int mss, long outstanding) {
    creditBytes = Math.min((long) DUP_THRESHOLD * mss, outstanding);
    firstPartialAck = true;
  }

  /** A duplicate during fast recovery. */
  void inflate(int mss, long outstanding) {
    creditBytes = Math.min(creditBytes + mss, outstanding);
  }

  /** Deflates by what a partial ACK acknowledged, and adds back one segment. */
  void partialAck(long acked, int mss, long outstanding) {
    duplicateAcks = 0;
    creditBytes = Math.max(0, creditBytes - acked);
    if (acked >= mss) {
      creditBytes += mss;
    }
    creditBytes = Math.min(creditBytes, outstanding);
    firstPartialAck = false;
  }

  /** Section 3.2 step 3: only the first partial ACK restarts the retransmission timer. */
  boolean restartsTimer() {
    return firstPartialAck;
  }
}
