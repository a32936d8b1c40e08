package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.ip.Flow;
import dev.sinew.ip.IpLayer;
import dev.sinew.ip.StackContext;
import dev.sinew.link.TxPacket;
import dev.sinew.observe.SendCause;
import dev.sinew.tcp.auth.SegmentAuth;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Segment;
import dev.sinew.wire.SuperSegments;
import dev.sinew.wire.TcpHeader;
import dev.sinew.wire.TcpOptionWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Writes every segment that TCP sends, of whatever record. Options are put together first; what
 * they take is what the payload has to give up, so callers ask {@link #optionLength()} before they
 * decide how much to send.
 */
final class SegmentWriter {
  static final int PROTOCOL = 6;
  private static final int CAPACITY = 40;

  private final StackContext context;
  private final IpLayer ip;
  private final MemorySegment options = Arena.ofAuto().allocate(CAPACITY, 8);
  private final @Seq int[] sackEdges = new int[8];
  private int optionLength;

  /** Signs the segment that is put together; its option comes last and takes {@link #reserved}. */
  private @Nullable SegmentAuth auth;

  private int reserved;

  /** Payload bytes per segment of a super-segment that is put together, or 0. */
  private int segmentSize;

  SegmentWriter(StackContext context, IpLayer ip) {
    this.context = context;
    this.ip = ip;
  }

  /** Bytes of the options put together so far with the signature, a multiple of 4. */
  int optionLength() {
    return optionLength + reserved;
  }

  /** A segment with no options but the signature, if there is one. */
  void begin(@Nullable SegmentAuth signature) {
    optionLength = 0;
    auth = signature;
    reserved = signature == null ? 0 : signature.optionLength();
    segmentSize = 0;
  }

  /**
   * What is put together is a super-segment that the link cuts.
   *
   * @param bytes of payload per segment, or 0 for an ordinary one
   */
  void cutTo(int bytes) {
    segmentSize = bytes;
  }

  /** Bytes that further options may take. */
  int room() {
    return CAPACITY - optionLength - reserved;
  }

  /**
   * The options of a SYN or SYN-ACK in the order of the profile.
   *
   * @param windowScale our shift, or -1 for none
   * @param timestamps whether to offer or accept them
   * @param accEcn the first option of accurate ECN goes where Linux has it
   */
  void synOptions(
      @Nullable SegmentAuth signature,
      Profile profile,
      int mss,
      int windowScale,
      boolean sack,
      boolean timestamps,
      int tsVal,
      int tsEcr,
      boolean accEcn) {
    begin(signature);
    add(TcpOptionWriter.mss(options, optionLength, mss));
    if (profile.synOptions() == Profile.SynOptions.FREEBSD) {
      if (windowScale >= 0) {
        add(TcpOptionWriter.nop(options, optionLength));
        add(TcpOptionWriter.windowScale(options, optionLength, windowScale));
      }
      if (sack) {
        add(TcpOptionWriter.sackPermitted(options, optionLength));
      } else if (timestamps) {
        twoNops();
      }
      if (timestamps) {
        add(TcpOptionWriter.timestamps(options, optionLength, tsVal, tsEcr));
      } else if (sack) {
        endOfOptions();
      }
      return;
    }
    if (timestamps) {
      if (sack) {
        add(TcpOptionWriter.sackPermitted(options, optionLength));
      } else {
        twoNops();
      }
      add(TcpOptionWriter.timestamps(options, optionLength, tsVal, tsEcr));
    }
    if (accEcn) {
      AccEcn.writeFirst(this, true);
    }
    if (sack && !timestamps) {
      twoNops();
      add(TcpOptionWriter.sackPermitted(options, optionLength));
    }
    if (windowScale >= 0) {
      add(TcpOptionWriter.nop(options, optionLength));
      add(TcpOptionWriter.windowScale(options, optionLength, windowScale));
    }
  }

  /** Fast Open (RFC 7413), padded; false when there is no room for it. */
  boolean fastOpen(byte[] cookie, boolean experiment) {
    if (room() < ((experiment ? 4 : 2) + cookie.length + 3 & ~3)) {
      return false;
    }
    if (experiment) {
      add(TcpOptionWriter.fastOpenExperiment(options, optionLength, cookie));
    } else {
      add(TcpOptionWriter.fastOpen(options, optionLength, cookie));
    }
    if (context.profile.synOptions() == Profile.SynOptions.FREEBSD) {
      endOfOptions();
    } else {
      add(TcpOptionWriter.pad(options, optionLength, optionLength));
    }
    return true;
  }

  /** Timestamps on a segment without SYN: nop, nop, TS. */
  void timestamps(int tsVal, int tsEcr) {
    twoNops();
    add(TcpOptionWriter.timestamps(options, optionLength, tsVal, tsEcr));
  }

  /**
   * As many SACK blocks of the connection as fit: 4, or 3 beside timestamps (RFC 2018 section 3).
   */
  void sack(Connection c) {
    int n = c.received.sackBlocks(c.rcvNxt, sackEdges, (room() - 4) / 8);
    if (n == 0) {
      return;
    }
    twoNops();
    add(TcpOptionWriter.sack(options, optionLength, sackEdges, n));
  }

  /** An Accurate ECN option and what fills it up. */
  void accEcn(int kind, long[] counters, int fields) {
    int from = optionLength;
    add(TcpOptionWriter.accEcn(options, optionLength, kind, counters, fields));
    add(TcpOptionWriter.pad(options, optionLength, optionLength - from));
  }

  private void twoNops() {
    add(TcpOptionWriter.nop(options, optionLength));
    add(TcpOptionWriter.nop(options, optionLength));
  }

  private void endOfOptions() {
    while ((optionLength & 3) != 0) {
      Bytes.put8(options, optionLength, TcpHeader.OPT_EOL);
      optionLength++;
    }
  }

  private void add(int bytes) {
    optionLength += bytes;
  }

  /**
   * Queues one segment with the options put together before. A packet for which there is no route
   * counts as sent: the network lost it.
   *
   * @param window the header's field, scaled already
   * @param data the payload's home, null when there is none
   * @param position where in {@code data} the payload begins
   * @return false when the link's queue is full; nothing was sent then
   */
  boolean send(
      Flow flow,
      int localPort,
      int remotePort,
      @Seq int seq,
      @Seq int ack,
      int flags,
      int window,
      int urgentPointer,
      @Nullable SendBuffer data,
      long position,
      int length,
      long connection,
      SendCause cause,
      long now) {
    int headerLength = TcpHeader.MIN_LENGTH + optionLength();
    TxPacket p = ip.begin(flow, PROTOCOL, headerLength, length);
    if (p == null) {
      return flow.out() == null;
    }
    MemorySegment m = p.header();
    long at = ip.transportOffset(p);
    Bytes.put16(m, at + TcpHeader.SOURCE_PORT, localPort);
    Bytes.put16(m, at + TcpHeader.DESTINATION_PORT, remotePort);
    Bytes.put32(m, at + TcpHeader.SEQUENCE, seq);
    Bytes.put32(m, at + TcpHeader.ACKNOWLEDGMENT, ack);
    Bytes.put16(m, at + TcpHeader.DATA_OFFSET, headerLength << 10 | flags);
    Bytes.put16(m, at + TcpHeader.WINDOW, window);
    Bytes.put16(m, at + TcpHeader.CHECKSUM, 0);
    Bytes.put16(m, at + TcpHeader.URGENT_POINTER, urgentPointer);
    MemorySegment.copy(options, 0, m, at + TcpHeader.MIN_LENGTH, optionLength);
    if (data != null && data.addSlices(p, position, length) != length) {
      throw new IllegalStateException(
          "segment of " + length + " bytes does not fit into a packet's slices");
    }
    if (auth != null) {
      auth.sign(flow, p, at, headerLength, at + TcpHeader.MIN_LENGTH + optionLength);
    }
    int sequenceLength =
        length + ((flags & TcpHeader.SYN) != 0 ? 1 : 0) + ((flags & TcpHeader.FIN) != 0 ? 1 : 0);
    context.observer.segmentSent(now, connection, seq, sequenceLength, cause);
    p.segmentSize(segmentSize);
    ip.commit(flow, p, TcpHeader.CHECKSUM, now);
    context.counters.add(Counter.TcpOutSegs, SuperSegments.count(length, segmentSize));
    if (cause == SendCause.RETRANSMIT_TIMEOUT
        || cause == SendCause.FAST_RETRANSMIT
        || cause == SendCause.REPEATED_REQUEST) {
      context.counters.inc(Counter.TcpRetransSegs);
    }
    return true;
  }

  /**
   * A reset that answers a segment for which there is no connection (RFC 9293 section 3.10.7.1):
   * with the segment's ACK as its sequence number, or, when it has none, with an ACK of everything
   * in the segment.
   */
  void reset(
      Flow flow,
      @Nullable SegmentAuth signature,
      int localPort,
      int remotePort,
      Segment s,
      long now) {
    if (signature != null && !signature.canSign(TcpHeader.RST)) {
      return; // The peer would not believe it (RFC 5925 section 7.3).
    }
    begin(signature);
    context.counters.inc(Counter.TcpOutRsts);
    if (s.has(TcpHeader.ACK)) {
      send(
          flow,
          localPort,
          remotePort,
          s.ack,
          0,
          TcpHeader.RST,
          0,
          0,
          null,
          0,
          0,
          0,
          SendCause.RESET,
          now);
    } else {
      send(
          flow,
          localPort,
          remotePort,
          0,
          s.endSeq(),
          TcpHeader.RST | TcpHeader.ACK,
          0,
          0,
          null,
          0,
          0,
          0,
          SendCause.RESET,
          now);
    }
  }

  /**
   * Whether {@code a} comes before {@code b}: for timestamps, which wrap like sequence numbers (RFC
   * 7323 section 5.2).
   */
  static boolean timestampBefore(int a, int b) {
    return SeqNum.lt(a, b);
  }
}
