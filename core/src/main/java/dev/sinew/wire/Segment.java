package dev.sinew.wire;

import dev.sinew.base.Seq;
import java.lang.foreign.MemorySegment;

/**
 * A TCP segment's header, decoded once into an object that is used again for the next one: never stored, never shown to users. Names are
 * RFC 9293's SEG.* variables. Options appear as decoded fields; the first copy of an option wins, unknown ones are skipped.
 */
public final class Segment {
  /** The header is whole and its options are well formed. */
  public static final int OK = 0;

  /** The segment is shorter than its header says, or the data offset is below 5. */
  public static final int BAD_HEADER = 1;

  /** An option's length is impossible: below 2, wrong for its kind, or past the header's end (MUST-7). */
  public static final int BAD_OPTION = 2;

  /** Marks an option that is absent. */
  public static final int ABSENT = -1;

  public int sourcePort;
  public int destinationPort;
  @Seq public int seq;
  @Seq public int ack;

  /** {@link TcpHeader} bits, AE included. */
  public int flags;

  /** SEG.WND as in the header: 0 to 65535, not scaled. */
  public int window;

  public int urgentPointer;
  public int headerLength;

  /** Payload bytes: SEG.LEN without SYN and FIN. */
  public int dataLength;

  /** The memory that holds the segment. */
  public MemorySegment memory = MemorySegment.NULL;

  /** Where the payload begins in {@link #memory}. */
  public long dataOffset;

  /** MSS option, 0 to 65535, or {@link #ABSENT}. */
  public int mss;

  /** Window scale option as sent, 0 to 255, or {@link #ABSENT}. */
  public int windowScale;

  public boolean sackPermitted;
  public boolean hasTimestamps;

  /** SEG.TSval; valid when {@link #hasTimestamps}. */
  public int tsVal;

  /** SEG.TSecr; valid when {@link #hasTimestamps}. */
  public int tsEcr;

  /** SACK blocks, 0 to 4. */
  public int sackCount;

  /** Left edge at 2i, right edge at 2i+1, in the option's order. */
  public final int[] sackEdges = new int[8];

  /** Fast Open cookie: 0 to 16 bytes at {@link #fastOpenOffset}, or {@link #ABSENT}. */
  public int fastOpenLength;

  public long fastOpenOffset;

  /** User timeout option (RFC 5482), the 16 bits as sent, or {@link #ABSENT}. */
  public int userTimeout;

  /**
   * Decodes the segment at {@code offset}.
   *
   * @param length bytes of the IP payload; nothing outside is touched
   * @return {@link #OK}, {@link #BAD_HEADER} or {@link #BAD_OPTION}
   */
  public int parse(MemorySegment segment, long offset, int length) {
    return BAD_HEADER;
  }

  /** True when all bits of {@code mask} are set. */
  public boolean has(int mask) {
    return (flags & mask) == mask;
  }

  /** SEG.LEN: payload, SYN and FIN counted (RFC 9293 section 3.3.1). */
  public int sequenceLength() {
    return dataLength + ((flags & TcpHeader.SYN) != 0 ? 1 : 0) + ((flags & TcpHeader.FIN) != 0 ? 1 : 0);
  }

  /** The sequence number of the first payload byte. */
  public @Seq int dataSeq() {
    return (flags & TcpHeader.SYN) != 0 ? seq + 1 : seq;
  }

  /** The sequence number after everything in the segment. */
  public @Seq int endSeq() {
    return seq + sequenceLength();
  }
}
