package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/** The UDP header's layout (RFC 768). */
public final class UdpHeader {
  private UdpHeader() {}

  public static final int SOURCE_PORT = 0;
  public static final int DESTINATION_PORT = 2;

  /** Bytes of header and data. */
  public static final int LENGTH = 4;

  public static final int CHECKSUM = 6;
  public static final int HEADER_LENGTH = 8;

  /**
   * Writes a header with checksum 0; {@link #putChecksum} completes it.
   *
   * @param length header and data, 8 to 65535
   * @return {@link #HEADER_LENGTH}
   */
  public static int write(
      MemorySegment m, long at, int sourcePort, int destinationPort, int length) {
    Bytes.put16(m, at + SOURCE_PORT, sourcePort);
    Bytes.put16(m, at + DESTINATION_PORT, destinationPort);
    Bytes.put16(m, at + LENGTH, length);
    Bytes.put16(m, at + CHECKSUM, 0);
    return HEADER_LENGTH;
  }

  /** Stores a checksum; 0 is sent as all ones, because 0 means none (RFC 768). */
  public static void putChecksum(MemorySegment m, long at, int checksum) {
    Bytes.put16(m, at + CHECKSUM, checksum == 0 ? 0xffff : checksum);
  }
}
