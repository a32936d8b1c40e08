package dev.sinew.sim;

import dev.sinew.base.Seq;
import dev.sinew.wire.Bytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * What one end of a TCP connection has sent, and whether its next segment agrees with that, with
 * what the peer allowed and with RFC 9293. Positions are counted from the initial sequence number
 * in a {@code long}, so they never wrap.
 */
final class TcpReferee {
  private static final int FIN = 1;
  private static final int SYN = 2;
  private static final int RST = 4;
  private static final int ACK = 16;

  private static final int NONE = -1;

  // ---- what this end has sent

  private boolean open;

  /** Nothing is known of this end: its packets came from nowhere. */
  private boolean stranger;

  @Seq private int isn;

  /** The position after everything sent: 1 after the SYN. */
  private long end;

  /** The same after the SYN alone, which may carry data, and the window on it. */
  private long synDataEnd = 1;

  private int synWindow;

  // The connection before this one, which the peer may still be in: an old SYN has made this end
  // begin anew.
  private boolean oldOpen;
  @Seq private int oldIsn;
  private long oldEnd;

  private long finAt;

  /**
   * The highest acknowledgement and the highest right edge of the window, as positions of the
   * peer's numbers.
   */
  private long acked;

  private long edge;
  private boolean acknowledges;

  private int mss;
  private int scale;
  private boolean sackPermitted;
  private boolean timestamps;
  private boolean timestampSent;
  private int lastTimestamp;

  // ---- what this end knows of its peer, from segments that arrived

  private long knownEdge;

  /** Bytes that may be sent again: from {@link #keptFrom}, as a ring. */
  private byte[] kept = {};

  private long keptFrom;

  // ---- the segment that is being looked at

  private int optionMss;
  private int optionScale;
  private boolean optionSackPermitted;
  private boolean optionTimestamps;
  private boolean optionFastOpen;
  private int optionTsVal;
  private long sackAt;
  private int sackCount;

  static TcpReferee stranger() {
    TcpReferee r = new TcpReferee();
    r.stranger = true;
    return r;
  }

  /**
   * The host has forgotten this end, or the other one begins anew; what either still says belongs
   * to the old connection.
   */
  void forgotten() {
    if (open) {
      oldOpen = true;
      oldIsn = isn;
      oldEnd = end;
    }
    open = false;
    acknowledges = false;
  }

  /** What is wrong with a segment, whose checksum is good; null when nothing is. */
  @Nullable String sent(
      MemorySegment m, long at, int length, boolean v4, @Nullable TcpReferee peer) {
    int header = (Bytes.u8(m, at + 12) >>> 4) * 4;
    if (header < 20 || header > length) {
      return "TCP data offset " + header / 4 + " in " + length + " bytes";
    }
    String wrong = options(m, at + 20, header - 20);
    if (wrong != null) {
      return wrong;
    }
    if (Bytes.u16(m, at) == 0 || Bytes.u16(m, at + 2) == 0) {
      return "port 0";
    }
    if ((Bytes.u8(m, at + 12) & 0x0e) != 0) {
      return "reserved bits are set";
    }
    int flags = Bytes.u8(m, at + 13);
    int data = length - header;
    if ((flags & ACK) == 0 && Bytes.i32(m, at + 8) != 0) {
      return "an acknowledgment number without ACK";
    }
    if ((flags & RST) != 0) {
      return (flags & (SYN | FIN)) != 0 ? "RST with SYN or FIN" : null;
    }
    if ((flags & SYN) != 0) {
      return syn(m, at, flags, data, peer);
    }
    if ((flags & ACK) == 0) {
      return "neither SYN, RST nor ACK";
    }
    if (!open) {
      return oldOpen ? null : "a segment of a connection that this end never opened";
    }
    wrong = data(m, at, header, flags, data, v4, peer);
    return wrong != null ? wrong : acknowledgment(m, at, peer, false);
  }

  // ---- SYN

  private @Nullable String syn(
      MemorySegment m, long at, int flags, int data, @Nullable TcpReferee peer) {
    if ((flags & FIN) != 0) {
      return "SYN with FIN";
    }
    if (data > 0 && !optionFastOpen) {
      return "data on a SYN";
    }
    @Seq int seq = Bytes.i32(m, at + 4);
    if (!open || seq != isn) {
      if (peer != null && peer.acknowledges && (flags & ACK) == 0) {
        // A new connection between the same ends; what the peer said belongs to the old one.
        peer.forgotten();
      }
      oldOpen = open;
      oldIsn = isn;
      oldEnd = end;
      open = true;
      isn = seq;
      end = 1;
      finAt = NONE;
      acked = 0;
      edge = 0;
      acknowledges = false;
      knownEdge = 0;
      keptFrom = 1;
      timestampSent = false;
      synDataEnd = 1;
    } else if (end > synDataEnd) {
      return "a SYN after data";
    }
    if (optionScale > 14) {
      return "window scale " + optionScale;
    }
    mss = optionMss;
    scale = optionScale;
    sackPermitted = optionSackPermitted;
    timestamps = optionTimestamps;
    if (data > 0) {
      // RFC 7413 section 2: data behind a cookie.
      String wrong = bytes(m, at + (Bytes.u8(m, at + 12) >>> 4) * 4L, 1, 1L + data);
      if (wrong != null) {
        return wrong;
      }
      synDataEnd = Math.max(synDataEnd, 1L + data);
      end = Math.max(end, synDataEnd);
    }
    if ((flags & ACK) == 0) {
      synWindow = Bytes.u16(m, at + 14);
      return null;
    }
    if (peer != null) {
      // It may answer data on the SYN before the handshake is over.
      knownEdge = Math.max(knownEdge, peer.synWindow);
    }
    if (peer != null && peer.open && !peer.stranger) {
      if (timestamps && !peer.timestamps) {
        return "SYN-ACK with timestamps that the peer did not offer";
      }
      if (sackPermitted && !peer.sackPermitted) {
        return "SYN-ACK with SACK-permitted that the peer did not offer";
      }
      if (scale != NONE && peer.scale == NONE) {
        return "SYN-ACK with a window scale that the peer did not offer";
      }
    }
    return acknowledgment(m, at, peer, true);
  }

  // ---- data

  private @Nullable String data(
      MemorySegment m,
      long at,
      int header,
      int flags,
      int data,
      boolean v4,
      @Nullable TcpReferee peer) {
    long from = position(Bytes.i32(m, at + 4), isn, end);
    long to = from + data;
    if (from < 0 || from > end) {
      return "sequence number "
          + from
          + " leaves out what was not sent yet (sent up to "
          + end
          + ")";
    }
    if ((data > 0 || (flags & FIN) != 0) && (peer == null || !peer.stranger)) {
      long allowed = knownEdge + 1;
      if (to + ((flags & FIN) != 0 ? 1 : 0) > Math.max(allowed, 1)) {
        return "up to position " + to + ", beyond the peer's window, which ends at " + knownEdge;
      }
      int peerMss = v4 ? 536 : 1220;
      if (peer != null && (peer.open || peer.oldOpen) && peer.mss != NONE) {
        peerMss = peer.mss;
      }
      if (header - 20 + data > peerMss) {
        return data
            + " bytes and "
            + (header - 20)
            + " of options, more than the peer's MSS "
            + peerMss;
      }
    }
    if (finAt != NONE && data > 0 && to > finAt) {
      return "data after the FIN";
    }
    String wrong = bytes(m, at + header, from, to);
    if (wrong != null) {
      return wrong;
    }
    end = Math.max(end, to);
    if ((flags & FIN) != 0) {
      if (finAt != NONE && finAt != to) {
        return "FIN at position " + to + ", before it was at " + finAt;
      }
      if (to < end && finAt == NONE) {
        return "FIN before data that was sent";
      }
      finAt = to;
      end = Math.max(end, to + 1);
    }
    boolean bothStamp = timestamps && peer != null && peer.timestamps;
    if (bothStamp && !optionTimestamps) {
      return "no timestamp, though both ends agreed on them";
    }
    if (optionTimestamps) {
      if (!timestamps) {
        return "a timestamp that was not agreed on";
      }
      if (timestampSent && optionTsVal - lastTimestamp < 0) {
        return "the timestamp goes back from " + lastTimestamp + " to " + optionTsVal;
      }
      timestampSent = true;
      lastTimestamp = optionTsVal;
    }
    return null;
  }

  /**
   * The bytes of positions {@code from} to {@code to} are kept, and are the same as before where
   * they were sent before.
   */
  private @Nullable String bytes(MemorySegment m, long at, long from, long to) {
    long size = to - keptFrom;
    if (size > kept.length) {
      byte[] bigger = new byte[Math.max(4096, Integer.highestOneBit((int) size) * 2)];
      for (long p = keptFrom; p < end && kept.length > 0; p++) {
        bigger[(int) (p & (bigger.length - 1))] = kept[(int) (p & (kept.length - 1))];
      }
      kept = bigger;
    }
    for (long p = Math.max(from, keptFrom); p < Math.min(end, to); p++) {
      if (kept[(int) (p & (kept.length - 1))] != m.get(ValueLayout.JAVA_BYTE, at + (p - from))) {
        return "another byte at position " + p + " than when it was sent before";
      }
    }
    long p = Math.max(from, Math.max(keptFrom, end));
    while (p < to) {
      int i = (int) (p & (kept.length - 1));
      int n = (int) Math.min(to - p, kept.length - i);
      MemorySegment.copy(m, ValueLayout.JAVA_BYTE, at + (p - from), kept, i, n);
      p += n;
    }
    return null;
  }

  // ---- acknowledgment and window

  private @Nullable String acknowledgment(
      MemorySegment m, long at, @Nullable TcpReferee peer, boolean syn) {
    if (peer != null && peer.stranger) {
      return null;
    }
    if (peer == null || (!peer.open && !peer.oldOpen)) {
      return "it acknowledges a peer that has not sent a SYN";
    }
    if (!peer.open) {
      // The peer has crashed, and this end does not know it.
      return null;
    }
    long ack = position(Bytes.i32(m, at + 8), peer.isn, peer.end);
    if ((ack < 1 || ack > peer.end) && peer.oldOpen) {
      long old = position(Bytes.i32(m, at + 8), peer.oldIsn, peer.oldEnd);
      if (old >= 1 && old <= peer.oldEnd) {
        return null;
      }
    }
    if (ack < 1 || ack > peer.end) {
      return "it acknowledges position " + ack + " of " + peer.end + " sent";
    }
    boolean scaled = scale != NONE && peer.scale != NONE && !syn;
    long right = ack + ((long) Bytes.u16(m, at + 14) << (scaled ? scale : 0));
    if (acknowledges) {
      if (ack < acked) {
        return "the acknowledgment goes back from " + acked + " to " + ack;
      }
      // Once the FIN is acknowledged there is nothing left for which a window would matter; and a
      // SYN-ACK that is sent again repeats its offer, though a
      // scaled one, rounded up, may have gone between.
      boolean over = peer.finAt != NONE && ack > peer.finAt;
      // Where the shift's grid lets an end neither keep its edge nor exceed its buffer, RFC 7323
      // section 2.4 has it move back by less than a step.
      long grid = scaled ? 1L << scale : 1;
      if (right <= edge - grid && !over && !syn) {
        return "the window's right edge goes back from " + edge + " to " + right;
      }
    }
    acknowledges = true;
    acked = ack;
    edge = Math.max(edge, right);
    for (int i = 0; i < sackCount; i++) {
      long left = position(Bytes.i32(m, sackAt + 8L * i), peer.isn, peer.end);
      long rightEdge = position(Bytes.i32(m, sackAt + 8L * i + 4), peer.isn, peer.end);
      if (!sackPermitted || !peer.sackPermitted) {
        return "SACK that was not agreed on";
      }
      if (left >= rightEdge || rightEdge > peer.end || (i > 0 && left <= ack && rightEdge <= ack)) {
        return "SACK block "
            + left
            + " to "
            + rightEdge
            + " with acknowledgment "
            + ack
            + " of "
            + peer.end
            + " sent";
      }
    }
    return null;
  }

  /**
   * A segment of this end has reached the peer, undamaged: the peer now knows this window and need
   * not send again what it acknowledges.
   */
  void arrived(MemorySegment m, long at, int length, @Nullable TcpReferee peer) {
    int header = (Bytes.u8(m, at + 12) >>> 4) * 4;
    int flags = Bytes.u8(m, at + 13);
    // What was under way when the sender crashed still counts.
    boolean was = open || (oldOpen && isn == oldIsn);
    if (peer == null
        || !peer.open
        || !was
        || (flags & (ACK | RST)) != ACK
        || header < 20
        || header > length) {
      return;
    }
    long ack = position(Bytes.i32(m, at + 8), peer.isn, peer.end);
    if (ack < 1 || ack > peer.end) {
      return;
    }
    boolean scaled = scale != NONE && peer.scale != NONE && (flags & SYN) == 0;
    peer.knownEdge =
        Math.max(peer.knownEdge, ack + ((long) Bytes.u16(m, at + 14) << (scaled ? scale : 0)));
    peer.keptFrom = Math.max(peer.keptFrom, ack);
  }

  /**
   * Counts a sequence number from {@code isn}; it is taken to be the one nearest to {@code near}.
   */
  private static long position(@Seq int seq, @Seq int isn, long near) {
    return near + (seq - (isn + (int) near));
  }

  // ---- options

  private @Nullable String options(MemorySegment m, long at, int length) {
    optionMss = NONE;
    optionScale = NONE;
    optionSackPermitted = false;
    optionTimestamps = false;
    optionFastOpen = false;
    sackCount = 0;
    int i = 0;
    while (i < length) {
      int kind = Bytes.u8(m, at + i);
      if (kind == 0) {
        return null;
      }
      if (kind == 1) {
        i++;
        continue;
      }
      int size = i + 1 < length ? Bytes.u8(m, at + i + 1) : 0;
      if (size < 2 || i + size > length) {
        return "option " + kind + " does not fit";
      }
      String wrong = option(m, at + i, kind, size);
      if (wrong != null) {
        return wrong;
      }
      i += size;
    }
    return null;
  }

  private @Nullable String option(MemorySegment m, long at, int kind, int size) {
    int expected =
        switch (kind) {
          case 2 -> 4;
          case 3 -> 3;
          case 4 -> 2;
          case 8 -> 10;
          default -> size;
        };
    if (size != expected || (kind == 5 && (size - 2) % 8 != 0)) {
      return "option " + kind + " of " + size + " bytes";
    }
    switch (kind) {
      case 2 -> optionMss = Bytes.u16(m, at + 2);
      case 3 -> optionScale = Bytes.u8(m, at + 2);
      case 4 -> optionSackPermitted = true;
      case 5 -> {
        sackAt = at + 2;
        sackCount = (size - 2) / 8;
      }
      case 34 -> optionFastOpen = true;
      case 8 -> {
        optionTimestamps = true;
        optionTsVal = Bytes.i32(m, at + 2);
      }
      default -> {
        // Others are not judged.
      }
    }
    return null;
  }
}
