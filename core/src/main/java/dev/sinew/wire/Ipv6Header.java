package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * The layout of the IPv6 header (RFC 8200 section 3) and of the Fragment header (section 4.5), and
 * how to write them.
 */
public final class Ipv6Header {
  private Ipv6Header() {}

  public static final int VERSION_CLASS_FLOW = 0;
  public static final int PAYLOAD_LENGTH = 4;
  public static final int NEXT_HEADER = 6;
  public static final int HOP_LIMIT = 7;
  public static final int SOURCE = 8;
  public static final int DESTINATION = 24;
  public static final int LENGTH = 40;

  /** Within an extension header: the next one's kind. */
  public static final int EXT_NEXT_HEADER = 0;

  /**
   * Within an extension header but Fragment: its length in units of 8 bytes, the first 8 not
   * counted.
   */
  public static final int EXT_LENGTH = 1;

  public static final int ROUTING_TYPE = 2;
  public static final int ROUTING_SEGMENTS_LEFT = 3;

  public static final int FRAGMENT_OFFSET_AND_MORE = 2;
  public static final int FRAGMENT_IDENTIFICATION = 4;
  public static final int FRAGMENT_LENGTH = 8;

  public static final int OPT_PAD1 = 0;
  public static final int OPT_PADN = 1;

  /**
   * Writes the fixed header.
   *
   * @param payloadLength 0 to 65535: everything after these 40 bytes, extension headers included
   * @return {@link #LENGTH}
   */
  public static int write(
      MemorySegment m,
      long at,
      int trafficClass,
      int flowLabel,
      int payloadLength,
      int nextHeader,
      int hopLimit,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow) {
    Bytes.put32(m, at, 6 << 28 | (trafficClass & 0xff) << 20 | (flowLabel & 0xfffff));
    Bytes.put16(m, at + PAYLOAD_LENGTH, payloadLength);
    Bytes.put8(m, at + NEXT_HEADER, nextHeader);
    Bytes.put8(m, at + HOP_LIMIT, hopLimit);
    Bytes.put64(m, at + SOURCE, sourceHigh);
    Bytes.put64(m, at + SOURCE + 8, sourceLow);
    Bytes.put64(m, at + DESTINATION, destinationHigh);
    Bytes.put64(m, at + DESTINATION + 8, destinationLow);
    return LENGTH;
  }

  /**
   * Writes a Fragment header.
   *
   * @param offset of the piece in bytes, a multiple of 8
   * @return {@link #FRAGMENT_LENGTH}
   */
  public static int writeFragment(
      MemorySegment m, long at, int nextHeader, int offset, boolean more, int identification) {
    Bytes.put8(m, at + EXT_NEXT_HEADER, nextHeader);
    Bytes.put8(m, at + 1, 0);
    Bytes.put16(m, at + FRAGMENT_OFFSET_AND_MORE, offset | (more ? 1 : 0));
    Bytes.put32(m, at + FRAGMENT_IDENTIFICATION, identification);
    return FRAGMENT_LENGTH;
  }
}
