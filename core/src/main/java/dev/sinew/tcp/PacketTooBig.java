package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.ip.IpLayer;
import dev.sinew.tcp.recovery.Transmissions;

/**
 * What a connection does about Fragmentation Needed (RFC 1191) and Packet Too Big (RFC 8201) that
 * quote a segment in flight. Anybody may forge them, so RFC 5927 is followed: a message must fit
 * the segment that it quotes, and one that contradicts what has arrived lately is only believed
 * once that segment had to be sent again. What is believed is nobody's congestion: everything in
 * flight that is too large is cut anew and sent again at once.
 */
final class PacketTooBig {
  /** The most that options add to a header. */
  private static final int MAX_OPTIONS = 40;

  /** No IPv6 link carries less (RFC 8200 section 5). */
  private static final int MIN_V6 = 1280;

  /** The largest packet that has certainly arrived since the path MTU was lowered, in bytes. */
  private int arrivedPacketBytes;

  /** A message's MTU that contradicts that, or 0. */
  private int claimedMtu;

  /** The sequence number that it quotes. */
  @Seq private int claimSeq;

  /** That of a connection, made now if there is none. */
  static PacketTooBig of(Connection c) {
    PacketTooBig t = c.tooBig;
    if (t == null) {
      t = new PacketTooBig();
      c.tooBig = t;
    }
    return t;
  }

  /**
   * An error that quotes a segment in flight.
   *
   * @param mtu what the message says; 0 when its router, older than RFC 1191, names none
   * @param quotedLength the length of the packet that it quotes
   * @param seq the quoted sequence number, in flight
   */
  void onError(Connection c, int mtu, int quotedLength, @Seq int seq, long now) {
    Transmissions records = c.recovery().records();
    int i = records.find(seq);
    boolean known = i < records.count();
    int claim = mtu;
    boolean stale = false;
    if (mtu == 0 && c.v4()) {
      // Each packet of a flight draws such a message. Those about packets larger than we send now
      // are answered already.
      stale = quotedLength > c.layer.ip.mtu(c.flow);
      claim = IpLayer.plateauBelow(quotedLength);
    }
    if (!known || stale || claim >= largestPacket(c, records, i) || !c.v4() && claim < MIN_V6) {
      // RFC 8899 section 4.6.2: smaller than any link, or larger than the packet it is about.
      c.layer.context.counters.inc(Counter.SinewTcpTooBigIgnored);
      return;
    }
    if (claim < arrivedPacketBytes && c.retransmits == 0 && !records.retransmitted(i)) {
      c.layer.context.counters.inc(Counter.SinewTcpTooBigDeferred);
      claimedMtu = claim;
      claimSeq = seq;
      return;
    }
    believe(c, claim, now);
  }

  /**
   * SND.UNA is about to move to {@code una}: what arrives tells which sizes do, and refutes an
   * error about it.
   */
  void acknowledged(Connection c, @Seq int una) {
    Transmissions records = c.recovery().records();
    if (!records.isEmpty() && SeqNum.leq(records.end(0), una)) {
      int size = c.headerBytes() + records.segmentSize(0);
      arrivedPacketBytes = Math.max(arrivedPacketBytes, size);
    }
    if (claimedMtu != 0 && SeqNum.lt(claimSeq, una)) {
      claimedMtu = 0;
    }
  }

  /**
   * The retransmission timer ran out: is a deferred message confirmed by that?
   *
   * @return true when it was, and the loss is explained without congestion
   */
  boolean confirmedByTimeout(Connection c, long now) {
    int claim = claimedMtu;
    if (claim == 0) {
      return false;
    }
    int before = c.effectiveMss;
    believe(c, claim, now);
    return c.effectiveMss < before;
  }

  /** The path is another: what arrived before says nothing any more. */
  void forget() {
    claimedMtu = 0;
    arrivedPacketBytes = 0;
  }

  private void believe(Connection c, int mtu, long now) {
    forget();
    int before = c.effectiveMss;
    c.layer.ip.learnPathMtu(c.remoteHigh, c.remoteLow, mtu, now);
    MtuProbing.tooBig(c, mtu);
    c.updateMss();
    if (c.effectiveMss < before || c.mtuProbing != null) {
      // Or a probe was too large.
      c.recovery().tooLarge(c.effectiveMss - c.fixedOptionLength());
      Output.armRetransmit(c, now);
      c.markDirty();
    }
  }

  /** The packet that carried record {@code i} was no larger than this. */
  private static int largestPacket(Connection c, Transmissions records, int i) {
    return c.headerBytes() + MAX_OPTIONS + records.segmentSize(i);
  }
}
