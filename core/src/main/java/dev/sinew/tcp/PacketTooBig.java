package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.ip.IpLayer;
import dev.sinew.tcp.recovery.Transmissions;

/**
 * What a connection does about Fragmentation Needed (RFC 1191) and Packet Too Big (RFC 8201) that
 * quote a segment in flight. Anybody may forge them, so RFC 5927 is followed: a message must fit
 * the segment that it quotes, and one that contradicts what has arrived lately is only believed once
 * that segment had to be sent again. What is believed is nobody's congestion: everything in flight
 * that is too large is cut anew and sent again at once.
 */
final class PacketTooBig {
  /** The most that options add to a header. */
  private static final int MAX_OPTIONS = 40;

  /** No IPv6 link carries less (RFC 8200 section 5). */
  private static final int MIN_V6 = 1280;

  private PacketTooBig() {}

  /**
   * @param mtu what the message says; 0 when its router, older than RFC 1191, names none
   * @param quotedLength the length of the packet that it quotes
   * @param seq the quoted sequence number, in flight
   */
  static void onError(Connection c, int mtu, int quotedLength, @Seq int seq, long now) {
    Transmissions records = c.recovery.records();
    int i = indexOf(records, seq);
    int claim = mtu;
    boolean stale = false;
    if (mtu == 0 && c.v4() && i >= 0) {
      // Each packet of a flight draws such a message. Those about packets larger than we send now
      // are answered already.
      stale = quotedLength > c.layer.ip.mtu(c.flow);
      claim = IpLayer.plateauBelow(quotedLength);
    }
    if (i < 0 || stale || claim >= largestPacket(c, records, i) || !c.v4() && claim < MIN_V6) {
      // RFC 8899 section 4.6.2: smaller than any link, or larger than the packet it is about.
      c.layer.context.counters.inc(Counter.SinewTcpTooBigIgnored);
      return;
    }
    if (claim < c.arrivedPacketBytes && c.retransmits == 0 && !records.retransmitted(i)) {
      c.layer.context.counters.inc(Counter.SinewTcpTooBigDeferred);
      c.claimedMtu = claim;
      c.claimSeq = seq;
      return;
    }
    believe(c, claim, now);
  }

  /**
   * SND.UNA is about to move to {@code una}: what arrives tells which sizes do, and refutes an
   * error about it.
   */
  static void acknowledged(Connection c, @Seq int una) {
    Transmissions records = c.recovery.records();
    if (!records.isEmpty() && SeqNum.leq(records.end(0), una)) {
      int size = c.headerBytes() + SeqNum.diff(records.end(0), records.start(0));
      c.arrivedPacketBytes = Math.max(c.arrivedPacketBytes, size);
    }
    if (c.claimedMtu != 0 && SeqNum.lt(c.claimSeq, una)) {
      c.claimedMtu = 0;
    }
  }

  /**
   * The retransmission timer ran out: is a deferred message confirmed by that?
   *
   * @return true when it was, and the loss is explained without congestion
   */
  static boolean confirmedByTimeout(Connection c, long now) {
    int claim = c.claimedMtu;
    if (claim == 0) {
      return false;
    }
    int before = c.effectiveMss;
    believe(c, claim, now);
    return c.effectiveMss < before;
  }

  private static void believe(Connection c, int mtu, long now) {
    c.claimedMtu = 0;
    c.arrivedPacketBytes = 0;
    int before = c.effectiveMss;
    c.layer.ip.learnPathMtu(c.remoteHigh, c.remoteLow, mtu, now);
    c.updateMss();
    if (c.effectiveMss < before) {
      c.recovery.tooLarge(c.effectiveMss - c.timestampLength());
      Output.armRetransmit(c, now);
      c.markDirty();
    }
  }

  /** The record that holds {@code seq}, or -1. */
  private static int indexOf(Transmissions records, @Seq int seq) {
    int low = 0;
    int high = records.count() - 1;
    while (low <= high) {
      int mid = (low + high) >>> 1;
      if (SeqNum.gt(records.start(mid), seq)) {
        high = mid - 1;
      } else if (SeqNum.leq(records.end(mid), seq)) {
        low = mid + 1;
      } else {
        return mid;
      }
    }
    return -1;
  }

  /** The packet that carried record {@code i} was no larger than this. */
  private static int largestPacket(Connection c, Transmissions records, int i) {
    int data = SeqNum.diff(records.end(i), records.start(i));
    return c.headerBytes() + MAX_OPTIONS + data;
  }
}
