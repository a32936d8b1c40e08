package dev.sinew.wire;

import dev.sinew.base.Seq;
import java.lang.foreign.MemorySegment;

/** The TCP header's layout (RFC 9293 section 3.1): offsets in bytes, flag bits, option kinds. */
public final class TcpHeader {
  private TcpHeader() {}

  public static final int SOURCE_PORT = 0;
  public static final int DESTINATION_PORT = 2;
  public static final int SEQUENCE = 4;
  public static final int ACKNOWLEDGMENT = 8;
  public static final int DATA_OFFSET = 12;
  public static final int FLAGS = 13;
  public static final int WINDOW = 14;
  public static final int CHECKSUM = 16;
  public static final int URGENT_POINTER = 18;
  public static final int MIN_LENGTH = 20;
  public static final int MAX_LENGTH = 60;

  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int PSH = 0x08;
  public static final int ACK = 0x10;
  public static final int URG = 0x20;
  public static final int ECE = 0x40;
  public static final int CWR = 0x80;

  /** Accurate ECN (RFC 9768), the bit before CWR. */
  public static final int AE = 0x100;

  /** How far the three bits of {@link #AE}, {@link #CWR} and {@link #ECE} stand from the right. */
  public static final int ACE_SHIFT = 6;

  /** AE, CWR and ECE: as one number the ACE field of RFC 9768 section 3.2.2. */
  public static final int ECN_FLAGS = AE | CWR | ECE;

  public static final int OPT_EOL = 0;
  public static final int OPT_NOP = 1;
  public static final int OPT_MSS = 2;
  public static final int OPT_WINDOW_SCALE = 3;
  public static final int OPT_SACK_PERMITTED = 4;
  public static final int OPT_SACK = 5;
  public static final int OPT_TIMESTAMPS = 8;
  public static final int OPT_MD5 = 19;
  public static final int OPT_USER_TIMEOUT = 28;
  public static final int OPT_AO = 29;
  public static final int OPT_FAST_OPEN = 34;

  /** Shared by experiments, which their first two bytes name. */
  public static final int OPT_EXPERIMENT = 254;

  /** Fast Open before {@link #OPT_FAST_OPEN} was assigned. */
  public static final int EXPERIMENT_FAST_OPEN = 0xf989;

  /** Accurate ECN (RFC 9768 section 3.2.3): ECT(0), CE, ECT(1). */
  public static final int OPT_ACC_ECN_0 = 172;

  /** The same counters in the opposite order. */
  public static final int OPT_ACC_ECN_1 = 174;

  public static final int OPT_MSS_LENGTH = 4;
  public static final int OPT_WINDOW_SCALE_LENGTH = 3;
  public static final int OPT_SACK_PERMITTED_LENGTH = 2;
  public static final int OPT_TIMESTAMPS_LENGTH = 10;
  public static final int OPT_USER_TIMEOUT_LENGTH = 4;
  public static final int OPT_MD5_LENGTH = 18;
  public static final int OPT_AO_MIN_LENGTH = 4;

  /**
   * Writes the fixed header with checksum 0.
   *
   * @param headerLength 20 to 60, a multiple of 4: options included
   * @param flags the bits above, AE included
   * @return {@link #MIN_LENGTH}
   */
  public static int write(
      MemorySegment m,
      long at,
      int sourcePort,
      int destinationPort,
      @Seq int seq,
      @Seq int ack,
      int headerLength,
      int flags,
      int window,
      int urgentPointer) {
    Bytes.put16(m, at + SOURCE_PORT, sourcePort);
    Bytes.put16(m, at + DESTINATION_PORT, destinationPort);
    Bytes.put32(m, at + SEQUENCE, seq);
    Bytes.put32(m, at + ACKNOWLEDGMENT, ack);
    Bytes.put16(m, at + DATA_OFFSET, headerLength << 10 | flags);
    Bytes.put16(m, at + WINDOW, window);
    Bytes.put16(m, at + CHECKSUM, 0);
    Bytes.put16(m, at + URGENT_POINTER, urgentPointer);
    return MIN_LENGTH;
  }
}
