package dev.sinew.wire;

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

  public static final int OPT_MSS_LENGTH = 4;
  public static final int OPT_WINDOW_SCALE_LENGTH = 3;
  public static final int OPT_SACK_PERMITTED_LENGTH = 2;
  public static final int OPT_TIMESTAMPS_LENGTH = 10;
}
