package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * An IP packet's header of either version, decoded into an object that is used again. Addresses are
 * two longs in network order; an IPv4 address is held as IPv4-mapped (RFC 4291 section 2.5.5.2):
 * high 0, low {@code 0x0000ffff_aabbccdd}. The payload never reaches past the length that the
 * header declares.
 */
public final class IpPacket {
  /**
   * The header (and, for IPv6, the chain of extension headers) is whole and sane; checksum and
   * addresses are checked by the IP layer.
   */
  public static final int OK = 0;

  /** Not version 4 or 6. */
  public static final int BAD_VERSION = 1;

  /** Fewer bytes than the header needs or declares. */
  public static final int TRUNCATED = 2;

  /** IHL below 5, total length below the header, a malformed IPv4 option or a jumbogram. */
  public static final int BAD_HEADER = 3;

  /** A malformed or over-long chain of extension headers; see {@link #errorPointer}. */
  public static final int BAD_EXTENSION = 4;

  private static final int MAX_TOTAL_LENGTH = 65535;

  /**
   * Eight extension headers or 512 bytes of them: far more than any honest packet has, and a bound
   * for the work.
   */
  private static final int MAX_EXTENSIONS = 8;

  private static final int MAX_EXTENSION_BYTES = 512;

  public boolean v4;
  public long sourceHigh;
  public long sourceLow;
  public long destinationHigh;
  public long destinationLow;

  /** Protocol of the payload, after extension headers: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6. */
  public int protocol;

  public int ttl;

  /** Type of service or traffic class: DSCP in the upper six bits, ECN in the lower two. */
  public int trafficClass;

  public int flowLabel;

  /** Header with options or extension headers, in bytes. */
  public int headerLength;

  /** The packet's length as its header declares it. */
  public int totalLength;

  public MemorySegment memory = MemorySegment.NULL;

  /** Where the IP header begins in {@link #memory}. */
  public long offset;

  /** Where the payload begins in {@link #memory}. */
  public long payloadOffset;

  public int payloadLength;

  public boolean dontFragment;

  /**
   * True when this is a piece of a datagram: offset not 0 or more to come. An atomic IPv6 fragment
   * (RFC 6946) is not.
   */
  public boolean fragment;

  public boolean moreFragments;

  /** In bytes. */
  public int fragmentOffset;

  public int fragmentId;

  /**
   * For IPv6 fragments: where the field lies, counted from {@link #offset}, that names the header
   * which follows the unfragmentable part.
   */
  public int fragmentNextHeaderField;

  /**
   * For {@link #BAD_EXTENSION}: the ICMPv6 Parameter Problem code and the offset of the offending
   * byte, or code -1 when no error is sent.
   */
  public int errorCode;

  public int errorPointer;

  /**
   * Where the field lies, counted from {@link #offset}, that names {@link #protocol}: 9 for IPv4.
   */
  public int protocolField;

  /** True when an IPv4 option asks for a source route. */
  public boolean sourceRouted;

  /**
   * Decodes the packet of at most {@code length} bytes at {@code offset}. Never throws on any bytes
   * and touches none outside. Unless the answer is {@link #BAD_VERSION} or the fixed header is
   * missing, the addresses are set. A piece of a datagram is not looked into: its protocol and
   * payload are what follows the IPv4 header or the Fragment header.
   *
   * @return one of the constants above; BAD_HEADER too for pieces that no datagram of at most 65535
   *     bytes can hold
   */
  public int parse(MemorySegment packet, long offset, int length) {
    return parse(packet, offset, length, false);
  }

  /**
   * Decodes as much as is there of a packet that was cut, by an ICMP error that quotes it or by a
   * capture: like {@link #parse}, but a declared length above {@code length} is no error. {@link
   * #totalLength} stays as declared, {@link #payloadLength} counts the bytes that are there.
   */
  public int parseCut(MemorySegment packet, long offset, int length) {
    return parse(packet, offset, length, true);
  }

  private int parse(MemorySegment packet, long offset, int length, boolean cut) {
    reset(packet, offset);
    if (length < 1) {
      return TRUNCATED;
    }
    return switch (Bytes.u8(packet, offset) >>> 4) {
      case 4 -> parseV4(length, cut);
      case 6 -> parseV6(length, cut);
      default -> BAD_VERSION;
    };
  }

  /** True when the checksum of the IPv4 header at {@code offset} is good. */
  public static boolean headerChecksumOk(MemorySegment packet, long offset, int headerLength) {
    return Checksum.isGood(Checksum.add(0, packet, offset, headerLength));
  }

  private void reset(MemorySegment packet, long at) {
    memory = packet;
    offset = at;
    v4 = false;
    sourceHigh = 0;
    sourceLow = 0;
    destinationHigh = 0;
    destinationLow = 0;
    protocol = 0;
    protocolField = 0;
    ttl = 0;
    trafficClass = 0;
    flowLabel = 0;
    headerLength = 0;
    totalLength = 0;
    payloadOffset = at;
    payloadLength = 0;
    dontFragment = false;
    fragment = false;
    moreFragments = false;
    fragmentOffset = 0;
    fragmentId = 0;
    fragmentNextHeaderField = 0;
    sourceRouted = false;
    errorCode = -1;
    errorPointer = 0;
  }

  private int parseV4(int length, boolean cut) {
    v4 = true;
    if (length < Ipv4Header.MIN_LENGTH) {
      return TRUNCATED;
    }
    MemorySegment m = memory;
    trafficClass = Bytes.u8(m, offset + Ipv4Header.TYPE_OF_SERVICE);
    totalLength = Bytes.u16(m, offset + Ipv4Header.TOTAL_LENGTH);
    fragmentId = Bytes.u16(m, offset + Ipv4Header.IDENTIFICATION);
    int flags = Bytes.u16(m, offset + Ipv4Header.FLAGS_AND_OFFSET);
    ttl = Bytes.u8(m, offset + Ipv4Header.TTL);
    protocol = Bytes.u8(m, offset + Ipv4Header.PROTOCOL);
    protocolField = Ipv4Header.PROTOCOL;
    sourceLow = Ipv4Header.MAPPED | Bytes.u32(m, offset + Ipv4Header.SOURCE);
    destinationLow = Ipv4Header.MAPPED | Bytes.u32(m, offset + Ipv4Header.DESTINATION);
    int header = (Bytes.u8(m, offset) & 0xf) * 4;
    if (header < Ipv4Header.MIN_LENGTH || totalLength < header) {
      return BAD_HEADER;
    }
    if (cut ? header > length : totalLength > length) {
      return TRUNCATED;
    }
    headerLength = header;
    payloadOffset = offset + header;
    payloadLength = Math.min(totalLength, length) - header;
    dontFragment = (flags & Ipv4Header.DONT_FRAGMENT) != 0;
    moreFragments = (flags & Ipv4Header.MORE_FRAGMENTS) != 0;
    fragmentOffset = (flags & Ipv4Header.OFFSET_MASK) * 8;
    fragment = moreFragments || fragmentOffset != 0;
    if (header > Ipv4Header.MIN_LENGTH && !v4OptionsOk()) {
      return BAD_HEADER;
    }
    if (fragment && (!fragmentLengthOk() || fragmentOffset + totalLength > MAX_TOTAL_LENGTH)) {
      return BAD_HEADER;
    }
    return OK;
  }

  /** Walks the options: each has a sane length within the header (RFC 791 section 3.1). */
  private boolean v4OptionsOk() {
    long at = offset + Ipv4Header.MIN_LENGTH;
    long end = payloadOffset;
    while (at < end) {
      int kind = Bytes.u8(memory, at);
      if (kind == Ipv4Header.OPT_END) {
        return true;
      }
      if (kind == Ipv4Header.OPT_NOP) {
        at++;
        continue;
      }
      if (end - at < 2) {
        return false;
      }
      int size = Bytes.u8(memory, at + 1);
      if (size < 2 || size > end - at) {
        return false;
      }
      if (kind == Ipv4Header.OPT_LOOSE_SOURCE_ROUTE || kind == Ipv4Header.OPT_STRICT_SOURCE_ROUTE) {
        sourceRouted = true;
      }
      at += size;
    }
    return true;
  }

  /** A piece carries something, and all but the last a multiple of 8 bytes. */
  private boolean fragmentLengthOk() {
    int declared = totalLength - headerLength;
    return declared > 0 && (!moreFragments || (declared & 7) == 0);
  }

  private int parseV6(int length, boolean cut) {
    if (length < Ipv6Header.LENGTH) {
      return TRUNCATED;
    }
    MemorySegment m = memory;
    int first = Bytes.i32(m, offset);
    trafficClass = first >>> 20 & 0xff;
    flowLabel = first & 0xfffff;
    totalLength = Ipv6Header.LENGTH + Bytes.u16(m, offset + Ipv6Header.PAYLOAD_LENGTH);
    protocol = Bytes.u8(m, offset + Ipv6Header.NEXT_HEADER);
    protocolField = Ipv6Header.NEXT_HEADER;
    ttl = Bytes.u8(m, offset + Ipv6Header.HOP_LIMIT);
    sourceHigh = Bytes.i64(m, offset + Ipv6Header.SOURCE);
    sourceLow = Bytes.i64(m, offset + Ipv6Header.SOURCE + 8);
    destinationHigh = Bytes.i64(m, offset + Ipv6Header.DESTINATION);
    destinationLow = Bytes.i64(m, offset + Ipv6Header.DESTINATION + 8);
    if (totalLength > length && !cut) {
      return TRUNCATED;
    }
    if (totalLength == Ipv6Header.LENGTH && protocol == IpProtocol.HOP_BY_HOP) {
      // A length of 0 before a Hop-by-Hop header announces a jumbogram (RFC 8200 section 3), which
      // no link here carries.
      return BAD_HEADER;
    }
    headerLength = Ipv6Header.LENGTH;
    payloadOffset = offset + Ipv6Header.LENGTH;
    payloadLength = Math.min(totalLength, length) - Ipv6Header.LENGTH;
    return isExtension(protocol) ? walkExtensions() : OK;
  }

  private static boolean isExtension(int nextHeader) {
    return switch (nextHeader) {
      case IpProtocol.HOP_BY_HOP,
          IpProtocol.ROUTING,
          IpProtocol.FRAGMENT,
          IpProtocol.DESTINATION_OPTIONS ->
          true;
      default -> false;
    };
  }

  /**
   * Goes through the extension headers in their order (RFC 8200 section 4); each step takes at
   * least 8 bytes.
   */
  private int walkExtensions() {
    for (int count = 1; isExtension(protocol); count++) {
      if (protocol == IpProtocol.HOP_BY_HOP && count > 1) {
        return extensionError(IcmpHeader.V6_UNRECOGNIZED_NEXT_HEADER, protocolField);
      }
      int size = extensionSize();
      if (size == 0 || size > payloadLength) {
        return payloadLength < totalLength - headerLength ? TRUNCATED : BAD_EXTENSION;
      }
      int at = headerLength;
      if (count > MAX_EXTENSIONS || at + size - Ipv6Header.LENGTH > MAX_EXTENSION_BYTES) {
        return BAD_EXTENSION;
      }
      int kind = protocol;
      int before = protocolField;
      protocol = Bytes.u8(memory, offset + at + Ipv6Header.EXT_NEXT_HEADER);
      protocolField = at;
      headerLength = at + size;
      payloadOffset += size;
      payloadLength -= size;
      int result =
          switch (kind) {
            case IpProtocol.ROUTING -> routing(at);
            case IpProtocol.FRAGMENT -> fragmentHeader(at, before);
            default -> options(at + 2, at + size);
          };
      if (result != OK || fragment) {
        return result;
      }
    }
    return OK;
  }

  /**
   * Bytes of the extension header at the payload's beginning, or 0 when not even its length is
   * there.
   */
  private int extensionSize() {
    if (payloadLength < 8) {
      return 0;
    }
    return protocol == IpProtocol.FRAGMENT
        ? Ipv6Header.FRAGMENT_LENGTH
        : (Bytes.u8(memory, payloadOffset + Ipv6Header.EXT_LENGTH) + 1) * 8;
  }

  /**
   * No routing type is known here; one that is done with its segments is skipped (RFC 8200 section
   * 4.4).
   */
  private int routing(int at) {
    return Bytes.u8(memory, offset + at + Ipv6Header.ROUTING_SEGMENTS_LEFT) == 0
        ? OK
        : extensionError(IcmpHeader.V6_ERRONEOUS_HEADER_FIELD, at + Ipv6Header.ROUTING_TYPE);
  }

  /** RFC 8200 section 4.5. */
  private int fragmentHeader(int at, int namedBy) {
    int word = Bytes.u16(memory, offset + at + Ipv6Header.FRAGMENT_OFFSET_AND_MORE);
    fragmentOffset = word & 0xfff8;
    moreFragments = (word & 1) != 0;
    fragment = moreFragments || fragmentOffset != 0;
    fragmentId = Bytes.i32(memory, offset + at + Ipv6Header.FRAGMENT_IDENTIFICATION);
    fragmentNextHeaderField = namedBy;
    if (!fragment) {
      return OK;
    }
    int declared = totalLength - headerLength;
    if (moreFragments && (declared & 7) != 0) {
      return extensionError(IcmpHeader.V6_ERRONEOUS_HEADER_FIELD, Ipv6Header.PAYLOAD_LENGTH);
    }
    if (at - Ipv6Header.LENGTH + fragmentOffset + declared > MAX_TOTAL_LENGTH) {
      return extensionError(
          IcmpHeader.V6_ERRONEOUS_HEADER_FIELD, at + Ipv6Header.FRAGMENT_OFFSET_AND_MORE);
    }
    return declared == 0 ? BAD_EXTENSION : OK;
  }

  /**
   * The options of a Hop-by-Hop or Destination Options header: padding is known, the rest says
   * itself what to do with it (RFC 8200 section 4.2).
   */
  private int options(int from, int to) {
    int at = from;
    while (at < to) {
      int type = Bytes.u8(memory, offset + at);
      if (type == Ipv6Header.OPT_PAD1) {
        at++;
        continue;
      }
      if (to - at < 2) {
        return BAD_EXTENSION;
      }
      int size = 2 + Bytes.u8(memory, offset + at + 1);
      if (size > to - at) {
        return BAD_EXTENSION;
      }
      int action = type >>> 6;
      boolean multicast = destinationHigh >>> 56 == 0xff;
      if (action == 2 || (action == 3 && !multicast)) {
        return extensionError(IcmpHeader.V6_UNRECOGNIZED_OPTION, at);
      }
      if (action != 0) {
        return BAD_EXTENSION;
      }
      at += size;
    }
    return OK;
  }

  private int extensionError(int code, int pointer) {
    errorCode = code;
    errorPointer = pointer;
    return BAD_EXTENSION;
  }
}
