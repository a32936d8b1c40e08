package dev.sinew.link;

import java.lang.foreign.MemorySegment;

/** Takes the packets that a link has received. */
@FunctionalInterface
public interface PacketSink {
  /**
   * One IP packet.
   *
   * @param memory the segment that holds it; valid during the call only
   * @param offset where its IP header begins
   * @param length bytes of the packet, link padding included
   * @param flags a set of {@link #CHECKSUM_VERIFIED} and later bits
   */
  void packet(MemorySegment memory, long offset, int length, int flags);

  /** The transport checksum is known to be good, or the packet never left this machine. */
  int CHECKSUM_VERIFIED = 1;
}
