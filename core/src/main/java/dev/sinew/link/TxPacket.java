package dev.sinew.link;

import dev.sinew.base.Block;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.UdpHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One packet in a {@link TxQueue}: a header area of its own, then slices of blocks. Reused; valid
 * from {@link TxQueue#reserve} until the queue has it sent.
 */
public final class TxPacket {
  /** Bytes before the IP header that a link may use for its own header (virtio-net, Ethernet). */
  public static final int HEADROOM = 32;

  /** Bytes for all headers: IPv6, a TCP header with all options, and some. */
  public static final int HEADER_CAPACITY = 192;

  /** 36 make a packet of 64 KiB out of small blocks; a super-datagram has one for each datagram. */
  public static final int MAX_SLICES = LinkProperties.MAX_DATAGRAMS;

  private final MemorySegment header;
  private final long headerBase;
  private int headerLength;
  private int payloadLength;
  private int sliceCount;

  /** Null where the slice belongs to another packet. */
  private @Nullable Block[] sliceBlocks = new @Nullable Block[2];

  private MemorySegment[] sliceMemories = new MemorySegment[2];
  private long[] sliceOffsets = new long[2];
  private int[] sliceLengths = new int[2];
  private int checksumStart;
  private int checksumOffset;
  private int segmentSize;

  TxPacket(MemorySegment header, long headerBase) {
    this.header = header;
    this.headerBase = headerBase;
  }

  void reset() {
    headerLength = 0;
    payloadLength = 0;
    sliceCount = 0;
    checksumStart = 0;
    checksumOffset = 0;
    segmentSize = 0;
  }

  /** The memory that holds the headers. */
  public MemorySegment header() {
    return header;
  }

  /**
   * Where in {@link #header()} the IP header begins; at least {@link #HEADROOM} bytes before it are
   * free for the link.
   */
  public long headerOffset() {
    return headerBase + HEADROOM;
  }

  /** Bytes of headers. */
  public int headerLength() {
    return headerLength;
  }

  /** Says how many bytes of headers were written, at most {@link #HEADER_CAPACITY}. */
  public void headerLength(int bytes) {
    headerLength = bytes;
  }

  /**
   * Appends {@code length} bytes of a block, from {@code offset} within the block. False when there
   * is no room for another slice.
   */
  public boolean addSlice(Block block, int offset, int length) {
    if (sliceCount == MAX_SLICES) {
      return false;
    }
    addSlice(block, block.memory(), block.base() + offset, length);
    block.holdForTransmit();
    return true;
  }

  /** Appends bytes that somebody else keeps until this packet was sent; there is room. */
  void addForeignSlice(MemorySegment memory, long offset, int length) {
    addSlice(null, memory, offset, length);
  }

  private void addSlice(@Nullable Block block, MemorySegment memory, long offset, int length) {
    if (sliceCount == sliceLengths.length) {
      int n = Math.min(sliceCount * 2, MAX_SLICES);
      sliceBlocks = Arrays.copyOf(sliceBlocks, n);
      sliceMemories = Arrays.copyOf(sliceMemories, n);
      sliceOffsets = Arrays.copyOf(sliceOffsets, n);
      sliceLengths = Arrays.copyOf(sliceLengths, n);
    }
    sliceBlocks[sliceCount] = block;
    sliceMemories[sliceCount] = memory;
    sliceOffsets[sliceCount] = offset;
    sliceLengths[sliceCount] = length;
    sliceCount++;
    payloadLength += length;
  }

  /** How many slices follow the headers. */
  public int sliceCount() {
    return sliceCount;
  }

  /** The memory that holds slice {@code i}. */
  public MemorySegment sliceMemory(int i) {
    return sliceMemories[i];
  }

  /** Where in {@link #sliceMemory} slice {@code i} begins. */
  public long sliceOffset(int i) {
    return sliceOffsets[i];
  }

  /** Bytes of slice {@code i}. */
  public int sliceLength(int i) {
    return sliceLengths[i];
  }

  /** Bytes of all slices. */
  public int payloadLength() {
    return payloadLength;
  }

  /** Bytes of the whole IP packet. */
  public int totalLength() {
    return headerLength + payloadLength;
  }

  /**
   * Leaves the transport checksum to the link (RFC 1071 sum from {@code start} to the packet's end,
   * stored at {@code start + offset}, which holds the pseudo-header's sum now). Only for links that
   * offer it, and only of TCP and UDP.
   */
  public void checksumByLink(int start, int offset) {
    checksumStart = start;
    checksumOffset = offset;
  }

  /**
   * Where the link begins to sum, counted from the IP header, or 0 when the checksum is complete.
   */
  public int checksumStart() {
    return checksumStart;
  }

  /** Where the link stores the sum, counted from {@link #checksumStart}. */
  public int checksumOffset() {
    return checksumOffset;
  }

  /** The protocol, TCP or UDP, of a packet whose checksum is left to the link. */
  public int checksumProtocol() {
    return checksumOffset == UdpHeader.CHECKSUM ? IpProtocol.UDP : IpProtocol.TCP;
  }

  /** Payload bytes per segment of a super-segment, or 0 for an ordinary packet. */
  public int segmentSize() {
    return segmentSize;
  }

  /** Makes this a super-segment that the link cuts. */
  public void segmentSize(int bytes) {
    segmentSize = bytes;
  }

  /** Copies the whole packet (headers, then slices) to {@code target} and returns its length. */
  public int copyTo(MemorySegment target, long offset) {
    MemorySegment.copy(header, headerOffset(), target, offset, headerLength);
    long at = offset + headerLength;
    for (int i = 0; i < sliceCount; i++) {
      MemorySegment.copy(sliceMemory(i), sliceOffset(i), target, at, sliceLengths[i]);
      at += sliceLengths[i];
    }
    return (int) (at - offset);
  }

  void done() {
    for (int i = 0; i < sliceCount; i++) {
      Block b = sliceBlocks[i];
      if (b != null) {
        sliceBlocks[i] = null;
        b.transmitDone();
      }
    }
    sliceCount = 0;
  }
}
