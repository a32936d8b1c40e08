package dev.sinew.tcp;

import dev.sinew.base.EcnCapable;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/**
 * Explicit congestion notification of one connection, both roles of both forms: RFC 3168, and what
 * it has in common with RFC 9768, whose counters are {@link AccEcn}. A connection that neither asks
 * for ECN nor is asked has none of it.
 *
 * <p>There is no coalescing of received segments in the stack; a link that does it must not join
 * segments whose ECN field, ECE, CWR or ACE differ (RFC 9768 section 3.3.4), or marks would be lost
 * here.
 */
final class Ecn {
  /** So many rounds in which nothing but marks came back mean a broken path. */
  private static final int BROKEN_ROUNDS = 4;

  /** What our SYNs ask for. */
  final EcnMode asked;

  EcnMode mode = EcnMode.NONE;

  /** A SYN went out that asks for nothing, after those before it were lost or refused. */
  boolean fellBack;

  /** The ECN field of the peer's SYN, where it came without ACK. */
  int synEcn;

  /** New data is sent as ECN-capable. */
  private boolean capable;

  /** Feedback is believed. */
  private boolean heeds = true;

  /** A CE mark came, and no CWR since: ACKs carry ECE (RFC 3168 section 6.1.3). */
  private boolean echo;

  /** Reductions of the window that the peer knows of by CWR. */
  private int reductionsTold;

  /** Nothing is sent until then: marks although the window is one segment. */
  private long heldUntil = Long.MIN_VALUE;

  private int markedRounds;
  @Seq private int roundEnd;
  private boolean pathProven;

  /** The counters of RFC 9768; null in the other modes. */
  @Nullable AccEcn counters;

  // ---- what the segment at hand says; see feedback

  private boolean echoed;
  private long ceBytes;

  Ecn(EcnMode asked) {
    this.asked = asked;
  }

  /**
   * The mode is agreed.
   *
   * @param mayMark false where the handshake forbids to send ECN-capable packets
   */
  void enter(EcnMode agreed, boolean mayMark) {
    mode = agreed;
    capable = mayMark && agreed != EcnMode.NONE;
    counters = agreed == EcnMode.ACCURATE ? new AccEcn() : null;
  }

  /** Sends no ECN-capable packet any more. */
  void stopMarking() {
    capable = false;
  }

  /** Believes no feedback any more either. */
  void stopHeeding() {
    capable = false;
    heeds = false;
  }

  boolean capable() {
    return capable;
  }

  // ---- receiving

  /**
   * An acceptable segment has arrived: its sequence number and its ACK are valid. (RFC 3168 section
   * 6.1.5 has marks ignored outside of the window, RFC 9768 section 3.2 on anything else.)
   */
  void arrived(Connection c, Segment s) {
    if (s.ace < 0) {
      return; // A SYN-ACK that repeats what the handshake has dealt with.
    }
    if (counters != null) {
      if (counters.arrived(s, SeqNum.gt(c.rcvNxt, c.lastAckSent) || s.dataLength > 0)) {
        Acknowledging.atOnce(c, SendCause.ACK);
      }
      return;
    }
    if (mode != EcnMode.CLASSIC) {
      return;
    }
    if (s.has(TcpHeader.CWR)) {
      echo = false;
      if (s.dataLength > 0) {
        // The peer's window may be a single segment now: it should not wait for a second.
        Acknowledging.atOnce(c, SendCause.ACK);
      }
    }
    if (s.ecn == EcnMode.CE && (s.dataLength > 0 || c.profile().ecnOnAnySegment())) {
      if (!echo && s.dataLength > 0) {
        Acknowledging.atOnce(c, SendCause.ACK);
      }
      echo = true;
    }
  }

  /** An acceptable sequence number, but an ACK of what was never sent. */
  void badAck(Connection c, Segment s) {
    if (mode == EcnMode.CLASSIC && c.profile().ecnOnAnySegment()) {
      arrived(c, s);
    }
  }

  /** Data that was acknowledged has come again, and nothing else. */
  void repeated(Connection c, Segment s) {
    if (counters != null && c.profile().accEcnHeedsRepeats()) {
      counters.repeated();
      arrived(c, s);
    }
  }

  // ---- the peer's feedback

  /**
   * Looks at what a segment with an acceptable ACK feeds back, before SND.UNA moves, and has the
   * window reduced if it says so: once for what was sent in one window (RFC 3168 section 6.1.2).
   */
  void feedback(Connection c, Segment s, long now) {
    echoed = false;
    ceBytes = 0;
    if (s.ace < 0 || SeqNum.lt(s.ack, c.sndUna)) {
      return;
    }
    long acked = SeqNum.diff(s.ack, c.sndUna);
    boolean allMarked;
    if (counters != null) {
      ceBytes = counters.decode(c, s, acked);
      echoed = ceBytes != 0 || counters.newMarks() > 0;
      allMarked = counters.newMarks() > 0 && ceBytes >= acked;
    } else {
      echoed = mode == EcnMode.CLASSIC && s.has(TcpHeader.ECE);
      allMarked = echoed;
    }
    if (acked > 0 && !pathProven && mode != EcnMode.NONE) {
      watchPath(c, s, allMarked);
    }
    if (!heeds) {
      echoed = false;
      ceBytes = 0;
    }
    if (echoed) {
      react(c, s.ack, now);
    }
  }

  /** Congestion on the way of the handshake, which no ACK of data tells. */
  void react(Connection c, @Seq int ack, long now) {
    boolean oneSegment = c.recovery().control().window() <= c.effectiveMss;
    c.recovery().marks().echoed(c.recovery(), ack, c.sndNxt, now);
    if (oneSegment) {
      // Section 6.1.2: less than that a round trip can only be sent by waiting for the timer.
      heldUntil = now + c.rtt.rto(c.profile());
      if (c.hasOutstanding()) {
        Output.armRetransmit(c, now);
      }
    }
  }

  /** The segment at hand echoes congestion. */
  boolean echoed() {
    return echoed;
  }

  /** Bytes that the segment at hand reports as marked; 0 where the peer does not count. */
  long ceBytes() {
    return ceBytes;
  }

  /** New data has to wait for a timer. */
  boolean holds(long now) {
    return now < heldUntil;
  }

  /**
   * RFC 9768 section 3.2.2.3: when all of the first rounds comes back as marked, something writes
   * marks that mean nothing.
   */
  private void watchPath(Connection c, Segment s, boolean allMarked) {
    if (!allMarked) {
      pathProven = true;
    } else if (markedRounds == 0 || SeqNum.gt(s.ack, roundEnd)) {
      markedRounds++;
      roundEnd = c.sndNxt;
      if (markedRounds > BROKEN_ROUNDS) {
        pathProven = true;
        stopHeeding();
      }
    }
  }

  // ---- sending

  /**
   * The ECN field of the IP header (RFC 3168 section 6.1): ECT(0) for new data; for ACKs, probes
   * and what is sent again only where the profile says so.
   */
  int fieldFor(boolean newData, Profile profile) {
    EcnCapable which = profile.ecnCapable();
    boolean may =
        newData
            || which == EcnCapable.ALL
            || which == EcnCapable.ALL_IF_ACCURATE && counters != null;
    return may && capable ? EcnMode.ECT_0 : EcnMode.NOT_ECT;
  }

  /**
   * AE, CWR and ECE of a segment without SYN.
   *
   * @param pure an ACK without data
   */
  int flagsFor(Connection c, boolean newData, boolean pure) {
    if (counters != null) {
      return counters.flags(pure);
    }
    if (mode != EcnMode.CLASSIC) {
      return 0;
    }
    // CWR on the first new data after any reduction (RFC 3168 section 6.1.2).
    boolean tells = newData || !pure && c.profile().ecnOnAnySegment();
    boolean reduced = tells && c.recovery().marks().reductions() != reductionsTold;
    return (echo ? TcpHeader.ECE : 0) | (reduced ? TcpHeader.CWR : 0);
  }

  /** See {@link AccEcn#writeOption}. */
  void writeOption(
      SegmentWriter w, int sackBlocks, boolean repeated, boolean data, Profile profile) {
    if (counters == null) {
      return;
    }
    if (profile.accEcnOptionAlways()) {
      counters.writeAlways(w, sackBlocks, repeated);
    } else {
      // RFC 9768 section 3.2.3.3: two SACK blocks come first.
      counters.writeOption(w, sackBlocks > 0 ? 4 + 8 * Math.min(2, sackBlocks) : 0, data);
    }
  }

  /** That segment went out. */
  void sent(Connection c, @Seq int seq, boolean newData, boolean pure) {
    if (newData || !pure && c.profile().ecnOnAnySegment()) {
      reductionsTold = c.recovery().marks().reductions();
    }
    if (counters != null) {
      if (newData) {
        counters.sendsData(seq);
      }
      counters.sent(pure);
    }
  }

  /** Data from {@code seq} on went out again. */
  void sentAgain(@Seq int seq, Profile profile) {
    if (counters != null && !profile.accEcnOptionAlways()) {
      counters.sentAgain(seq);
    }
  }

  /** The responder's look at the segment that ends the handshake. */
  void completed(Connection c, Segment s, long now) {
    AccEcn a = counters;
    if (a != null && a.handshakeAck(this, s, c.profile()) && heeds && a.reportedMarks() > 0) {
      react(c, s.ack, now);
    }
  }

  /** AE, CWR and ECE of ACKs that go out when this connection is no more: TIME-WAIT's. */
  int lastFlags() {
    return counters == null ? 0 : counters.flags(false);
  }

  /** A handshake's answer must go as an ACK without data first (RFC 9768 section 3.2.2.1). */
  boolean pureAckDue() {
    return counters != null && counters.reflecting();
  }
}
