package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/**
 * An IP packet's header of either version, decoded into an object that is used again. Addresses are two longs in network order; an IPv4
 * address is held as IPv4-mapped (RFC 4291 section 2.5.5.2): high 0, low {@code 0x0000ffff_aabbccdd}. The payload never reaches past the
 * length that the header declares.
 */
public final class IpPacket {
  /** The header (and, for IPv6, the chain of extension headers) is whole and sane; checksum and addresses are checked by the IP layer. */
  public static final int OK = 0;

  /** Not version 4 or 6. */
  public static final int BAD_VERSION = 1;

  /** Fewer bytes than the header needs or declares. */
  public static final int TRUNCATED = 2;

  /** IHL below 5, total length below the header, a malformed IPv4 option or a jumbogram. */
  public static final int BAD_HEADER = 3;

  /** A malformed or over-long chain of extension headers; see {@link #errorPointer}. */
  public static final int BAD_EXTENSION = 4;

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

  /** True when this is a piece of a datagram: offset not 0 or more to come. An atomic IPv6 fragment (RFC 6946) is not. */
  public boolean fragment;

  public boolean moreFragments;

  /** In bytes. */
  public int fragmentOffset;

  public int fragmentId;

  /** For IPv6 fragments: where the field lies, counted from {@link #offset}, that names the header which follows the unfragmentable part. */
  public int fragmentNextHeaderField;

  /** For {@link #BAD_EXTENSION}: the ICMPv6 Parameter Problem code and the offset of the offending byte, or code -1 when no error is sent. */
  public int errorCode;

  public int errorPointer;

  /** Decodes the packet of at most {@code length} bytes at {@code offset}: one of the constants above. Never throws on any bytes. */
  public int parse(MemorySegment packet, long offset, int length) {
    return BAD_VERSION;
  }
}
