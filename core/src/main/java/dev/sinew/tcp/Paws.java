package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * Protection against wrapped sequence numbers (RFC 7323 section 5), and TS.Recent.
 *
 * <p>Section 5.3 knows of segments that its rules discard although they are not old: a
 * retransmission fills the first gap and moves TS.Recent on, and then what was sent before it
 * arrives, late, for a gap behind. On a path that reorders each loss makes more losses that way, and
 * the sender reduces its window for all of them, without end. So what belongs into a gap is measured
 * by an older timestamp, the floor: TS.Recent of the time when the peer was not yet allowed to send
 * anything that is still missing. Whatever of it the peer has sent, it sent later.
 *
 * <p>An instance exists once data has come in, and keeps the floor. It lags by less than two
 * windows; so does the protection, which section 5.4 designs for 2^31 bytes. Up to windows of 2^29
 * that much is left; beyond, the rule is the strict one.
 */
final class Paws {
  /** After this long a timestamp may not be compared with (section 5.5). */
  private static final long VALID_NANOS = 24L * 24 * 3600 * 1_000_000_000L;

  private static final int MAX_WINDOW = 1 << 29;

  private int floor;
  private long floorAt;

  /** The next floor, for when {@link #nextEdge} is reached: what lies behind it is sent later. */
  private int next;

  private long nextAt;
  @Seq private int nextEdge;

  private Paws(Connection c) {
    prepare(c);
    floor = next;
    floorAt = nextAt;
  }

  private void prepare(Connection c) {
    next = c.tsRecent;
    nextAt = c.tsRecentAt;
    nextEdge = c.rcvAdv;
  }

  /** Everything up to RCV.NXT is here. */
  private void advance(Connection c) {
    if (SeqNum.geq(c.rcvNxt, nextEdge)) {
      floor = next;
      floorAt = nextAt;
      prepare(c);
    }
  }

  /** Data for a gap, sent since the peer may send it. */
  private boolean late(Connection c, Segment s, long now) {
    return s.dataLength > 0
        && !s.has(TcpHeader.SYN)
        && c.received.hasOutOfOrder()
        && SeqNum.geq(s.dataSeq(), c.rcvNxt)
        && SeqNum.lt(s.dataSeq(), c.seqOfReceived(c.received.lastPosition()))
        && !SegmentWriter.timestampBefore(s.tsVal, floor)
        && now - floorAt <= VALID_NANOS
        && c.receiveWindow() <= MAX_WINDOW;
  }

  /**
   * Section 5.3 R1: an older timestamp than the last one marks an old duplicate, unless it is in a
   * gap. A RST is exempt (section 5.2).
   *
   * @return false when the segment is dropped, and answered
   */
  static boolean passes(Connection c, Segment s, long now) {
    if (!c.timestamps || s.has(TcpHeader.RST)) {
      return true;
    }
    if (!s.hasTimestamps) {
      if (c.profile().dropSegmentsWithoutTimestamp()) {
        c.layer.context.observer.packetDropped(now, DropReason.MISSING_TIMESTAMP);
        return false;
      }
      return true;
    }
    Paws paws = c.paws;
    if (paws != null) {
      paws.advance(c);
    } else if (s.dataLength > 0) {
      paws = new Paws(c);
      c.paws = paws;
    }
    if (!SegmentWriter.timestampBefore(s.tsVal, c.tsRecent)
        || now - c.tsRecentAt > VALID_NANOS
        || paws != null && paws.late(c, s, now)) {
      return true;
    }
    c.layer.context.counters.inc(Counter.TcpExtPAWSEstab);
    c.layer.context.observer.packetDropped(now, DropReason.PAWS);
    if (s.dataLength > 0) {
      // RFC 2883 section 4.3: a duplicate all the same.
      Acknowledging.repeated(c, s);
      Acknowledging.atOnce(c, SendCause.CHALLENGE_ACK);
    } else {
      Acknowledging.challenge(c, Counter.TcpExtTCPACKSkippedPAWS, now);
    }
    return false;
  }

  /**
   * Section 4.3 (3): only a segment that covers Last.ACK.sent may move TS.Recent, and never back.
   */
  static void updateRecent(Connection c, Segment s, long now) {
    if (SeqNum.leq(s.seq, c.lastAckSent) && !SegmentWriter.timestampBefore(s.tsVal, c.tsRecent)
        || now - c.tsRecentAt > VALID_NANOS) {
      c.tsRecent = s.tsVal;
      c.tsRecentAt = now;
    }
  }
}
