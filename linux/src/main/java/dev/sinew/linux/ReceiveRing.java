package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Frames that the kernel puts into memory that it shares with us: {@code PACKET_RX_RING} with
 * {@code TPACKET_V2} (linux/if_packet.h). Before each stands a {@code struct tpacket2_hdr}, whose
 * status says whose the frame is. They are taken in order: {@link #look}, then {@link #giveBack}.
 *
 * <p>Used by whoever runs the stack.
 */
final class ReceiveRing {
  /** Result of {@link #look}: the next frame is still the kernel's. */
  static final int NONE = 0;

  /** Result of {@link #look}: a frame, all of it in the ring. */
  static final int WHOLE = 1;

  /**
   * Result of {@link #look}: it was longer than a frame of the ring; here is its beginning, and all
   * of it can be read from the socket.
   */
  static final int IN_SOCKET = 2;

  /** Result of {@link #look}: it was longer than a frame of the ring, and the rest is lost. */
  static final int CUT = 3;

  /**
   * The kernel's own bytes before the IP header, at most: tpacket2_hdr and sockaddr_ll, and the
   * link header in a multiple of 16 bytes. A virtio-net header comes in addition.
   */
  static final int HEADERS = 80;

  // struct tpacket2_hdr
  private static final int STATUS = 0;
  private static final int LENGTH = 4;
  private static final int CAPTURED = 8;
  private static final int MAC = 12;

  /** What TPACKET2_HDRLEN counts: nothing of the frame's content lies before. */
  private static final int LEAST_START = 52;

  // TP_STATUS_…; LOSING says that frames were dropped before, which PACKET_STATISTICS counts, and
  // CSUMNOTREADY what the virtio-net header says too.
  private static final int KERNEL = 0;
  private static final int USER = 1;
  private static final int COPY = 2;

  private static final VarHandle STATUS_HANDLE = JAVA_INT.varHandle();

  private final MemorySegment memory;
  private final RingGeometry geometry;
  private int current;
  private long at;

  /**
   * @param memory of {@link RingGeometry#totalBytes}
   */
  ReceiveRing(MemorySegment memory, RingGeometry geometry) {
    this.memory = memory;
    this.geometry = geometry;
  }

  /** What there is. */
  int look() {
    // The kernel writes the status last.
    int status = (int) STATUS_HANDLE.getAcquire(memory, at + STATUS);
    if ((status & USER) == 0) {
      return NONE;
    }
    if ((status & COPY) != 0) {
      return IN_SOCKET;
    }
    int start = u16(MAC);
    int length = length();
    boolean whole =
        length == memory.get(JAVA_INT, at + LENGTH)
            && start >= LEAST_START
            && length >= 0
            && length <= geometry.frameBytes() - start;
    return whole ? WHOLE : CUT;
  }

  /** Holds the frame. */
  MemorySegment memory() {
    return memory;
  }

  /** Where in {@link #memory} its link header begins. */
  long start() {
    return at + u16(MAC);
  }

  /** Bytes of the frame from there. */
  int length() {
    return memory.get(JAVA_INT, at + CAPTURED);
  }

  /** The frame's content has been taken: the kernel may use its place. */
  void giveBack() {
    STATUS_HANDLE.setRelease(memory, at + STATUS, KERNEL);
    current = geometry.next(current);
    at = geometry.offset(current);
  }

  private int u16(int field) {
    return memory.get(JAVA_SHORT, at + field) & 0xffff;
  }
}
