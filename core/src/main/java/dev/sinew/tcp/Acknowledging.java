package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.StackContext;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import dev.sinew.wire.Segment;

/**
 * When a connection acknowledges, and which window it offers (RFC 9293 sections 3.8.6.2.2 and
 * 3.8.6.3).
 */
final class Acknowledging {
  /** As many as Linux grants at most. */
  static final int QUICK_ACKS = 16;

  private Acknowledging() {}

  /** An ACK must go with the next flush. */
  static void atOnce(Connection c, SendCause cause) {
    if (!c.ackNow) {
      c.ackNow = true;
      c.ackCause = cause;
    }
    c.markDirty();
  }

  /**
   * A segment was not acceptable and wants {@code <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>}, but the
   * answers are limited per connection, or two confused ends would answer each other for ever (RFC
   * 5961 section 7).
   */
  static void challenge(Connection c, Counter skipped, long now) {
    Profile p = c.profile();
    if (takeChallengeToken(c, p, now)) {
      c.layer.context.counters.inc(Counter.TcpExtTCPChallengeACK);
      atOnce(c, SendCause.CHALLENGE_ACK);
    } else {
      c.layer.context.counters.inc(skipped);
    }
  }

  private static boolean takeChallengeToken(Connection c, Profile p, long now) {
    long interval = p.challengeAckIntervalNanos();
    int burst = p.challengeAckBurst();
    if (c.challengeTokensAt == Long.MIN_VALUE) {
      c.challengeTokensAt = now;
      c.challengeTokens = burst;
    }
    long earned = (now - c.challengeTokensAt) / interval;
    if (earned > 0) {
      c.challengeTokens = (int) Math.min(burst, c.challengeTokens + earned);
      c.challengeTokensAt += earned * interval;
    }
    if (c.challengeTokens == 0) {
      return false;
    }
    c.challengeTokens--;
    return true;
  }

  /** The window field of the next segment's header: scaled, 0 to 65535. */
  static int window(Connection c) {
    int field = c.rcvWnd.offer(c);
    noteZero(c, field == 0);
    return field;
  }

  private static void noteZero(Connection c, boolean zero) {
    if (zero != c.advertisedZero) {
      c.advertisedZero = zero;
      c.layer.context.counters.inc(
          zero ? Counter.TcpExtTCPToZeroWindowAdv : Counter.TcpExtTCPFromZeroWindowAdv);
    }
  }

  /** What the buffer can still take. Under memory pressure nothing beyond what was promised. */
  static long room(Connection c) {
    long room = (long) c.receiveBufferBytes - c.received.readable();
    StackContext context = c.layer.context;
    if (c.layer.memory.pressure()) {
      c.layer.memory.starved(c);
      context.counters.inc(Counter.TcpExtTCPWantZeroWindowAdv);
      return Math.max(Math.min(room, c.receiveWindow()), least(c));
    }
    return Math.max(0, room);
  }

  /**
   * Who holds nothing is not held responsible for the pressure: two segments at a time may come.
   */
  private static long least(Connection c) {
    boolean empty = c.received.readable() == 0 && !c.received.hasOutOfOrder();
    return empty && !c.layer.memory.exhausted() ? Math.min(c.receiveBufferBytes, 2L * c.rcvMss) : 0;
  }

  /** An urgent mark that was read: 2^31 bytes later it would seem to lie ahead again. */
  static void forgetUrgent(Connection c) {
    if (c.urgentReceived && SeqNum.leq(c.rcvUp, c.rcvNxt - c.received.readable())) {
      c.urgentReceived = false;
    }
  }

  /** The application has read: is the window it makes worth a segment of its own? */
  static void afterRead(Connection c) {
    forgetUrgent(c);
    if (!c.state.canReceive() || c.inputShut) {
      return;
    }
    ReceiveTuning.read(c, c.layer.context.now);
    if (c.rcvWnd.owesAfterRead(c)) {
      atOnce(c, SendCause.ACK);
    }
    // More than the header can say is no news for the peer.
    long room = Math.min(room(c), 65_535L << c.rcvScale);
    if (c.rcvWnd.worthTelling(c, room)) {
      c.windowUpdateDue = true;
      c.markDirty();
    }
  }

  /** The application has closed, and will not read what has come. */
  static void unreadForgotten(Connection c) {
    if (c.received.readable() > 0) {
      c.received.release();
      afterRead(c);
    }
  }

  /**
   * Invariant I4 of the receiving side: the window is shut although the buffer has room, and no
   * ACK, update or freed memory is awaited.
   */
  static boolean forgotten(Connection c) {
    long room = (long) c.receiveBufferBytes - c.received.readable();
    return c.state.canReceive()
        && !c.inputShut
        && !c.finSeen
        && c.receiveWindow() >> c.rcvScale == 0
        && c.rcvWnd.worthTelling(c, Math.min(room, 65_535L << c.rcvScale))
        && !c.windowUpdateDue
        && !c.armed(TimerKind.DELAYED_ACK)
        && !c.starving;
  }

  /** At a flush when nothing else carried the ACK: now, later, or not at all. */
  static boolean due(Connection c, long now) {
    if (c.ackNow) {
      return true;
    }
    if (c.windowUpdateDue) {
      c.ackCause = SendCause.WINDOW_UPDATE;
      return true;
    }
    if (SeqNum.leq(c.rcvNxt, c.lastAckSent)) {
      return false;
    }
    c.ackCause = SendCause.ACK;
    if (owed(c)) {
      return true;
    }
    if (!c.armed(TimerKind.DELAYED_ACK)) {
      c.arm(TimerKind.DELAYED_ACK, now + c.profile().delayedAckNanos());
    }
    return false;
  }

  /**
   * What has come since the last ACK may wait no longer: too much of it, or anything while quick
   * ACKs are left.
   */
  private static boolean owed(Connection c) {
    int unacked = SeqNum.diff(c.rcvNxt, c.lastAckSent);
    return c.rcvWnd.owes(c, unacked)
        || unacked > 0 && c.quickAcks > 0
        || c.profile().ackSecondSegment() && (c.unackedSegments >= 2 || unacked > c.rcvMss);
  }

  /**
   * Another segment of the same turn is about to be looked at. Over a link that asks for one ACK
   * per batch, the batch is a queue: it is processed whole before its ACK (MUST-58, MUST-59). Over
   * any other, each packet counts as having come by itself, whatever the driver collected, so that
   * the peer sees an ACK for every second segment. And in both cases each segment out of order and
   * each duplicate gets the ACK of its own that loss recovery counts (RFC 5681 section 4.2, RFC
   * 2883 section 4).
   */
  static void beforeNext(Connection c, Segment s, long now) {
    if (s.sequenceLength() == 0 || !c.state.synchronizedState()) {
      return;
    }
    if (!c.ackNow) {
      if (!owed(c)) {
        return;
      }
      c.ackCause = SendCause.ACK;
    }
    NetworkInterface out = c.flow.out();
    boolean queued = out != null && out.link().properties().ackPerBatch();
    if (!queued || c.received.hasReport()) {
      boolean unused = Output.sendAck(c, now); // Where the link is full, the flush tries again.
    }
  }

  /** The application wants (or wants no more) each segment acknowledged at once, for a while. */
  static void quick(Connection c, boolean on) {
    c.quickAcks = on ? QUICK_ACKS : 0;
    if (on && SeqNum.gt(c.rcvNxt, c.lastAckSent) && c.state.synchronizedState()) {
      atOnce(c, SendCause.ACK);
    }
  }

  /**
   * New data went out soon after something was heard: a conversation, in which the answers carry
   * the ACKs. Quick ACKs end, as Linux's do.
   */
  static void answered(Connection c, long now) {
    if (c.quickAcks > 0
        && Figures.bytesReceived(c) > 0
        && now - c.lastHeardAt < c.profile().delayedAckNanos()) {
      c.quickAcks = 0;
    }
  }

  /**
   * Data has waited for the handshake, and goes with the ACK of the SYN-ACK: a conversation too.
   */
  static void answering(Connection c) {
    c.quickAcks = 0;
  }

  // ---- duplicates

  /** The part of a segment's data that lies before RCV.NXT has come again. */
  static void repeated(Connection c, Segment s) {
    int behind = SeqNum.diff(c.rcvNxt, s.dataSeq());
    if (behind > 0 && s.dataLength > 0) {
      duplicate(c, s.dataSeq(), s.dataSeq() + Math.min(behind, s.dataLength));
    }
  }

  /** The segment that is looked at repeats [start, end): the next ACK reports it (RFC 2883). */
  static void duplicate(Connection c, @Seq int start, @Seq int end) {
    if (c.sackPermitted && c.profile().dsack()) {
      c.received.duplicate(start, end);
    }
  }

  /** A segment with ACK went out: nothing is owed any more. */
  static void sent(Connection c) {
    c.ackNow = false;
    c.windowUpdateDue = false;
    if (c.quickAcks > 0 && SeqNum.gt(c.rcvNxt, c.lastAckSent)) {
      c.quickAcks--;
    }
    c.lastAckSent = c.rcvNxt;
    c.unackedSegments = 0;
    c.received.reported();
    c.disarm(TimerKind.DELAYED_ACK);
  }
}
