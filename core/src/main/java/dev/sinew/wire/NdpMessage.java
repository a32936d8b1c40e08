package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * Neighbor Solicitation and Advertisement (RFC 4861 sections 4.3 and 4.4): layout, check, and how
 * to write one with a link-layer address option for Ethernet (section 4.6.1).
 */
public final class NdpMessage {
  private NdpMessage() {}

  /** Where an advertisement has its flags. */
  public static final int FLAGS = 4;

  public static final int TARGET = 8;
  public static final int OPTIONS = 24;

  public static final int ROUTER = 0x80;
  public static final int SOLICITED = 0x40;
  public static final int OVERRIDE = 0x20;

  public static final int SOURCE_LINK_LAYER_ADDRESS = 1;
  public static final int TARGET_LINK_LAYER_ADDRESS = 2;

  /** Messages of neighbours have this hop limit: one that a router has passed on has not. */
  public static final int HOP_LIMIT = 255;

  /** Bytes of a link-layer address option for Ethernet. */
  public static final int OPTION_LENGTH = 8;

  /** Result of {@link #linkLayerAddress}: there is none. */
  public static final long NONE = 0;

  /**
   * Result of {@link #linkLayerAddress}: the options are malformed, or the address is a group's.
   */
  public static final long MALFORMED = -1;

  /** The first eight bytes of the target address. */
  public static long targetHigh(MemorySegment m, long at) {
    return Bytes.i64(m, at + TARGET);
  }

  public static long targetLow(MemorySegment m, long at) {
    return Bytes.i64(m, at + TARGET + 8);
  }

  /**
   * The Ethernet address in the first option of that type, {@link #NONE} or {@link #MALFORMED}. All
   * options are walked: one of length 0 spoils the message (RFC 4861 sections 7.1.1 and 7.1.2).
   *
   * @param length bytes of the message, at least {@link #OPTIONS}
   */
  public static long linkLayerAddress(MemorySegment m, long at, int length, int type) {
    long found = NONE;
    int next = OPTIONS;
    while (next < length) {
      int bytes = length - next < 2 ? 0 : Bytes.u8(m, at + next + 1) * 8;
      if (bytes == 0 || bytes > length - next) {
        return MALFORMED;
      }
      if (Bytes.u8(m, at + next) == type && bytes == OPTION_LENGTH && found == NONE) {
        found = EthernetHeader.mac(m, at + next + 2);
        if (found == 0 || EthernetHeader.isGroup(found)) {
          return MALFORMED;
        }
      }
      next += bytes;
    }
    return found;
  }

  /**
   * Writes a message without checksum.
   *
   * @param flags of an advertisement, else 0
   * @param mac goes into a link-layer address option, source's or target's as the type says; 0
   *     leaves it out
   * @return its length
   */
  public static int write(
      MemorySegment m, long at, int type, int flags, long targetHigh, long targetLow, long mac) {
    IcmpHeader.write(m, at, type, 0, flags << 24);
    Bytes.put64(m, at + TARGET, targetHigh);
    Bytes.put64(m, at + TARGET + 8, targetLow);
    if (mac == 0) {
      return OPTIONS;
    }
    boolean solicitation = type == IcmpHeader.V6_NEIGHBOR_SOLICITATION;
    Bytes.put8(
        m, at + OPTIONS, solicitation ? SOURCE_LINK_LAYER_ADDRESS : TARGET_LINK_LAYER_ADDRESS);
    Bytes.put8(m, at + OPTIONS + 1, OPTION_LENGTH / 8);
    EthernetHeader.putMac(m, at + OPTIONS + 2, mac);
    return OPTIONS + OPTION_LENGTH;
  }
}
