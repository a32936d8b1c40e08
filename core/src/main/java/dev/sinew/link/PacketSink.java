package dev.sinew.link;

import dev.sinew.base.Block;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Takes the packets that a link has received. */
@FunctionalInterface
public interface PacketSink {
  /**
   * One IP packet, or on a link of Ethernet frames whatever the frame carries.
   *
   * @param memory the segment that holds it; valid during the call only
   * @param offset where its IP header begins; the Ethernet header, if there is one, ends here
   * @param length bytes of the packet, link padding included
   * @param flags a set of {@link #CHECKSUM_VERIFIED} and {@link #CHECKSUM_PARTIAL}, and for a
   *     super-segment or super-datagram how it is to be cut: {@link #superSegment}
   */
  void packet(MemorySegment memory, long offset, int length, int flags);

  /**
   * A block of {@link dev.sinew.base.BufferPool#DATAGRAM} bytes to read the next packet into, or
   * null where the link has to use memory of its own. It is the sink's: what is offered may change
   * with each packet that was handed over, and with nothing else.
   */
  default @Nullable Block offer() {
    return null;
  }

  /** The transport checksum is known to be good, or the packet never left this machine. */
  int CHECKSUM_VERIFIED = 1;

  /**
   * The packet never left this machine, and its transport checksum field holds only the sum of the
   * pseudo-header: it has to be completed before the packet goes further.
   */
  int CHECKSUM_PARTIAL = 2;

  /** The frame was sent to a group of stations. Set by the stack, not by links. */
  int LINK_GROUP = 4;

  /** Where in the flags the payload bytes per segment stand. */
  int SEGMENT_SIZE_SHIFT = 16;

  /**
   * The flags of a super-segment: several TCP segments of one connection that follow each other,
   * have the same header but for the sequence number and checksum (FIN and PSH belong to the last,
   * CWR to the first), and came as one packet, which may be longer than the MTU. Or a
   * super-datagram: several UDP datagrams of one flow, behind one header that has the length of
   * all.
   *
   * @param segmentSize payload bytes of each but the last, 1 to 65535
   */
  static int superSegment(int segmentSize) {
    return segmentSize << SEGMENT_SIZE_SHIFT;
  }

  /** Payload bytes per segment of a super-segment, or 0 for an ordinary packet. */
  static int segmentSize(int flags) {
    return flags >>> SEGMENT_SIZE_SHIFT;
  }
}
