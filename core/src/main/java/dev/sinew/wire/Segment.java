package dev.sinew.wire;

import dev.sinew.base.Seq;
import java.lang.foreign.MemorySegment;

/**
 * A TCP segment's header, decoded once into an object that is used again for the next one: never
 * stored, never shown to users. Names are RFC 9293's SEG.* variables. Options appear as decoded
 * fields; the first copy of an option wins, unknown ones are skipped.
 */
public final class Segment {
  /** The header is whole and its options are well formed. */
  public static final int OK = 0;

  /** The segment is shorter than its header says, or the data offset is below 5. */
  public static final int BAD_HEADER = 1;

  /**
   * An option's length is impossible: below 2, wrong for its kind, or past the header's end
   * (MUST-7).
   */
  public static final int BAD_OPTION = 2;

  /** Marks an option that is absent. */
  public static final int ABSENT = -1;

  private static final int NOP_NOP_TIMESTAMPS = 0x0101_080a;

  public int sourcePort;
  public int destinationPort;
  @Seq public int seq;
  @Seq public int ack;

  /** {@link TcpHeader} bits, AE included. */
  public int flags;

  /**
   * The ACE field (RFC 9768 section 3.2.2): AE, CWR and ECE as a number, 0 to 7, or {@link #ABSENT}
   * on a SYN, where these flags mean something else.
   */
  public int ace;

  /** The two ECN bits of the IP header (RFC 3168 section 5). Whoever parses that header sets it. */
  public int ecn;

  /**
   * Payload bytes of each of the segments that arrived as this one, or 0 when it is an ordinary
   * one. Whoever takes the packet from the link sets it.
   */
  public int segmentSize;

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

  /** The cookie came in the option that Fast Open had before one was assigned to it. */
  public boolean fastOpenExperiment;

  /**
   * Where the counters of an Accurate ECN option begin, 3 bytes each; valid when {@link
   * #accEcnFields} is not {@link #ABSENT}.
   */
  public long accEcnOffset;

  /** How many whole counters an Accurate ECN option has, 0 to 3, or {@link #ABSENT}. */
  public int accEcnFields;

  /** Its counters come in the order ECT(1), CE, ECT(0). */
  public boolean accEcnOrder1;

  /** User timeout option (RFC 5482), the 16 bits as sent, or {@link #ABSENT}. */
  public int userTimeout;

  /** Where the 16 bytes of an MD5 signature (RFC 2385) begin, or 0 when there is none. */
  public long md5Offset;

  /**
   * Where a TCP-AO option (RFC 5925) begins, its kind byte included; valid when {@link #aoLength}
   * is not {@link #ABSENT}.
   */
  public long aoOffset;

  /** The whole length of a TCP-AO option, 4 to 40, or {@link #ABSENT}. */
  public int aoLength;

  /**
   * Decodes the segment at {@code offset}. Never throws on any bytes; every field is set anew.
   *
   * @param length bytes of the IP payload; nothing outside is touched
   * @return {@link #OK}, {@link #BAD_HEADER} or {@link #BAD_OPTION}
   */
  public int parse(MemorySegment segment, long offset, int length) {
    reset(segment);
    if (length < TcpHeader.MIN_LENGTH) {
      return BAD_HEADER;
    }
    sourcePort = Bytes.u16(segment, offset + TcpHeader.SOURCE_PORT);
    destinationPort = Bytes.u16(segment, offset + TcpHeader.DESTINATION_PORT);
    seq = Bytes.i32(segment, offset + TcpHeader.SEQUENCE);
    ack = Bytes.i32(segment, offset + TcpHeader.ACKNOWLEDGMENT);
    int offsetAndFlags = Bytes.u16(segment, offset + TcpHeader.DATA_OFFSET);
    flags = offsetAndFlags & 0x1ff;
    ace = (flags & TcpHeader.SYN) != 0 ? ABSENT : flags >> TcpHeader.ACE_SHIFT;
    window = Bytes.u16(segment, offset + TcpHeader.WINDOW);
    urgentPointer = Bytes.u16(segment, offset + TcpHeader.URGENT_POINTER);
    int header = (offsetAndFlags >>> 12) * 4;
    if (header < TcpHeader.MIN_LENGTH || header > length) {
      return BAD_HEADER;
    }
    headerLength = header;
    dataOffset = offset + header;
    dataLength = length - header;
    return header == TcpHeader.MIN_LENGTH ? OK : parseOptions(offset + TcpHeader.MIN_LENGTH);
  }

  private void reset(MemorySegment segment) {
    memory = segment;
    sourcePort = 0;
    destinationPort = 0;
    seq = 0;
    ack = 0;
    flags = 0;
    ace = ABSENT;
    ecn = 0;
    segmentSize = 0;
    window = 0;
    urgentPointer = 0;
    headerLength = 0;
    dataOffset = 0;
    dataLength = 0;
    mss = ABSENT;
    windowScale = ABSENT;
    sackPermitted = false;
    hasTimestamps = false;
    tsVal = 0;
    tsEcr = 0;
    sackCount = 0;
    fastOpenLength = ABSENT;
    fastOpenOffset = 0;
    fastOpenExperiment = false;
    accEcnFields = ABSENT;
    accEcnOffset = 0;
    accEcnOrder1 = false;
    userTimeout = ABSENT;
    md5Offset = 0;
    aoOffset = 0;
    aoLength = ABSENT;
  }

  /**
   * Walks the options up to {@link #dataOffset}; each step takes at least one byte of at most 40.
   */
  private int parseOptions(long from) {
    MemorySegment m = memory;
    long at = from;
    long end = dataOffset;
    if (end - at == 12 && Bytes.i32(m, at) == NOP_NOP_TIMESTAMPS) {
      // What nearly every segment of a connection with timestamps carries (RFC 7323 appendix A).
      takeTimestamps(at + 2);
      return OK;
    }
    while (at < end) {
      int kind = Bytes.u8(m, at);
      if (kind == TcpHeader.OPT_EOL) {
        return OK;
      }
      if (kind == TcpHeader.OPT_NOP) {
        at++;
        continue;
      }
      if (end - at < 2) {
        return BAD_OPTION;
      }
      int size = Bytes.u8(m, at + 1);
      if (size < 2 || size > end - at || !takeOption(kind, at, size)) {
        return BAD_OPTION;
      }
      at += size;
    }
    return OK;
  }

  /** False when the size is wrong for the kind. */
  private boolean takeOption(int kind, long at, int size) {
    switch (kind) {
      case TcpHeader.OPT_MSS -> {
        if (size != TcpHeader.OPT_MSS_LENGTH) {
          return false;
        }
        if (mss == ABSENT) {
          mss = Bytes.u16(memory, at + 2);
        }
      }
      case TcpHeader.OPT_WINDOW_SCALE -> {
        if (size != TcpHeader.OPT_WINDOW_SCALE_LENGTH) {
          return false;
        }
        if (windowScale == ABSENT) {
          windowScale = Bytes.u8(memory, at + 2);
        }
      }
      case TcpHeader.OPT_SACK_PERMITTED -> {
        if (size != TcpHeader.OPT_SACK_PERMITTED_LENGTH) {
          return false;
        }
        sackPermitted = true;
      }
      case TcpHeader.OPT_SACK -> {
        return takeSack(at, size);
      }
      case TcpHeader.OPT_TIMESTAMPS -> {
        if (size != TcpHeader.OPT_TIMESTAMPS_LENGTH) {
          return false;
        }
        if (!hasTimestamps) {
          takeTimestamps(at);
        }
      }
      case TcpHeader.OPT_USER_TIMEOUT -> {
        if (size != TcpHeader.OPT_USER_TIMEOUT_LENGTH) {
          return false;
        }
        if (userTimeout == ABSENT) {
          userTimeout = Bytes.u16(memory, at + 2);
        }
      }
      case TcpHeader.OPT_MD5 -> {
        if (size != TcpHeader.OPT_MD5_LENGTH) {
          return false;
        }
        if (md5Offset == 0) {
          md5Offset = at + 2;
        }
      }
      case TcpHeader.OPT_AO -> {
        if (size < TcpHeader.OPT_AO_MIN_LENGTH) {
          return false;
        }
        if (aoLength == ABSENT) {
          aoLength = size;
          aoOffset = at;
        }
      }
      case TcpHeader.OPT_FAST_OPEN -> {
        takeCookie(at + 2, size - 2, false);
      }
      case TcpHeader.OPT_EXPERIMENT -> {
        if (size >= 4 && Bytes.u16(memory, at + 2) == TcpHeader.EXPERIMENT_FAST_OPEN) {
          takeCookie(at + 4, size - 4, true);
        }
      }
      case TcpHeader.OPT_ACC_ECN_0, TcpHeader.OPT_ACC_ECN_1 -> {
        // Of any other length: the whole fields that fit, the rest is padding (RFC 9768 section
        // 3.2.3).
        if (accEcnFields == ABSENT) {
          accEcnFields = Math.min(3, (size - 2) / 3);
          accEcnOffset = at + 2;
          accEcnOrder1 = kind == TcpHeader.OPT_ACC_ECN_1;
        }
      }
      default -> {}
    }
    return true;
  }

  /**
   * Its length varies: what can't be a cookie is skipped, as an unknown option would be. The
   * assigned option counts before the experiment's.
   */
  private void takeCookie(long at, int length, boolean experiment) {
    boolean first = fastOpenLength == ABSENT || fastOpenExperiment && !experiment;
    if (first && (length == 0 || (length >= 4 && length <= 16 && (length & 1) == 0))) {
      fastOpenLength = length;
      fastOpenOffset = at;
      fastOpenExperiment = experiment;
    }
  }

  private void takeTimestamps(long at) {
    hasTimestamps = true;
    tsVal = Bytes.i32(memory, at + 2);
    tsEcr = Bytes.i32(memory, at + 6);
  }

  /** One to four blocks (RFC 2018 section 3); more don't fit into 40 bytes. */
  private boolean takeSack(long at, int size) {
    if (size < 10 || (size - 2) % 8 != 0) {
      return false;
    }
    if (sackCount == 0) {
      sackCount = (size - 2) / 8;
      for (int i = 0; i < sackCount * 2; i++) {
        sackEdges[i] = Bytes.i32(memory, at + 2 + i * 4L);
      }
    }
    return true;
  }

  /** Counter {@code i} of the Accurate ECN option, 24 bits. */
  public int accEcn(int i) {
    return Bytes.u16(memory, accEcnOffset + 3L * i) << 8
        | Bytes.u8(memory, accEcnOffset + 3L * i + 2);
  }

  /** How many segments arrived as this one, at least 1. */
  public int segmentCount() {
    return SuperSegments.count(dataLength, segmentSize);
  }

  /** Payload bytes of the largest segment that arrived as this one. */
  public int largestData() {
    return segmentSize == 0 ? dataLength : Math.min(segmentSize, dataLength);
  }

  /** True when all bits of {@code mask} are set. */
  public boolean has(int mask) {
    return (flags & mask) == mask;
  }

  /** SEG.LEN: payload, SYN and FIN counted (RFC 9293 section 3.3.1). */
  public int sequenceLength() {
    return dataLength
        + ((flags & TcpHeader.SYN) != 0 ? 1 : 0)
        + ((flags & TcpHeader.FIN) != 0 ? 1 : 0);
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
