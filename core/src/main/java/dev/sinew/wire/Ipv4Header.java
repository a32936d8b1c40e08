package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * The IPv4 header's layout (RFC 791 section 3.1): offsets in bytes, flag bits, and how to write one
 * without options.
 */
public final class Ipv4Header {
  private Ipv4Header() {}

  public static final int VERSION_IHL = 0;
  public static final int TYPE_OF_SERVICE = 1;
  public static final int TOTAL_LENGTH = 2;
  public static final int IDENTIFICATION = 4;
  public static final int FLAGS_AND_OFFSET = 6;
  public static final int TTL = 8;
  public static final int PROTOCOL = 9;
  public static final int CHECKSUM = 10;
  public static final int SOURCE = 12;
  public static final int DESTINATION = 16;
  public static final int MIN_LENGTH = 20;
  public static final int MAX_LENGTH = 60;

  /** In the 16 bits at {@link #FLAGS_AND_OFFSET}. */
  public static final int DONT_FRAGMENT = 0x4000;

  /** In the 16 bits at {@link #FLAGS_AND_OFFSET}. */
  public static final int MORE_FRAGMENTS = 0x2000;

  /** The fragment offset in units of 8 bytes, in the 16 bits at {@link #FLAGS_AND_OFFSET}. */
  public static final int OFFSET_MASK = 0x1fff;

  public static final int OPT_END = 0;
  public static final int OPT_NOP = 1;
  public static final int OPT_RECORD_ROUTE = 7;
  public static final int OPT_LOOSE_SOURCE_ROUTE = 131;
  public static final int OPT_STRICT_SOURCE_ROUTE = 137;

  /**
   * The upper 96 bits' low word of an IPv4-mapped address: or it with the 32 bits of the address.
   */
  public static final long MAPPED = 0x0000_ffff_0000_0000L;

  /**
   * Writes a header without options, checksum included.
   *
   * @param totalLength 20 to 65535
   * @param flagsAndOffset {@link #DONT_FRAGMENT}, {@link #MORE_FRAGMENTS} and the offset in units
   *     of 8 bytes
   * @param sourceLow the low long of an IPv4-mapped address; only its low 32 bits are used
   * @return {@link #MIN_LENGTH}
   */
  public static int write(
      MemorySegment m,
      long at,
      int typeOfService,
      int totalLength,
      int identification,
      int flagsAndOffset,
      int ttl,
      int protocol,
      long sourceLow,
      long destinationLow) {
    Bytes.put8(m, at + VERSION_IHL, 0x45);
    Bytes.put8(m, at + TYPE_OF_SERVICE, typeOfService);
    Bytes.put16(m, at + TOTAL_LENGTH, totalLength);
    Bytes.put16(m, at + IDENTIFICATION, identification);
    Bytes.put16(m, at + FLAGS_AND_OFFSET, flagsAndOffset);
    Bytes.put8(m, at + TTL, ttl);
    Bytes.put8(m, at + PROTOCOL, protocol);
    Bytes.put32(m, at + SOURCE, (int) sourceLow);
    Bytes.put32(m, at + DESTINATION, (int) destinationLow);
    fillChecksum(m, at, MIN_LENGTH);
    return MIN_LENGTH;
  }

  /** Computes the header's checksum and stores it. */
  public static void fillChecksum(MemorySegment m, long at, int headerLength) {
    Bytes.put16(m, at + CHECKSUM, 0);
    Bytes.put16(m, at + CHECKSUM, Checksum.finish(Checksum.add(0, m, at, headerLength)));
  }

  /** Takes one from the TTL and repairs the checksum, for a router. The TTL must not be 0. */
  public static void decrementTtl(MemorySegment m, long at) {
    int before = Bytes.u16(m, at + TTL);
    int after = before - 0x100;
    Bytes.put16(m, at + TTL, after);
    Bytes.put16(m, at + CHECKSUM, Checksum.update(Bytes.u16(m, at + CHECKSUM), before, after));
  }
}
